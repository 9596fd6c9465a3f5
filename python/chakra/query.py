"""What `objects` is to a type checker; queries themselves are `chakra.QuerySet`, made by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from chakra._chakra import ModelBase, QuerySet

__all__ = ["Manager", "Objects"]

M = TypeVar("M", bound="ModelBase")
Q = TypeVar("Q", bound="QuerySet[Any]")


class Objects:
    """`Model.objects`: a `QuerySet` of the class on which it is asked for."""

    if TYPE_CHECKING:

        def __get__(self, instance: M | None, owner: type[M]) -> QuerySet[M]: ...


class Manager(Objects, Generic[Q]):
    """`objects` of a model whose queries have methods of their own."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: type[Any]) -> Q: ...
