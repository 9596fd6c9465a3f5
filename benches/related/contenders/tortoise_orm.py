"""Tortoise ORM: select_related and prefetch_related."""

from __future__ import annotations

from typing import Any

from tortoise import Tortoise, fields
from tortoise.models import Model

from benches.contenders.tortoise_orm import initialise
from benches.databases import Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


class Author(Model):
    """A parent."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=60)
    email = fields.CharField(max_length=120)
    active = fields.BooleanField()
    joined_at = fields.DatetimeField()

    class Meta:
        table = "bench_authors"


class Tag(Model):
    """The other end of a many-to-many relationship."""

    id = fields.BigIntField(primary_key=True)
    word = fields.CharField(max_length=30)

    class Meta:
        table = "bench_tags"


class Book(Model):
    """A child."""

    id = fields.BigIntField(primary_key=True)
    author = fields.ForeignKeyField("benches.Author", related_name="books", db_index=True)
    title = fields.CharField(max_length=120)
    pages = fields.IntField()
    price = fields.DecimalField(max_digits=10, decimal_places=2)
    published_at = fields.DatetimeField()
    tags = fields.ManyToManyField(
        "benches.Tag", through="bench_book_tags", forward_key="tag_id", backward_key="book_id", related_name="books"
    )

    class Meta:
        table = "bench_books"


class TortoiseOrm(RelatedContender):
    """Async only; aiosqlite and asyncpg underneath."""

    name = "Tortoise"
    package = "tortoise-orm"

    async def open(self, database: Database) -> None:
        await initialise(database, self.table, __name__)

    async def close(self) -> None:
        await Tortoise.close_connections()

    async def store(self, library: Library) -> None:
        await Tortoise.generate_schemas()
        for model, rows in ((Author, library.authors), (Book, library.books), (Tag, library.tags)):
            await model.bulk_create([model(**row) for row in rows])

    def joined(self, upto: int) -> Any:
        return Book.filter(id__lte=upto).select_related("author")

    def children(self, upto: int) -> Any:
        return Author.filter(id__lte=upto).prefetch_related("books")

    def tagged(self, upto: int) -> Any:
        return Book.filter(id__lte=upto).prefetch_related("tags")


CONTENDERS = (TortoiseOrm,)
