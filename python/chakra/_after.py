"""What is done once something else is done: a session writes what is pending before a query runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["awaited", "streamed"]

T = TypeVar("T")


async def awaited(first: Callable[[], Awaitable[Any]], call: Callable[[], Awaitable[T]]) -> T:
    """Awaits the first, then what the call gives."""
    await first()
    return await call()


async def streamed(first: Callable[[], Awaitable[Any]], call: Callable[[], Any]) -> AsyncIterator[Any]:
    """Awaits the first, then gives what the stream of the call gives."""
    await first()
    rows = call()
    try:
        async for row in rows:
            yield row
    finally:
        await rows.aclose()
