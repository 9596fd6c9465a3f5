"""`chakra.mixins`: timestamps, soft deletion, versions, who wrote; and the rows that other programs see."""

from __future__ import annotations

import asyncio
import copy
import datetime
import pickle
import uuid
from typing import Any

import pytest

import chakra
from chakra import (
    JSON,
    UUID,
    BigInteger,
    Count,
    DateTime,
    Field,
    ForeignKey,
    Integer,
    Model,
    QuerySet,
    SmallInteger,
    String,
    UniqueConstraint,
    check_models,
)
from chakra.exceptions import (
    DefinitionError,
    ForeignKeyViolation,
    NotFoundError,
    QueryError,
    StaleObjectError,
    UniqueViolation,
    ValidationError,
)
from chakra.mixins import (
    AuditMixin,
    SoftDeleteMixin,
    TimestampMixin,
    VersionMixin,
    acting_as,
    get_actor,
    set_actor,
)
from conftest import AsyncFace, BlockingFace, Database
from models import table

Run = AsyncFace | BlockingFace
PAST = datetime.datetime(2001, 2, 3, 4, 5, 6, 789012, tzinfo=datetime.timezone.utc)


class Everything(TimestampMixin, SoftDeleteMixin, AuditMixin, VersionMixin, Model):
    __tablename__ = table("mixins_everything")

    id = Field(Integer, primary_key=True)
    text = Field(String(50), default="")
    data = Field(JSON, default={})


class Stamped(Model, TimestampMixin):
    __tablename__ = table("mixins_stamped")

    id = Field(Integer, primary_key=True)
    text = Field(String(50))


class Counted(VersionMixin, Model):
    __tablename__ = table("mixins_counted")

    code = Field(String(20), primary_key=True)
    text = Field(String(50), nullable=True)
    changes = Field(Integer, default=0, on_update=lambda: 9)


class LetterQuery(QuerySet["Letter"]):
    def about(self, text: str) -> LetterQuery:
        return self.filter(text__icontains=text)


class Letter(SoftDeleteMixin, Model):
    __tablename__ = table("mixins_letters")

    id = Field(Integer, primary_key=True)
    text = Field(String(50), unique=True)

    objects = LetterQuery.as_manager()

    class Meta:
        ordering = ["-text"]


class Reply(Model):
    __tablename__ = table("mixins_replies")

    id = Field(Integer, primary_key=True)
    letter_id = Field(Integer, ForeignKey(f"{table('mixins_letters')}.id", on_delete="CASCADE"))


class Renamed(TimestampMixin, VersionMixin, SoftDeleteMixin, Model):
    """Fields of mixins that are declared again keep their parts."""

    __tablename__ = table("mixins_renamed")

    id = Field(Integer, primary_key=True)
    text = Field(String(50), default="")
    created_at = Field(DateTime, column="made on", index=True)
    deleted_at = Field(DateTime, nullable=True, column="gone")
    version = Field(Integer, column="ver")


class Tracked(AuditMixin[uuid.UUID], Model):
    __tablename__ = table("mixins_tracked")

    id = Field(Integer, primary_key=True)
    text = Field(String(50), default="")


class Signed(AuditMixin, SoftDeleteMixin, Model):
    __tablename__ = table("mixins_signed")

    id = Field(Integer, primary_key=True)
    created_by = Field(BigInteger)
    text = Field(String(50), default="")


def is_now(instant: datetime.datetime | None) -> bool:
    now = datetime.datetime.now(datetime.timezone.utc)
    return instant is not None and abs(now - instant) < datetime.timedelta(minutes=5)


async def rows_of(run: Run, query: Any) -> list[Any]:
    return query.all_sync() if isinstance(run, BlockingFace) else await query


# ---------------------------------------------------------------------------------- timestamps


