"""SQLite's file shared with others, locked by them, deleted or replaced beneath a pool."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra import Field, Integer, Model, String
from chakra.exceptions import OperationalError
from models import RUN, table

PROCESSES = 6
EACH = 60


class Entry(Model):
    __tablename__ = table("file_entries")
    id = Field(Integer, primary_key=True)
    writer = Field(String(20))
    seen = Field(Integer)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file with the table, and a pool on it, which is the default."""
    path = tmp_path / "shared.db"
    pool = chakra.connect_sync(f"sqlite:///{path}", busy_timeout="20s")
    chakra.create_all_sync(models=[Entry])
    yield path
    pool.close_sync()


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CHAKRA_TEST_TABLES": RUN, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


WRITERS = """
import asyncio, sys, chakra
from test_sqlite_files import EACH, Entry

async def write(number):
    if number % 3:
        return await Entry.objects.create(writer=sys.argv[2], seen=-1)
    async with chakra.transaction():
        # Nobody writes between the two.
        seen = await Entry.objects.count()
        await Entry.objects.create(writer=sys.argv[2], seen=seen)

async def main():
    await chakra.connect(sys.argv[1], busy_timeout="20s")
    await asyncio.gather(*(write(number) for number in range(EACH)))

asyncio.run(main())
"""


def test_many_processes_write_beside_each_other(file: Path) -> None:
    programs = [start(WRITERS, f"sqlite:///{file}", str(number)) for number in range(PROCESSES)]
    for number in range(EACH):
        Entry.objects.create_sync(writer="here", seen=-1 - number % 2)
    for program in programs:
        _, errors = program.communicate(timeout=100)
        assert program.returncode == 0, errors
    assert Entry.objects.count_sync() == (PROCESSES + 1) * EACH
    # Keys go up without gaps, so what a transaction saw is how many there were before it.
    for entry in Entry.objects.filter(seen__gte=0).all_sync():
        assert entry.seen == entry.id - 1


HOLD = """
import sys, chakra
from test_sqlite_files import Entry
chakra.connect_sync(sys.argv[1])
with chakra.transaction():
    Entry.objects.create_sync(writer="holder", seen=0)
    print("held", flush=True)
    sys.stdin.readline()
"""


async def test_a_lock_that_another_process_holds(file: Path, run: Any) -> None:
    holder = start(HOLD, f"sqlite:///{file}")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    pool = await run(chakra.create_pool, f"sqlite:///{file}", name="hasty", busy_timeout=0.1)
    for attempt in (
        lambda: run(Entry.objects.using(pool).create, writer="late", seen=0),
        lambda: run(Entry.objects.using(pool).bulk_create, [Entry(writer="late", seen=0)]),
        lambda: run(Entry.objects.using(pool).update, seen=1),
    ):
        with pytest.raises(OperationalError, match="busy_timeout"):
            await attempt()
    # Readers do not wait, and see what was committed.
    assert await run(Entry.objects.using(pool).count) == 0
    holder.communicate("\n", timeout=30)
    assert holder.returncode == 0
    await run(Entry.objects.using(pool).create, writer="late", seen=0)
    assert await run(Entry.objects.using(pool).count) == 2
    await run(pool.close)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file stays where it is")
@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_was_deleted_or_replaced(file: Path, replaced: bool, run: Any) -> None:
    await run(Entry.objects.create, writer="before", seen=0)
    take_away(file, replaced)
    for attempt in (
        lambda: run(Entry.objects.create, writer="after", seen=0),
        lambda: run(Entry.objects.bulk_create, [Entry(writer="after", seen=0)]),
        lambda: run(Entry.objects.update, seen=1),
        lambda: run(chakra.create_all, models=[Entry]),
        lambda: begin(),
    ):
        with pytest.raises(OperationalError, match=r"shared\.db was deleted or replaced"):
            await attempt()
    await run(chakra.close_pool)
    sweep(file)
    pool = await run(chakra.connect, f"sqlite:///{file}")
    await run(chakra.create_all, models=[Entry])
    assert await run(Entry.objects.count) == 0
    await run(pool.close)


def take_away(file: Path, replaced: bool) -> None:
    if replaced:
        other = file.with_name("other.db")
        other.write_bytes(b"")
        other.replace(file)
    else:
        file.unlink()


def sweep(file: Path) -> None:
    """Takes away the log, which belongs to the file that was."""
    for left in file.parent.glob(f"{file.name}-*"):
        left.unlink()


def move(file: Path, name: str) -> Path:
    return file.rename(file.with_name(name))


async def begin() -> None:
    async with chakra.transaction():
        await Entry.objects.create(writer="after", seen=0)


async def test_a_transaction_under_way_ends_where_it_began(file: Path) -> None:
    async with chakra.transaction():
        await Entry.objects.create(writer="during", seen=0)
        moved = move(file, "moved.db")
        assert await Entry.objects.count() == 1
    with pytest.raises(OperationalError, match="deleted or replaced"):
        await Entry.objects.create(writer="after", seen=0)
    move(moved, file.name)
    await Entry.objects.create(writer="back", seen=0)
    assert await Entry.objects.count() == 2
