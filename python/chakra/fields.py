"""`Field`: the declaration of one column of a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from chakra import _chakra
from chakra.checks import caller, nearest
from chakra.constraints import ForeignKey
from chakra.types import FieldType
from chakra.validation import choice_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal

    from chakra._chakra import Column, ModelBase
    from chakra.checks import Findings

__all__ = ["Field", "Mapped"]

T = TypeVar("T")
S = TypeVar("S")

_OPTIONS = frozenset(
    {
        "auto_increment",
        "check",
        "choices",
        "column",
        "comment",
        "db_check",
        "default",
        "index",
        "max_length",
        "max_value",
        "min_length",
        "min_value",
        "nullable",
        "on_update",
        "pattern",
        "primary_key",
        "server_default",
        "unique",
    }
)
_FLAGS = ("primary_key", "auto_increment", "unique", "index", "nullable", "db_check")
_TEXTS = ("column", "server_default", "comment", "check")


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
        foreign_key: What it refers to: `ForeignKey("authors.id", on_delete="CASCADE")`.
        primary_key: Whether it is the primary key, or part of it.
        auto_increment: Whether the database numbers new rows. Left out: yes for a single integer key.
        unique: Whether no two rows may have the same value.
        index: Whether the database keeps an index on it.
        nullable: Whether None is a value of it.
        default: The value of a new object that is given none, or a callable that makes it.
        server_default: An SQL expression by which the database fills a column that is not given. None is given: it is
            NULL, or refused where the field is not nullable.
        comment: A remark that is kept in the database where it can.
        column: The column's name, if it differs from the attribute's.
        on_update: The value that every update writes, or a callable that makes it.
        min_value: The least number, date, time or span of time.
        max_value: The greatest number, date, time or span of time.
        min_length: The least number of characters, of bytes, or of elements.
        max_length: The greatest number of characters, of bytes, or of elements.
        pattern: A regular expression, in the syntax of Rust's regex crate, that is found in the text.
        choices: The values that are allowed: a list of them, or of pairs (value, label), or an `Enum`.
        check: An SQL condition that the database holds every row to.
        db_check: Whether the database holds `min_value`, `max_value`, `min_length` and `choices` too.

    A mistake in the declaration is a `DefinitionError` when the model is first used.

    Example:
        >>> from chakra import Integer, Model, String
        >>> class Reader(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     name = Field(String(80), index=True)
        ...     age = Field(Integer, nullable=True)
    """

    __slots__ = ("arguments", "declared", "filled", "options", "where")

    arguments: tuple[object, ...]
    declared: object
    filled: dict[str, object]
    options: dict[str, Any]
    where: str

    if TYPE_CHECKING:

        @overload
        def __new__(
            cls,
            type: FieldType[S] | type[FieldType[S]],
            /,
            *foreign_key: ForeignKey[Any],
            nullable: Literal[True],
            unique: bool = False,
            index: bool = False,
            default: S | Callable[[], S | None] | None = None,
            server_default: str | None = None,
            comment: str | None = None,
            column: str | None = None,
            on_update: S | Callable[[], S | None] | None = None,
            min_value: Any = None,
            max_value: Any = None,
            min_length: int | None = None,
            max_length: int | None = None,
            pattern: str | None = None,
            choices: Iterable[Any] | None = None,
            check: str | None = None,
            db_check: bool = True,
        ) -> Field[S | None]: ...
        @overload
        def __new__(
            cls,
            type: FieldType[S] | type[FieldType[S]],
            /,
            *foreign_key: ForeignKey[Any],
            nullable: Literal[False] = False,
            primary_key: bool = False,
            auto_increment: bool | None = None,
            unique: bool = False,
            index: bool = False,
            default: S | Callable[[], S] = ...,
            server_default: str | None = None,
            comment: str | None = None,
            column: str | None = None,
            on_update: S | Callable[[], S] = ...,
            min_value: Any = None,
            max_value: Any = None,
            min_length: int | None = None,
            max_length: int | None = None,
            pattern: str | None = None,
            choices: Iterable[Any] | None = None,
            check: str | None = None,
            db_check: bool = True,
        ) -> Field[S]: ...
        def __new__(cls, type: Any, /, *foreign_key: ForeignKey[Any], **options: Any) -> Any:
            """Declares a column."""

    else:

        def __init__(self, *arguments, **options):
            self.declared = arguments[0] if arguments else None
            self.arguments = arguments[1:]
            self.options = options
            self.filled = {}
            self.where = caller()

        def __set_name__(self, owner, name):
            # Reached in plain mixin classes only: a model's metaclass takes its fields out before. A field
            # left in a class dictionary would slow down every read of the attribute on instances.
            declared = owner.__dict__.get("__chakra_fields__")
            if declared is None:
                declared = {}
                owner.__chakra_fields__ = declared
            declared[name] = self
            delattr(owner, name)

    def describe(self, found: Findings) -> dict[str, object]:
        """Describes the column for the engine; `found` is told what is wrong with it."""
        before = len(found.faults)
        nothing: dict[str, object] = {}
        described = found.attempt(lambda: self._describe(found), nothing)
        if len(found.faults) == before:
            return described
        # Enough for the engine to judge the other fields.
        return {
            "attribute": found.attribute,
            "column": found.attribute,
            "type": ("Text",),
            "where": self.where,
            "references": [],
            "primary_key": self.options.get("primary_key") is True,
        }

    def _describe(self, found: Findings) -> dict[str, object]:
        before = len(found.faults)
        described: dict[str, object] = {
            "attribute": found.attribute,
            "column": found.attribute,
            "type": self._describe_type(found),
            "where": self.where,
            "references": self._describe_references(found),
        }
        self._check_options(found)
        given = {name: value for name, value in self.options.items() if value is not None or name == "default"}
        if len(found.faults) == before:
            self._describe_choices(given, found)
            for message, hint in _chakra.rule_faults(described | given):
                found.add("rule", message, hint)
        return described | given

    def _field_type(self) -> FieldType[Any] | None:
        declared = self.declared
        if isinstance(declared, type) and issubclass(declared, FieldType):
            try:
                declared = declared()
            except TypeError:
                return None
        return declared if isinstance(declared, FieldType) else None

    def _describe_type(self, found: Findings) -> tuple[object, ...]:
        field_type = self._field_type()
        if field_type is None:
            found.add("field-type", *_not_a_type(self.declared))
            return ("Text",)
        try:
            return field_type.describe()
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            found.add("field-type", message, hint or "give the type other arguments")
            return ("Text",)

    def _describe_references(self, found: Findings) -> list[dict[str, object]]:
        described = []
        for argument in self.arguments:
            if isinstance(argument, ForeignKey):
                reference = argument.describe(found)
                if reference is not None:
                    described.append(reference)
            else:
                message = f"Field takes its type and foreign keys, not {argument!r}"
                found.add("field-arguments", message, "give options by name, such as nullable=True")
        return described

    def _check_options(self, found: Findings) -> None:
        options = self.options
        for name in options:
            if name not in _OPTIONS:
                found.add("unknown-option", *_unknown_option(name))
        members = getattr(options.get("default"), "__members__", None)
        if isinstance(options.get("default"), type) and members:
            shown = f"{options['default'].__name__}.{next(iter(members))}"
            found.add("default", "the default is an enumeration itself", f"give one of its members, such as {shown}")
        for name in _FLAGS:
            if not isinstance(options.get(name), bool | None):
                found.add("option-value", f"{name} is True or False, not {options[name]!r}", "give one of the two")
        for name in _TEXTS:
            self._check_text(name, found)
        if options.get("default") is not None and options.get("server_default") is not None:
            message = "default and server_default are both given, and so the database never gives its own"
            found.add("default", message, "leave out one of them")
        for name in ("default", "on_update"):
            if callable(options.get(name)) and not members and _needs_arguments(options[name]):
                message = f"the {name} is called without arguments, and {options[name]!r} needs some"
                found.add(name, message, "give a callable that needs none, such as a lambda around it")
        if options.get("primary_key") and options.get("nullable"):
            found.add("nullable-key", "a primary key cannot be nullable", "leave out nullable=True")
        if options.get("primary_key") and "on_update" in options:
            found.add("on_update", "a primary key does not change at every update", "leave out on_update")
        self._check_auto_increment(found)

    def _check_text(self, name: str, found: Findings) -> None:
        value = self.options.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            found.add("option-value", f"{name} is text, not {value!r}", "give a str, or leave it out")
        elif not value and name != "comment":
            found.add("option-value", f"{name} is empty", "leave it out, or give it a value")
        elif "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            found.add("option-value", f"{name} holds a character that no database takes there", "leave it out")

    def _check_auto_increment(self, found: Findings) -> None:
        if not self.options.get("auto_increment"):
            return
        field_type = self._field_type()
        if not self.options.get("primary_key"):
            found.add("auto-increment", "auto_increment needs primary_key=True", "mark the field so, or leave it out")
        if field_type is not None and not field_type.is_integer:
            found.add("auto-increment", f"auto_increment needs an integer type, not {field_type!r}", "leave it out")
        for other in ("default", "server_default"):
            if self.options.get(other) is not None:
                found.add("auto-increment", f"auto_increment and {other} exclude each other", "leave out one of them")

    @staticmethod
    def _describe_choices(given: dict[str, object], found: Findings) -> None:
        if "choices" not in given:
            return
        choices = choice_values(given.pop("choices"))
        if choices is None:
            found.add("rule", "choices is no list", "give a list of values, of pairs (value, label), or an Enum")
        else:
            given["choices"] = choices


