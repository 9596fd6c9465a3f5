"""Stored values that cannot be read exactly: one class of error, with table, column, value and the declared type."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from chakra import JSON, UUID, Array, BigInteger, Enum, Field, Integer, Interval, Model, SmallInteger, String
from chakra.exceptions import DatabaseError, DecodeError
from conftest import Database
from models import table


class Odd(Model):
    """A column of many types, in tables that the tests make themselves."""

    __tablename__ = table("decode_odd")

    id = Field(Integer, primary_key=True)
    small = Field(SmallInteger, nullable=True)
    label = Field(Enum("a", "b"), nullable=True)
    document = Field(JSON, nullable=True)
    numbers = Field(Array(Integer), nullable=True)
    token = Field(UUID, nullable=True)
    span = Field(Interval, nullable=True)
    words = Field(String(20), nullable=True)


class Big(Model):
    """Its sum is read as the column is."""

    __tablename__ = table("decode_big")

    id = Field(Integer, primary_key=True)
    number = Field(BigInteger)


COLUMNS = {
    "small": "BIGINT",
    "label": "VARCHAR(20)",
    "document": "VARCHAR(200)",
    "numbers": "VARCHAR(200)",
    "token": "VARCHAR(50)",
    "span": "BIGINT",
    "words": "VARCHAR(20)",
}
OWN = {
    "sqlite": {"document": "TEXT", "numbers": "TEXT"},
    "postgres": {"document": "JSON", "numbers": "BIGINT[]", "span": "INTERVAL"},
    "mysql": {"document": "LONGTEXT", "numbers": "LONGTEXT"},
}


def make(db: Database, field: str, stored: str) -> str:
    """A table of others with one row; gives its name."""
    db.create(Odd)
    name = Odd.__chakra_model__.table
    columns = {**COLUMNS, **OWN[db.backend]}
    db.rows(f"DROP TABLE {name}")
    db.rows(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(f'{c} {t}' for c, t in columns.items())})")
    db.rows(f"INSERT INTO {name} (id, {field}) VALUES (1, {stored})")
    return name


BAD = [
    ("small", "40000", "40000", "SmallInteger"),
    ("label", "'c'", '"c"', "Enum"),
    ("token", "'no token'", "no token", "UUID"),
    ("document", """'{"a": 1e999}'""", '{"a": 1e999}', "JSON"),
    ("document", """'[{"x": 1, "y": 2, "x": 3}]'""", 'the key "x" stands twice', "JSON"),
    ("document", """'{"\\u0061": 1, "a": 2}'""".replace("\\", "\\\\"), 'the key "a" stands twice', "JSON"),
]


@pytest.mark.parametrize(("field", "stored", "shown", "expected"), BAD)
async def test_what_an_error_tells(db: Database, run: Any, field: str, stored: str, shown: str, expected: str) -> None:
    if db.backend != "mysql":
        stored = stored.replace("\\\\", "\\")
    name = make(db, field, stored)
    for read in (
        lambda: run(Odd.objects.get, id=1),
        lambda: run(Odd.objects.all),
        lambda: run(Odd.objects.values_list(field, flat=True).all),
    ):
        with pytest.raises(DecodeError) as caught:
            await read()
        error = caught.value
        assert (error.table, error.column, error.columns, error.expected) == (name, field, [field], expected)
        assert error.value is not None
        assert shown in error.value
        assert f"{name}.{field} holds {error.value}" in str(error)
        assert "declare the field with the column's own type, or mend what is stored" in str(error)
    # The rest of the row is read all the same.
    assert await run(Odd.objects.values_list("id", "words").all) == [(1, None)]


async def test_a_long_value_is_shortened(db: Database, run: Any) -> None:
    make(db, "document", "'[1e999, " + "1, " * 60 + "1]'")
    with pytest.raises(DecodeError) as caught:
        await run(Odd.objects.all)
    assert caught.value.value is not None
    assert len(caught.value.value) < 150
    assert "[1e999, 1, 1" in caught.value.value


async def test_an_element_of_an_array_is_told(db: Database, run: Any) -> None:
    stored = "'{1, 3000000000}'" if db.backend == "postgres" else "'[1, 3000000000]'"
    name = make(db, "numbers", stored)
    with pytest.raises(DecodeError, match=f"{name}.numbers holds .*3000000000"):
        await run(Odd.objects.all)


async def test_an_interval_with_months_is_told(db: Database, run: Any) -> None:
    if db.backend != "postgres":
        pytest.skip("only PostgreSQL has intervals with months")
    make(db, "span", "'1 year 2 days'")
    with pytest.raises(DecodeError, match="12 months, 2 days"):
        await run(Odd.objects.all)


async def test_a_column_that_is_never_read_as_the_field_is_told_by_its_type(db: Database, run: Any) -> None:
    if db.backend == "sqlite":
        pytest.skip("columns of SQLite hold values of any type")
    name = make(db, "words", "'x'")
    db.rows(f"ALTER TABLE {name} DROP COLUMN small")
    db.rows(f"ALTER TABLE {name} ADD COLUMN small DATE")
    with pytest.raises(DecodeError) as caught:
        await run(Odd.objects.all)
    assert (caught.value.column, caught.value.value, caught.value.expected) == ("small", "date", "SmallInteger")
    db.rows(f"INSERT INTO {name} (id, small) VALUES (2, '2024-02-29')")
    with pytest.raises(DecodeError) as caught:
        await run(Odd.objects.order_by("id").all)
    assert (caught.value.table, caught.value.column) == (name, "small")
    assert (caught.value.value, caught.value.expected) == ("2024-02-29 of type date", "SmallInteger")


@pytest.mark.parametrize(("kind", "stored", "shown"), [
    ("POINT", "point(1, 2)", "a value of 16 bytes x'3ff00000"),
    ("BIT(3)", "B'101'", "a value of 5 bytes x'00000003a0' of type bit"),
    ("DATE", "'0044-03-15 BC'", "0044-03-15 BC (outside the years 1 to 9999) of type date"),
    ("TIMESTAMPTZ", "'294276-12-31 23:59+00'", "294276-12-31 23:59:00 (outside the years 1 to 9999) of type timestamp"),
    ("TIMESTAMPTZ", "'infinity'", "infinity of type timestamp with time zone"),
])  # fmt: skip
async def test_a_value_of_a_type_that_is_never_read_is_shown(
    db: Database, run: Any, kind: str, stored: str, shown: str
) -> None:
    if db.backend != "postgres":
        pytest.skip("types of PostgreSQL")
    name = make(db, "words", "'x'")
    db.rows(f"ALTER TABLE {name} DROP COLUMN small")
    db.rows(f"ALTER TABLE {name} ADD COLUMN small {kind}")
    db.rows(f"UPDATE {name} SET small = {stored}")
    with pytest.raises(DecodeError, match=f"{name}.small holds ") as caught:
        await run(Odd.objects.all)
    assert caught.value.value is not None
    assert caught.value.value.startswith(shown)


async def test_a_range_of_days_before_the_first_year_is_shown(db: Database, run: Any) -> None:
    if db.backend != "postgres":
        pytest.skip("a type of PostgreSQL")
    name = make(db, "words", "'x'")
    db.rows(f"ALTER TABLE {name} DROP COLUMN small")
    db.rows(f"ALTER TABLE {name} ADD COLUMN small DATERANGE")
    db.rows(f"UPDATE {name} SET small = '[0044-03-15 BC,0014-08-19)'")
    with pytest.raises(DecodeError) as caught:
        await run(Odd.objects.all)
    assert caught.value.value == (
        "a range with the bound 0044-03-15 BC (outside the years 1 to 9999) of type daterange"
    )


async def test_an_aggregate_is_told_alike(db: Database, run: Any) -> None:
    db.create(Big)
    name = Big.__chakra_model__.table
    db.rows(f"DROP TABLE {name}")
    db.rows(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, number NUMERIC(20, 1))")
    db.rows(f"INSERT INTO {name} VALUES (1, 1.5)")
    from chakra import Max, Sum

    for aggregate in (Max("number"), Sum("number")):
        with pytest.raises(DecodeError) as caught:
            await run(Big.objects.aggregate, found=aggregate)
        assert (caught.value.table, caught.value.column) == (name, "number")
        assert "1.5" in str(caught.value.value)


def test_an_error_of_one_column_and_its_pickle() -> None:
    error = DecodeError("text", table="t", column="c", value="'x'", expected="Integer")
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, DatabaseError)
    assert (copy.table, copy.column, copy.columns, copy.value, copy.expected) == ("t", "c", ["c"], "'x'", "Integer")
    assert (DecodeError().columns, DecodeError().column) == ([], None)
