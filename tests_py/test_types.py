"""The types that databases spell differently mean the same on all of them: Interval, Char, LargeBinary, Array, Enum."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import uuid
from typing import Any

import pytest

import chakra
from chakra import (
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
    LargeBinary,
    Model,
    Q,
    SmallInteger,
    String,
    Text,
    Time,
)
from chakra.exceptions import DatabaseError, DefinitionError, FieldError, ValidationError
from conftest import Database
from models import table

UTC = datetime.timezone.utc
D = decimal.Decimal
Span = datetime.timedelta


class Mood(enum.Enum):
    """Texts, declared in another order than theirs, and an alias."""

    SAD = "sad"
    FINE = "fine"
    ANGRY = "angry"
    WELL = "fine"  # noqa: PIE796  # an alias is what it is for


class Level(enum.IntEnum):
    """No texts: the database keeps the names."""

    LOW = 1
    HIGH = 2
    TOP = 2


class Shape(str, enum.Enum):
    ROUND = "o"
    FLAT = "_"


class Thing(Model):
    __tablename__ = table("things")

    id = Field(Integer, primary_key=True)
    span = Field(Interval, nullable=True)
    code = Field(Char(3), nullable=True, index=True)
    blob = Field(LargeBinary, nullable=True)
    mood = Field(Enum(Mood), nullable=True)
    level = Field(Enum(Level), nullable=True)
    shape = Field(Enum(Shape, native=True, name=table("shape")), nullable=True, index=True)
    word = Field(Enum("b", "a", "it's \\"), nullable=True)


class Lists(Model):
    __tablename__ = table("lists")

    id = Field(Integer, primary_key=True)
    smalls = Field(Array(SmallInteger), nullable=True)
    integers = Field(Array(Integer), nullable=True)
    bigs = Field(Array(BigInteger), nullable=True)
    floats = Field(Array(Float), nullable=True)
    decimals = Field(Array(Decimal(12, 3)), nullable=True)
    unbounded = Field(Array(Decimal), nullable=True)
    strings = Field(Array(String(20)), nullable=True)
    texts = Field(Array(Text), nullable=True)
    chars = Field(Array(Char(3)), nullable=True)
    booleans = Field(Array(Boolean), nullable=True)
    instants = Field(Array(DateTime), nullable=True)
    days = Field(Array(Date), nullable=True)
    clocks = Field(Array(Time), nullable=True)
    spans = Field(Array(Interval), nullable=True)
    tokens = Field(Array(UUID), nullable=True)
    datas = Field(Array(Binary), nullable=True)
    moods = Field(Array(Enum(Mood)), nullable=True)
    shapes = Field(Array(Enum(Shape, native=True, name=table("shape"))), nullable=True)


LONGEST = Span(microseconds=2**63 - 1)

VALUES: dict[str, list[Any]] = {
    "span": [
        Span(0),
        Span(microseconds=1),
        Span(microseconds=-1),
        Span(days=-3, hours=5, microseconds=7),
        Span(days=400, seconds=86_399, microseconds=999_999),
        LONGEST,
        Span(microseconds=-(2**63)),
    ],
    "code": ["", "a", "abc", " a", "😀ä'"],
    "blob": [b"", b"\x00\xff\\", bytes(300_000)],
    "mood": list(Mood),
    "level": list(Level),
    "shape": list(Shape),
    "word": ["b", "a", "it's \\"],
}

LISTS: dict[str, list[Any]] = {
    "smalls": [-(2**15), 2**15 - 1, None],
    "integers": [-(2**31), 0, None, 2**31 - 1],
    "bigs": [-(2**63), 2**53 + 1, 2**63 - 1],
    "floats": [0.0, -0.0, 0.1, 1e300, 5e-324, 1 / 3, None, -7.0],
    "decimals": [D("1.500"), None, D("-999999999.999"), D("0.000")],
    "unbounded": [D("0.1"), D("-123456789012345678901234567890.12345"), D(10) ** 30],
    "strings": ["", "a", "NULL", "null", '"', "a\\b", "{x,y}", " b ", "ä😀", None, "line\nbreak\t\r"],
    "texts": ["x" * 100_000, "\u2028\x01\x7f"],
    "chars": ["", "a", "abc", None],
    "booleans": [True, None, False],
    "instants": [
        datetime.datetime(1, 1, 1, tzinfo=UTC),
        None,
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(2024, 2, 29, tzinfo=UTC),
    ],
    "days": [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None],
    "clocks": [datetime.time(0), None, datetime.time(23, 59, 59, 999999)],
    "spans": [Span(0), LONGEST, -LONGEST, Span(microseconds=-1), None, Span(days=-1, seconds=1)],
    "tokens": [uuid.UUID(int=0), None, uuid.UUID(int=2**128 - 1)],
    "datas": [b"", b"\x00", None, bytes(range(256))],
    "moods": [Mood.FINE, None, Mood.SAD],
    "shapes": [Shape.FLAT, Shape.ROUND, None],
}


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert found == expected
    if isinstance(expected, list):
        for one, other in zip(found, expected, strict=True):
            assert type(one) is type(other)
            assert not isinstance(other, float) or math.copysign(1, one) == math.copysign(1, other)


@pytest.mark.parametrize("field", VALUES)
async def test_each_type(db: Database, run: Any, field: str) -> None:
    db.create(Thing)
    for number, value in enumerate([None, *VALUES[field]], 1):
        made = await run(Thing.objects.create, id=number, **{field: value})
        assert_same(getattr(made, field), value)
        assert_same(getattr(await run(Thing.objects.get, id=number), field), value)
        if value is not None:
            assert await run(Thing.objects.filter(**{field: value}).values_list("id", flat=True).all) == [number]
            assert await run(Thing.objects.filter(**{f"{field}__in": [value, None]}).count) == 2
        assert await run(Thing.objects.values_list(field, flat=True).get, id=number) == value
    await run(Thing.objects.bulk_create, [Thing(id=n + 100, **{field: v}) for n, v in enumerate(VALUES[field])])
    for thing, value in zip(
        await run(Thing.objects.filter(id__gte=100).order_by("id").all), VALUES[field], strict=True
    ):
        assert_same(getattr(thing, field), value)


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("rows", [2, 150])
async def test_lists_of_each_type(db: Database, run: Any, field: str, rows: int) -> None:
    db.create(Lists)
    values = [LISTS[field], [], None, LISTS[field][:1], [None], LISTS[field] * 2]
    for number, value in enumerate(values, 1):
        await run(Lists.objects.create, id=number, **{field: value})
        assert_same(getattr(await run(Lists.objects.get, id=number), field), value)
    await run(Lists.objects.bulk_create, [Lists(id=100 + n, **{field: values[n % len(values)]}) for n in range(rows)])
    for number, made in enumerate(await run(Lists.objects.filter(id__gte=100).order_by("id").all)):
        assert_same(getattr(made, field), values[number % len(values)])
    await run(Lists.objects.filter(id=3).update, **{field: values[0]})
    assert_same(getattr(await run(Lists.objects.get, id=3), field), values[0])


async def ids(run: Any, *conditions: Q, **lookups: Any) -> list[int]:
    found: list[int] = await run(
        Lists.objects.filter(*conditions, **lookups).order_by("id").values_list("id", flat=True).all
    )
    return found


@pytest.mark.parametrize("field", LISTS)
async def test_lists_are_compared_element_by_element(db: Database, run: Any, field: str) -> None:
    db.create(Lists)
    members = [value for value in LISTS[field] if value is not None]
    first, rest = members[0], members[1:]
    rows = [members, [first], [], None, [first, None], [*rest, *rest], members[::-1], [None, None]]
    await run(Lists.objects.bulk_create, [Lists(id=number, **{field: row}) for number, row in enumerate(rows)])

    def expected(meets: Any) -> list[int]:
        return [number for number, row in enumerate(rows) if row is not None and meets(row)]

    for given in (members, [first], rest, [], [first, first], rest[:1]):
        for name, meets in {
            "contains": lambda row, given=given: all(one in row for one in given),
            "contained_by": lambda row, given=given: all(one is not None and one in given for one in row),
            "overlap": lambda row, given=given: any(one in row for one in given),
            "exact": lambda row, given=given: row == given,
        }.items():
            found = await ids(run, **{f"{field}__{name}": given})
            assert found == expected(meets), (name, given)
            others = await ids(run, ~Q(**{f"{field}__{name}": given}))
            assert sorted(found + others) == list(range(len(rows))), (name, given)
    assert await ids(run, **{field: [first, None]}) == expected(lambda row: row == [first, None])
    assert await ids(run, **{f"{field}__ne": members}) == sorted(
        {*range(len(rows))} - {*expected(lambda row: row == members)}
    )
    assert await ids(run, **{field: None}) == await ids(run, **{f"{field}__isnull": True}) == [3]
    assert await ids(run, **{f"{field}__len": 2}) == expected(lambda row: len(row) == 2)
    assert await ids(run, **{f"{field}__len__lt": 2}) == expected(lambda row: len(row) < 2)
    assert await ids(run, **{f"{field}__len__in": [0, 1, 99]}) == expected(lambda row: len(row) < 2)
    assert await ids(run, **{f"{field}__len__range": (1, 2)}) == expected(lambda row: 1 <= len(row) <= 2)
    assert await ids(run, **{f"{field}__len": None}) == [3]


async def test_columns_of_lists_have_methods(db: Database, run: Any) -> None:
    db.create(Lists)
    await run(Lists.objects.create, id=1, strings=["a", "b"])
    await run(Lists.objects.create, id=2, strings=["a"])
    assert await ids(run, Lists.strings.contains(["b"])) == [1]
    assert await ids(run, Lists.strings.contained_by({"a", "c"})) == [2]
    assert await ids(run, Lists.strings.overlap(("a",))) == [1, 2]
    assert await ids(run, Lists.strings == ["a"]) == [2]


async def test_what_no_element_can_be_is_simply_not_there(db: Database, run: Any) -> None:
    db.create(Lists)
    await run(Lists.objects.create, id=1, smalls=[1, 2], chars=["a"], moods=[Mood.SAD])
    assert await ids(run, smalls__contains=[1, 2**15]) == []
    assert await ids(run, smalls__overlap=[2, 2**80]) == [1]
    assert await ids(run, smalls__contained_by=[1, 2, 2**40]) == [1]
    assert await ids(run, smalls=[2**15]) == []
    assert await ids(run, smalls__ne=[2**15]) == [1]
    assert await ids(run, chars__overlap=["a "]) == []
    assert await ids(run, chars__overlap=["a ", "a"]) == [1]


class Named(Model):
    """Names that the subqueries over elements know, too."""

    __tablename__ = table("value")

    key = Field(Integer, primary_key=True)
    value = Field(Array(Integer), nullable=True)
    place = Field(Array(String(5)), nullable=True)


async def test_columns_may_be_called_as_they_like(db: Database, run: Any) -> None:
    db.create(Named)
    await run(Named.objects.create, key=1, value=[1, 2], place=["a"])
    await run(Named.objects.create, key=2, value=[3], place=["b"])
    assert await run(Named.objects.filter(value__contains=[2], place__overlap=["a"]).count) == 1
    assert await run(Named.objects.filter(value=[3]).update, place=["c"]) == 1
    assert await run(Named.objects.filter(place__contained_by=["c", "d"]).delete) == 1


@pytest.mark.parametrize(
    ("lookup", "value", "error"),
    [
        ("smalls__contains", 1, ValidationError),
        ("smalls__contains", [1, None], ValidationError),
        ("smalls__contains", ["x"], ValidationError),
        ("smalls__overlap", [True], ValidationError),
        ("strings__contains", "a", ValidationError),
        ("strings__contains", ["a\0"], ValidationError),
        ("moods__contains", ["unheard of"], ValidationError),
        ("smalls__len", "2", ValidationError),
        ("smalls__len", True, ValidationError),
        ("smalls__len__gt", 2**70, ValidationError),
        ("smalls__len__contains", 1, FieldError),
        ("smalls__gt", [1], FieldError),
        ("smalls__in", [[1]], FieldError),
        ("smalls__range", ([1], [2]), FieldError),
        ("smalls__startswith", [1], FieldError),
        ("id__overlap", [1], FieldError),
        ("id__len", 1, FieldError),
        ("id__len__gt", 1, FieldError),
    ],
)
def test_wrong_conditions_on_lists_are_told_before_any_sql(lookup: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Lists.objects.filter(**{lookup: value})


def test_lists_have_no_order() -> None:
    with pytest.raises(FieldError, match="strings is Array"):
        Lists.objects.order_by("strings")


async def test_a_list_that_is_changed_in_place_is_saved(db: Database, run: Any) -> None:
    db.create(Lists)
    await run(Lists.objects.create, id=1, moods=[Mood.SAD], floats=[-0.0], strings=["a"])
    read = await run(Lists.objects.get, id=1)
    read.moods.append(Mood.FINE)
    read.strings[0] = "b"
    await run(read.save)
    again = await run(Lists.objects.get, id=1)
    assert (again.moods, again.strings) == ([Mood.SAD, Mood.FINE], ["b"])
    again.moods[1] = "fine"  # a text that means the same
    await run(again.save)
    assert (await run(Lists.objects.get, id=1)).moods == [Mood.SAD, Mood.FINE]


def test_lists_are_copied_and_never_shared() -> None:
    given = ["a"]
    first, second = Lists(strings=given), Lists(strings=given)
    assert first.strings is not None
    first.strings.append("b")
    assert (given, second.strings) == (["a"], ["a"])
    assert Lists(strings=("a", "b")).strings == ["a", "b"]


class Tagged(Model):
    __tablename__ = table("tagged")

    id = Field(Integer, primary_key=True)
    tags = Field(Array(String(10)), default=["new"])


def test_a_default_list_belongs_to_its_object() -> None:
    first = Tagged()
    first.tags.append("old")
    assert Tagged().tags == ["new"]


# ------------------------------------------------------------------------------ intervals


async def test_intervals_compare_and_order_as_durations(db: Database, run: Any) -> None:
    db.create(Thing)
    spans = [
        Span(days=1),
        Span(hours=25),
        Span(hours=23, minutes=59),
        Span(days=-1),
        Span(microseconds=-1),
        Span(0),
        Span(days=30),
    ]
    await run(Thing.objects.bulk_create, [Thing(id=n, span=span) for n, span in enumerate(spans)])
    assert await run(Thing.objects.order_by("span").values_list("span", flat=True).all) == sorted(spans)
    for span in spans:
        found = await run(Thing.objects.filter(span__gte=span).values_list("span", flat=True).all)
        assert sorted(found) == sorted(other for other in spans if other >= span)
    extremes = chakra.Min("span"), chakra.Max("span"), chakra.Sum("span")
    assert await run(Thing.objects.aggregate, *extremes) == {
        "span__min": min(spans),
        "span__max": max(spans),
        "span__sum": sum(spans, Span()),
    }
    within = await run(Thing.objects.filter(span__range=(Span(0), Span(days=1))).count)
    assert within == len([span for span in spans if Span(0) <= span <= Span(days=1)])


async def test_an_interval_that_is_no_length_is_told(db: Database, run: Any) -> None:
    db.create(Thing)
    stored = {
        "postgres": ["1 month", "1 year 2 days", "-1 mon", "120000000 days", "2000000000 days 3 hours"],
        "sqlite": ["'soon'", "1.5", "x'00'"],
    }.get(db.backend, [])
    for number, value in enumerate(stored, 1):
        literal = f"interval '{value}'" if db.backend == "postgres" else value
        db.rows(f"INSERT INTO {Thing.__chakra_model__.table} (id, span) VALUES ({number}, {literal})")
        with pytest.raises(DatabaseError, match=rf"{Thing.__chakra_model__.table}\.span"):
            await run(Thing.objects.get, id=number)


async def test_days_and_hours_of_an_interval_add_up(db: Database, run: Any) -> None:
    if db.backend != "postgres":
        pytest.skip("only PostgreSQL keeps them apart")
    db.create(Thing)
    for number, (stored, span) in enumerate(
        [
            ("2 days -03:00:00", Span(days=2, hours=-3)),
            ("36 hours", Span(hours=36)),
            ("1 day 24:00:00.000001", Span(days=2, microseconds=1)),
        ],
        1,
    ):
        db.rows(f"INSERT INTO {Thing.__chakra_model__.table} (id, span) VALUES ({number}, interval '{stored}')")
        assert (await run(Thing.objects.get, id=number)).span == span
        assert await run(Thing.objects.filter(span=span).count) == 1


# ------------------------------------------------------------------------------ padded text


async def test_chars_are_read_without_padding(db: Database, run: Any) -> None:
    db.create(Thing)
    name = Thing.__chakra_model__.table
    db.rows(f"INSERT INTO {name} (id, code) VALUES (1, 'a'), (2, 'a  '), (3, ' a')")
    assert await run(Thing.objects.order_by("id").values_list("code", flat=True).all) == ["a", "a", " a"]


async def test_blanks_at_the_end_of_a_char_are_told(db: Database, run: Any) -> None:
    db.create(Thing)
    with pytest.raises(ValidationError, match="no blanks at its end"):
        Thing(code="a ")
    await run(Thing.objects.create, id=1, code="a")
    for condition, found in [
        (Q(code="a"), 1),
        (Q(code="a "), 0),
        (Q(code="A"), 0),
        (Q(code__ne="a "), 1),
        (Q(code__in=["a ", "b"]), 0),
        (Q(code__in=["a ", "a"]), 1),
        (Q(code__not_in=["a "]), 1),
        (Q(code__lt="a "), 1),
        (Q(code__gt="a "), 0),
        (Q(code__range=("a", "a ")), 1),
        (Q(code__startswith="a"), 1),
        (Q(code__endswith=" "), 0),
        (Q(code__contains=" "), 0),
        (Q(code__iexact="A"), 1),
        (Q(code="much longer than the column"), 0),
    ]:
        assert await run(Thing.objects.filter(condition).count) == found, condition


async def test_chars_order_by_code_point(db: Database, run: Any) -> None:
    db.create(Thing)
    codes = ["a", "B", "ab", "a!", "é", "", "aa", "\U00010000", "\ue000"]
    await run(Thing.objects.bulk_create, [Thing(id=n, code=code) for n, code in enumerate(codes)])
    assert await run(Thing.objects.order_by("code").values_list("code", flat=True).all) == sorted(codes)


# ------------------------------------------------------------------------------ enumerations


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("mood", Mood.SAD, Mood.SAD),
        ("mood", "sad", Mood.SAD),
        ("mood", Mood.WELL, Mood.FINE),
        ("level", Level.TOP, Level.HIGH),
        ("level", "HIGH", Level.HIGH),
        ("level", "TOP", Level.HIGH),
        ("level", 1, Level.LOW),
        ("shape", Shape.ROUND, Shape.ROUND),
        ("shape", "o", Shape.ROUND),
        ("word", "a", "a"),
    ],
)
def test_what_means_a_member_is_taken(field: str, given: Any, kept: Any) -> None:
    assert getattr(Thing(**{field: given}), field) is kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("mood", "SAD"),
        ("mood", "Sad"),
        ("mood", "sad "),
        ("mood", 1),
        ("mood", Shape.ROUND),
        ("level", True),
        ("level", 1.0),
        ("level", 3),
        ("level", "1"),
        ("level", Mood.SAD),
        ("shape", "ROUND"),
        ("word", "c"),
        ("word", ""),
        ("word", b"a"),
        ("word", "\ud800"),
    ],
)
def test_what_means_no_member_is_refused(field: str, given: Any) -> None:
    with pytest.raises(ValidationError, match=f"Thing.{field}") as caught:
        Thing(**{field: given})
    assert caught.value.value is given
    for lookup in (field, f"{field}__ne", f"{field}__gt"):
        with pytest.raises(ValidationError, match=f"Thing.{field}"):
            Thing.objects.filter(**{lookup: given})
    with pytest.raises(ValidationError, match=f"Thing.{field}"):
        Thing.objects.filter(**{f"{field}__in": [given]})


def test_a_refusal_lists_the_values() -> None:
    with pytest.raises(ValidationError, match=r"a member of Mood, or its text: \"sad\", \"fine\", \"angry\""):
        Thing(mood="glad")
    with pytest.raises(ValidationError, match='one of "b", "a"'):
        Thing(word="glad")


async def test_enumerations_order_as_text(db: Database, run: Any) -> None:
    db.create(Thing)
    for number, (mood, level, shape) in enumerate(
        zip([*Mood, None], [*Level, None, None], [*Shape, None, None], strict=True)
    ):
        await run(Thing.objects.create, id=number, mood=mood, level=level, shape=shape)
    for field, texts in {
        "mood": {mood: mood.value for mood in Mood},
        "level": {level: level.name for level in Level},
        "shape": {shape: shape.value for shape in Shape},
    }.items():
        ordered = sorted(texts, key=lambda member: texts[member])
        rows = Thing.objects.filter(**{f"{field}__isnull": False})
        assert await run(rows.order_by(field).values_list(field, flat=True).all) == ordered
        assert await run(rows.order_by(f"-{field}").values_list(field, flat=True).distinct().all) == ordered[::-1]
        for member in texts:
            expected = [other for other in ordered if texts[other] > texts[member]]
            found = await run(
                Thing.objects.filter(**{f"{field}__gt": member}).order_by(field).values_list(field, flat=True).all
            )
            assert found == expected
        low, high = ordered[0], ordered[-1]
        assert await run(Thing.objects.filter(**{f"{field}__range": (low, high)}).count) == len(ordered)
        extremes = await run(Thing.objects.aggregate, least=chakra.Min(field), greatest=chakra.Max(field))
        assert extremes == {"least": low, "greatest": high}
    with pytest.raises(FieldError, match="looks into text only"):
        Thing.objects.filter(mood__contains="a")


async def test_other_values_are_kept_out_by_the_database(db: Database) -> None:
    db.create(Thing)
    name = Thing.__chakra_model__.table
    for field in ("mood", "level", "shape", "word"):
        with pytest.raises(Exception, match=r"."):
            db.rows(f"INSERT INTO {name} (id, {field}) VALUES (1, 'oth')")


async def test_a_stored_text_that_is_no_member_is_told(db: Database, run: Any) -> None:
    db.create(Thing)
    name = Thing.__chakra_model__.table
    db.rows(f"DROP TABLE {name}")
    db.rows(
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, mood VARCHAR(9), level VARCHAR(9), "
        "word VARCHAR(9), shape VARCHAR(9))"
    )
    for number, (field, text) in enumerate([("mood", "SAD"), ("level", "TOP"), ("word", "c"), ("shape", "")], 1):
        db.rows(f"INSERT INTO {name} (id, {field}) VALUES ({number}, '{text}')")
        query = Thing.objects.filter(id=number).values_list(field, flat=True)
        with pytest.raises(DatabaseError, match=rf'{name}\.{field} holds "{text}"'):
            await run(query.all)


async def test_a_stored_list_with_another_text_is_told(db: Database, run: Any) -> None:
    db.create(Lists)
    name = Lists.__chakra_model__.table
    literal = "'{sad,glad}'" if db.backend == "postgres" else '\'["sad","glad"]\''
    db.rows(f"INSERT INTO {name} (id, moods) VALUES (1, {literal})")
    with pytest.raises(DatabaseError, match=rf"{name}\.moods .*glad"):
        await run(Lists.objects.get, id=1)


class Keyed(Model):
    """A key of an enumeration, and a table that shares a type with another."""

    __tablename__ = table("keyed")

    shape = Field(Enum(Shape, native=True, name=table("shape")), primary_key=True)
    level = Field(Enum(Level), default=Level.LOW)
    also = Field(Enum("x", "y"), server_default="'y'")


async def test_keys_and_defaults_are_members(db: Database, run: Any) -> None:
    db.create(Thing, Keyed)
    made = await run(Keyed.objects.create, shape="o")
    assert (made.shape, made.level, made.also) == (Shape.ROUND, Level.LOW, "y")
    made.level = 2
    await run(made.save)
    assert (await run(Keyed.objects.get, pk=Shape.ROUND)).level is Level.HIGH
    assert Keyed.from_dict(made.to_dict()) == made


async def test_a_type_is_shared_and_dropped_after_its_last_table(db: Database) -> None:
    if db.backend != "postgres":
        pytest.skip("only PostgreSQL has types of their own")
    kept = f"SELECT count(*) FROM pg_type WHERE typname = '{table('shape')}'"
    db.create(Thing, Keyed)
    db.create(Thing, Keyed)
    assert db.rows(kept) == [(1,)]
    chakra.drop_all_sync(models=[Thing])
    assert db.rows(kept) == [(1,)]
    chakra.drop_all_sync(models=[Keyed])
    assert db.rows(kept) == [(0,)]


def test_the_check_has_the_name_of_its_column(db: Database) -> None:
    if db.backend == "mysql":
        pytest.skip("an ENUM is no CHECK there")
    db.create(Thing)
    name = Thing.__chakra_model__.table
    if db.backend == "postgres":
        checks = db.rows(f"SELECT conname FROM pg_constraint WHERE conrelid = '{name}'::regclass AND contype = 'c'")
        assert sorted(check for (check,) in checks) == [f"ck_{name}_{field}" for field in ("level", "mood", "word")]
    else:
        [(text,)] = db.rows(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")
        assert f"CONSTRAINT \"ck_{name}_mood\" CHECK (\"mood\" IN ('sad', 'fine', 'angry'))" in text


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (Enum(), "no values"),
        (Enum(enum.Enum("Nothing", [])), "no values"),
        (Enum(enum.Flag("Bits", ["A"])), "no enumeration"),
        (Enum(int), "no enumeration"),
        (Enum("a", 1), "no enumeration"),
        (Enum("a", "a"), "twice"),
        (Enum("a\0"), "NUL"),
        (Enum("\udc80"), "surrogate"),
        (Enum("a", native=True), "no name"),
        (Enum("a", native="yes"), "native of Enum"),
        (Array(Array(Integer)), "not supported"),
        (Array(chakra.JSON), "not supported"),
        (Array(int), "no field type"),
        (Array(Char), "lacks arguments"),
        (Char(0), "length of Char"),
        (Char, "Char"),
        (Array(String(0)), "length of String"),
    ],
)
def test_types_that_make_no_sense_are_told_at_first_use(declared: Any, told: str) -> None:
    class Odd(Model):
        id = Field(Integer, primary_key=True)
        field = Field(declared)

    with pytest.raises(DefinitionError, match=told) as caught:
        Odd()
    assert "field" in str(caught.value)


# ------------------------------------------------------------------------------ what others wrote


@pytest.mark.parametrize(
    ("field", "stored"),
    [
        ("integers", "'{{1,2},{3,4}}'"),
        ("integers", "'[0:1]={1,2}'"),
    ],
)
async def test_arrays_that_are_no_lists_are_told(db: Database, run: Any, field: str, stored: str) -> None:
    if db.backend != "postgres":
        pytest.skip("only PostgreSQL has arrays")
    db.create(Lists)
    name = Lists.__chakra_model__.table
    db.rows(f"INSERT INTO {name} (id, {field}) VALUES (1, {stored})")
    with pytest.raises(DatabaseError, match=rf"{name}\.{field} holds an array"):
        await run(Lists.objects.get, id=1)


@pytest.mark.parametrize(
    ("field", "stored", "value"),
    [
        ("integers", "[ 1 , 2.0, 3e0 ]", [1, 2, 3]),
        ("integers", "[1.5]", None),
        ("integers", "[2147483648]", None),
        ("integers", '["1"]', None),
        ("integers", "[true]", None),
        ("integers", "[[1]]", None),
        ("integers", "{}", None),
        ("integers", "1", None),
        ("integers", "[1", None),
        ("floats", "[1, 2.5, 1e3]", [1.0, 2.5, 1000.0]),
        ("floats", "[1e999]", None),
        ("decimals", '[1.5, "2.25"]', [D("1.5"), D("2.25")]),
        ("strings", '["\\u00e4\\ud83d\\ude00"]', ["ä😀"]),
        ("strings", "[1]", None),
        ("booleans", "[true, false]", [True, False]),
        ("booleans", "[1]", None),
        ("instants", '["2024-02-29T12:00:00Z"]', [datetime.datetime(2024, 2, 29, 12, tzinfo=UTC)]),
        ("instants", '["yesterday"]', None),
        ("days", '["2024-02-30"]', None),
        ("tokens", '["x"]', None),
        ("datas", '["0aFF"]', [b"\x0a\xff"]),
        ("datas", '["0"]', None),
        ("spans", "[1.5]", None),
        ("spans", "[1000000]", [Span(seconds=1)]),
    ],
)
async def test_lists_in_json_are_exact_or_loud(db: Database, run: Any, field: str, stored: str, value: Any) -> None:
    if db.backend == "postgres":
        pytest.skip("PostgreSQL has arrays")
    db.create(Lists)
    name = Lists.__chakra_model__.table
    written = stored.replace("\\", "\\\\") if db.backend == "mysql" else stored
    try:
        db.rows(f"INSERT INTO {name} (id, {field}) VALUES (1, '{written}')")
    except Exception:
        assert db.backend == "mysql"  # which keeps out what is no JSON
        return
    if value is None:
        with pytest.raises(DatabaseError, match=rf"{name}\.{field}"):
            await run(Lists.objects.get, id=1)
    else:
        assert_same(getattr(await run(Lists.objects.get, id=1), field), value)
