"""Servers that die, restart and fall silent, and the network between: every call ends, and the pool recovers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import databases
import pytest
import servers

import chakra
from chakra import Field, Integer, Model, String
from chakra.exceptions import (
    ChakraError,
    ConnectionLost,
    DatabaseError,
    OperationalError,
    PoolExhausted,
    QueryTimeout,
    SessionError,
)
from conftest import Database, open_database
from models import table
from own_server import own_server
from proxy import Proxy

#: No call may take longer, whatever happens.
BOUND_SECONDS = 20


class Message(Model):
    __tablename__ = table("faulty_messages")
    id = Field(Integer, primary_key=True, auto_increment=False)
    text = Field(String(200), default="a message")


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database behind a network."""
    database = open_database(request.param, tmp_path)
    database.create(Message)
    chakra.close_pool_sync()
    yield database
    database.close()


@pytest.fixture
def proxy(server: Database) -> Iterator[Proxy]:
    between = Proxy(server.url, seed=11)
    yield between
    between.close()


async def connect(url: str, **options: float) -> chakra.Pool:
    patience = {"max_connections": 4, "acquire_timeout": 5, "connect_timeout": 2, "statement_timeout": 1}
    return await chakra.connect(url, **{**patience, **options})  # type: ignore[arg-type]


@pytest.mark.timeout(240)
async def test_every_call_ends_and_the_pool_recovers(proxy: Proxy) -> None:
    pool = await connect(proxy.url)
    acknowledged: set[int] = set()
    attempted: set[int] = set()
    failures: list[BaseException] = []

    async def work(first: int) -> None:
        for number in range(first, first + 40):
            begun = time.monotonic()
            try:
                if number % 4 == 0:
                    async with chakra.transaction():
                        attempted.add(number)
                        await Message.objects.create(id=number)
                        await Message.objects.count()
                elif number % 4 == 1:
                    [each async for each in Message.objects.order_by("id").stream(batch_size=7)]
                    continue
                else:
                    attempted.add(number)
                    await Message.objects.create(id=number, text="x" * 200)
                acknowledged.add(number)
            except (OperationalError, SessionError) as error:
                failures.append(error)
            finally:
                assert time.monotonic() - begun < BOUND_SECONDS

    proxy.chance = 0.02
    await asyncio.gather(*(work(first * 1000) for first in range(8)))
    assert all(proxy.happened.values()), "a kind of fault did not happen"
    assert failures
    proxy.heal()
    for _ in range(20):
        await Message.objects.count()
    found = set(await Message.objects.values_list("id", flat=True))
    assert acknowledged <= found <= attempted
    assert pool.metrics().waiting == 0
    await pool.close()


async def test_connections_that_died_idle_cost_nothing(proxy: Proxy) -> None:
    pool = await connect(proxy.url)
    for number in range(10):
        await asyncio.gather(*(Message.objects.count() for _ in range(4)))
        proxy.cut_all()
        # What only reads runs again; one death makes the others suspect, and a write looks first.
        assert await Message.objects.count() == number
        await Message.objects.create(id=number)
        proxy.cut_all()
        async with chakra.transaction():
            assert await Message.objects.count() == number + 1
        proxy.cut_all()
        assert len([each async for each in Message.objects.stream()]) == number + 1
    await pool.close()


async def test_a_server_that_falls_silent(proxy: Proxy) -> None:
    pool = await connect(proxy.url, statement_timeout=0.3, connect_timeout=0.5, acquire_timeout=1)
    await Message.objects.create(id=1)
    proxy.chance = 1.0
    proxy._random.choice = lambda faults: faults[1]  # type: ignore[method-assign]
    for call in (Message.objects.count, Message.objects.all, lambda: Message.objects.create(id=2)):
        begun = time.monotonic()
        with pytest.raises((QueryTimeout, ConnectionLost, PoolExhausted)):
            await call()
        assert time.monotonic() - begun < BOUND_SECONDS
    begun = time.monotonic()
    with pytest.raises((QueryTimeout, ConnectionLost, PoolExhausted)):
        async with chakra.transaction():
            await Message.objects.count()
    assert time.monotonic() - begun < BOUND_SECONDS
    proxy.heal()
    assert await Message.objects.count() >= 1
    await pool.close()


async def test_a_statement_that_takes_too_long(server: Database) -> None:
    """It waits for a row that another transaction holds."""
    await connect(server.url)
    impatient = await chakra.create_pool(server.url, name="impatient", statement_timeout=0.3)
    await Message.objects.create(id=1)
    async with chakra.transaction():
        await Message.objects.update(text="held")
        with pytest.raises(QueryTimeout, match="statement_timeout"):
            await Message.objects.using(impatient).update(text="wanted")
    # What was given up is not done later either.
    assert await Message.objects.using(impatient).values_list("text", flat=True) == ["held"]
    await Message.objects.using(impatient).update(text="wanted")
    await impatient.close()
    await chakra.close_pool()


@pytest.mark.parametrize("timeout", [0, -1, "soon"])
async def test_timeouts_that_cannot_be_kept(timeout: object) -> None:
    with pytest.raises(ChakraError, match="statement_timeout"):
        await chakra.connect("sqlite:///:memory:", statement_timeout=timeout)  # type: ignore[arg-type]


async def test_the_server_ends_connections(server: Database) -> None:
    pool = await connect(server.url)
    for number in range(5):
        await asyncio.gather(*(Message.objects.count() for _ in range(4)))
        await asyncio.to_thread(end_connections, server)
        assert await Message.objects.count() == number
        await Message.objects.create(id=number)
    await pool.close()


async def test_a_connection_that_is_ended_in_a_transaction(server: Database) -> None:
    pool = await connect(server.url)
    with pytest.raises(ConnectionLost):
        async with chakra.transaction():
            await Message.objects.create(id=1)
            await asyncio.to_thread(end_connections, server)
            await Message.objects.count()
    assert await Message.objects.count() == 0
    assert pool.metrics().active == 0
    await pool.close()


def end_connections(server: Database) -> None:
    """Has the server end all connections to this database but the one that says so."""
    if server.backend == "postgres":
        server.rows(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return
    others = "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()"
    for (number,) in server.rows(others):
        server.rows(f"KILL CONNECTION {number}")
    while server.rows(others):
        pass


@pytest.fixture(params=["postgres", "mysql"])
def restarted(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    """A server that nobody else uses."""
    with own_server(request.param) as server:
        yield server


async def test_a_restart_costs_the_calls_in_flight_at_most(restarted: servers.Server) -> None:
    kind = next(kind for kind in databases.KINDS.values() if isinstance(restarted, kind.own))
    pool = await connect(restarted.url, connect_timeout=10, statement_timeout=10)
    await chakra.create_all(models=[Message])
    await asyncio.gather(*(Message.objects.count() for _ in range(4)))
    for number in range(2):
        await asyncio.to_thread(restarted.stop)
        with pytest.raises(DatabaseError):
            await Message.objects.count()
        await asyncio.to_thread(restarted.start, lambda port: databases.lets_in(kind, port))
        # Nobody is told of the connections that were idle.
        await Message.objects.create(id=number)
        assert await Message.objects.count() == number + 1
    await pool.close()
