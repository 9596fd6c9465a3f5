"""A relationship as its class gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chakra import _chakra
from chakra._loading import load, load_sync

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from chakra._chakra import Q

__all__ = ["Way"]

T = TypeVar("T")
"""The related model."""

L = TypeVar("L")
"""What loading gives: an object, or the collection of them."""


class Way(Generic[T, L]):
    """A relationship as its class gives it, `Book.author`.

    It is taken by `select_related`, `prefetch_related`, `Prefetch`, `order_by`, `values` and aggregates, makes
    conditions (`Book.author == ada`), and loads what an object is related to: `await Book.author.load(book)`.
    """

    __slots__ = ("__chakra_way__", "model")

    def __init__(self, model: type, way: str) -> None:
        self.model = model
        self.__chakra_way__ = way

    # Conditions

    def __eq__(self, other: object) -> Q:  # type: ignore[override]  # a condition, not a bool
        return self._condition("exact", other)

    def __ne__(self, other: object) -> Q:  # type: ignore[override]  # a condition, not a bool
        return self._condition("ne", other)

    def in_(self, objects: Iterable[T | Any]) -> Q:
        """The related row is one of these objects, or has one of these keys; None means that there is none."""
        return self._condition("in", objects)

    def not_in(self, objects: Iterable[T | Any]) -> Q:
        """The complement of `in_`."""
        return self._condition("not_in", objects)

    def is_null(self, yes: bool = True) -> Q:
        """There is no related row; with False, that there is one."""
        return self._condition("isnull", yes)

    def _condition(self, lookup: str, value: object) -> Q:
        return _chakra.related_condition(self.model, self.__chakra_way__, lookup, value)

    # Loading

    def load(self, instance: Any) -> Awaitable[L]:
        """Gives what an object is related to, and reads it first where that is not loaded.

        For code that does not know what was loaded: of a related object that was read, of one that is not there and of
        a collection it asks nothing more. What is read is read for all objects of the same result.

        Args:
            instance: An object of the relationship's model.

        Returns:
            The object, None, or the collection.

        Raises:
            TypeError: For anything else than an object of that model.
        """
        return load(self._of(instance), self.__chakra_way__)

    def load_sync(self, instance: Any) -> L:
        """`load` for code that may block."""
        loaded: L = load_sync(self._of(instance), self.__chakra_way__)
        return loaded

    def _of(self, instance: Any) -> Any:
        if isinstance(instance, self.model):
            return instance
        given = f"the class {instance.__name__}" if isinstance(instance, type) else type(instance).__name__
        raise TypeError(f"{self._shown()}.load takes an object of {self.model.__name__}, not {given}")

    # Python's own questions

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        way = self.__chakra_way__
        raise AttributeError(
            f"{self._shown()} is a relationship: ask for a field behind it by keyword, filter({way}__{name}=...), "
            f'and by name elsewhere, "{way}__{name}"'
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<relationship {self._shown()}>"

    def _shown(self) -> str:
        return f"{self.model.__name__}.{self.__chakra_way__}"
