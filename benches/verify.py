"""Checks that a contender does what it is timed for. Each check runs once, before the first sample."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from benches.contender import Contender
from benches.records import Record, values


class WrongAnswer(Exception):
    """A contender returned or stored something else than it was given."""


def expect_rows(contender: Contender, rows: list[Any], expected: list[Record], *, keys: bool = True) -> None:
    """Compare returned rows with the rows that were stored, value by value, whatever their order.

    Without `keys` the primary keys may be any, because the database chose them.
    """
    first = 0 if keys else 1
    got = sorted(_normal(contender.values(row))[first:] for row in rows)
    want = [values(row)[first:] for row in expected]
    if len(got) != len(want):
        raise WrongAnswer(f"{len(got)} rows instead of {len(want)}")
    for found, wanted in zip(got, want, strict=True):
        if found != wanted:
            raise WrongAnswer(f"{found} instead of {wanted}")


def _normal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Accept what raw drivers and some mappers return for SQLite: 0 and 1, text, naive UTC."""
    key, username, email, active, age, balance, created_at = row
    if isinstance(created_at, str):
        created_at = datetime.fromisoformat(created_at)
    if created_at.tzinfo is None:
        created_at = created_at.replace(tzinfo=timezone.utc)
    return (key, username, email, bool(active), age, Decimal(str(balance)), created_at)