async def test_insert_stamps(db: Database, run: Run) -> None:
    db.create(Stamped)
    stamped = Stamped(text="a")
    assert (stamped.created_at, stamped.updated_at) == (None, None)
    await run(stamped.save)
    assert is_now(stamped.created_at)
    assert stamped.updated_at == stamped.created_at
    assert stamped._changed_fields() == []
    found = await run(Stamped.objects.get, id=stamped.id)
    assert found.to_dict() == stamped.to_dict()
    made = await run(Stamped.objects.create, text="b")
    assert is_now(made.created_at)


async def test_update_stamps(db: Database, run: Run) -> None:
    db.create(Stamped)
    stamped = await run(Stamped.objects.create, text="a", created_at=PAST, updated_at=PAST)
    assert (stamped.created_at, stamped.updated_at) == (PAST, PAST)  # what is given is kept
    await run(stamped.save)
    assert stamped.updated_at == PAST  # nothing was written
    stamped.text = "b"
    await run(stamped.save)
    assert stamped.created_at == PAST
    assert is_now(stamped.updated_at)
    assert (await run(Stamped.objects.get, id=stamped.id)).to_dict() == stamped.to_dict()
    stamped.updated_at = PAST
    await run(stamped.save)
    assert (await run(Stamped.objects.get, id=stamped.id)).updated_at == PAST
    stamped.text = "c"
    await run(stamped.save, update_fields=["text"])
    assert is_now((await run(Stamped.objects.get, id=stamped.id)).updated_at)


async def test_update_of_a_query_stamps(db: Database, run: Run) -> None:
    db.create(Stamped)
    await run(Stamped.objects.bulk_create, [Stamped(text=text, updated_at=PAST) for text in "ab"])
    assert await run(Stamped.objects.filter(text="a").update, text="c") == 1
    changed, other = await rows_of(run, Stamped.objects.order_by("-text"))
    assert is_now(changed.updated_at)
    assert other.updated_at == PAST
    await run(Stamped.objects.update, updated_at=PAST)
    assert await run(Stamped.objects.filter(updated_at=PAST).count) == 2


async def test_rows_made_together_share_one_instant(db: Database, run: Run) -> None:
    db.create(Everything)
    many = [Everything(text=str(number)) for number in range(250)]
    await run(Everything.objects.bulk_create, many, batch_size=100)
    assert is_now(many[0].created_at)
    assert {(one.created_at, one.updated_at, one.version) for one in many} == {
        (many[0].created_at, many[0].created_at, 1)
    }
    assert await run(Everything.objects.filter(created_at=many[0].created_at, version=1).count) == 250
    mixed = [Everything(text="x", version=5), Everything(text="y")]
    await run(Everything.objects.bulk_create, mixed)
    assert [one.version for one in mixed] == [5, 1]
    assert await run(Everything.objects.filter(version=5).count) == 1


async def test_a_failed_write_leaves_the_object_as_it_was(db: Database, run: Run) -> None:
    db.create(Letter, Everything)
    everything = Everything(id=1, text="a")
    await run(everything.save)
    second = Everything(id=1, text="b")
    with pytest.raises(UniqueViolation):
        await run(second.save)
    assert (second.created_at, second.version) == (None, None)


# ---------------------------------------------------------------------------------- versions


async def test_versions_count(db: Database, run: Run) -> None:
    db.create(Counted)
    counted = await run(Counted.objects.create, code="a")
    assert counted.version == 1
    await run(counted.save)
    assert counted.version == 1
    counted.text = "b"
    await run(counted.save)
    assert (counted.version, counted.changes) == (2, 9)
    counted.text = "c"
    await run(counted.save, update_fields=["text"])
    assert await run(Counted.objects.filter(code="a").update, text="d") == 1
    found = await run(Counted.objects.get, code="a")
    assert (found.version, found.text, counted.version) == (4, "d", 3)


