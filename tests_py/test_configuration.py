"""What a file, the environment and the program say, in this order of strength, and the pool that comes of it."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra import Config
from chakra.exceptions import ConfigError, SessionError
from conftest import Database
from models import RUN, Word

PASSWORD = "s3cret-Pass"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder of the test's own, and an environment that says nothing."""
    for name in os.environ:
        if name.startswith(("CHAKRA_DATABASE_", "CHAKRA_POOL_", "CHAKRA_MIGRATIONS_", "CHAKRA_LOGGING_")):
            monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CHAKRA_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    with contextlib.suppress(SessionError):
        chakra.close_pool_sync()


def write(folder: Path, text: str) -> Path:
    file = folder / "chakra.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def run_program(text: str, folder: Path, **environment: str) -> str:
    """What a program of its own prints: what `configure` says holds for a whole process."""
    command = [sys.executable, "-c", text]
    known = {**os.environ, "CHAKRA_TEST_TABLES": RUN, "PYTHONPATH": str(Path(__file__).parent), **environment}
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ------------------------------------------------------------------------------ what holds if nothing is said


def test_the_usual_values() -> None:
    config = Config.load()
    assert config.database["url"] is None
    assert config.database["connect_timeout"] == 10
    assert config.database["statement_timeout"] is None
    assert config.pool == {
        "min_connections": 1,
        "max_connections": 10,
        "acquire_timeout": 30,
        "idle_timeout": 600,
        "max_lifetime": 1800,
        "health_check_interval": 30,
    }
    assert config.migrations["table_name"] == "_chakra_migrations"
    assert config.logging["query_params"] is False
    assert config.debug is False


# ------------------------------------------------------------------------------ the file

ALL = """
[database]
url = "postgresql://ada:s3cret-Pass@db.example/shop"
ssl_mode = "verify-full"
ssl_root_cert = "certs/root.pem"
ssl_cert = "/etc/own.pem"
ssl_key = "certs/own.key"
connect_timeout = 2.5
statement_timeout = "1m30s"
busy_timeout = "250ms"
options = { application_name = "shop", pgbouncer = true }

[pool]
min_connections = 2
max_connections = 7
acquire_timeout = "5s"
idle_timeout = "1h"
max_lifetime = "1d"
health_check_interval = 0

[migrations]
directory = "db/migrations"
table_name = "moves"
lock_timeout = "10 s"
models = ["app.models", "app.more"]

[logging]
level = "INFO"
queries = true
query_params = true
slow_query_ms = 200
"""


def test_every_key_of_the_file(folder: Path) -> None:
    write(folder, ALL)
    config = Config.load()
    assert config.database == {
        "url": "postgres://ada@db.example:5432/shop",
        "ssl_mode": "verify-full",
        "ssl_root_cert": str(folder / "certs/root.pem"),
        "ssl_cert": "/etc/own.pem",
        "ssl_key": str(folder / "certs/own.key"),
        "connect_timeout": 2.5,
        "statement_timeout": 90,
        "busy_timeout": 0.25,
        "options": ["application_name", "pgbouncer"],
    }
    assert list(config.pool.values()) == [2, 7, 5, 3600, 86400, 0]
    assert config.migrations == {
        "directory": str(folder / "db/migrations"),
        "table_name": "moves",
        "lock_timeout": 10,
        "models": ["app.models", "app.more"],
    }
    assert config.logging == {"level": "info", "queries": True, "query_params": True, "slow_query_ms": 200}
    assert PASSWORD not in repr(config)


def test_the_nearest_file_upwards_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "[pool]\nmax_connections = 3\n")
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert Config.load().pool["max_connections"] == 3
    write(folder / "a", "[pool]\nmin_connections = 2\n")
    # One file is read, not several.
    assert Config.load().pool["max_connections"] == 10
    assert Config.load().pool["min_connections"] == 2


