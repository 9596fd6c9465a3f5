"""Queries: one row, many rows, order, slices, values, streams; each call in both its faces."""

from __future__ import annotations

import asyncio
import datetime
import decimal
from typing import Any

import pytest

import chakra
from chakra import Field, Integer, Model, String
from chakra.exceptions import (
    FieldError,
    MultipleResultsError,
    NotFoundError,
    QueryError,
)
from conftest import AsyncFace, Database
from models import Country, Post, Reader, Sample, Seat, Word, table

WORDS = [(1, "pear", 3), (2, "Apple", 1), (3, None, 2), (4, "apple", None), (5, "zebra", 3)]


@pytest.fixture
def words(db: Database) -> Database:
    db.create(Word)
    Word.objects.bulk_create_sync([Word(id=i, text=t, number=n) for i, t, n in WORDS])
    return db


async def ids(run: Any, queryset: Any) -> list[int]:
    return [word.id for word in await run(queryset.all)]


async def test_all(words: Database, run: Any) -> None:
    found = await run(Word.objects.order_by("id").all)
    assert [(word.id, word.text, word.number) for word in found] == WORDS
    assert all(type(word) is Word for word in found)


async def test_a_query_is_awaitable_by_itself_and_again(words: Database) -> None:
    queryset = Word.objects.filter(id__lte=2).order_by("id")
    assert [word.id for word in await queryset] == [1, 2]
    await Word.objects.filter(id=1).delete()
    assert [word.id for word in await queryset] == [2]


async def test_nothing_runs_before_it_is_awaited(words: Database) -> None:
    deletion = Word.objects.delete()
    assert await Word.objects.count() == 5
    assert await deletion == 5


async def test_get(words: Database, run: Any) -> None:
    assert (await run(Word.objects.get, id=2)).text == "Apple"
    assert (await run(Word.objects.get, pk=2)).text == "Apple"
    assert (await run(Word.objects.get, Word.id == 2)).text == "Apple"
    assert (await run(Word.objects.filter(number=1).get)).id == 2
    with pytest.raises(NotFoundError, match="Word"):
        await run(Word.objects.get, id=99)
    with pytest.raises(MultipleResultsError, match="Word"):
        await run(Word.objects.get, number=3)


async def test_get_by_a_key_of_two_columns(db: Database, run: Any) -> None:
    db.create(Seat)
    await run(Seat.objects.create, row=1, place=2, taken_by="Ada")
    assert (await run(Seat.objects.get, row=1, place=2)).taken_by == "Ada"


async def test_get_or_none(words: Database, run: Any) -> None:
    assert (await run(Word.objects.get_or_none, id=2)).text == "Apple"
    assert await run(Word.objects.get_or_none, id=99) is None
    with pytest.raises(MultipleResultsError):
        await run(Word.objects.get_or_none, number=3)


async def test_first_and_last_go_by_the_key_without_an_order(words: Database, run: Any) -> None:
    assert (await run(Word.objects.first)).id == 1
    assert (await run(Word.objects.last)).id == 5
    assert (await run(Word.objects.filter(number=3).last)).id == 5
    assert (await run(Word.objects.order_by("text", "id").first)).text == "Apple"
    assert (await run(Word.objects.order_by("text", "id").last)).text is None
    assert await run(Word.objects.filter(id=99).first) is None
    assert await run(Word.objects.filter(id=99).last) is None


async def test_first_of_a_slice(words: Database, run: Any) -> None:
    assert (await run(Word.objects.order_by("id")[2:4].first)).id == 3
    assert await run(Word.objects.order_by("id")[10:20].first) is None


async def test_count_and_exists(words: Database, run: Any) -> None:
    assert await run(Word.objects.count) == 5
    assert await run(Word.objects.filter(number=3).count) == 2
    assert await run(Word.objects.filter(id=99).count) == 0
    assert await run(Word.objects[1:3].count) == 2
    assert await run(Word.objects[4:9].count) == 1
    assert await run(Word.objects.exists) is True
    assert await run(Word.objects.filter(id=99).exists) is False
    assert await run(Word.objects[5:].exists) is False


