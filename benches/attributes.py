"""Ordinary attribute reads on an instance that came from the database, beside a plain Python object."""

from __future__ import annotations

from typing import Any

from benches.contenders.sqlite3_raw import Account
from benches.readers import attribute_seconds
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
        if contender.row_style == "attribute" and contender.package and contender.package not in objects:
            with runner.reporting(contender, KEY):
                objects[contender.package] = runner.call(contender, "get", 1)
    table = Table(runner.database.name, KEY, "attribute read on an instance", "time", BASELINE)
    table.measurements = [Measurement(runner.database.name, KEY, name, "-", "") for name in objects]
    for _ in range(runner.rounds):
        for measurement in table.measurements:
            measurement.samples.append(attribute_seconds(objects[measurement.contender], _TIMES))
    run.tables.append(table)


def _plain_object() -> Account:
    row = record(1)
    return Account(**{**row, "balance": str(row["balance"]), "created_at": row["created_at"].isoformat()})