def test_a_file_that_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "[pool]\nmax_connections = 3\n")
    other = folder / "other.toml"
    other.write_text("[pool]\nmax_connections = 4\n")
    monkeypatch.setenv("CHAKRA_CONFIG", str(other))
    assert Config.load().pool["max_connections"] == 4
    other.unlink()
    assert "CHAKRA_CONFIG names" in refusal(Config.load)
    assert "other.toml" in refusal(Config.load)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[pol]\n", ["chakra.toml has no section [pol]", "did you mean [pool]?", "[migrations]"]),
        (
            "[pool]\nmax_connection = 3\n",
            ['no key "max_connection"', 'did you mean "max_connections"?', "idle_timeout"],
        ),
        ("[pool]\nmax_connections = 'ten'\n", ["chakra.toml: [pool] max_connections is", '"ten"', "a whole number"]),
        ("[pool]\nmax_connections = -1\n", ["is -1", "0 or more"]),
        ("[pool]\nacquire_timeout = 'soon'\n", ['is "soon"', '"30s"', "number of seconds"]),
        ("[pool]\nacquire_timeout = -5\n", ["is -5", "0 or more"]),
        ("[pool]\nacquire_timeout = true\n", ["is true"]),
        ("[database]\nssl_mode = 'yes'\n", ['ssl_mode is "yes"', "verify-full"]),
        ("[database]\nurl = 5\n", ["[database] url", "expected a text"]),
        ("[database]\noptions = 'a=b'\n", ["[database] options", "a table of names and values"]),
        ("[migrations]\nmodels = 'app.models'\n", ["models", "a list of texts"]),
        ("[logging]\nlevel = 'loud'\n", ['level is "loud"', "warning"]),
        ("[logging]\nqueries = 'yes'\n", ["queries", "true or false"]),
        ("[logging]\nslow_query_ms = 2020-01-01\n", ["slow_query_ms", "a date"]),
        ("url = 'sqlite:///a.db'\n", ['"url" stands in no section', "[database]"]),
        ("[database]\nurl = \n", ["line 2"]),
    ],
)
def test_what_a_file_must_not_say(folder: Path, text: str, parts: list[str]) -> None:
    file = write(folder, text)
    message = refusal(Config.load)
    assert str(file) in message
    assert [part for part in parts if part not in message] == [], message


@pytest.mark.parametrize(
    "text",
    [
        f"[database]\nurl = 'postgresql://ada:{PASSWORD}@h/db\n",
        f"[database]\nurl = ['postgresql://ada:{PASSWORD}@h/db']\n",
        f"[database]\nurl = 'postgresql://ada:{PASSWORD}@h:port/db'\n",
        f"[database]\nurl = 'postgresql://h/db'\noptions = {{ passwort = '{PASSWORD}' }}\n",
        f"[database]\nurl = 'postgresql://h/db'\noptions = [ '{PASSWORD}' ]\n",
        f"[database]\nurl = 'postgresql://ada:{PASSWORD}@h/db' 5\n",
    ],
)
async def test_no_password_in_what_is_said_of_a_file(folder: Path, text: str) -> None:
    write(folder, text)
    with pytest.raises(ConfigError) as caught:
        await chakra.connect()
    assert PASSWORD not in str(caught.value) + repr(caught.value)


def test_a_relative_database_is_found_from_everywhere(folder: Path) -> None:
    write(folder, '[database]\nurl = "sqlite:///my%20data.db"\n')
    inner = folder / "inner"
    inner.mkdir()
    # In a program that has had no default pool: one that was closed is not followed by another database.
    run_program("import chakra; from models import Word; chakra.create_all_sync(models=[Word])", inner)
    assert (folder / "my data.db").exists()
    assert list(inner.iterdir()) == []


# ------------------------------------------------------------------------------ the environment


def test_the_environment_is_stronger_than_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, ALL)
    for name, value in {
        "CHAKRA_POOL_MAX_CONNECTIONS": "9",
        "CHAKRA_POOL_ACQUIRE_TIMEOUT": "1h30m",
        "CHAKRA_DATABASE_CONNECT_TIMEOUT": "3",
        "CHAKRA_DATABASE_OPTIONS": "pgbouncer=false&port=6000",
        "CHAKRA_MIGRATIONS_MODELS": "one.models, two.models",
        "CHAKRA_LOGGING_QUERIES": "off",
        "CHAKRA_LOGGING_LEVEL": "",  # says nothing
    }.items():
        monkeypatch.setenv(name, value)
    config = Config.load()
    assert (config.pool["max_connections"], config.pool["min_connections"]) == (9, 2)
    assert config.pool["acquire_timeout"] == 5400
    assert config.database["connect_timeout"] == 3
    assert config.database["options"] == ["application_name", "pgbouncer", "port"]
    assert config.migrations["models"] == ["one.models", "two.models"]
    assert config.logging["queries"] is False
    assert config.logging["level"] == "info"


def test_the_url_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, '[database]\nurl = "sqlite:///file.db"\n')
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:{PASSWORD}@common/db")
    assert Config.load().database["url"] == "postgres://ada@common:5432/db"
    monkeypatch.setenv("CHAKRA_DATABASE_URL", "postgresql://own/db")
    assert Config.load().database["url"] == "postgres://own:5432/db"