async def test_a_version_that_someone_else_wrote_is_refused(db: Database, run: Run) -> None:
    db.create(Counted)
    mine = await run(Counted.objects.create, code="a", text="first")
    theirs = await run(Counted.objects.get, code="a")
    theirs.text = "theirs"
    await run(theirs.save)
    mine.text = "mine"
    with pytest.raises(StaleObjectError) as caught:
        await run(mine.save)
    assert str(caught.value) == (
        'saving Counted with key "a": its row was changed by someone else (the object has version 1, the row 2), '
        "so nothing was written; refresh the object and make the change again"
    )
    error = caught.value
    assert (error.model, error.attempted, error.version, error.found) == ("Counted", "saving", 1, 2)
    assert mine._changed_fields() == ["text"]
    assert (mine.version, mine.text) == (1, "mine")
    assert (await run(Counted.objects.get, code="a")).text == "theirs"
    with pytest.raises(StaleObjectError, match="deleting Counted"):
        await run(mine.delete)
    await run(mine.refresh)
    mine.text = "mine"
    await run(mine.save)
    assert ((await run(Counted.objects.get, code="a")).text, mine.version) == ("mine", 3)
    await run(mine.delete)
    assert await run(Counted.objects.count) == 0


async def test_the_version_that_an_object_claims_is_compared(db: Database, run: Run) -> None:
    db.create(Counted)
    await run(Counted.objects.create, code="a", text="first")
    await run(Counted.objects.update, text="second")
    form = await run(Counted.objects.get, code="a")
    form.version = 1  # as the page had it
    form.text = "third"
    with pytest.raises(StaleObjectError):
        await run(form.save)
    form.version = 2
    await run(form.save)
    found = await run(Counted.objects.get, code="a")
    assert (found.version, found.text, form.version) == (3, "third", 3)
    form.version = 3
    await run(form.save)  # assigned, and so checked and counted
    assert form.version == 4
    with pytest.raises(ValidationError, match="version"):
        form.version = "x"


async def test_a_versioned_row_that_is_gone(db: Database, run: Run) -> None:
    db.create(Counted)
    counted = await run(Counted.objects.create, code="a")
    await run(Counted.objects.delete)
    counted.text = "b"
    with pytest.raises(StaleObjectError, match="its row is gone") as caught:
        await run(counted.save)
    assert (caught.value.version, caught.value.found) == (None, None)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.model) == (str(caught.value), "Counted")
    await run(counted.delete)
    await run(counted.save)  # a new object again
    assert await run(Counted.objects.count) == 1


async def test_of_writers_at_once_one_wins(db: Database) -> None:
    db.create(Everything)
    first = await Everything.objects.create(text="a")
    copies = [await Everything.objects.get(id=first.id) for _ in range(6)]
    for number, one in enumerate(copies):
        one.text = f"by {number}"
    ends = await asyncio.gather(*(one.save() for one in copies), return_exceptions=True)
    assert sum(end is None for end in ends) == 1
    assert {type(end) for end in ends if end is not None} == {StaleObjectError}
    found = await Everything.objects.get(id=first.id)
    assert found.version == 2
    assert found.text == next(one.text for one, end in zip(copies, ends, strict=True) if end is None)


async def test_every_update_of_a_query_at_once_counts(db: Database) -> None:
    db.create(Everything)
    first = await Everything.objects.create()
    await asyncio.gather(*(Everything.objects.update(text=str(number)) for number in range(10)))
    assert (await Everything.objects.get(id=first.id)).version == 11


async def test_versions_survive_copies(db: Database) -> None:
    db.create(Everything)
    first = await Everything.objects.create(data={"a": [1]})
    for duplicate in (lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy):
        twin = duplicate(first)
        twin.data["a"].append(twin.version)
        await twin.save()
        assert twin.version == first.version + 1
        await first.refresh()


# ---------------------------------------------------------------------------------- soft deletion


