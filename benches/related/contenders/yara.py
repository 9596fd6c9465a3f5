"""Yara: select_related and prefetch_related."""

from __future__ import annotations

from typing import Any

from yara_orm import Model, YaraOrm, fields

from benches.databases import POOL_SIZE, Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


class Author(Model):
    """A parent."""

    id = fields.BigIntField(pk=True)
    name = fields.CharField(max_length=60)
    email = fields.CharField(max_length=120)
    active = fields.BooleanField()
    joined_at = fields.DatetimeField()

    class Meta:
        table = "bench_authors"


class Tag(Model):
    """The other end of a many-to-many relationship."""

    id = fields.BigIntField(pk=True)
    word = fields.CharField(max_length=30)

    class Meta:
        table = "bench_tags"


class Book(Model):
    """A child."""

    id = fields.BigIntField(pk=True)
    author = fields.ForeignKeyField("Author", related_name="books")
    title = fields.CharField(max_length=120)
    pages = fields.IntField()
    price = fields.DecimalField(max_digits=10, decimal_places=2)
    published_at = fields.DatetimeField()
    tags = fields.ManyToManyField(
        "Tag", through="bench_book_tags", forward_key="tag_id", backward_key="book_id", related_name="books"
    )

    class Meta:
        table = "bench_books"


class Yara(RelatedContender):
    """Async only; its own engine underneath."""

    name = "Yara"
    family = "Yara"
    package = "yara-orm"
    # Its managers must be awaited, which gives a list made anew; what they read it from is faster to read.
    books_of = "author._prefetch['books']"
    tags_of = "book._prefetch['tags']"

    async def open(self, database: Database) -> None:
        await YaraOrm.init(f"{database.url(self.table)}?max_size={POOL_SIZE}", use_tz=True)

    async def close(self) -> None:
        await YaraOrm.close()

    async def store(self, library: Library) -> None:
        await YaraOrm.generate_schemas(models=[Author, Tag, Book])
        for model, rows in ((Author, library.authors), (Book, library.books), (Tag, library.tags)):
            await model.bulk_create([model(**row) for row in rows])

    def joined(self, upto: int) -> Any:
        return Book.filter(id__lte=upto).select_related("author")

    def children(self, upto: int) -> Any:
        return Author.filter(id__lte=upto).prefetch_related("books")

    def tagged(self, upto: int) -> Any:
        return Book.filter(id__lte=upto).prefetch_related("tags")


class YaraBlocking(Yara):
    """SQLite's `sync_fast_path`: awaitables that are complete when made, at the price of a blocked loop."""

    name = "Yara blocking"
    family = "Yara"
    databases = ("sqlite",)
    blocks_loop = True
    note = "sync_fast_path=1"

    async def open(self, database: Database) -> None:
        url = f"{database.url(self.table)}?sync_fast_path=1&max_size={POOL_SIZE}"
        await YaraOrm.add_connection("blocking", url)

    def joined(self, upto: int) -> Any:
        return super().joined(upto).using_db("blocking")

    def children(self, upto: int) -> Any:
        return super().children(upto).using_db("blocking")

    def tagged(self, upto: int) -> Any:
        return super().tagged(upto).using_db("blocking")


CONTENDERS = (Yara, YaraBlocking)
