"""Ordinary attribute reads on an instance that came from the database, beside a plain Python object."""

from __future__ import annotations

import gc
from itertools import repeat
from time import perf_counter
from typing import Any

from benches.contenders.sqlite3_raw import Account
from benches.readers import REPEATED_READS, repeat_reader
from benches.records import record
from benches.results import Measurement, Run, Table
from benches.runner import Runner

KEY = "attribute"
BASELINE = "plain object"
_TIMES = 2_000


def measure(runner: Runner, run: Run) -> None:
    """Seconds per attribute read, over all seven attributes of one row."""
    objects: dict[str, Any] = {BASELINE: _plain_object()}
    for contender in runner.contenders:
        if contender.row_style == "attribute" and not contender.raw and contender.package not in objects:
            try:
                objects[contender.package or contender.name] = runner.call(contender, "get", 1)
            except Exception as error:
                runner.report(contender, KEY, error)
    table = Table(runner.database.name, KEY, "attribute read on an instance", "time", BASELINE)
    table.measurements = [Measurement(runner.database.name, KEY, name, "-", "") for name in objects]
    readers = {name: repeat_reader() for name in objects}
    for turn in range(runner.rounds + 1):
        for measurement in table.measurements:
            read, row = readers[measurement.contender], objects[measurement.contender]
            gc.collect()
            start = perf_counter()
            read(row, repeat(None, _TIMES))
            seconds = perf_counter() - start
            if turn:  # the first turn is where the interpreter specialises the reader
                measurement.samples.append(seconds / _TIMES / REPEATED_READS)
    run.tables.append(table)


def _plain_object() -> Account:
    row = record(1)
    return Account(**{**row, "balance": str(row["balance"]), "created_at": row["created_at"].isoformat()})
