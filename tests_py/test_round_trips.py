"""A value that is written comes back as the same type and value, on every database, for every type."""

from __future__ import annotations

import datetime
import decimal
import math
import sys
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chakra import JSONNull
from chakra.exceptions import DatabaseError, ValidationError
from conftest import Database
from models import Defaulted, Hostile, Sample, Ticket

UTC = datetime.timezone.utc
D = decimal.Decimal

VALUES: dict[str, list[Any]] = {
    "small": [0, 1, -1, 2**15 - 1, -(2**15)],
    "integer": [0, 2**31 - 1, -(2**31)],
    "big": [0, 2**53 + 1, 2**63 - 1, -(2**63)],
    "floating": [0.0, -0.0, 0.1, 1e308, 5e-324, sys.float_info.max, -sys.float_info.max, 1 / 3, math.inf, -math.inf],
    "exact": [D("0.000000"), D("0.000001"), D("-0.000001"), D("99999999999999.999999"), D("-99999999999999.999999")],
    "unbounded": [D(0), D("0.1"), D("-12345678901234567890.123456789012345678901234567890"), D("1E+3"), D(10**40)],
    "short": ["", "x" * 20, "😀" * 20, "ä"],
    "string": ["", " ", "trailing  ", "日本語", "😀👩‍👩‍👧", "\x01\x7f\u2028", "a'b\"c\\d%e_f", "x" * 100_000],
    "text": ["", "line\nbreak\r\n\ttab", "\u202eright to left", "e\u0301", "\ufffe\uffff", "\U0010ffff"],
    "flag": [True, False],
    "instant": [
        datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(1970, 1, 1, tzinfo=UTC),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(1, 1, 1, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    ],
    "day": [
        datetime.date(1, 1, 1),
        datetime.date(9999, 12, 31),
        datetime.date(2000, 2, 29),
        datetime.date(1969, 12, 31),
        datetime.date(1582, 10, 10),
    ],
    "clock": [datetime.time(0), datetime.time(23, 59, 59, 999999), datetime.time(12, 0, 0, 1)],
    "token": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID("12345678-1234-5678-1234-567812345678")],
    "data": [b"", b"\x00", bytes(range(256)), bytes(1_000_000)],
    "few": [b"", b"1234"],
    "document": [
        {},
        [],
        {"a": [1, 2.5, None, True, {"b": "😀 \\ \" '"}]},
        "text",
        "",
        0,
        -1,
        1.5,
        True,
        False,
        [[[]]],
        {"": {"": ""}},
        JSONNull,
        2**53 + 1,
    ],
}


# What a database has no place for, and refuses before any SQL.
REFUSED: dict[str, dict[str, list[Any]]] = {
    "sqlite": {"floating": [math.nan]},
    "postgres": {},
    "mysql": {
        "floating": [math.inf, -math.inf, math.nan],
        "unbounded": [D(10**40), D("1e-31"), D("NaN"), D("Infinity")],
        "exact": [D("NaN")],
    },
}


def values_of(db: Database, field: str) -> list[Any]:
    """The values of a field that this database keeps."""
    return [value for value in VALUES[field] if value not in REFUSED[db.backend].get(field, [])]


async def test_what_cannot_be_kept_is_refused(db: Database, run: Any) -> None:
    db.create(Sample)
    for field, values in REFUSED[db.backend].items():
        for value in values:
            with pytest.raises(ValidationError, match=field):
                await run(Sample.objects.create, **{field: value})
            with pytest.raises(ValidationError, match=field):
                await run(Sample.objects.bulk_create, [Sample(**{field: value})])
            with pytest.raises(ValidationError, match=field):
                await run(Sample.objects.update, **{field: value})
    assert await run(Sample.objects.count) == 0


@pytest.mark.parametrize("field", VALUES)
async def test_each_type(db: Database, run: Any, field: str) -> None:
    db.create(Sample)
    values = [None, *values_of(db, field)]
    if db.backend == "sqlite":
        await run(Sample.objects.create, id=10_000)  # another row, so that nothing depends on an empty table
    for number, value in enumerate(values, 1):
        made = await run(Sample.objects.create, id=number, **{field: value})
        assert_same(getattr(made, field), value)
        read = await run(Sample.objects.get, id=number)
        assert_same(getattr(read, field), value)
        [(flat,)] = await run(Sample.objects.filter(id=number).values_list(field).all)
        assert_same(flat, value)
    await run(Sample.objects.bulk_create, [Sample(id=number + 100, **{field: v}) for number, v in enumerate(values)])
    read = await run(Sample.objects.filter(id__gte=100, id__lt=10_000).order_by("id").all)
    for sample, value in zip(read, values, strict=True):
        assert_same(getattr(sample, field), value)
    await run(Sample.objects.filter(id=1).update, **{field: values[-1]})
    assert_same(getattr(await run(Sample.objects.get, id=1), field), values[-1])


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert found == expected
    if isinstance(expected, datetime.datetime):
        assert found.tzinfo is UTC
    if isinstance(expected, dict):
        assert repr(found) == repr(expected) or found == expected