async def test_deleted_rows_are_hidden(db: Database, run: Run) -> None:
    db.create(Letter)
    gone = await run(Letter.objects.create, text="gone")
    kept = await run(Letter.objects.create, text="kept")
    await run(gone.delete)
    assert is_now(gone.deleted_at)
    assert await rows_of(run, Letter.objects) == [kept]
    assert await rows_of(run, Letter.objects.exclude(text="x")) == [kept]
    assert await rows_of(run, Letter.objects.values_list("text", flat=True)) == ["kept"]
    assert await run(Letter.objects.count) == 1
    assert await run(Letter.objects.aggregate, n=Count("*")) == {"n": 1}
    assert await run(Letter.objects.first) == kept
    assert await run(Letter.objects.last) == kept
    assert not await run(Letter.objects.filter(text="gone").exists)
    assert [one async for one in run.stream(Letter.objects.all())] == [kept]
    assert await run(Letter.objects.get_or_none, id=gone.id) is None
    with pytest.raises(NotFoundError):
        await run(Letter.objects.get, id=gone.id)
    with pytest.raises(NotFoundError):
        await run(Letter.objects.get, pk=gone.id)
    assert await run(Letter.objects.update, text="still") == 1
    assert await run(Letter.all_objects.count) == 2
    assert await rows_of(run, Letter.all_objects) == [kept, gone]  # the model's own order
    assert (await run(Letter.all_objects.get, id=gone.id)).text == "gone"
    assert len(db.rows(f"SELECT * FROM {Letter._meta.table} WHERE deleted_at IS NOT NULL")) == 1


async def test_all_objects_are_of_the_models_own_kind(db: Database) -> None:
    db.create(Letter)
    letter = await Letter.objects.create(text="Ada")
    await letter.delete()
    assert isinstance(Letter.all_objects, LetterQuery)
    assert await Letter.objects.about("ada") == []
    assert await Letter.all_objects.about("ada") == [letter]


async def test_deleting_by_query(db: Database, run: Run) -> None:
    db.create(Everything)
    await run(Everything.objects.bulk_create, [Everything(text=text) for text in "abc"])
    assert await run(Everything.objects.filter(text="a").delete) == 1
    first = await run(Everything.all_objects.get, text="a")
    assert is_now(first.deleted_at)
    assert (first.updated_at, first.version) == (first.deleted_at, 2)
    assert await run(Everything.objects.delete) == 2
    assert await run(Everything.all_objects.delete) == 0
    assert (await run(Everything.all_objects.get, text="a")).to_dict() == first.to_dict()  # the first mark stays
    assert await run(Everything.objects.filter(text="b").hard_delete) == 0
    assert await run(Everything.all_objects.filter(text="b").hard_delete) == 1
    assert await run(Everything.all_objects.count) == 2
    with pytest.raises(QueryError, match="slice"):
        await run(Everything.all_objects[:1].hard_delete)
    with pytest.raises(QueryError, match="slice"):
        await run(Everything.all_objects[:1].restore)


async def test_restoring_by_query(db: Database, run: Run) -> None:
    db.create(Everything, Stamped)
    await run(Everything.objects.bulk_create, [Everything(text=text) for text in "abc"])
    await run(Everything.objects.filter(text__in=["a", "b"]).delete)
    assert await run(Everything.all_objects.filter(text__in=["b", "c"]).restore) == 1
    found = await run(Everything.objects.get, text="b")
    assert (found.deleted_at, found.version) == (None, 3)
    assert (await run(Everything.objects.get, text="c")).version == 1
    with pytest.raises(QueryError, match=r"Everything\.all_objects"):
        await run(Everything.objects.restore)
    with pytest.raises(QueryError, match="not marked"):
        await run(Stamped.objects.restore)


async def test_an_object_and_its_mark(db: Database, run: Run) -> None:
    db.create(Everything)
    one = await run(Everything.objects.create, text="a")
    await run(one.delete)
    assert (one.version, one._changed_fields()) == (2, [])
    one.text = "b"
    await run(one.save)  # the row is there, and stays deleted
    assert one.version == 3
    assert await run(Everything.objects.count) == 0
    await run(one.restore)
    assert (one.deleted_at, one.version) == (None, 4)
    assert (await run(Everything.objects.get, id=one.id)).to_dict() == one.to_dict()
    await run(one.restore)
    assert one.version == 4
    await run(one.delete)
    await run(one.delete)
    assert one.version == 5
    twin = await run(Everything.all_objects.get, id=one.id)
    await run(twin.restore)
    await run(one.refresh)
    assert one.deleted_at is None
    await run(one.hard_delete)
    assert await run(Everything.all_objects.count) == 0
    with pytest.raises(StaleObjectError, match="restoring Everything"):
        await run(twin.restore)
    await run(one.save)  # a new object again
    assert await run(Everything.objects.count) == 1


