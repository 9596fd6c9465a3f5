from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import chakra.mixins
import chakra.mysql
import chakra.postgres

SLOW_TO_IMPORT = ["asyncio", "inspect", "dataclasses", "decimal", "json", "typing_extensions", "difflib", "uuid"]


def test_all_lists_the_public_names() -> None:
    modules = {
        "aggregates",
        "checks",
        "config",
        "connections",
        "constraints",
        "debug",
        "declaration",
        "fields",
        "foreign_keys",
        "mixins",
        "related",
        "relationships",
        "retry",
        "sessions",
        "model",
        "mysql",
        "postgres",
        "query",
        "testing",
        "transactions",
        "types",
        "validation",
    }
    public = {name for name in vars(chakra) if not name.startswith("_")} - modules
    assert set(chakra.__all__) == public


def test_the_version_is_told() -> None:
    assert chakra.__version__.count(".") == 2


@pytest.mark.parametrize("module", [chakra.mysql, chakra.postgres])
def test_all_lists_what_modules_of_one_database_define(module: ModuleType) -> None:
    classes = [(name, thing) for name, thing in vars(module).items() if isinstance(thing, type)]
    own = {name for name, thing in classes if thing.__module__ == module.__name__ and not name.startswith("_")}
    assert set(module.__all__) == own


@pytest.mark.parametrize("module", [chakra, chakra.mixins, chakra.mysql, chakra.postgres])
def test_public_names_are_documented(module: ModuleType) -> None:
    undocumented = [name for name in module.__all__ if not getattr(module, name).__doc__]
    assert undocumented == []


def test_import_takes_nothing_slow_along() -> None:
    code = f"import sys; import chakra; print([m for m in {SLOW_TO_IMPORT!r} if m in sys.modules])"
    command = [sys.executable, "-S", "-E", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_every_awaited_call_has_a_blocking_twin() -> None:
    owners = [chakra, chakra.QuerySet, chakra.Model, chakra.Pool]
    awaited = {
        chakra: ["connect", "create_pool", "close_pool", "create_all", "drop_all"],
        chakra.QuerySet: [
            "all",
            "get",
            "get_or_none",
            "first",
            "last",
            "count",
            "exists",
            "aggregate",
            "create",
            "update",
            "delete",
            "bulk_create",
            "stream",
        ],
        chakra.Model: ["save", "delete", "refresh"],
        chakra.Pool: ["close", "check_health"],
    }
    missing = [f"{name}_sync" for owner in owners for name in awaited[owner] if not hasattr(owner, f"{name}_sync")]
    assert missing == []
