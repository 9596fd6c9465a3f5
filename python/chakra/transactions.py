"""Transactions: what is done in a block is done as a whole, or not at all.

Example:
    >>> import chakra
    >>> from chakra import Field, Integer, Model
    >>> class Purse(Model):
    ...     id = Field(Integer, primary_key=True)
    ...     coins = Field(Integer)
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Purse])
    >>> with chakra.transaction():
    ...     rich = Purse.objects.create_sync(coins=5)
    ...     poor = Purse.objects.create_sync(coins=0)
    >>> Purse.objects.count_sync()
    2
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

import contextlib
import enum
import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from chakra import _chakra
from chakra.exceptions import ConfigError, SessionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["IsolationLevel", "transaction"]

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")


class IsolationLevel(enum.Enum):
    """What a transaction may see of others that run beside it.

    Each database gives at least what is asked for; SQLite, which has one writer at a time, always `SERIALIZABLE`.
    """

    READ_UNCOMMITTED = "READ UNCOMMITTED"
    READ_COMMITTED = "READ COMMITTED"
    REPEATABLE_READ = "REPEATABLE READ"
    SERIALIZABLE = "SERIALIZABLE"


class transaction:  # noqa: N801 - used like a function
    """Runs a block, or a function that it decorates, in a transaction.

    For `async with` and for `with`. What is asked of the pool inside the block, and in tasks started inside it, belongs
    to the transaction; statements of several tasks run one after another. The end of the block commits, an exception
    rolls back. A transaction inside another one is a savepoint: an exception takes back what was done since, and code
    outside of the inner block waits for its end.

    A task that outlives the block gets `SessionError`.

    Args:
        isolation_level: What it may see of others; the database's own default if not given. Only for an outermost one.
        read_only: Whether a statement that writes is refused, as `OperationalError`. Only for an outermost one.
        using: The pool, or its name; the default one if not given.

    Raises:
        SessionError: An inner one is given options, or a statement before the commit had failed on PostgreSQL.
        TransactionConflict: The database could not fit it in among others; run it again (see `retry_on_conflict`).
        DatabaseError: What else begin and commit gave.

    Example:
        >>> import asyncio, chakra
        >>> from chakra import Field, Integer, Model
        >>> class Vault(Model):
        ...     id = Field(Integer, primary_key=True)
        >>> async def main() -> int:
        ...     await chakra.connect("sqlite:///:memory:")
        ...     await chakra.create_all(models=[Vault])
        ...     async with chakra.transaction():
        ...         await Vault.objects.create()
        ...     count = await Vault.objects.count()
        ...     await chakra.close_pool()
        ...     return count
        >>> asyncio.run(main())
        1
    """

    __slots__ = ("_isolation_level", "_read_only", "_scope", "_token", "_using")

    def __init__(
        self,
        *bare: Any,
        isolation_level: IsolationLevel | None = None,
        read_only: bool = False,
        using: _chakra.Pool | _chakra.Connection | str | None = None,
    ) -> None:
        if bare:
            raise TypeError("transaction takes its options by name; as a decorator it is written @chakra.transaction()")
        self._isolation_level = level_name(isolation_level)
        self._read_only = read_only
        self._using = using
        self._scope: _chakra.Scope | None = None
        self._token: Token[_chakra.Scope | None] | None = None

    async def __aenter__(self) -> Self:
        self._refuse_reuse()
        self._enter(await _chakra.begin(self._using, self._isolation_level, self._read_only, blocking=False))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scope = self._leave()
        if not scope.is_open:
            return
        if kind is None:
            await scope.commit()
            return
        try:
            await scope.rollback()
        except Exception as second:  # the first error is what the caller must see
            note_second(error, second)

    def __enter__(self) -> Self:
        self._refuse_reuse()
        self._enter(_chakra.begin(self._using, self._isolation_level, self._read_only, blocking=True))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scope = self._leave()
        if not scope.is_open:
            return
        if kind is None:
            scope.commit_sync()
            return
        try:
            scope.rollback_sync()
        except Exception as second:
            note_second(error, second)

    async def commit(self) -> None:
        """Commits now; what is asked inside the block from here on gets `SessionError`.

        Raises:
            SessionError: It has ended already, or the block was not entered.
            DatabaseError: What the commit gave.
        """
        await self._open().commit()

    def commit_sync(self) -> None:
        """`commit` for code that may block."""
        self._open().commit_sync()

    async def rollback(self) -> None:
        """Rolls back now; what is asked inside the block from here on gets `SessionError`.

        Raises:
            SessionError: It has ended already, or the block was not entered.
        """
        await self._open().rollback()

    def rollback_sync(self) -> None:
        """`rollback` for code that may block."""
        self._open().rollback_sync()

    def __call__(self, function: FunctionT) -> FunctionT:
        """Makes a function, plain or asynchronous, run in a transaction of its own at each call."""
        import inspect  # not at the top: slow to import, and seldom needed

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def in_transaction(*arguments: Any, **named: Any) -> Any:
                async with self._again():
                    return await function(*arguments, **named)

        elif inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            name = function.__qualname__
            raise TypeError(f"{name} is a generator, which ends when its reader likes: use the block form inside it")
        else:

            @functools.wraps(function)
            def in_transaction(*arguments: Any, **named: Any) -> Any:
                with self._again():
                    return function(*arguments, **named)

        return cast("FunctionT", in_transaction)

    def _again(self) -> transaction:
        """Another one with the same options: a call may come while another is under way."""
        other = transaction(read_only=self._read_only, using=self._using)
        other._isolation_level = self._isolation_level
        return other

    def _refuse_reuse(self) -> None:
        if self._scope is not None:
            raise SessionError("this transaction() was entered before: make one for each block")

    def _enter(self, scope: _chakra.Scope) -> None:
        self._scope = scope
        self._token = _chakra.current_scope.set(scope)

    def _leave(self) -> _chakra.Scope:
        scope, token = self._open(), self._token
        if token is not None:
            leave(scope, token)
        return scope

    def _open(self) -> _chakra.Scope:
        if self._scope is None:
            raise SessionError("this transaction() was not entered: use it as `async with` or `with`")
        return self._scope


def level_name(isolation_level: IsolationLevel | None) -> str | None:
    """The name of an isolation level in SQL.

    Raises:
        ConfigError: If it is none.
    """
    given: object = isolation_level  # who does not use a type checker may give anything
    if given is not None and not isinstance(given, IsolationLevel):
        levels = ", ".join(str(level) for level in IsolationLevel)
        raise ConfigError(f"isolation_level={given!r} is no isolation level; these are: {levels}")
    return None if isolation_level is None else isolation_level.value


def leave(scope: _chakra.Scope, token: Token[_chakra.Scope | None]) -> None:
    """Has the context forget a scope whose block is left."""
    # Another block may have been entered since, where a generator that holds this one open was left.
    if _chakra.current_scope.get(None) is scope:
        with contextlib.suppress(ValueError):
            _chakra.current_scope.reset(token)
            return
    # Left in another context than entered, as fixtures and generators do: the context forgets it when it asks next.
    scope._left_elsewhere(token)


def note_second(error: BaseException | None, second: Exception) -> None:
    """Keeps what went wrong besides; the connection is not used again."""
    if error is not None and error.__context__ is None:
        error.__context__ = second
