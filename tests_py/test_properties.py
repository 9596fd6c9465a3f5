"""Every field type against Python's own answers, at random: round trips, order, comparisons, aggregates.

A type is one line of `TYPES`. Each example is a list of values of one type; it becomes the rows of a table, and every
question about them is answered by the database and by Python.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import enum
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chakra
from chakra import (
    JSON,
    UUID,
    Array,
    Avg,
    BigInteger,
    Binary,
    Boolean,
    Char,
    Count,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    JSONNull,
    LargeBinary,
    Max,
    Min,
    Model,
    Q,
    SmallInteger,
    String,
    Sum,
    Text,
    Time,
)
from chakra.exceptions import DatabaseError
from conftest import Database
from models import table

D = decimal.Decimal
UTC = datetime.timezone.utc
EXAMPLES = 200
MOST_ROWS = 12

each_example = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# ---------------------------------------------------------------------------- what Python says


def itself(value: Any) -> Any:
    return value


def nan_last(value: Any) -> Any:
    """An order in which NaN equals itself and comes after all else."""
    return (1, 0) if math.isnan(value) else (0, value)


def exact_sum(values: list[Any]) -> Any:
    total = values[0]
    with decimal.localcontext(prec=500, traps=[]):
        for value in values[1:]:
            total += value
    return total


def total_span(values: list[datetime.timedelta]) -> datetime.timedelta:
    return sum(values, datetime.timedelta(0))


def average_span(values: list[datetime.timedelta]) -> datetime.timedelta:
    return total_span(values) / len(values)


def average_of_integers(values: list[int]) -> float:
    return sum(values) / len(values)


def average_of_decimals(values: list[decimal.Decimal]) -> decimal.Decimal:
    total = exact_sum(values)
    if not total.is_finite():
        return total
    plain = format(total.copy_abs(), "f")
    digits = len((plain.rstrip("0") if "." in plain else plain).replace(".", "").lstrip("0"))
    with decimal.localcontext(prec=max(28, digits)):
        return total / len(values)


@dataclass(frozen=True)
class Type:
    """A field type, the values it takes, and how Python compares and adds them."""

    name: str
    declared: chakra.types.FieldType[Any]
    values: st.SearchStrategy[Any]
    key: Callable[[Any], Any] = itself
    ordered: bool = True
    sum: Callable[[list[Any]], Any] | None = None
    avg: Callable[[list[Any]], Any] | None = None
    inexact: bool = False
    extremes: bool = True
    """Whether there is a Min and a Max of it."""
    lacking: dict[str, Callable[[Any], bool]] = field(default_factory=dict)
    """For a database that lacks some of the values: which it takes."""

    def __str__(self) -> str:
        return self.name

    @property
    def model(self) -> type[Model]:
        """The model of a table with a column of the type."""
        if self.name not in MODELS:
            members = {
                "__tablename__": table(f"property_{self.name}"),
                "__module__": __name__,
                "id": Field(BigInteger, primary_key=True, auto_increment=False),
                "bit": Field(BigInteger),
                "value": Field(self.declared, nullable=True),
            }
            MODELS[self.name] = type(f"Property_{self.name}", (Model,), members)
        return MODELS[self.name]

    def of(self, db: Database) -> st.SearchStrategy[Any]:
        """The values that a database has."""
        takes = self.lacking.get(db.backend)
        return self.values if takes is None else self.values.filter(takes)


MODELS: dict[str, type[Model]] = {}


# ------------------------------------------------------------------------------- the types


def integers(bits: int) -> st.SearchStrategy[int]:
    most = 2 ** (bits - 1) - 1
    edges = [0, 1, -1, most, most - 1, -most - 1, 10, -10]
    return st.sampled_from(edges) | st.integers(-most - 1, most) | st.integers(-5, 5)


def decimals(whole: int, places: int) -> st.SearchStrategy[decimal.Decimal]:
    most = D(10) ** whole - D(10) ** -places
    edges = [D(0), D("-0"), D(1), D("1.0"), D("1.00"), D(-1), D(9), D(10), most, -most, D(10) ** -places, D("1E+1")]
    any_number = st.decimals(-most, most, places=places, allow_nan=False, allow_infinity=False)
    return st.sampled_from(edges) | any_number | st.integers(-20, 20).map(D)


def texts(longest: int) -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    edges = ["", " ", "a", "a ", "A", "ä", "a\u0308", "ß", "SS", "z", "Z", "10", "9", "\uffff", "😀", "\x01", "%", "_"]
    return st.sampled_from(edges) | st.text(letters, max_size=longest) | st.text("ab %\\'\"", max_size=longest)


floats = (
    st.sampled_from([0.0, 1.0, -1.0, 0.1, 5e-324, 1.7976931348623157e308, -math.inf, math.inf, math.nan, 2.0**53])
    | st.floats()
    | st.integers(-4, 4).map(float)
)
unbounded = decimals(30, 20) | st.sampled_from([D("1e60"), D("-1e-60"), D("NaN"), D("Infinity"), D("-Infinity")])
instants = st.sampled_from(
    [
        datetime.datetime(1, 1, 1, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime.datetime(1970, 1, 1, tzinfo=UTC),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(2024, 1, 1, 0, 0, 0, 100000, tzinfo=UTC),
        datetime.datetime(2024, 1, 1, tzinfo=UTC),
    ]
) | st.datetimes(timezones=st.just(UTC))
days = st.sampled_from([datetime.date.min, datetime.date.max, datetime.date(2000, 2, 29)]) | st.dates()
clocks = st.sampled_from([datetime.time.min, datetime.time.max, datetime.time(12, 0, 0, 100)]) | st.times()
tokens = st.sampled_from([uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=2**127)]) | st.uuids()
bytestrings = st.sampled_from([b"", b"\0", b"\0\0", b"a", b"a ", b"a\0", b"\xff", b"\x7f"]) | st.binary(max_size=20)
documents = st.recursive(
    st.just(JSONNull)
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts(10),
    lambda inner: (
        st.lists(inner.map(lambda value: None if value is JSONNull else value), max_size=4)
        | st.dictionaries(texts(5), inner.map(lambda value: None if value is JSONNull else value), max_size=4)
    ),
    max_leaves=8,
)


spans = (
    st.sampled_from([datetime.timedelta(0), datetime.timedelta(microseconds=-1), datetime.timedelta(days=8_000_000)])
    | st.timedeltas(datetime.timedelta(days=-8_000_000), datetime.timedelta(days=8_000_000))
    | st.integers(-5, 5).map(lambda micros: datetime.timedelta(microseconds=micros))
)


class Colour(enum.Enum):
    """Its order is that of the names, which the database keeps."""

    red = 3
    BLUE = 1
    green = 2


class Size(str, enum.Enum):
    """Its order is that of the values."""

    LARGE = "l"
    SMALL = "s"
    MEDIUM = "m"
    NONE = ""


def no_nan(value: Any) -> bool:
    return not math.isnan(value)


def few_digits(value: decimal.Decimal) -> bool:
    """What MySQL keeps of a Decimal without a precision."""
    return value.is_finite() and value.copy_abs() < D(10) ** 35 and value.as_tuple().exponent >= -30


TYPES = [
    Type("small", SmallInteger(), integers(16), sum=sum, avg=average_of_integers),
    Type("integer", Integer(), integers(32), sum=sum, avg=average_of_integers),
    Type("big", BigInteger(), integers(64), sum=sum, avg=average_of_integers),
    Type(
        "float",
        Float(),
        floats,
        key=nan_last,
        sum=sum,
        inexact=True,
        lacking={"sqlite": no_nan, "mysql": math.isfinite},
    ),
    Type("decimal", Decimal(20, 6), decimals(14, 6), sum=exact_sum, avg=average_of_decimals),
    Type("money", Decimal(5, 2), decimals(3, 2), sum=exact_sum, avg=average_of_decimals),
    Type(
        "unbounded",
        Decimal(),
        unbounded,
        key=nan_last,
        sum=exact_sum,
        avg=average_of_decimals,
        lacking={"mysql": few_digits},
    ),
    Type("string", String(20), texts(20)),
    Type("endless_string", String(), texts(40)),
    Type("text", Text(), texts(40)),
    Type("char", Char(20), texts(20).map(lambda text: text.rstrip(" "))),
    Type("boolean", Boolean(), st.booleans()),
    Type("datetime", DateTime(), instants),
    Type("date", Date(), days),
    Type("time", Time(), clocks),
    Type("interval", Interval(), spans, sum=total_span, avg=average_span),
    Type("uuid", UUID(), tokens),
    Type("binary", Binary(), bytestrings),
    Type("few_bytes", Binary(20), bytestrings),
    Type("large_binary", LargeBinary(), bytestrings),
    Type("enum", Enum(Colour), st.sampled_from(Colour), key=lambda colour: colour.name),
    Type(
        "native_enum",
        Enum(Size, native=True, name="properties_size"),
        st.sampled_from(Size),
        key=lambda size: size.value,
    ),
    Type("words", Enum("b", "a", "B"), st.sampled_from(["b", "a", "B"])),
    Type("integers", Array(Integer), st.lists(st.none() | integers(32), max_size=5), ordered=False),
    Type("texts", Array(Text), st.lists(st.none() | texts(10), max_size=5), ordered=False),
    Type("instants", Array(DateTime), st.lists(instants, max_size=3), ordered=False),
    Type("decimals", Array(Decimal(20, 6)), st.lists(decimals(14, 6), max_size=3), ordered=False),
    Type("json", JSON(), documents, ordered=False),
]


# ------------------------------------------------------------------------------ the questions


def fill(kind: Type, values: list[Any]) -> None:
    """Makes the values the rows of the table; `bit` tells rows apart in a sum."""
    kind.model.objects.delete_sync()
    rows = [kind.model(id=number, bit=2**number, value=value) for number, value in enumerate(values)]
    kind.model.objects.bulk_create_sync(rows)


def assert_same(found: Any, expected: Any) -> None:
    """Equal, and of one class in every part: True, 1 and 1.0 are three values, 0.0 and -0.0 are one."""
    assert type(found) is type(expected)
    if isinstance(expected, list):
        assert_all_same(found, expected)
        return
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, part in expected.items():
            assert_same(found[name], part)
        return
    if isinstance(expected, float | decimal.Decimal) and math.isnan(expected):
        assert math.isnan(found)
    else:
        assert found == expected


def assert_all_same(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize(
    ("found", "expected"), [([1], [True]), ({"a": [1.0]}, {"a": [1]}), ({"a": 0}, {"a": False}), ({}, {"a": None})]
)
def test_values_of_other_classes_are_not_the_same(found: Any, expected: Any) -> None:
    with pytest.raises(AssertionError):
        assert_same(found, expected)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_round_trip(db: Database, kind: Type) -> None:
    """What is written, alone or with others, or over something else, is what is read."""
    check_round_trips(db, kind)


def check_round_trips(db: Database, kind: Type) -> None:
    """Asks it of many values."""
    db.create(kind.model)
    objects, value = kind.model.objects, kind.of(db)

    @each_example
    @given(st.lists(st.none() | value, max_size=MOST_ROWS), value, value)
    def check(values: list[Any], alone: Any, later: Any) -> None:
        fill(kind, values)
        objects.create_sync(id=100, bit=0, value=alone)
        read = [row.value for row in objects.order_by("id").all_sync()]
        assert_all_same(read, [*values, alone])
        assert objects.filter(id=100).update_sync(value=later) == 1
        assert_same(objects.values_list("value", flat=True).get_sync(id=100), later)

    check()


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind.ordered], ids=str)
def test_order_comparisons_and_aggregates(db: Database, kind: Type) -> None:
    """The database says what Python's sort, operators and functions say."""
    check_answers(db, kind)


