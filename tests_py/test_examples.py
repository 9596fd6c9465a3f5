"""The programs in the folder of examples run, and say what they should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "examples"

# `cargo run --example blog --features sqlite` prints the same.
BLOG = """\
Posts with their authors, in one statement
  Engines by Ada, who counts
  Walks by Bo, who says nothing
  Weaving by Ada, who counts
  statements: 1
Users with the last post of each and its tags, in three
  Ada: Weaving [cloth, machines]
  Bo: Walks []
  statements: 3
Threads
  How fast?
    Ada: Fast enough.
Of machines: 2, of other things: 1
Ada has answered questions
Ada has 3 posts
Walks has 1 tag
refused: NotLoaded
Walks is by Ada
refused: Validation
refused: ForeignKeyViolation
"""


def printed(name: str) -> str:
    finished = subprocess.run(
        [sys.executable, str(FOLDER / name)], capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_blog() -> None:
    assert printed("blog.py") == BLOG


def test_demo() -> None:
    assert "a second Homer is refused" in printed("demo.py")
