"""Sessions over objects that refer to each other: what hangs on stored ones, deleted circles, changed keys."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chakra import BigInteger, Field, ForeignKey, Integer, Model, OneToMany, OneToOne, Prefetch, Session, String
from chakra.exceptions import QueryError
from conftest import Database
from models import table
from session_models import MODELS, Choir, Face, Seat, Singer, session_of


class Galley(Model):
    __tablename__ = table("session_galleys")
    id = Field(BigInteger, primary_key=True)
    captain_id: Any = Field(BigInteger, ForeignKey(f"{table('session_rowers')}.id"), nullable=True)
    captain: Any = ForeignKey("Rower", foreign_key="captain_id")
    rowers: Any = OneToMany("Rower", back_populates="galley", foreign_key="galley_id")


class Rower(Model):
    """Of a galley always, and at times the one after another."""

    __tablename__ = table("session_rowers")
    id = Field(BigInteger, primary_key=True)
    galley_id: Any = Field(BigInteger, ForeignKey(f"{table('session_galleys')}.id"))
    galley: Any = ForeignKey(Galley, back_populates="rowers", foreign_key="galley_id")
    after_id: Any = Field(BigInteger, ForeignKey(f"{table('session_rowers')}.id"), nullable=True)
    after: Any = ForeignKey("Rower", foreign_key="after_id")
    chest: Any = OneToOne("Chest", back_populates="rower")


class Chest(Model):
    __tablename__ = table("session_chests")
    id = Field(Integer, primary_key=True)
    label = Field(String(20), default="")
    rower_id: Any = Field(BigInteger, ForeignKey(f"{table('session_rowers')}.id"), nullable=True, unique=True)
    rower: Any = OneToOne(Rower, back_populates="chest", foreign_key="rower_id")


@pytest.fixture
def ships(db: Database) -> Database:
    db.create(Galley, Rower, Chest)
    return db


@pytest.fixture
def music(db: Database) -> Database:
    db.create(*MODELS)
    return db


@pytest.mark.parametrize("when", ["read", "flushed", "queried"])
async def test_children_hung_on_a_stored_object_go_along(music: Database, run: Face, when: str) -> None:
    if when == "read":
        await run(Choir.objects.create, name="Bach")
    async with session_of(run) as session:
        if when == "read":
            choir = await run(Choir.objects.prefetch_related("singers").get)
        else:
            choir = Choir(name="Bach", singers=[])
            session.add(choir)
            await run(session.flush if when == "flushed" else Singer.objects.count)
        ada = Singer(name="Ada", choir=choir)
        assert ada in choir.singers
        await run(session.flush)
        assert ada.id is not None
        bo = Singer(name="Bo", choir=choir)
    assert bo.id is not None
    assert sorted(Singer.objects.filter(choir_id=choir.id).values_list("name", flat=True).all_sync()) == ["Ada", "Bo"]


async def test_the_other_end_of_a_one_to_one_goes_along(ships: Database, run: Face) -> None:
    galley = await run(Galley.objects.create)
    rower = await run(Rower.objects.create, galley_id=galley.id)
    async with session_of(run):
        own = await run(Rower.objects.select_related("chest").get, id=rower.id)
        own.chest = Chest(label="new")
    assert Chest.objects.values_list("label", "rower_id").all_sync() == [("new", rower.id)]


@pytest.mark.parametrize("first", ["galley", "captain"])
async def test_a_circle_is_deleted_in_any_order(ships: Database, run: Face, first: str) -> None:
    galley = await run(Galley.objects.create)
    captain = await run(Rower.objects.create, galley_id=galley.id)
    await run(Rower.objects.create, galley_id=galley.id, after_id=captain.id)
    galley.captain_id = captain.id
    await run(galley.save)
    async with session_of(run) as session:
        own = await run(Galley.objects.prefetch_related("rowers").get)
        doomed = [own, *own.rowers]
        for one in doomed if first == "galley" else reversed(doomed):
            session.delete(one)
    assert (Galley.objects.count_sync(), Rower.objects.count_sync()) == (0, 0)


async def test_a_row_that_refers_to_itself_is_deleted(ships: Database, run: Face) -> None:
    galley = await run(Galley.objects.create)
    rower = await run(Rower.objects.create, galley_id=galley.id)
    rower.after_id = rower.id
    await run(rower.save)
    async with session_of(run) as session:
        session.delete(await run(session.get, Rower, rower.id))
    assert Rower.objects.count_sync() == 0


async def test_a_key_that_was_changed_and_rolled_back(music: Database, run: Face) -> None:
    await run(Seat.objects.create, row=1, number=1, guest="Ada")
    async with session_of(run) as session:
        seat = await run(session.get, Seat, (1, 1))
        seat.row = 3
        await run(session.flush)
        await run(session.rollback)
        assert seat.row == 1
        assert await run(session.get, Seat, (3, 1)) is None
        assert await run(session.get, Seat, (1, 1)) is seat
        assert await run(Seat.objects.get) is seat


async def test_streams_after_flushes_of_many_tasks(music: Database) -> None:
    async def work(number: int) -> None:
        session.add(Choir(name=f"choir {number}"))
        await session.flush()
        seen = [choir.name async for choir in Choir.objects.stream()]
        assert f"choir {number}" in seen

    async with Session() as session:
        await asyncio.gather(*(work(number) for number in range(10)))
    assert Choir.objects.count_sync() == 10


async def test_two_queries_for_one_attribute_are_refused(music: Database) -> None:
    loud, soft = Singer.objects.filter(pitch=440), Singer.objects.filter(pitch=220)
    twice = Prefetch("singers", loud, to_attr="some"), Prefetch("singers", soft, to_attr="some")
    with pytest.raises(QueryError, match="some"):
        await Choir.objects.prefetch_related(*twice)