def test_what_a_url_says_itself_is_as_strong_as_the_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        folder, '[database]\nurl = "postgresql://h/db?sslmode=prefer"\nssl_mode = "verify-full"\nssl_cert = "/a.pem"\n'
    )
    assert Config.load().database["ssl_mode"] == "verify-full"
    monkeypatch.setenv("DATABASE_URL", "mysql://h/db?ssl-mode=disabled")
    config = Config.load()
    assert (config.database["ssl_mode"], config.database["ssl_cert"]) == (None, "/a.pem")
    monkeypatch.setenv("CHAKRA_DATABASE_SSL_MODE", "REQUIRE")
    assert Config.load().database["ssl_mode"] == "require"


def test_variables_that_name_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAKRA_POOL_MAX_CONNECTION", "3")
    message = refusal(Config.load)
    assert "the environment variable CHAKRA_POOL_MAX_CONNECTION" in message
    assert "did you mean CHAKRA_POOL_MAX_CONNECTIONS?" in message
    monkeypatch.delenv("CHAKRA_POOL_MAX_CONNECTION")
    monkeypatch.setenv("CHAKRA_POOL_MAX_CONNECTIONS", "many")
    assert 'CHAKRA_POOL_MAX_CONNECTIONS is "many"; expected a whole number' in refusal(Config.load)
    monkeypatch.delenv("CHAKRA_POOL_MAX_CONNECTIONS")
    monkeypatch.setenv("CHAKRA_SOMETHING_ELSE", "3")  # another program's, perhaps
    assert Config.load() == Config()


# ------------------------------------------------------------------------------ the program


def test_a_configuration_of_the_program() -> None:
    config = Config(
        database={"url": f"mysql://ada:{PASSWORD}@h/db", "ssl_key": Path("/k.pem"), "connect_timeout": "2s"},
        pool={"max_connections": 4, "idle_timeout": datetime.timedelta(minutes=3)},
        migrations={"models": ("app.models",)},
        logging={"slow_query_ms": 5},
        debug=True,
    )
    assert config.database["url"] == "mysql://ada@h:3306/db"
    assert (config.database["ssl_key"], config.database["connect_timeout"]) == ("/k.pem", 2)
    assert (config.pool["max_connections"], config.pool["idle_timeout"]) == (4, 180)
    assert config.migrations["models"] == ["app.models"]
    assert config.debug
    assert PASSWORD not in repr(config)
    assert config != Config()
    assert Config(pool={"max_connections": None}) == Config()  # type: ignore[typeddict-item]


def test_what_a_configuration_must_not_say() -> None:
    bad: Any = {"max_connection": 4}
    assert 'did you mean "max_connections"' in refusal(Config, pool=bad)
    assert 'did you mean "max_connections"' in refusal(chakra.configure, pool=bad)
    for pool in (
        {"max_connections": "4"},
        {"max_connections": True},
        {"max_connections": 2**70},
        {"max_connections": 4.5},
    ):
        wrong: Any = pool
        assert "the configuration's pool.max_connections is" in refusal(Config, pool=wrong)
    for span in (-1, float("nan"), float("inf"), "", "5 parsecs", "1h-3m", datetime.timedelta(-1), object()):
        wrong = {"idle_timeout": span}
        assert "expected a time such as" in refusal(Config, pool=wrong)
    for options in ({"a": []}, {"a": object()}):
        wrong = {"options": options}
        assert "a table of names and values" in refusal(Config, database=wrong)


STRENGTH = """
import chakra
from chakra import Config
chakra.configure(Config(pool={"max_connections": 5, "min_connections": 4}), pool={"min_connections": 3})
print(Config.load().pool["max_connections"], Config.load().pool["min_connections"])
chakra.configure(debug=True)
print(Config.load().pool["max_connections"], Config.load().debug)
pool = chakra.connect_sync(max_connections=2, min_connections=1)
print(pool.options["max_connections"], pool.options["min_connections"], pool.options["acquire_timeout"])
"""


def test_the_program_is_stronger_than_the_environment_and_arguments_are_strongest(folder: Path) -> None:
    write(folder, '[database]\nurl = "sqlite:///a.db"\n[pool]\nacquire_timeout = 7\nmax_connections = 1\n')
    printed = run_program(STRENGTH, folder, CHAKRA_POOL_MAX_CONNECTIONS="2", CHAKRA_POOL_MIN_CONNECTIONS="2")
    assert printed.split() == ["5", "3", "5", "True", "2", "1", "7.0"]


# ------------------------------------------------------------------------------ pools


async def test_a_url_in_the_call_takes_the_rest_from_the_configuration(folder: Path, run: Any) -> None:
    # The options belong to the other database, and SQLite has none.
    write(folder, '[database]\nurl = "postgresql://h/db"\noptions = { port = 7 }\n[pool]\nmax_connections = 3\n')
    pool = await run(chakra.connect, "sqlite:///:memory:", idle_timeout="5m")
    assert pool.options["max_connections"] == 3
    assert pool.options["idle_timeout"] == 300
    assert await run(pool.check_health)


