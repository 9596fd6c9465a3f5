"""Pools, tables, and every kind of bad connection: one clear exception each, and no password in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra.exceptions import (
    ChakraError,
    ConfigError,
    ConnectionLost,
    DatabaseError,
    OperationalError,
    PoolExhausted,
    SessionError,
    ValidationError,
)
from conftest import Database, sqlite_rows
from models import RUN, Country, Hostile, Reader, Sample, Word

PASSWORD = "s3cret-Pass"


def shown(error: BaseException) -> str:
    """Everything about an exception that may reach a log."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))


@pytest.fixture(autouse=True)
def no_pool_is_left() -> Iterator[None]:
    """Closes the default pool where a test leaves one."""
    yield
    with contextlib.suppress(SessionError):
        chakra.close_pool_sync()


async def test_connect(tmp_path: Path, run: Any) -> None:
    pool = await run(chakra.connect, f"sqlite:///{tmp_path / 'a.db'}", max_connections=2)
    assert chakra.get_pool().is_closed is False
    assert pool.dialect.name == "sqlite"
    assert (pool.dialect.supports_returning, pool.dialect.supports_arrays) == (True, False)
    assert pool.dialect.supports_json is True
    assert "a.db" in repr(pool)
    assert await run(pool.check_health) is True
    metrics = pool.metrics()
    assert metrics.active == 0
    assert metrics.waiting == 0
    assert metrics.size == metrics.idle <= 3
    await run(chakra.close_pool)
    assert pool.is_closed


async def test_named_pools(tmp_path: Path, run: Any) -> None:
    first = await run(chakra.create_pool, f"sqlite:///{tmp_path / 'first.db'}")
    second = await run(chakra.create_pool, f"sqlite:///{tmp_path / 'second.db'}", name="second")
    await run(chakra.create_all, models=[Word])
    await run(chakra.create_all, pool="second", models=[Word])
    await run(Word.objects.create, text="in first")
    await run(Word.objects.using("second").create, text="in second")
    assert await run(Word.objects.values_list("text", flat=True).all) == ["in first"]
    assert await run(Word.objects.using(second).values_list("text", flat=True).all) == ["in second"]
    word = Word(text="saved")
    await run(word.save, using="second")
    assert await run(Word.objects.using(second).count) == 2
    assert chakra.get_pool("second").name == "second"
    with pytest.raises(SessionError, match="third"):
        chakra.get_pool("third")
    await run(chakra.close_pool, "second")
    assert second.is_closed
    assert not first.is_closed
    await run(first.close)


async def test_a_memory_database_is_shared_by_its_pool(run: Any) -> None:
    pool = await run(chakra.connect, "sqlite:///:memory:", max_connections=4)
    await run(chakra.create_all, models=[Word])
    await asyncio.gather(*(Word.objects.create(number=i) for i in range(20)))
    assert await run(Word.objects.count) == 20
    await run(pool.close)


async def test_create_all_and_drop_all(db: Database, run: Any) -> None:
    models = [Reader, Word, Hostile, Sample]
    await run(chakra.create_all, models=models)
    await run(chakra.create_all, models=models)  # what is there stays
    await run(Word.objects.create, text="a")
    await run(chakra.create_all, models=models)
    assert await run(Word.objects.count) == 1
    await run(chakra.drop_all, models=models)
    await run(chakra.drop_all, models=models)
    with pytest.raises(DatabaseError):
        await run(Word.objects.count)


async def test_all_models_are_made_by_default(tmp_path: Path, run: Any) -> None:
    pool = await run(chakra.connect, f"sqlite:///{tmp_path / 'all.db'}")
    await run(chakra.create_all, models=[Country, Word])
    await run(Country.objects.create, code="SE", name="Sweden")
    assert await run(Word.objects.count) == 0
    await run(pool.close)


