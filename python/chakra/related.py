"""What stands under a relationship's name on an object: collections, and what is not loaded yet."""

# ruff: noqa: D102 - the query methods of a collection are documented by QuerySet
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, SupportsIndex, TypeVar, overload

from chakra import _chakra
from chakra.exceptions import NotLoadedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator

    from typing_extensions import Self

    from chakra._chakra import Aggregate, Q, QuerySet
    from chakra.relationships import Prefetch

__all__ = ["Collection", "NotLoaded", "RelationshipAttribute", "Way"]

T = TypeVar("T")


class Way:
    """A relationship as its class gives it, `Book.author`: for `select_related`, `prefetch_related` and `Prefetch`."""

    __slots__ = ("__chakra_way__", "_shown")

    def __init__(self, model: str, way: str) -> None:
        self.__chakra_way__ = way
        self._shown = f"{model}.{way}"

    def __repr__(self) -> str:
        return f"<relationship {self._shown}>"


class RelationshipAttribute:
    """Stands in the class for a relationship. What is loaded stands in the object itself and hides it."""

    __slots__ = ("is_to_many", "name")

    def __init__(self, name: str, is_to_many: bool) -> None:
        self.name = name
        self.is_to_many = is_to_many

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return Way(owner.__name__, self.name)
        if not self.is_to_many:
            return NotLoaded(instance, self.name)
        # There is nothing in the database that refers to an object which is not in it.
        items: list[Any] | None = None if instance._is_loaded() else []
        collection: Collection[Any] = Collection(instance, self.name, items)
        instance.__dict__[self.name] = collection
        return collection


def _teach(owner: Any, name: str, what: str) -> NotLoadedError:
    model = type(owner).__name__
    asked = f"{model.lower()}.{name}"
    loading = "select_related" if what == "object" else "prefetch_related"
    return NotLoadedError(
        f"{model}.{name} is not loaded, and reading it would be hidden I/O. Load it with its query, "
        f'{model}.objects.{loading}("{name}"); or here, `await {asked}`; or in blocking code, {asked}.load_sync()'
    )