def check_answers(db: Database, kind: Type) -> None:
    """Asks it of many values."""
    db.create(kind.model)
    nullable = st.none() | kind.of(db)
    picks = st.tuples(st.integers(0, 2 * MOST_ROWS), st.integers(0, 2 * MOST_ROWS), st.integers(0, 100))

    @each_example
    @given(st.lists(nullable, max_size=MOST_ROWS), kind.of(db), st.lists(nullable, max_size=3), picks)
    def check(values: list[Any], other: Any, members: list[Any], picks: tuple[int, int, int]) -> None:
        fill(kind, values)
        check_order(kind, values)
        present = sorted((value for value in values if value is not None), key=kind.key)
        # Often one of the rows' own, so that something is found.
        pivot = present[picks[0] % len(present)] if present else other
        other = present[picks[1]] if picks[1] < len(present) else other
        questions = comparisons(kind, pivot, other, [*members, *present[: picks[2] % 4]])
        check_comparisons(kind, values, questions, sorted(questions)[picks[2] % len(questions)])
        check_aggregates(kind, values, present)

    check()


def check_order(kind: Type, values: list[Any]) -> None:
    """Equal values may stand in any order among themselves."""

    def keys(values: list[Any]) -> list[Any]:
        return [None if value is None else kind.key(value) for value in values]

    present = [value for value in values if value is not None]
    ascending = [*sorted(present, key=kind.key), *[None] * (len(values) - len(present))]
    by_value = kind.model.objects.values_list("value", flat=True).order_by("value")
    assert keys(by_value.all_sync()) == keys(ascending)
    assert keys(by_value.reverse().all_sync()) == keys(ascending[::-1])


