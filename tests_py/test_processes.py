"""Processes, threads and loops as programs have them: forks before and after use, spawned workers, exits, Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

import chakra
from chakra import Field, Integer, Model, String
from conftest import Database
from models import table
from programs import output_of, started

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")


class Job(Model):
    __tablename__ = table("process_jobs")
    id = Field(Integer, primary_key=True)
    worker = Field(String(40), default="")


@pytest.fixture
def jobs(db: Database) -> Database:
    db.create(Job)
    Job.objects.bulk_create_sync([Job(id=number) for number in range(1, 21)])
    return db


def idle(pool: chakra.Pool) -> None:
    """Waits until nobody uses a connection."""
    while pool.metrics().active > 0:
        time.sleep(0.01)


# Processes

PRELOADED = """
import asyncio, os, sys, threading
import chakra
from test_processes import Job

url, used = sys.argv[1], sys.argv[2] == "used"
pool = chakra.connect_sync(url, max_connections=3)
if used:
    assert Job.objects.count_sync() == 20
    asyncio.run(pool.check_health())

async def serve(number):
    async def handle(id):
        async with chakra.transaction():
            job = await Job.objects.get(id=id)
            job.worker = f"{number}"
            await job.save()
    mine = range(1 + number, 21, 4)
    await asyncio.gather(*map(handle, mine))
    return await Job.objects.filter(worker=f"{number}").count() == len(mine)

children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        # Blocking calls first, as hooks of servers make them, then a loop.
        well = Job.objects.count_sync() == 20 and asyncio.run(serve(number)) and asyncio.run(serve(number))
        sys.stdout.flush()
        os._exit(0 if well else 1)
    children.append(child)
for _ in range(20):
    assert Job.objects.count_sync() == 20
print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
print(Job.objects.exclude(worker="").count_sync(), asyncio.run(pool.check_health()))
"""


@needs_fork
@pytest.mark.parametrize("before", ["unused", "used"])
def test_workers_that_are_forked_from_a_program_with_a_pool(jobs: Database, before: str) -> None:
    assert output_of(PRELOADED, jobs.url, before).split() == ["0", "0", "0", "0", "20", "True"]


WORKERS = """
import multiprocessing, sys
import chakra
from test_processes import Job, connect_worker, count_and_mark

if __name__ == "__main__":
    url, method = sys.argv[1:]
    chakra.connect_sync(url)
    assert Job.objects.count_sync() == 20
    context = multiprocessing.get_context(method)
    with context.Pool(2, connect_worker, (url,)) as workers:
        counts = workers.map(count_and_mark, range(1, 21))
        workers.close()
        workers.join()
    print(set(counts), Job.objects.filter(worker="marked").count_sync())
"""


def connect_worker(url: str) -> None:
    chakra.connect_sync(url, name="worker")


def count_and_mark(number: int) -> int:
    Job.objects.using("worker").filter(id=number).update_sync(worker="marked")
    return Job.objects.using("worker").count_sync()


@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=needs_fork)])
def test_workers_of_multiprocessing(jobs: Database, method: str) -> None:
    assert output_of(WORKERS, jobs.url, method) == "{20} 20\n"


# Loops


@pytest.mark.parametrize("new_loop", ["asyncio", "uvloop"])
def test_loops_one_after_another(jobs: Database, new_loop: str) -> None:
    factory: Any = asyncio.new_event_loop if new_loop == "asyncio" else pytest.importorskip("uvloop").new_event_loop

    async def work() -> int:
        asyncio.get_running_loop().create_task(asyncio.sleep(0))
        counts = await asyncio.gather(*(Job.objects.count() for _ in range(10)))
        async with chakra.transaction():
            await Job.objects.filter(id=1).update(worker=new_loop)
        # Left under way when the loop ends.
        abandoned = asyncio.ensure_future(Job.objects.count())
        await asyncio.sleep(0)
        abandoned.cancel()
        return sum(counts)

    for _ in range(5):
        loop = factory()
        try:
            assert loop.run_until_complete(work()) == 200
        finally:
            loop.close()
    idle(jobs.pool)
    assert jobs.pool.metrics().size <= 4


def test_anyio(jobs: Database) -> None:
    async def work() -> list[int]:
        counts: list[int] = []

        async def count() -> None:
            counts.append(await Job.objects.count())

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(count)
        holder = await chakra.create_pool(jobs.url, name="holder")
        async with chakra.transaction(using=holder):
            await Job.objects.using(holder).update(worker="held")
            with anyio.move_on_after(0.1) as scope:
                # It waits for the rows that the transaction holds.
                await Job.objects.update(worker="wanted")
            assert scope.cancelled_caught
            # The server hears of it before the rows are free.
            await anyio.to_thread.run_sync(idle, jobs.pool)
        await holder.close()
        assert await Job.objects.filter(worker="held").count() == 20
        assert await anyio.to_thread.run_sync(Job.objects.count_sync) == 20
        return counts

    assert anyio.run(work, backend="asyncio") == [20] * 10


# Threads


def test_sixteen_threads_of_blocking_calls(jobs: Database) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(16)

    def work(number: int) -> None:
        try:
            together.wait(30)
            for turn in range(20):
                key = 100 + number * 20 + turn
                with chakra.transaction():
                    Job.objects.create_sync(id=key, worker=f"thread {number}")
                assert Job.objects.get_sync(id=key).worker == f"thread {number}"
            assert len(list(Job.objects.filter(worker=f"thread {number}").stream_sync())) == 20
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert failures == []
    assert Job.objects.count_sync() == 20 + 16 * 20
    assert jobs.pool.metrics().active == 0


# Exits

ENDINGS = {
    "a thread in a blocking call": "threading.Thread(target=wait_sync, daemon=True).start(); busy()",
    "a task": "run(task())",
    "an exit from a task": "run(leaving())",
    "a stream": "stream = Job.objects.stream_sync(batch_size=1); next(stream)",
    "a transaction": "begin()",
    "a task of a loop that was left": "loop = asyncio.new_event_loop(); leave(loop)",
}

EXIT = """
import asyncio, os, sys, threading
import chakra
from test_processes import Job

