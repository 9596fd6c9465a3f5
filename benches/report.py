"""The report: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benches.goals import Outcome
from benches.results import Measurement, Run, Table, as_dict

_DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "none": "no database"}


def text(run: Run, outcomes: list[Outcome]) -> str:
    """Everything, in the order in which it was measured, the goals last."""
    return "\n".join([*_environment(run), *_tables(run), *_absences(run), *_goals(outcomes)])


def write_json(path: Path, run: Run, outcomes: list[Outcome]) -> None:
    """The same as data; times are seconds per call, memory is bytes."""
    content = {
        "environment": run.environment,
        "tables": [as_dict(table) for table in run.tables],
        "skipped": run.skipped,
        "problems": run.problems,
        "goals": [outcome.as_dict() for outcome in outcomes],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _environment(run: Run) -> Iterator[str]:
    for name, value in run.environment.items():
        yield f"{name}: {value}"


def _tables(run: Run) -> Iterator[str]:
    for table in run.tables:
        yield ""
        ratio = f"; ratio to {table.baseline}" if table.baseline else ""
        yield f"{_DATABASES[table.database]}: {table.title}{ratio}"
        yield from _lines(table)


def _lines(table: Table) -> Iterator[str]:
    base = table.find(table.baseline) if table.baseline else None
    yield f"  {'contender':<20}{'best':>12}{'median':>12}{'ratio':>9}  mode"
    for measurement in sorted(table.measurements, key=lambda measurement: measurement.best):
        best, middle = _amount(measurement.best, table.unit), _amount(measurement.median, table.unit)
        ratio = _ratio(measurement, base, table.unit)
        remark = f"{measurement.mode}; {measurement.note}" if measurement.note else measurement.mode
        yield f"  {measurement.contender:<20}{best:>12}{middle:>12}{ratio:>9}  {remark}"


def _ratio(measurement: Measurement, base: Measurement | None, unit: str) -> str:
    if base is None:
        return "-"
    ratio = base.best / measurement.best if unit == "calls/s" else measurement.best / base.best
    return f"{ratio:.2f}"


def _amount(seconds: float, unit: str) -> str:
    if unit == "calls/s":
        return f"{1 / seconds:,.0f}/s"
    if unit == "bytes":
        return f"{seconds / 2**20:.1f} MiB"
    for factor, name in ((1e9, "ns"), (1e6, "µs"), (1e3, "ms")):
        if abs(seconds) * factor < 1000:
            return f"{seconds * factor:.1f} {name}"
    return f"{seconds:.2f} s"


def _absences(run: Run) -> Iterator[str]:
    if run.skipped:
        yield ""
        yield "Skipped"
        yield from (f"  {name}: {reason}" for name, reason in run.skipped.items())
    if run.problems:
        yield ""
        yield "Problems (not timed)"
        yield from (f"  {problem}" for problem in run.problems)


def _goals(outcomes: list[Outcome]) -> Iterator[str]:
    yield ""
    yield "Goals (judged by best; the second number is by median)"
    for outcome in outcomes:
        goal = outcome.goal
        bound = f"{'>=' if goal.throughput else '<='} {goal.limit:g}"
        verdict = {True: "met", False: "MISSED", None: "not measured"}[outcome.met]
        found = "-" if outcome.by_best is None else f"{outcome.by_best:.2f} / {outcome.by_median:.2f}"
        yield f"  {goal.text:<50}{bound:>8}{found:>16}  {verdict}"
