"""Ready-made parts of models: timestamps, soft deletion, who wrote, optimistic locking.

They are plain classes. A model takes several at once, in any order:

Example:
    >>> import chakra
    >>> from chakra import Field, Integer, Model, String
    >>> from chakra.mixins import SoftDeleteMixin, TimestampMixin
    >>> class Memo(TimestampMixin, SoftDeleteMixin, Model):
    ...     id = Field(Integer, primary_key=True)
    ...     text = Field(String(200))
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Memo])
    >>> memo = Memo.objects.create_sync(text="Call Ada")
    >>> memo.created_at == memo.updated_at
    True
    >>> memo.delete_sync()
    >>> Memo.objects.count_sync(), Memo.all_objects.count_sync()
    (0, 1)
    >>> chakra.close_pool_sync()

A field of a mixin that is declared again keeps its part: `created_at = Field(DateTime, index=True)` is still filled.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from chakra._chakra import ModelBase
from chakra.fields import Field, Mapped
from chakra.types import UUID, BigInteger, DateTime, FieldType, String

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import TypeVar as DefaultingTypeVar

    from chakra._chakra import Awaitable, Connection, Pool
    from chakra.query import Objects

    K = DefaultingTypeVar("K", default=int)
else:
    K = TypeVar("K")

__all__ = [
    "AuditMixin",
    "SoftDeleteMixin",
    "TimestampMixin",
    "VersionMixin",
    "acting_as",
    "get_actor",
    "set_actor",
]

F = TypeVar("F", bound="Field[Any]")

_actor: ContextVar[Any] = ContextVar("chakra_actor", default=None)


def _filled(field: F, **by: object) -> F:
    """A field that is filled without being told: by the engine (`role`), or by a callable at a write."""
    field.filled = by
    return field


def set_actor(actor: Any) -> None:
    """Says who acts from here on, in this task and in those that it starts.

    Args:
        actor: The key that `created_by` and `updated_by` are to hold, or an object with that key; None for nobody.

    Example:
        >>> from chakra.mixins import get_actor, set_actor
        >>> set_actor(7)
        >>> get_actor()
        7
        >>> set_actor(None)
    """
    _actor.set(_key_of(actor))


def get_actor() -> Any:
    """Gives the key of who acts, None where nobody was named."""
    return _actor.get()


@contextmanager
def acting_as(actor: Any) -> Iterator[None]:
    """Says who acts inside a `with` block: in this task, and in those that are started inside.

    Args:
        actor: As `set_actor` takes it.

    Example:
        >>> from chakra.mixins import acting_as, get_actor
        >>> with acting_as(7):
        ...     get_actor()
        7
        >>> get_actor() is None
        True
    """
    token = _actor.set(_key_of(actor))
    try:
        yield
    finally:
        _actor.reset(token)


def _key_of(actor: Any) -> Any:
    if not isinstance(actor, ModelBase):
        return actor
    key = cast("Any", actor).pk
    if key is None:
        raise ValueError(f"{type(actor).__name__} has no key yet, so nothing can refer to it; save it first")
    return key


class TimestampMixin:
    """When a row was made and when it was last written.

    `created_at` is set by the insert, unless the object has one (rows taken over from elsewhere keep theirs);
    `updated_at` by the insert and by every update, of an object and of a query, that is not told another.

    Attributes:
        created_at: The instant of the insert.
        updated_at: The instant of the last write; at first the same.
    """

    created_at = _filled(Field(DateTime), role="created_at")
    updated_at = _filled(Field(DateTime), role="updated_at")


class SoftDeleteMixin:
    """Deleting marks rows instead of removing them.

    `delete` of an object and of a query sets `deleted_at`. `objects` leaves such rows out, whatever is asked of it;
    `all_objects` does not. UNIQUE constraints and foreign keys know nothing of the mark: a deleted row still has its
    values, and still is referred to.

    Attributes:
        deleted_at: The instant of the deletion; None while the row is not deleted.
    """

    deleted_at = _filled(Field(DateTime, nullable=True), role="deleted_at")

    if TYPE_CHECKING:
        all_objects = Objects()

    def hard_delete(self, *, using: Pool | Connection | str | None = None) -> Awaitable[None]:
        """Removes the row for good.

        Args:
            using: The pool, where it is not the default one.

        Raises:
            StaleObjectError: If the row has another version than the object.
        """
        return cast("ModelBase", self)._hard_delete(using=using)

    def hard_delete_sync(self, *, using: Pool | Connection | str | None = None) -> None:
        """`hard_delete` for code that may block."""
        cast("ModelBase", self)._hard_delete_sync(using=using)

    def restore(self, *, using: Pool | Connection | str | None = None) -> Awaitable[None]:
        """Takes the mark off the row, whatever its version; a row without it stays as it is.

        Args:
            using: The pool, where it is not the default one.

        Raises:
            StaleObjectError: If the row is gone.
        """
        return cast("ModelBase", self)._restore(using=using)

    def restore_sync(self, *, using: Pool | Connection | str | None = None) -> None:
        """`restore` for code that may block."""
        cast("ModelBase", self)._restore_sync(using=using)


class VersionMixin:
    """Optimistic locking: who writes an object writes the row that it was read from, or nothing.

    The insert sets `version` to 1; each write of an object, and each update by a query, counts it up. Saving or
    deleting an object whose row has another version meanwhile raises `StaleObjectError`. The version that an object has
    is the one that it claims to know: to hold a form to what its reader saw, assign the version it carries.

    Attributes:
        version: The number of the row's last write.
    """

    version = _filled(Field(BigInteger), role="version")


class AuditMixin(Generic[K]):
    """Who made a row and who last wrote it, besides when.

    `created_by` and `updated_by` hold what `acting_as` or `set_actor` said, None where nobody acts. The key is an
    integer; `AuditMixin[uuid.UUID]` and `AuditMixin[str]` have keys of those types. To have the database check them,
    declare the fields again: `created_by = Field(BigInteger, ForeignKey("users.id"), nullable=True)`.

    Attributes:
        created_at: The instant of the insert.
        updated_at: The instant of the last write.
        created_by: The key of who inserted the row.
        updated_by: The key of who last wrote it.

    Example:
        >>> import chakra
        >>> from chakra import Field, Integer, Model
        >>> from chakra.mixins import AuditMixin, acting_as
        >>> class Ledger(AuditMixin, Model):
        ...     id = Field(Integer, primary_key=True)
        >>> pool = chakra.connect_sync("sqlite:///:memory:")
        >>> chakra.create_all_sync(models=[Ledger])
        >>> with acting_as(7):
        ...     ledger = Ledger.objects.create_sync()
        >>> ledger.created_by, ledger.updated_by
        (7, 7)
        >>> chakra.close_pool_sync()
    """

    created_at = _filled(Field(DateTime), role="created_at")
    updated_at = _filled(Field(DateTime), role="updated_at")

    if TYPE_CHECKING:
        created_by: Mapped[K | None]
        updated_by: Mapped[K | None]
    else:
        created_by = _filled(Field(BigInteger, nullable=True), on_insert=get_actor)
        updated_by = _filled(Field(BigInteger, nullable=True), on_insert=get_actor, on_update=get_actor)

        def __class_getitem__(cls, key):
            if isinstance(key, TypeVar):
                return super().__class_getitem__(key)
            if key not in _audits:
                declared = _key_type(key)
                fields = {
                    "created_by": _filled(Field(declared, nullable=True), on_insert=get_actor),
                    "updated_by": _filled(Field(declared, nullable=True), on_insert=get_actor, on_update=get_actor),
                }
                name = f"AuditMixin[{getattr(key, '__name__', key)}]"
                _audits[key] = type(name, (AuditMixin,), {"__doc__": cls.__doc__, "__module__": __name__, **fields})
            return _audits[key]


_audits: dict[Any, type] = {}
_KEY_TYPES: dict[type, Any] = {int: BigInteger, str: String(255), uuid.UUID: UUID}


def _key_type(key: Any) -> Any:
    """The field type for keys of a Python type; a field type stands for itself."""
    if isinstance(key, FieldType) or (isinstance(key, type) and issubclass(key, FieldType)):
        return key
    if key not in _KEY_TYPES:
        names = ", ".join(known.__name__ for known in _KEY_TYPES)
        raise TypeError(f"AuditMixin[{key!r}]: a key is one of {names}, or a field type such as String(40)")
    return _KEY_TYPES[key]
