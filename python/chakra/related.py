"""What stands under a relationship's name on an object: collections, and what is not loaded yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, TypeVar, overload

from chakra import _chakra
from chakra._loading import LoadedLater, load, load_sync, teach
from chakra._related_queries import RelatedQueries
from chakra._way import Way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Generator, Iterable, Iterator

    from typing_extensions import Self

    from chakra._chakra import QuerySet

__all__ = ["Collection", "NotLoaded", "RelationshipAttribute", "Way"]

T = TypeVar("T")


class RelationshipAttribute:
    """Stands in the class for a relationship. What is loaded stands in the object itself and hides it."""

    __slots__ = ("is_to_many", "name")

    def __init__(self, name: str, is_to_many: bool) -> None:
        self.name = name
        self.is_to_many = is_to_many

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return Way(owner, self.name)
        if not self.is_to_many:
            return NotLoaded(instance, self.name)
        # There is nothing in the database that refers to an object which is not in it.
        items: list[Any] | None = None if instance._is_loaded() else []
        collection: Collection[Any] = Collection(instance, self.name, items)
        instance.__dict__[self.name] = collection
        return collection


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
        return load(self._owner, self._name)

    def load_sync(self) -> Any:
        """`load` for code that may block."""
        return load_sync(self._owner, self._name)

    def _refuse(self) -> NoReturn:
        raise teach(self._owner, self._name, "object")

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

    def __hash__(self) -> int:
        # Two handles of one object would be two members of a set. For `gather` there is `Book.author.load(book)`.
        self._refuse()

    def __repr__(self) -> str:
        return f"<{type(self._owner).__name__}.{self._name}: not loaded>"


class Collection(RelatedQueries[T], LoadedLater):
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
            await load(self._owner, self._name)
        return self

    def load_sync(self) -> Self:
        """`load` for code that may block."""
        if self._items is None:
            load_sync(self._owner, self._name)
        return self

    # A list

    def _loaded(self) -> list[T]:
        if self._items is None:
            raise teach(self._owner, self._name, "collection")
        return self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._loaded())

    async def __aiter__(self) -> AsyncIterator[T]:
        """The objects, which are loaded first where they are not: for all objects of the same result at once."""
        for item in list(await self):
            yield item

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
        shown = "not loaded" if self._items is None else _listed(self._items)
        return f"<{type(self._owner).__name__}.{self._name}: {shown}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        way = f"{type(self._owner).__name__.lower()}.{self._name}"
        hint = ""
        if name in _LIST_METHODS:
            hint = f": it is changed in the database, by `await {way}.{_LIST_METHODS[name]}`"
        elif hasattr(_chakra.QuerySet, name):
            hint = f": its query has it, {way}.all().{name}"
        raise AttributeError(f"the collection {way} has no {name!r}{hint}")

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

    # Writing

    async def delete(self) -> int:
        """Deletes the related rows themselves, as the `delete` of their query does, and gives their number."""
        deleted = await self.all().delete()
        _chakra.empty_related(self)
        return deleted

    def delete_sync(self) -> int:
        """`delete` for code that may block."""
        deleted = self.all().delete_sync()
        _chakra.empty_related(self)
        return deleted

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
        await self._write("set", self._several(objects), through_defaults, False)

    def set_sync(self, objects: Iterable[T], *, through_defaults: dict[str, Any] | None = None) -> None:
        """`set` for code that may block."""
        self._write("set", self._several(objects), through_defaults, True)

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
            ValidationError: If a field does not take its value, or a value says that the object belongs elsewhere.
        """
        made = self._make(values)
        await self._write("create", (made,), through_defaults, False, values)
        return made

    def create_sync(self, *, through_defaults: dict[str, Any] | None = None, **values: Any) -> T:
        """`create` for code that may block."""
        made = self._make(values)
        self._write("create", (made,), through_defaults, True, values)
        return made

    def _several(self, objects: Iterable[T]) -> tuple[T, ...]:
        if isinstance(objects, str | bytes | type | _chakra.ModelBase) or not hasattr(objects, "__iter__"):
            way = f"{type(self._owner).__name__}.{self._name}"
            given = objects.__name__ if isinstance(objects, type) else type(objects).__name__
            raise TypeError(f"{way}.set takes a list of objects, not one {given}: write set([...])")
        return tuple(objects)

    def _make(self, values: dict[str, Any]) -> T:
        made: T = self.all().model(**values)
        return made

    def _write(
        self,
        verb: str,
        objects: tuple[Any, ...],
        extra: dict[str, Any] | None,
        blocking: bool,
        values: dict[str, Any] | None = None,
    ) -> Any:
        return _chakra.change_related(self._owner, self._name, verb, list(objects), values, extra, blocking)


_LIST_METHODS = {
    "append": "add(...)",
    "extend": "add(*objects)",
    "insert": "add(...)",
    "pop": "remove(...)",
    "sort": "order_by(...)",
}
_MOST_SHOWN = 5


def _listed(items: list[Any]) -> str:
    """Objects by class and key, the first few of them."""
    shown = [f"{type(item).__name__} {repr(item.pk) if item._is_loaded() else '(new)'}" for item in items[:_MOST_SHOWN]]
    more = len(items) - len(shown)
    return f"[{', '.join([*shown, f'{more} more'] if more else shown)}]"
