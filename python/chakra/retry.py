"""Running a function again where the database could not fit its transaction in among others.

Example:
    >>> from chakra import retry_on_conflict
    >>> from chakra.exceptions import TransactionConflict
    >>> attempts = []
    >>> @retry_on_conflict(times=3, delay=0)
    ... def move_money() -> str:
    ...     attempts.append("once more")
    ...     if len(attempts) < 3:
    ...         raise TransactionConflict("could not serialize access")
    ...     return "moved"
    >>> move_money()
    'moved'
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from chakra import _chakra
from chakra.exceptions import ConfigError, TransactionConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["retry_on_conflict"]

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

#: The longest pause, in seconds: whoever waits longer waits for nothing.
LONGEST_PAUSE = 1.0


@overload
def retry_on_conflict(function: FunctionT, /) -> FunctionT: ...
@overload
def retry_on_conflict(*, times: int = 3, delay: float = 0.01) -> Callable[[FunctionT], FunctionT]: ...
def retry_on_conflict(
    function: FunctionT | None = None, /, *, times: int = 3, delay: float = 0.01
) -> FunctionT | Callable[[FunctionT], FunctionT]:
    """Makes a function, plain or asynchronous, run again where it raises `TransactionConflict`.

    The function has to begin its transaction itself: inside a transaction that goes on around it, nothing is run again,
    since the conflict has ended all of it. It should do nothing but database work, or what may be done twice.

    Args:
        function: The function, where the decorator is written without arguments.
        times: How often it is run at most, the first time included.
        delay: About how long the first pause is, in seconds. Each further one is about twice as long, at most a second;
            all are drawn at random, so that those who met do not meet again.

    Returns:
        The function, or a decorator.

    Raises:
        ConfigError: `times` is not a positive number, or `delay` a negative one.
        TransactionConflict: The last run met a conflict too.
    """
    if times < 1:
        raise ConfigError(f"retry_on_conflict(times={times!r}): a function is run once at least")
    if delay < 0:
        raise ConfigError(f"retry_on_conflict(delay={delay!r}): a pause takes no negative time")

    def decorate(function: FunctionT) -> FunctionT:
        # Not at the top: slow to import, and seldom needed.
        import asyncio
        import inspect
        import time

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def again_if_needed(*arguments: Any, **named: Any) -> Any:
                for pause in _pauses(times, delay):
                    try:
                        return await function(*arguments, **named)
                    except TransactionConflict:
                        if _in_transaction():
                            raise
                    await asyncio.sleep(pause)
                return await function(*arguments, **named)

        else:

            @functools.wraps(function)
            def again_if_needed(*arguments: Any, **named: Any) -> Any:
                for pause in _pauses(times, delay):
                    try:
                        return function(*arguments, **named)
                    except TransactionConflict:
                        if _in_transaction():
                            raise
                    time.sleep(pause)
                return function(*arguments, **named)

        return cast("FunctionT", again_if_needed)

    return decorate if function is None else decorate(function)


def _pauses(times: int, delay: float) -> Iterator[float]:
    """The pauses between so many runs."""
    import random

    for run in range(times - 1):
        yield min(delay * 2**run, LONGEST_PAUSE) * random.uniform(0.5, 1.5)


def _in_transaction() -> bool:
    """Whether a transaction goes on around the caller."""
    scope = _chakra.current_scope.get(None)
    return scope is not None and scope.is_open
