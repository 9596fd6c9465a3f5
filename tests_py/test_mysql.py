"""What only MySQL and MariaDB have: tables of others, whose columns follow other rules."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra import BigInteger, Date, DateTime, Field, Integer, Model, String, Time
from chakra.exceptions import CheckViolation, DatabaseError, NotNullViolation, UniqueViolation
from conftest import Database, open_database
from models import table


class Visitor(Model):
    __tablename__ = table("visitors")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(40), nullable=True)
    day = Field(Date, nullable=True)
    moment = Field(DateTime, nullable=True)
    clock = Field(Time, nullable=True)
    count = Field(Integer, nullable=True)


NAME = Visitor.__tablename__


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[Database]:
    database = open_database("mysql", tmp_path)
    yield database
    database.rows(f"DROP TABLE IF EXISTS {NAME}")
    database.close()


def make(mysql: Database, name: str = "VARCHAR(40)", rest: str = "") -> None:
    """Makes the table as others would."""
    mysql.rows(
        f"CREATE TABLE {NAME} (id BIGINT PRIMARY KEY AUTO_INCREMENT, name {name}, day DATE, moment DATETIME, "
        f"clock TIME, count INT UNSIGNED {rest}) CHARACTER SET utf8mb4"
    )


@pytest.mark.parametrize(
    ("column", "folds"),
    [
        ("VARCHAR(40) COLLATE utf8mb4_unicode_ci", True),
        ("VARCHAR(40) COLLATE utf8mb4_general_ci", True),
        ("VARCHAR(40) COLLATE utf8mb4_bin", False),
        ("VARCHAR(40) CHARACTER SET latin1", True),
        ("ENUM('Ada', 'bob', 'ünal') COLLATE utf8mb4_unicode_ci", True),
    ],
)
async def test_the_collation_of_a_column_decides(mysql: Database, run: Any, column: str, folds: bool) -> None:
    make(mysql, column)
    mysql.rows(f"INSERT INTO {NAME} (name) VALUES ('Ada'), ('bob'), (NULL)")
    expected = ["Ada"] if folds else []
    for lookup in ({"name": "ADA"}, {"name__in": ["ADA", "x"]}, {"name__range": ("ADA", "ADAM")}):
        assert await run(Visitor.objects.filter(**lookup).values_list("name", flat=True).all) == expected, lookup
        assert await run(Visitor.objects.exclude(**lookup).count) == 3 - len(expected), lookup
    assert await run(Visitor.objects.filter(name__in=["Ada", 'it"s', "\\", "🎉"]).count) == 1
    assert await run(Visitor.objects.filter(name__startswith="A").count) == 1
    assert await run(Visitor.objects.filter(name__iexact="aDA").count) == 1
    assert await run(Visitor.objects.order_by("name").values_list("name", flat=True).all) == ["Ada", "bob", None]


@pytest.mark.parametrize(
    ("field", "stored", "told"),
    [
        ("day", "'0000-00-00'", "0000-00-00"),
        ("day", "'2024-00-01'", "2024-00-01"),
        ("moment", "'0000-00-00'", "0000-00-00 00:00:00"),
        ("clock", "'-01:00:00'", "-01:00:00"),
        ("clock", "'838:59:59'", "838:59:59"),
        ("count", "4294967295", "4294967295"),
    ],
)
async def test_what_cannot_be_told_exactly(mysql: Database, run: Any, field: str, stored: str, told: str) -> None:
    make(mysql)
    mysql.rows(f"SET STATEMENT sql_mode = '' FOR INSERT INTO {NAME} ({field}) VALUES ({stored})")
    with pytest.raises(DatabaseError) as caught:
        await run(Visitor.objects.get)
    assert all(part in str(caught.value) for part in (NAME, field, told)), caught.value
    assert await run(Visitor.objects.values_list("id", flat=True).all) == [1]


async def test_a_column_of_seconds_rounds_as_the_server_does(mysql: Database, run: Any) -> None:
    make(mysql)
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    made = await run(Visitor.objects.create, moment=moment, clock=datetime.time(12, 30))
    await run(made.refresh)
    assert (made.moment, made.clock) == (moment, datetime.time(12, 30))
    assert await run(Visitor.objects.filter(moment__gt=moment - datetime.timedelta(microseconds=1)).count) == 1


async def test_rules_of_others(mysql: Database, run: Any) -> None:
    make(mysql, "VARCHAR(40) NOT NULL", ", UNIQUE KEY `their key` (name, day), CONSTRAINT `many` CHECK (count > 2)")
    day = datetime.date(2024, 2, 29)
    await run(Visitor.objects.create, name="ada", day=day)
    with pytest.raises(UniqueViolation) as duplicate:
        await run(Visitor.objects.create, name="ADA", day=day)
    assert (duplicate.value.table, duplicate.value.columns) == (NAME, ["name", "day"])
    assert duplicate.value.constraint == "their key"
    with pytest.raises(NotNullViolation) as missing:
        await run(Visitor.objects.create, day=day)
    assert (missing.value.table, missing.value.columns) == (NAME, ["name"])
    with pytest.raises(CheckViolation) as few:
        await run(Visitor.objects.create, name="bob", count=1)
    assert (few.value.table, few.value.constraint) == (NAME, "many")


async def test_whether_the_server_returns_what_it_made(mysql: Database, run: Any) -> None:
    make(mysql)
    [(version,)] = mysql.rows("SELECT VERSION()")
    assert mysql.pool.dialect.supports_returning == ("MariaDB" in version)
    separator = "&" if "?" in mysql.url else "?"
    without = await run(chakra.create_pool, f"{mysql.url}{separator}returning=false", name="without", max_connections=1)
    assert not without.dialect.supports_returning
    one = await run(Visitor.objects.using(without).create, name="one")
    rows = await run(Visitor.objects.using(without).bulk_create, [Visitor(name="two"), Visitor(name="three")])
    assert [one.id, *(row.id for row in rows)] == [1, 2, 3]
    await run(chakra.close_pool, "without")
