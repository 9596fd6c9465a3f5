"""Sessions: what is added, changed and deleted is written together, and one row is one object."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

import chakra
from chakra import Session
from chakra.exceptions import (
    ForeignKeyViolation,
    SessionError,
    StaleObjectError,
    UniqueViolation,
    ValidationError,
)
from chakra.testing import assert_num_queries
from conftest import Database
from session_models import MODELS, Choir, Concert, Face, Score, Seat, Singer, refused_session, session_of


@pytest.fixture
def music(db: Database) -> Database:
    db.create(*MODELS)
    return db


def names(model: Any = Singer) -> list[str]:
    """What is stored, asked outside of any session."""
    return list(model.objects.order_by("name").values_list("name", flat=True).all_sync())


async def test_the_end_of_the_block_writes_what_was_added(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(name="Ada")
        session.add(singer)
        assert singer in session
        assert singer.id is None
    assert singer.id is not None
    assert names() == ["Ada"]
    assert singer not in session


async def test_an_exception_takes_all_of_it_back(music: Database, run: Face) -> None:
    async with refused_session(run) as session:
        singer = Singer(name="Ada")
        session.add(singer)
        await run(session.flush)
        assert singer.id is not None
    assert names() == []
    assert singer.id is None
    assert not singer._is_loaded()


async def test_changes_are_found(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        assert session.changed_objects == [singer]
        with assert_num_queries(1):
            await run(session.flush)
        assert session.changed_objects == []
        with assert_num_queries(0):
            await run(session.flush)
    assert names() == ["Bo"]


async def test_only_changed_columns_are_written(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada", pitch=440)
    async with session_of(run) as session:
        singer = await run(session.get, Singer, ada.id)
        singer.pitch = 441
        await run(chakra.raw("update " + Singer.__tablename__ + " set name = 'Zoe'").execute)
        singer.pitch = 442
    assert [(one.name, one.pitch) for one in Singer.objects.all().all_sync()] == [("Zoe", 442)]


async def test_what_is_assigned_back_is_no_change(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        singer.name = "Ada"
        assert session.changed_objects in ([], [singer])
        with assert_num_queries(0):
            await run(session.commit)
        assert not session.in_transaction


async def test_one_row_is_one_object(music: Database, run: Face) -> None:
    choir = await run(Choir.objects.create, name="Bach")
    await run(Singer.objects.create, name="Ada", choir_id=choir.id)
    async with session_of(run) as session:
        first = await run(Singer.objects.get)
        assert await run(Singer.objects.get, name="Ada") is first
        assert await run(session.get, Singer, first.id) is first
        together = await run(Singer.objects.select_related("choir").get)
        assert together is first
        own = await run(Choir.objects.get)
        assert own is first.choir
        [seen] = (await run(Choir.objects.prefetch_related("singers").get)).singers
        assert seen is first
        [raw] = await run(chakra.raw(f"select * from {Singer.__tablename__}", model=Singer).all)
        assert raw is first
        assert await run(Singer.objects.first) is first
    outside = await run(Singer.objects.get)
    assert outside is not first


async def test_lazy_loads_give_the_sessions_objects(music: Database, run: Face) -> None:
    choir = await run(Choir.objects.create, name="Bach")
    await run(Singer.objects.create, name="Ada", choir_id=choir.id)
    async with session_of(run):
        own = await run(Choir.objects.get)
        singer = await run(Singer.objects.get)
        assert await run(singer.choir.load) is own
        await run(own.singers.load)
        assert own.singers[0] is singer


async def test_get_asks_once(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        with assert_num_queries(1):
            singer = await run(session.get, Singer, ada.id)
        with assert_num_queries(0):
            assert await run(session.get, Singer, ada.id) is singer
            assert await run(session.get, Singer, str(ada.id)) is singer
        assert await run(session.get, Singer, ada.id + 1) is None
        with pytest.raises(ValidationError):
            await run(session.get, Singer, "no number")


async def test_get_by_a_key_of_two_fields(music: Database, run: Face) -> None:
    await run(Seat.objects.create, row=1, number=2, guest="Ada")
    async with session_of(run) as session:
        seat = await run(session.get, Seat, (1, 2))
        assert seat.guest == "Ada"
        assert await run(session.get, Seat, (1, 2)) is seat
        assert await run(session.get, Seat, (2, 1)) is None
        with pytest.raises(ValidationError, match="tuple"):
            await run(session.get, Seat, 1)


async def test_what_was_added_is_found_by_its_key(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(id=7, name="Ada")
        session.add(singer)
        assert await run(session.get, Singer, 7) is singer
        assert await run(Singer.objects.get, name="Ada") is singer


async def test_a_graph_goes_with_what_is_added(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        choir = Choir(name="Bach", singers=[Singer(name="Ada"), Singer(name="Bo")])
        session.add(choir)
        assert len(session.new_objects) == 3
        late = Singer(name="Cleo", choir=choir)
        assert late not in session
    assert {one.choir_id for one in Singer.objects.all().all_sync()} == {choir.id}
    assert names() == ["Ada", "Bo", "Cleo"]
    assert [singer.choir_id for singer in choir.singers] == [choir.id] * 3


async def test_parents_come_first_whatever_the_order(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singers = [Singer(name=f"singer {number}") for number in range(3)]
        session.add_all(singers)
        choir = Choir(name="Bach")
        for singer in singers:
            singer.choir = choir
    assert Singer.objects.filter(choir__name="Bach").count_sync() == 3


async def test_a_new_parent_of_a_stored_object(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        singer.choir = Choir(name="Bach")
        await run(session.flush)
        assert singer.choir_id == singer.choir.id
    assert Singer.objects.get_sync(choir__name="Bach").name == "Ada"


async def test_circles_through_nullable_keys(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        choir = Choir(name="Bach")
        leader = Singer(name="Ada", choir=choir)
        choir.leader = leader
        session.add(choir)
    stored = Choir.objects.get_sync()
    assert (stored.leader_id, choir.leader_id) == (leader.id, leader.id)
    assert Singer.objects.get_sync().choir_id == choir.id


async def test_many_objects_in_few_statements(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        for number in range(1_000):
            singers = [Singer(name=f"singer {number} {voice}") for voice in range(5)]
            session.add(Choir(name=f"choir {number}", singers=singers))
        with assert_num_queries(2):
            await run(session.commit)
    assert Singer.objects.count_sync() == 5_000
    assert Singer.objects.filter(choir__name="choir 77").count_sync() == 5


async def test_deleting(music: Database, run: Face) -> None:
    choir = await run(Choir.objects.create, name="Bach")
    for name in ("Ada", "Bo"):
        await run(Singer.objects.create, name=name, choir_id=choir.id)
    async with session_of(run) as session:
        own = await run(Choir.objects.prefetch_related("singers").get)
        session.delete(own)  # before those that refer to it
        for singer in list(own.singers):
            session.delete(singer)
        assert await run(session.get, Choir, choir.id) is None
        with assert_num_queries(2):
            await run(session.flush)
        assert await run(session.get, Choir, choir.id) is None
        assert own not in session
    assert (Choir.objects.count_sync(), Singer.objects.count_sync()) == (0, 0)
    assert not own._is_loaded()


async def test_a_deleted_object_leaves_its_parent(music: Database, run: Face) -> None:
    choir = await run(Choir.objects.create, name="Bach")
    for name in ("Ada", "Bo"):
        await run(Singer.objects.create, name=name, choir_id=choir.id)
    async with session_of(run) as session:
        own = await run(Choir.objects.prefetch_related("singers").get)
        gone = next(singer for singer in own.singers if singer.name == "Ada")
        session.delete(gone)
        await run(session.flush)
        assert [singer.name for singer in own.singers] == ["Bo"]


async def test_deleting_what_is_new_forgets_it(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(name="Ada")
        session.add(singer)
        session.delete(singer)
        assert singer not in session
        with pytest.raises(SessionError, match="not in the database"):
            session.delete(singer)
    assert names() == []


async def test_one_key_goes_and_comes(music: Database, run: Face) -> None:
    old = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        gone = await run(session.get, Singer, old.id)
        session.delete(gone)
        new = Singer(id=old.id, name="Bo")
        session.add(new)
        await run(session.flush)
        assert await run(session.get, Singer, old.id) is new
    assert names() == ["Bo"]


async def test_a_changed_key_updates_by_the_old_one(music: Database, run: Face) -> None:
    await run(Seat.objects.create, row=1, number=1, guest="Ada")
    async with session_of(run) as session:
        seat = await run(session.get, Seat, (1, 1))
        seat.number = 9
        await run(session.flush)
        with assert_num_queries(0):
            assert await run(session.get, Seat, (1, 9)) is seat
        assert await run(session.get, Seat, (1, 1)) is None
        seat.guest = "Bo"
    assert [(one.number, one.guest) for one in Seat.objects.all().all_sync()] == [(9, "Bo")]


async def test_values_that_change_in_place(music: Database, run: Face) -> None:
    await run(Score.objects.create, title="Mass", parts={"a": [1]}, bars=[1, 2])
    async with session_of(run) as session:
        score = await run(Score.objects.get)
        score.parts["a"].append(2)
        score.bars.append(3)
        with assert_num_queries(1):
            await run(session.flush)
        with assert_num_queries(0):
            await run(session.flush)
    stored = Score.objects.get_sync()
    assert (stored.parts, stored.bars) == ({"a": [1, 2]}, [1, 2, 3])


async def test_a_change_in_place_keeps_its_object(music: Database, run: Face) -> None:
    await run(Score.objects.create, title="Mass", parts={"a": 1})
    async with session_of(run):
        (await run(Score.objects.get)).parts["a"] = 2
        gc.collect()
    assert Score.objects.get_sync().parts == {"a": 2}


async def test_unmodified_objects_are_held_weakly_and_changed_ones_are_not(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        alive = weakref.ref(singer)
        del singer
        gc.collect()
        assert alive() is None
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        alive = weakref.ref(singer)
        del singer
        gc.collect()
        assert alive() is not None
        await run(session.commit)
        gc.collect()
        assert alive() is None
    assert names() == ["Bo"]


async def test_pending_changes_are_not_overwritten(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada", pitch=440)
    async with session_of(run, autoflush=False):
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        assert (await run(Singer.objects.get)).name == "Bo"
        assert (await run(Singer.objects.get)) is singer
    assert names() == ["Bo"]


async def test_pending_changes_are_written_before_a_query(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        session.add(Singer(name="Bo"))
        assert await run(Singer.objects.count) == 2
        singer = await run(Singer.objects.get, name="Ada")
        singer.name = "Zoe"
        assert await run(Singer.objects.filter(name="Zoe").exists)
        session.delete(singer)
        assert await run(chakra.raw(f"select count(*) from {Singer.__tablename__}").scalar) == 1
        assert await run(session.scalar, f"select count(*) from {Singer.__tablename__}") == 1


async def test_without_autoflush_nothing_is_written_before(music: Database, run: Face) -> None:
    async with session_of(run, autoflush=False) as session:
        session.add(Singer(name="Bo"))
        assert await run(Singer.objects.count) == 0
        await run(session.flush)
        assert await run(Singer.objects.count) == 1


async def test_a_stream_sees_what_is_pending(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(name="Ada")
        session.add(singer)
        assert [one async for one in run.stream(Singer.objects)] == [singer]


async def test_reading_begins_no_transaction(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        await run(Singer.objects.get)
        assert not session.in_transaction
        session.add(Singer(name="Bo"))
        await run(session.flush)
        assert session.in_transaction
        await run(session.commit)
        assert not session.in_transaction


async def test_after_a_commit_objects_keep_their_values(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        choir = Choir(name="Bach", singers=[Singer(name="Ada")])
        session.add(choir)
        await run(session.commit)
        with assert_num_queries(0):
            assert (choir.name, choir.singers[0].choir_id) == ("Bach", choir.id)
        choir.name = "Brahms"
    assert names(Choir) == ["Brahms"]


async def test_two_objects_of_one_row(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        own = await run(session.get, Singer, ada.id)
        with pytest.raises(SessionError, match=rf"Singer {ada.id}.*merge"):
            session.add(ada)
        assert own in session
        assert ada not in session


async def test_objects_of_another_open_session(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as outer:
        own = await run(outer.get, Singer, ada.id)
        inner = Session()
        with inner:
            with pytest.raises(SessionError, match=rf"Singer {ada.id}.*another open session"):
                inner.add(own)
        fresh = Singer(name="Bo")
        outer.add(fresh)
        with Session() as inner, pytest.raises(SessionError, match="a new Singer"):
            inner.add(fresh)


async def test_objects_outlive_their_session(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(name="Ada")
        session.add(singer)
    singer.name = "Bo"
    await run(singer.save)
    assert names() == ["Bo"]
    async with session_of(run) as session:
        session.add(singer)
        singer.name = "Cleo"
    assert names() == ["Cleo"]


async def test_merge(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada")
    ada.name = "Bo"
    async with session_of(run) as session:
        own = await run(session.merge, ada)
        assert own is not ada
        assert own in session
        assert (own.id, own.name) == (ada.id, "Bo")
        assert await run(session.merge, own) is own
        new = await run(session.merge, Singer(name="New"))
        assert new in session
        absent = await run(session.merge, Singer(id=ada.id + 50, name="Absent"))
        assert absent in session
    assert names() == ["Absent", "Bo", "New"]


async def test_refresh_overwrites_pending_changes(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        await run(session.refresh, singer)
        assert singer.name == "Ada"
        with pytest.raises(SessionError, match="not an object of this session"):
            await run(session.refresh, Singer(name="Cleo"))
    assert names() == ["Ada"]


async def test_expunge(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        singer.name = "Bo"
        session.expunge(singer)
        assert singer not in session
        other = await run(Singer.objects.get)
        assert other is not singer
        assert other.name == "Ada"
        new = Singer(name="New")
        session.add(new)
        session.expunge(new)
    assert names() == ["Ada"]


async def test_a_stale_version(music: Database, run: Face) -> None:
    made = await run(Concert.objects.create, hall="Gewandhaus")
    async with session_of(run) as session:
        concert = await run(session.get, Concert, made.id)
        await run(session.execute, f"update {Concert.__tablename__} set version = version + 1")
        concert.hall = "Nikolaikirche"
        with pytest.raises(StaleObjectError):
            await run(session.flush)
        with pytest.raises(SessionError, match="roll back"):
            await run(session.commit)
        await run(session.rollback)
        assert concert.hall == "Gewandhaus"


async def test_versions_and_stamps_arrive(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        concert = Concert(hall="Gewandhaus")
        session.add(concert)
        await run(session.flush)
        first = concert.version
        concert.hall = "Thomaskirche"
        await run(session.flush)
        assert concert.version == first + 1
        session.delete(concert)
        await run(session.flush)
        assert await run(session.get, Concert, concert.id) is None
        assert concert.deleted_at is not None
    assert Concert.objects.count_sync() == 0
    assert Concert.all_objects.get_sync().version == first + 2


async def test_a_failed_flush(music: Database, run: Face) -> None:
    await run(Choir.objects.create, name="Bach")
    async with session_of(run) as session:
        choir = Choir(name="Bach")
        session.add(choir)
        with pytest.raises(UniqueViolation):
            await run(session.flush)
        with pytest.raises(SessionError, match="roll back"):
            await run(session.flush)
        await run(session.rollback)
        assert choir not in session
        assert choir.id is None
        choir.name = "Brahms"
        session.add(choir)
    assert names(Choir) == ["Bach", "Brahms"]


async def test_a_flush_that_fails_at_the_end(music: Database, run: Face) -> None:
    await run(Choir.objects.create, name="Bach")
    choir = Choir(name="Bach")

    async def write(*objects: Any) -> None:
        async with session_of(run) as session:
            session.add_all(objects)

    with pytest.raises(UniqueViolation):
        await write(choir, Singer(name="Ada"))
    assert not choir._is_loaded()
    assert names() == []
    with pytest.raises(ForeignKeyViolation):
        await write(Singer(name="Ada", choir_id=999))


async def test_what_does_not_fit_is_told_before_anything_is_written(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer()
        session.add(singer)
        session.add(Singer(name="Bo"))
        with assert_num_queries(0), pytest.raises(ValidationError, match="name"):
            await run(session.flush)
        singer.name = "Ada"
    assert names() == ["Ada", "Bo"]


async def test_a_session_that_was_not_entered_or_has_ended(music: Database, run: Face) -> None:
    session = Session()
    with pytest.raises(SessionError, match="not entered"):
        session.add(Singer(name="Ada"))
    async with session_of(run) as session:
        pass
    with pytest.raises(SessionError, match="ended"):
        session.add(Singer(name="Ada"))
    with pytest.raises(SessionError, match="entered before"):
        session.__enter__()


async def test_what_is_no_object(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        with pytest.raises(TypeError, match="one by one, not list"):
            session.add([Singer(name="Ada")])  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="not str"):
            session.add_all("ab")  # type: ignore[arg-type]


async def test_save_and_create_belong_to_the_session(music: Database, run: Face) -> None:
    async with refused_session(run) as session:
        made = await run(Singer.objects.create, name="Ada")
        assert await run(session.get, Singer, made.id) is made
        made.name = "Bo"
        await run(made.save)
        pending = Singer(name="Cleo")
        session.add(pending)
        await run(pending.save)
        assert await run(Singer.objects.count) == 2
        await run(made.delete)
        assert await run(session.get, Singer, made.id) is None
    assert names() == []
    assert not pending._is_loaded()


async def test_after_a_rollback_objects_hold_what_the_database_holds(music: Database, run: Face) -> None:
    await run(Singer.objects.create, name="Ada", pitch=440)
    await run(Score.objects.create, title="Mass", parts={"a": 1})
    choir = await run(Choir.objects.create, name="Bach")
    async with session_of(run) as session:
        singer = await run(Singer.objects.get)
        score = await run(Score.objects.get)
        own = await run(Choir.objects.prefetch_related("singers").get)
        singer.name, singer.choir = "Bo", own
        score.parts["a"] = 2
        await run(session.flush)
        singer.pitch = 1
        score.parts["b"] = 3
        session.delete(own)
        new = Singer(name="New")
        session.add(new)
        await run(session.rollback)
        assert (singer.name, singer.pitch, singer.choir_id, score.parts) == ("Ada", 440, None, {"a": 1})
        assert session.changed_objects == []
        assert new not in session
        assert own in session
        await run(own.singers.load)
        assert list(own.singers) == []
        with assert_num_queries(0):
            await run(session.flush)
        singer.name = "Cleo"
    assert names() == ["Cleo"]
    assert Choir.objects.get_sync().id == choir.id


async def test_rolled_back_deletions(music: Database, run: Face) -> None:
    ada = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(session.get, Singer, ada.id)
        session.delete(singer)
        await run(session.flush)
        await run(session.rollback)
        assert singer in session
        assert await run(session.get, Singer, ada.id) is singer
        singer.name = "Bo"
    assert names() == ["Bo"]


async def test_tasks_started_inside_join(music: Database) -> None:
    async with Session() as session:

        async def add(number: int) -> None:
            session.add(Singer(name=f"singer {number}"))
            await Singer.objects.filter(name="x").count()

        await asyncio.gather(*(add(number) for number in range(10)))
        assert await Singer.objects.count() == 10
    assert len(names()) == 10


async def test_a_stranger_sees_nothing(music: Database) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()
    seen: list[int] = []

    async def stranger() -> None:
        await asked.wait()
        seen.append(await Singer.objects.count())
        answered.set()

    task = asyncio.create_task(stranger())
    async with Session() as session:
        session.add(Singer(name="Ada"))
        await session.flush()
        asked.set()
        await answered.wait()
    await task
    assert seen == [0]


async def test_a_task_that_outlives_the_block(music: Database) -> None:
    left = asyncio.Event()

    async def late() -> int:
        await left.wait()
        return await Singer.objects.count()

    async with Session():
        task = asyncio.create_task(late())
        await asyncio.sleep(0)
    left.set()
    with pytest.raises(SessionError, match="ended"):
        await task
