"""Oxyde: `join` and `prefetch`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from oxyde import Field, Model, db

from benches.databases import POOL_SIZE, Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


class Author(Model):
    """A parent."""

    id: int | None = Field(default=None, db_pk=True)
    name: str = Field(max_length=60)
    email: str = Field(max_length=120)
    active: bool
    joined_at: datetime
    books: list[Book] = Field(db_reverse_fk="author")

    class Meta:
        is_table = True
        table_name = "bench_authors"


class Tag(Model):
    """The other end of a many-to-many relationship."""

    id: int | None = Field(default=None, db_pk=True)
    word: str = Field(max_length=30)

    class Meta:
        is_table = True
        table_name = "bench_tags"


class Book(Model):
    """A child."""

    id: int | None = Field(default=None, db_pk=True)
    author: Author | None = Field(default=None, db_on_delete="CASCADE", db_index=True)
    title: str = Field(max_length=120)
    pages: int
    price: Decimal = Field(max_digits=10, decimal_places=2)
    published_at: datetime
    tags: list[Tag] = Field(db_m2m=True, db_through="BookTag")

    class Meta:
        is_table = True
        table_name = "bench_books"


class BookTag(Model):
    """The junction."""

    book: Book | None = Field(default=None, db_on_delete="CASCADE")
    tag: Tag | None = Field(default=None, db_on_delete="CASCADE")

    class Meta:
        is_table = True
        table_name = "bench_book_tags"


class Oxyde(RelatedContender):
    """Async only; its own engine underneath."""

    name = "Oxyde"
    package = "oxyde"

    async def open(self, database: Database) -> None:
        await db.init(default=database.url(self.table), settings=db.PoolSettings(max_connections=POOL_SIZE))

    async def close(self) -> None:
        await db.close()

    async def store(self, library: Library) -> None:
        await db.create_tables(await db.get_connection())
        for model, rows in ((Author, library.authors), (Book, library.books), (Tag, library.tags)):
            await model.objects.bulk_create([model(**row) for row in rows], batch_size=4_000)

    def joined(self, upto: int) -> Any:
        return Book.objects.join("author").filter(id__lte=upto).all()

    def children(self, upto: int) -> Any:
        return Author.objects.prefetch("books").filter(id__lte=upto).all()

    def tagged(self, upto: int) -> Any:
        return Book.objects.prefetch("tags").filter(id__lte=upto).all()


CONTENDERS = (Oxyde,)
