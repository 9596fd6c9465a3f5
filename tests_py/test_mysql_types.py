"""The types that MySQL and MariaDB alone have: round trips, bad input, comparisons, and what other databases say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chakra
from chakra import BigInteger, CheckConstraint, Field, Model, check_models
from chakra.exceptions import DatabaseError, DecodeError, DefinitionError, FieldError, ValidationError
from chakra.mysql import Set, Year
from conftest import Database, open_database
from models import table

GRAPES = ("merlot", "pinot noir", "riesling", "it's", "grüner 😀")


class Wine(Model):
    __tablename__ = table("wines")

    id = Field(BigInteger, primary_key=True)
    grapes = Field(Set(*GRAPES), nullable=True)
    vintage = Field(Year, nullable=True)


@pytest.fixture
def db(tmp_path: Any) -> Iterator[Database]:
    database = open_database("mysql", tmp_path)
    database.create(Wine)
    yield database
    database.close()


async def test_sets(db: Database, run: Any) -> None:
    for number, value in enumerate([None, set(), {"merlot"}, {"riesling", "it's"}, set(GRAPES)], 1):
        kept = None if value is None else frozenset(value)
        made = await run(Wine.objects.create, id=number, grapes=value)
        assert (type(made.grapes), made.grapes) == (type(kept), kept)
        read = await run(Wine.objects.get, id=number)
        assert (type(read.grapes), read.grapes) == (type(kept), kept)
        assert [wine.id for wine in await run(Wine.objects.filter(grapes=value).all)] == [number]
        assert [wine.id for wine in await run(Wine.objects.filter(grapes__in=[value]).all)] == [number]
    assert await run(Wine.objects.exclude(grapes={"merlot"}).count) == 4
    assert await run(Wine.objects.filter(id=1).update, grapes=["pinot noir", "merlot"]) == 1
    assert (await run(Wine.objects.get, id=1)).grapes == {"merlot", "pinot noir"}
    assert db.rows(f"SELECT grapes FROM {table('wines')} WHERE id = 1") == [("merlot,pinot noir",)]


async def test_years(db: Database, run: Any) -> None:
    years = [1901, 1970, 2000, 2155]
    await run(Wine.objects.bulk_create, [Wine(vintage=year) for year in years])
    found = await run(Wine.objects.order_by("-vintage").values_list("vintage", flat=True).all)
    assert found == years[::-1]
    assert await run(Wine.objects.filter(vintage__gte=1970, vintage__lt=2155).count) == 2
    assert await run(Wine.objects.filter(vintage__in=[1901, 1902]).count) == 1


@pytest.mark.parametrize("count", [3, 500])
async def test_many_rows_at_once(db: Database, run: Any, count: int) -> None:
    values = [None, frozenset(), frozenset({"it's"}), frozenset(GRAPES)]
    await run(Wine.objects.bulk_create, [Wine(grapes=values[at % 4], vintage=1901 + at % 255) for at in range(count)])
    read = await run(Wine.objects.order_by("id").all)
    assert [(wine.grapes, wine.vintage) for wine in read] == [(values[at % 4], 1901 + at % 255) for at in range(count)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("grapes", value) for value in ("merlot", {"cabernet"}, {1}, {None}, {"merlot": 1}, 5, {"\ud800"}, {"a,b"})),
        *(("vintage", value) for value in (1900, 2156, 0, -1, True, 2000.0, "two thousand", 10**30)),
    ],
)
def test_bad_values_are_refused_before_any_sql(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        Wine(**{field: value})
    with pytest.raises(ValidationError, match=field):
        setattr(Wine(), field, value)


@pytest.mark.parametrize(
    "members", [(), ("a", "a"), ("a,b",), ("",), ("a ",), (1,), ("a\0",), [str(n) for n in range(65)]]
)
def test_bad_sets_are_definition_errors(members: tuple[Any, ...]) -> None:
    class Bad(Model):
        id = Field(BigInteger, primary_key=True)
        some = Field(Set(*members))

    with pytest.raises(DefinitionError, match=r"some.*Set"):
        Bad()


def test_sets_have_no_order() -> None:
    with pytest.raises(FieldError, match="order"):
        Wine.objects.order_by("grapes")
    with pytest.raises(FieldError, match="order"):
        Wine.objects.filter(grapes__gt={"merlot"})


async def test_what_other_programs_stored(db: Database, run: Any) -> None:
    name = table("wines")
    db.rows(f"INSERT INTO {name} (id, vintage) VALUES (1, 0)")
    assert (await run(Wine.objects.get, id=1)).vintage == 0
    db.rows(f"ALTER TABLE {name} MODIFY grapes BLOB")
    db.rows(f"INSERT INTO {name} (id, grapes) VALUES (2, 'merlot')")
    with pytest.raises(DatabaseError, match=f"{name}.grapes"):
        await run(Wine.objects.get, id=2)
    db.rows(f"ALTER TABLE {name} MODIFY grapes VARCHAR(50)")
    for stored, shown in (("merlot,primitivo", "primitivo"), ("merlot,merlot", "twice")):
        db.rows(f"UPDATE {name} SET grapes = '{stored}' WHERE id = 2")
        with pytest.raises(DecodeError, match=shown):
            await run(Wine.objects.get, id=2)


async def test_a_condition_on_a_numbered_key_is_refused(db: Database) -> None:
    class Numbered(Model):
        __tablename__ = table("numbered_wines")
        id = Field(BigInteger, primary_key=True)
        __table_args__ = (CheckConstraint("id > 0"),)

    [fault] = check_models([Numbered], dialect="mysql")
    assert "takes no condition on a column that it numbers" in fault.message
    assert check_models([Numbered], dialect="sqlite") == []

    class Ruled(Model):
        __tablename__ = table("ruled_wines")
        id = Field(BigInteger, primary_key=True, min_value=1)

    [fault] = check_models([Ruled], dialect="mysql")
    assert (fault.attribute, "db_check=False" in fault.hint) == ("id", True)


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
@pytest.mark.parametrize("field", [Set("a"), Year()])
def test_other_databases_refuse_the_type_by_name(backend: str, tmp_path: Any, field: Any) -> None:
    class Elsewhere(Model):
        id = Field(BigInteger, primary_key=True)
        own = Field(field)

    database = open_database(backend, tmp_path)
    try:
        with pytest.raises(DefinitionError, match=rf"Elsewhere\.own: {type(field).__name__} is a type of MySQL"):
            chakra.create_all_sync(models=[Elsewhere])
    finally:
        database.close()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(grapes=st.none() | st.sets(st.sampled_from(GRAPES)), vintage=st.none() | st.integers(1901, 2155))
def test_random_values(db: Database, grapes: set[str] | None, vintage: int | None) -> None:
    made = Wine.objects.create_sync(grapes=grapes, vintage=vintage)
    read = Wine.objects.get_sync(id=made.id, grapes=grapes, vintage=vintage)
    assert (read.grapes, read.vintage) == (grapes, vintage)