async def test_indexes_and_constraints_are_made(db: Database) -> None:
    db.create(Reader)
    table = Reader.__chakra_model__.table
    if db.backend == "sqlite":
        definitions = [row[0] for row in db.rows(f"SELECT sql FROM sqlite_master WHERE tbl_name = '{table}'")]
        text = " ".join(filter(None, definitions))
    elif db.backend == "mysql":
        [(_, text)] = db.rows(f"SHOW CREATE TABLE {table}")
    else:
        rows = db.rows(f"SELECT indexdef FROM pg_indexes WHERE tablename = '{table}'")
        text = " ".join(row[0] for row in rows)
    assert "name" in text
    assert "UNIQUE" in text


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    "url",
    [
        f"oracle://scott:{PASSWORD}@127.0.0.1/db",
        f"mssql+pyodbc://scott:{PASSWORD}@127.0.0.1/db",
        f"scott:{PASSWORD}@127.0.0.1/db",
        "",
        "sqlite",
        "nonsense",
    ],
)
async def test_an_unknown_scheme(url: str, run: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        await run(chakra.connect, url)
    message = shown(caught.value)
    assert PASSWORD not in message
    assert all(name in message for name in ("sqlite", "postgresql", "mysql"))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://root:{PASSWORD}@127.0.0.1:99999/test",
        f"postgresql://root:{PASSWORD}@[::1/test",
        f"postgresql://root:{PASSWORD}@127.0.0.1:port/test",
        f"mysql://root:{PASSWORD}@127.0.0.1:port/test",
        f"mysql://root:{PASSWORD}@127.0.0.1/test?ssl_mod=required",
        f"mysql://root:{PASSWORD}@127.0.0.1/test?ssl-mode=perhaps",
    ],
)
async def test_a_malformed_url(url: str, run: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        await run(chakra.connect, url)
    assert PASSWORD not in shown(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_a_refused_connection(run: Any, scheme: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConnectionLost) as caught:
            await run(chakra.connect, f"{scheme}://root:{PASSWORD}@127.0.0.1:{port}/test", connect_timeout=5)
    assert str(port) in str(caught.value)
    assert PASSWORD not in shown(caught.value)


@pytest.fixture
def refusing_server() -> Iterator[int]:
    """A server that asks for a password and refuses it, as PostgreSQL does; gives its port."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def answer(connection: socket.socket) -> None:
        with connection:
            (size,) = struct.unpack("!i", connection.recv(4, socket.MSG_WAITALL))
            (code,) = struct.unpack("!i", connection.recv(size - 4, socket.MSG_WAITALL)[:4])
            if code == 80877103:  # a request for TLS: no, go on in clear
                connection.sendall(b"N")
                (size,) = struct.unpack("!i", connection.recv(4, socket.MSG_WAITALL))
                connection.recv(size - 4, socket.MSG_WAITALL)
            connection.sendall(message(b"R", struct.pack("!i", 3)))
            connection.recv(1000)
            fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "root"\0\0'
            connection.sendall(message(b"E", fields))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            answer(connection)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


async def test_a_wrong_password(refusing_server: int, run: Any) -> None:
    url = f"postgresql://root:{PASSWORD}@127.0.0.1:{refusing_server}/test"
    with pytest.raises(OperationalError) as caught:
        await run(chakra.connect, url, connect_timeout=5)
    assert caught.value.sqlstate == "28P01"
    assert "root" in str(caught.value)
    assert PASSWORD not in shown(caught.value)


async def test_a_database_that_is_not_there(db: Database, run: Any) -> None:
    if db.backend == "sqlite":
        pytest.skip("SQLite makes the file")
    url = db.url.rpartition("/")[0] + "/chakra_no_such_database"
    with pytest.raises(OperationalError, match="chakra_no_such_database"):
        await run(chakra.connect, url, name="absent")


async def test_a_file_that_is_no_database(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 1000)

    async def use() -> None:
        await run(chakra.connect, f"sqlite:///{path}")
        await run(Word.objects.count)

    with pytest.raises(DatabaseError) as caught:
        await use()
    assert "letter.txt" in str(caught.value)
    assert "not a database" in str(caught.value)
    assert path.read_text().startswith("Dear reader")


async def test_a_folder_that_is_not_there(tmp_path: Path, run: Any) -> None:
    with pytest.raises(OperationalError, match="nowhere"):
        await run(chakra.connect, f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}")
    with pytest.raises(OperationalError):
        await run(chakra.connect, f"sqlite:///{tmp_path}")


async def test_options_of_a_pool_are_checked(run: Any) -> None:
    with pytest.raises(ConfigError, match='did you mean "max_connections"'):
        await run(chakra.connect, "sqlite:///:memory:", max_conections=3)  # spellchecker:disable-line
    for options in ({"max_connections": 0}, {"max_connections": -1}, {"acquire_timeout": "soon"}, {"idle_timeout": -1}):
        with pytest.raises(ConfigError):
            await run(chakra.connect, "sqlite:///:memory:", **options)


async def test_without_a_pool(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SessionError, match="connect"):
        await run(Word.objects.count)
    with pytest.raises(SessionError, match="connect"):
        chakra.get_pool()


async def test_a_closed_pool(db: Database, run: Any) -> None:
    db.create(Word)
    await run(db.pool.close)
    await run(db.pool.close)  # closing twice is no mistake
    for call, arguments in [
        (Word.objects.using(db.pool).count, {}),
        (Word.objects.using(db.pool).create, {"text": "a"}),
        (Word.objects.using(db.pool).all, {}),
        (Word(text="a").save, {"using": db.pool}),
    ]:
        with pytest.raises(SessionError, match="closed"):
            await run(call, **arguments)
    with pytest.raises(SessionError, match="closed"):
        async for _ in run.stream(Word.objects.using(db.pool)):
            pass


async def test_a_pool_of_one_connection(db: Database) -> None:
    db.create(Word)
    await Word.objects.bulk_create([Word(number=i) for i in range(5000)])
    pool = await chakra.create_pool(db.url, name="small", max_connections=1, acquire_timeout=3)
    words = Word.objects.using(pool)
    stream = words.stream(batch_size=10)
    assert len(await anext(stream)) == 10
    with contextlib.suppress(PoolExhausted):  # where the stream keeps the only connection
        assert await words.count() == 5000
    del stream
    assert await asyncio.gather(*(words.count() for _ in range(5))) == [5000] * 5
    await pool.close()


async def test_the_pool_is_usable_after_each_error(db: Database, run: Any) -> None:
    db.create(Reader)
    await run(Reader.objects.create, name="Ada", email="a@example.org")
    for call, arguments in [
        (Reader.objects.create, {"name": "Bob", "email": "a@example.org"}),
        (Reader.objects.create, {"name": "x" * 51}),
        (Reader.objects.create, {"nam": "x"}),
        (Reader.objects.get, {"id": 99}),
        (Reader.objects.get, {"id": "x"}),
        (Reader.objects.get, {"idd": 1}),
        (Country.objects.all, {}),
        (Reader.objects.update, {"age": "x"}),
    ]:
        for _ in range(6):  # more often than the pool has connections
            with pytest.raises(ChakraError) as caught:
                await run(call, **arguments)
            assert type(caught.value) is not ChakraError
        assert await run(Reader.objects.count) == 1
    metrics = db.pool.metrics()
    assert metrics.active == 0


async def test_one_exception_and_no_other_behind_it(db: Database, run: Any) -> None:
    db.create(Reader)
    with pytest.raises(ValidationError) as caught:
        await run(Reader.objects.create, name=3)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert all(frame.filename.endswith(("test_pools.py", "conftest.py")) for frame in frames)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


FORKED = """
import os, sys, chakra
sys.path.insert(0, {tests!r})
from models import Word
pool = chakra.connect_sync({url!r})
pool.metrics()
import asyncio
async def ask():
    return await Word.objects.count()
if {asynchronous}:
    before = asyncio.run(ask())
else:
    before = Word.objects.count_sync()
child = os.fork()
answer = asyncio.run(ask()) if {asynchronous} else Word.objects.count_sync()
same = Word.objects.using(pool).count_sync()
if child == 0:
    os._exit(10 + (answer == same == before))
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), answer == before, Word.objects.count_sync() == before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_forked_child_has_connections_of_its_own(db: Database, asynchronous: bool) -> None:
    db.create(Word)
    Word.objects.create_sync(number=1)
    tests = str(Path(__file__).parent)
    program = FORKED.format(tests=tests, url=db.url, asynchronous=asynchronous)
    # The program's models must have this run's tables.
    environment = {**os.environ, "CHAKRA_TEST_TABLES": RUN}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment)
    assert done.stdout.split() == ["11", "True", "True"], done.stderr


