"""Tables made and dropped in several calls: what lies between two of them, and what each refuses."""

from __future__ import annotations

from typing import Any

import pytest

import chakra
from chakra import BigInteger, Field, ForeignKey, ManyToMany, Model, String
from chakra.exceptions import ForeignKeyViolation, ProgrammingError
from conftest import AsyncFace, BlockingFace, Database
from models import table

Run = AsyncFace | BlockingFace


class Singer(Model):
    __tablename__ = table("apart_singers")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    choirs = ManyToMany("test_tables_apart.Choir", through=table("apart_members"), back_populates="singers")


class Choir(Model):
    __tablename__ = table("apart_choirs")

    id = Field(BigInteger, primary_key=True)
    singers = ManyToMany(Singer, through=table("apart_members"), back_populates="choirs")


class Fan(Model):
    """Names the other end, which does not name it."""

    __tablename__ = table("apart_fans")

    id = Field(BigInteger, primary_key=True)
    idols = ManyToMany(Singer, through=table("apart_idols"))


class Dressing(Model):
    __tablename__ = table("apart_rooms")

    id = Field(BigInteger, primary_key=True)
    singer = ForeignKey(Singer, nullable=True)


@pytest.fixture
def empty(db: Database) -> Any:
    """A database whose tables are made by the test and dropped after it."""
    yield db
    chakra.drop_all_sync(pool=db.pool, models=[Singer, Choir, Fan, Dressing])


@pytest.mark.parametrize("order", [(Singer, Choir), (Choir, Singer)], ids=["singer", "choir"])
async def test_a_junction_comes_with_its_second_end(empty: Database, run: Run, order: tuple[Any, Any]) -> None:
    for model in order:
        await run(chakra.create_all, models=[model])
    ada, choir = await Singer.objects.create(name="Ada"), await Choir.objects.create()
    await run(choir.singers.add, ada)
    assert [singer.name for singer in await choir.singers.all()] == ["Ada"]
    await run(chakra.create_all, models=[order[0]])
    assert await choir.singers.count() == 1, "what is there stays"


@pytest.mark.parametrize("order", [(Singer, Fan), (Fan, Singer)], ids=["singer", "fan"])
async def test_a_junction_that_one_end_names(empty: Database, run: Run, order: tuple[Any, Any]) -> None:
    for model in order:
        await run(chakra.create_all, models=[model])
    fan = await Fan.objects.create()
    await fan.idols.create(name="Ada")
    assert await run(fan.idols.count) == 1


async def test_a_junction_goes_with_either_end(empty: Database, run: Run) -> None:
    await run(chakra.create_all, models=[Singer, Choir])
    choir = await Choir.objects.create()
    await choir.singers.create(name="Ada")
    await run(chakra.drop_all, models=[Choir])
    assert await Singer.objects.count() == 1
    await run(chakra.create_all, models=[Choir])
    choir = await Choir.objects.create()
    await choir.singers.add(await Singer.objects.get())
    assert await choir.singers.count() == 1


async def test_a_table_without_the_one_it_refers_to(empty: Database, run: Run) -> None:
    name = Singer.__tablename__
    with pytest.raises(
        ProgrammingError, match=rf"creating .*: it refers to {name}, which is not there; create_all"
    ) as told:
        await run(chakra.create_all, models=[Dressing])
    assert (told.value.table, told.value.sqlstate) == (name, "42P01")
    await run(chakra.create_all, models=[Singer])
    await run(chakra.create_all, models=[Dressing])
    await Dressing.objects.create(singer=await Singer.objects.create(name="Ada"))


@pytest.mark.parametrize("rows", [False, True], ids=["empty", "used"])
async def test_a_table_that_another_refers_to(empty: Database, run: Run, rows: bool) -> None:
    await run(chakra.create_all, models=[Singer, Dressing])
    if rows:
        await Dressing.objects.create(singer=await Singer.objects.create(name="Ada"))
    with pytest.raises(ForeignKeyViolation, match=rf"dropping {Singer.__tablename__}: .*drop both together") as told:
        await run(chakra.drop_all, models=[Singer])
    assert told.value.table == Singer.__tablename__
    assert await Dressing.objects.count() == int(rows), "nothing was dropped"
    await run(chakra.drop_all, models=[Dressing])
    await run(chakra.drop_all, models=[Singer])
    await run(chakra.drop_all, models=[Singer])
