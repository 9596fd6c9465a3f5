"""Runs the Python blocks of a page of the documentation: `python page.py PAGE FOLDER`.

In a process of its own, because pages share names of models with each other and with the tests.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import os
import re
import sys
from pathlib import Path
from typing import Any


def blocks_of(page: Path) -> list[str]:
    """The blocks, each padded so that its lines keep their numbers."""
    text = page.read_text(encoding="utf-8")
    blocks = re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return ["\n" * text[: block.start(1)].count("\n") + block[1] for block in blocks]


def run(page: Path) -> None:
    """Runs the blocks one after the other; each prints what its `# -> ` lines say."""
    namespace: dict[str, Any] = {"__name__": "example"}
    loop = asyncio.new_event_loop()
    for block in blocks_of(page):
        code = compile(block, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            running = eval(code, namespace)
            if inspect.iscoroutine(running):
                loop.run_until_complete(running)
        expected = re.findall(r"# -> (.*)", block)
        given = printed.getvalue().splitlines()
        if given != expected:
            sys.exit(f"{page.name}:{block.count(chr(10))}: {given} is printed where {expected} is expected")
    loop.close()


if __name__ == "__main__":
    path = Path(sys.argv[1]).resolve()
    os.chdir(sys.argv[2])
    run(path)
