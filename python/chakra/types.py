"""Field types: what a column holds, and as which Python type it is read.

A type is given to `Field` as a class, `Field(Integer)`, or with arguments, `Field(String(50))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

if TYPE_CHECKING:
    # Named in the quoted parameters of the classes below; importing them for real would be slow.
    import datetime  # noqa: F401
    import decimal  # noqa: F401
    import enum
    import uuid  # noqa: F401

__all__ = [
    "JSON",
    "UUID",
    "Array",
    "BigInteger",
    "Binary",
    "Boolean",
    "Char",
    "Date",
    "DateTime",
    "Decimal",
    "Enum",
    "FieldType",
    "Float",
    "Integer",
    "Interval",
    "LargeBinary",
    "SmallInteger",
    "String",
    "Text",
    "Time",
]

T = TypeVar("T")
S = TypeVar("S")
if TYPE_CHECKING:
    E = TypeVar("E", bound=enum.Enum)

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


class Char(FieldType[str]):
    """Text of at most so many characters, in the database's own type for texts of one length.

    That type pads with blanks, so blanks at the end of a text cannot be kept: such a text is refused, and
    what is read ends in none. For text whose length varies use `String`.

    Args:
        length: The most characters it may have.

    Example:
        >>> Char(2)
        Char(2)
    """

    __slots__ = ("length",)

    def __init__(self, length: int) -> None:
        self.length = length

    def describe(self) -> tuple[object, ...]:
        """Gives the name and the length."""
        _require_length("Char", "length", self.length, 2**31 - 1)
        return ("Char", self.length)


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


class Interval(FieldType["datetime.timedelta"]):
    """A span of time to the microsecond: a `timedelta` of at most 106,751,991 days either way.

    PostgreSQL keeps it as an interval, the others as a number of microseconds. An interval with months,
    whose length nobody knows, is an error when it is read.
    """

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


class LargeBinary(FieldType[bytes]):
    """Bytes of any length, as many as the database takes: the same as `Binary` without a length."""

    __slots__ = ()


class JSON(FieldType[Any]):
    """A JSON document: dict, list, str, int, float or bool.

    `None` is SQL NULL; JSON's own `null` is `chakra.JSONNull`.
    """

    __slots__ = ()


class Array(FieldType["list[S]"], Generic[S]):
    """A list of values of one type; None may be among them.

    PostgreSQL keeps it as an array, the others as JSON text. Elements are of every type but `JSON` (which
    holds lists by itself) and `Array`.

    Args:
        element: The type of the elements.

    Example:
        >>> Array(Integer)
        Array(Integer)
        >>> Array(String(20))
        Array(String(20))
    """

    __slots__ = ("element",)

    def __init__(self, element: FieldType[S] | type[FieldType[S]]) -> None:
        self.element = element

    def describe(self) -> tuple[object, ...]:
        """Gives the name and what the elements' type gives."""
        element: object = self.element
        if isinstance(element, type) and issubclass(element, FieldType):
            try:
                element = element()
            except TypeError:
                raise ValueError(f"{self!r} lacks arguments of its elements' type; give them") from None
        if not isinstance(element, FieldType):
            raise ValueError(f"{self!r} has no field type; give one such as Array(Integer)")
        if isinstance(element, Array | JSON):
            raise ValueError(
                f"{self!r} is not supported; keep nested lists in a JSON field, which holds lists by itself"
            )
        return ("Array", element.describe())

    def __repr__(self) -> str:
        element = self.element
        return f"Array({element.__name__ if isinstance(element, type) else repr(element)})"


class Enum(FieldType[S], Generic[S]):
    """One of a list: the members of an `enum.Enum` class, or strings.

    Of a class whose members are all strings the database keeps these, of any other the members' names. A
    field holds the member; it takes the member, the text that the database keeps, and where that is the
    name the member's value too. Text order is the order of the values, however they were declared.

    Args:
        *members: The class, or the strings.
        native: Whether PostgreSQL keeps it as a type of its own instead of text with a CHECK constraint.
            `create_all` makes that type; tables may share it. MySQL has an ENUM in any case.
        name: The type's name; left out: the class's name in snake case. Strings need one with `native`.

    Example:
        >>> import enum
        >>> class Size(enum.Enum):
        ...     SMALL = "s"
        ...     LARGE = "l"
        >>> Enum(Size)
        Enum(Size)
        >>> Enum("draft", "published")
        Enum('draft', 'published')
    """

    __slots__ = ("members", "name", "native")

    if TYPE_CHECKING:

        @overload
        def __init__(self: Enum[E], members: type[E], /, *, native: bool = False, name: str | None = None) -> None: ...
        @overload
        def __init__(
            self: Enum[str], value: str, /, *values: str, native: bool = False, name: str | None = None
        ) -> None: ...

    def __init__(self, *members: Any, native: bool = False, name: str | None = None) -> None:
        self.members = members
        self.native = native
        self.name = name

    def describe(self) -> tuple[object, ...]:
        """Gives the name, the type's name and texts, and the members that they stand for."""
        from chakra._enums import describe

        return describe(self.members, self.native, self.name)

    def __repr__(self) -> str:
        shown = ", ".join(member.__name__ if isinstance(member, type) else repr(member) for member in self.members)
        return f"Enum({shown}, native=True)" if self.native else f"Enum({shown})"


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
