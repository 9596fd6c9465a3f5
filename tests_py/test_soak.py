"""Many statements in a row leave nothing behind: neither memory nor open files.

`CHAKRA_TEST_SOAK` says how many; `make soak` takes a million.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

import pytest

from chakra import Field, Integer, Model, String
from conftest import Database
from models import table

STATEMENTS = int(os.environ.get("CHAKRA_TEST_SOAK", "10000"))
#: As many at once as keeps the pool busy.
AT_ONCE = 100
#: What the allocator may keep of its own accord, however long the test runs; a leak of 100 bytes a statement is
#: thirty times as much over a million.
MOST_GROWN_KIB = 3_000


class Drop(Model):
    __tablename__ = table("soak_drops")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))


def resident_kib() -> int:
    """The memory that this process has now."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def ask(statements: int) -> None:
    """Half by key, half by other columns, so that both single objects and lists are made."""
    for _ in range(statements // AT_ONCE):
        by_key = [Drop.objects.get(id=number % 10) for number in range(AT_ONCE // 2)]
        by_name = [Drop.objects.filter(name=f"n{number % 10}").all() for number in range(AT_ONCE // 2)]
        await asyncio.gather(*by_key, *by_name)


@pytest.mark.skipif(sys.platform != "linux", reason="the numbers are read from /proc")
@pytest.mark.timeout(3600)
async def test_many_statements_leave_nothing_behind(db: Database) -> None:
    db.create(Drop)
    await Drop.objects.bulk_create([Drop(id=number, name=f"n{number}") for number in range(10)])
    # Caches fill and the allocator takes what it will keep.
    await ask(max(STATEMENTS // 10, 2_000))
    memory, files = resident_kib(), open_files()
    await ask(STATEMENTS)
    assert open_files() <= files
    assert resident_kib() - memory < MOST_GROWN_KIB
