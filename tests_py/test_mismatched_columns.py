"""Columns of another type than their fields: right, or an error that names table, column and value."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from chakra import JSON, Decimal, Field, Float, Integer, Model, String, UniqueConstraint
from chakra.exceptions import DatabaseError, DecodeError, ProgrammingError, ValidationError
from chakra.mixins import VersionMixin
from conftest import Database
from models import table

LAST = 2**63 - 1


class Paper(Model):
    __tablename__ = table("mismatched_papers")
    id = Field(Integer, primary_key=True)
    data = Field(JSON, nullable=True, column="the data")


class Amount(Model):
    __tablename__ = table("mismatched_amounts")
    id = Field(Integer, primary_key=True)
    number = Field(Integer, nullable=True, column="n")
    price = Field(Decimal(10, 2), nullable=True)
    name = Field(String(20), nullable=True)


class Draft(VersionMixin, Model):
    __tablename__ = table("mismatched_drafts")
    __table_args__ = (UniqueConstraint("name"),)
    id = Field(Integer, primary_key=True)
    name = Field(String(20), nullable=True)


def papers(db: Database, *stored: str) -> str:
    """Rows with these SQL values in place of documents, counted from 1."""
    name = Paper.__chakra_model__.table
    db.create(Paper)
    for number, value in enumerate(stored, 1):
        db.rows(f"INSERT INTO {name} VALUES ({number}, {value})")
    return str(name)


async def test_bare_values_are_documents_to_lookups_too(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("columns of documents hold documents there")
    papers(db, "5", "'5'", "1.5", "'{\"a\": 5}'", "NULL", "'[5, 1.5]'", "-3")
    assert [paper.data for paper in await run(Paper.objects.order_by("id").all)] == [
        *(5, 5, 1.5, {"a": 5}, None, [5, 1.5], -3)
    ]
    query = Paper.objects.order_by("id").values_list("id", flat=True)
    assert await run(query.filter(data__a=5).all) == [4]
    assert await run(query.filter(data__has_key="a").all) == [4]
    assert await run(query.exclude(data__has_key="a").all) == [1, 2, 3, 5, 6, 7]
    assert await run(query.filter(data__contains=5).all) == [1, 2, 6]
    assert await run(query.filter(data__contains=1.5).all) == [3, 6]
    assert await run(query.filter(data__contained_by=[5, 1.5]).all) == [1, 2, 3, 6]


@pytest.mark.parametrize(
    ("stored", "shown"), [("'{bad'", "{bad"), ("x'4142'", "BLOB of 2 bytes x'4142'"), ("''", '""'), ("1e999", "Inf")]
)
async def test_what_is_no_document_is_told_by_lookups(db: Database, run: Any, stored: str, shown: str) -> None:
    if db.backend != "sqlite":
        pytest.skip("columns of documents hold documents there")
    name = papers(db, "'{}'", stored)
    for lookups in ({"data__a": 1}, {"data__has_key": "a"}, {"data__contains": {"a": 1}}, {"data__a__b__gt": 3}):
        for ask in (Paper.objects.filter(**lookups).all, Paper.objects.filter(**lookups).count):
            with pytest.raises(DecodeError) as caught:
                await run(ask)
            error = caught.value
            assert (error.table, error.column, error.expected) == (name, "the data", "JSON"), lookups
            assert error.value is not None
            assert shown in error.value
        with pytest.raises(DecodeError):
            await run(Paper.objects.filter(**lookups).update, data=None)
        # Rows that are not looked at do no harm.
        assert await run(Paper.objects.filter(id=1, **lookups).all) == []


async def test_documents_are_still_looked_into(db: Database, run: Any) -> None:
    db.create(Paper)
    await run(Paper.objects.create, id=1, data={"it's": [{"ü": "é"}]})
    assert await run(Paper.objects.filter(data__contains={"it's": [{"ü": "é"}]}).count) == 1
    assert await run(Paper.objects.filter(**{"data__it's__0__ü": "é"}).count) == 1
    assert json.loads(json.dumps((await run(Paper.objects.get)).data)) == {"it's": [{"ü": "é"}]}


async def test_numbers_that_are_stored_as_texts(db: Database, run: Any) -> None:
    name = Amount.__chakra_model__.table
    db.create(Amount)
    db.rows(f"DROP TABLE {name}")
    db.rows(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, n VARCHAR(20), price VARCHAR(20), name VARCHAR(20))")
    db.rows(f"INSERT INTO {name} VALUES (1, '5', '1.50', 'x')")
    questions = [
        ({"number": 5}, "Amount.number is declared Integer"),
        ({"number__gt": 4}, "Amount.number is declared Integer"),
        ({"price__lt": 2}, "Amount.price is declared Decimal"),
    ]
    if db.backend != "postgres":
        # They compare texts with numbers; SQLite as what the column is.
        for lookups, _ in questions[:1]:
            assert await run(Amount.objects.filter(**lookups).count) == 1
        return
    for lookups, told in questions:
        query = Amount.objects.filter(**lookups)
        for ask in (
            query.all,
            query.count,
            query.exists,
            query.delete,
            lambda query=query: query.update_sync(name="y"),
        ):
            with pytest.raises(ProgrammingError, match=told) as caught:
                await run(ask) if ask.__name__ != "<lambda>" else ask()
            assert f"the column {name}.{'n' if 'number' in told else 'price'} is character varying(20)" in str(
                caught.value
            )
            assert "Amount.name" not in str(caught.value)
            assert caught.value.table == name


async def test_the_last_version_has_no_next(db: Database, run: Any) -> None:
    db.create(Draft)
    draft = Draft(id=1, name="first", version=LAST)
    await run(draft.save)
    draft.name = "second"
    with pytest.raises(ValidationError, match="version") as caught:
        await run(draft.save)
    assert "has none; nothing was written" in str(caught.value)
    with pytest.raises(DatabaseError) as told:
        await run(Draft.objects.filter(id=1).update, name="third")
    assert type(told.value) is DatabaseError
    assert told.value.table == Draft.__chakra_model__.table or db.backend == "postgres"
    stored = await run(Draft.objects.get)
    assert (stored.name, stored.version) == ("first", LAST)
    await run(Draft.objects.create, id=2, name="below", version=LAST - 1)
    assert await run(Draft.objects.filter(id=2).update, name="at the end") == 1
    assert (await run(Draft.objects.get, id=2)).version == LAST


class Written(Model):
    """Numbers of each kind over columns of text."""

    __tablename__ = table("mismatched_written")
    id = Field(Integer, primary_key=True)
    whole = Field(Integer, nullable=True)
    real = Field(Float, nullable=True)
    exact = Field(Decimal, nullable=True)


# What a text is read as by each: None where it is none.
WRITTEN: dict[str, tuple[Any, Any, Any]] = {
    "7": (7, 7.0, "7"),
    "007": (7, 7.0, "7"),
    "+7": (7, 7.0, "7"),
    "-7": (-7, -7.0, "-7"),
    "7.0": (None, 7.0, "7.0"),
    "-1.50": (None, -1.5, "-1.50"),
    "1e3": (None, 1000.0, "1000"),
    "1E-2": (None, 0.01, "0.01"),
    ".5": (None, 0.5, "0.5"),
    "5.": (None, 5.0, "5"),
    "-0": (0, -0.0, "0"),
    "NaN": (None, math.nan, "NaN"),
    "-Infinity": (None, -math.inf, "-Infinity"),
    **dict.fromkeys(["", " 7", "7 ", "1_0", "0x10", "seven", "1e", "٣", "1,5"], (None, None, None)),
}


async def test_numbers_in_columns_of_text_are_read_by_one_rule(db: Database, run: Any) -> None:
    name = str(Written.__tablename__)
    text = "VARCHAR(30) CHARACTER SET utf8mb4" if db.backend == "mysql" else "VARCHAR(30)"
    db.rows(
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, whole {text}, real {text}, exact {text})".replace(
            "real", "`real`" if db.backend == "mysql" else '"real"'
        )
    )
    db.create(Written)
    for number, stored in enumerate(WRITTEN, 1):
        db.rows(f"INSERT INTO {name} VALUES ({number}, '{stored}', '{stored}', '{stored}')")
    for number, (stored, expected) in enumerate(WRITTEN.items(), 1):
        for field, value in zip(("whole", "real", "exact"), expected, strict=True):
            reading = run(Written.objects.filter(id=number).values_list(field, flat=True).get)
            if value is None:
                with pytest.raises(DecodeError) as caught:
                    await reading
                assert (caught.value.table, caught.value.column) == (name, field), stored
            else:
                assert str(await reading) == str(value), (stored, field)