async def test_order(words: Database, run: Any) -> None:
    assert await ids(run, Word.objects.order_by("-id")) == [5, 4, 3, 2, 1]
    assert await ids(run, Word.objects.order_by("-number", "id")) == [4, 1, 5, 3, 2]
    assert await ids(run, Word.objects.order_by(Word.number, Word.id.desc())) == [2, 3, 5, 1, 4]
    assert await ids(run, Word.objects.order_by("-id").order_by("id")) == [1, 2, 3, 4, 5]
    assert await ids(run, Word.objects.order_by("id").reverse()) == [5, 4, 3, 2, 1]


async def test_null_is_the_largest_unless_told_otherwise(words: Database, run: Any) -> None:
    assert (await ids(run, Word.objects.order_by("number", "id")))[-1] == 4
    assert (await ids(run, Word.objects.order_by("-number", "id")))[0] == 4
    assert (await ids(run, Word.objects.order_by(Word.number.asc(nulls_first=True), "id")))[0] == 4
    assert (await ids(run, Word.objects.order_by(Word.number.desc(nulls_last=True), "id")))[-1] == 4


async def test_text_orders_by_code_point(db: Database, run: Any) -> None:
    db.create(Word)
    texts = ["b", "a", "B", "A", "ä", "Z", "z", "a b", "aB", "_", "é", "日本", "😀", ""]
    await run(Word.objects.bulk_create, [Word(text=text) for text in texts])
    found = await run(Word.objects.order_by("text").values_list("text", flat=True).all)
    assert found == sorted(texts)


async def test_meta_ordering(db: Database, run: Any) -> None:
    db.create(Country)
    rows = [("NO", "Norway", 5), ("SE", "Sweden", 10), ("AX", "Åland", None), ("DK", "Denmark", 5)]
    await run(Country.objects.bulk_create, [Country(code=c, name=n, population=p) for c, n, p in rows])

    async def codes(queryset: Any) -> list[str]:
        return [country.code for country in await run(queryset.all)]

    assert await codes(Country.objects) == ["AX", "SE", "DK", "NO"]
    assert await codes(Country.objects.reverse()) == ["NO", "DK", "SE", "AX"]
    assert await codes(Country.objects.order_by("code")) == ["AX", "DK", "NO", "SE"]
    assert (await run(Country.objects.first)).code == "AX"
    assert (await run(Country.objects.last)).code == "NO"
    assert await codes(Country.objects[1:3]) == ["SE", "DK"]
    assert [row["code"] async for row in run.stream(Country.objects.values("code"))] == ["AX", "SE", "DK", "NO"]


async def test_slices(words: Database, run: Any) -> None:
    ordered = Word.objects.order_by("id")
    assert await ids(run, ordered[1:3]) == [2, 3]
    assert await ids(run, ordered[:2]) == [1, 2]
    assert await ids(run, ordered[3:]) == [4, 5]
    assert await ids(run, ordered[:]) == [1, 2, 3, 4, 5]
    assert await ids(run, ordered[2:2]) == []
    assert await ids(run, ordered[3:1]) == []
    assert await ids(run, ordered[1:][1:3]) == [3, 4]
    assert await ids(run, ordered[1:3][:9]) == [2, 3]
    assert await ids(run, ordered.limit(2)) == [1, 2]
    assert await ids(run, ordered.offset(3)) == [4, 5]
    assert await ids(run, ordered.limit(2).offset(1)) == [2, 3]
    assert await ids(run, ordered.offset(1).limit(2)) == [2, 3]
    assert await ids(run, ordered.limit(0)) == []


def test_what_a_slice_refuses(words: Database) -> None:
    sliced = Word.objects.order_by("id")[1:3]
    for refused in (
        lambda: sliced.filter(id=1),
        lambda: sliced.exclude(id=1),
        lambda: sliced.order_by("id"),
        lambda: sliced.update(number=1),
        lambda: sliced.update_sync(number=1),
        lambda: sliced.delete(),
        lambda: sliced.delete_sync(),
        lambda: Word.objects[-1:],
        lambda: Word.objects[:-1],
        lambda: Word.objects[::2],
        lambda: Word.objects[3],  # type: ignore[index]
        lambda: Word.objects.limit(-1),
        lambda: Word.objects.offset(-1),
    ):
        with pytest.raises(QueryError):
            refused()
    assert Word.objects.count_sync() == 5


