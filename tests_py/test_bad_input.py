"""What each type refuses, and what it takes by converting without loss: before any SQL, and the same in every place."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import math
import uuid
from typing import Any

import pytest

from chakra import (
    JSON,
    UUID,
    Array,
    BigInteger,
    Binary,
    Boolean,
    Char,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    Model,
    SmallInteger,
    String,
    Text,
    Time,
    check_models,
)
from chakra.exceptions import ValidationError
from conftest import Database
from models import table

D = decimal.Decimal
Moment = datetime.datetime
UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Loud(str):
    """A text of another class."""


class Wide(int):
    """A number of another class."""


class Anything(Model):
    __tablename__ = table("anything")

    id = Field(Integer, primary_key=True)
    small = Field(SmallInteger, nullable=True)
    middle = Field(Integer, nullable=True)
    big = Field(BigInteger, nullable=True)
    real = Field(Float, nullable=True)
    price = Field(Decimal(6, 2), nullable=True)
    word = Field(String(5), nullable=True)
    text = Field(Text, nullable=True)
    code = Field(Char(3), nullable=True)
    flag = Field(Boolean, nullable=True)
    moment = Field(DateTime, nullable=True)
    day = Field(Date, nullable=True)
    clock = Field(Time, nullable=True)
    span = Field(Interval, nullable=True)
    raw = Field(Binary(4), nullable=True)
    key = Field(UUID, nullable=True, column="uuid_key")
    document = Field(JSON, nullable=True)
    numbers = Field(Array(SmallInteger), nullable=True)
    colour = Field(Enum(Colour), nullable=True)


NO_INTEGERS = [1.0, 1.5, math.nan, math.inf, D("1.5"), True, "1.5", "1e3", "", "one", b"1", [1], {}, object(), 10**400]
NO_TEXTS = [1, 1.0, True, b"abc", ["abc"], object(), "a\0b", "\ud800", "a\udfff"]

REFUSED: dict[str, list[Any]] = {
    "small": [*NO_INTEGERS, 2**15, -(2**15) - 1, "32768"],
    "middle": [*NO_INTEGERS, 2**31, -(2**31) - 1, 2**64],
    "big": [*NO_INTEGERS, 2**63, -(2**63) - 1, 2**64, "9223372036854775808"],
    "real": [
        "one",
        "",
        True,
        b"1.0",
        [1.0],
        object(),
        2**53 + 1,
        10**400,
        str(2**53 + 1),
        "0.1234567890123456789",
        str(D(0.1) + D("1e-60")),
        "1e-400",
        "-1e-99999999999",
        "1e400",
    ],
    "price": [
        0.1,
        "0.001",
        "12345",
        D("99999.99"),
        D("NaN"),
        D("Infinity"),
        "nan",
        True,
        "one",
        "",
        b"1",
        [1],
        object(),
    ],
    "word": [*NO_TEXTS, "sixsix", "\N{GRINNING FACE}" * 6],
    "text": NO_TEXTS,
    "code": [*NO_TEXTS, "four", "a "],
    "flag": [2, -1, 1.0, "yes!", "", b"1", [True], object()],
    "moment": [
        "yesterday",
        "",
        "2024-02-30T00:00:00",
        "2024-01-01T00:00:00.1234567",
        1_700_000_000,
        1.5,
        True,
        b"2024-01-01",
        object(),
        Moment.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        Moment.max.replace(tzinfo=datetime.timezone(-datetime.timedelta(hours=1))),
    ],
    "day": ["2024-02-30", "", "soon", 0, 1.5, True, b"2024-01-01", Moment(2024, 1, 1), object()],
    "clock": [
        "25:00",
        "",
        "noon",
        "12:00:00.1234567",
        0,
        1.5,
        True,
        datetime.time(12, tzinfo=UTC),
        datetime.timedelta(hours=12),
        object(),
    ],
    "span": [1, 1.5, True, "one hour", "", b"1", datetime.time(1), datetime.timedelta.max, datetime.timedelta.min],
    "raw": ["text", 1, 1.5, True, [1, 2], b"12345", bytearray(5), object()],
    "key": ["not a uuid", "", 1, 1.5, True, b"1234", object()],
    "document": [
        object(),
        {1, 2},
        b"{}",
        {1: "a number as key"},
        math.nan,
        math.inf,
        {"a": "\0"},
        {"a": "\ud800"},
        D("1"),
    ],
    "numbers": ["123", b"123", 1, {1: 2}, [1.5], [2**15], [True], ["x"], [[1]], object()],
    "colour": ["green", "Red", 1, True, b"red", object()],
}

TAKEN: dict[str, list[tuple[Any, Any]]] = {
    "small": [(-(2**15), -(2**15)), ("123", 123), (Wide(5), 5)],
    "middle": [(2**31 - 1, 2**31 - 1), ("-5", -5)],
    "big": [(-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1), ("9223372036854775807", 2**63 - 1)],
    "real": [
        (1, 1.0),
        ("1.5", 1.5),
        (2**53, float(2**53)),
        (-1.7976931348623157e308, -1.7976931348623157e308),
        ("0.1", 0.1),
        ("+1.0e-1", 0.1),
        (str(D(0.1)), 0.1),
        ("5e-324", 5e-324),
        (str(D(5e-324)), 5e-324),
        ("1e23", 1e23),
        (str(2**53), float(2**53)),
        (str(2**1000), float(2**1000)),
    ],
    "price": [(1, D("1.00")), ("0.10", D("0.10")), (D("-9999.99"), D("-9999.99")), (D("1.500"), D("1.50"))],
    "word": [("", ""), ("ab ", "ab "), (Loud("loud"), "loud"), ("\N{GRINNING FACE}" * 5, "\N{GRINNING FACE}" * 5)],
    "text": [("%_\\'\"", "%_\\'\""), ("\t\r\n", "\t\r\n"), ("\U0010ffff", "\U0010ffff")],
    "code": [("abc", "abc"), ("a", "a")],
    "flag": [(True, True), (False, False)],
    "moment": [
        (Moment(2024, 1, 1, 12), Moment(2024, 1, 1, 12, tzinfo=UTC)),
        (Moment(2024, 1, 1, 12, tzinfo=EAST), Moment(2024, 1, 1, 6, 30, tzinfo=UTC)),
        ("2024-01-01T12:00:00.123456Z", Moment(2024, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)),
        (Moment(1, 1, 1, tzinfo=UTC), Moment(1, 1, 1, tzinfo=UTC)),
        (Moment.max.replace(tzinfo=UTC), Moment.max.replace(tzinfo=UTC)),
    ],
    "day": [("2024-02-29", datetime.date(2024, 2, 29)), (datetime.date.max, datetime.date.max)],
    "clock": [("23:59:59.999999", datetime.time.max), (datetime.time.min, datetime.time.min)],
    "span": [
        (datetime.timedelta(microseconds=-1), datetime.timedelta(microseconds=-1)),
        (datetime.timedelta(days=100_000_000), datetime.timedelta(days=100_000_000)),
    ],
    "raw": [(b"", b""), (bytearray(b"\0\xff"), b"\0\xff"), (memoryview(b"ab"), b"ab")],
    "key": [(str(ID), ID), (ID.hex, ID)],
    "document": [
        ([1, True, 1.0, "1", None], [1, True, 1.0, "1", None]),
        ({"b": 1, "a": {"c": []}}, {"b": 1, "a": {"c": []}}),
    ],
    "numbers": [([], []), ([1, None, "2"], [1, None, 2]), ((1, 2), [1, 2])],
    "colour": [("red", Colour.RED), (Colour.BLUE, Colour.BLUE)],
}


def cases(by_field: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(field, value, id=f"{field}-{number}")
        for field, values in by_field.items()
        for number, value in enumerate(values)
    ]


def test_every_type_is_among_the_cases() -> None:
    fields = set(Anything.__chakra_model__.fields) - {"id"}
    assert fields == REFUSED.keys() == TAKEN.keys()


@pytest.mark.parametrize(("field", "value"), cases(REFUSED))
def test_what_a_type_cannot_keep_is_refused_at_once(field: str, value: Any) -> None:
    """There is no pool here: a statement would fail in another way."""
    with pytest.raises(ValidationError) as made:
        Anything(**{field: value})
    assert (made.value.field, made.value.model) == (field, "Anything")
    thing = Anything()
    with pytest.raises(ValidationError) as assigned:
        setattr(thing, field, value)
    assert field in str(assigned.value)
    assert getattr(thing, field) is None


@pytest.mark.parametrize("field", REFUSED)
async def test_an_update_refuses_it_too(db: Database, run: Any, field: str) -> None:
    db.create(Anything)
    for value in REFUSED[field]:
        with pytest.raises(ValidationError):
            await run(Anything.objects.update, **{field: value})
        with pytest.raises(ValidationError):
            await run(Anything.objects.create, **{field: value})
    assert await run(Anything.objects.count) == 0


@pytest.mark.parametrize("field", TAKEN)
async def test_what_loses_nothing_is_taken(db: Database, run: Any, field: str) -> None:
    db.create(Anything)
    for value, kept in TAKEN[field]:
        thing = Anything(**{field: value})
        assert (getattr(thing, field), type(getattr(thing, field))) == (kept, type(kept))
        await run(thing.save)
    await run(Anything.objects.bulk_create, [Anything(**{field: value}) for value, _ in TAKEN[field]])
    read = await Anything.objects.order_by("id")
    kept = [kept for _, kept in TAKEN[field]]
    assert [(getattr(thing, field), type(getattr(thing, field))) for thing in read] == [
        (value, type(value)) for value in [*kept, *kept]
    ]


# One rule for numbers as texts, whatever the type.
NO_NUMBERS = [
    *(" 1", "1 ", "1\n", "\N{NO-BREAK SPACE}1", "1_0", "\N{ARABIC-INDIC DIGIT THREE}", "\N{FULLWIDTH DIGIT ONE}"),
    *("0x10", "0b1", "1,0", "--1", "+-1", "- 1", "+", "-", ".", "e1", "1e", "1e+", "1e1.5", "1e1_0", "1/2", "1.2.3"),
    *("one", ""),
]
WHOLE = {"1": 1, "+1": 1, "-1": -1, "007": 7, "-0": 0, "+0": 0}
FRACTIONS = {"1.0": 1, ".5": 0.5, "5.": 5, "-.5": -0.5, "1e1": 10, "1E+1": 10, "25e-1": 2.5, "+1.5e+1": 15}
NUMBER_FIELDS = ["small", "middle", "big", "real", "price", "numbers"]


@pytest.mark.parametrize("field", NUMBER_FIELDS)
def test_numbers_as_texts_are_read_by_one_rule(field: str) -> None:
    taken: dict[str, Any] = {**WHOLE, **(FRACTIONS if field in ("real", "price") else {})}
    for text, number in taken.items():
        held = getattr(Anything(**{field: [text] if field == "numbers" else text}), field)
        assert (held[0] if field == "numbers" else held) == number
    lookup = "numbers__contains" if field == "numbers" else field
    for text in [*NO_NUMBERS, *(() if field in ("real", "price") else FRACTIONS)]:
        given = [text] if field == "numbers" else text
        for attempt in (
            functools.partial(Anything, **{field: given}),
            functools.partial(setattr, Anything(), field, given),
            functools.partial(Anything.objects.filter, **{lookup: given}),
        ):
            with pytest.raises(ValidationError):
                attempt()


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "+inf"])
def test_words_for_what_is_no_number_are_those_of_floats(text: str) -> None:
    held = Anything(real=text).real
    assert held == float(text) or (math.isnan(held) and math.isnan(float(text)))
    for field in ("small", "middle", "big", "price", "flag"):
        with pytest.raises(ValidationError):
            Anything(**{field: text})


@pytest.mark.parametrize(
    ("field", "text"), [("flag", "1"), ("flag", "True"), ("span", "1"), ("span", "PT1S"), ("moment", "1")]
)
def test_other_types_take_no_numbers_as_texts(field: str, text: str) -> None:
    with pytest.raises(ValidationError):
        Anything(**{field: text})


@pytest.mark.parametrize(
    "text", [f"0x{ID.hex[2:]}", f"+{ID.hex[1:]}", f" {ID.hex[1:]}", f"{ID.hex[:3]}_{ID.hex[4:]}", f"{ID.hex}\n"]
)
def test_what_only_looks_like_a_uuid_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        Anything(key=text)


@pytest.mark.parametrize("text", [str(ID), ID.hex.upper(), f"{{{ID}}}", ID.urn])
def test_the_forms_of_a_uuid(text: str) -> None:
    held = Anything(key=text).key
    assert (held, type(held), held.is_safe) == (ID, uuid.UUID, uuid.SafeUUID.unknown)


async def test_a_number_beyond_the_column_is_legal_to_compare_with_as_a_text(db: Database, run: Any) -> None:
    db.create(Anything)
    await run(Anything.objects.create, middle=1, big=1)
    beyond = "99999999999999999999999"
    for field in ("small", "middle", "big"):
        assert await run(Anything.objects.filter(**{field: beyond}).count) == 0
    assert await run(Anything.objects.filter(middle__lt=beyond).count) == 1
    assert await run(Anything.objects.filter(big__gt=f"-{beyond}").count) == 1


BETWEEN_FLOATS = [(str(2**53 + 1), "9007199254740992.0"), ("0.10000000000000001", "0.1"), ("-1e-400", "-0.0")]


@pytest.mark.parametrize(("text", "nearest"), BETWEEN_FLOATS)
async def test_a_text_between_two_floats_is_rounded_nowhere(db: Database, run: Any, text: str, nearest: str) -> None:
    class Measured(Model):
        __tablename__ = table("bad_input_measured")
        id = Field(Integer, primary_key=True)
        real = Field(Float, nullable=True)
        reals = Field(Array(Float), nullable=True)

    class Bounded(Model):
        __tablename__ = table("bad_input_bounded")
        id = Field(Integer, primary_key=True)
        real = Field(Float, min_value=text)

    db.create(Measured)
    told = rf"'{text}' is no float; the nearest float is {nearest}: give that, or declare a Decimal"
    with pytest.raises(ValidationError, match=told):
        Measured(real=text)
    with pytest.raises(ValidationError, match=f"element 1: {told}"):
        Measured(reals=[0.1, text])
    with pytest.raises(ValidationError, match=told):
        await run(Measured.objects.update, real=text)
    for lookup in ({"real": text}, {"real__in": [text]}, {"real__lt": text}, {"reals__contains": [text]}):
        with pytest.raises(ValidationError, match=told):
            await run(Measured.objects.filter(**lookup).count)
    [fault] = check_models([Bounded])
    assert fault.attribute == "real"
    assert f"the nearest float is {nearest}" in fault.message + fault.hint
