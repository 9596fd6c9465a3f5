"""What is measured: 5,000 books with their authors, 1,000 authors with their books, 2,000 books with their tags."""

from __future__ import annotations

from benches.related.library import AUTHORS, BOOKS, BOOKS_EACH, TAGGED, TAGS_EACH
from benches.scenarios import Scenario

_RAW = {"sqlite": "sqlite3 tuples", "postgres": "asyncpg tuples"}

SCENARIOS = (
    Scenario(
        "joined", f"{BOOKS:,} rows, each joined with its parent, every value read", "joined",
        lambda *_: [(BOOKS,)], _RAW, read=True,
    ),
    Scenario(
        "children", f"{AUTHORS:,} rows with {BOOKS_EACH} children each, every value read", "children",
        lambda *_: [(AUTHORS,)], _RAW, read=True,
    ),
    Scenario(
        "tagged", f"{TAGGED:,} rows with {TAGS_EACH} each by many-to-many, every value read", "tagged",
        lambda *_: [(TAGGED,)], _RAW, read=True,
    ),
)  # fmt: skip
