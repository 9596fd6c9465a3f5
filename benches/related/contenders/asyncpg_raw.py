"""asyncpg with the loops that one writes by hand."""

from __future__ import annotations

from typing import Any

import asyncpg

from benches.databases import Database
from benches.related.contender import RelatedContender
from benches.related.library import AUTHOR_COLUMNS, BOOK_COLUMNS

_AUTHOR = ", ".join(f"author.{column}" for column in AUTHOR_COLUMNS)
_BOOK = ", ".join(f"book.{column}" for column in BOOK_COLUMNS)
_JOINED = (
    f"SELECT {_BOOK}, {_AUTHOR} FROM bench_books book JOIN bench_authors author ON author.id = book.author_id"
    " WHERE book.id <= $1"
)
_CHILDREN = f"SELECT {_BOOK} FROM bench_books book WHERE book.author_id = ANY($1)"
_LINKED = (
    "SELECT link.book_id, tag.id, tag.word FROM bench_book_tags link JOIN bench_tags tag ON tag.id = link.tag_id"
    " WHERE link.book_id = ANY($1)"
)


class AsyncpgTuples(RelatedContender):
    """Tuples; each related row is made once and shared."""

    name = "asyncpg tuples"
    package = "asyncpg"
    databases = ("postgres",)
    raw = True
    row_style = "unpack"

    async def open(self, database: Database) -> None:
        self._connection = await asyncpg.connect(database.url(self.table))

    async def close(self) -> None:
        await self._connection.close()

    async def joined(self, upto: int) -> Any:
        authors: dict[int, Any] = {}
        books = []
        for row in await self._connection.fetch(_JOINED, upto):
            author_id = row[1]
            author = authors.get(author_id)
            if author is None:
                author = authors[author_id] = row[6:]
            books.append((*row[:6], author))
        return books

    async def children(self, upto: int) -> Any:
        query = f"SELECT {_AUTHOR} FROM bench_authors author WHERE author.id <= $1"
        authors = [(*row, []) for row in await self._connection.fetch(query, upto)]
        books = {author[0]: author[-1] for author in authors}
        for row in await self._connection.fetch(_CHILDREN, [*books]):
            books[row[1]].append(tuple(row))
        return authors

    async def tagged(self, upto: int) -> Any:
        query = f"SELECT {_BOOK} FROM bench_books book WHERE book.id <= $1"
        books = [(*row, []) for row in await self._connection.fetch(query, upto)]
        tags_of = {book[0]: book[-1] for book in books}
        tags: dict[int, Any] = {}
        for book_id, key, word in await self._connection.fetch(_LINKED, [*tags_of]):
            tag = tags.get(key)
            if tag is None:
                tag = tags[key] = (key, word)
            tags_of[book_id].append(tag)
        return books


CONTENDERS = (AsyncpgTuples,)
