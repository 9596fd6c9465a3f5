"""Named rows: tuples whose members also go by name."""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def row_class(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """Make the class of rows with these members.

    Args:
        names: The members' names, in order; a name that Python cannot use as an attribute goes by index and ``[name]`` only.

    Returns:
        A named tuple class whose instances also take a name in brackets: ``row["id"]``.
    """
    base = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    positions = {name: position for position, name in enumerate(names)}

    def __getitem__(self: tuple[Any, ...], key: Any) -> Any:
        return tuple.__getitem__(self, positions[key] if isinstance(key, str) else key)

    return type("Row", (base,), {"__slots__": (), "__getitem__": __getitem__})
