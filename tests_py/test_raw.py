"""Statements written by hand: one way to name parameters, on every database."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal as D  # noqa: N817 - as the documentation has it
from typing import Any

import pytest

import chakra
from chakra import UUID, Boolean, Date, DateTime, Decimal, Field, Float, Integer, Interval, Model, String
from chakra.exceptions import (
    MultipleResultsError,
    NotFoundError,
    ProgrammingError,
    QueryError,
    SessionError,
    UniqueViolation,
    ValidationError,
)
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace


class Color(enum.Enum):
    RED = "red"


class Part(Model):
    __tablename__ = table("raw_parts")
    id = Field(Integer, primary_key=True)
    name = Field(String(60), unique=True)
    price = Field(Decimal(10, 2), nullable=True)
    made = Field(Date, nullable=True)
    seen = Field(DateTime, nullable=True)
    token = Field(UUID, nullable=True)
    weight = Field(Float, nullable=True)
    spare = Field(Boolean, nullable=True)
    lasts = Field(Interval, nullable=True)


PARTS = Part.__tablename__
SEEN = datetime(2024, 5, 1, 12, 30, 0, 250, tzinfo=timezone.utc)


@pytest.fixture
def parts(db: Database) -> Database:
    db.create(Part)
    Part.objects.bulk_create_sync(
        [
            Part(id=1, name="bolt", price="1.50", made="2024-01-31", seen=SEEN, weight=0.5, spare=True),
            Part(id=2, name="nut", price="0.20", token=uuid.UUID(int=7), lasts=timedelta(hours=3)),
            Part(id=3, name="it's :odd", price=None),
        ]
    )
    return db


async def test_rows_go_by_name_and_position(parts: Database, run: Face) -> None:
    rows = await run(chakra.raw(f"SELECT id, name FROM {PARTS} WHERE id <= :most ORDER BY id", {"most": 2}).all)
    assert rows == [(1, "bolt"), (2, "nut")]
    assert [(row.id, row["name"], row[1]) for row in rows] == [(1, "bolt", "bolt"), (2, "nut", "nut")]


async def test_awaiting_gives_the_rows(parts: Database) -> None:
    assert [row.id for row in await chakra.raw(f"SELECT id FROM {PARTS} ORDER BY id")] == [1, 2, 3]


async def test_a_name_may_stand_twice_and_lists_in_parentheses(parts: Database, run: Face) -> None:
    sql = f"SELECT id FROM {PARTS} WHERE (id = :id OR id + 1 = :id) AND name IN :names ORDER BY id"
    rows = await run(chakra.raw(sql, {"id": 2, "names": ["bolt", "nut", "other"]}).all)
    assert [row.id for row in rows] == [1, 2]
    assert await run(chakra.raw(f"SELECT id FROM {PARTS} WHERE id IN :none", {"none": []}).all) == []
    every = chakra.raw(f"SELECT count(*) FROM {PARTS} WHERE id NOT IN :none", {"none": set()})
    assert await run(every.scalar) == 3


async def test_what_looks_like_a_name_in_a_text_is_none(parts: Database, run: Face) -> None:
    sql = f"SELECT id /* :remark */ FROM {PARTS} WHERE name = 'it''s :odd' OR id = :id -- :remark"
    assert [row.id for row in await run(chakra.raw(sql, {"id": 1}).all)] in ([1, 3], [3, 1])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "bolt"),
        ("price", D("1.50")),
        ("made", date(2024, 1, 31)),
        ("seen", SEEN),
        ("seen", SEEN.astimezone(timezone(timedelta(hours=2)))),
        ("seen", SEEN.replace(tzinfo=None)),
        ("weight", 0.5),
        ("spare", True),
    ],
)
async def test_values_are_bound_as_what_they_are(parts: Database, run: Face, column: str, value: Any) -> None:
    found = await run(chakra.raw(f"SELECT id FROM {PARTS} WHERE {column} = :value", {"value": value}).all)
    assert [row.id for row in found] == [1]


async def test_other_values(parts: Database, run: Face) -> None:
    by = {"token": uuid.UUID(int=7), "lasts": timedelta(hours=3)}
    for column, value in by.items():
        assert await run(chakra.raw(f"SELECT id FROM {PARTS} WHERE {column} = :v", {"v": value}).scalar) == 2
    assert await run(chakra.raw("SELECT :c", {"c": Color.RED}).scalar) == "red"
    update = chakra.raw(f"UPDATE {PARTS} SET price = :none, made = :none WHERE id = :id", {"none": None, "id": 1})
    assert await run(update.execute) == 1
    again = await run(Part.objects.get, id=1)
    assert (again.price, again.made) == (None, None)


async def test_objects_of_a_model(parts: Database, run: Face) -> None:
    query = chakra.raw(f"SELECT * FROM {PARTS} WHERE price > :least ORDER BY id", {"least": D("0.1")}, model=Part)
    bolt, nut = await run(query.all)
    assert (bolt.price, bolt.made, bolt.seen, bolt.weight, bolt.spare) == (
        D("1.50"),
        date(2024, 1, 31),
        SEEN,
        0.5,
        True,
    )
    assert (nut.token, nut.lasts) == (uuid.UUID(int=7), timedelta(hours=3))
    bolt.name = "screw"
    await run(bolt.save)
    assert (await run(Part.objects.get, id=1)).name == "screw"
    with pytest.raises(QueryError, match="lacks name, price"):
        await run(chakra.raw(f"SELECT id FROM {PARTS}", model=Part).all)
    with pytest.raises(QueryError, match="has more, which is no column"):
        await run(chakra.raw(f"SELECT p.*, 1 AS more FROM {PARTS} p", model=Part).all)


async def test_one_and_scalar(parts: Database, run: Face) -> None:
    one = chakra.raw(f"SELECT * FROM {PARTS} WHERE id = :id", {"id": 2}, model=Part)
    assert (await run(one.one)).name == "nut"
    with pytest.raises(NotFoundError, match="no Part"):
        await run(chakra.raw(f"SELECT * FROM {PARTS} WHERE id = 9", model=Part).one)
    with pytest.raises(MultipleResultsError):
        await run(chakra.raw(f"SELECT id FROM {PARTS}").one)
    assert await run(chakra.raw(f"SELECT id FROM {PARTS} WHERE id = 9").scalar) is None
    assert await run(chakra.raw(f"SELECT count(*) FROM {PARTS}").scalar) == 3


async def test_streams(parts: Database, run: Face) -> None:
    query = chakra.raw(f"SELECT * FROM {PARTS} WHERE id > :id ORDER BY id", {"id": 0}, model=Part)
    assert [part.id async for part in run.stream(query)] == [1, 2, 3]
    assert [len(batch) async for batch in run.stream(query, batch_size=2)] == [2, 1]
    nothing = chakra.raw(f"SELECT * FROM {PARTS} WHERE id > :id", {"id": 100})
    assert [row async for row in run.stream(nothing)] == []


async def test_it_joins_transactions(parts: Database) -> None:
    with pytest.raises(UniqueViolation) as caught:
        async with chakra.transaction():
            await chakra.raw(f"DELETE FROM {PARTS} WHERE id = :id", {"id": 3}).execute()
            await chakra.raw(f"INSERT INTO {PARTS} (id, name) VALUES (:id, :name)", {"id": 4, "name": "nut"}).execute()
    assert caught.value.columns == ["name"]
    assert await Part.objects.count() == 3


async def test_mistakes_are_told(parts: Database, run: Face) -> None:
    with pytest.raises(QueryError, match=r"has :b, and no parameter of that name was given \(given: a"):
        await run(chakra.raw("SELECT :a, :b", {"a": 1}).all)
    with pytest.raises(QueryError, match="has no :b"):
        await run(chakra.raw("SELECT :a", {"a": 1, "b": 2}).all)
    with pytest.raises(TypeError, match="by name"):
        chakra.raw("SELECT :a", {1: 2})  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="which no database has"):
        chakra.raw("SELECT :a", {"a": object()})
    with pytest.raises(ValidationError, match="NUL"):
        chakra.raw("SELECT :a", {"a": "a\0b"})
    with pytest.raises(ProgrammingError):
        await run(chakra.raw("SELECT nothing FROM nowhere").all)
    with pytest.raises(SessionError, match="elsewhere"):
        await run(chakra.raw("SELECT 1", using="elsewhere").all)


def test_values_are_not_shown() -> None:
    assert "secret" not in repr(chakra.raw("SELECT :password", {"password": "secret"}))
