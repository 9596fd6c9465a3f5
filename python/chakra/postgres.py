"""Field types that PostgreSQL alone has.

A model that uses one works on PostgreSQL only: elsewhere `create_all` refuses it, naming the field. `HStore` and
`Vector` come with extensions, which the database's owner adds once: `CREATE EXTENSION hstore`,
`CREATE EXTENSION vector`.

Example:
    >>> from chakra import BigInteger, Field, Model
    >>> from chakra.postgres import Inet, Int4Range, Range
    >>> class Booking(Model):
    ...     id = Field(BigInteger, primary_key=True)
    ...     seats = Field(Int4Range)
    ...     client = Field(Inet)
    >>> booking = Booking(seats=Range(1, 4, "[]"), client="10.1.2.3")
    >>> booking.seats, booking.client
    (Range(1, 5), IPv4Address('10.1.2.3'))
    >>> 4 in booking.seats
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from chakra.types import JSON, FieldType, _require_length

if TYPE_CHECKING:
    # Named in the quoted parameters of the classes below; importing them for real would be slow.
    import datetime  # noqa: F401
    import decimal  # noqa: F401
    import ipaddress  # noqa: F401

    class _Comparable(Protocol):
        def __lt__(self, other: Any, /) -> bool: ...


__all__ = [
    "JSONB",
    "Cidr",
    "DateRange",
    "HStore",
    "Inet",
    "Int4Range",
    "Int8Range",
    "MacAddr",
    "NumRange",
    "Range",
    "TSVector",
    "TsTzRange",
    "Vector",
]

T = TypeVar("T", bound="_Comparable")

Bounds: TypeAlias = Literal["[)", "[]", "(]", "()"]


class Range(Generic[T]):
    """The values between two bounds. It cannot be changed.

    A field of whole numbers or days keeps it as `[lower, upper)`, as the server does: what is assigned as
    `Range(1, 4, "[]")` reads as `Range(1, 5)`. Ranges order as on the server: empty ones first, then by their lower,
    then by their upper bounds.

    Args:
        lower: The least value; None for a range without beginning.
        upper: The greatest value; None for a range without end.
        bounds: Which of the two belong to the range: `[` and `]` do, `(` and `)` do not.
        empty: Whether it has no value at all; then without the others.

    Raises:
        ValueError: If the lower bound lies above the upper one.

    Example:
        >>> working = Range(9, 17)
        >>> 9 in working, 17 in working
        (True, False)
        >>> Range(5, 5) == Range(empty=True)
        True
        >>> Range(1, None)
        Range(1, None)
    """

    __slots__ = ("_bounds", "_empty", "_lower", "_upper")

    def __init__(
        self,
        lower: T | None = None,
        upper: T | None = None,
        bounds: Bounds = "[)",
        *,
        empty: bool = False,
    ) -> None:
        if bounds not in ("[)", "[]", "(]", "()"):
            raise ValueError(f"the bounds of a Range are '[)', '[]', '(]' or '()', not {bounds!r}")
        if empty and not (lower is None and upper is None):
            raise ValueError("an empty Range has no bounds")
        if lower is not None and upper is not None:
            if upper < lower:
                raise ValueError(f"the lower bound {lower!r} lies above the upper one {upper!r}")
            empty = lower == upper and bounds != "[]"
        lower, upper = (None, None) if empty else (lower, upper)
        first = "(" if lower is None else bounds[0]
        last = ")" if upper is None else bounds[1]
        for name, value in (("_lower", lower), ("_upper", upper), ("_bounds", first + last), ("_empty", empty)):
            object.__setattr__(self, name, value)

    if TYPE_CHECKING:
        _lower: T | None
        _upper: T | None
        _bounds: Bounds
        _empty: bool

    @property
    def lower(self) -> T | None:
        """The lower bound; None where it is open, or nothing is in the range."""
        return self._lower

    @property
    def upper(self) -> T | None:
        """The upper bound; None where it is open, or nothing is in the range."""
        return self._upper

    @property
    def bounds(self) -> Bounds:
        """Which bounds belong to the range; an open one does not."""
        return self._bounds

    @property
    def empty(self) -> bool:
        """Whether no value is in the range."""
        return self._empty

    def __contains__(self, value: T) -> bool:
        if self._empty or value is None:
            return False
        if self._lower is not None and (value < self._lower or (value == self._lower and self._bounds[0] == "(")):
            return False
        return self._upper is None or value < self._upper or (value == self._upper and self._bounds[1] == "]")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Range):
            return NotImplemented
        return self._state() == other._state()

    def __hash__(self) -> int:
        return hash(self._state())

    def __lt__(self, other: Range[T]) -> bool:
        if not isinstance(other, Range):
            return NotImplemented
        if self._empty or other._empty:
            return self._empty and not other._empty
        lower = _compare(self._lower, other._lower, -1) or _rank(self, 0) - _rank(other, 0)
        return (lower or _compare(self._upper, other._upper, 1) or _rank(self, 1) - _rank(other, 1)) < 0

    def __le__(self, other: Range[T]) -> bool:
        return self == other or self < other

    def __gt__(self, other: Range[T]) -> bool:
        return other < self

    def __ge__(self, other: Range[T]) -> bool:
        return other <= self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Range cannot be changed; make another one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Range cannot be changed; {name!r} stays")

    def __reduce__(self) -> tuple[object, ...]:
        return (_remade, self._state())

    def __repr__(self) -> str:
        if self._empty:
            return "Range(empty=True)"
        usual = ("(" if self._lower is None else "[") + ")"
        bounds = "" if self._bounds == usual else f", {self._bounds!r}"
        return f"Range({self._lower!r}, {self._upper!r}{bounds})"

    def _state(self) -> tuple[T | None, T | None, Bounds, bool]:
        return (self._lower, self._upper, self._bounds, self._empty)


def _remade(lower: Any, upper: Any, bounds: Bounds, empty: bool) -> Range[Any]:
    return Range(lower, upper, bounds, empty=empty)


def _compare(left: Any, right: Any, of_open: int) -> int:
    """Compares two bounds, of which an open one is before or behind all others."""
    if left is None or right is None:
        return of_open * ((left is None) - (right is None))
    return int(bool(right < left)) - int(bool(left < right))


def _rank(of: Range[Any], side: int) -> int:
    """Which of two equal bounds is the greater: `[5` before `(5`, `5)` before `5]`."""
    return of.bounds[side] in "(]"


class JSONB(JSON):
    """A JSON document, by the name that it has in PostgreSQL; `JSON` is the same there, and works everywhere."""

    __slots__ = ()


class TSVector(FieldType[str]):
    """A document prepared for full text search, as text in PostgreSQL's notation: `'cat':3 'fat':2`.

    A str that is assigned holds lexemes, not words. Words are made lexemes by the server's `to_tsvector`, mostly in a
    trigger of the table.
    """

    __slots__ = ()


class Inet(
    FieldType["ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Interface | ipaddress.IPv6Interface",]
):
    """A host's address, read as an address of `ipaddress`; with the prefix of its network as an interface."""

    __slots__ = ()


