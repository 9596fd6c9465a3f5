"""Peewee: a select with a join, and `prefetch`; blocking, and its asyncio extension."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import peewee
from playhouse.postgres_ext import DateTimeTZField
from playhouse.pwasyncio import AsyncPostgresqlDatabase, AsyncSqliteDatabase

from benches.contenders.peewee_orm import DATETIME_FORMATS
from benches.databases import POOL_SIZE, SQLITE_PRAGMAS, Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


def _models(database: Any) -> SimpleNamespace:
    """The models; Peewee binds a model to one database, so each connection gets its own."""
    postgres = isinstance(database, peewee.PostgresqlDatabase)
    key = peewee.BigAutoField if postgres else peewee.AutoField

    def instant() -> peewee.Field:
        return DateTimeTZField() if postgres else peewee.DateTimeField(formats=DATETIME_FORMATS)

    class Author(peewee.Model):
        id = key()
        name = peewee.CharField(max_length=60)
        email = peewee.CharField(max_length=120)
        active = peewee.BooleanField()
        joined_at = instant()

        class Meta:
            table_name = "bench_authors"

    class Book(peewee.Model):
        id = key()
        author = peewee.ForeignKeyField(Author, backref="books")
        title = peewee.CharField(max_length=120)
        pages = peewee.IntegerField()
        price = peewee.DecimalField(max_digits=10, decimal_places=2)
        published_at = instant()

        class Meta:
            table_name = "bench_books"

    class Tag(peewee.Model):
        id = key()
        word = peewee.CharField(max_length=30)

        class Meta:
            table_name = "bench_tags"

    class BookTag(peewee.Model):
        book = peewee.ForeignKeyField(Book, backref="links")
        tag = peewee.ForeignKeyField(Tag, backref="links")

        class Meta:
            table_name = "bench_book_tags"
            primary_key = peewee.CompositeKey("book", "tag")

    database.bind([Author, Book, Tag, BookTag])
    return SimpleNamespace(Author=Author, Book=Book, Tag=Tag, BookTag=BookTag)


class Peewee(RelatedContender):
    """The blocking interface."""

    name = "Peewee"
    package = "peewee"
    mode = "blocking"
    tags_of = "[link.tag for link in book.links]"

    async def open(self, database: Database) -> None:
        if database.name == "sqlite":
            self._database = peewee.SqliteDatabase(database.path(self.table), pragmas=SQLITE_PRAGMAS)
        else:
            self._database = peewee.PostgresqlDatabase(database.url(self.table), prefer_psycopg3=True)
        self._models = _models(self._database)

    async def close(self) -> None:
        self._database.close()

    async def store(self, library: Library) -> None:
        self._store(library)

    def _store(self, library: Library) -> None:
        known = self._models
        self._database.create_tables([known.Author, known.Book, known.Tag, known.BookTag])
        with self._database.atomic():
            for model, rows in (
                (known.Author, library.authors),
                (known.Book, library.books),
                (known.Tag, library.tags),
            ):
                for some in peewee.chunked(rows, 500):
                    model.insert_many(some).execute()

    def joined(self, upto: int) -> Any:
        author, book = self._models.Author, self._models.Book
        return list(book.select(book, author).join(author).where(book.id <= upto))

    def children(self, upto: int) -> Any:
        author, book = self._models.Author, self._models.Book
        return peewee.prefetch(author.select().where(author.id <= upto), book.select())

    def tagged(self, upto: int) -> Any:
        book, link, tag = self._models.Book, self._models.BookTag, self._models.Tag
        links = link.select(link, tag).join(tag)
        return peewee.prefetch(book.select().where(book.id <= upto), links)


class PeeweeAsync(Peewee):
    """The asyncio extension (aiosqlite and asyncpg underneath)."""

    name = "Peewee async"
    mode = "async"

    async def open(self, database: Database) -> None:
        if database.name == "sqlite":
            path = database.path(self.table)
            self._database = AsyncSqliteDatabase(path, pragmas=SQLITE_PRAGMAS, pool_size=POOL_SIZE)
        else:
            self._database = AsyncPostgresqlDatabase(database.url(self.table), pool_size=POOL_SIZE)
        self._models = _models(self._database)

    async def close(self) -> None:
        await self._database.close_pool()

    async def store(self, library: Library) -> None:
        await self._database.run(self._store, library)

    def joined(self, upto: int) -> Any:
        return self._database.run(super().joined, upto)

    def children(self, upto: int) -> Any:
        return self._database.run(super().children, upto)

    def tagged(self, upto: int) -> Any:
        return self._database.run(super().tagged, upto)


CONTENDERS = (Peewee, PeeweeAsync)
