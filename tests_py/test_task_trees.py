"""Random trees of tasks and transactions, against a model of which writes must be visible."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chakra
from chakra import Field, Integer, Model
from conftest import Database
from models import table

EXAMPLES = 150
WITHIN_SECONDS = 60


class Mark(Model):
    __tablename__ = table("task_tree_marks")
    id = Field(Integer, primary_key=True, auto_increment=False)


class Refused(Exception):
    pass


@dataclass(frozen=True)
class Write:
    """One row, by a task or by a thread that the task starts."""

    by_thread: bool


@dataclass(frozen=True)
class Block:
    """What is done in a transaction, which may fail at its end."""

    actions: tuple[Action, ...]
    fails: bool


@dataclass(frozen=True)
class Tasks:
    """What is done by tasks of their own at the same time."""

    branches: tuple[tuple[Action, ...], ...]


Action: TypeAlias = "Write | Block | Tasks"


def several(actions: st.SearchStrategy[Action]) -> st.SearchStrategy[tuple[Action, ...]]:
    return st.lists(actions, min_size=1, max_size=3).map(tuple)


writes: st.SearchStrategy[Action] = st.builds(Write, by_thread=st.booleans())
actions_of = st.recursive(
    writes,
    lambda actions: st.one_of(
        st.builds(Block, actions=several(actions), fails=st.booleans()),
        st.builds(Tasks, branches=st.lists(several(actions), min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def number_of_writes(actions: tuple[Action, ...]) -> int:
    return sum(1 for _ in kept(actions, everything=True))


def kept(actions: tuple[Action, ...], *, everything: bool = False, first: int = 0) -> Iterator[int]:
    """The numbers of the writes that no failed block takes back; writes are numbered in the order of the tree."""
    number = first
    for action in actions:
        if isinstance(action, Write):
            yield number
            number += 1
        elif isinstance(action, Block):
            if everything or not action.fails:
                yield from kept(action.actions, everything=everything, first=number)
            number += number_of_writes(action.actions)
        else:
            for branch in action.branches:
                yield from kept(branch, everything=everything, first=number)
                number += number_of_writes(branch)


async def act(actions: tuple[Action, ...], first: int) -> None:
    """Does it for real."""
    number = first
    for action in actions:
        if isinstance(action, Write):
            if action.by_thread:
                await asyncio.to_thread(Mark.objects.create_sync, id=number)
            else:
                await Mark.objects.create(id=number)
            number += 1
        elif isinstance(action, Block):
            try:
                async with chakra.transaction():
                    await act(action.actions, number)
                    if action.fails:
                        raise Refused
            except Refused:
                pass
            number += number_of_writes(action.actions)
        else:
            tasks = []
            for branch in action.branches:
                tasks.append(act(branch, number))
                number += number_of_writes(branch)
            await asyncio.gather(*tasks)


@pytest.mark.timeout(300)
def test_what_is_kept_is_visible_and_nothing_else(db: Database) -> None:
    db.create(Mark)

    async def run(actions: tuple[Action, ...]) -> None:
        await asyncio.wait_for(act(actions, 0), WITHIN_SECONDS)
        found = await Mark.objects.order_by("id").values_list("id", flat=True)
        assert found == sorted(kept(actions))
        assert chakra.get_pool().metrics().active == 0
        await Mark.objects.delete()

    loop = asyncio.new_event_loop()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(several(actions_of))
    def check(actions: tuple[Action, ...]) -> None:
        loop.run_until_complete(run(actions))

    try:
        check()
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
