"""What a rolled back block leaves in the objects that it wrote, and streams inside of blocks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

import chakra
from chakra import JSON, Field, ForeignKey, Integer, Model, String
from chakra.exceptions import TransactionConflict
from chakra.mixins import SoftDeleteMixin, TimestampMixin, VersionMixin
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace
MANY = 1_500


class Box(Model):
    __tablename__ = table("undone_boxes")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))
    number = Field(Integer, default=0)
    label = Field(String(20), server_default="'plain'")
    data = Field(JSON, nullable=True)


class Paper(TimestampMixin, SoftDeleteMixin, VersionMixin, Model):
    __tablename__ = table("undone_papers")
    id = Field(Integer, primary_key=True)
    title = Field(String(40))


class Sideboard(Model):
    __tablename__ = table("undone_shelves")
    id = Field(Integer, primary_key=True)
    name = Field(String(60))


class PreserveJar(Model):
    __tablename__ = table("undone_jars")
    id = Field(Integer, primary_key=True)
    label = Field(String(20))
    shelf_id: Any = Field(Integer, ForeignKey(f"{table('undone_shelves')}.id", on_delete="CASCADE"))
    shelf: Any = ForeignKey(Sideboard)


class Refused(Exception):
    pass


@contextlib.asynccontextmanager
async def refused(run: Face) -> AsyncIterator[None]:
    """A block that is rolled back."""
    with pytest.raises(Refused):
        if isinstance(run, AsyncFace):
            async with chakra.transaction():
                yield
                raise Refused
        else:
            with chakra.transaction():
                yield
                raise Refused


@pytest.fixture
def boxes(db: Database) -> Database:
    db.create(Box, Paper)
    return db


def stored() -> list[tuple[Any, ...]]:
    return [(box.name, box.number, box.data) for box in Box.objects.order_by("name").all_sync()]


async def test_a_new_object_is_new_again(boxes: Database, run: Face) -> None:
    box = Box(name="a", data={"k": 1})
    async with refused(run):
        await run(box.save)
        assert (box.id is None, box.label) == (False, "plain")
    assert (box.id, box.name, box.data) == (None, "a", {"k": 1})
    await run(box.save)
    assert stored() == [("a", 0, {"k": 1})]


async def test_a_change_is_unwritten_again(boxes: Database, run: Face) -> None:
    box = await run(Box.objects.create, name="a", data={"k": 1})
    async with refused(run):
        box.number = 2
        box.data["k"] = 3
        await run(box.save)
    assert stored() == [("a", 0, {"k": 1})]
    await run(box.save)
    assert stored() == [("a", 2, {"k": 3})]


async def test_many_objects_and_those_of_savepoints(boxes: Database, run: Face) -> None:
    kept, undone = [Box(name=f"kept {n}") for n in range(3)], [Box(name=f"undone {n}") for n in range(3)]

    async def work() -> None:
        await run(Box.objects.bulk_create, kept)
        async with refused(run):
            await run(Box.objects.bulk_create, undone)
        await run(undone[0].save)

    if isinstance(run, AsyncFace):
        async with chakra.transaction():
            await work()
    else:
        with chakra.transaction():
            await work()
    assert [box.id is None for box in kept + undone] == [False] * 4 + [True] * 2
    assert len(stored()) == 4


async def test_a_savepoint_that_was_kept_goes_with_its_block(boxes: Database, run: Face) -> None:
    box = Box(name="a")
    async with refused(run):
        if isinstance(run, AsyncFace):
            async with chakra.transaction():
                await run(box.save)
        else:
            with chakra.transaction():
                await run(box.save)
    assert box.id is None
    await run(box.save)
    assert len(stored()) == 1


async def test_stamps_and_versions(boxes: Database, run: Face) -> None:
    paper = await run(Paper.objects.create, title="a")
    before = (paper.version, paper.updated_at, paper.deleted_at)
    async with refused(run):
        paper.title = "b"
        await run(paper.save)
        await run(paper.delete)
        assert paper.deleted_at is not None
    assert (paper.version, paper.updated_at, paper.deleted_at) == before
    await run(paper.save)
    again = await run(Paper.objects.get, id=paper.id)
    assert (again.title, again.version, paper.version) == ("b", 2, 2)


async def test_what_was_deleted_is_there(boxes: Database, run: Face) -> None:
    box = await run(Box.objects.create, name="a")
    async with refused(run):
        await run(box.delete)
    box.number = 5
    await run(box.save)
    assert stored() == [("a", 5, None)]


async def test_running_again_writes_again(boxes: Database) -> None:
    box = Box(name="a")
    runs = 0

    @chakra.retry_on_conflict(times=3, delay=0)
    @chakra.transaction()
    async def work() -> None:
        nonlocal runs
        runs += 1
        await box.save()
        if runs == 1:
            raise TransactionConflict("the first run is always in the way")

    await work()
    assert stored() == [("a", 0, None)]


async def test_a_loop_over_a_stream_may_write(boxes: Database, run: Face) -> None:
    await run(Box.objects.bulk_create, [Box(name=f"{n:05}") for n in range(MANY)])

    async def work() -> None:
        seen = 0
        async for box in run.stream(Box.objects.order_by("name")):
            seen += 1
            if seen % 300 == 0:
                box.number = seen
                await run(box.save)
                assert await run(Box.objects.filter(number=seen).count) == 1
        assert seen == MANY
        async for part in run.stream(Box.objects.order_by("name"), batch_size=100):
            if isinstance(run, AsyncFace):
                async with chakra.transaction():
                    await run(Box.objects.filter(id=part[0].id).update, number=1)
            else:
                with chakra.transaction():
                    await run(Box.objects.filter(id=part[0].id).update, number=1)

    if isinstance(run, AsyncFace):
        async with chakra.transaction():
            await work()
    else:
        with chakra.transaction():
            await work()
    # 300, 600, … are rows 299, 599, …; the first of each hundred are others.
    assert Box.objects.exclude(number=0).count_sync() == MANY // 300 + MANY // 100


async def test_a_loop_over_a_stream_may_be_left(boxes: Database) -> None:
    await Box.objects.bulk_create([Box(name=f"{n:05}") for n in range(MANY)])
    async with chakra.transaction():
        await Box.objects.create(name="before")
        for _ in range(3):
            async for _box in Box.objects.stream():
                break
        with contextlib.suppress(Refused):
            async with chakra.transaction():
                async for _box in Box.objects.stream(batch_size=10):
                    raise Refused
        await Box.objects.create(name="after")
    assert await Box.objects.filter(name__in=["before", "after"]).count() == 2
    with chakra.transaction():
        for _box in Box.objects.stream_sync():
            break
        Box.objects.create_sync(name="blocking")
    assert await Box.objects.filter(name="blocking").exists()
    assert chakra.get_pool().metrics().active == 0


async def test_a_slow_stream_does_not_hold_a_rollback_up(boxes: Database) -> None:
    if boxes.backend == "sqlite":
        pytest.skip("SQLite has no function that sleeps")
    sleep = {"postgres": "SELECT pg_sleep(60)", "mysql": "SELECT SLEEP(60)"}[boxes.backend]

    async def work() -> None:
        async with chakra.transaction():
            await Box.objects.create(name="undone")
            async for _ in chakra.raw(sleep).stream():
                pass

    await chakra.close_pool()
    pool = await chakra.connect(boxes.url, max_connections=1, acquire_timeout=20)
    begun = time.monotonic()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(work(), 0.3)
    assert time.monotonic() - begun < 20
    # The pool has one connection: the statement is ended, and another has taken its place.
    assert await Box.objects.count() == 0
    await pool.close()


async def test_a_child_follows_its_parent_through_a_rollback(boxes: Database, run: Face) -> None:
    boxes.create(Sideboard, PreserveJar)
    shelf = Sideboard(name="top")
    jar = PreserveJar(label="salt", shelf=shelf)
    async with refused(run):
        await run(shelf.save)
        await run(jar.save)
    await run(Sideboard.objects.create, name="a stranger's, which may have the key")
    await run(shelf.save)
    await run(jar.save)
    assert (await run(PreserveJar.objects.get, label="salt")).shelf_id == shelf.id