def _needs_arguments(made_by: Callable[..., object]) -> bool:
    import inspect  # here, because it is slow to import and few defaults are callables

    try:
        signature = inspect.signature(made_by)
    except (TypeError, ValueError):  # some that are written in C tell nothing of themselves
        return False
    try:
        signature.bind()
    except TypeError:
        return True
    return False


def _unknown_option(name: str) -> tuple[str, str]:
    if name == "type":
        return "the type is no option", "give it first and without a name, as in Field(Integer)"
    return f"unknown option {name!r}", f"{nearest(name, _OPTIONS)}the options are {', '.join(sorted(_OPTIONS))}"


_LIKELY_TYPES = {
    "Decimal": "Decimal(12, 2)",
    "UUID": "UUID",
    "bool": "Boolean",
    "bytearray": "Binary",
    "bytes": "Binary",
    "date": "Date",
    "datetime": "DateTime",
    "dict": "JSON",
    "float": "Float",
    "int": "Integer",
    "list": "JSON",
    "str": "String(50)",
    "time": "Time",
}
"""What is meant where a Python class, or its name, is given for a field type."""

_WITH_ARGUMENTS = {"Array": "Array(Integer)", "Char": "Char(3)", "Enum": 'Enum("small", "large")'}
"""How a type is written that means nothing without arguments."""


def _not_a_type(declared: object) -> tuple[str, str]:
    if declared is None:
        return "Field is given no type", "give one first, as in Field(Integer) or Field(String(50))"
    if isinstance(declared, type) and issubclass(declared, FieldType):
        meant = _WITH_ARGUMENTS.get(declared.__name__, f"{declared.__name__}(...)")
        return f"the type {declared.__name__} needs arguments", f"give them, as in Field({meant})"
    name = declared if isinstance(declared, str) else getattr(declared, "__name__", "")
    meant = _LIKELY_TYPES.get(name, "Integer) or Field(String(50)")
    return f"{declared!r} is not a field type", f"write Field({meant}); the types are in chakra.types"


def likely_type(annotation: object) -> str:
    """Gives what Field may be given where a Python type is written: `String(50), nullable=True` for `str | None`."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", repr(annotation))
    optional = "None" in text or "Optional" in text
    names = [word.rpartition(".")[2] for word in re.findall(r"[\w.]+", text)]
    likely = next((_LIKELY_TYPES[name] for name in names if name in _LIKELY_TYPES), "...")
    return f"{likely}, nullable=True" if optional else likely
