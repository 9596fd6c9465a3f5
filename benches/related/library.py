"""The rows that every contender stores and reads with their relations: deterministic, ordinary values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from benches.records import Record

AUTHOR_COLUMNS = ("id", "name", "email", "active", "joined_at")
BOOK_COLUMNS = ("id", "author_id", "title", "pages", "price", "published_at")
TAG_COLUMNS = ("id", "word")
LINK_COLUMNS = ("book_id", "tag_id")

AUTHORS, BOOKS_EACH, TAGGED, TAGS, TAGS_EACH = 1_000, 5, 2_000, 200, 3
BOOKS = AUTHORS * BOOKS_EACH

_START = datetime(2021, 3, 4, 5, 6, 7, 890123, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Library:
    """The rows of the four tables."""

    authors: Sequence[Record]
    books: Sequence[Record]
    tags: Sequence[Record]
    links: Sequence[tuple[int, int]]


def library(authors: int = AUTHORS) -> Library:
    """A library of so many authors, with five books each; the first 2,000 books have tags."""
    books = authors * BOOKS_EACH
    return Library(
        [author(key) for key in range(1, authors + 1)],
        [book(key, authors) for key in range(1, books + 1)],
        [tag(key) for key in range(1, TAGS + 1)],
        [(key, tag_key) for key in range(1, min(books, TAGGED) + 1) for tag_key in tags_of(key)],
    )


def author(key: int) -> Record:
    """The author with this key."""
    return {
        "id": key,
        "name": f"Author {key:06d}",
        "email": f"author.{key:06d}@mail.example",
        "active": key % 3 != 0,
        "joined_at": _START + timedelta(seconds=key * 61, microseconds=key * 7),
    }


def book(key: int, authors: int = AUTHORS) -> Record:
    """The book with this key; the books of an author do not lie side by side."""
    return {
        "id": key,
        "author_id": (key - 1) % authors + 1,
        "title": f"The {key}th book, of some length",
        "pages": 100 + key % 400,
        "price": Decimal(key * 7919 % 100_000).scaleb(-2),
        "published_at": _START + timedelta(seconds=key * 67, microseconds=key * 11),
    }


def tag(key: int) -> Record:
    """The tag with this key."""
    return {"id": key, "word": f"tag_{key:03d}"}


def tags_of(key: int) -> list[int]:
    """The keys of a book's tags, in order."""
    return sorted((key * 7 + shift * 41) % TAGS + 1 for shift in range(TAGS_EACH))


def values(row: Record) -> tuple[Any, ...]:
    """The row in column order."""
    return tuple(row.values())