async def test_values_are_found_by_themselves(db: Database, run: Any) -> None:
    db.create(Sample)
    for field in VALUES:
        if field == "document":
            continue
        for value in values_of(db, field):
            await run(Sample.objects.delete)
            await run(Sample.objects.create, **{field: value})
            assert await run(Sample.objects.filter(**{field: value}).count) == 1, (field, value)


async def test_nan(db: Database, run: Any) -> None:
    db.create(Sample)
    if math.nan in REFUSED[db.backend].get("floating", []):
        pytest.skip("refused, see above")
    made = await run(Sample.objects.create, floating=math.nan)
    assert math.isnan((await run(Sample.objects.get, id=made.id)).floating)


async def test_sql_null_and_json_null_differ(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.create, id=1, document=None)
    await run(Sample.objects.create, id=2, document=JSONNull)
    assert await run(Sample.objects.filter(document__isnull=True).values_list("id", flat=True).all) == [1]
    assert (await run(Sample.objects.get, id=1)).document is None
    assert (await run(Sample.objects.get, id=2)).document is JSONNull
    assert not JSONNull


async def test_decimals_take_the_scale_of_their_column(db: Database, run: Any) -> None:
    db.create(Ticket)
    made = await run(Ticket.objects.create, price="3.5")
    read = await run(Ticket.objects.get, code=made.code)
    assert str(read.price) == "3.50"
    assert type(read.code) is uuid.UUID


async def test_names_that_must_be_quoted(db: Database, run: Any) -> None:
    db.create(Hostile)
    made = await run(Hostile.objects.create, order=3, group="x'; drop")
    await run(Hostile.objects.filter(order=3).update, order=4)
    read = await run(Hostile.objects.order_by("-order").get, group__contains="';")
    assert (read.id, read.order, read.group) == (made.id, 4, "x'; drop")


async def test_what_the_database_fills_in_is_read_back(db: Database, run: Any) -> None:
    db.create(Defaulted)
    made = await run(Defaulted.objects.create)
    assert (made.level, made.label, made.note) == (7, "new", None)
    assert isinstance(made.id, int)
    given_one = await run(Defaulted.objects.create, level=3)
    assert (given_one.level, given_one.label) == (3, "new")
    rows = await run(Defaulted.objects.bulk_create, [Defaulted(), Defaulted(level=1), Defaulted(label="x")])
    assert [(row.level, row.label) for row in rows] == [(7, "new"), (1, "new"), (7, "x")]


# ------------------------------------------------------------------------------ exact or loud


def untyped(db: Database) -> str:
    """Makes the table of `Sample` again, with columns that keep whatever they are given; gives its name."""
    info = Sample.__chakra_model__
    db.rows(f"DROP TABLE {info.table}")
    db.rows(f"CREATE TABLE {info.table} ({', '.join(info.fields)})")
    return info.table


