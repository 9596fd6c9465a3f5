"""Who waits for a connection and who holds one; which connections are kept, closed and replaced."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import servers

import chakra
from chakra import Field, Integer, Model
from chakra.exceptions import PoolExhausted
from conftest import Database, open_database
from models import table
from mysql_client import mysql_connect
from own_server import own_server

PATIENCE_SECONDS = 20


class Ticket(Model):
    __tablename__ = table("upkeep_tickets")
    id = Field(Integer, primary_key=True, auto_increment=False)


async def until(holds: Callable[[], bool], what: Callable[[], object]) -> None:
    """Waits until something holds; the loop goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.005)


@pytest.fixture
def tickets(db: Database) -> Database:
    db.create(Ticket)
    return db


# ------------------------------------------------------------------------------ waiting


async def test_a_thousand_callers_are_served_in_their_order(tickets: Database) -> None:
    pool = await chakra.create_pool(tickets.url, name="narrow", max_connections=1)
    mine = Ticket.objects.using(pool)
    served: list[int] = []

    async def wait(number: int) -> None:
        await mine.count()
        served.append(number)

    async with chakra.transaction(using=pool):
        tasks = await in_line(wait, pool)
        assert pool.metrics().active == 1
        for task in tasks[::7]:
            task.cancel()
        await asyncio.gather(*tasks[::7], return_exceptions=True)
    expected = [number for number in range(1000) if number % 7]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [number for number, result in enumerate(results) if isinstance(result, BaseException)] == list(
        range(0, 1000, 7)
    )
    assert served == expected
    metrics = pool.metrics()
    assert (metrics.waiting, metrics.active, metrics.size) == (0, 0, 1)
    await pool.close()


async def in_line(wait: Callable[[int], Any], pool: chakra.Pool) -> list[asyncio.Task[None]]:
    """A thousand tasks that have asked for a connection one after the other."""
    tasks: list[asyncio.Task[None]] = []
    for number in range(1000):
        # A task joins the transaction that its context is in; this context is in none.
        tasks.append(contextvars.Context().run(asyncio.ensure_future, wait(number)))
    await until(lambda: pool.metrics().waiting == 1000, pool.metrics)
    return tasks


