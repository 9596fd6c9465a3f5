"""`Field`: the declaration of one column of a model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from chakra.types import JSON, FieldType

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from chakra._chakra import Column, ModelBase

__all__ = ["Field", "Mapped"]

T = TypeVar("T")
S = TypeVar("S")

_OPTIONS = frozenset(
    {
        "auto_increment",
        "column",
        "comment",
        "default",
        "index",
        "nullable",
        "primary_key",
        "server_default",
        "unique",
    }
)
_FLAGS = ("primary_key", "auto_increment", "unique", "index", "nullable")
_TEXTS = ("column", "server_default", "comment")
_PLANNED = frozenset(
    {
        "check",
        "choices",
        "db_check",
        "max_length",
        "max_value",
        "min_length",
        "min_value",
        "on_update",
        "pattern",
    }
)


class Mapped(Generic[T]):
    """What an attribute declared by `Field` is to a type checker.

    On an instance it is a value of type T, on the class a `Column[T]`. Needed only where an
    annotation is wanted: `age: Mapped[int] = Field(Integer)`.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[ModelBase]) -> Column[T]: ...
        @overload
        def __get__(self, instance: object, owner: type[object]) -> T: ...
        def __get__(self, instance: object | None, owner: type[object]) -> Any: ...
        def __set__(self, instance: object, value: T) -> None: ...


class Field(Mapped[T]):
    """Declares a column.

    Args:
        type: What it holds: `Integer`, `String(50)`, `Decimal(12, 2)` ...
        primary_key: Whether it is the primary key, or part of it.
        auto_increment: Whether the database numbers new rows. Left out: yes for a single integer key.
        unique: Whether no two rows may have the same value.
        index: Whether the database keeps an index on it.
        nullable: Whether None is a value of it.
        default: The value of a new object that is given none, or a callable that makes it.
        server_default: An SQL expression by which the database fills a column that is not given.
        comment: A remark that is kept in the database where it can.
        column: The column's name, if it differs from the attribute's.

    A mistake in the declaration is a `DefinitionError` when the model is first used.

    Example:
        >>> from chakra import Integer, Model, String
        >>> class Reader(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     name = Field(String(80), index=True)
        ...     age = Field(Integer, nullable=True)
    """

    __slots__ = ("arguments", "declared", "options", "where")

    arguments: tuple[object, ...]
    declared: object
    options: dict[str, Any]
    where: str

    if TYPE_CHECKING:

        @overload
        def __new__(
            cls,
            type: FieldType[S] | type[FieldType[S]],
            /,
            *,
            nullable: Literal[True],
            unique: bool = False,
            index: bool = False,
            default: S | Callable[[], S | None] | None = None,
            server_default: str | None = None,
            comment: str | None = None,
            column: str | None = None,
        ) -> Field[S | None]: ...
        @overload
        def __new__(
            cls,
            type: FieldType[S] | type[FieldType[S]],
            /,
            *,
            nullable: Literal[False] = False,
            primary_key: bool = False,
            auto_increment: bool | None = None,
            unique: bool = False,
            index: bool = False,
            default: S | Callable[[], S] = ...,
            server_default: str | None = None,
            comment: str | None = None,
            column: str | None = None,
        ) -> Field[S]: ...
        def __new__(cls, type: Any, /, **options: Any) -> Any:
            """Declares a column."""

    else:

        def __init__(self, type, /, *arguments, **options):
            self.declared = type
            self.arguments = arguments
            self.options = options
            caller = sys._getframe(1)
            self.where = f"{caller.f_code.co_filename.rpartition('/')[2]}:{caller.f_lineno}"

        def __set_name__(self, owner, name):
            # Reached in plain mixin classes only: a model's metaclass takes its fields out before. A field
            # left in a class dictionary would slow down every read of the attribute on instances.
            declared = owner.__dict__.get("__chakra_fields__")
            if declared is None:
                declared = {}
                owner.__chakra_fields__ = declared
            declared[name] = self
            delattr(owner, name)

    def describe(self, attribute: str, faults: list[str]) -> dict[str, object]:
        """Describes the column for the engine; adds what is wrong with it to `faults`."""
        found: list[str] = []
        described: dict[str, object] = {
            "attribute": attribute,
            "column": self.options.get("column") or attribute,
            "type": self._describe_type(found),
            "where": self.where,
        }
        self._check_options(found)
        described.update((name, value) for name, value in self.options.items() if name in _OPTIONS)
        if described.get("column") is None:
            described["column"] = attribute
        if "default" in described:
            described["default"] = self._unshared_default(described["default"])
        faults.extend(f"{attribute} ({self.where}): {fault}" for fault in found)
        return described

    def _field_type(self) -> FieldType[Any] | None:
        declared = self.declared
        if isinstance(declared, type) and issubclass(declared, FieldType):
            declared = declared()
        return declared if isinstance(declared, FieldType) else None

    def _describe_type(self, found: list[str]) -> tuple[object, ...]:
        field_type = self._field_type()
        if field_type is None:
            found.append(f"{self.declared!r} is not a field type; give one such as Integer or String(50)")
            return ("Text",)
        try:
            return field_type.describe()
        except ValueError as error:
            found.append(str(error))
            return ("Text",)

    def _check_options(self, found: list[str]) -> None:
        options = self.options
        if self.arguments:
            found.append(
                "Field takes one positional argument, its type; foreign keys are not supported by this version"
            )
        found.extend(_refuse_option(name) for name in options if name not in _OPTIONS)
        found.extend(
            f"{name} is True or False, not {options[name]!r}"
            for name in _FLAGS
            if not isinstance(options.get(name), bool | None)
        )
        found.extend(
            f"{name} is text, not {options[name]!r}" for name in _TEXTS if not isinstance(options.get(name), str | None)
        )
        if options.get("column") == "":
            found.append("column is empty; leave it out to use the attribute's name")
        if options.get("primary_key") and options.get("nullable"):
            found.append("a primary key cannot be nullable; leave out nullable=True")
        self._check_auto_increment(found)

    def _check_auto_increment(self, found: list[str]) -> None:
        if not self.options.get("auto_increment"):
            return
        field_type = self._field_type()
        if not self.options.get("primary_key"):
            found.append("auto_increment needs primary_key=True")
        if field_type is not None and not field_type.is_integer:
            found.append(f"auto_increment needs an integer type, not {field_type!r}")
        if "default" in self.options:
            found.append("auto_increment and default exclude each other; leave out one of them")

    def _unshared_default(self, default: object) -> object:
        if isinstance(self._field_type(), JSON) and isinstance(default, dict | list):
            return _fresh_copies(default)
        return default


def _fresh_copies(default: object) -> Callable[[], object]:
    """Gives each object a copy of its own of a mutable default."""

    def copied() -> object:
        from copy import deepcopy

        return deepcopy(default)

    return copied


def _refuse_option(name: str) -> str:
    if name in _PLANNED:
        return f"option {name!r} is not supported by this version; leave it out"
    return f"unknown option {name!r}{nearest(name, _OPTIONS)}; the options are {', '.join(sorted(_OPTIONS))}"


def nearest(name: str, known: frozenset[str]) -> str:
    """Gives a `did you mean` hint for a misspelt name, or nothing."""
    from difflib import get_close_matches  # only for messages: it is slow to import

    matches = get_close_matches(name, sorted(known), 1)
    return f", did you mean {matches[0]!r}?" if matches else ""
