"""What an enumeration says of itself to the engine."""

from __future__ import annotations

import enum
from typing import Any

from chakra._chakra import type_name

__all__ = ["describe"]

_LONGEST_SHOWN = 5


def describe(members: tuple[Any, ...], native: bool, name: str | None) -> tuple[object, ...]:
    """Describes the members of `Enum(*members)`.

    Returns:
        `("Enum", name, texts, native, class, {text: member}, by_name)`: the texts that the database keeps, in order of
        declaration; every text that means a member, names of aliases included; whether the texts are names.

    Raises:
        ValueError: If there are no members, or they cannot be kept.
    """
    if not isinstance(native, bool):
        raise ValueError(f"native of Enum is True or False, not {native!r}; leave it out")
    cls = members[0] if len(members) == 1 and isinstance(members[0], type) else None
    if cls is None:
        return _of_strings(members, native, name)
    if not issubclass(cls, enum.Enum) or issubclass(cls, enum.Flag):
        raise ValueError(
            f"Enum({cls.__name__}) is no enumeration; give a class derived from enum.Enum (of flags: keep an Integer)"
        )
    by_name = not all(isinstance(member.value, str) for member in cls)
    texts = [member.name if by_name else str.__str__(member.value) for member in cls]
    meant: dict[str, Any] = dict(zip(texts, cls, strict=True))
    if by_name:
        meant.update(cls.__members__)
    _check(texts, cls.__name__)
    return ("Enum", name or type_name(cls.__name__), texts, native, cls, meant, by_name)


def _of_strings(members: tuple[Any, ...], native: bool, name: str | None) -> tuple[object, ...]:
    for member in members:
        if not isinstance(member, str):
            raise ValueError(f"Enum({member!r}) is no enumeration; give an enum.Enum class, or strings")
    texts = [str.__str__(member) for member in members]
    if len(set(texts)) < len(texts):
        raise ValueError("Enum has a value twice; leave one of them out")
    _check(texts, ", ".join(map(repr, texts[:_LONGEST_SHOWN])))
    if native and not name:
        raise ValueError(
            "Enum of strings with native=True has no name; give name=, by which the database knows the type"
        )
    return ("Enum", name or "", texts, native, None, {text: text for text in texts}, False)


def _check(texts: list[str], shown: str) -> None:
    if not texts:
        raise ValueError(f"Enum({shown}) has no values; give it at least one")
    for text in texts:
        if "\0" in text:
            raise ValueError(f"Enum({shown}) has the value {text!r} with a NUL character; leave that out")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"Enum({shown}) has the value {text!r} with a lone surrogate; leave that out") from None
