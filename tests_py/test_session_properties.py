"""Any sequence of additions, changes, deletions, flushes, savepoints and ends gives what a dictionary says."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chakra import JSON, Field, ForeignKey, Integer, Model, OneToMany, Session, String
from conftest import Database
from models import table


class Grove(Model):
    __tablename__ = table("random_groves")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))
    notes = Field(JSON, default={})
    oldest_id: Any = Field(Integer, ForeignKey(f"{table('random_trees')}.id", on_delete="SET NULL"), nullable=True)
    oldest: Any = ForeignKey("Tree", foreign_key="oldest_id")
    trees: Any = OneToMany("Tree", back_populates="grove", foreign_key="grove_id")


class Tree(Model):
    __tablename__ = table("random_trees")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))
    grove_id: Any = Field(Integer, ForeignKey(f"{table('random_groves')}.id"), nullable=True)
    grove: Any = ForeignKey(Grove, back_populates="trees", foreign_key="grove_id")


@dataclasses.dataclass(frozen=True)
class Do:
    """One step; `one` and `other` choose among what there is."""

    verb: str
    one: int = 0
    other: int = 0


@dataclasses.dataclass(frozen=True)
class Nested:
    """Steps in a savepoint, which is kept or not."""

    steps: tuple[Do, ...]
    kept: bool


VERBS = ("grove", "tree", "rename", "note", "move", "orphan", "eldest", "fell", "flush", "commit", "rollback", "query")
steps = st.builds(Do, st.sampled_from(VERBS), st.integers(0, 20), st.integers(0, 20))
inner = st.builds(
    Do, st.sampled_from([verb for verb in VERBS if verb not in ("commit", "rollback")]), st.integers(0, 20)
)
plans = st.lists(steps | st.builds(Nested, st.lists(inner, max_size=6).map(tuple), st.booleans()), max_size=25)


@dataclasses.dataclass
class Row:
    """What is known of an object: the name tells which it is."""

    name: str
    notes: dict[str, int] = dataclasses.field(default_factory=dict)
    parent: str | None = None
    oldest: str | None = None


class World:
    """Objects of a session, and beside them what they ought to be."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.names = (f"n{number}" for number in itertools.count())
        self.groves: dict[Any, Row] = {}
        self.trees: dict[Any, Row] = {}
        self.objects: dict[str, Any] = {}
        self.made: dict[str, Any] = {}

    def copy(self) -> tuple[dict[Any, Row], dict[Any, Row]]:
        def copied(rows: dict[Any, Row]) -> dict[Any, Row]:
            return {key: dataclasses.replace(row, notes=dict(row.notes)) for key, row in rows.items()}

        return copied(self.groves), copied(self.trees)

    def restore(self, state: tuple[dict[Any, Row], dict[Any, Row]]) -> None:
        self.groves, self.trees = state
        self.objects = {key: self.made[key] for key in [*self.groves, *self.trees]}

    def pick(self, rows: dict[Any, Row], number: int) -> str | None:
        keys = sorted(rows, key=lambda key: int(key[1:]))
        return keys[number % len(keys)] if keys else None

    def do(self, step: Do) -> None:
        getattr(self, f"do_{step.verb}")(step)

    def do_grove(self, step: Do) -> None:
        key = next(self.names)
        self.groves[key] = Row(key)
        self.objects[key] = self.made[key] = Grove(name=key)
        self.session.add(self.objects[key])

    def do_tree(self, step: Do) -> None:
        key, grove = next(self.names), self.pick(self.groves, step.one)
        self.trees[key] = Row(key, parent=grove)
        self.objects[key] = self.made[key] = Tree(name=key, grove=self.objects[grove] if grove else None)
        self.session.add(self.objects[key])

    def do_rename(self, step: Do) -> None:
        key = self.pick({**self.groves, **self.trees}, step.one)
        if key is not None:
            row = self.groves.get(key) or self.trees[key]
            row.name = self.objects[key].name = f"{key} {step.other}"

    def do_note(self, step: Do) -> None:
        key = self.pick(self.groves, step.one)
        if key is not None:
            self.groves[key].notes[str(step.other)] = step.one
            self.objects[key].notes[str(step.other)] = step.one

    def do_move(self, step: Do) -> None:
        tree, grove = self.pick(self.trees, step.one), self.pick(self.groves, step.other)
        if tree is not None and grove is not None:
            self.trees[tree].parent = grove
            self.objects[tree].grove = self.objects[grove]

    def do_orphan(self, step: Do) -> None:
        tree = self.pick(self.trees, step.one)
        if tree is not None:
            self.trees[tree].parent = None
            self.objects[tree].grove = None

    def do_eldest(self, step: Do) -> None:
        tree, grove = self.pick(self.trees, step.one), self.pick(self.groves, step.other)
        if tree is not None and grove is not None:
            self.groves[grove].oldest = tree
            self.objects[grove].oldest = self.objects[tree]

    def do_fell(self, step: Do) -> None:
        """A tree goes; whoever called it the oldest knows none from then on."""
        tree = self.pick(self.trees, step.one)
        if tree is None:
            return
        for key, row in self.groves.items():
            if row.oldest == tree:
                row.oldest = None
                self.objects[key].oldest = None
        self.session.delete(self.objects.pop(tree))
        del self.trees[tree]

    def do_flush(self, step: Do) -> None:
        self.session.flush_sync()

    def do_query(self, step: Do) -> None:
        assert sorted(tree.name for tree in Tree.objects.all().all_sync()) == sorted(
            row.name for row in self.trees.values()
        )
        for grove in Grove.objects.prefetch_related("trees").all_sync():
            assert any(grove is known for known in self.objects.values())

    def expected(self) -> tuple[list[Any], list[Any]]:
        name = {key: row.name for key, row in [*self.groves.items(), *self.trees.items()]}
        groves = [
            (row.name, row.notes, name[row.oldest] if row.oldest is not None else None) for row in self.groves.values()
        ]
        trees = [(row.name, name[row.parent] if row.parent is not None else None) for row in self.trees.values()]
        return sorted(groves, key=repr), sorted(trees, key=repr)

    def in_memory(self) -> Iterator[tuple[Any, Any]]:
        for key, row in [*self.groves.items(), *self.trees.items()]:
            yield self.objects[key].name, row.name
        for key, row in self.groves.items():
            yield self.objects[key].notes, row.notes


