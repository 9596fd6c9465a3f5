"""Django: the blocking interface, and the async one that runs it in a thread."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections, models

from benches.contender import Contender
from benches.databases import SQLITE_PRAGMAS, Database
from benches.records import Record

settings.configure(DATABASES={"default": {}}, INSTALLED_APPS=["benches"], USE_TZ=True, TIME_ZONE="UTC")
django.setup()


class Row(models.Model):
    """The measured model."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=50)
    email = models.CharField(max_length=120)
    active = models.BooleanField()
    age = models.IntegerField()
    balance = models.DecimalField(max_digits=12, decimal_places=2)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "benches"
        db_table = "bench_django"


def _sqlite_settings(database: Database, table: str) -> dict[str, Any]:
    pragmas = "".join(f"PRAGMA {pragma}={value};" for pragma, value in SQLITE_PRAGMAS.items())
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": database.path(table),
        "OPTIONS": {"init_command": pragmas},
        "CONN_MAX_AGE": None,
    }


def _postgres_settings(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": None,
    }


def configured(database: Database, table: str, alias: str) -> str:
    """Make the database known to Django under an alias; gives the alias."""
    sqlite = database.name == "sqlite"
    chosen = _sqlite_settings(database, table) if sqlite else _postgres_settings(database.url(table))
    connections.settings = connections.configure_settings({"default": {}, **_known, alias: chosen})
    _known[alias] = chosen
    return alias


def _create_table(alias: str) -> None:
    if Row._meta.db_table not in connections[alias].introspection.table_names():
        with connections[alias].schema_editor() as editor:
            editor.create_model(Row)


class Django(Contender):
    """The blocking interface."""

    name = "Django"
    package = "django"
    family = "django"
    mode = "blocking"

    async def open(self, database: Database) -> None:
        self._objects = Row.objects.db_manager(configured(database, self.table, database.name))
        if database.name == "sqlite":
            await sync_to_async(_create_table)(database.name)

    async def close(self) -> None:
        await sync_to_async(connections.close_all)()

    def build(self, rows: list[Record]) -> Any:
        return [Row(**row) for row in rows]

    def insert_many(self, batch: Any) -> Any:
        return self._objects.bulk_create(batch)

    def insert(self, row: Record) -> Any:
        return self._objects.create(**row)

    def get(self, key: int) -> Any:
        return self._objects.get(id=key)

    def all(self) -> Any:
        return list(self._objects.all())

    def between(self, low: int, high: int) -> Any:
        return list(self._objects.filter(id__gte=low, id__lt=high))

    def update(self, key: int, age: int) -> Any:
        return self._objects.filter(id=key).update(age=age)


class DjangoAsync(Django):
    """The async interface: every call runs the blocking one in one thread."""

    name = "Django async"
    mode = "async"
    note = "one thread for all tasks"

    def insert_many(self, batch: Any) -> Any:
        return self._objects.abulk_create(batch)

    def insert(self, row: Record) -> Any:
        return self._objects.acreate(**row)

    def get(self, key: int) -> Any:
        return self._objects.aget(id=key)

    async def all(self) -> Any:
        return [row async for row in self._objects.all()]

    async def between(self, low: int, high: int) -> Any:
        return [row async for row in self._objects.filter(id__gte=low, id__lt=high)]

    def update(self, key: int, age: int) -> Any:
        return self._objects.filter(id=key).aupdate(age=age)


_known: dict[str, dict[str, Any]] = {}

CONTENDERS = (Django, DjangoAsync)
