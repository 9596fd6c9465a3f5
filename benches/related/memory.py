"""What loaded objects cost in memory: 50,000 books, each with its author loaded, in a process that holds nothing else.

Each contender stores the rows in one process and reads them in another, whose resident memory is compared before and
after; so what Rust allocates counts as well as what Python does.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benches import contenders
from benches.contender import Contender
from benches.databases import Sqlite
from benches.related.contender import RelatedContender
from benches.related.contenders import MODULES
from benches.related.library import BOOKS_EACH, library
from benches.related.readers import reader
from benches.results import Measurement, Run, Table

KEY = "memory"
OBJECTS = 50_000
NAMES = ("sqlite3 tuples", "chakra", "SQLAlchemy", "Django", "Tortoise", "Peewee", "Oxyde", "Yara")
"""One interface of each: objects are the same in both modes."""

_ROUNDS = 3
_STATUS = Path("/proc/self/status")


def measure(run: Run, chosen: Sequence[Contender]) -> None:
    """Bytes for each contender that reads SQLite, in processes of their own."""
    if not _STATUS.exists():
        run.skipped[KEY] = f"the resident memory is read from {_STATUS}, which this system does not have"
        return
    table = Table("sqlite", KEY, f"memory of {OBJECTS:,} objects with a loaded parent", "bytes", "SQLAlchemy")
    for contender in chosen:
        with tempfile.TemporaryDirectory(prefix="chakra-bench-") as directory:
            try:
                _elsewhere("store", contender.name, directory)
                samples = [float(_elsewhere("read", contender.name, directory)) for _ in range(_ROUNDS)]
            except subprocess.CalledProcessError as error:
                reason = (error.stderr.strip().splitlines() or [f"ended with {error.returncode}, no message"])[-1]
                run.problems.append(f"sqlite, {KEY}, {contender.name}: {reason[:300]}")
                continue
        table.measurements.append(Measurement("sqlite", KEY, contender.name, contender.mode, contender.note, samples))
    run.tables.append(table)


def _elsewhere(task: str, name: str, directory: str) -> str:
    command = [sys.executable, "-m", __name__, task, name, directory]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _main(task: str, name: str, directory: str) -> None:
    everyone, _ = contenders.load("benches.related.contenders", MODULES)
    [contender] = [one for one in everyone if one.name == name]
    assert isinstance(contender, RelatedContender)
    database = Sqlite(Path(directory))
    loop = asyncio.new_event_loop()
    try:
        if task == "store":
            database.prepare(contender.table, 0)
        loop.run_until_complete(contender.open(database))
        if task == "store":
            loop.run_until_complete(contender.store(library(OBJECTS // BOOKS_EACH)))
        else:
            _read(contender, loop)
        loop.run_until_complete(contender.close())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        database.close()


def _read(contender: RelatedContender, loop: asyncio.AbstractEventLoop) -> None:
    def joined(upto: int) -> Any:
        if contender.mode == "blocking":
            return contender.joined(upto)
        return loop.run_until_complete(_awaited(contender, upto))

    read = reader(contender, "joined")
    read(joined(10))  # what is made once is not what an object costs
    before = _resident()
    rows = joined(OBJECTS)
    read(rows)
    print(_resident() - before)
    assert len(rows) == OBJECTS


async def _awaited(contender: RelatedContender, upto: int) -> Any:
    return await contender.joined(upto)


def _resident() -> int:
    gc.collect()
    [line] = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    _main(*sys.argv[1:])