async def test_distinct(words: Database, run: Any) -> None:
    numbers = Word.objects.values_list("number", flat=True)
    assert sorted(await run(numbers.filter(number__isnull=False).distinct().all)) == [1, 2, 3]
    assert await run(numbers.distinct().count) == 4


async def test_values(words: Database, run: Any) -> None:
    first = Word.objects.order_by("id")
    assert await run(first.values().first) == {"id": 1, "text": "pear", "number": 3}
    assert await run(first.values("text", "id").first) == {"text": "pear", "id": 1}
    assert list(await run(first.values("text", "id").first)) == ["text", "id"]
    assert await run(first.values_list().first) == (1, "pear", 3)
    assert await run(first.values_list("number", "id")[:2].all) == [(3, 1), (1, 2)]
    assert await run(first.values_list("id", flat=True).all) == [1, 2, 3, 4, 5]
    assert await run(first.values("id").get, id=2) == {"id": 2}
    row = await run(first.values_list("text", "id", named=True).first)
    assert (row.text, row.id, row[0], row["id"], tuple(row)) == ("pear", 1, "pear", 1, ("pear", 1))
    assert await run(first.filter(id=99).values("id").all) == []


def test_values_refuse_what_they_cannot_give(words: Database) -> None:
    with pytest.raises(FieldError, match='did you mean "text"'):
        Word.objects.values("txt")
    with pytest.raises(FieldError):
        Word.objects.values_list("nothing")
    with pytest.raises(QueryError):
        Word.objects.values_list("id", "text", flat=True)
    with pytest.raises(QueryError):
        Word.objects.values_list("id", flat=True, named=True)


async def test_values_have_the_types_of_attributes(db: Database, run: Any) -> None:
    db.create(Reader)
    made = await run(Reader.objects.create, name="Ada", balance="12.50", settings={"a": [1]})
    row = await run(Reader.objects.values("balance", "settings", "created_at", "active").get)
    assert row == {
        "balance": decimal.Decimal("12.50"),
        "settings": {"a": [1]},
        "created_at": made.created_at,
        "active": True,
    }
    assert type(row["balance"]) is decimal.Decimal
    assert type(row["active"]) is bool
    assert row["created_at"].tzinfo is datetime.timezone.utc


async def test_query_methods_of_ones_own(db: Database, run: Any) -> None:
    db.create(Post)
    await run(Post.objects.bulk_create, [Post(title="Rust", published=True), Post(title="Trust"), Post(title="Go")])
    assert await run(Post.objects.titled("rust").count) == 2
    assert [post.title for post in await run(Post.objects.titled("RUST").published().all)] == ["Rust"]


def test_there_is_no_hidden_io(words: Database) -> None:
    with pytest.raises(TypeError, match="all_sync"):
        list(Word.objects)
    with pytest.raises(TypeError, match="exists"):
        bool(Word.objects)
    with pytest.raises(TypeError, match="count"):
        len(Word.objects)


# ------------------------------------------------------------------------------ streams


@pytest.fixture
def many(db: Database) -> Database:
    db.create(Word)
    Word.objects.bulk_create_sync([Word(id=i, text=f"word {i}", number=i % 7) for i in range(1, 5001)])
    return db


async def test_stream(many: Database, run: Any) -> None:
    seen = [word.id async for word in run.stream(Word.objects.order_by("id"))]
    assert seen == list(range(1, 5001))
    assert [row async for row in run.stream(Word.objects.filter(id__lt=3).order_by("id").values_list("id"))] == [
        (1,),
        (2,),
    ]
    assert [word async for word in run.stream(Word.objects.filter(id=0))] == []


async def test_stream_in_batches(many: Database, run: Any) -> None:
    sizes = [len(batch) async for batch in run.stream(Word.objects.order_by("id"), batch_size=1200)]
    assert sizes == [1200, 1200, 1200, 1200, 200]
    with pytest.raises(QueryError):
        run.stream(Word.objects, batch_size=0)


async def test_a_query_is_an_async_iterable(many: Database) -> None:
    total = 0
    async for word in Word.objects:
        total += word.id
    assert total == sum(range(1, 5001))