def stored() -> tuple[list[Any], list[Any]]:
    groves = [
        (grove.name, grove.notes, grove.oldest.name if grove.oldest else None)
        for grove in Grove.objects.select_related("oldest").all_sync()
    ]
    trees = [
        (tree.name, tree.grove.name if tree.grove else None) for tree in Tree.objects.select_related("grove").all_sync()
    ]
    return sorted(groves, key=repr), sorted(trees, key=repr)


class TakenBack(Exception):
    """Ends a savepoint."""


def run_nested(world: World, nested: Nested) -> None:
    before = world.copy()
    try:
        with world.session.begin_nested():
            for step in nested.steps:
                world.do(step)
            if not nested.kept:
                raise TakenBack
    except TakenBack:
        world.restore(before)


def run(plan: list[Do | Nested]) -> None:
    with Session() as session:
        world = World(session)
        committed = world.copy()
        for step in plan:
            if isinstance(step, Nested):
                run_nested(world, step)
            elif step.verb == "commit":
                session.commit_sync()
                committed = world.copy()
            elif step.verb == "rollback":
                session.rollback_sync()
                world.restore(committed)
                committed = world.copy()
            else:
                world.do(step)
            for found, due in world.in_memory():
                assert found == due
        expected = world.expected()
    assert stored() == expected
    with Session() as session:
        for grove in Grove.objects.all().all_sync():
            grove.oldest_id = None
        session.flush_sync()
        for one in [*Tree.objects.all().all_sync(), *Grove.objects.all().all_sync()]:
            session.delete(one)
    assert stored() == ([], [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_the_database_is_as_the_dictionary_says(db: Database, plan: list[Do | Nested]) -> None:
    db.create(Grove, Tree)
    run(plan)
