"""Logging, the log of slow statements, and profiles of blocks."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra import Field, Integer, Model, String, _chakra
from chakra.debug import QueryProfiler
from chakra.exceptions import OperationalError, ProgrammingError
from chakra.testing import assert_num_queries
from conftest import Database
from models import table
from programs import output_of


class Signal(Model):
    __tablename__ = table("signals")
    id = Field(Integer, primary_key=True)
    name = Field(String(50))


@pytest.fixture
def signals(db: Database) -> Database:
    db.create(Signal)
    Signal.objects.bulk_create_sync([Signal(id=number, name=f"n{number}") for number in range(5)])
    return db


class Records(logging.Handler):
    """Keeps records, and the threads that made them."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)

    def take(self) -> list[logging.LogRecord]:
        kept, self.kept = self.kept, []
        return kept


@pytest.fixture
def records() -> Iterator[Records]:
    """What `chakra.query` logs at DEBUG and above."""
    handler, logger = Records(), logging.getLogger("chakra.query")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def settings() -> Iterator[Any]:
    """Sets what is told of statements, until the end of the test."""
    yield lambda **given: _chakra.set_log_settings(
        **{"queries": True, "query_params": False, "slow_query_ms": None, **given}
    )
    _chakra.set_log_settings(queries=True, query_params=False, slow_query_ms=None)


def fields(record: logging.LogRecord) -> Any:
    return record


# Logging


async def test_every_statement_is_logged(signals: Database, records: Records, run: Any) -> None:
    assert len(await run(Signal.objects.filter(name="n1").all)) == 1
    (record,) = records.take()
    assert (record.levelname, record.name, record.threadName) == ("DEBUG", "chakra.query", "MainThread")
    told = fields(record)
    assert (told.rows, told.pool, told.transaction, told.params) == (1, "default", None, None)
    assert told.sql.startswith("SELECT")
    assert told.sql in record.getMessage()
    assert 0 < told.elapsed_ms < 60_000
    # Values may be secrets.
    assert "n1" not in record.getMessage()


async def test_the_place_in_the_code_is_that_of_the_caller(signals: Database, records: Records) -> None:
    await Signal.objects.count()
    assert records.take()[0].pathname == __file__
    Signal.objects.count_sync()
    assert records.take()[0].funcName == "test_the_place_in_the_code_is_that_of_the_caller"


async def test_errors_are_logged_with_their_class(signals: Database, records: Records, run: Any) -> None:
    with pytest.raises(ProgrammingError):
        await run(chakra.raw("SELECT nothing FROM nowhere").all)
    (record,) = records.take()
    assert record.getMessage().startswith("ProgrammingError in")
    assert fields(record).rows is None


async def test_a_transaction_is_named(signals: Database, records: Records) -> None:
    async with chakra.transaction():
        await asyncio.gather(*(Signal.objects.count() for _ in range(3)))
    async with chakra.transaction():
        await Signal.objects.count()
    numbers = [fields(record).transaction for record in records.take()]
    assert numbers[0] == numbers[1] == numbers[2] < numbers[3]


async def test_a_stream_is_logged_at_its_end(signals: Database, records: Records, run: Any) -> None:
    stream = run.stream(Signal.objects)
    async for _ in stream:
        pass
    assert [fields(record).rows for record in records.take()] == [5]


async def test_nothing_is_logged_where_nobody_asks(signals: Database, records: Records, run: Any) -> None:
    logging.getLogger("chakra.query").setLevel(logging.INFO)
    await run(Signal.objects.count)
    assert records.take() == []


async def test_statements_can_be_left_out(signals: Database, records: Records, settings: Any, run: Any) -> None:
    settings(queries=False)
    await run(Signal.objects.count)
    assert records.take() == []


async def test_slow_statements_are_warnings(signals: Database, records: Records, settings: Any, run: Any) -> None:
    logging.getLogger("chakra.query").setLevel(logging.WARNING)
    settings(slow_query_ms=60_000)
    await run(Signal.objects.count)
    assert records.take() == []
    settings(slow_query_ms=0, queries=False)
    await run(Signal.objects.count)
    (record,) = records.take()
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("slow statement, 1 row in")


