"""Reading every value of every row, the way each kind of row is read.

Each contender gets a copy of its function: CPython specialises the instructions of a function for the types that it
meets, so a function shared by all contenders would be slow for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from timeit import Timer
from types import FunctionType
from typing import Any

from benches.records import COLUMNS

_UNROLLED = 10


def row_reader(style: str) -> Callable[[Iterable[Any]], None]:
    """A function of its own that reads every value of a sequence of rows."""
    original = {"attribute": _by_attribute, "name": _by_name, "unpack": _by_position}[style]
    return FunctionType(original.__code__.replace(), original.__globals__, original.__name__)


def attribute_seconds(row: Any, times: int) -> float:
    """Seconds per attribute read on one object; unrolled, so that the loop costs nothing beside the reads."""
    statement = "; ".join([f"row.{column}" for column in COLUMNS] * _UNROLLED)
    timer = Timer(statement, setup="row = instance", globals={"instance": row})
    timer.timeit(100)  # the interpreter specialises the statement
    return timer.timeit(times) / times / (_UNROLLED * len(COLUMNS))


def _by_attribute(rows: Iterable[Any]) -> None:
    for row in rows:
        _ = row.id
        _ = row.username
        _ = row.email
        _ = row.active
        _ = row.age
        _ = row.balance
        _ = row.created_at


def _by_name(rows: Iterable[Any]) -> None:
    for row in rows:
        _ = row["id"]
        _ = row["username"]
        _ = row["email"]
        _ = row["active"]
        _ = row["age"]
        _ = row["balance"]
        _ = row["created_at"]


def _by_position(rows: Iterable[Any]) -> None:
    for row in rows:
        _id, _username, _email, _active, _age, _balance, _created_at = row
