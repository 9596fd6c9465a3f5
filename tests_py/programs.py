"""Programs that tests start: in processes of their own, with the tests' modules and this run's tables at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models import RUN


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Starts a program, given as its text."""
    environment = {**os.environ, "CHAKRA_TEST_TABLES": RUN, "PYTHONPATH": str(Path(__file__).parent)}
    # Newer Pythons warn of each fork of a program that has threads.
    environment["PYTHONWARNINGS"] = "ignore::DeprecationWarning"
    command = [sys.executable, "-c", program, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)


@contextmanager
def started(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program that ends with the block at the latest."""
    with start(program, *arguments) as running:
        try:
            yield running
        finally:
            running.kill()


def output_of(program: str, *arguments: str, seconds: float = 60) -> str:
    """What a program prints that ends well and complains of nothing.

    Raises:
        AssertionError: It ends otherwise, writes to its standard error, or takes too long.
    """
    with started(program, *arguments) as running:
        try:
            printed, complaints = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            raise AssertionError(f"the program has not ended: {running.communicate()}") from None
    assert (running.returncode, complaints) == (0, ""), complaints or f"it ended with {running.returncode}"
    return printed
