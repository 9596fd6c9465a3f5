"""Checks that a contender reads what it is timed for, value by value, with all that is related."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from benches.related.contender import RelatedContender
from benches.related.library import (
    AUTHOR_COLUMNS,
    AUTHORS,
    BOOK_COLUMNS,
    BOOKS_EACH,
    TAG_COLUMNS,
    author,
    book,
    tag,
    tags_of,
    values,
)
from benches.verify import WrongAnswer

Plain = tuple[Any, ...]


def expect(contender: RelatedContender, call: str, upto: int, rows: Iterable[Any]) -> None:
    """Compare what a call gave with what was stored, whatever its order."""
    got = sorted(_plain(contender, call, row) for row in rows)
    want = [_stored(call, key) for key in range(1, upto + 1)]
    if len(got) != len(want):
        raise WrongAnswer(f"{len(got)} rows instead of {len(want)}")
    for found, wanted in zip(got, want, strict=True):
        if found != wanted:
            raise WrongAnswer(f"{found} instead of {wanted}")


def _stored(call: str, key: int) -> tuple[Plain, Any]:
    if call == "joined":
        row = book(key)
        return values(row), values(author(row["author_id"]))
    if call == "children":
        return values(author(key)), [values(book(key + AUTHORS * at)) for at in range(BOOKS_EACH)]
    return values(book(key)), [values(tag(other)) for other in tags_of(key)]


def _plain(contender: RelatedContender, call: str, row: Any) -> tuple[Plain, Any]:
    own, other = (AUTHOR_COLUMNS, BOOK_COLUMNS) if call == "children" else (BOOK_COLUMNS, TAG_COLUMNS)
    if contender.row_style == "unpack":
        *mine, related = row
        many = related if call != "joined" else [related]
    else:
        mine = [getattr(row, column) for column in own]
        if call == "joined":
            many = [[getattr(row.author, column) for column in AUTHOR_COLUMNS]]
        else:
            found = eval(*_expression(contender, call, row))
            many = [[getattr(one, column) for column in other] for one in found]
    plain = sorted(_normal(one) for one in many)
    return _normal(mine), plain[0] if call == "joined" else plain


def _expression(contender: RelatedContender, call: str, row: Any) -> tuple[str, dict[str, Any]]:
    return (contender.books_of, {"author": row}) if call == "children" else (contender.tags_of, {"book": row})


def _normal(row: Iterable[Any]) -> Plain:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    """Accept naive UTC."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return Decimal(value) if isinstance(value, Decimal) else value
