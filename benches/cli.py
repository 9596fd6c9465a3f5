"""The command line of `python -m benches`."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benches import attributes, contenders, goals, imports, report
from benches.contender import Contender
from benches.databases import POSTGRES_URL, Database, Postgres, Sqlite, Unavailable
from benches.related import contenders as related_contenders
from benches.related import memory
from benches.related.runner import RelatedRunner
from benches.related.scenarios import SCENARIOS as RELATED_SCENARIOS
from benches.results import Run
from benches.runner import Runner
from benches.scenarios import SCENARIOS
from benches.selection import Selection, UnknownName, select


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the report, and say with the exit code whether a goal was missed if `--strict` asks for that."""
    parser = _parser()
    options = parser.parse_args(arguments)
    everyone, missing = contenders.load()
    related, _ = contenders.load(related_contenders.__name__, related_contenders.MODULES)
    only = [name for names in options.only for name in names.split(",") if name]
    try:
        selection = select(only, {"sqlite", "postgres"}, _scenario_keys(), _names(everyone, related) | {*missing})
    except UnknownName as error:
        parser.error(str(error))
    run = Run(_environment(everyone, options.rows, options.rounds), skipped=missing)
    with tempfile.TemporaryDirectory(prefix="chakra-bench-") as directory:
        for database in _databases(run, selection, Path(directory)):
            try:
                _measure(run, database, everyone, selection, options.rows, options.rounds)
                _measure_related(run, database, related, selection, options.rounds)
            finally:
                database.close()
    if selection.has_scenario(memory.KEY) and selection.has_database("sqlite"):
        _say(f"sqlite: {memory.KEY}")
        memory.measure(run, [one for one in _taking_part("sqlite", related, selection) if one.name in memory.NAMES])
    if selection.has_scenario(imports.KEY) and not selection.databases:
        _say("import")
        imports.measure(run, (library for library in contenders.MODULES if library not in missing), options.rounds)
    outcomes = goals.judge(run)
    print(report.text(run, outcomes))
    if options.json:
        report.write_json(options.json, run, outcomes)
    return int(options.strict and not all(outcome.met for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("--rows", type=_at_least(200), default=10_000, help="rows in each table (10000)")
    parser.add_argument("--rounds", type=_at_least(1), default=7, help="samples of each contender (7)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAMES",
        help="databases, scenarios or contenders, separated by commas; raw drivers always take part",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed or was not measured")
    return parser


def _at_least(lowest: int) -> type[int]:
    def number(text: str) -> int:
        if int(text) < lowest:
            raise argparse.ArgumentTypeError(f"at least {lowest}")
        return int(text)

    return number  # type: ignore[return-value]


def _scenario_keys() -> set[str]:
    keys = {scenario.key for scenario in (*SCENARIOS, *RELATED_SCENARIOS)}
    return keys | {attributes.KEY, imports.KEY, memory.KEY}


def _names(*groups: Sequence[Contender]) -> set[str]:
    return {contender.name for group in groups for contender in group}


def _databases(run: Run, selection: Selection, directory: Path) -> Iterator[Database]:
    for name in ("sqlite", "postgres"):
        if not selection.has_database(name):
            continue
        try:
            database: Database = Sqlite(directory) if name == "sqlite" else Postgres(POSTGRES_URL)
        except Unavailable as error:
            run.skipped[name] = str(error)
            continue
        run.environment[name] = database.version()
        yield database


def _measure(
    run: Run, database: Database, everyone: list[Contender], selection: Selection, rows: int, rounds: int
) -> None:
    if not any(selection.has_scenario(key) for key in ({scenario.key for scenario in SCENARIOS} | {attributes.KEY})):
        return
    chosen = _taking_part(database.name, everyone, selection)
    runner = Runner(run, database, rows, rounds)
    try:
        runner.open(chosen)
        for scenario in SCENARIOS:
            if database.name in scenario.databases and selection.has_scenario(scenario.key):
                _say(f"{database.name}: {scenario.key}")
                runner.measure(scenario)
        if database.name == "sqlite" and selection.has_scenario(attributes.KEY):
            _say(f"{database.name}: {attributes.KEY}")
            attributes.measure(runner, run)
    finally:
        runner.close()


def _measure_related(
    run: Run, database: Database, everyone: list[Contender], selection: Selection, rounds: int
) -> None:
    scenarios = [scenario for scenario in RELATED_SCENARIOS if selection.has_scenario(scenario.key)]
    if not scenarios:
        return
    runner = RelatedRunner(run, database, rounds)
    try:
        runner.open(_taking_part(database.name, everyone, selection))
        for scenario in scenarios:
            _say(f"{database.name}: {scenario.key}")
            runner.measure(scenario)
    finally:
        runner.close()


def _taking_part(database: str, everyone: list[Contender], selection: Selection) -> list[Contender]:
    return [
        contender
        for contender in everyone
        if database in contender.databases and (contender.raw or selection.has_contender(contender.name))
    ]


def _environment(everyone: list[Contender], rows: int, rounds: int) -> dict[str, str]:
    versions = {contender.package: contender.version() for contender in everyone if contender.package}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "rows": f"{rows:,}",
        "rounds": str(rounds),
        "versions": ", ".join(f"{package} {version}" for package, version in versions.items()),
    }


def _say(progress: str) -> None:
    print(f"... {progress}", file=sys.stderr, flush=True)
