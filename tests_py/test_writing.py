"""Writing: create, save, delete, refresh, update, bulk_create; each call in both its faces."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import pickle
from typing import Any

import pytest

from chakra import Field, Integer, Model
from chakra.exceptions import (
    FieldError,
    IntegrityError,
    NotFoundError,
    NotNullViolation,
    ProgrammingError,
    QueryError,
    StaleObjectError,
    UniqueViolation,
    ValidationError,
)
from conftest import Database
from models import Country, Defaulted, Reader, Seat, Ticket, Word, table


@pytest.fixture
def readers(db: Database) -> Database:
    db.create(Reader)
    return db


async def test_create(readers: Database, run: Any) -> None:
    made = await run(Reader.objects.create, name="Ada", age="36")
    assert isinstance(made, Reader)
    assert isinstance(made.id, int)
    assert made.age == 36
    other = await run(Reader.objects.create, name="Grace")
    assert other.id > made.id
    assert (await run(Reader.objects.get, id=made.id)).to_dict() == made.to_dict()


async def test_a_given_key_is_kept(readers: Database, run: Any) -> None:
    assert (await run(Reader.objects.create, id=77, name="Ada")).id == 77
    assert (await run(Reader.objects.create, id=0, name="Zero")).id == 0
    assert (await run(Reader.objects.create, id=-5, name="Minus")).id == -5
    assert (await run(Reader.objects.get, id=0)).name == "Zero"


async def test_save_inserts_then_updates(readers: Database, run: Any) -> None:
    reader = Reader(name="Ada")
    assert await run(reader.save) is None
    first = reader.id
    assert first is not None
    reader.name = "Grace"
    await run(reader.save)
    assert reader.id == first
    assert await run(Reader.objects.count) == 1
    assert (await run(Reader.objects.get, id=first)).name == "Grace"


async def test_save_writes_only_what_changed(readers: Database, run: Any) -> None:
    made = await run(Reader.objects.create, name="Ada", age=1)
    mine = await run(Reader.objects.get, id=made.id)
    theirs = await run(Reader.objects.get, id=made.id)
    theirs.name = "Grace"
    await run(theirs.save)
    mine.age = 2
    await run(mine.save)
    read = await run(Reader.objects.get, id=made.id)
    assert (read.name, read.age) == ("Grace", 2)
    await run(Reader.objects.filter(id=made.id).update, age=5)
    await run(mine.save)  # nothing changed since: nothing is written
    assert (await run(Reader.objects.get, id=made.id)).age == 5


async def test_save_with_update_fields(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada", age=1)
    reader.name, reader.age = "Grace", 2
    await run(reader.save, update_fields=["age"])
    read = await run(Reader.objects.get, id=reader.id)
    assert (read.name, read.age) == ("Ada", 2)
    await run(reader.save)
    assert (await run(Reader.objects.get, id=reader.id)).name == "Grace"
    with pytest.raises(FieldError, match='did you mean "age"'):
        await run(reader.save, update_fields=["agee"])


async def test_a_failed_save_may_be_tried_again(readers: Database, run: Any) -> None:
    await run(Reader.objects.create, name="Ada", email="ada@example.org")
    reader = await run(Reader.objects.create, name="Grace", email="grace@example.org")
    reader.email = "ada@example.org"
    with pytest.raises(UniqueViolation):
        await run(reader.save)
    reader.email = "new@example.org"
    await run(reader.save)
    assert (await run(Reader.objects.get, id=reader.id)).email == "new@example.org"


async def test_a_changed_key_updates_by_the_old_one(db: Database, run: Any) -> None:
    db.create(Country)
    sweden = await run(Country.objects.create, code="SV", name="Sweden")
    sweden.code = "SE"
    await run(sweden.save)
    assert await run(Country.objects.values_list("code", flat=True).all) == ["SE"]
    sweden.name = "Sverige"
    await run(sweden.save)
    assert (await run(Country.objects.get, code="SE")).name == "Sverige"


async def test_saving_what_is_gone(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada")
    await run(Reader.objects.filter(id=reader.id).delete)
    reader.name = "Grace"
    with pytest.raises(StaleObjectError, match="Reader"):
        await run(reader.save)
    with pytest.raises(NotFoundError, match="Reader"):
        await run(reader.refresh)


async def test_delete(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada")
    other = await run(Reader.objects.create, name="Grace")
    await run(reader.delete)
    assert await run(Reader.objects.values_list("id", flat=True).all) == [other.id]
    await run(reader.save)  # a deleted object is new again
    assert await run(Reader.objects.count) == 2


async def test_refresh_overwrites_pending_changes(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada", age=1)
    await run(Reader.objects.filter(id=reader.id).update, age=2)
    reader.name = "not written"
    await run(reader.refresh)
    assert (reader.name, reader.age) == ("Ada", 2)
    await run(Reader.objects.filter(id=reader.id).update, name="Grace")
    await run(reader.save)  # nothing is pending any more
    assert (await run(Reader.objects.get, id=reader.id)).name == "Grace"


async def test_copies_know_that_they_are_stored(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada")
    for duplicate in (copy.copy(reader), copy.deepcopy(reader), pickle.loads(pickle.dumps(reader))):
        duplicate.name = "Grace"
        await run(duplicate.save)
    assert await run(Reader.objects.count) == 1


async def test_models_with_a_key_of_two_columns(db: Database, run: Any) -> None:
    db.create(Seat)
    await run(Seat.objects.bulk_create, [Seat(row=r, place=p) for r in (1, 2) for p in (1, 2)])
    seat = await run(Seat.objects.get, row=1, place=2)
    seat.taken_by = "Ada"
    await run(seat.save)
    assert await run(Seat.objects.filter(taken_by="Ada").values_list("row", "place").all) == [(1, 2)]
    await run(seat.delete)
    assert await run(Seat.objects.count) == 3
    await run((await run(Seat.objects.first)).refresh)


async def test_keys_that_the_model_makes(db: Database, run: Any) -> None:
    db.create(Ticket)
    ticket = Ticket(price=3)
    await run(ticket.save)
    assert (await run(Ticket.objects.get, code=ticket.code)) == ticket
    assert (await run(Ticket.objects.get, code=str(ticket.code))) == ticket


async def test_update(readers: Database, run: Any) -> None:
    await run(Reader.objects.bulk_create, [Reader(name=f"r{i}", age=i) for i in range(10)])
    assert await run(Reader.objects.filter(age__lt=4).update, name="young", active=False) == 4
    assert await run(Reader.objects.filter(name="young", active=False).count) == 4
    assert await run(Reader.objects.filter(age=99).update, name="x") == 0
    assert await run(Reader.objects.update, age=None) == 10
    assert await run(Reader.objects.filter(age=None).update, age=None) == 10  # matched, not changed


async def test_update_refuses_what_fields_refuse(readers: Database, run: Any) -> None:
    await run(Reader.objects.create, name="Ada")
    for values, kind in [
        ({"nme": "x"}, FieldError),
        ({"age": "old"}, ValidationError),
        ({"age": 2**40}, ValidationError),
        ({"name": None}, ValidationError),
        ({"name": "x" * 51}, ValidationError),
        ({}, QueryError),
    ]:
        with pytest.raises(kind):
            await run(Reader.objects.update, **values)
    assert (await run(Reader.objects.get)).name == "Ada"


async def test_delete_of_a_query(readers: Database, run: Any) -> None:
    await run(Reader.objects.bulk_create, [Reader(name=f"r{i}", age=i) for i in range(10)])
    assert await run(Reader.objects.filter(age__gte=7).delete) == 3
    assert await run(Reader.objects.exclude(age=0).delete) == 6
    assert await run(Reader.objects.delete) == 1
    assert await run(Reader.objects.delete) == 0


# ------------------------------------------------------------------------------ many at once


async def test_bulk_create_fills_in_keys_in_order(db: Database, run: Any) -> None:
    db.create(Word)
    words = [Word(text=f"w{i}", number=i) for i in range(10_000)]
    made = await run(Word.objects.bulk_create, words)
    assert all(one is other for one, other in zip(made, words, strict=True))
    assert len({word.id for word in words}) == 10_000
    stored = dict(await run(Word.objects.values_list("id", "number").all))
    assert [stored[word.id] for word in words] == list(range(10_000))
    after = await run(Word.objects.create, text="after")
    assert after.id > max(stored)


async def test_what_was_created_in_bulk_is_stored(db: Database, run: Any) -> None:
    db.create(Word)
    [word] = await run(Word.objects.bulk_create, [Word(text="a")])
    word.text = "b"
    await run(word.save)
    assert await run(Word.objects.values_list("text", flat=True).all) == ["b"]


async def test_bulk_create_in_batches(db: Database, run: Any) -> None:
    db.create(Word)
    await run(Word.objects.bulk_create, (Word(number=i) for i in range(25)), batch_size=10)
    assert await run(Word.objects.count) == 25
    assert await run(Word.objects.bulk_create, []) == []


async def test_bulk_create_mixes_given_and_generated_keys(db: Database, run: Any) -> None:
    db.create(Word)
    words = [Word(text="a"), Word(id=1000, text="b"), Word(text="c")]
    await run(Word.objects.bulk_create, words)
    assert words[1].id == 1000
    stored = dict(await run(Word.objects.values_list("id", "text").all))
    assert [stored[word.id] for word in words] == ["a", "b", "c"]


async def test_bulk_create_is_all_or_nothing(readers: Database, run: Any) -> None:
    fresh = [Reader(name=f"r{i}", email=f"{i % 40}@example.org") for i in range(50)]
    with pytest.raises(UniqueViolation):
        await run(Reader.objects.bulk_create, fresh, batch_size=10)
    assert await run(Reader.objects.count) == 0


async def test_bulk_create_checks_before_it_writes(readers: Database, run: Any) -> None:
    with pytest.raises(ValidationError, match="name"):
        await run(Reader.objects.bulk_create, [Reader(name="a"), Reader()])
    with pytest.raises(TypeError, match="Word"):
        await run(Reader.objects.bulk_create, [Word()])
    assert await run(Reader.objects.count) == 0


async def test_wide_rows_in_bulk(db: Database, run: Any) -> None:
    db.create(Defaulted)
    rows = [Defaulted(level=i, label=str(i), note=None) for i in range(3000)]
    await run(Defaulted.objects.bulk_create, rows)
    assert await run(Defaulted.objects.filter(note=None).count) == 3000


# ------------------------------------------------------------------------------ refusals


async def test_missing_values_are_told_together_when_written(db: Database, run: Any) -> None:
    db.create(Country)
    country = Country()
    with pytest.raises(ValidationError, match=r"code, name") as caught:
        await run(country.save)
    assert {fault.field for fault in caught.value.errors} == {"code", "name"}
    assert await run(Country.objects.count) == 0


async def test_unique_violation(readers: Database, run: Any) -> None:
    await run(Reader.objects.create, name="Ada", email="a@example.org")
    with pytest.raises(UniqueViolation) as caught:
        await run(Reader.objects.create, name="Bob", email="a@example.org")
    error = caught.value
    assert error.table == Reader.__chakra_model__.table
    assert error.constraint == f"uq_{error.table}_email"
    assert error.columns == ["email"]
    assert error.sqlstate
    assert isinstance(error, IntegrityError)
    with pytest.raises(UniqueViolation):
        await run(Reader.objects.create, id=(await run(Reader.objects.get)).id, name="Bob")
    await run(Reader.objects.create, name="Carl", email=None)
    await run(Reader.objects.create, name="Dora", email=None)
    assert await run(Reader.objects.count) == 3


async def test_not_null_violation(db: Database, run: Any) -> None:
    db.create(Word)
    table = Word.__chakra_model__.table
    await run(Word.objects.create, text="a")
    db.rows(f"DROP TABLE {table}")
    db.rows(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, text TEXT NOT NULL, number INTEGER)")
    with pytest.raises(NotNullViolation) as caught:
        await run(Word.objects.create, id=1, number=3)
    assert caught.value.columns == ["text"]


async def test_a_missing_table(db: Database, run: Any) -> None:
    with pytest.raises(ProgrammingError) as caught:
        await run(Country.objects.all)
    assert Country.__chakra_model__.table in str(caught.value)
    with pytest.raises(ProgrammingError):
        await run(Country.objects.create, code="SE", name="Sweden")


# ------------------------------------------------------------------------------ concurrency


async def test_many_writers_at_once(readers: Database) -> None:
    made = await asyncio.gather(*(Reader.objects.create(name=f"r{i}") for i in range(100)))
    assert len({reader.id for reader in made}) == 100
    assert await Reader.objects.count() == 100


async def test_a_cancelled_write_leaves_the_pool_whole(readers: Database) -> None:
    for _ in range(20):
        task = asyncio.ensure_future(Reader.objects.create(name="x"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    before = await asyncio.wait_for(asyncio.ensure_future(Reader.objects.count()), 10)
    await Reader.objects.create(name="after")
    assert await Reader.objects.count() == before + 1
    assert readers.pool.metrics().size <= 5


async def test_a_save_that_was_given_up_forgets_nothing(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada", email="ada@example.org")
    reader.name = "Eve"
    unawaited = reader.save()
    unawaited.close()
    del unawaited
    await run(reader.save)
    assert (await run(Reader.objects.get, pk=reader.pk)).name == "Eve"


async def test_a_cancelled_save_forgets_nothing(readers: Database) -> None:
    reader = await Reader.objects.create(name="Ada", email="ada@example.org")
    reader.name = "Eve"
    task = asyncio.ensure_future(reader.save())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await reader.save()
    assert (await Reader.objects.get(pk=reader.pk)).name == "Eve"


async def test_a_field_named_twice_is_written_once(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada", email="ada@example.org")
    reader.name = "Eve"
    await run(reader.save, update_fields=["name", "name"])
    assert (await run(Reader.objects.get, pk=reader.pk)).name == "Eve"
    with pytest.raises(QueryError, match="twice"):
        await run(Reader.objects.filter(pk=reader.pk).update, pk=7, id=8)


async def test_a_copy_remembers_the_key_it_was_loaded_by(readers: Database, run: Any) -> None:
    reader = await run(Reader.objects.create, name="Ada", email="ada@example.org")
    old = reader.pk
    reader.pk = old + 1000
    twin = copy.copy(reader)
    await run(twin.save)
    assert await Reader.objects.values_list("id", flat=True) == [old + 1000]
    assert twin == await run(Reader.objects.get, name="Ada")


class Wide(Model):
    """More columns than a word has bits."""

    __tablename__ = table("wide")

    id = Field(Integer, primary_key=True)
    for number in range(1, 81):
        locals()[f"c{number}"] = Field(Integer, default=0)
    del number


async def test_a_wide_row_is_written_where_it_changed(db: Database, run: Any) -> None:
    db.create(Wide)
    wide = await run(Wide.objects.create)
    await run(Wide.objects.filter(id=wide.id).update, c70=7, c1=1)
    wide.c71 = 71
    await run(wide.save)
    stored = await run(Wide.objects.get, id=wide.id)
    assert (stored.c1, stored.c70, stored.c71, stored.c72) == (1, 7, 71, 0)


async def test_what_is_assigned_during_a_bulk_insert_is_kept(readers: Database) -> None:
    given = [Reader(name=f"reader {number}") for number in range(300)]
    first, last = given[0], given[-1]
    task = asyncio.ensure_future(Reader.objects.bulk_create(given))
    await asyncio.sleep(0)
    last.name = "Eve"
    given.reverse()
    await task
    assert (await Reader.objects.get(pk=first.pk)).name == "reader 0"
    assert (await Reader.objects.get(pk=last.pk)).name == "reader 299"
    await last.save()
    assert (await Reader.objects.get(pk=last.pk)).name == "Eve"


class Token(Model):
    """Nothing but a key."""

    __tablename__ = table("tokens")

    id = Field(Integer, primary_key=True)


async def test_rows_of_nothing_but_keys_in_bulk(db: Database, run: Any) -> None:
    db.create(Token)
    tokens = await run(Token.objects.bulk_create, [Token(), Token(id=70), Token()])
    assert len({token.id for token in tokens}) == 3
    assert all(isinstance(token.id, int) for token in tokens)
    assert sorted(await Token.objects.values_list("id", flat=True)) == sorted(token.id for token in tokens)


async def test_one_object_is_not_created_twice(db: Database, run: Any) -> None:
    db.create(Reader)
    reader = Reader(name="Ada")
    with pytest.raises(QueryError, match="one object twice"):
        await run(Reader.objects.bulk_create, [reader, Reader(name="Bo"), reader])
    assert await run(Reader.objects.count) == 0


async def test_a_misspelt_field_is_told_for_a_new_object_too(db: Database, run: Any) -> None:
    db.create(Reader)
    with pytest.raises(FieldError, match="nme"):
        await run(Reader(name="Ada").save, update_fields=["nme"])
    assert await run(Reader.objects.count) == 0