async def test_values_are_logged_on_request(signals: Database, records: Records, settings: Any, run: Any) -> None:
    settings(query_params=True)
    await run(Signal.objects.filter(name="who?").all)
    (record,) = records.take()
    assert fields(record).params == '["who?"]'
    assert record.getMessage().endswith('["who?"]')


async def test_a_failing_handler_fails_no_call(
    signals: Database, records: Records, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda shown: seen.append(str(shown.exc_value)))

    def refuse(_: logging.LogRecord) -> None:
        raise RuntimeError("the disk of the log is full")

    monkeypatch.setattr(records, "emit", refuse)
    assert await run(Signal.objects.count) == 5
    assert seen == ["the disk of the log is full"]


async def test_a_handler_may_ask_the_database(
    signals: Database, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    monkeypatch.setattr(records, "emit", lambda _: counts.append(Signal.objects.count_sync()))
    await Signal.objects.first()
    assert counts == [5]


def test_many_threads_log_without_waiting_for_each_other(signals: Database, records: Records) -> None:
    def work() -> None:
        for _ in range(20):
            Signal.objects.count_sync()

    threads = [threading.Thread(target=work, name=f"worker {number}") for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    kept = records.take()
    assert len(kept) == 160
    assert {record.threadName for record in kept} == {thread.name for thread in threads}


async def test_a_cancelled_statement_is_told_as_abandoned(signals: Database, records: Records) -> None:
    locked, profiler = asyncio.Event(), QueryProfiler()

    async def late() -> None:
        await locked.wait()
        with profiler:
            await Signal.objects.update(name="late")

    task = asyncio.create_task(late())
    async with chakra.transaction():
        await Signal.objects.update(name="first")
        records.take()
        locked.set()
        await asyncio.sleep(0)  # now it waits for the rows
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [(query.outcome, query.rows) for query in profiler.queries] == [("abandoned", None)]
    assert [record.getMessage().split()[0] for record in records.take()] == ["abandoned"]


async def test_pools_are_logged(db: Database, tmp_path: Path, run: Any) -> None:
    handler, logger = Records(), logging.getLogger("chakra.pool")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        pool = await run(chakra.create_pool, f"sqlite:///{tmp_path}/logged.db", name="logged")
        await run(pool.close)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    messages = [record.getMessage() for record in handler.kept]
    assert [message.split(":")[0] for message in messages] == ["pool logged opened", "pool logged closed"]


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_passwords_are_in_no_log_error_or_repr(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(OperationalError) as raised:
        # A port that nothing listens on.
        await chakra.connect(f"{scheme}://somebody:s3cr3t@127.0.0.1:9/nowhere", connect_timeout=5)
    assert "s3cr3t" not in str(raised.value) + repr(raised.value) + caplog.text
    assert raised.value.__cause__ is None or "s3cr3t" not in repr(raised.value.__cause__)


CONFIGURED = """
import logging, sys
import chakra

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
{said}
pool = chakra.connect_sync("sqlite:///:memory:")
chakra.raw("SELECT :a AS a", {{"a": 7}}).scalar_sync()
print(logging.getLevelName(logging.getLogger("chakra").level))
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", r"NOTSET"),
        (
            "{'slow_query_ms': 0}",
            r"WARNING chakra.query slow statement, 1 row in .* AS a\nNOTSET",
        ),
        ("{'slow_query_ms': 0, 'level': 'error'}", r"ERROR"),
        ("{'level': 'debug', 'queries': False}", r"(DEBUG chakra.pool .*\n)?DEBUG"),
        (
            "{'level': 'debug', 'query_params': True}",
            r"(DEBUG chakra.pool .*\n)?DEBUG chakra.query .* \[7\]\nDEBUG",
        ),
        ("{'slow_query_ms': 60000}", r"NOTSET"),
    ],
)
def test_the_configuration_says_what_is_told(said: str, expected: str) -> None:
    program = CONFIGURED.format(said=f"chakra.configure(logging={said})" if said else "")
    assert re.fullmatch(expected + r"\n", output_of(program)), output_of(program)


# Profiles


async def test_a_profile_counts_its_block(signals: Database, run: Any) -> None:
    await run(Signal.objects.count)
    async with QueryProfiler() as profiler:
        assert repr(profiler) == "<QueryProfiler: 0 statements in 0.0 ms>"
        for number in range(3):
            await run(Signal.objects.get, id=number)
        await run(Signal.objects.create, id=9, name="last")
    await run(Signal.objects.count)
    assert profiler.count == len(profiler.queries) == 4
    assert [query.rows for query in profiler.queries] == [1, 1, 1, 1]
    (again,) = profiler.duplicates
    assert (again.count, again.sql) == (3, profiler.queries[0].sql)
    assert profiler.slowest is not None
    assert profiler.slowest.elapsed == max(query.elapsed for query in profiler.queries)
    assert profiler.total == pytest.approx(sum(query.elapsed for query in profiler.queries))
    assert "3 times" in repr(profiler)
    assert "4 statements" in profiler.to_html()


async def test_tasks_of_the_block_count_and_others_do_not(signals: Database) -> None:
    begin, entered = asyncio.Event(), asyncio.Event()

    async def stranger() -> None:
        begin.set()
        await entered.wait()
        await Signal.objects.count()

    outside = asyncio.create_task(stranger())
    await begin.wait()
    with QueryProfiler() as profiler:
        entered.set()
        await asyncio.gather(*(Signal.objects.count() for _ in range(3)), asyncio.to_thread(Signal.objects.count_sync))
        await outside
        thread = threading.Thread(target=Signal.objects.count_sync)
        thread.start()
        await asyncio.to_thread(thread.join)
    assert profiler.count == 4


async def test_a_task_that_outlives_the_block_counts_no_more(signals: Database) -> None:
    left = asyncio.Event()

    async def late() -> None:
        await left.wait()
        await Signal.objects.count()

    with QueryProfiler() as profiler:
        task = asyncio.create_task(late())
    left.set()
    await task
    assert profiler.count == 0


async def test_profiles_nest(signals: Database, run: Any) -> None:
    with QueryProfiler() as outer:
        await run(Signal.objects.count)
        with QueryProfiler() as inner, chakra.transaction():
            await run(Signal.objects.count)
        await run(Signal.objects.count)
    assert (outer.count, inner.count) == (3, 1)


async def test_a_profile_starts_anew_and_is_not_entered_twice(signals: Database, run: Any) -> None:
    profiler = QueryProfiler()
    for _ in range(2):
        with profiler:
            await run(Signal.objects.count)
            with pytest.raises(RuntimeError, match="in use"):
                profiler.__enter__()
        assert profiler.count == 1


async def test_a_profile_of_one_pool(signals: Database, tmp_path: Path) -> None:
    other = await chakra.create_pool(f"sqlite:///{tmp_path}/other.db", name="profiled")
    await chakra.create_all(pool=other, models=[Signal])
    with QueryProfiler(pool=other) as profiler, QueryProfiler() as both:
        await Signal.objects.count()
        await Signal.objects.using(other).count()
        async with chakra.transaction(using=other):
            await Signal.objects.using("profiled").count()
    await other.close()
    assert [query.pool for query in profiler.queries] == ["profiled", "profiled"]
    assert both.count == 3


async def test_html_is_escaped(signals: Database, run: Any) -> None:
    with QueryProfiler() as profiler:
        for _ in range(2):
            await run(chakra.raw("SELECT '<script>' AS a").all)
    assert "<script>" not in profiler.to_html()
    assert profiler._repr_html_().count("&lt;script&gt;") == 3


async def test_the_number_of_statements_is_asserted(signals: Database, run: Any) -> None:
    async with assert_num_queries(2):
        await run(Signal.objects.count)
        await run(Signal.objects.first)
    with pytest.raises(AssertionError, match=r"(?s)1 statements were run where 0 were expected:\n1. SELECT COUNT"):
        with assert_num_queries(0):
            await run(Signal.objects.count)
    with assert_num_queries(0):
        # Another block's, and another thread's.
        thread = threading.Thread(target=Signal.objects.count_sync)
        thread.start()
        thread.join()
