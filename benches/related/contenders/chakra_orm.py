"""Chakra, async and blocking, through its public interface only."""

from __future__ import annotations

from typing import Any, ClassVar

import chakra
from benches.databases import POOL_SIZE, Database
from benches.related.contender import RelatedContender
from benches.related.library import Library
from chakra import (
    BigInteger,
    Boolean,
    DateTime,
    Decimal,
    Field,
    ForeignKey,
    Integer,
    ManyToMany,
    Model,
    OneToMany,
    String,
)


class Author(Model):
    """A parent."""

    __tablename__ = "bench_authors"

    id = Field(BigInteger, primary_key=True)
    name = Field(String(60))
    email = Field(String(120))
    active = Field(Boolean)
    joined_at = Field(DateTime)
    books = OneToMany(f"{__name__}.Book", back_populates="author")


class Book(Model):
    """A child."""

    __tablename__ = "bench_books"

    id = Field(BigInteger, primary_key=True)
    author_id = Field(BigInteger, ForeignKey("bench_authors.id", on_delete="CASCADE"))
    title = Field(String(120))
    pages = Field(Integer)
    price = Field(Decimal(10, 2))
    published_at = Field(DateTime)
    author = ForeignKey(Author, back_populates="books")
    tags = ManyToMany(f"{__name__}.Tag", through="bench_book_tags", back_populates="books")


class Tag(Model):
    """The other end of a many-to-many relationship."""

    __tablename__ = "bench_tags"

    id = Field(BigInteger, primary_key=True)
    word = Field(String(30))
    books = ManyToMany(Book, through="bench_book_tags", back_populates="tags")


class BookTag(Model):
    """The junction."""

    __tablename__ = "bench_book_tags"

    book_id = Field(BigInteger, ForeignKey("bench_books.id", on_delete="CASCADE"), primary_key=True)
    tag_id = Field(BigInteger, ForeignKey("bench_tags.id", on_delete="CASCADE"), primary_key=True)


class Chakra(RelatedContender):
    """`await` everything."""

    name = "chakra"
    package = "chakra"
    family = "chakra"
    _users: ClassVar[int] = 0

    async def open(self, database: Database) -> None:
        if Chakra._users == 0:
            await chakra.connect(database.url(self.table), max_connections=POOL_SIZE)
        Chakra._users += 1

    async def close(self) -> None:
        Chakra._users -= 1
        if Chakra._users == 0:
            await chakra.close_pool()

    async def store(self, library: Library) -> None:
        await chakra.create_all(models=[Author, Book, Tag, BookTag])
        await Author.objects.bulk_create([Author(**row) for row in library.authors])
        await Book.objects.bulk_create([Book(**row) for row in library.books])
        await Tag.objects.bulk_create([Tag(**row) for row in library.tags])

    def joined(self, upto: int) -> Any:
        return Book.objects.select_related("author").filter(id__lte=upto)

    def children(self, upto: int) -> Any:
        return Author.objects.prefetch_related("books").filter(id__lte=upto)

    def tagged(self, upto: int) -> Any:
        return Book.objects.prefetch_related("tags").filter(id__lte=upto)


class ChakraSync(Chakra):
    """The twins for blocking code."""

    name = "chakra sync"
    mode = "blocking"

    def joined(self, upto: int) -> Any:
        return super().joined(upto).all_sync()

    def children(self, upto: int) -> Any:
        return super().children(upto).all_sync()

    def tagged(self, upto: int) -> Any:
        return super().tagged(upto).all_sync()


CONTENDERS = (Chakra, ChakraSync)
