"""The examples of the documentation run, page by page, and print what they say."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chakra
from page import blocks_of

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            "getting-started",
            "models",
            "tables",
            "mixins",
            "relationships",
            "queries",
            "sessions",
            "transactions",
            "observability",
            "pools",
            "errors",
            "postgres-and-mysql",
        )
    ),
]
MODULES = [
    "chakra",
    "chakra._meta",
    "chakra.checks",
    "chakra.connections",
    "chakra.constraints",
    "chakra.debug",
    "chakra.exceptions",
    "chakra.fields",
    "chakra.mixins",
    "chakra.model",
    "chakra.mysql",
    "chakra.postgres",
    "chakra.relationships",
    "chakra.retry",
    "chakra.sessions",
    "chakra.testing",
    "chakra.transactions",
    "chakra.types",
    "chakra._rows",
]


@pytest.mark.parametrize("page", PAGES)
def test_examples(page: str, tmp_path: Path) -> None:
    assert blocks_of(ROOT / page)
    command = [sys.executable, str(ROOT / "tests_py" / "page.py"), str(ROOT / page), str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module: str) -> None:
    failures, _ = doctest.testmod(importlib.import_module(module))
    assert failures == 0


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, "docs/type-table.md"]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8")):
            assert (ROOT / page).parent.joinpath(target).exists(), (page, target)


def test_the_demo_runs() -> None:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")], capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    shop = json.loads((ROOT / "examples" / "data" / "books.json").read_text(encoding="utf-8"))
    assert f"loaded {len(shop['authors'])} authors and {len(shop['books'])} books" in finished.stdout
    assert "Les Misérables" in finished.stdout
    assert "a second Homer is refused" in finished.stdout


def test_the_contract_of_this_version_is_documented() -> None:
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    undocumented = [name for name in chakra.__all__ if name.removesuffix("_sync") not in text]
    assert undocumented == []
