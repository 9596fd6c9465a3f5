"""Fields that the database fills: None is a value, no value is the database's default."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Any

import pytest

import chakra
from chakra import BigInteger, Field, ForeignKey, Integer, Model, String, Text, model_validator, validator
from chakra.exceptions import ValidationError
from conftest import Database
from models import Defaulted, table


class Filled(Model):
    """A field that may be NULL and one that may not."""

    __tablename__ = table("filled")
    id = Field(BigInteger, primary_key=True)
    name = Field(String(20), default="x")
    level = Field(Integer, server_default="7")
    note = Field(Text, nullable=True, server_default="'none'")


class Checked(Model):
    """As `Filled`, with validators of both kinds."""

    __tablename__ = table("filled_and_checked")
    id = Field(BigInteger, primary_key=True)
    note = Field(Text, nullable=True, server_default="'none'")
    seen = Field(Text, nullable=True)

    @validator("note")
    def clear(self, value: str) -> str | None:
        return None if value == "-" else value

    @model_validator
    def look(self) -> None:
        self.seen = repr(self.note)


class Named(Model):
    """Its key comes of an expression."""

    __tablename__ = table("named_by_the_database")
    id = Field(Integer, primary_key=True, server_default="6 * 7")
    note = Field(Text, nullable=True, server_default="'none'")


class Owner(Model):
    __tablename__ = table("owners_by_default")
    id = Field(Integer, primary_key=True)


class Owned(Model):
    """A foreign key with a default."""

    __tablename__ = table("owned_by_default")
    id = Field(Integer, primary_key=True)
    owner_id = Field(Integer, ForeignKey(f"{table('owners_by_default')}.id"), nullable=True, server_default="1")
    owner = ForeignKey(Owner)


async def stored(run: Any, made: Filled) -> tuple[int, str | None]:
    """What the database holds of an object, which the object holds, too."""
    read = await run(Filled.objects.get, pk=made.pk)
    assert read.to_dict() == made.to_dict()
    return read.level, read.note


def test_none_is_a_value_where_null_is_allowed() -> None:
    assert Filled().note is None
    assert Filled(note=None).note is None
    assert Filled().to_dict() == {"id": None, "name": "x"}
    assert Filled(note=None).to_dict() == {"id": None, "name": "x", "note": None}
    assert repr(Filled()) == "Filled(id=None, name='x')"
    assert repr(Filled(note=None)) == "Filled(id=None, name='x', note=None)"


def test_none_is_refused_at_once_where_it_is_not() -> None:
    with pytest.raises(ValidationError, match="leave the field out for the database's default") as caught:
        Filled(level=None)
    assert (caught.value.field, caught.value.constraint) == ("level", "nullable=False")
    filled = Filled(level=1)
    with pytest.raises(ValidationError):
        filled.level = None  # type: ignore[assignment]
    assert filled.level == 1
    with pytest.raises(ValidationError):
        Filled.objects.create_sync(level=None)


async def test_none_is_written_and_no_value_is_the_default(db: Database, run: Any) -> None:
    db.create(Filled)
    assert await stored(run, await run(Filled.objects.create)) == (7, "none")
    assert await stored(run, await run(Filled.objects.create, note=None)) == (7, None)
    assert await stored(run, await run(Filled.objects.create, level=0, note="")) == (0, "")
    assigned = Filled()
    assigned.note = None
    await run(assigned.save)
    assert await stored(run, assigned) == (7, None)
    assigned.note = "x"
    await run(assigned.save)
    assigned.note = None
    assert assigned._changed_fields() == ["note"]
    await run(assigned.save, update_fields=["note"])
    assert await stored(run, assigned) == (7, None)
    reassigned = Filled(note=None)
    reassigned.note = "y"
    await run(reassigned.save)
    assert await stored(run, reassigned) == (7, "y")


async def test_many_rows_of_which_some_have_none(db: Database, run: Any) -> None:
    db.create(Filled)
    given: list[dict[str, Any]] = [{}, {"note": None}, {"level": 1}, {"level": 2, "note": None}, {"note": "x"}] * 30
    made = await run(Filled.objects.bulk_create, [Filled(**values) for values in given])
    for one, values in zip(made, given, strict=True):
        assert await stored(run, one) == (values.get("level", 7), values.get("note", "none"))


@pytest.mark.parametrize(
    "again",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda made, protocol=protocol: pickle.loads(pickle.dumps(made, protocol)) for protocol in range(6)),
        lambda made: type(made).from_dict(made.to_dict()),
        lambda made: type(made)(**made.to_dict()),
    ],
)
async def test_copies_know_what_was_given(db: Database, again: Any) -> None:
    db.create(Filled)
    for values, expected in [({}, (7, "none")), ({"note": None}, (7, None)), ({"level": 3}, (3, "none"))]:
        made = again(Filled(**values))
        made.save_sync()
        read = Filled.objects.get_sync(pk=made.pk)
        assert (read.level, read.note) == (made.level, made.note) == expected
        other = again(read)
        assert other.to_dict() == read.to_dict()


async def test_a_copy_of_a_row_with_null_has_null(db: Database, run: Any) -> None:
    db.create(Filled)
    made = await run(Filled.objects.create, note=None)
    read = await run(Filled.objects.get, pk=made.pk)
    twin = Filled.from_dict({**read.to_dict(), "id": None})
    await run(twin.save)
    assert twin.pk != made.pk
    assert await stored(run, twin) == (7, None)
    await run(twin.delete)
    twin.pk = None
    await run(twin.save)
    assert await stored(run, twin) == (7, None)


async def test_a_row_that_is_deleted_and_saved_again(db: Database, run: Any) -> None:
    db.create(Filled)
    made = await run(Filled.objects.create)
    made.note = None
    await run(made.save)
    await run(made.delete)
    await run(made.save)
    assert await stored(run, made) == (7, None)


async def test_a_rolled_back_insert_leaves_open_what_was_left_open(db: Database) -> None:
    db.create(Filled)
    left, given, late = Filled(), Filled(note=None), Filled()

    @chakra.transaction()
    async def fail() -> None:
        await left.save()
        await Filled.objects.bulk_create([given, late])
        assert (left.level, left.note, given.note, late.note) == (7, "none", None, "none")
        late.note = None
        raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        await fail()
    assert left.to_dict() == {"id": None, "name": "x"}
    assert given.to_dict() == {"id": None, "name": "x", "note": None}
    assert late.to_dict() == {"id": None, "name": "x", "note": None}
    for made, expected in [(left, (7, "none")), (given, (7, None)), (late, (7, None))]:
        await made.save()
        read = await Filled.objects.get(pk=made.pk)
        assert (read.level, read.note) == (made.level, made.note) == expected


async def test_a_failed_insert_leaves_open_what_was_left_open(db: Database, run: Any) -> None:
    db.create(Filled)
    taken = await run(Filled.objects.create)
    made = Filled(id=taken.id)
    with pytest.raises(chakra.exceptions.UniqueViolation):
        await run(made.save)
    assert made.to_dict() == {"id": taken.id, "name": "x"}
    made.id = taken.id + 1
    await run(made.save)
    assert await stored(run, made) == (7, "none")


async def test_what_is_assigned_during_the_insert_stays(db: Database) -> None:
    db.create(Filled)
    made = Filled()
    saving = asyncio.ensure_future(made.save())
    made.level, made.note = 3, None  # type: ignore[assignment]
    await saving
    assert (made.level, made.note, made._changed_fields()) == (3, None, ["level", "note"])
    await made.save()
    read = await Filled.objects.get(pk=made.pk)
    assert (read.level, read.note) == (3, None)


async def test_validators_see_none_where_no_value_was_given(db: Database, run: Any) -> None:
    db.create(Checked)
    for values, expected in [
        ({}, ("none", "None")),
        ({"note": None}, (None, "None")),
        ({"note": "-"}, (None, "None")),
        ({"note": "a"}, ("a", "'a'")),
    ]:
        made = await run(Checked.objects.create, **values)
        read = await run(Checked.objects.get, pk=made.pk)
        assert (read.note, read.seen) == expected


async def test_a_key_of_none_is_no_key_yet(db: Database, run: Any) -> None:
    db.create(Named)
    made = await run(Named.objects.create, id=None, note=None)
    assert (made.id, made.note) == (42, None)
    await run(made.delete)
    made.id = None
    await run(made.save)
    assert (made.id, made.note) == (42, None)
    assert Named().to_dict() == {"id": None}


async def test_a_parent_of_none_is_no_parent(db: Database, run: Any) -> None:
    db.create(Owner, Owned)
    first = await run(Owner.objects.create)
    assert (await run(Owned.objects.create)).owner_id == first.id
    assert (await run(Owned.objects.create, owner=None)).owner_id is None
    orphan = Owned()
    orphan.owner = None
    await run(orphan.save)
    assert [made.owner_id for made in await run(Owned.objects.order_by("id").all)] == [1, None, None]
    other = Owner()
    child = Owned(owner=other)
    await run(other.save)
    await run(child.save)
    assert (await run(Owned.objects.get, pk=child.pk)).owner_id == other.id


async def test_updates_take_none_as_a_value(db: Database, run: Any) -> None:
    db.create(Defaulted, Filled)
    await run(Filled.objects.create)
    assert await run(Filled.objects.update, note=None) == 1
    assert (await run(Filled.objects.get)).note is None
    with pytest.raises(ValidationError):
        await run(Filled.objects.update, level=None)


def test_an_object_that_was_never_constructed_leaves_all_open(db: Database) -> None:
    db.create(Filled)
    made = Filled.__new__(Filled)
    made.name = "y"
    made.save_sync()
    read = Filled.objects.get_sync(pk=made.pk)
    assert (read.level, read.note) == (7, "none")


async def test_a_session_tells_none_from_no_value(db: Database) -> None:
    db.create(Filled)
    async with chakra.Session() as session:
        left, given = Filled(), Filled(note=None, level=2)
        session.add_all([left, given])
        await session.flush()
        assert (left.level, left.note, given.level, given.note) == (7, "none", 2, None)
        left.note = None
    read = await Filled.objects.order_by("id")
    assert [(one.level, one.note) for one in read] == [(7, None), (2, None)]


async def test_a_session_that_is_rolled_back_leaves_open_what_was_left_open(db: Database) -> None:
    db.create(Filled)
    left, given = Filled(), Filled(note=None)
    async with chakra.Session() as session:
        session.add_all([left, given])
        await session.flush()
        await session.rollback()
    assert left.to_dict() == {"id": None, "name": "x"}
    assert given.to_dict() == {"id": None, "name": "x", "note": None}
    await left.save()
    await given.save()
    assert [(one.level, one.note) for one in await Filled.objects.order_by("id")] == [(7, "none"), (7, None)]


async def test_merging_tells_none_from_no_value(db: Database) -> None:
    db.create(Filled)
    stored = await Filled.objects.create(level=3, note="kept")
    async with chakra.Session() as session:
        left = await session.merge(Filled(name="left"))
        given = await session.merge(Filled(name="given", note=None))
        own = await session.merge(Filled(id=stored.id, name="merged"))
        assert (own.level, own.note) == (3, "kept")
        missing = await session.merge(Filled(id=stored.id + 10, note=None))
    assert (left.level, left.note, given.note, missing.level, missing.note) == (7, "none", None, 7, None)
    async with chakra.Session() as session:
        own = await session.merge(Filled(id=stored.id, note=None))
        assert (own.level, own.note) == (3, None)
    read = await Filled.objects.get(pk=stored.id)
    assert (read.name, read.level, read.note) == ("x", 3, None)


async def test_what_is_assigned_during_a_flush_stays(db: Database) -> None:
    db.create(Filled)
    async with chakra.Session() as session:
        made = Filled()
        session.add(made)
        flushing = asyncio.ensure_future(session.flush())
        await asyncio.sleep(0)
        made.level = 3
        await flushing
        assert made.level == 3
    assert (await Filled.objects.get(pk=made.pk)).level == 3


async def test_what_is_assigned_during_an_insert_stays_in_a_transaction(db: Database) -> None:
    db.create(Filled)
    made, undone = Filled(), Filled()
    async with chakra.Session():
        saving = asyncio.ensure_future(made.save())
        await asyncio.sleep(0)
        made.level = 3
        await saving
    assert (await Filled.objects.get(pk=made.pk)).level == made.level == 3

    @chakra.transaction()
    async def fail() -> None:
        saving = undone.save()
        undone.level = 4
        await saving
        assert (undone.level, undone.note) == (4, "none")
        raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        await fail()
    assert undone.to_dict() == {"id": None, "name": "x", "level": 4}
