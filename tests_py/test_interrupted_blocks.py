"""Blocks that end in unusual ways: by Ctrl-C, with the interpreter, in generators that were left, in children."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

import chakra
from chakra import Field, Integer, Model, String
from chakra.exceptions import SessionError
from conftest import Database
from models import table

WITHIN_SECONDS = 30
ROWS = 2_000


class Sheet(Model):
    __tablename__ = table("interrupted_sheets")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))


class Refused(Exception):
    pass


@pytest.fixture
def sheets(db: Database) -> Database:
    db.create(Sheet)
    return db


def names() -> list[str]:
    return sorted(Sheet.objects.values_list("name", flat=True).all_sync())


def endless() -> chakra.RawQuery[object]:
    """A statement that counts eight thousand million rows."""
    name = Sheet.__tablename__
    return chakra.raw(f"SELECT count(*) FROM {name} one CROSS JOIN {name} two CROSS JOIN {name} three")


@pytest.mark.parametrize("nested", [False, True])
def test_an_interrupt_in_a_blocking_call(sheets: Database, nested: bool) -> None:
    Sheet.objects.bulk_create_sync([Sheet(name="many") for _ in range(ROWS)])
    sheet = Sheet(name="interrupted")
    pool = chakra.get_pool()

    def interrupt(before: int) -> None:
        while pool.metrics().statements == before:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    def count() -> None:
        before = pool.metrics().statements
        thread = threading.Thread(target=interrupt, args=(before,))
        thread.start()
        try:
            endless().scalar_sync()
        finally:
            thread.join()

    @chakra.transaction()
    def work() -> None:
        sheet.save_sync()
        (chakra.transaction()(count) if nested else count)()

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.monotonic() - begun < WITHIN_SECONDS
    assert (sheet.id, sheet._is_loaded()) == (None, False)
    assert set(names()) == {"many"}
    with chakra.transaction():
        sheet.save_sync()
    assert set(names()) == {"many", "interrupted"}


PROGRAMS = {
    "an exit inside": """
        with chakra.transaction():
            Sheet.objects.create_sync(name="lost")
            sys.exit(0)
    """,
    "a block that is never left": """
        block = chakra.transaction()
        block.__enter__()
        Sheet.objects.create_sync(name="lost")
    """,
    "a thread that is left inside": """
        inside = threading.Event()

        def work():
            with chakra.transaction():
                Sheet.objects.create_sync(name="lost")
                inside.set()
                threading.Event().wait()

        threading.Thread(target=work, daemon=True).start()
        inside.wait()
    """,
    "a task that is left inside": """
        async def work(inside):
            async with chakra.transaction():
                await Sheet.objects.create(name="lost")
                inside.set()
                await asyncio.sleep(3600)

        async def main():
            inside = asyncio.Event()
            task = asyncio.create_task(work(inside))
            await inside.wait()

        asyncio.run(main())
    """,
    "a loop that is dropped inside": """
        async def work():
            block = chakra.transaction()
            await block.__aenter__()
            await Sheet.objects.create(name="lost")

        loop = asyncio.new_event_loop()
        loop.run_until_complete(work())
        loop.close()
    """,
    "a statement under way": """
        async def main():
            async with chakra.transaction():
                await Sheet.objects.create(name="lost")
                waiting = asyncio.ensure_future(Sheet.objects.count())
                await asyncio.sleep(0)
                sys.exit(0)

        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_the_interpreter_ends_with_a_block_open(sheets: Database, program: str) -> None:
    start = f"""
        import asyncio, sys, threading
        import chakra
        from chakra import Field, Integer, Model, String

        class Sheet(Model):
            __tablename__ = {Sheet.__tablename__!r}
            id = Field(Integer, primary_key=True)
            name = Field(String(40))

        chakra.connect_sync({sheets.url!r}, max_connections=1)
        Sheet.objects.create_sync(name="kept")
    """
    text = textwrap.dedent(start) + textwrap.dedent(PROGRAMS[program])
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    Sheet.objects.create_sync(name="afterwards")
    assert names() == ["afterwards", "kept"]


async def stream_of_sheets() -> AsyncIterator[int]:
    async with chakra.transaction():
        for number in range(3):
            await Sheet.objects.create(name=f"{number}")
            yield number


async def generators_are_closed(*others: asyncio.Task[None]) -> None:
    """The loop closes those that are collected in tasks of their own, which it makes in its next turn."""
    gc.collect()
    await asyncio.sleep(0)
    while closing := asyncio.all_tasks() - {asyncio.current_task(), *others}:
        await asyncio.wait(closing, timeout=WITHIN_SECONDS)


def sheets_in_a_block() -> Iterator[int]:
    with chakra.transaction():
        for number in range(3):
            Sheet.objects.create_sync(name=f"{number}")
            yield number


async def test_the_reader_of_a_generator_that_was_left_is_outside_again(sheets: Database) -> None:
    async for _ in stream_of_sheets():
        break
    await generators_are_closed()
    await Sheet.objects.create(name="outside")
    async with chakra.transaction():
        await Sheet.objects.create(name="in a block of its own")
    await asyncio.create_task(Sheet.objects.create(name="in a task"))
    assert names() == ["in a block of its own", "in a task", "outside"]


async def test_a_task_of_a_generator_that_was_left_is_told(sheets: Database) -> None:
    left = asyncio.Event()

    async def late() -> None:
        await left.wait()
        await Sheet.objects.create(name="late")

    async for _ in stream_of_sheets():
        task = asyncio.create_task(late())
        await asyncio.sleep(0)
        break
    await generators_are_closed(task)
    left.set()
    with pytest.raises(SessionError, match="has ended"):
        await task
    assert names() == []


def test_a_block_in_the_block_of_a_generator_is_not_left_with_it(sheets: Database) -> None:
    chakra.close_pool_sync()
    sheets.pool = chakra.connect_sync(sheets.url, acquire_timeout=0.2)
    generator = sheets_in_a_block()
    next(generator)

    @chakra.transaction()
    def inner() -> None:
        Sheet.objects.create_sync(name="inner")
        generator.close()
        Sheet.objects.create_sync(name="never outside of its block")

    with pytest.raises(SessionError):
        inner()
    Sheet.objects.create_sync(name="outside")
    assert names() == ["outside"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")
def test_a_forked_child_that_begins_a_block_inside_does_the_parent_no_harm(sheets: Database) -> None:
    sheet = Sheet(name="parent's")
    with chakra.transaction():
        sheet.save_sync()
        child = os.fork()
        if child == 0:
            code = 2
            try:
                with chakra.transaction():
                    pass
            except SessionError as error:
                code = 0 if "forked" in str(error) else 1
            gc.collect()
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        Sheet.objects.create_sync(name="after the fork")
    assert names() == ["after the fork", "parent's"]
