"""How long `import` takes: a new interpreter that imports the package, less one that imports nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from time import perf_counter

from benches.results import Measurement, Run, Table

KEY = "import"

STATEMENTS = {
    "chakra": "import chakra",
    "sqlalchemy": "import sqlalchemy.orm",
    "django": "import django.db.models",
    "tortoise": "import tortoise",
    "peewee": "import peewee",
    "oxyde": "import oxyde",
    "yara_orm": "import yara_orm",
}


def measure(run: Run, libraries: Iterable[str], rounds: int) -> None:
    """Seconds that the import of each library adds to the start of an interpreter."""
    chosen = [library for library in libraries if library in STATEMENTS]
    empty: list[float] = []
    times: dict[str, list[float]] = {library: [] for library in chosen}
    for turn in range(rounds + 1):
        nothing = _seconds("pass")
        found = {library: _seconds(STATEMENTS[library]) for library in chosen}
        if turn:  # the first turn compiles modules and fills the file cache
            empty.append(nothing)
            for library, seconds in found.items():
                times[library].append(seconds)
    table = Table("none", KEY, "import", "time", None)
    for library, samples in times.items():
        added = [seconds - min(empty) for seconds in samples]
        table.measurements.append(Measurement("none", KEY, library, "-", STATEMENTS[library], added))
    run.tables.append(table)


def _seconds(statement: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True)
    return perf_counter() - start
