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

from chakra import _chakra

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["assert_num_queries"]


class assert_num_queries:  # noqa: N801 - used like a function
    """Asserts how many statements a block runs; for `with` and for `async with`.

    Begin and commit are not counted. What other tasks and threads run on the pool meanwhile is.

    Args:
        number: The number of statements expected.
        pool: The pool that is watched; the default one where none is given.

    Raises:
        AssertionError: At the end of the block, if the number is another.
    """

    __slots__ = ("_before", "_number", "_pool")

    def __init__(self, number: int, pool: _chakra.Pool | None = None) -> None:
        self._number = number
        self._pool = pool
        self._before = 0

    def _count(self) -> int:
        return (self._pool or _chakra.get_pool()).metrics().statements

    def __enter__(self) -> Self:
        self._before = self._count()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ran = self._count() - self._before
        if kind is None and ran != self._number:
            raise AssertionError(f"{ran} statements were run where {self._number} were expected")

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
