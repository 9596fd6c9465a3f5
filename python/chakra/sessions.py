"""Sessions: objects are changed, and what changed is written together.

Example:
    >>> import chakra
    >>> from chakra import Field, Integer, Model, Session, String
    >>> class Lamp(Model):
    ...     id = Field(Integer, primary_key=True)
    ...     place = Field(String(40))
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Lamp])
    >>> with Session() as session:
    ...     session.add(Lamp(place="hall"))
    >>> with Session() as session:
    ...     lamp = session.get_sync(Lamp, 1)
    ...     lamp.place = "kitchen"
    >>> Lamp.objects.get_sync().place
    'kitchen'
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from chakra import _chakra
from chakra.exceptions import SessionError
from chakra.transactions import leave, level_name, note_second

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from typing_extensions import Self

    from chakra.transactions import IsolationLevel

__all__ = ["Session"]

ModelT = TypeVar("ModelT", bound=_chakra.ModelBase)


class Session(_chakra.Session):
    """A unit of work: new, changed and deleted objects are found, and written together.

    For `async with`, and for `with` with the methods that end in `_sync`. The end of the block commits, an exception
    rolls back. What is asked of the pool inside the block, and in tasks started inside it, belongs to the session: one
    row is one object, and what is pending is written before a query that could see it. A transaction begins at the
    first write, row lock or `begin()`.

    Args:
        using: The pool, or its name; the default one if not given.
        autoflush: Whether pending changes are written before a query.

    Example:
        >>> import asyncio, chakra
        >>> from chakra import Field, Integer, Model, Session, String
        >>> class Door(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     colour = Field(String(20))
        >>> async def main() -> str:
        ...     await chakra.connect("sqlite:///:memory:")
        ...     await chakra.create_all(models=[Door])
        ...     async with Session() as session:
        ...         session.add(Door(colour="red"))
        ...         await session.commit()
        ...         door = await session.get(Door, 1)
        ...         door.colour = "green"
        ...     colour = (await Door.objects.get()).colour
        ...     await chakra.close_pool()
        ...     return colour
        >>> asyncio.run(main())
        'green'
    """

    _scope: _chakra.Scope | None = None
    _token: Token[_chakra.Scope | None] | None = None

    async def __aenter__(self) -> Self:
        self._scope = self._open(blocking=False)
        self._token = _chakra.current_scope.set(self._scope)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        if not self.is_open or (kind is None and self._close_idle()):
            return
        try:
            if kind is None:
                await self._commit_or_restore()
            else:
                await self._roll_back_after(error)
        finally:
            self._close()

    async def _commit_or_restore(self) -> None:
        try:
            await self.commit()
        except BaseException as error:
            await self._roll_back_after(error)
            raise

    async def _roll_back_after(self, error: BaseException | None) -> None:
        try:
            await self.rollback()
        except Exception as second:  # the first error is what the caller must see
            note_second(error, second)

    def __enter__(self) -> Self:
        self._scope = self._open(blocking=True)
        self._token = _chakra.current_scope.set(self._scope)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        if not self.is_open or (kind is None and self._close_idle()):
            return
        try:
            if kind is None:
                self._commit_or_restore_sync()
            else:
                self._roll_back_after_sync(error)
        finally:
            self._close()

    def _commit_or_restore_sync(self) -> None:
        try:
            self.commit_sync()
        except BaseException as error:
            self._roll_back_after_sync(error)
            raise

    def _roll_back_after_sync(self, error: BaseException | None) -> None:
        try:
            self.rollback_sync()
        except Exception as second:
            note_second(error, second)

    def _leave(self) -> None:
        if self._scope is not None and self._token is not None:
            leave(self._scope, self._token)

    async def merge(self, object: ModelT) -> ModelT:
        """Gives the session's own object of the row that an object stands for, with the values of that object.

        The object itself stays outside. One without a key, or of a row that is not there, gives a new object.

        Raises:
            ValidationError: If a value does not fit.
        """
        own = self._merged(object)
        if own is not None:
            return own
        return self._merge_into(object, await self.get(type(object), _key_of(object)))

    def merge_sync(self, object: ModelT) -> ModelT:
        """`merge` for code that may block."""
        own = self._merged(object)
        if own is not None:
            return own
        return self._merge_into(object, self.get_sync(type(object), _key_of(object)))

    async def execute(self, sql: str, params: dict[str, Any] | None = None) -> int:
        """Runs a statement written by hand, with `:name` for parameters, and gives the number of rows it concerned."""
        return await self._raw(sql, params).execute()

    def execute_sync(self, sql: str, params: dict[str, Any] | None = None) -> int:
        """`execute` for code that may block."""
        return self._raw(sql, params).execute_sync()

    async def scalar(self, sql: str, params: dict[str, Any] | None = None) -> Any:
        """Runs a statement written by hand and gives the first value of its first row; None where it gives no row."""
        return await self._raw(sql, params).scalar()

    def scalar_sync(self, sql: str, params: dict[str, Any] | None = None) -> Any:
        """`scalar` for code that may block."""
        return self._raw(sql, params).scalar_sync()

    def _raw(self, sql: str, params: dict[str, Any] | None) -> _chakra.RawQuery[Any]:
        return _chakra.raw(sql, params, using=self._using)

    def begin(self, *, isolation_level: IsolationLevel | None = None, read_only: bool = False) -> _Begun:
        """Begins the transaction at once, for a block of `async with` or `with`, whose end commits or rolls back.

        Args:
            isolation_level: What it may see of others; the database's own default if not given.
            read_only: Whether a statement that writes is refused, as `OperationalError`.

        Raises:
            SessionError: On entering, if the transaction has begun already.
        """
        return _Begun(self, level_name(isolation_level), read_only)

    def begin_nested(self) -> _Savepoint:
        """Sets a savepoint, for a block of `async with` or `with`: its exception takes back what was done since.

        What is pending is written before.
        """
        return _Savepoint(self)


class _Block:
    """A block inside a session's block."""

    __slots__ = ("_entered", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._entered = False

    def _enter_once(self) -> None:
        if self._entered:
            raise SessionError("this block of a session was entered before: make one for each block")
        self._entered = True


class _Begun(_Block):
    """The block of `Session.begin`."""

    __slots__ = ("_level", "_read_only")

    def __init__(self, session: Session, level: str | None, read_only: bool) -> None:
        super().__init__(session)
        self._level = level
        self._read_only = read_only

    async def __aenter__(self) -> Session:
        self._enter_once()
        await self._session._begin(self._level, self._read_only, blocking=False)
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self._session._commit_or_restore()
        else:
            await self._session._roll_back_after(error)

    def __enter__(self) -> Session:
        self._enter_once()
        self._session._begin(self._level, self._read_only, blocking=True)
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._session._commit_or_restore_sync()
        else:
            self._session._roll_back_after_sync(error)


class _Savepoint(_Block):
    """The block of `Session.begin_nested`."""

    __slots__ = ("_scope", "_token")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._scope: _chakra.Scope | None = None
        self._token: Token[_chakra.Scope | None] | None = None

    async def __aenter__(self) -> Self:
        self._enter_once()
        self._enter(await self._session._nest(blocking=False))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scope = self._leave()
        if not scope.is_open:
            return
        if kind is None:
            try:
                await scope.commit()
            except BaseException as second:
                await _undo(scope, second)
                raise
        else:
            await _undo(scope, error)

    def __enter__(self) -> Self:
        self._enter_once()
        self._enter(self._session._nest(blocking=True))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scope = self._leave()
        if not scope.is_open:
            return
        if kind is None:
            try:
                scope.commit_sync()
            except BaseException as second:
                _undo_sync(scope, second)
                raise
        else:
            _undo_sync(scope, error)

    async def rollback(self) -> None:
        """Takes back what was done since the savepoint; what is asked inside the block from here on is refused."""
        await self._open().rollback()

    def rollback_sync(self) -> None:
        """`rollback` for code that may block."""
        self._open().rollback_sync()

    async def commit(self) -> None:
        """Keeps what was done since the savepoint; what is asked inside the block from here on is refused."""
        await self._open().commit()

    def commit_sync(self) -> None:
        """`commit` for code that may block."""
        self._open().commit_sync()

    def _enter(self, scope: _chakra.Scope) -> None:
        self._scope = scope
        self._token = _chakra.current_scope.set(scope)

    def _leave(self) -> _chakra.Scope:
        scope = self._open()
        if self._token is not None:
            leave(scope, self._token)
        return scope

    def _open(self) -> _chakra.Scope:
        if self._scope is None:
            raise SessionError("this savepoint was not set: use begin_nested() as `async with` or `with`")
        return self._scope


async def _undo(scope: _chakra.Scope, error: BaseException | None) -> None:
    if not scope.is_open:
        return
    try:
        await scope.rollback()
    except Exception as second:
        note_second(error, second)


def _undo_sync(scope: _chakra.Scope, error: BaseException | None) -> None:
    if not scope.is_open:
        return
    try:
        scope.rollback_sync()
    except Exception as second:
        note_second(error, second)


def _key_of(instance: Any) -> Any:
    return instance.pk
