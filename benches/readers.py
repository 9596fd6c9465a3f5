"""Reading every value of every row, the way each kind of row is read.

Each contender gets functions compiled for it alone: CPython specialises the instructions of a function for the types
that it meets, so a function shared by all contenders would be slow for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benches.records import COLUMNS

_READ_ROW = {
    "attribute": "; ".join(f"row.{column}" for column in COLUMNS),
    "name": "; ".join(f'row["{column}"]' for column in COLUMNS),
    "unpack": f"{', '.join(COLUMNS)} = row",
}
_UNROLLED = 10
REPEATED_READS = _UNROLLED * len(COLUMNS)
"""How many attributes `repeat_reader` reads in each repetition; many, so that its loop costs nothing beside them."""


def row_reader(style: str) -> Callable[[Any], None]:
    """A function that reads every value of a sequence of rows."""
    return _compile(f"def read(rows):\n    for row in rows:\n        {_READ_ROW[style]}\n")


def repeat_reader() -> Callable[[Any, Any], None]:
    """A function that reads every attribute of one object again and again; its second argument sets how often."""
    source = "; ".join([_READ_ROW["attribute"]] * _UNROLLED)
    return _compile(f"def read(row, times):\n    for _ in times:\n        {source}\n")


def _compile(source: str) -> Callable[..., None]:
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # the source is one of the constants above
    return namespace["read"]
