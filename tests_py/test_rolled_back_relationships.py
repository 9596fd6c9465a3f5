"""What a rolled back block leaves in collections, in what they changed, and in what it loaded."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest

import chakra
from chakra import Field, ForeignKey, Integer, ManyToMany, Model, OneToMany, OneToOne, String
from chakra.exceptions import NotLoadedError
from chakra.mixins import TimestampMixin, VersionMixin
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace


class Quiver(Model):
    __tablename__ = table("rolled_quivers")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))
    arrows = OneToMany("test_rolled_back_relationships.Arrow", back_populates="quiver")
    lid = OneToOne("test_rolled_back_relationships.QuiverLid", back_populates="quiver")


class Arrow(TimestampMixin, VersionMixin, Model):
    __tablename__ = table("rolled_arrows")
    id = Field(Integer, primary_key=True)
    label = Field(String(40))
    quiver_id: Any = Field(Integer, ForeignKey(f"{table('rolled_quivers')}.id", on_delete="CASCADE"), nullable=True)
    quiver: Any = ForeignKey(Quiver, back_populates="arrows")
    feathers = ManyToMany(
        "test_rolled_back_relationships.Feather", through=table("rolled_fletchings"), back_populates="arrows"
    )


class Feather(Model):
    __tablename__ = table("rolled_feathers")
    id = Field(Integer, primary_key=True)
    colour = Field(String(40))
    arrows = ManyToMany(Arrow, through=table("rolled_fletchings"), back_populates="feathers")


class QuiverLid(Model):
    __tablename__ = table("rolled_lids")
    id = Field(Integer, primary_key=True)
    quiver_id: Any = Field(Integer, ForeignKey(f"{table('rolled_quivers')}.id", on_delete="CASCADE"), unique=True)
    quiver: Any = OneToOne(Quiver, back_populates="lid")


class Refused(Exception):
    pass


@contextlib.asynccontextmanager
async def block(run: Face) -> AsyncIterator[None]:
    if isinstance(run, AsyncFace):
        async with chakra.transaction():
            yield
    else:
        with chakra.transaction():
            yield


@contextlib.asynccontextmanager
async def refused(run: Face, *, inside: bool) -> AsyncIterator[None]:
    """A block that is rolled back: the whole transaction, or a savepoint in one that is kept."""
    async with block(run) if inside else contextlib.nullcontext():
        with contextlib.suppress(Refused):
            async with block(run):
                yield
                raise Refused


@pytest.fixture(params=[False, True], ids=["whole", "savepoint"])
def inside(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def quivers(db: Database) -> Database:
    db.create(Quiver, Arrow, Feather, QuiverLid)
    return db


async def filled(run: Face, name: str, labels: str) -> Quiver:
    """A quiver with its arrows, loaded."""
    quiver = await run(Quiver.objects.create, name=name)
    for label in labels:
        await run(Arrow.objects.create, label=label, quiver_id=quiver.id)
    quiver = await run(Quiver.objects.prefetch_related("arrows").get, id=quiver.id)
    return quiver


def held(quiver: Quiver) -> list[str]:
    return [arrow.label for arrow in quiver.arrows]


def state(arrow: Arrow) -> tuple[Any, ...]:
    """What an arrow says of itself, and what its next save would write."""
    return (arrow.quiver_id, arrow.version, arrow.updated_at, arrow._is_loaded(), arrow._changed_fields())


async def agree(run: Face, *quivers: Quiver) -> None:
    """Memory holds what the database does."""
    for quiver in quivers:
        again = await run(Quiver.objects.prefetch_related("arrows").get, id=quiver.id)
        assert held(quiver) == held(again)
        by_key = {arrow.id: arrow for arrow in again.arrows}
        for arrow in quiver.arrows:
            same = by_key[arrow.id]
            assert (arrow.quiver_id, arrow.version) == (same.quiver_id, same.version)
            assert arrow.quiver is quiver
            assert arrow._changed_fields() == []


async def test_what_was_added_leaves_again(quivers: Database, run: Face, inside: bool) -> None:
    quiver = await filled(run, "one", "ab")
    loose = await run(Arrow.objects.create, label="loose")
    new = Arrow(label="new")
    before = state(loose)
    async with refused(run, inside=inside):
        await run(quiver.arrows.add, loose, new)
        made = await run(quiver.arrows.create, label="made")
        assert held(quiver) == ["a", "b", "loose", "new", "made"]
        assert loose.quiver is quiver
        assert loose.version == 2
    assert state(loose) == before
    assert (new.id, new._is_loaded(), new.quiver_id) == (None, False, None)
    assert (made.id, made._is_loaded()) == (None, False)
    await agree(run, quiver)
    # The same again writes the same again.
    await run(quiver.arrows.add, loose, new)
    assert held(quiver) == ["a", "b", "loose", "new"]
    await agree(run, quiver)


async def test_what_moved_goes_back_to_its_place(quivers: Database, run: Face, inside: bool) -> None:
    source, target = await filled(run, "source", "abcd"), await filled(run, "target", "x")
    b, before = source.arrows[1], state(source.arrows[1])
    async with refused(run, inside=inside):
        await run(target.arrows.add, b)
        assert (held(source), held(target)) == (["a", "c", "d"], ["x", "b"])
        assert b.quiver is target
    assert (held(source), held(target)) == (["a", "b", "c", "d"], ["x"])
    assert b.quiver is source
    assert state(b) == before
    await agree(run, source, target)


@pytest.mark.parametrize("verb", ["remove", "set", "clear", "delete"])
async def test_what_left_comes_back(quivers: Database, run: Face, inside: bool, verb: str) -> None:
    quiver = await filled(run, "one", "abcd")
    arrows = list(quiver.arrows)
    before = [state(arrow) for arrow in arrows]
    stranger = await run(Arrow.objects.create, label="stranger")
    async with refused(run, inside=inside):
        if verb == "remove":
            await run(quiver.arrows.remove, arrows[2], arrows[0])
            assert held(quiver) == ["b", "d"]
        elif verb == "set":
            await run(quiver.arrows.set, [arrows[3], stranger])
            assert held(quiver) == ["d", "stranger"]
        else:
            await run(getattr(quiver.arrows, verb))
            assert held(quiver) == []
        if verb != "delete":
            assert arrows[0].quiver is None
            assert arrows[0].version == 2
    assert [state(arrow) for arrow in arrows] == before
    assert [arrow.label for arrow in quiver.arrows] == list("abcd")
    assert all(mine is yours for mine, yours in zip(quiver.arrows, arrows, strict=True))
    assert stranger.quiver_id is None
    await agree(run, quiver)


async def test_both_sides_of_many_to_many(quivers: Database, run: Face, inside: bool) -> None:
    arrow = await run(Arrow.objects.create, label="a")
    red, blue, green = [await run(Feather.objects.create, colour=name) for name in ("red", "blue", "green")]
    await run(arrow.feathers.add, red, blue)
    arrow = await run(Arrow.objects.prefetch_related("feathers__arrows").get, id=arrow.id)
    red, blue = sorted(arrow.feathers, key=lambda feather: feather.colour, reverse=True)
    green = await run(Feather.objects.prefetch_related("arrows").get, colour="green")

    def colours() -> list[str]:
        return sorted(feather.colour for feather in arrow.feathers)

    async with refused(run, inside=inside):
        await run(arrow.feathers.set, [blue, green])
        await run(arrow.feathers.create, colour="white")
        assert colours() == ["blue", "green", "white"]
        assert list(red.arrows) == []
        assert list(green.arrows) == [arrow]
    assert colours() == ["blue", "red"]
    assert (list(red.arrows), list(blue.arrows), list(green.arrows)) == ([arrow], [arrow], [])
    again = await run(Arrow.objects.prefetch_related("feathers").get, id=arrow.id)
    assert sorted(feather.colour for feather in again.feathers) == colours()


async def test_an_assignment_before_the_block_waits_to_be_written_again(
    quivers: Database, run: Face, inside: bool
) -> None:
    one, two, three = [await filled(run, name, "") for name in ("one", "two", "three")]
    arrow = await run(Arrow.objects.create, label="a", quiver_id=one.id)
    arrow.quiver = two
    async with refused(run, inside=inside):
        await run(three.arrows.add, arrow)
        assert arrow._changed_fields() == []
    assert (arrow.quiver_id, arrow._changed_fields()) == (two.id, ["quiver_id"])
    assert arrow.quiver is two
    assert (held(two), held(three)) == (["a"], [])
    await run(arrow.save)
    assert (await run(Arrow.objects.get, id=arrow.id)).quiver_id == two.id


async def test_what_was_assigned_since_stays(quivers: Database, run: Face, inside: bool) -> None:
    one, two = await filled(run, "one", "a"), await filled(run, "two", "")
    arrow = one.arrows[0]
    async with refused(run, inside=inside):
        await run(one.arrows.remove, arrow)
        arrow.quiver = two
    assert (arrow.quiver_id, held(two)) == (two.id, ["a"])
    assert arrow._changed_fields() == ["quiver_id"]
    await run(arrow.save)
    assert (await run(Arrow.objects.get, id=arrow.id)).quiver_id == two.id


async def test_what_nobody_holds_is_loaded_anew(quivers: Database, run: Face, inside: bool) -> None:
    quiver = await filled(run, "one", "ab")
    async with refused(run, inside=inside):
        gone = weakref.ref(quiver.arrows[0])
        await run(quiver.arrows.remove, quiver.arrows[0])
        gc.collect()
        assert gone() is None, "the block keeps what it wrote alive"
    with pytest.raises(NotLoadedError):
        held(quiver)
    await run(quiver.arrows.load)
    assert held(quiver) == ["a", "b"]


async def test_a_deleted_object_is_one_that_is_there(quivers: Database, run: Face, inside: bool) -> None:
    quiver = await filled(run, "one", "ab")
    arrow = quiver.arrows[0]
    async with refused(run, inside=inside):
        await run(arrow.delete)
        assert not arrow._is_loaded()
    assert arrow._is_loaded()
    arrow.label = "again"
    await run(arrow.save)
    assert (await run(Arrow.objects.get, id=arrow.id)).label == "again"


async def test_what_was_loaded_of_changed_rows_is_not_loaded_again(quivers: Database, run: Face, inside: bool) -> None:
    quiver = await run(Quiver.objects.create, name="one")
    lid = await run(QuiverLid.objects.create, quiver_id=quiver.id)
    arrow = await run(Arrow.objects.create, label="a", quiver_id=quiver.id)
    quiver, arrow = await run(Quiver.objects.get, id=quiver.id), await run(Arrow.objects.get, id=arrow.id)
    async with refused(run, inside=inside):
        await run(Arrow.objects.create, label="phantom", quiver_id=quiver.id)
        await run(QuiverLid.objects.filter(id=lid.id).delete)
        await run(quiver.arrows.load)
        assert held(quiver) == ["a", "phantom"]
        assert await run(quiver.lid.load) is None
    with pytest.raises(NotLoadedError):
        held(quiver)
    await run(quiver.arrows.load)
    assert held(quiver) == ["a"]
    assert (await run(quiver.lid.load)).id == lid.id


async def test_what_a_block_without_writes_loaded_stays(quivers: Database, run: Face) -> None:
    quiver = await filled(run, "one", "ab")
    quiver = await run(Quiver.objects.get, id=quiver.id)
    async with refused(run, inside=False):
        await run(quiver.arrows.load)
    assert held(quiver) == ["a", "b"]


async def test_what_was_read_again_is_as_before(quivers: Database, run: Face, inside: bool) -> None:
    arrow = await run(Arrow.objects.create, label="stored")
    arrow.label = "pending"
    async with refused(run, inside=inside):
        await run(Arrow.objects.filter(id=arrow.id).update, label="uncommitted")
        await run(arrow.refresh)
        assert (arrow.label, arrow.version, arrow._changed_fields()) == ("uncommitted", 2, [])
    assert (arrow.label, arrow.version, arrow._changed_fields()) == ("pending", 1, ["label"])
    await run(arrow.save)
    again = await run(Arrow.objects.get, id=arrow.id)
    assert (again.label, again.version) == ("pending", 2)


async def test_what_a_block_without_writes_read_again_stays(quivers: Database, run: Face) -> None:
    arrow = await run(Arrow.objects.create, label="old")
    await run(Arrow.objects.filter(id=arrow.id).update, label="new")
    async with refused(run, inside=False):
        await run(arrow.refresh)
    assert arrow.label == "new"


async def test_a_key_of_a_parent_that_is_new_again_is_forgotten(quivers: Database, run: Face, inside: bool) -> None:
    quiver, arrow = Quiver(name="one"), Arrow(label="a")
    arrow.quiver = quiver
    async with refused(run, inside=inside):
        await run(quiver.save)
        await run(arrow.save)
        assert arrow.quiver_id == quiver.id
        await run(quiver.arrows.load)
    assert (quiver.id, arrow.id, arrow.quiver_id) == (None, None, None)
    assert arrow.quiver is quiver
    assert held(quiver) == ["a"]
    await run(quiver.save)
    await run(arrow.save)
    assert (await run(Arrow.objects.get, label="a")).quiver_id == quiver.id
