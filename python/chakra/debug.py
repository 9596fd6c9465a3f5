"""What a piece of a program asks of its databases.

Example:
    >>> import chakra
    >>> from chakra import Field, Integer, Model
    >>> class Comet(Model):
    ...     id = Field(Integer, primary_key=True)
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Comet])
    >>> with QueryProfiler() as profiler:
    ...     for number in range(3):
    ...         _ = Comet.objects.get_or_none_sync(id=number)
    >>> profiler.count
    3
    >>> profiler.duplicates[0].count
    3
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chakra import _chakra
from chakra._chakra import ProfiledQuery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextvars import Token
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["DuplicateQuery", "ProfiledQuery", "QueryProfiler"]

#: The most statements and texts that `repr` and HTML show.
MOST_SHOWN = 50


@dataclass(frozen=True)
class DuplicateQuery:
    """A text that was run more than once.

    Attributes:
        sql: The text, with placeholders in the place of values.
        count: How often it was run.
        total: How many seconds all of them took together.
    """

    sql: str
    count: int
    total: float


class QueryProfiler:
    """Counts the statements of a block and tells which were slow, and which were run again and again.

    For `with` and for `async with`. Counted is what the block runs, and the tasks that it starts; what other tasks and
    threads run meanwhile is not, nor are begin and commit. Entered again it starts anew.

    Args:
        pool: Counts on this pool only; on all where none is given.

    Example:
        >>> from chakra.debug import QueryProfiler
        >>> with QueryProfiler() as profiler:
        ...     pass
        >>> profiler
        <QueryProfiler: 0 statements in 0.0 ms>
    """

    __slots__ = ("_pool", "_profile", "_token")

    def __init__(self, *, pool: _chakra.Pool | None = None) -> None:
        self._pool = pool
        self._profile: _chakra.Profile | None = None
        self._token: Token[_chakra.Profile | None] | None = None

    def __enter__(self) -> Self:
        if self._token is not None:
            raise RuntimeError("this QueryProfiler is in use: make one for each block")
        self._profile = _chakra.Profile(_chakra.current_profile.get(None), self._pool)
        self._token = _chakra.current_profile.set(self._profile)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, self._token = self._token, None
        if self._profile is not None:
            self._profile.close()
        if token is not None:
            # Left in another context than entered, as fixtures and generators do, there is nothing to forget.
            with contextlib.suppress(ValueError):
                _chakra.current_profile.reset(token)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def count(self) -> int:
        """How many statements have ended."""
        return self._profile.count if self._profile is not None else 0

    @property
    def total(self) -> float:
        """How many seconds they took together; those that ran side by side count each."""
        return self._profile.total if self._profile is not None else 0.0

    @property
    def slowest(self) -> ProfiledQuery | None:
        """The statement that took longest; None where none was run."""
        return self._profile.slowest if self._profile is not None else None

    @property
    def queries(self) -> list[ProfiledQuery]:
        """The statements in the order in which they ended; the first 10,000 if there were more."""
        return self._profile.queries if self._profile is not None else []

    @property
    def duplicates(self) -> list[DuplicateQuery]:
        """Texts that were run more than once, the most frequent first.

        A text that was run once for each row of a result is what `select_related` and `prefetch_related` are for.
        """
        found = self._profile.duplicates if self._profile is not None else []
        return [DuplicateQuery(*duplicate) for duplicate in found]

    def __repr__(self) -> str:
        lines = [f"<QueryProfiler: {_statements(self.count)} in {_milliseconds(self.total)}"]
        if self.slowest is not None:
            lines.append(f"  slowest {_milliseconds(self.slowest.elapsed)}: {self.slowest.sql}")
        lines.extend(f"  {found.count} times, {_milliseconds(found.total)}: {found.sql}" for found in self._shown())
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """The numbers and statements as a piece of HTML, for a notebook or a page.

        Returns:
            One `div`, with everything from statements escaped.
        """
        head = f"<p>{_statements(self.count)} in {_milliseconds(self.total)}</p>"
        parts = [head]
        duplicates = [(str(found.count), _milliseconds(found.total), found.sql) for found in self._shown()]
        if duplicates:
            parts.append(_table(("times", "in all", "run again and again"), duplicates))
        queries = self.queries
        rows = [(_milliseconds(query.elapsed), query.outcome, query.sql) for query in queries[:MOST_SHOWN]]
        if rows:
            parts.append(_table(("time", "outcome", "statement"), rows))
        if self.count > len(rows):
            parts.append(f"<p>and {self.count - len(rows)} more</p>")
        return f'<div class="chakra-profile">{"".join(parts)}</div>'

    def _shown(self) -> list[DuplicateQuery]:
        return self.duplicates[:MOST_SHOWN]


def _statements(count: int) -> str:
    return "1 statement" if count == 1 else f"{count} statements"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    from html import escape  # not at the top: few profiles are shown as HTML

    def line(tag: str, cells: tuple[str, ...]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line("th", head) + "".join(line("td", row) for row in rows) + "</table>"
