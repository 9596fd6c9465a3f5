"""What a run found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass
class Measurement:
    """The samples of one contender in one scenario, in seconds per call, or in bytes."""

    database: str
    scenario: str
    contender: str
    mode: str
    note: str
    samples: list[float] = field(default_factory=list)
    raw: bool = False
    """Whether it is of a driver, not of a mapper."""

    @property
    def best(self) -> float:
        """The fastest sample: the one that other programs disturbed least."""
        return min(self.samples)

    @property
    def median(self) -> float:
        """The middle sample."""
        return median(self.samples)


@dataclass
class Table:
    """One scenario on one database."""

    database: str
    scenario: str
    title: str
    unit: str
    baseline: str | None
    measurements: list[Measurement] = field(default_factory=list)

    def find(self, contender: str) -> Measurement | None:
        """The contender's measurement, if it has one."""
        return next((m for m in self.measurements if m.contender == contender), None)


@dataclass
class Run:
    """Everything that is reported."""

    environment: dict[str, Any]
    tables: list[Table] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def find(self, database: str, scenario: str) -> Table | None:
        """The table of one scenario on one database, if it was measured."""
        return next((t for t in self.tables if (t.database, t.scenario) == (database, scenario)), None)


def as_dict(table: Table) -> dict[str, Any]:
    """A table for the JSON report; times in seconds, ratios to the baseline by best and by median."""
    base = table.find(table.baseline) if table.baseline else None
    content = asdict(table)
    for plain, measurement in zip(content["measurements"], table.measurements, strict=True):
        plain.update(best=measurement.best, median=measurement.median)
        if base is not None:
            plain["ratio_best"] = measurement.best / base.best
            plain["ratio_median"] = measurement.median / base.median
    return content
