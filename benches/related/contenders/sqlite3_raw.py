"""The standard library's sqlite3 with the loops that one writes by hand."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any

from benches.databases import SQLITE_PRAGMAS, Database
from benches.related.contender import RelatedContender
from benches.related.library import AUTHOR_COLUMNS, BOOK_COLUMNS, Library, values
from benches.related.stores import SQLITE_DDL

_AUTHOR = ", ".join(f"author.{column}" for column in AUTHOR_COLUMNS)
_BOOK = ", ".join(f"book.{column}" for column in BOOK_COLUMNS)
_JOINED = (
    f"SELECT {_BOOK}, {_AUTHOR} FROM bench_books book JOIN bench_authors author ON author.id = book.author_id"
    " WHERE book.id <= ?"
)
_LINKED = "SELECT link.book_id, tag.id, tag.word FROM bench_book_tags link JOIN bench_tags tag ON tag.id = link.tag_id"


class Sqlite3Tuples(RelatedContender):
    """Tuples with their values converted; each related row is converted once and shared."""

    name = "sqlite3 tuples"
    mode = "blocking"
    databases = ("sqlite",)
    raw = True
    row_style = "unpack"
    note = "converted by hand"

    async def open(self, database: Database) -> None:
        self._connection = sqlite3.connect(database.path(self.table))
        for pragma, value in SQLITE_PRAGMAS.items():
            self._connection.execute(f"PRAGMA {pragma} = {value}")

    async def close(self) -> None:
        self._connection.close()

    async def store(self, library: Library) -> None:
        for statement in SQLITE_DDL:
            self._connection.execute(statement)
        for table, rows in (("authors", library.authors), ("books", library.books), ("tags", library.tags)):
            slots = ", ".join("?" * len(rows[0]))
            content = [tuple(_storable(value) for value in values(row)) for row in rows]
            self._connection.executemany(f"INSERT INTO bench_{table} VALUES ({slots})", content)
        self._connection.commit()

    def joined(self, upto: int) -> Any:
        authors: dict[int, Any] = {}
        books = []
        for key, author_id, title, pages, price, published_at, *found in self._connection.execute(_JOINED, (upto,)):
            author = authors.get(author_id)
            if author is None:
                author = authors[author_id] = _author(*found)
            books.append((key, author_id, title, pages, Decimal(price), datetime.fromisoformat(published_at), author))
        return books

    def children(self, upto: int) -> Any:
        query = f"SELECT {_AUTHOR} FROM bench_authors author WHERE author.id <= ?"
        authors = [(*_author(*row), []) for row in self._connection.execute(query, (upto,))]
        books = {author[0]: author[-1] for author in authors}
        query = f"SELECT {_BOOK} FROM bench_books book WHERE book.author_id IN ({', '.join('?' * len(books))})"
        for row in self._connection.execute(query, [*books]):
            books[row[1]].append(_book(*row))
        return authors

    def tagged(self, upto: int) -> Any:
        query = f"SELECT {_BOOK} FROM bench_books book WHERE book.id <= ?"
        books = [(*_book(*row), []) for row in self._connection.execute(query, (upto,))]
        tags_of = {book[0]: book[-1] for book in books}
        tags: dict[int, Any] = {}
        query = f"{_LINKED} WHERE link.book_id IN ({', '.join('?' * len(tags_of))})"
        for book_id, key, word in self._connection.execute(query, [*tags_of]):
            tag = tags.get(key)
            if tag is None:
                tag = tags[key] = (key, word)
            tags_of[book_id].append(tag)
        return books


def _author(key: int, name: str, email: str, active: int, joined_at: str) -> tuple[Any, ...]:
    return (key, name, email, bool(active), datetime.fromisoformat(joined_at))


def _book(key: int, author_id: int, title: str, pages: int, price: str, published_at: str) -> tuple[Any, ...]:
    return (key, author_id, title, pages, Decimal(price), datetime.fromisoformat(published_at))


def _storable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value) if isinstance(value, Decimal) else value


CONTENDERS = (Sqlite3Tuples,)
