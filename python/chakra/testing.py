"""What tests of programs that use chakra need.

Example:
    >>> import chakra
    >>> from chakra import Field, Integer, Model
    >>> class Moon(Model):
    ...     id = Field(Integer, primary_key=True)
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Moon])
    >>> with assert_num_queries(1):
    ...     Moon.objects.count_sync()
    0
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chakra.debug import QueryProfiler

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from chakra import _chakra

__all__ = ["assert_num_queries"]


class assert_num_queries:  # noqa: N801 - used like a function
    """Asserts how many statements a block runs; for `with` and for `async with`.

    Counted is what the block runs, and the tasks that it starts; what others run meanwhile is not, nor are begin and
    commit.

    Args:
        number: The number of statements expected.
        pool: The pool that is watched; all where none is given.

    Raises:
        AssertionError: At the end of the block, if the number is another; it shows the statements.
    """

    __slots__ = ("_number", "_profiler")

    def __init__(self, number: int, pool: _chakra.Pool | None = None) -> None:
        self._number = number
        self._profiler = QueryProfiler(pool=pool)

    def __enter__(self) -> Self:
        self._profiler.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._profiler.__exit__(kind, error, trace)
        ran = self._profiler.count
        if kind is None and ran != self._number:
            told = "".join(f"\n{number}. {query.sql}" for number, query in enumerate(self._profiler.queries, 1))
            raise AssertionError(f"{ran} statements were run where {self._number} were expected:{told}")

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