LAZY = """
import asyncio, chakra
from chakra.exceptions import ConnectionLost
from models import Word
async def run(name, *arguments, **named):
    if {blocking}:
        return getattr(chakra, name + "_sync")(*arguments, **named)
    return await getattr(chakra, name)(*arguments, **named)
async def count():
    return Word.objects.count_sync() if {blocking} else await Word.objects.count()
async def main():
    for _ in range(2):
        try:
            await count()
        except ConnectionLost as error:
            print("secret" in str(error), end=" ")
    import os
    os.environ["DATABASE_URL"] = ""
    await run("create_all", models=[Word])
    pool = chakra.get_pool()
    print(pool.options["max_connections"], await count(), end=" ")
    await run("close_pool")
    # It may be opened again: the configuration says which it is.
    print(await count(), chakra.get_pool() is pool)
asyncio.run(main())
"""


@pytest.mark.parametrize("blocking", [True, False])
def test_the_first_use_opens_the_configured_pool(folder: Path, blocking: bool) -> None:
    write(folder, '[database]\nurl = "sqlite:///lazy.db"\n[pool]\nmax_connections = 2\n')
    # At first one that does not answer.
    program = LAZY.replace("{blocking}", str(blocking))
    printed = run_program(program, folder, DATABASE_URL="postgresql://ada:secret@127.0.0.1:1/db")
    assert printed.split() == ["False", "False", "2", "0", "0", "False"]


async def test_the_first_use_in_a_transaction_opens_it(db: Database, monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    db.create(Word)
    await run(db.pool.close)
    # A default that the program closed is not followed by another database.
    monkeypatch.setenv("DATABASE_URL", db.url)
    with pytest.raises(SessionError, match="no open connection pool"):
        await run(Word.objects.count)
    printed = run_program(IN_TRANSACTION, Path.cwd(), DATABASE_URL=db.url)
    assert printed.split() == ["1", "1"]


IN_TRANSACTION = """
import asyncio, chakra
from models import Word
async def main():
    async with chakra.transaction():
        await Word.objects.create(text="a")
    return await Word.objects.count()
print(asyncio.run(main()), Word.objects.count_sync())
"""


THREADS = """
import asyncio, threading, chakra
from models import Word
gate = threading.Barrier(24)
counts, failures = [], []
def blocking():
    gate.wait()
    try:
        counts.append(Word.objects.count_sync())
    except BaseException as error:
        failures.append(error)
def looping():
    async def ask():
        return await asyncio.gather(*(Word.objects.count() for _ in range(4)))
    gate.wait()
    try:
        counts.extend(asyncio.run(ask()))
    except BaseException as error:
        failures.append(error)
threads = [threading.Thread(target=blocking if number % 2 else looping) for number in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
pool = chakra.get_pool()
print(len(counts), set(counts), failures, pool.metrics().statements, pool.metrics().size <= 2)
"""


def test_many_threads_and_loops_open_one(db: Database) -> None:
    db.create(Word)
    printed = run_program(THREADS, Path.cwd(), DATABASE_URL=db.url, CHAKRA_POOL_MAX_CONNECTIONS="2")
    # All went through one pool, which has at most two connections and one writer.
    assert printed == "60 {0} [] 60 True", printed


def test_no_database_is_named(run: Any) -> None:
    with pytest.raises(SessionError) as caught:
        Word.objects.count_sync()
    message = str(caught.value)
    assert all(way in message for way in ("chakra.connect(url)", "DATABASE_URL", "chakra.toml"))
    assert "no database is named" in refusal(chakra.connect_sync)
    with pytest.raises(SessionError):
        chakra.close_pool_sync()


LOGGING = """
import logging, chakra
from models import Word
records = []
class Keep(logging.Handler):
    def emit(self, record):
        records.append(record)
logging.getLogger("chakra").addHandler(Keep())
chakra.create_all_sync(models=[Word])
Word.objects.create_sync(text="hidden")
chakra.configure(logging={"query_params": True})
Word.objects.create_sync(text="shown")
levels = {record.levelname for record in records}
texts = [str(record.__dict__.get("params")) for record in records]
print(logging.getLogger("chakra").level, levels, any("hidden" in text for text in texts), "shown" in str(texts))
"""


def test_what_the_file_says_of_logging_holds(folder: Path) -> None:
    write(folder, '[database]\nurl = "sqlite:///a.db"\n[logging]\nlevel = "warning"\nslow_query_ms = 0\n')
    assert run_program(LOGGING, folder) == "30 {'WARNING'} False True"
