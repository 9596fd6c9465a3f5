"""Field types that MySQL and MariaDB alone have.

A model that uses one works there only: elsewhere `create_all` refuses it, naming the field.

Example:
    >>> from chakra import BigInteger, Field, Model
    >>> from chakra.mysql import Set, Year
    >>> class Wine(Model):
    ...     id = Field(BigInteger, primary_key=True)
    ...     grapes = Field(Set("merlot", "pinot", "riesling"))
    ...     vintage = Field(Year)
    >>> sorted(Wine(grapes={"pinot", "merlot"}, vintage=2019).grapes)
    ['merlot', 'pinot']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chakra.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet  # noqa: F401  # named in a quoted parameter below

__all__ = ["Set", "Year"]


class Set(FieldType["AbstractSet[str]"]):
    """Any of a list of names, read as a frozenset. Any set of them can be assigned.

    Args:
        *members: The names, 1 to 64, without commas.

    Example:
        >>> Set("red", "green")
        Set('red', 'green')
    """

    __slots__ = ("members",)

    def __init__(self, *members: str) -> None:
        self.members = members

    def describe(self) -> tuple[object, ...]:
        """Gives the name and the members."""
        members = self.members
        if not 1 <= len(members) <= 64:
            raise ValueError(f"Set has 1 to 64 members, not {len(members)}")
        for number, member in enumerate(members):
            if not _is_member(member):
                raise ValueError(f"a member of Set is a name without commas and blanks at its end, not {member!r}")
            if member in members[:number]:
                raise ValueError(f"{member!r} is a member of Set twice")
        return ("Set", *members)


def _is_member(name: object) -> bool:
    return isinstance(name, str) and name != "" and not name.endswith(" ") and "," not in name and "\0" not in name


class Year(FieldType[int]):
    """A year from 1901 to 2155."""

    __slots__ = ()
