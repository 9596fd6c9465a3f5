"""What every test can ask for: a database of each kind, and each call in both its faces."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import chakra

BACKENDS = ("sqlite", "postgres")
USUAL_POSTGRES_URL = "postgresql://root@127.0.0.1:5432/test"


def postgres_url() -> str:
    """The server's URL; skips the test, or fails it where every database is required, if none answers."""
    url = os.environ.get("CHAKRA_TEST_POSTGRES_URL", USUAL_POSTGRES_URL)
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL: {str(error).splitlines()[0]}"
        if os.environ.get("CHAKRA_TEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return url


class Database:
    """A database with a pool of chakra's, which is the default one, and a way past chakra."""

    def __init__(self, backend: str, url: str, path: Path | None) -> None:
        self.backend = backend
        self.url = url
        self.path = path
        self.pool = chakra.connect_sync(url, max_connections=4)
        self._models: list[type[chakra.Model]] = []

    def create(self, *models: type[chakra.Model]) -> None:
        """Creates tables, which the end of the test drops."""
        self._models.extend(model for model in models if model not in self._models)
        chakra.create_all_sync(models=models)

    def connect_raw(self) -> Any:
        """A connection of the database's own Python driver, in autocommit mode."""
        if self.path is None:
            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.path, isolation_level=None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement that chakra has no part in."""
        connection = self.connect_raw()
        try:
            cursor = connection.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    def close(self) -> None:
        """Drops the tables and closes the pool."""
        if self.pool.is_closed:
            self.pool = chakra.connect_sync(self.url)
        chakra.drop_all_sync(pool=self.pool, models=self._models)
        self.pool.close_sync()


def open_database(backend: str, folder: Path) -> Database:
    """Opens the database of a backend; the one place that tells them apart."""
    if backend == "postgres":
        return Database(backend, postgres_url(), None)
    path = folder / "test.db"
    return Database(backend, f"sqlite:///{path}", path)


@pytest.fixture(params=BACKENDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database whose tables go with the test."""
    database = open_database(request.param, tmp_path)
    yield database
    database.close()


class AsyncFace:
    """Awaits what it is given to call."""

    async def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await function(*arguments, **named)

    async def stream(self, queryset: Any, **options: Any) -> AsyncIterator[Any]:
        async for item in queryset.stream(**options):
            yield item


class BlockingFace:
    """Calls the blocking twin of what it is given to call."""

    async def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        owner = getattr(function, "__self__", None) or chakra
        return getattr(owner, f"{function.__name__}_sync")(*arguments, **named)

    async def stream(self, queryset: Any, **options: Any) -> AsyncIterator[Any]:
        for item in queryset.stream_sync(**options):
            yield item


@pytest.fixture(params=[AsyncFace, BlockingFace], ids=["async", "sync"])
def run(request: pytest.FixtureRequest) -> AsyncFace | BlockingFace:
    """`await run(Reader.objects.get, id=1)`: the awaitable call in one round, its `_sync` twin in the other."""
    face: AsyncFace | BlockingFace = request.param()
    return face