def check_comparisons(
    kind: Type, values: list[Any], questions: dict[str, tuple[Q, Callable[[Any], bool]]], where: str
) -> None:
    """All questions go in one statement, and one of them as the condition of a query."""
    objects = kind.model.objects
    sums = objects.aggregate_sync(**{name: Sum("bit", filter=question) for name, (question, _) in questions.items()})
    for name, (_, expected) in questions.items():
        rows = [number for number, value in enumerate(values) if expected(value)]
        assert (sums[name] or 0) == sum(2**number for number in rows), (name, rows)
    question, expected = questions[where]
    found = objects.filter(question).order_by("id").values_list("id", flat=True).all_sync()
    assert found == [number for number, value in enumerate(values) if expected(value)], where


def comparisons(kind: Type, pivot: Any, other: Any, members: list[Any]) -> dict[str, tuple[Q, Callable[[Any], bool]]]:
    """Lookups, each with what Python says of a value; a NULL is on exactly one side of each."""
    key = kind.key
    at, to = key(pivot), key(other)
    keys = [None if member is None else key(member) for member in members]

    def of(test: Callable[[Any], bool], null: bool = False) -> Callable[[Any], bool]:
        return lambda value: null if value is None else test(key(value))

    def is_member(value: Any) -> bool:
        return (None if value is None else key(value)) in keys

    return {
        "exact": (Q(value=pivot), of(lambda value: value == at)),
        "ne": (Q(value__ne=pivot), of(lambda value: value != at, null=True)),
        "lt": (Q(value__lt=pivot), of(lambda value: value < at)),
        "lte": (Q(value__lte=pivot), of(lambda value: value <= at)),
        "gt": (Q(value__gt=pivot), of(lambda value: value > at)),
        "gte": (Q(value__gte=pivot), of(lambda value: value >= at)),
        "not_lt": (~Q(value__lt=pivot), of(lambda value: not value < at, null=True)),
        "range": (Q(value__range=(pivot, other)), of(lambda value: at <= value <= to)),
        "in": (Q(value__in=members), is_member),
        "not_in": (Q(value__not_in=members), lambda value: not is_member(value)),
        "isnull": (Q(value=None), lambda value: value is None),
    }


