"""What every test can ask for: a database of each kind, and each call in both its faces."""

from __future__ import annotations

import functools
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

import chakra
from mysql_client import mysql_connect

BACKENDS = ("sqlite", "postgres", "mysql")
USUAL_POSTGRES_URL = "postgresql://root@127.0.0.1:5432/test"
USUAL_MYSQL_URL = "mysql://root@127.0.0.1:3306/test"

# A shell starts what runs in the background deaf to Ctrl-C, and so would be each program that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def absent(reason: str) -> NoReturn:
    """Skips the test, or fails it where every database is required."""
    if os.environ.get("CHAKRA_TEST_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def postgres_url() -> str:
    """The URL of this process's database, if the server answers."""
    url = os.environ.get("CHAKRA_TEST_POSTGRES_URL", USUAL_POSTGRES_URL)
    try:
        with psycopg.connect(past_chakra(url), connect_timeout=5, autocommit=True) as connection:
            return make_own_database(url, lambda sql: connection.execute(sql.encode()))
    except psycopg.OperationalError as error:
        absent(f"no PostgreSQL: {str(error).splitlines()[0]}")


def past_chakra(url: str) -> str:
    """A URL for other clients, who do not know what chakra is told of a pooler."""
    return url.replace("?pgbouncer=true", "")


@functools.cache
def mysql_url() -> str:
    """The URL of this process's database, if the server answers."""
    url = os.environ.get("CHAKRA_TEST_MYSQL_URL", USUAL_MYSQL_URL)
    try:
        with mysql_connect(url) as connection, connection.cursor() as cursor:
            return make_own_database(url, cursor.execute, "CHARACTER SET utf8mb4")
    except pymysql.OperationalError as error:
        absent(f"no MySQL: {error}")


def make_own_database(url: str, execute: Callable[[str], object], options: str = "") -> str:
    """The URL of a fresh database for each process that runs tests beside others, else the one given."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return url
    parts = urlsplit(url)
    name = f"{parts.path.lstrip('/')}_{worker}"
    # The one of an earlier run may hold what a killed test left.
    execute(f"DROP DATABASE IF EXISTS {name}")
    execute(f"CREATE DATABASE {name} {options}")
    return parts._replace(path=f"/{name}").geturl()


def sqlite_rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, by Python's own sqlite3 in a process of its own.

    Two copies of SQLite in one process, that module's and chakra's, drop each other's file locks
    (closing a file ends all POSIX locks that the process has on it), and lose each other's writes.
    """
    program = (
        "import pickle, sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "sys.stdout.buffer.write(pickle.dumps(connection.execute(sys.stdin.read()).fetchall()))"
    )
    command = [sys.executable, "-c", program, str(path)]
    finished = subprocess.run(command, input=sql.encode(), capture_output=True, check=True)
    rows: list[tuple[Any, ...]] = pickle.loads(finished.stdout)
    return rows


class Database:
    """A database with a pool of chakra's, which is the default one, and a way past chakra."""

    def __init__(self, backend: str, url: str, path: Path | None) -> None:
        self.backend = backend
        self.url = url
        self.path = path
        self.pool = chakra.connect_sync(url, max_connections=4)
        self._models: list[type[chakra.Model]] = []

    def create(self, *models: type[chakra.Model]) -> None:
        """Creates tables, which the end of the test drops."""
        self._models.extend(model for model in models if model not in self._models)
        chakra.create_all_sync(models=models)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement that chakra has no part in."""
        if self.path is not None:
            return sqlite_rows(self.path, sql)
        if self.backend == "mysql":
            with mysql_connect(self.url) as connection, connection.cursor() as mysql_cursor:
                mysql_cursor.execute(sql)
                return list(mysql_cursor.fetchall())
        with psycopg.connect(past_chakra(self.url), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Drops the tables and closes the pool."""
        if self.pool.is_closed:
            self.pool = chakra.connect_sync(self.url)
        try:
            chakra.drop_all_sync(pool=self.pool, models=self._models)
        finally:
            # However the test ended, the next one opens the default pool.
            self.pool.close_sync()


def open_database(backend: str, folder: Path) -> Database:
    """Opens the database of a backend; the one place that tells them apart."""
    if backend == "postgres":
        return Database(backend, postgres_url(), None)
    if backend == "mysql":
        return Database(backend, mysql_url(), None)
    path = folder / "test.db"
    return Database(backend, f"sqlite:///{path}", path)


@pytest.fixture(params=BACKENDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database whose tables go with the test."""
    database = open_database(request.param, tmp_path)
    yield database
    database.close()


class AsyncFace:
    """Awaits what it is given to call."""

    async def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await function(*arguments, **named)

    def stream(self, queryset: Any, **options: Any) -> AsyncIterator[Any]:
        stream: AsyncIterator[Any] = queryset.stream(**options)
        return stream


class BlockingStream:
    """Lets `async for` read a blocking stream; no generator, so that it ends where its reader leaves it."""

    def __init__(self, iterator: Iterator[Any]) -> None:
        self.iterator = iterator

    def __aiter__(self) -> BlockingStream:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self.iterator)
        except StopIteration:
            raise StopAsyncIteration from None


class BlockingFace:
    """Calls the blocking twin of what it is given to call."""

    async def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        owner = getattr(function, "__self__", None)
        owner = chakra if owner is None else owner
        return getattr(owner, f"{function.__name__}_sync")(*arguments, **named)

    def stream(self, queryset: Any, **options: Any) -> AsyncIterator[Any]:
        return BlockingStream(queryset.stream_sync(**options))


@pytest.fixture(params=[AsyncFace, BlockingFace], ids=["async", "sync"])
def run(request: pytest.FixtureRequest) -> AsyncFace | BlockingFace:
    """`await run(Reader.objects.get, id=1)`: the awaitable call in one round, its `_sync` twin in the other."""
    face: AsyncFace | BlockingFace = request.param()
    return face
