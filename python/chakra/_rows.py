"""Named rows: tuples whose members also go by name."""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from operator import itemgetter
from typing import Any

__all__ = ["row_class"]


@lru_cache(maxsize=256)
def row_class(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """Makes the class of rows with these members.

    Args:
        names: The members' names, in order. One that Python cannot use as an attribute goes by
            position and by `row["name"]` only.

    Returns:
        A named tuple class whose instances also take a name in brackets: `row["id"]`.

    Example:
        >>> row_class(("id", "name"))(1, "Ada")["name"]
        'Ada'
    """
    base = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    members = {name: itemgetter(position) for position, name in enumerate(names)}

    def member(self: tuple[Any, ...], key: Any) -> Any:
        return members[key](tuple(self)) if isinstance(key, str) else tuple.__getitem__(self, key)

    return type("Row", (base,), {"__slots__": (), "__getitem__": member})
