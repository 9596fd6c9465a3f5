"""What every contender offers: one way of storing and reading the same rows, either async or blocking."""

from __future__ import annotations

from importlib import metadata
from typing import Any, ClassVar

from benches.databases import Database
from benches.records import COLUMNS, Record


class Contender:
    """One driver or mapper, used the way its documentation recommends.

    The methods below `open` and `close` are coroutines (or return awaitables) where `mode` is "async", and plain
    functions where it is "blocking". `open` and `close` are coroutines always.
    """

    name: ClassVar[str]
    package: ClassVar[str | None] = None
    family: ClassVar[str | None] = None
    mode: ClassVar[str] = "async"
    databases: ClassVar[tuple[str, ...]] = ("sqlite", "postgres")
    raw: ClassVar[bool] = False
    row_style: ClassVar[str] = "attribute"
    blocks_loop: ClassVar[bool] = False
    note: ClassVar[str] = ""

    @property
    def table(self) -> str:
        """The contender's own table, and on SQLite its own file; one for all contenders of a `family`."""
        return "bench_" + "".join(c if c.isalnum() else "_" for c in (self.family or self.name).lower())

    def version(self) -> str | None:
        """The installed version of the measured package; None for what comes with Python."""
        if self.package is None:
            return None
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return "(not installed as a distribution)"

    async def open(self, database: Database) -> None:
        """Connect, and on SQLite create the table the way this contender stores the rows."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give every connection back."""
        raise NotImplementedError

    def build(self, rows: list[Record]) -> Any:
        """What `insert_many` takes: instances, or tuples. Measured on its own."""
        raise NotImplementedError

    def insert_many(self, batch: Any) -> Any:
        """Store a batch made by `build`, in one transaction where the contender lets one choose."""
        raise NotImplementedError

    def insert(self, row: Record) -> Any:
        """Store one row whose key the database chooses."""
        raise NotImplementedError

    def get(self, key: int) -> Any:
        """The row with this key."""
        raise NotImplementedError

    def all(self) -> Any:
        """Every row, in a list."""
        raise NotImplementedError

    def between(self, low: int, high: int) -> Any:
        """The rows with `low <= id < high`."""
        raise NotImplementedError

    def update(self, key: int, age: int) -> Any:
        """Set the age of one row with one UPDATE statement."""
        raise NotImplementedError

    def values(self, row: Any) -> tuple[Any, ...]:
        """The row in column order, to be checked for equality."""
        if self.row_style == "attribute":
            return tuple(getattr(row, column) for column in COLUMNS)
        if self.row_style == "name":
            return tuple(row[column] for column in COLUMNS)
        return tuple(row)