async def test_a_value_that_does_not_fit_its_type_is_never_read_wrongly(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("only SQLite stores what it likes in a column")
    db.create(Sample)
    table = untyped(db)
    for number, (field, stored) in enumerate(
        [
            ("integer", "'many'"),
            ("integer", "1.5"),
            ("integer", "9000000000"),
            ("flag", "7"),
            ("instant", "'soon'"),
            ("day", "'2024-13-01'"),
            ("token", "'xyz'"),
            ("exact", "'abc'"),
            ("text", "x'ff'"),
        ],
        1,
    ):
        db.rows(f"INSERT INTO {table} (id, {field}) VALUES ({number}, {stored})")
        with pytest.raises(DatabaseError) as caught:
            await run(Sample.objects.get, id=number)
        assert table in str(caught.value)
        assert field in str(caught.value)


async def test_common_encodings_of_sqlite_are_read(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("only SQLite has no types for these")
    db.create(Sample)
    table = untyped(db)
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    for number, (field, stored, value) in enumerate(
        [
            ("instant", "'2024-02-29 12:30:00'", moment),
            ("instant", "'2024-02-29T12:30:00'", moment),
            ("instant", "'2024-02-29T12:30:00Z'", moment),
            ("instant", "'2024-02-29 14:30:00+02:00'", moment),
            ("integer", "'42'", 42),
            ("integer", "42.0", 42),
            ("floating", "3", 3.0),
            ("exact", "0.99", D("0.99")),
            ("exact", "3", D(3)),
        ],
        1,
    ):
        db.rows(f"INSERT INTO {table} (id, {field}) VALUES ({number}, {stored})")
        assert getattr(await run(Sample.objects.get, id=number), field) == value


async def test_epoch_numbers_of_sqlite_are_read(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("only SQLite has no types for these")
    db.create(Sample)
    table = Sample.__chakra_model__.table
    # A column that others declared DATETIME keeps numbers as numbers.
    db.rows(f"ALTER TABLE {table} DROP COLUMN instant")
    db.rows(f"ALTER TABLE {table} ADD COLUMN instant DATETIME")
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    half = datetime.timedelta(milliseconds=500)
    for number, (stored, value) in enumerate([("1709209800", moment), ("1709209800.5", moment + half)], 1):
        db.rows(f"INSERT INTO {table} (id, instant) VALUES ({number}, {stored})")
        assert (await run(Sample.objects.get, id=number)).instant == value


async def test_instants_of_other_encodings_compare_once_they_are_written(db: Database, run: Any) -> None:
    """What docs/type-table.md tells to do with a column that others filled."""
    if db.backend != "sqlite":
        pytest.skip("only SQLite has no type for these")
    db.create(Sample)
    table = Sample.__chakra_model__.table
    db.rows(f"ALTER TABLE {table} DROP COLUMN instant")
    db.rows(f"ALTER TABLE {table} ADD COLUMN instant DATETIME")
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    second = datetime.timedelta(seconds=1)
    stored = ["1709209803", "'2024-02-29T12:30:02Z'", "1709209801.5", "'2024-02-29 14:30:00+02:00'"]
    for number, value in enumerate(stored, 1):
        db.rows(f"INSERT INTO {table} (id, instant) VALUES ({number}, {value})")
    for sample in await run(Sample.objects.all):
        await run(Sample.objects.filter(pk=sample.pk).update, instant=sample.instant)
    assert [row.id for row in await run(Sample.objects.order_by("instant").all)] == [4, 3, 2, 1]
    assert await run(Sample.objects.filter(instant__lt=moment + 2 * second).count) == 2
    assert (await run(Sample.objects.get, instant=moment + 2 * second)).id == 2
    assert (await run(Sample.objects.get, id=3)).instant == moment + 1.5 * second


# ------------------------------------------------------------------------------ at random

printable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | printable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4),
    max_leaves=10,
)
samples = st.fixed_dictionaries(
    {},
    optional={
        "small": st.integers(-(2**15), 2**15 - 1),
        "big": st.integers(-(2**63), 2**63 - 1),
        "floating": st.floats(allow_nan=False),
        "exact": st.decimals(-(10**14) + 1, 10**14 - 1, places=6, allow_nan=False, allow_infinity=False),
        "unbounded": st.decimals(allow_nan=False, allow_infinity=False, places=8),
        "string": printable,
        "flag": st.booleans(),
        "instant": st.datetimes(timezones=st.just(UTC)),
        "day": st.dates(),
        "clock": st.times(),
        "token": st.uuids(),
        "data": st.binary(max_size=50),
        "document": json.filter(lambda value: value is not None),
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(samples, min_size=1, max_size=5))
def test_random_rows(db: Database, values: list[dict[str, Any]]) -> None:
    db.create(Sample)
    Sample.objects.delete_sync()
    refused = REFUSED[db.backend]
    values = [{name: value for name, value in row.items() if value not in refused.get(name, [])} for row in values]
    Sample.objects.bulk_create_sync([Sample(id=number, **row) for number, row in enumerate(values)])
    for sample, row in zip(Sample.objects.order_by("id").all_sync(), values, strict=True):
        for field, value in row.items():
            assert getattr(sample, field) == value, field
            assert type(getattr(sample, field)) is type(value), field


@pytest.mark.parametrize("stored", ["{bad", "NaN", "[1e400]"])
async def test_what_is_no_json_is_told(db: Database, run: Any, stored: str) -> None:
    if db.backend != "sqlite":
        pytest.skip("a column of JSON holds nothing else there")
    db.create(Sample)
    table = Sample.__chakra_model__.table
    db.rows(f"INSERT INTO {table} (id, document) VALUES (1, '{stored}')")
    with pytest.raises(DatabaseError, match="document"):
        await run(Sample.objects.get, id=1)


@pytest.mark.parametrize("stored", ["1.00000000000000000001", '{"a": [0.12345678901234567890]}', "1e-400"])
async def test_a_number_finer_than_floats_is_told(db: Database, run: Any, stored: str) -> None:
    db.create(Sample)
    table = Sample.__chakra_model__.table
    db.rows(f"INSERT INTO {table} (id, document) VALUES (1, '{stored}')")
    with pytest.raises(DatabaseError, match=r"document.*finer than floats"):
        await run(Sample.objects.get, id=1)


@pytest.mark.parametrize(
    "stored", ["0.30000000000000004", "1.500000000000000000000", "100000000000000000000.0", "1e300"]
)
async def test_a_long_number_that_floats_hold_is_read(db: Database, run: Any, stored: str) -> None:
    db.create(Sample)
    table = Sample.__chakra_model__.table
    db.rows(f"INSERT INTO {table} (id, document) VALUES (1, '[{stored}]')")
    [number] = (await run(Sample.objects.get, id=1)).document
    assert float(number) == float(stored)
