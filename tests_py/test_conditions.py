"""The algebra of conditions: random trees of Q against the same trees in plain Python."""

from __future__ import annotations

import operator
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chakra import Q
from conftest import BACKENDS, Database, open_database
from models import Word

NUMBERS = [None, -5, 0, 1, 2, 3, 2**31 - 1]
TEXTS = [None, "", "a", "A", "ab", "b%", "b_", "ä"]


class Row(NamedTuple):
    id: int
    text: str | None
    number: int | None


ROWS = [Row(number, TEXTS[number % 8], NUMBERS[(number // 8 + number) % 7]) for number in range(32)]

Test = Callable[[Row], bool]


class Tree(NamedTuple):
    """A condition twice: for the database, and for Python."""

    condition: Q
    holds: Test


def leaf(field: str, lookup: str, value: Any, holds: Callable[[Any], bool]) -> Tree:
    return Tree(Q(**{f"{field}__{lookup}": value}), lambda row: holds(getattr(row, field)))


def known(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A NULL meets no comparison."""
    return lambda value: value is not None and holds(value)


number = st.sampled_from([value for value in NUMBERS if value is not None]) | st.integers(-10, 10)
word = st.sampled_from(["", "a", "A", "b", "%", "_", "ä", "zz"])
members = st.lists(st.none() | number, max_size=5)

leaves = st.one_of(
    number.map(lambda v: leaf("number", "exact", v, lambda x: x == v)),
    st.none().map(lambda _: leaf("number", "exact", None, lambda x: x is None)),
    number.map(lambda v: leaf("number", "ne", v, lambda x: x != v)),
    st.none().map(lambda _: leaf("text", "ne", None, lambda x: x is not None)),
    number.map(lambda v: leaf("number", "gt", v, known(lambda x: x > v))),
    number.map(lambda v: leaf("number", "gte", v, known(lambda x: x >= v))),
    number.map(lambda v: leaf("number", "lt", v, known(lambda x: x < v))),
    number.map(lambda v: leaf("number", "lte", v, known(lambda x: x <= v))),
    members.map(lambda v: leaf("number", "in", v, lambda x: x in v)),
    members.map(lambda v: leaf("number", "not_in", v, lambda x: x not in v)),
    st.tuples(number, number).map(lambda v: leaf("number", "range", v, known(lambda x: v[0] <= x <= v[1]))),
    st.booleans().map(lambda v: leaf("text", "isnull", v, lambda x: (x is None) is v)),
    word.map(lambda v: leaf("text", "exact", v, lambda x: x == v)),
    word.map(lambda v: leaf("text", "contains", v, known(lambda x: v in x))),
    word.map(lambda v: leaf("text", "istartswith", v, known(lambda x: x.lower().startswith(v.lower())))),
    word.map(lambda v: leaf("text", "lt", v, known(lambda x: x < v))),
)


def combined(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    pairs = st.tuples(children, children)
    return st.one_of(
        children.map(lambda a: Tree(~a.condition, lambda row: not a.holds(row))),
        pairs.map(lambda p: Tree(p[0].condition & p[1].condition, lambda row: p[0].holds(row) and p[1].holds(row))),
        pairs.map(lambda p: Tree(p[0].condition | p[1].condition, lambda row: p[0].holds(row) or p[1].holds(row))),
        pairs.map(lambda p: Tree(p[0].condition ^ p[1].condition, lambda row: p[0].holds(row) != p[1].holds(row))),
        pairs.map(lambda p: Tree(Q(p[0].condition, p[1].condition), lambda row: p[0].holds(row) and p[1].holds(row))),
    )


trees = st.recursive(leaves, combined, max_leaves=12)


@pytest.fixture(scope="module", params=BACKENDS)
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("conditions")
    database = open_database(request.param, folder)
    database.create(Word)
    Word.objects.bulk_create_sync([Word(id=row.id, text=row.text, number=row.number) for row in ROWS])
    yield database
    database.close()


@settings(max_examples=150, deadline=None)
@given(tree=trees)
def test_random_trees(rows: Database, tree: Tree) -> None:
    expected = [row.id for row in ROWS if tree.holds(row)]
    ids = Word.objects.order_by("id").values_list("id", flat=True)
    assert ids.filter(tree.condition).all_sync() == expected
    others = [row.id for row in ROWS if not tree.holds(row)]
    assert ids.exclude(tree.condition).all_sync() == others


def test_an_empty_condition_matches_every_row(rows: Database) -> None:
    every = len(ROWS)
    some = Word.objects.filter(number=3).count_sync()
    assert 0 < some < every
    assert Word.objects.filter(Q()).count_sync() == every
    assert Word.objects.filter(~Q()).count_sync() == 0
    assert Word.objects.exclude(Q()).count_sync() == 0
    assert Word.objects.filter(Q() & Q(number=3)).count_sync() == some
    assert Word.objects.filter(Q(), number=3).count_sync() == some


def test_conditions_are_values(rows: Database) -> None:
    condition = Q(number=3)
    both = condition | Q(number=2)
    assert Word.objects.filter(condition).count_sync() < Word.objects.filter(both).count_sync()
    assert Word.objects.filter(condition).count_sync() == Word.objects.filter(number=3).count_sync()


def test_queries_are_values(rows: Database) -> None:
    base = Word.objects.filter(number__isnull=False)
    narrow = base.filter(number__gt=1)
    assert narrow.count_sync() < base.count_sync() < Word.objects.count_sync()


def test_expressions_and_lookups_mix(rows: Database) -> None:
    by_expression = Word.objects.filter((Word.number >= 1) & ~Word.text.startswith("a"), id__lt=20)
    by_lookup = Word.objects.filter(Q(number__gte=1), ~Q(text__startswith="a"), id__lt=20)
    expected = [r.id for r in ROWS if (r.number or 0) >= 1 and not (r.text or "").startswith("a") and r.id < 20]
    ids = [query.order_by("id").values_list("id", flat=True).all_sync() for query in (by_expression, by_lookup)]
    assert ids == [expected, expected]
    assert Word.objects.filter(Word.number == None).count_sync() == sum(r.number is None for r in ROWS)  # noqa: E711
    assert Word.objects.filter(Word.number != 3).count_sync() == sum(r.number != 3 for r in ROWS)
    assert Word.objects.filter(Word.number.between(1, 3)).count_sync() == sum(r.number in (1, 2, 3) for r in ROWS)


def test_a_long_chain_is_not_a_deep_one(rows: Database) -> None:
    any_of = reduce(operator.or_, (Q(id=number) for number in range(0, 2000, 2)))
    assert Word.objects.filter(any_of).count_sync() == len(ROWS) / 2
    all_of = reduce(operator.and_, (~Q(id=number) for number in range(0, 2000, 2)))
    assert Word.objects.filter(all_of).count_sync() == len(ROWS) / 2


def test_a_deep_tree(rows: Database) -> None:
    tree = Tree(Q(number=3), lambda row: row.number == 3)
    for turn in range(40):
        tree = flipped(tree, turn)
    assert Word.objects.filter(tree.condition).count_sync() == sum(map(tree.holds, ROWS))


def flipped(tree: Tree, turn: int) -> Tree:
    return Tree(~tree.condition | Q(id=turn), lambda row: not tree.holds(row) or row.id == turn)


def test_a_tree_that_is_too_deep_is_refused_clearly() -> None:
    # In a process of its own: the failure to guard against is a stack overflow, which would end this one.
    program = """
from chakra import Field, Integer, Model, Q
from chakra.exceptions import QueryError
class Word(Model):
    id = Field(Integer, primary_key=True)
condition = Q(id=3)
for turn in range(100_000):
    condition = ~(condition | Q(id=turn))
try:
    Word.objects.filter(condition)
except QueryError as error:
    print(error)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0
    assert "deep" in finished.stdout
