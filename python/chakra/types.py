"""Field types: what a column holds, and as which Python type it is read.

A type is given to `Field` as a class, `Field(Integer)`, or with arguments, `Field(String(50))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    # Named in the quoted parameters of the classes below; importing them for real would be slow.
    import datetime  # noqa: F401
    import decimal  # noqa: F401
    import uuid  # noqa: F401

__all__ = [
    "JSON",
    "UUID",
    "BigInteger",
    "Binary",
    "Boolean",
    "Date",
    "DateTime",
    "Decimal",
    "FieldType",
    "Float",
    "Integer",
    "SmallInteger",
    "String",
    "Text",
    "Time",
]

T = TypeVar("T")

_LONGEST_PRECISION = 1000
"""The most digits that PostgreSQL lets a NUMERIC declare."""


class FieldType(Generic[T]):
    """What a column holds; the parameter is the Python type of its values."""

    __slots__ = ()

    is_integer: ClassVar[bool] = False

    def describe(self) -> tuple[object, ...]:
        """Gives the type's name, then its arguments.

        Raises:
            ValueError: If the arguments make no sense.
        """
        return (type(self).__name__,)

    def __repr__(self) -> str:
        name, *arguments = self.describe()
        return f"{name}({', '.join(map(repr, arguments))})" if arguments else str(name)


class SmallInteger(FieldType[int]):
    """A whole number of 16 bits: -32,768 to 32,767."""

    __slots__ = ()
    is_integer = True


class Integer(FieldType[int]):
    """A whole number of 32 bits: about two thousand million either way."""

    __slots__ = ()
    is_integer = True


class BigInteger(FieldType[int]):
    """A whole number of 64 bits."""

    __slots__ = ()
    is_integer = True


class Float(FieldType[float]):
    """A binary floating point number of 64 bits; for money use `Decimal`."""

    __slots__ = ()


class Decimal(FieldType["decimal.Decimal"]):
    """An exact decimal number, read as `decimal.Decimal`.

    Args:
        precision: Digits in all. Left out: as many as the database takes.
        scale: Digits after the point; 0 if only the precision is given.

    Example:
        >>> Decimal(12, 2)
        Decimal(12, 2)
    """

    __slots__ = ("precision", "scale")

    def __init__(self, precision: int | None = None, scale: int | None = None) -> None:
        self.precision = precision
        self.scale = scale

    def describe(self) -> tuple[object, ...]:
        """Gives the name, the precision and the scale."""
        if self.precision is None:
            if self.scale is not None:
                raise ValueError("Decimal with a scale needs a precision too, as in Decimal(12, 2)")
            return ("Decimal",)
        scale = 0 if self.scale is None else self.scale
        _require_length("Decimal", "precision", self.precision, _LONGEST_PRECISION)
        if not _is_whole(scale) or not 0 <= scale <= self.precision:
            raise ValueError(
                f"the scale of Decimal is a number from 0 to its precision {self.precision}, not {scale!r}"
            )
        return ("Decimal", self.precision, scale)


class String(FieldType[str]):
    """Text.

    Args:
        length: The most characters it may have. Left out: no limit.

    Example:
        >>> String(50)
        String(50)
    """

    __slots__ = ("length",)

    def __init__(self, length: int | None = None) -> None:
        self.length = length

    def describe(self) -> tuple[object, ...]:
        """Gives the name and, if there is one, the length."""
        return _describe_bounded("String", self.length)


class Text(FieldType[str]):
    """Text of any length."""

    __slots__ = ()


class Boolean(FieldType[bool]):
    """True or false."""

    __slots__ = ()


class DateTime(FieldType["datetime.datetime"]):
    """An instant, to the microsecond. A naive value means UTC; what is read is aware and in UTC."""

    __slots__ = ()


class Date(FieldType["datetime.date"]):
    """A calendar day."""

    __slots__ = ()


class Time(FieldType["datetime.time"]):
    """A time of day without a zone, to the microsecond."""

    __slots__ = ()


class UUID(FieldType["uuid.UUID"]):
    """A universally unique identifier, read as `uuid.UUID`."""

    __slots__ = ()


class Binary(FieldType[bytes]):
    """Bytes.

    Args:
        length: The most bytes it may have. Left out: no limit.
    """

    __slots__ = ("length",)

    def __init__(self, length: int | None = None) -> None:
        self.length = length

    def describe(self) -> tuple[object, ...]:
        """Gives the name and, if there is one, the length."""
        return _describe_bounded("Binary", self.length)


class JSON(FieldType[Any]):
    """A JSON document: dict, list, str, int, float or bool.

    `None` is SQL NULL; JSON's own `null` is `chakra.JSONNull`.
    """

    __slots__ = ()


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _describe_bounded(name: str, length: int | None) -> tuple[object, ...]:
    if length is None:
        return (name,)
    _require_length(name, "length", length, 2**31 - 1)
    return (name, length)


def _require_length(name: str, word: str, value: int, most: int) -> None:
    if not _is_whole(value) or not 1 <= value <= most:
        raise ValueError(f"the {word} of {name} is a number from 1 to {most}, not {value!r}")
