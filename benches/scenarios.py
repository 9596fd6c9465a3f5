"""What is measured: which call, with which arguments, against which baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benches.contender import Contender
from benches.records import record, records, without_key

Calls = list[tuple[Any, ...]]

WINDOW = 100
TASKS = 64
CALLS_PER_TASK = 25
FROM_MAP = 1_000


@dataclass(frozen=True)
class Scenario:
    """One table of the report for each database."""

    key: str
    title: str
    call: str
    arguments: Callable[[Contender, int], Calls]
    """The arguments of the calls of one sample, made before the clock starts, for a table of so many rows."""
    baselines: dict[str, str]
    modes: tuple[str, ...] = ("async", "blocking")
    databases: tuple[str, ...] = ("sqlite", "postgres")
    read: bool = False
    writes: bool = False
    concurrent: bool = False
    mappers_only: bool = False

    def admits(self, contender: Contender, database: str) -> bool:
        """Whether the contender takes part on this database."""
        pooled = contender.name.endswith(" pool")
        if pooled and not self.concurrent or self.concurrent and contender.name.startswith("asyncpg") and not pooled:
            return False
        if self.mappers_only and contender.raw or not hasattr(contender, self.call):
            return False
        return contender.mode in self.modes and database in self.databases and database in contender.databases


def _keys(calls: int) -> Callable[[Contender, int], Calls]:
    return lambda _, rows: [(1 + i * 7919 % rows,) for i in range(calls)]


def _windows(_: Contender, rows: int) -> Calls:
    return [(low, low + WINDOW) for low in range(1, max(2, rows - WINDOW), max(1, rows // 20))]


def _single_rows(_: Contender, rows: int) -> Calls:
    return [(row,) for row in without_key(records(rows + 1, 100))]


def _batch(contender: Contender, rows: int) -> Calls:
    return [(contender.build(records(rows + 1, rows)),)]


def _keyless_batch(contender: Contender, rows: int) -> Calls:
    return [(contender.build(without_key(records(rows + 1, rows))),)]


def _ages(_: Contender, rows: int) -> Calls:
    return [(key, record(key)["age"] + 1) for (key,) in _keys(100)(_, rows)]


_RAW = {"sqlite": "sqlite3 tuple", "postgres": "asyncpg"}

SCENARIOS = (
    Scenario(
        "get", "get by key, async", "get", _keys(300),
        {"sqlite": "aiosqlite tuple", "postgres": "asyncpg"}, modes=("async",),
    ),
    Scenario(
        "get_sync", "get by key, blocking", "get", _keys(300),
        {"sqlite": "sqlite3 tuple", "postgres": "psycopg"}, modes=("blocking",),
    ),
    Scenario(
        "all", "{rows:,} rows, every value read", "all", lambda *_: [()],
        {"sqlite": "sqlite3 converted", "postgres": "asyncpg unpacked"}, read=True,
    ),
    Scenario("filter", f"filter of {WINDOW} rows, every value read", "between", _windows, _RAW, read=True),
    Scenario(
        "pool", f"{TASKS} tasks over a pool of 10, gets by key", "get", _keys(TASKS * CALLS_PER_TASK),
        {"postgres": "asyncpg pool"}, modes=("async",), databases=("postgres",), concurrent=True,
    ),
    Scenario("insert", "insert one row", "insert", _single_rows, _RAW, writes=True),
    Scenario("update", "update one row", "update", _ages, _RAW, writes=True),
    Scenario("bulk", "bulk insert of {rows:,}, keys given", "insert_many", _batch, _RAW, writes=True),
    Scenario(
        "bulk_keys", "bulk insert of {rows:,}, keys by the database", "insert_many", _keyless_batch, _RAW, writes=True
    ),
    Scenario(
        "identity", f"{FROM_MAP:,} gets from a session's identity map", "from_map", lambda *_: [(1, FROM_MAP)],
        {"sqlite": "SQLAlchemy"}, databases=("sqlite",), mappers_only=True,
    ),
    Scenario(
        "build", "make {rows:,} instances, no database", "build",
        lambda _, rows: [(records(rows + 1, rows),)], {}, databases=("sqlite",), mappers_only=True,
    ),
)  # fmt: skip