async def test_a_stream_may_be_left_early(many: Database, run: Any) -> None:
    for _ in range(8):  # more often than the pool has connections
        async for word in run.stream(Word.objects.order_by("id")):
            if word.id == 3:
                break
    assert await asyncio.wait_for(AsyncFace()(Word.objects.count), 10) == 5000
    assert await run(Word.objects.filter(id=1).update, number=9) == 1


async def test_writing_while_streaming(many: Database, run: Any) -> None:
    changed = 0
    async for word in run.stream(Word.objects.filter(id__lte=600).order_by("id")):
        if word.id % 100 == 0:
            changed += await run(Word.objects.filter(id=word.id).update, number=-1)
    assert changed == 6
    assert await run(Word.objects.filter(number=-1).count) == 6


async def test_a_stream_holds_few_rows_at_a_time(db: Database, run: Any) -> None:
    db.create(Sample)
    blob = bytes(20_000)
    for start in range(0, 3000, 500):
        await run(Sample.objects.bulk_create, [Sample(id=start + i, data=blob) for i in range(500)])

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    before, peak, count = resident(), 0, 0
    async for batch in run.stream(Sample.objects.order_by("id"), batch_size=50):
        count += len(batch)
        peak = max(peak, resident())
    assert count == 3000
    assert peak - before < 30_000_000  # all rows together take 60 MB, and twice that as Python objects


async def test_many_queries_at_once(many: Database) -> None:
    found = await asyncio.gather(*(Word.objects.get(id=number) for number in range(1, 201)))
    assert [word.id for word in found] == list(range(1, 201))


async def test_blocking_calls_from_threads(many: Database) -> None:
    def count(number: int) -> int:
        return Word.objects.filter(number=number).count_sync()

    counts = await asyncio.gather(*(asyncio.to_thread(count, number) for number in range(7)))
    assert sum(counts) == 5000


def test_event_loops_may_come_and_go(many: Database) -> None:
    async def count() -> int:
        return await Word.objects.count()

    assert asyncio.run(count()) == asyncio.run(count()) == 5000


async def test_instances_of_a_subclassed_query_are_the_models(many: Database) -> None:
    found: Model | None = await Word.objects.filter(id=1).first()
    assert isinstance(found, Word)


class Ranked(Model):
    __tablename__ = table("ranked")

    id = Field(Integer, primary_key=True)
    rank = Field(Integer)
    group = Field(String(10))

    class Meta:
        ordering = ["-rank"]


async def test_the_order_of_the_model(db: Database, run: Any) -> None:
    db.create(Ranked)
    Ranked.objects.bulk_create_sync([Ranked(rank=rank, group="ab"[rank % 2]) for rank in range(6)])
    every = await run(Ranked.objects.all)
    assert [row.rank for row in every] == [5, 4, 3, 2, 1, 0]
    assert (await run(Ranked.objects.all()[3:4].get)).rank == every[3].rank
    # Nobody asked for an order of the groups, which have no rank.
    groups = Ranked.objects.values_list("group", flat=True).distinct()
    assert sorted(await run(groups.all)) == ["a", "b"]
    assert await run(groups.first) == "a"
    assert await run(groups.last) == "b"
    with pytest.raises(QueryError, match="slice"):
        Ranked.objects.all()[:3].distinct()
    for size in (0, -1, "x"):
        with pytest.raises(QueryError, match="batch_size"):
            Ranked.objects.stream(batch_size=size)  # type: ignore[arg-type]


@pytest.mark.parametrize("connections", [1, 2, 3])
async def test_reading_inside_a_stream(db: Database, run: Any, connections: int) -> None:
    if db.backend != "sqlite" and connections == 1:
        pytest.skip("a stream keeps the only connection of a network pool")
    db.create(Word)
    await Word.objects.bulk_create([Word(number=number) for number in range(1500)])
    pool = await chakra.create_pool(db.url, max_connections=connections, acquire_timeout=20)
    words = Word.objects.using(pool)
    seen = 0
    async for word in run.stream(words.order_by("id")):
        assert (await run(words.get, id=word.id)).number == seen
        seen += 1
    assert seen == 1500
    await pool.close()
