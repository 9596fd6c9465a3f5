"""Connections that a program takes out of a pool.

Example:
    >>> import chakra
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> with pool.acquire() as connection:
    ...     connection.raw("select 1 + :n", {"n": 1}).scalar_sync()
    2
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chakra import _chakra
from chakra.exceptions import SessionError

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

__all__ = ["Acquisition"]


class Acquisition:
    """What `pool.acquire()` gives: a connection for `async with` or `with`, or one to be awaited and released.

    Example:
        >>> import chakra
        >>> pool = chakra.connect_sync("sqlite:///:memory:")
        >>> with pool.acquire() as connection:
        ...     pool.metrics().active
        1
        >>> connection.is_released
        True
        >>> chakra.close_pool_sync()
    """

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: _chakra.Pool) -> None:
        self._pool = pool
        self._connection: _chakra.Connection | None = None

    def __await__(self) -> Generator[object, None, _chakra.Connection]:
        return _chakra.acquire(self._pool, blocking=False).__await__()

    async def __aenter__(self) -> _chakra.Connection:
        self._refuse_reuse()
        self._connection = await _chakra.acquire(self._pool, blocking=False)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._taken()
        if not connection.is_released:
            await connection.release()

    def __enter__(self) -> _chakra.Connection:
        self._refuse_reuse()
        self._connection = _chakra.acquire(self._pool, blocking=True)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._taken()
        if not connection.is_released:
            connection.release_sync()

    def _refuse_reuse(self) -> None:
        if self._connection is not None:
            raise SessionError("this acquire() was entered before: call it once for each block")

    def _taken(self) -> _chakra.Connection:
        if self._connection is None:
            raise SessionError("this acquire() was not entered: use it as `async with` or `with`")
        return self._connection
