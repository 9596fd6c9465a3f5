"""Python's collector of garbage, which waits while rows become objects, is left as it was found."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import chakra
import chakra._json
from chakra import JSON, Decimal, Field, Integer, Model
from chakra.exceptions import ChakraError
from conftest import Database
from models import table

THREADS = 16
ROWS = 300
WITHIN_SECONDS = 30


class Crate(Model):
    __tablename__ = table("collected_crates")
    id = Field(Integer, primary_key=True)
    weight = Field(Decimal(12, 2), default=1)
    #: A number that Python code reads, so that threads change places while objects are made.
    content = Field(JSON, default={"n": 1e22})


@pytest.fixture
def crates(db: Database) -> Database:
    db.create(Crate)
    Crate.objects.bulk_create_sync([Crate() for _ in range(ROWS)])
    return db


@pytest.fixture
def often() -> Iterator[None]:
    """Threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("often")
def test_many_threads_leave_it_on(crates: Database) -> None:
    def read(number: int) -> int:
        if number % 4:
            return len(Crate.objects.all_sync())
        return len(chakra.raw(f"SELECT * FROM {Crate.__tablename__}", model=Crate).all_sync())

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(read, range(THREADS * 4))) == {ROWS}
    assert gc.isenabled()


@pytest.mark.usefixtures("often")
def test_a_failure_in_between_leaves_it_on(crates: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def broken(number: float) -> bool:
        nonlocal calls
        calls += 1
        if calls % 50 == 0:
            raise ChakraError("no number")
        return False

    monkeypatch.setattr(chakra._json, "isinf", broken)

    def read(_: int) -> bool:
        try:
            Crate.objects.all_sync()
        except ChakraError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert not all(pool.map(read, range(THREADS * 2)))
    assert calls > 50
    assert gc.isenabled()


@pytest.mark.usefixtures("often")
def test_who_has_switched_it_off_finds_it_off(crates: Database) -> None:
    gc.disable()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            assert set(pool.map(lambda _: len(Crate.objects.all_sync()), range(THREADS))) == {ROWS}
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_collects_between_pauses_that_follow_each_other(crates: Database) -> None:
    """However busy the threads are, garbage does not pile up."""
    collected = threading.Event()

    def note(phase: str, _: Any) -> None:
        if phase == "stop":
            collected.set()

    def read(_: int) -> None:
        for _ in range(2_000):
            if collected.is_set():
                return
            Crate.objects.limit(50).all_sync()

    gc.collect()
    gc.callbacks.append(note)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(read, range(THREADS)))
    finally:
        gc.callbacks.remove(note)
    assert collected.is_set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")
def test_a_child_that_is_forked_in_between_has_it_on(crates: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, forked = threading.Event(), threading.Event()

    def slow(number: float) -> bool:
        reading.set()
        assert forked.wait(WITHIN_SECONDS)
        return False

    monkeypatch.setattr(chakra._json, "isinf", slow)
    thread = threading.Thread(target=Crate.objects.first_sync)
    thread.start()
    assert reading.wait(WITHIN_SECONDS)
    assert not gc.isenabled(), "nothing is shown where the collector does not wait"
    child = os.fork()
    if child == 0:
        os._exit(0 if gc.isenabled() else 1)
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert gc.isenabled()
