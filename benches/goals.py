"""The speed that the project has set itself, as ratios within one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from benches.results import Measurement, Run, Table


@dataclass(frozen=True)
class Goal:
    """One line of the list: a contender's time over the fastest of its baselines, or an absolute time."""

    text: str
    database: str
    scenario: str
    contender: str
    baselines: tuple[str, ...]
    limit: float
    throughput: bool = False
    """The ratio is of calls per second, and must be at least the limit."""
    beside_peers: bool = False
    """The baseline is the fastest of all other mappers that took part, in either mode."""


@dataclass(frozen=True)
class Outcome:
    """A goal beside what was measured."""

    goal: Goal
    by_best: float | None
    by_median: float | None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, judged by the best samples; None if it was not measured."""
        if self.by_best is None:
            return None
        return self.by_best >= self.goal.limit if self.goal.throughput else self.by_best <= self.goal.limit

    def as_dict(self) -> dict[str, Any]:
        """For the JSON report."""
        return {**asdict(self), "met": self.met}


_COPY_OR_MANY = ("asyncpg", "asyncpg unpacked")
_SQLALCHEMY = ("SQLAlchemy", "SQLAlchemy async")  # the faster of them
_RECORDS = ("asyncpg", "asyncpg unpacked")  # read by name, or by position, which is faster

_AHEAD = 1 / 1.5
"""What it means to be ahead of the other mappers by at least 1.5 times."""

_RELATED_BASELINES = {"sqlite": ("SQLite", "sqlite3 tuples", 1.0), "postgres": ("PostgreSQL", "asyncpg tuples", 1.3)}
_RELATED_CALLS = {"joined": "rows with their parent", "children": "rows with children", "tagged": "many-to-many"}


def _related() -> Iterator[Goal]:
    for database, (shown, baseline, limit) in _RELATED_BASELINES.items():
        for call, what in _RELATED_CALLS.items():
            yield Goal(f"{shown}, {what} / {baseline}", database, call, "chakra", (baseline,), limit)
            yield Goal(
                f"{shown}, {what} / next mapper", database, call, "chakra", (), round(_AHEAD, 2), beside_peers=True
            )


GOALS = (
    Goal("SQLite, async get / aiosqlite tuple", "sqlite", "get", "chakra", ("aiosqlite tuple",), 0.35),
    Goal("SQLite, blocking get / sqlite3 tuple", "sqlite", "get_sync", "chakra sync", ("sqlite3 tuple",), 2.5),
    Goal("PostgreSQL, async get / asyncpg fetchrow", "postgres", "get", "chakra", ("asyncpg",), 1.0),
    Goal("PostgreSQL, 64 tasks / asyncpg pool (calls/s)", "postgres", "pool", "chakra", ("asyncpg pool",), 1.7, True),
    Goal("PostgreSQL, all rows read / asyncpg records", "postgres", "all", "chakra", _RECORDS, 1.15),
    Goal("SQLite, all rows read / sqlite3 converted", "sqlite", "all", "chakra", ("sqlite3 converted",), 0.75),
    Goal("SQLite, bulk insert / executemany", "sqlite", "bulk", "chakra", ("sqlite3 tuple",), 1.2),
    Goal("SQLite, the same, generated keys", "sqlite", "bulk_keys", "chakra", ("sqlite3 tuple",), 1.2),
    Goal("PostgreSQL, bulk insert / COPY or executemany", "postgres", "bulk", "chakra", _COPY_OR_MANY, 1.2),
    Goal("PostgreSQL, the same, generated keys", "postgres", "bulk_keys", "chakra", _COPY_OR_MANY, 1.2),
    Goal("SQLite, commit of a session / SQLAlchemy", "sqlite", "bulk_keys", "chakra session", _SQLALCHEMY, 0.25),
    Goal("PostgreSQL, commit of a session / SQLAlchemy", "postgres", "bulk_keys", "chakra session", _SQLALCHEMY, 0.25),
    Goal("SQLite, get in a session / outside", "sqlite", "get", "chakra session", ("chakra",), 1.15),
    Goal("PostgreSQL, get in a session / outside", "postgres", "get", "chakra session", ("chakra",), 1.15),
    Goal("1,000 gets from the identity map, ms", "sqlite", "identity", "chakra session", (), 3.0),
    *_related(),
    Goal("memory, objects with a loaded parent / SQLAlchemy", "sqlite", "memory", "chakra", ("SQLAlchemy",), 1.0),
    Goal("attribute read / plain object", "sqlite", "attribute", "chakra", ("plain object",), 1.5),
    Goal("import chakra, ms", "none", "import", "chakra", (), 60),
)


def judge(run: Run) -> list[Outcome]:
    """Every goal beside what this run measured."""
    return [_judge(run, goal) for goal in GOALS]


def _judge(run: Run, goal: Goal) -> Outcome:
    table = run.find(goal.database, goal.scenario)
    measured = table.find(goal.contender) if table else None
    if table is None or measured is None:
        return Outcome(goal, None, None)
    if not goal.baselines and not goal.beside_peers:
        return Outcome(goal, measured.best * 1e3, measured.median * 1e3)
    baselines = (
        _peers(table) if goal.beside_peers else [found for name in goal.baselines if (found := table.find(name))]
    )
    if not baselines or (not goal.beside_peers and len(baselines) != len(goal.baselines)):
        return Outcome(goal, None, None)
    by_best = measured.best / min(baseline.best for baseline in baselines)
    by_median = measured.median / min(baseline.median for baseline in baselines)
    return Outcome(goal, 1 / by_best, 1 / by_median) if goal.throughput else Outcome(goal, by_best, by_median)


def _peers(table: Table) -> list[Measurement]:
    """The mappers of a table other than Chakra."""
    return [found for found in table.measurements if not found.raw and not found.contender.startswith("chakra")]
