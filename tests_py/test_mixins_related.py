"""`chakra.mixins` where models are related: what collections hold, where ways lead, and what their writes write."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from chakra import Field, ForeignKey, Integer, ManyToMany, Model, OneToMany, Prefetch, String, check_models
from chakra.exceptions import QueryError, StaleObjectError
from chakra.mixins import AuditMixin, SoftDeleteMixin, TimestampMixin, VersionMixin, acting_as
from conftest import AsyncFace, BlockingFace, Database
from models import table

Run = AsyncFace | BlockingFace
PAST = datetime.datetime(2001, 2, 3, tzinfo=datetime.timezone.utc)


class Writer(SoftDeleteMixin, Model):
    __tablename__ = table("mixrel_writers")

    id = Field(Integer, primary_key=True)
    name = Field(String(20))
    works: Any = OneToMany("test_mixins_related.Work", back_populates="writer")
    letters: Any = OneToMany("test_mixins_related.Note", back_populates="writer")


class Work(SoftDeleteMixin, VersionMixin, TimestampMixin, AuditMixin, Model):
    __tablename__ = table("mixrel_works")

    id = Field(Integer, primary_key=True)
    title = Field(String(20))
    seen = Field(Integer, default=0, on_update=lambda: 7)
    writer_id = Field(Integer, ForeignKey(f"{table('mixrel_writers')}.id"), nullable=True)
    writer: Any = ForeignKey(Writer, back_populates="works")
    labels: Any = ManyToMany(
        "test_mixins_related.Label", through=table("mixrel_labels_of_works"), back_populates="works"
    )


class Note(SoftDeleteMixin, Model):
    """Its foreign key cannot be NULL."""

    __tablename__ = table("mixrel_notes")

    id = Field(Integer, primary_key=True)
    writer_id = Field(Integer, ForeignKey(f"{table('mixrel_writers')}.id"))
    writer: Any = ForeignKey(Writer, back_populates="letters")


class Label(SoftDeleteMixin, Model):
    __tablename__ = table("mixrel_labels")

    id = Field(Integer, primary_key=True)
    word = Field(String(20))
    works: Any = ManyToMany(Work, through=table("mixrel_labels_of_works"), back_populates="labels")


@pytest.fixture
def shelf(db: Database) -> Database:
    """Ada wrote `old` (deleted) and `new`; Bob wrote `lost` (deleted)."""
    db.create(Writer, Work, Note, Label)
    ada, bob = Writer.objects.create_sync(name="Ada"), Writer.objects.create_sync(name="Bob")
    for writer, title in ((ada, "old"), (ada, "new"), (bob, "lost")):
        Work.objects.create_sync(title=title, writer_id=writer.id)
    Work.objects.filter(title__in=["old", "lost"]).delete_sync()
    return db


async def rows_of(run: Run, query: Any) -> list[Any]:
    return query.all_sync() if isinstance(run, BlockingFace) else await query


async def loaded(run: Run, what: Any) -> Any:
    return what.load_sync() if isinstance(run, BlockingFace) else await what


def titles(works: Any) -> list[str]:
    return sorted(work.title for work in works)


async def test_collections_hold_live_rows(shelf: Database, run: Run) -> None:
    ada, bob = await rows_of(run, Writer.objects.order_by("name"))
    assert titles(await loaded(run, ada.works)) == ["new"]
    assert titles(bob.works) == []  # loaded with its sibling
    assert await run(ada.works.count) == 1
    assert await run(ada.works.filter(title="old").count) == 0
    ada, bob = await rows_of(run, Writer.objects.order_by("name").prefetch_related("works"))
    assert (titles(ada.works), titles(bob.works)) == (["new"], [])
    everything = Prefetch("works", queryset=Work.all_objects, to_attr="everything")
    ada, bob = await rows_of(run, Writer.objects.order_by("name").prefetch_related(everything))
    assert (titles(ada.everything), titles(bob.everything)) == (["new", "old"], ["lost"])


async def test_ways_to_one_lead_to_their_row(shelf: Database, run: Run) -> None:
    await run(Writer.objects.filter(name="Ada").delete)
    work = await run(Work.objects.get, title="new")
    assert (await loaded(run, work.writer)).name == "Ada"
    work = await run(Work.objects.select_related("writer").get, title="new")
    assert (work.writer.name, work.writer.deleted_at is None) == ("Ada", False)
    (work,) = await rows_of(run, Work.objects.prefetch_related("writer"))
    assert work.writer.name == "Ada"
    assert await run(Work.objects.filter(writer__name="Ada").count) == 1
    hidden = Prefetch("writer", queryset=Writer.objects.all())
    (work,) = await rows_of(run, Work.objects.prefetch_related(hidden))
    assert work.writer is None


async def test_conditions_on_many_see_live_rows(shelf: Database, run: Run) -> None:
    async def names(**lookups: Any) -> list[str]:
        return sorted(writer.name for writer in await rows_of(run, Writer.objects.filter(**lookups)))

    assert await names(works__title="old") == []
    assert await names(works__title="new") == ["Ada"]
    assert await names(works__isnull=True) == ["Bob"]
    assert await names(works__isnull=False) == ["Ada"]
    assert [writer.name for writer in await rows_of(run, Writer.objects.exclude(works__title="new"))] == ["Bob"]


async def test_many_to_many_between_live_rows(shelf: Database, run: Run) -> None:
    work = await run(Work.objects.get, title="new")
    fiction, drama = await run(Label.objects.create, word="fiction"), await run(Label.objects.create, word="drama")
    await run(work.labels.add, fiction, drama)
    await run(fiction.delete)
    work = await run(Work.objects.get, title="new")
    assert [label.word for label in await loaded(run, work.labels)] == ["drama"]
    assert await run(work.labels.count) == 1
    assert await run(Work.objects.filter(labels__word="fiction").count) == 0
    assert await run(Work.objects.filter(labels__word="drama").count) == 1
    await run(fiction.restore)
    assert await run(work.labels.count) == 2


async def test_collections_that_write_are_updates(shelf: Database, run: Run) -> None:
    bob = await run(Writer.objects.get, name="Bob")
    await run(Work.objects.update, updated_at=PAST, seen=0)
    work = await run(Work.objects.get, title="new")
    with acting_as(5):
        await run(bob.works.add, work)
    stored = await run(Work.objects.get, title="new")
    assert (stored.writer_id, stored.updated_by, stored.seen) == (bob.id, 5, 7)
    assert stored.updated_at > PAST
    assert work.to_dict() == stored.to_dict()
    work.title = "newer"
    await run(work.save)  # its version is the row's
    await run(bob.works.remove, work)
    stored = await run(Work.objects.get, title="newer")
    assert (stored.writer_id, stored.version) == (None, work.version)
    await run(bob.works.set, [work])
    await run(bob.works.set, [work])
    work.title = "newest"
    await run(work.save)
    await run(bob.works.clear)
    fresh = await run(bob.works.create, title="fresh")
    assert (fresh.version, fresh.writer_id) == (1, bob.id)
    assert fresh.created_at == fresh.updated_at
    fresh.title = "still fresh"
    await run(fresh.save)


async def test_a_stale_object_stays_stale(shelf: Database, run: Run) -> None:
    bob = await run(Writer.objects.get, name="Bob")
    work = await run(Work.objects.get, title="new")
    await run(Work.objects.update, title="changed")
    await run(bob.works.add, work)
    work.title = "mine"
    with pytest.raises(StaleObjectError):
        await run(work.save)


async def test_deleted_rows_are_not_taken_out(shelf: Database, run: Run) -> None:
    ada = await run(Writer.objects.get, name="Ada")
    first = await run(Note.objects.create, writer_id=ada.id)
    await run(first.delete)
    await run(ada.letters.set, [])  # what is deleted keeps its foreign key
    assert (await run(Note.all_objects.get, id=first.id)).writer_id == ada.id
    await run(Note.objects.create, writer_id=ada.id)
    with pytest.raises(QueryError, match="cannot be NULL"):
        await run(ada.letters.clear)
    assert await run(ada.letters.delete) == 1
    assert await run(Note.all_objects.count) == 2


def test_a_junction_does_not_mark_rows() -> None:
    class Song(Model):
        __tablename__ = table("mixrel_songs")

        id = Field(Integer, primary_key=True)
        singers: Any = ManyToMany("Crooner", through=table("mixrel_sung"))

    class Crooner(Model):
        __tablename__ = table("mixrel_singers")

        id = Field(Integer, primary_key=True)

    class Sung(SoftDeleteMixin, Model):
        __tablename__ = table("mixrel_sung")

        song_id = Field(Integer, ForeignKey(f"{table('mixrel_songs')}.id"), primary_key=True)
        singer_id = Field(Integer, ForeignKey(f"{table('mixrel_singers')}.id"), primary_key=True)

    fault, *others = check_models([Song, Crooner, Sung])
    assert {other.code for other in others} == {"reaches-broken"}
    assert (fault.code, fault.model, fault.attribute) == ("relationship-junction", "Song", "singers")
    assert "lead to it by OneToMany" in fault.hint


def test_an_abstract_model_contributes_its_relationships(db: Database, run: Run) -> None:
    class Owned(Model):
        owner: Any = ForeignKey(Writer)

        class Meta:
            abstract = True

    class Quill(Owned):
        __tablename__ = table("mixrel_quills")
        id = Field(Integer, primary_key=True)

    check_models([Writer, Work, Note, Label, Quill])
    assert Quill(owner=Writer(id=7, name="Ada")).owner_id == 7
