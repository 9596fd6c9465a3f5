"""Runs scenarios: checks answers once, then takes samples from all contenders in turn, round by round."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from benches.contender import Contender
from benches.databases import Database
from benches.readers import row_reader
from benches.records import record, records, without_key
from benches.results import Measurement, Run, Table
from benches.scenarios import CALLS_PER_TASK, TASKS, WINDOW, Calls, Scenario
from benches.verify import WrongAnswer, expect_rows


class Runner:
    """The contenders of one database, open, in one event loop."""

    def __init__(self, run: Run, database: Database, rows: int, rounds: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.contenders: list[Contender] = []
        self.rounds = rounds
        self.database = database
        self._run = run
        self._rows = rows
        self._readers: dict[tuple[str, str], Callable[[Any], None]] = {}
        self._prepared: set[str] = set()

    def open(self, contenders: Sequence[Contender]) -> None:
        """Open and fill the contenders; one that cannot be opened is reported and left out."""
        for contender in contenders:
            with self.reporting(contender, "open"):
                self._open(contender)
                self.contenders.append(contender)
        gc.collect()
        gc.freeze()  # the libraries' own objects shall not weigh on every collection during the samples

    def close(self) -> None:
        """Close the contenders and remove their tables."""
        for contender in self.contenders:
            with self.reporting(contender, "close"):
                self.loop.run_until_complete(contender.close())
        for table in self._prepared:
            self.database.drop(table)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        gc.unfreeze()

    def call(self, contender: Contender, method: str, *arguments: Any) -> Any:
        """One untimed call."""
        function = getattr(contender, method)
        if contender.mode == "async" and method != "build":
            return self.loop.run_until_complete(_awaited(function, arguments))
        return function(*arguments)

    def measure(self, scenario: Scenario) -> None:
        """One scenario, every contender that can take part."""
        database = self.database.name
        unit = "calls/s" if scenario.concurrent else "time"
        title = scenario.title.format(rows=self._rows)
        table = Table(database, scenario.key, title, unit, scenario.baselines.get(database))
        ready: list[tuple[Contender, Measurement]] = []
        for contender in self.contenders:
            if scenario.admits(contender, database) and self._passes(scenario, contender):
                mode = "async, blocks the loop" if contender.blocks_loop else contender.mode
                mode = "-" if scenario.call == "build" else mode
                measurement = Measurement(database, scenario.key, contender.name, mode, contender.note)
                measurement.raw = contender.raw
                ready.append((contender, measurement))
        if scenario.call == "build":
            ready = _one_per_family(ready)
        for turn in range(self.rounds):
            start = turn % len(ready) if ready else 0
            for contender, measurement in ready[start:] + ready[:start]:
                with self.reporting(contender, scenario.key):
                    measurement.samples.append(self._sample(scenario, contender))
        table.measurements = [measurement for _, measurement in ready if measurement.samples]
        self._run.tables.append(table)

    def reporting(self, contender: Contender, what: str) -> _Reporting:
        """A block whose failure is kept for the report and does not end the run."""
        return _Reporting(self._run.problems, f"{self.database.name}, {what}, {contender.name}")

    def _open(self, contender: Contender) -> None:
        table = contender.table
        first = table not in self._prepared
        if first:
            self._prepared.add(table)
            self.database.prepare(table, self._rows)
        self.loop.run_until_complete(contender.open(self.database))
        if first and self.database.name == "sqlite":
            self.call(contender, "insert_many", contender.build(records(1, self._rows)))

    def _passes(self, scenario: Scenario, contender: Contender) -> bool:
        passed = False
        with self.reporting(contender, scenario.key):
            try:
                self._verify(scenario, contender)
            finally:
                self._settle(scenario, contender)
            self._sample(scenario, contender)
            passed = True
        return passed

    def _verify(self, scenario: Scenario, contender: Contender) -> None:
        new = records(self._rows + 1, self._rows)
        match scenario.key:
            case "get" | "get_sync" | "pool":
                for key in (1, self._rows):
                    expect_rows(contender, [self.call(contender, "get", key)], [record(key)])
            case "all":
                expect_rows(contender, self.call(contender, "all"), records(1, self._rows))
            case "filter":
                expect_rows(contender, self.call(contender, "between", 5, 5 + WINDOW), records(5, WINDOW))
            case "insert":
                self.call(contender, "insert", without_key(new[:1])[0])
                key = self.database.highest_key(contender.table)
                expect_rows(contender, [self.call(contender, "get", key)], [{**new[0], "id": key}])
            case "update":
                self.call(contender, "update", 7, 99)
                expect_rows(contender, [self.call(contender, "get", 7)], [{**record(7), "age": 99}])
                self.call(contender, "update", 7, record(7)["age"])
            case "bulk":
                self.call(contender, "insert_many", contender.build(new))
                expect_rows(contender, self.call(contender, "between", self._rows + 1, 2**60), new)
            case "bulk_keys":
                self.call(contender, "insert_many", contender.build(without_key(new)))
                stored = self.call(contender, "between", self._rows + 1, 2**60)
                expect_rows(contender, stored, new, keys=False)
            case "build":
                if len(contender.build(new)) != len(new):
                    raise WrongAnswer("not one instance for each row")
            case unknown:
                raise WrongAnswer(f"scenario {unknown} has no check")

    def _settle(self, scenario: Scenario, contender: Contender) -> None:
        if scenario.writes:
            self.database.settle(contender.table, self._rows)

    def _reader(self, scenario: Scenario, contender: Contender) -> Callable[[Any], None]:
        """A function that reads every value of what a call gives."""
        return row_reader(contender.row_style)

    def _kept_reader(self, scenario: Scenario, contender: Contender) -> Callable[[Any], None]:
        known = (scenario.call, contender.name)
        if known not in self._readers:
            self._readers[known] = self._reader(scenario, contender)
        return self._readers[known]

    def _sample(self, scenario: Scenario, contender: Contender) -> float:
        """Seconds per call."""
        calls = scenario.arguments(contender, self._rows)
        function = getattr(contender, scenario.call)
        read = self._kept_reader(scenario, contender) if scenario.read else None
        gc.collect()
        try:
            if scenario.concurrent:
                seconds = self.loop.run_until_complete(_tasks(function, calls))
            elif contender.mode == "async" and scenario.call != "build":
                seconds = self.loop.run_until_complete(_one_by_one(function, calls, read))
            else:
                seconds = _blocking(function, calls, read)
        finally:
            self._settle(scenario, contender)
        return seconds / len(calls)


class _Reporting:
    """Turns an exception in its block into a line of the report."""

    def __init__(self, problems: list[str], place: str) -> None:
        self._problems = problems
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        message = " ".join(str(error).split())[:300]
        self._problems.append(f"{self._place}: {type(error).__name__}: {message}")
        return True


async def _awaited(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    return await function(*arguments)


async def _one_by_one(function: Callable[..., Any], calls: Calls, read: Callable[[Any], None] | None) -> float:
    start = perf_counter()
    for arguments in calls:
        result = await function(*arguments)
        if read is not None:
            read(result)
    return perf_counter() - start


def _blocking(function: Callable[..., Any], calls: Calls, read: Callable[[Any], None] | None) -> float:
    start = perf_counter()
    for arguments in calls:
        result = function(*arguments)
        if read is not None:
            read(result)
    return perf_counter() - start


async def _tasks(function: Callable[..., Any], calls: Calls) -> float:
    async def task(first: int) -> None:
        for arguments in calls[first : first + CALLS_PER_TASK]:
            await function(*arguments)

    start = perf_counter()
    await asyncio.gather(*(task(i * CALLS_PER_TASK) for i in range(TASKS)))
    return perf_counter() - start


def _one_per_family(ready: list[tuple[Contender, Measurement]]) -> list[tuple[Contender, Measurement]]:
    return list({contender.package: (contender, measurement) for contender, measurement in reversed(ready)}.values())