class NotLoaded:
    """A related object that was not read. Awaiting it reads it, for all objects of the same result at once."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Any, name: str) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)

    def __await__(self) -> Generator[Any, None, Any]:
        return self.load().__await__()

    def load(self) -> Awaitable[Any]:
        """Reads the object; None where there is none."""
        loading: Awaitable[Any] = _chakra.load_related(self._owner, self._name, False)
        return loading

    def load_sync(self) -> Any:
        """`load` for code that may block."""
        return _chakra.load_related(self._owner, self._name, True)

    def _refuse(self) -> NoReturn:
        raise _teach(self._owner, self._name, "object")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            # What Python itself looks for (copying, showing, matching) is not a use of the object.
            raise AttributeError(name)
        self._refuse()

    def __setattr__(self, name: str, value: object) -> None:
        self._refuse()

    def __eq__(self, other: object) -> bool:
        self._refuse()

    def __ne__(self, other: object) -> bool:
        self._refuse()

    def __bool__(self) -> bool:
        self._refuse()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self._owner).__name__}.{self._name}: not loaded>"


class Collection(Generic[T]):
    """The related objects of a relationship to many.

    Loaded, it reads like a list. Not loaded, awaiting it (or `load_sync`) loads it, for all objects of the same result
    at once. `add`, `remove`, `set`, `clear` and `create` write to the database; what begins a query, such as `filter`,
    asks it anew.
    """

    __slots__ = ("__weakref__", "_items", "_name", "_owner")

    def __init__(self, owner: Any, name: str, items: list[T] | None = None) -> None:
        self._owner = owner
        self._name = name
        self._items = items

    # Loading

    @property
    def is_loaded(self) -> bool:
        """Whether its objects are in memory."""
        return self._items is not None

    def __await__(self) -> Generator[Any, None, Self]:
        return self.load().__await__()

    async def load(self) -> Self:
        """Reads the objects, if they are not loaded, and gives the collection."""
        if self._items is None:
            await _chakra.load_related(self._owner, self._name, False)
        return self

    def load_sync(self) -> Self:
        """`load` for code that may block."""
        if self._items is None:
            _chakra.load_related(self._owner, self._name, True)
        return self

    # A list

    def _loaded(self) -> list[T]:
        if self._items is None:
            raise _teach(self._owner, self._name, "collection")
        return self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def __bool__(self) -> bool:
        return bool(self._loaded())

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[T]: ...
    def __getitem__(self, index: Any, /) -> Any:
        return self._loaded()[index]

    def __contains__(self, item: object) -> bool:
        return item in self._loaded()

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._loaded())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Collection):
            return self is other or self._loaded() == other._loaded()
        return self._loaded() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def index(self, item: T) -> int:
        """Gives the position of an object.

        Raises:
            ValueError: If it is not there.
        """
        return self._loaded().index(item)

    def __repr__(self) -> str:
        shown = "not loaded" if self._items is None else repr(self._items)
        return f"<{type(self._owner).__name__}.{self._name}: {shown}>"

    # Kept in step by the other side

    def _join(self, item: T) -> None:
        if self._items is not None and item not in self._items:
            self._items.append(item)

    def _leave(self, item: T) -> None:
        if self._items is not None:
            self._items[:] = [other for other in self._items if other != item]

    # Queries

    def all(self) -> QuerySet[T]:
        """Gives the query of the related objects."""
        query: QuerySet[T] = _chakra.related_query(self._owner, self._name)
        return query

    def filter(self, *conditions: Q, **lookups: Any) -> QuerySet[T]:
        """Gives the query of those that meet all conditions."""
        return self.all().filter(*conditions, **lookups)

    def exclude(self, *conditions: Q, **lookups: Any) -> QuerySet[T]:
        """Gives the query of those that `filter` would not give."""
        return self.all().exclude(*conditions, **lookups)

    def order_by(self, *terms: Any) -> QuerySet[T]:
        """Gives the query of all in another order."""
        return self.all().order_by(*terms)

    if TYPE_CHECKING:

        def aggregate(self, *aggregates: Aggregate, **named: Aggregate) -> Awaitable[dict[str, Any]]: ...
        def aggregate_sync(self, *aggregates: Aggregate, **named: Aggregate) -> dict[str, Any]: ...
        def count(self) -> Awaitable[int]: ...
        def count_sync(self) -> int: ...
        def delete(self) -> Awaitable[int]: ...
        def delete_sync(self) -> int: ...
        def distinct(self) -> QuerySet[T]: ...
        def exists(self) -> Awaitable[bool]: ...
        def exists_sync(self) -> bool: ...
        def first(self) -> Awaitable[T | None]: ...
        def first_sync(self) -> T | None: ...
        def get(self, *conditions: Q, **lookups: Any) -> Awaitable[T]: ...
        def get_sync(self, *conditions: Q, **lookups: Any) -> T: ...
        def get_or_none(self, *conditions: Q, **lookups: Any) -> Awaitable[T | None]: ...
        def get_or_none_sync(self, *conditions: Q, **lookups: Any) -> T | None: ...
        def last(self) -> Awaitable[T | None]: ...
        def last_sync(self) -> T | None: ...
        def limit(self, rows: int | None) -> QuerySet[T]: ...
        def offset(self, rows: int) -> QuerySet[T]: ...
        def prefetch_related(self, *relationships: str | Way | Prefetch) -> QuerySet[T]: ...
        def select_related(self, *relationships: str | Way) -> QuerySet[T]: ...
        def update(self, **values: Any) -> Awaitable[int]: ...
        def update_sync(self, **values: Any) -> int: ...
        def values(self, *fields: str) -> QuerySet[dict[str, Any]]: ...

    # Writing

    async def add(self, *objects: T, through_defaults: dict[str, Any] | None = None) -> None:
        """Relates objects, of which those that are related already stay so.

        Args:
            objects: Objects of the related model. A one-to-many collection inserts new ones; a many-to-many
                collection takes saved ones only.
            through_defaults: Values for the other fields of the junction's new rows.

        Raises:
            ValidationError: For an object of another model, or one that is not saved.
        """
        await self._write("add", objects, through_defaults, False)

    def add_sync(self, *objects: T, through_defaults: dict[str, Any] | None = None) -> None:
        """`add` for code that may block."""
        self._write("add", objects, through_defaults, True)

    async def remove(self, *objects: T) -> None:
        """Ends the relation to objects; those that are not related are left alone.

        Raises:
            QueryError: If their foreign key cannot be NULL: delete them instead.
        """
        await self._write("remove", objects, None, False)

    def remove_sync(self, *objects: T) -> None:
        """`remove` for code that may block."""
        self._write("remove", objects, None, True)

    async def set(self, objects: Iterable[T], *, through_defaults: dict[str, Any] | None = None) -> None:
        """Relates these objects and no others; the junction's rows of those that stay are kept.

        Raises:
            QueryError: If others must go and their foreign key cannot be NULL.
        """
        await self._write("set", tuple(objects), through_defaults, False)

    def set_sync(self, objects: Iterable[T], *, through_defaults: dict[str, Any] | None = None) -> None:
        """`set` for code that may block."""
        self._write("set", tuple(objects), through_defaults, True)

    async def clear(self) -> None:
        """Ends the relation to all objects.

        Raises:
            QueryError: If their foreign key cannot be NULL: delete them instead.
        """
        await self._write("set", (), None, False)

    def clear_sync(self) -> None:
        """`clear` for code that may block."""
        self._write("set", (), None, True)

    async def create(self, *, through_defaults: dict[str, Any] | None = None, **values: Any) -> T:
        """Makes an object, inserts it, and relates it.

        Raises:
            ValidationError: If a field does not take its value.
        """
        made = self._make(values)
        await self._write("create", (made,), through_defaults, False)
        return made

    def create_sync(self, *, through_defaults: dict[str, Any] | None = None, **values: Any) -> T:
        """`create` for code that may block."""
        made = self._make(values)
        self._write("create", (made,), through_defaults, True)
        return made

    def _make(self, values: dict[str, Any]) -> T:
        made: T = self.all().model(**values)
        return made

    def _write(self, verb: str, objects: tuple[Any, ...], extra: dict[str, Any] | None, blocking: bool) -> Any:
        return _chakra.change_related(self._owner, self._name, verb, list(objects), extra, blocking)


def _delegate(name: str) -> Callable[..., Any]:
    def method(self: Collection[Any], *arguments: Any, **options: Any) -> Any:
        return getattr(self.all(), name)(*arguments, **options)

    method.__name__ = name
    method.__qualname__ = f"Collection.{name}"
    method.__doc__ = f"The `{name}` of the query of the related objects."
    return method


if not TYPE_CHECKING:
    for _name in (
        "aggregate", "count", "delete", "exists", "first", "get", "get_or_none", "last", "update"
    ):  # fmt: skip
        setattr(Collection, _name, _delegate(_name))
        setattr(Collection, f"{_name}_sync", _delegate(f"{_name}_sync"))
    for _name in ("distinct", "limit", "offset", "prefetch_related", "select_related", "values"):
        setattr(Collection, _name, _delegate(_name))