async def test_refresh_shows_the_mark(db: Database, run: Run) -> None:
    db.create(Letter)
    letter = await run(Letter.objects.create, text="a")
    await run(Letter.objects.delete)
    assert letter.deleted_at is None
    await run(letter.refresh)
    assert is_now(letter.deleted_at)


async def test_the_database_knows_nothing_of_the_mark(db: Database, run: Run) -> None:
    db.create(Letter, Reply)
    letter = await run(Letter.objects.create, text="a")
    reply = await run(Reply.objects.create, letter_id=letter.id)
    await run(letter.delete)
    await run(reply.refresh)  # nothing cascades
    with pytest.raises(UniqueViolation):
        await run(Letter.objects.create, text="a")
    await run(Reply.objects.create, letter_id=letter.id)
    await run(letter.hard_delete)
    assert await run(Reply.objects.count) == 0
    with pytest.raises(ForeignKeyViolation):
        await run(Reply.objects.create, letter_id=letter.id)


async def test_models_without_a_mark(db: Database, run: Run) -> None:
    db.create(Stamped)
    with pytest.raises(AttributeError, match="SoftDeleteMixin"):
        _ = Stamped.all_objects  # type: ignore[attr-defined]
    await run(Stamped.objects.create, text="a")
    assert await run(Stamped.objects.hard_delete) == 1


# ---------------------------------------------------------------------------------- who wrote


async def test_who_made_and_who_wrote(db: Database, run: Run) -> None:
    db.create(Everything)
    nobody = await run(Everything.objects.create)
    assert (nobody.created_by, nobody.updated_by) == (None, None)
    one = Everything(text="a")
    with acting_as(7):
        await run(one.save)
    assert (one.created_by, one.updated_by) == (7, 7)
    one.text = "b"
    with acting_as(8):
        await run(one.save)
        assert (one.created_by, one.updated_by) == (7, 8)
        assert await run(Everything.objects.filter(id=nobody.id).update, text="c") == 1
        await run(nobody.refresh)
        assert (nobody.created_by, nobody.updated_by) == (None, 8)
    with acting_as(9):
        await run(one.delete)
        await run(Everything.objects.delete)
    assert one.updated_by == 9
    assert {(row.id, row.updated_by) for row in await rows_of(run, Everything.all_objects)} == {
        (one.id, 9),
        (nobody.id, 9),
    }
    with acting_as(10):
        await run(one.restore)
        await run(Everything.all_objects.restore)
    assert one.updated_by == 10
    one.text = "by nobody"
    await run(one.save)
    assert (await run(Everything.objects.get, id=one.id)).updated_by is None
    given = await run(Everything.objects.create, created_by=1, updated_by=2)
    assert (given.created_by, given.updated_by) == (1, 2)


async def test_actors_of_other_types(db: Database, run: Run) -> None:
    db.create(Tracked)
    user = uuid.uuid4()
    with acting_as(user):
        tracked = await run(Tracked.objects.create)
    found = await run(Tracked.objects.get, id=tracked.id)
    assert (found.created_by, found.updated_by) == (user, user)
    with acting_as("not a uuid"), pytest.raises(ValidationError, match="created_by"):
        await run(Tracked.objects.create)
    with acting_as(user):
        many = [Tracked(text=text) for text in "ab"]
        await run(Tracked.objects.bulk_create, many)
    assert [one.created_by for one in many] == [user, user]


async def test_an_actor_that_is_required(db: Database, run: Run) -> None:
    db.create(Signed)
    with pytest.raises(ValidationError, match="created_by"):
        await run(Signed.objects.create)
    with acting_as(3):
        assert (await run(Signed.objects.create)).created_by == 3