class Cidr(FieldType["ipaddress.IPv4Network | ipaddress.IPv6Network"]):
    """A network's address, read as a network of `ipaddress`."""

    __slots__ = ()


class MacAddr(FieldType[str]):
    """A network card's address, read as `08:00:2b:01:02:03`."""

    __slots__ = ()


class HStore(FieldType["dict[str, str | None]"]):
    """Texts by texts, of the extension `hstore`."""

    __slots__ = ()


class Int4Range(FieldType[Range[int]]):
    """A range of whole numbers of 32 bits."""

    __slots__ = ()


class Int8Range(FieldType[Range[int]]):
    """A range of whole numbers of 64 bits."""

    __slots__ = ()


class NumRange(FieldType["Range[decimal.Decimal]"]):
    """A range of exact decimal numbers."""

    __slots__ = ()


class DateRange(FieldType["Range[datetime.date]"]):
    """A range of calendar days."""

    __slots__ = ()


class TsTzRange(FieldType["Range[datetime.datetime]"]):
    """A range of instants."""

    __slots__ = ()


class Vector(FieldType["list[float]"]):
    """Numbers in an order, for nearness, of the extension `vector` (pgvector).

    The server keeps 32 bits of each number, so each one assigned becomes the nearest such number at once.

    Args:
        dimensions: How many numbers there are. Left out: any number of them.
    """

    __slots__ = ("dimensions",)

    def __init__(self, dimensions: int | None = None) -> None:
        self.dimensions = dimensions

    def describe(self) -> tuple[object, ...]:
        """Gives the name and, if there is one, the number of dimensions."""
        dimensions = self.dimensions
        if dimensions is None:
            return ("Vector",)
        _require_length("Vector", "number of dimensions", dimensions, 16_000)
        return ("Vector", dimensions)