pool = chakra.connect_sync(sys.argv[1])

def wait_sync():
    try:
        Job.objects.filter(id=1).update_sync(worker="never")
    except chakra.exceptions.OperationalError:
        pass

async def waiting():
    await Job.objects.filter(id=1).update(worker="never")

async def task():
    asyncio.create_task(waiting())
    await asyncio.sleep(0.01)

async def leaving():
    asyncio.create_task(waiting())
    await asyncio.sleep(0.01)
    sys.exit(0)

def run(coroutine):
    try:
        asyncio.run(coroutine)
    except SystemExit:
        pass

def begin():
    global block
    # SQLite has one writer at a time.
    reads = pool.dialect.name == "sqlite"
    block = chakra.transaction(read_only=reads)
    block.__enter__()
    rows = Job.objects.filter(id=2)
    rows.count_sync() if reads else rows.update_sync(worker="never")

def leave(loop):
    global kept
    kept = loop.create_task(waiting())
    loop.run_until_complete(asyncio.sleep(0.01))
    kept._log_destroy_pending = False

def busy():
    while pool.metrics().active == 0:
        pass

{ending}
print("over", flush=True)
"""


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=list(ENDINGS))
def test_an_interpreter_that_exits_with_work_under_way_is_quiet(jobs: Database, ending: str) -> None:
    with chakra.transaction():
        # What the program asks for waits for this row.
        Job.objects.filter(id=1).update_sync(worker="held")
        begun = time.monotonic()
        assert output_of(EXIT.replace("{ending}", ending), jobs.url, seconds=30) == "over\n"
        assert time.monotonic() - begun < 20


# Ctrl-C

BLOCKED = """
import os, signal, sys, threading, time
import chakra
from test_processes import Job

pool = chakra.connect_sync(sys.argv[1], max_connections=1, busy_timeout=60)
assert Job.objects.count_sync() == 20
begun = 0.0

wants_connection = sys.argv[2] == "a connection"

def press():
    global begun
    while (pool.metrics().waiting if wants_connection else pool.metrics().active) == 0:
        pass
    begun = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)

holder = None
if wants_connection:
    ready, done = threading.Event(), threading.Event()
    def hold():
        with chakra.transaction():
            Job.objects.filter(id=1).update_sync(worker="held")
            ready.set()
            done.wait()
    holder = threading.Thread(target=hold)
    holder.start()
    ready.wait()
threading.Thread(target=press).start()
try:
    Job.objects.filter(id=1).update_sync(worker="never")
    print("it went on")
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begun < 5, flush=True)
if holder:
    done.set()
    holder.join()
sys.stdin.readline()
print(Job.objects.filter(id=1).update_sync(worker="later"), pool.metrics().active)
"""


@pytest.mark.parametrize("wanted", ["a row", "a connection"])
def test_ctrl_c_interrupts_a_blocking_call_at_once(jobs: Database, wanted: str) -> None:
    with started(BLOCKED, jobs.url, wanted) as program:
        assert program.stdout is not None
        with chakra.transaction() if wanted == "a row" else contextlib.nullcontext():
            if wanted == "a row":
                Job.objects.filter(id=1).update_sync(worker="held")
            printed = program.stdout.readline()
            if not printed:
                pytest.fail(program.communicate()[1])
            assert printed == "interrupted True\n"
        rest, complaints = program.communicate("\n", timeout=60)
        assert (rest, complaints, program.returncode) == ("1 0\n", "", 0)


COMPUTING = """
import os, signal, sys, threading
import chakra

chakra.connect_sync("sqlite:///:memory:")
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
try:
    chakra.raw(endless).scalar_sync()
except KeyboardInterrupt:
    print("interrupted", chakra.raw("SELECT 1").scalar_sync())
"""


def test_ctrl_c_interrupts_what_sqlite_computes() -> None:
    assert output_of(COMPUTING, seconds=30) == "interrupted 1\n"


HANDLED = """
import os, signal, sys, threading
import chakra

chakra.connect_sync(sys.argv[1])
counted = []
signal.signal(signal.SIGUSR1, lambda *_: counted.append(chakra.raw("SELECT 1").scalar_sync()))
stop = threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGINT))
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
stop.start()
endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
try:
    chakra.raw(endless).scalar_sync()
except KeyboardInterrupt:
    print("interrupted", counted)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the signal is of Unix")
def test_a_handler_that_does_not_raise_interrupts_nothing(tmp_path: Path) -> None:
    assert output_of(HANDLED, f"sqlite:///{tmp_path}/handled.db", seconds=30) == "interrupted [1]\n"