def test_threads_wait_beside_tasks(tickets: Database) -> None:
    pool = chakra.create_pool_sync(tickets.url, name="shared", max_connections=2)
    counts: list[int] = []

    def blocking() -> None:
        counts.extend(Ticket.objects.using(pool).count_sync() for _ in range(20))

    async def tasks() -> list[int]:
        return await asyncio.gather(*(Ticket.objects.using(pool).count() for _ in range(100)))

    threads = [threading.Thread(target=blocking) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert asyncio.run(tasks()) == [0] * 100
    for thread in threads:
        thread.join()
    assert counts == [0] * 160
    assert pool.metrics().waiting == 0
    pool.close_sync()


# ------------------------------------------------------------------------------ who holds them


async def test_an_exhausted_pool_tells_how_long_they_are_held(tickets: Database, run: Any) -> None:
    pool = await run(chakra.create_pool, tickets.url, name="held", max_connections=1, acquire_timeout=0.2)
    async with chakra.transaction(using=pool):
        with pytest.raises(PoolExhausted) as caught:
            await in_another_context(lambda: run(Ticket.objects.using(pool).create, id=1))
    message = str(caught.value)
    assert "within 200ms" in message
    assert re.search(r"one has been in use for (\d+\.)?\d+(ms|s)", message), message
    assert "debug" in message
    assert __file__ not in message
    await run(pool.close)


@pytest.fixture
def debugging() -> Iterator[None]:
    """Debug mode for one test."""
    chakra.configure(debug=True)
    yield
    chakra.configure(debug=False)


@pytest.mark.usefixtures("debugging")
async def test_in_debug_mode_it_tells_where_they_were_taken(tickets: Database, run: Any) -> None:
    await run(Ticket.objects.bulk_create, [Ticket(id=number) for number in range(2000)])
    pool = await run(chakra.create_pool, tickets.url, name="watched", max_connections=1, acquire_timeout=0.2)
    mine = Ticket.objects.using(pool)

    async def refusal() -> str:
        with pytest.raises(PoolExhausted) as caught:
            await in_another_context(lambda: run(mine.create, id=-1))
        return str(caught.value)

    def here() -> str:
        frame = inspect.currentframe()
        assert frame is not None
        assert frame.f_back is not None
        return f"{__file__}:{frame.f_back.f_lineno}"

    async with chakra.transaction(using=pool):
        place = here()
        message = await refusal()
        file, line = place.rsplit(":", 1)
        assert f"by {file}:{int(line) - 1}" in message, message
    with chakra.transaction(using=pool):
        place = here()
        message = await refusal()
        assert f"by {file}:{int(place.rsplit(':', 1)[1]) - 1}" in message, message
    await run(pool.close)


async def in_another_context(call: Callable[[], Any]) -> Any:
    """Runs a call outside of the transactions of this context."""
    return await contextvars.Context().run(lambda: asyncio.ensure_future(call()))


# ------------------------------------------------------------------------------ upkeep


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database behind a network."""
    database = open_database(request.param, tmp_path)
    yield database
    database.close()


async def sessions(pool: chakra.Pool) -> set[int]:
    """The numbers that the server gives to the pool's connections, all of which are used at once."""
    own = {"postgres": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}[pool.dialect.name]
    most = pool.options["max_connections"]
    gate = asyncio.Event()
    found: set[int] = set()

    async def one() -> None:
        async with chakra.transaction(using=pool):
            found.add(await chakra.raw(own, using=pool).scalar())
            if len(found) == most:
                gate.set()
            await gate.wait()

    await asyncio.gather(*(one() for _ in range(most)))
    return found


async def test_connections_that_nobody_uses_are_closed(server: Database) -> None:
    pool = await chakra.create_pool(server.url, name="idle", max_connections=4, min_connections=2, idle_timeout=0.2)
    assert len(await sessions(pool)) == 4
    # Without any call.
    await until(lambda: pool.metrics().size == 2, pool.metrics)
    assert pool.metrics().idle == 2
    # Those that are kept stay, used or not.
    kept = await chakra.raw(own_number(pool), using=pool).scalar()
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        assert pool.metrics().size == 2
        await asyncio.sleep(0.02)
    assert await chakra.raw(own_number(pool), using=pool).scalar() == kept
    await pool.close()


def own_number(pool: chakra.Pool) -> str:
    return {"postgres": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}[pool.dialect.name]


async def test_old_connections_are_replaced(server: Database) -> None:
    pool = await chakra.create_pool(server.url, name="old", max_connections=2, min_connections=2, max_lifetime=0.3)
    before = await sessions(pool)
    await until(lambda: not before & living(server), lambda: before)
    # Others have taken their place, without any call.
    await until(lambda: pool.metrics().idle == 2, pool.metrics)
    await pool.close()


def living(server: Database) -> set[int]:
    """The numbers of the server's connections."""
    numbers = {
        "postgres": "SELECT pid FROM pg_stat_activity WHERE datname = current_database()",
        "mysql": "SELECT id FROM information_schema.processlist",
    }[server.backend]
    return {number for (number,) in server.rows(numbers)}


def end(server: Database, number: int) -> None:
    ending = {"postgres": "SELECT pg_terminate_backend({}, 5000)", "mysql": "KILL CONNECTION {}"}[server.backend]
    server.rows(ending.format(number))


async def test_dead_connections_are_replaced_before_somebody_needs_them(server: Database) -> None:
    pool = await chakra.create_pool(
        server.url, name="tried", max_connections=3, min_connections=3, health_check_interval=0.05
    )
    before = await sessions(pool)
    for number in before:
        await asyncio.to_thread(end, server, number)
    await until(lambda: not before & living(server), lambda: before)

    async def replaced() -> bool:
        return pool.metrics().idle == 3 and not before & await sessions(pool)

    # A connection that is found dead in use would be replaced as well: the pool has time to find it first.
    await until(lambda: len(living(server)) > 3 and pool.metrics().idle == 3, pool.metrics)
    assert await replaced()
    await pool.close()


async def test_no_connection_is_tried_without_an_interval(server: Database) -> None:
    pool = await chakra.create_pool(
        server.url, name="untried", max_connections=1, health_check_interval=0, idle_timeout=0.05, max_lifetime="1h"
    )
    [number] = await sessions(pool)
    await asyncio.to_thread(end, server, number)
    await until(lambda: number not in living(server), lambda: number)
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        assert pool.metrics().size == 1
        await asyncio.sleep(0.02)
    # Nobody had looked; the call is done all the same.
    assert await sessions(pool) != {number}
    await pool.close()


# ------------------------------------------------------------------------------ a server that is full

#: The fewest that MariaDB can be told.
LIMIT = 10
SMALL = {
    "postgres": ["-c", "max_connections=10", "-c", "superuser_reserved_connections=0", "-c", "autovacuum=off"],
    "mysql": ["--max-connections=10"],
}


@pytest.fixture(params=["postgres", "mysql"])
def small(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    """A server that takes few connections."""
    with own_server(request.param, SMALL[request.param]) as server:
        yield server


def occupy(server: servers.Server) -> list[Any]:
    """Connections of somebody else, as many as the server takes."""
    taken: list[Any] = []
    is_postgres = isinstance(server, servers.PostgresServer)
    while True:
        try:
            taken.append(psycopg.connect(server.url) if is_postgres else mysql_connect(server.url))
        except Exception:
            return taken


async def test_a_full_server_is_waited_for(small: servers.Server) -> None:
    others = occupy(small)
    assert len(others) >= LIMIT
    with pytest.raises(PoolExhausted, match=r"acquire_timeout") as caught:
        await chakra.create_pool(small.url, name="late", acquire_timeout=0.3)
    assert str(small.port) in str(caught.value)
    others.pop().close()
    others.pop().close()
    # One connection is there; more than that the server does not give for now.
    pool = await chakra.create_pool(small.url, name="patient", max_connections=10, acquire_timeout=PATIENCE_SECONDS)
    await chakra.create_all(pool=pool, models=[Ticket])

    async def work(number: int) -> None:
        async with chakra.transaction(using=pool):
            await Ticket.objects.using(pool).create(id=number)

    await asyncio.gather(*(work(number) for number in range(30)))
    assert await Ticket.objects.using(pool).count() == 30
    assert 1 <= pool.metrics().size <= 3
    await pool.close()
    await impatience(small, others)


async def impatience(small: servers.Server, others: list[Any]) -> None:
    """Once acquire_timeout is over, the error names the server's limit."""
    hasty = await chakra.create_pool(small.url, name="hasty", max_connections=10, acquire_timeout=0.3)
    others.extend(occupy(small))
    async with chakra.transaction(using=hasty):
        await Ticket.objects.using(hasty).count()
        with pytest.raises(PoolExhausted, match=rf"than its max_connections, {LIMIT}\b"):
            await in_another_context(lambda: Ticket.objects.using(hasty).count())
        for other in others:
            other.close()
        others.clear()
        assert await in_another_context(lambda: Ticket.objects.using(hasty).count()) == 30
    metrics = hasty.metrics()
    assert metrics.waiting == 0
    await hasty.close()