async def test_objects_as_actors(db: Database) -> None:
    db.create(Stamped, Everything)
    user = await Stamped.objects.create(text="user")
    with acting_as(user):
        assert get_actor() == user.id
        assert (await Everything.objects.create()).created_by == user.id
    with pytest.raises(ValueError, match="has no key yet"):
        set_actor(Stamped(text="new"))


async def test_each_task_has_its_actor(db: Database) -> None:
    db.create(Everything)

    async def work(actor: int) -> Everything:
        set_actor(actor)
        await asyncio.sleep(0)
        one = await Everything.objects.create()
        with acting_as(actor * 10):
            one.text = "b"
            await asyncio.sleep(0)
            await one.save()
        assert get_actor() == actor
        return one

    done = await asyncio.gather(*(work(actor) for actor in range(1, 6)))
    assert [(one.created_by, one.updated_by) for one in done] == [(n, n * 10) for n in range(1, 6)]
    assert get_actor() is None
    with acting_as(5):
        assert (await asyncio.create_task(Everything.objects.create())).created_by == 5


def test_key_types() -> None:
    assert AuditMixin[uuid.UUID] is AuditMixin[uuid.UUID]
    assert issubclass(AuditMixin[str], AuditMixin)
    assert AuditMixin[String(40)].__name__ == "AuditMixin[String(40)]"  # type: ignore[misc]
    with pytest.raises(TypeError, match="one of int, str, UUID"):
        AuditMixin[float]


# ---------------------------------------------------------------------------------- declaration


async def test_fields_declared_again_keep_their_part(db: Database, run: Run) -> None:
    db.create(Renamed)
    one = await run(Renamed.objects.create)
    assert is_now(one.created_at)
    assert one.version == 1
    one.text = "b"
    await run(one.save)
    await run(one.delete)
    assert await run(Renamed.objects.count) == 0
    assert db.rows(f"SELECT ver FROM {Renamed._meta.table}") == [(3,)]


def test_what_cannot_hold_its_part_is_told() -> None:
    class Wrong(TimestampMixin, VersionMixin, SoftDeleteMixin, Model):
        __tablename__ = table("mixins_wrong")

        id = Field(Integer, primary_key=True)
        created_at = Field(Integer)  # type: ignore[assignment]
        version = Field(SmallInteger)
        deleted_at = Field(DateTime)  # type: ignore[assignment]

    faults = check_models([Wrong])
    assert {fault.code for fault in faults} == {"role"}
    assert {fault.attribute for fault in faults} == {"created_at", "version", "deleted_at"}
    with pytest.raises(DefinitionError, match="chakra fills this column"):
        _ = Wrong.objects


def test_fields_can_be_taken_away() -> None:
    class Bare(TimestampMixin, Model):
        __tablename__ = table("mixins_bare")

        id = Field(Integer, primary_key=True)
        updated_at = None

    assert Bare._meta.fields == ("created_at", "id")


def test_abstract_models_take_mixins(tmp_path: Any) -> None:
    class Base(TimestampMixin, SoftDeleteMixin, Model):
        id = Field(Integer, primary_key=True)

        class Meta:
            abstract = True

    class First(Base):
        __tablename__ = table("mixins_first")
        __table_args__ = (UniqueConstraint("id", "deleted_at"),)

    class Second(Base, VersionMixin):
        __tablename__ = table("mixins_second")

    pool = chakra.connect_sync("sqlite:///:memory:", name="mixins")
    try:
        chakra.create_all_sync(pool, models=[First, Second])
        Second.objects.using("mixins").create_sync().delete_sync(using="mixins")
        assert (First.all_objects.using(pool).count_sync(), Second.all_objects.using(pool).count_sync()) == (0, 1)
        assert Second.objects.using(pool).count_sync() == 0
    finally:
        chakra.close_pool_sync("mixins")


def test_uuid_is_a_field_type_of_keys() -> None:
    class ByType(AuditMixin[UUID], Model):  # type: ignore[type-var]
        __tablename__ = table("mixins_by_type")

        id = Field(Integer, primary_key=True)

    assert "created_by" in ByType._meta.fields
