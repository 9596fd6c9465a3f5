"""Indexes and constraints of a table, and what a foreign key refers to.

They stand in `__table_args__`, and `ForeignKey` inside `Field`. Fields are named by their attributes; SQL texts
(`where`, expressions, conditions) name columns and are handed to the database as they are.

Example:
    >>> from chakra import CheckConstraint, DateTime, Field, ForeignKey, Index, Integer, Model, String, UniqueConstraint
    >>> class Hall(Model):
    ...     id = Field(Integer, primary_key=True)
    >>> class Concert(Model):
    ...     id = Field(Integer, primary_key=True)
    ...     hall_id = Field(Integer, ForeignKey("halls.id", on_delete="CASCADE"))
    ...     title = Field(String(80))
    ...     starts_at = Field(DateTime)
    ...     ends_at = Field(DateTime)
    ...     __table_args__ = (
    ...         Index("ix_concerts_latest", "-starts_at", "title"),
    ...         UniqueConstraint("hall_id", "starts_at"),
    ...         CheckConstraint("starts_at < ends_at", name="ck_concerts_order"),
    ...         {"comment": "what is played where"},
    ...     )
    >>> [constraint.name for constraint in Concert._meta.constraints]
    [None, 'ck_concerts_order']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from chakra.checks import caller, is_encodable, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import ClassVar, Literal

    from typing_extensions import TypedDict, Unpack

    from chakra._chakra import ModelBase
    from chakra.checks import Findings
    from chakra.related import Way

    _Action = Literal["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]
    _Method = Literal["btree", "hash", "gin", "gist", "spgist", "brin", "fulltext"]

    class _ForeignKeyOptions(TypedDict, total=False):
        """What a foreign key, and a relationship over one, are told besides whether it may be NULL."""

        on_delete: _Action | str | None
        on_update: _Action | str | None
        name: str | None
        back_populates: str | None
        foreign_key: str | Sequence[str] | None


__all__ = [
    "CheckConstraint",
    "ForeignKey",
    "ForeignKeyConstraint",
    "Index",
    "TableArgument",
    "UniqueConstraint",
]

T = TypeVar("T")


class TableArgument:
    """Something that stands in `__table_args__`.

    Attributes:
        name: Its name in the database, where one is given.
        where_defined: File and line of its declaration.
    """

    name: str | None
    where_defined: str
    _options: ClassVar[frozenset[str]] = frozenset({"name"})
    _unknown: dict[str, Any]

    def describe(self, found: Findings) -> dict[str, object] | None:
        """Describes it for the engine; None, with `found` told why, where it means nothing."""
        before = len(found.faults)
        _check_options(found, self, self._options, self._unknown)
        _check_text(found, self, "name", self.name)
        described = {"kind": "", "what": repr(self), "name": self.name, **self._describe(found)}
        return described if len(found.faults) == before else None

    def _describe(self, found: Findings) -> dict[str, object]:
        raise NotImplementedError

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names."""
        return ()

    def __repr__(self) -> str:
        shown = [repr(field) for field in self.fields]
        if self.name is not None:
            shown.append(f"name={self.name!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


class Index(TableArgument):
    """An index.

    Args:
        name: Its name, where `{table}` stands for the table's (in abstract models); None for `ix_` with table and
            columns.
        columns: Fields by name, with `-` before those of which the greatest value comes first; an SQL expression
            stands in parentheses: `"(lower(email))"`.
        unique: Whether it forbids duplicates.
        where: The SQL condition of the rows that it holds. MySQL has no such index.
        desc: The fields of which the greatest value comes first, another way to say it; True for all.
        expression: One SQL expression behind the columns. MySQL has no such index.
        method: `"btree"`; on PostgreSQL `"hash"`, `"gin"`, `"gist"`, `"spgist"` or `"brin"`; on MySQL `"fulltext"`.

    What a database does not have is refused when the table is created, never left out.

    Example:
        >>> Index("ix_lower_email", "(lower(email))", unique=True, where="deleted_at IS NULL")
        Index('ix_lower_email', '(lower(email))')
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str | None,
            /,
            *columns: str,
            unique: bool = False,
            where: str | None = None,
            desc: bool | str | Iterable[str] = (),
            expression: str | None = None,
            method: _Method | None = None,
        ) -> None: ...

    else:

        def __init__(
            self, name, /, *columns, unique=False, where=None, desc=(), expression=None, method=None, **unknown
        ):
            self.name = name
            self.columns = columns
            self.unique = unique
            self.where = where
            self.desc = desc
            self.expression = expression
            self.method = method
            self._unknown = unknown
            self.where_defined = caller()

    _options = frozenset({"unique", "where", "desc", "expression", "method"})
    columns: tuple[str, ...]
    unique: bool
    where: str | None
    desc: bool | str | Iterable[str]
    expression: str | None
    method: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names; expressions are none."""
        return tuple(column.removeprefix("-") for column in self.columns if _is_text(column) and column[:1] != "(")

    def _describe(self, found: Findings) -> dict[str, object]:
        _check_flag(found, self, "unique", self.unique)
        for option in ("where", "expression", "method"):
            _check_text(found, self, option, getattr(self, option))
        parts = [part for column in self.columns if (part := _index_part(found, self, column)) is not None]
        parts = self._with_descending(found, parts)
        if self.expression is not None:
            parts.append((self.expression, None))
        return {"kind": "index", "parts": parts, "unique": self.unique, "where": self.where, "method": self.method}

    def _with_descending(self, found: Findings, parts: list[tuple[str, bool | None]]) -> list[tuple[str, bool | None]]:
        if isinstance(self.desc, bool):
            return [(name, descending if descending is None else descending or self.desc) for name, descending in parts]
        chosen = _names(found, self, "desc", (self.desc,) if isinstance(self.desc, str) else self.desc)
        own = self.fields
        for name in chosen:
            if name not in own:
                found.add(
                    "unknown-field", f"{self!r}: desc names {name!r}, which is none of its columns", "name it too"
                )
        return [
            (name, descending if descending is None else descending or name in chosen) for name, descending in parts
        ]

    def __repr__(self) -> str:
        return f"Index({', '.join(repr(part) for part in (self.name, *self.columns))})"


class UniqueConstraint(TableArgument):
    """Fields that no two rows have the same values of, together.

    Args:
        columns: Fields by name.
        name: Its name; left out: `uq_` with table and columns.

    Example:
        >>> UniqueConstraint("row", "place")
        UniqueConstraint('row', 'place')
    """

    if TYPE_CHECKING:

        def __init__(self, *columns: str, name: str | None = None) -> None: ...

    else:

        def __init__(self, *columns, name=None, **unknown):
            self.columns = columns
            self.name = name
            self._unknown = unknown
            self.where_defined = caller()

    columns: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names."""
        return self.columns

    def _describe(self, found: Findings) -> dict[str, object]:
        return {"kind": "unique", "columns": _names(found, self, "columns", self.columns)}


class CheckConstraint(TableArgument):
    """An SQL condition that every row meets.

    Args:
        expression: The condition; it names columns.
        name: Its name; left out: `ck_` with the table and the words of the condition.

    Example:
        >>> CheckConstraint("starts_at < ends_at")
        CheckConstraint('starts_at < ends_at')
    """

    if TYPE_CHECKING:

        def __init__(self, expression: str, /, *, name: str | None = None) -> None: ...

    else:

        def __init__(self, expression, /, *, name=None, **unknown):
            self.expression = expression
            self.name = name
            self._unknown = unknown
            self.where_defined = caller()

    expression: str

    def _describe(self, found: Findings) -> dict[str, object]:
        _check_text(found, self, "expression", self.expression, required=True)
        return {"kind": "check", "expression": self.expression}

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"CheckConstraint({self.expression!r}{name})"


class ForeignKeyConstraint(TableArgument):
    """Fields that refer to a row of another table together.

    Args:
        columns: Fields by name.
        references: As many columns of one other table, each as `"table.column"` or `"schema.table.column"`.
        name: Its name; left out: `fk_` with table and columns.
        on_delete: What happens when the row referred to is deleted; left out, the database refuses that.
        on_update: What happens when its key changes.
        index: Whether the fields get an index where no key begins with them.

    Example:
        >>> ForeignKeyConstraint(["row", "place"], ["seats.row", "seats.place"], on_delete="CASCADE")
        ForeignKeyConstraint('row', 'place')
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            columns: Sequence[str],
            references: Sequence[str],
            /,
            *,
            name: str | None = None,
            on_delete: _Action | str | None = None,
            on_update: _Action | str | None = None,
            index: bool = True,
        ) -> None: ...

    else:

        def __init__(self, columns, references, /, *, name=None, on_delete=None, on_update=None, index=True, **unknown):
            self.columns = columns
            self.references = references
            self.name = name
            self.on_delete = on_delete
            self.on_update = on_update
            self.index = index
            self._unknown = unknown
            self.where_defined = caller()

    _options = frozenset({"name", "on_delete", "on_update", "index"})
    columns: Sequence[str]
    references: Sequence[str]
    on_delete: str | None
    on_update: str | None
    index: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names."""
        return tuple(self.columns) if isinstance(self.columns, list | tuple) else ()

    def _describe(self, found: Findings) -> dict[str, object]:
        _check_flag(found, self, "index", self.index)
        return {
            "kind": "foreign key",
            "columns": _names(found, self, "columns", self.columns),
            "targets": _names(found, self, "references", self.references),
            "index": self.index,
            **_actions(found, self),
        }


class ForeignKey(Generic[T]):
    """What a field refers to; or the relationship to the one object that a model refers to.

    Inside a field it is the constraint: `Field(Integer, ForeignKey("authors.id"))`. As an attribute of its own it is
    the relationship: `author = ForeignKey(Author, back_populates="books")`.

    Args:
        target: In a field the column, as `"table.column"` or `"schema.table.column"`; without a schema it stands in
            that of the model's own table. A name with a dot in it stands in double quotes. Of a relationship the
            model: its class, or its name.
        on_delete: `"CASCADE"`, `"SET NULL"`, `"SET DEFAULT"`, `"RESTRICT"` or `"NO ACTION"`: what happens when the row
            referred to is deleted. Left out, the database refuses that while it is referred to.
        on_update: The same for a change of its key.
        name: The constraint's name; left out: `fk_` with table and column.
        back_populates: Of a relationship: the one of the target that leads back.
        foreign_key: Of a relationship: the field that holds the key, where several refer to the target.
        nullable: Of a relationship whose column is not declared: whether there may be no such object.

    A relationship for which no field refers to the target makes one: its name with `_id`, of the type of the target's
    key. The column gets an index unless the field says `index=False` or a key begins with it.

    Example:
        >>> ForeignKey("authors.id", on_delete="CASCADE")
        ForeignKey('authors.id', on_delete='CASCADE')
    """

    if TYPE_CHECKING:

        @overload
        def __new__(
            cls, target: type[T], /, *, nullable: Literal[False] = False, **options: Unpack[_ForeignKeyOptions]
        ) -> ForeignKey[T]: ...
        @overload
        def __new__(
            cls, target: type[T], /, *, nullable: Literal[True], **options: Unpack[_ForeignKeyOptions]
        ) -> ForeignKey[T | None]: ...
        @overload
        def __new__(
            cls, target: str, /, *, nullable: bool = False, **options: Unpack[_ForeignKeyOptions]
        ) -> ForeignKey[Any]: ...
        def __new__(cls, target: Any, /, **options: Any) -> Any:
            """Declares the reference."""

        @overload
        def __get__(self, instance: None, owner: type[ModelBase]) -> Way[T, T]: ...
        @overload
        def __get__(self, instance: object, owner: type[object]) -> T: ...
        def __get__(self, instance: object | None, owner: type[object]) -> Any: ...
        def __set__(self, instance: object, value: T | None) -> None: ...

    else:

        def __init__(
            self, target, /, *, on_delete=None, on_update=None, name=None, back_populates=None, foreign_key=None,
            nullable=None, **unknown,
        ):  # fmt: skip
            self.target = target
            self.on_delete = on_delete
            self.on_update = on_update
            self.name = name
            self.back_populates = back_populates
            self.foreign_key = foreign_key
            self.nullable = nullable
            self.where_defined = caller()
            self._unknown = unknown

        def __set_name__(self, owner, name):
            # Reached in plain mixin classes only: a model's metaclass takes its relationships out before.
            from chakra.relationships import keep_in_mixin

            keep_in_mixin(owner, name, self)

    _options: ClassVar[frozenset[str]] = frozenset({"name", "on_delete", "on_update"})
    relationship_option_names: ClassVar[frozenset[str]] = frozenset(
        {"back_populates", "foreign_key", "name", "nullable", "on_delete", "on_update"}
    )
    target: object
    on_delete: str | None
    on_update: str | None
    name: str | None
    back_populates: str | None
    foreign_key: str | Sequence[str] | None
    nullable: bool | None
    where_defined: str
    _unknown: dict[str, Any]

    def relationship_options(self) -> dict[str, Any]:
        """Gives what a relationship is told besides its target and `back_populates`."""
        return {"foreign_key": self.foreign_key, **self._unknown}

    def describes_column(self) -> bool:
        """Whether something is said of the column, not only of the relationship."""
        return self.nullable is not None or any(value is not None for value in self.constraint_options().values())

    def constraint_options(self) -> dict[str, Any]:
        """Gives what the constraint in the database is told."""
        return {"on_delete": self.on_delete, "on_update": self.on_update, "name": self.name}

    def describe(self, found: Findings) -> dict[str, object] | None:
        """Describes it for the engine; None, with `found` told why, where it means nothing."""
        before = len(found.faults)
        given = {name: getattr(self, name) for name in _RELATIONSHIP_OPTIONS}
        unknown = [*self._unknown, *(name for name, value in given.items() if value is not None)]
        _check_options(found, self, self._options, unknown)
        target: object = self.target
        if isinstance(target, type):
            hint = 'refer to a column, such as ForeignKey("authors.id")'
            found.add("foreign-key", f"inside Field, ForeignKey takes a column, not {target.__name__}", hint)
        else:
            _check_text(found, self, "target", self.target, required=True)
        _check_text(found, self, "name", self.name)
        described = {"targets": [self.target], "name": self.name, **_actions(found, self)}
        return described if len(found.faults) == before else None

    def __repr__(self) -> str:
        shown = [self.target.__name__ if isinstance(self.target, type) else repr(self.target)]
        given = (("on_delete", self.on_delete), ("on_update", self.on_update), ("name", self.name))
        shown.extend(f"{option}={value!r}" for option, value in given if value is not None)
        return f"ForeignKey({', '.join(shown)})"


_RELATIONSHIP_OPTIONS = ("back_populates", "foreign_key", "nullable")


def _check_options(found: Findings, owner: object, options: frozenset[str], unknown: Iterable[str]) -> None:
    for option in unknown:
        hint = f"{nearest(option, options)}its options are {', '.join(sorted(options))}"
        if option in _RELATIONSHIP_OPTIONS:
            hint = "it belongs to a relationship: `author = ForeignKey(Author, ...)` beside the field"
            found.add("unknown-option", f"{owner!r}: {option} says nothing inside a field", hint)
            continue
        found.add("unknown-option", f"{owner!r} has no option {option!r}", hint)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != "" and "\0" not in value and is_encodable(value)


def _check_flag(found: Findings, owner: object, option: str, value: object) -> None:
    if not isinstance(value, bool):
        found.add("option-value", f"{owner!r}: {option} is True or False, not {value!r}", "give one of the two")


def _check_text(found: Findings, owner: object, option: str, value: object, *, required: bool = False) -> None:
    if not _is_text(value) and (required or value is not None):
        found.add("option-value", f"{owner!r}: {option} is text, not {value!r}", "give a str, or leave it out")


def _names(found: Findings, owner: object, option: str, given: object) -> list[str]:
    if isinstance(given, list | tuple | set | frozenset) and all(_is_text(name) for name in given):
        return list(given)
    hint = f"name them as text, such as {option}=['name']"
    found.add("option-value", f"{owner!r}: {option} is a list of names, not {given!r}", hint)
    return []


def _index_part(found: Findings, index: Index, column: object) -> tuple[str, bool | None] | None:
    if not isinstance(column, str) or not _is_text(column):
        hint = "name a field as text, or write an SQL expression in parentheses"
        found.add("option-value", f"{index!r}: a column of an index is text, not {column!r}", hint)
        return None
    text = column.strip()
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1], None
    return (text[1:], True) if text.startswith("-") else (text, False)


def _actions(found: Findings, owner: ForeignKey[Any] | ForeignKeyConstraint) -> dict[str, object]:
    for option in ("on_delete", "on_update"):
        _check_text(found, owner, option, getattr(owner, option))
    return {"on_delete": owner.on_delete, "on_update": owner.on_update}