async def test_the_first_pool_is_the_default(db: Database) -> None:
    other = await chakra.create_pool(db.url)
    assert chakra.get_pool() is not other
    db.create(Word)
    await other.close()
    assert await Word.objects.count() == 0
    named = await chakra.create_pool(db.url, name="named")
    with pytest.raises(ConfigError, match="named"):
        await chakra.create_pool(db.url, name="named")
    await named.close()


READ_ONLY = """
import os, sys, chakra
from models import Word
Word.objects.filter(number=1)
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write whatever the file says
chakra.connect_sync({url!r})
print(Word.objects.count_sync())
try:
    Word.objects.create_sync(number=2)
except chakra.exceptions.OperationalError as error:
    print(type(error).__name__)
"""


def test_a_file_that_may_only_be_read() -> None:
    # Not pytest's own folder: another user may not look into that.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "read.db")
        pool = chakra.connect_sync(f"sqlite:///{file}")
        chakra.create_all_sync(models=[Word])
        Word.objects.create_sync(number=1)
        pool.close_sync()
        sqlite_rows(file, "PRAGMA journal_mode = DELETE")
        file.chmod(0o444)
        Path(folder).chmod(0o755)
        program = READ_ONLY.format(url=f"sqlite:///{file}")
        here = str(Path(__file__).parent)
        environment = {**os.environ, "CHAKRA_TEST_TABLES": RUN, "PYTHONPATH": here}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        assert done.stdout.split() == ["1", "OperationalError"], done.stderr


async def test_a_pool_of_fewer_than_its_least_is_refused(db: Database, run: Any) -> None:
    with pytest.raises(ConfigError, match="min_connections"):
        await run(chakra.create_pool, db.url, min_connections=5, max_connections=2)