def check_aggregates(kind: Type, values: list[Any], present: list[Any]) -> None:
    asked: dict[str, Any] = {"rows": Count(), "n": Count("value")}
    if kind.extremes:
        asked.update(low=Min("value"), high=Max("value"))
    asked["different"] = Count("value", distinct=True)
    exact = kind.sum is not None and not kind.inexact
    if exact:
        asked.update(sum=Sum("value"), avg=Avg("value"))
    found = kind.model.objects.aggregate_sync(**asked)
    assert (found["rows"], found["n"]) == (len(values), len(present))
    assert found["different"] == len({kind.key(value) for value in present})
    if present and kind.extremes:
        assert kind.key(found["low"]) == kind.key(present[0])
        assert kind.key(found["high"]) == kind.key(present[-1])
    elif kind.extremes:
        assert (found["low"], found["high"]) == (None, None)
    if kind.inexact:
        check_sums_of_floats(kind, present)
    elif kind.sum is not None and kind.avg is not None:
        assert_same(found["sum"], kind.sum(present) if present else None)
        assert_same(found["avg"], kind.avg(present) if present else None)


def check_sums_of_floats(kind: Type, values: list[float]) -> None:
    """The last digits depend on the order in which floats are added, so only so much is asked for."""
    size = sum(abs(value) for value in values)
    if math.isinf(sum(abs(value) for value in values if math.isfinite(value))):
        # Whether a part of the sum is beyond the range depends on the order, too.
        with contextlib.suppress(DatabaseError):
            kind.model.objects.aggregate_sync(Sum("value"))
        return
    found = kind.model.objects.aggregate_sync(s=Sum("value"), a=Avg("value"))
    if not values:
        assert found == {"s": None, "a": None}
    elif not math.isfinite(size):
        assert_same(found["s"], sum(values))
        assert_same(found["a"], sum(values) / len(values))
    else:
        assert math.isclose(found["s"], math.fsum(values), abs_tol=size * 1e-14)
        assert found["a"] == found["s"] / len(values)


def test_every_type_has_its_line() -> None:
    """A type that is added to the package is added here."""
    declared = {type(kind.declared) for kind in TYPES}
    assert declared == {getattr(chakra.types, name) for name in chakra.types.__all__} - {chakra.types.FieldType}
