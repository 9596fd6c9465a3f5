"""Reading every value of every row and of the rows related to it.

The function of each contender is compiled from text, so that it reaches related rows by the contender's own expression
without a call in between, and shares its specialised instructions with no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benches.related.contender import RelatedContender
from benches.related.library import AUTHOR_COLUMNS, BOOK_COLUMNS, TAG_COLUMNS

Read = Callable[[Iterable[Any]], None]


def reader(contender: RelatedContender, call: str) -> Read:
    """A function of its own that reads all that a call of this contender gives."""
    lines = _tuples(call) if contender.row_style == "unpack" else _objects(contender, call)
    scope: dict[str, Any] = {}
    exec("\n".join(["def read(rows):", *lines]), scope)
    read: Read = scope["read"]
    return read


def _objects(contender: RelatedContender, call: str) -> list[str]:
    def values(name: str, columns: tuple[str, ...], depth: int) -> list[str]:
        return [f"{'    ' * depth}_ = {name}.{column}" for column in columns]

    if call == "joined":
        author = ["        author = book.author", *values("author", AUTHOR_COLUMNS, 2)]
        return ["    for book in rows:", *values("book", BOOK_COLUMNS, 2), *author]
    if call == "children":
        books = [f"        for book in {contender.books_of}:", *values("book", BOOK_COLUMNS, 3)]
        return ["    for author in rows:", *values("author", AUTHOR_COLUMNS, 2), *books]
    tags = [f"        for tag in {contender.tags_of}:", *values("tag", TAG_COLUMNS, 3)]
    return ["    for book in rows:", *values("book", BOOK_COLUMNS, 2), *tags]


def _tuples(call: str) -> list[str]:
    book, author, tag = (
        ", ".join(f"_{name}" for name in names) for names in (BOOK_COLUMNS, AUTHOR_COLUMNS, TAG_COLUMNS)
    )
    if call == "joined":
        return [f"    for {book}, author in rows:", f"        {author} = author"]
    if call == "children":
        return [f"    for {author}, books in rows:", f"        for {book} in books:", "            pass"]
    return [f"    for {book}, tags in rows:", f"        for {tag} in tags:", "            pass"]
