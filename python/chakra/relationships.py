"""How a model declares what it is related to: `ForeignKey`, `OneToOne`, `OneToMany`, `ManyToMany`; and `Prefetch`.

Example:
    >>> from chakra import BigInteger, Field, Model, String
    >>> class Singer(Model):
    ...     id = Field(BigInteger, primary_key=True)
    ...     songs = OneToMany("Song", back_populates="singer")
    >>> class Song(Model):
    ...     id = Field(BigInteger, primary_key=True)
    ...     title = Field(String(80))
    ...     singer = ForeignKey(Singer, back_populates="songs", on_delete="CASCADE")
    >>> song = Song(title="So What", singer=Singer())
    >>> song.singer.songs[0].title
    'So What'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from chakra.checks import caller, is_encodable, nearest
from chakra.constraints import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import TypedDict, TypeIs, Unpack

    from chakra._chakra import ModelBase, QuerySet
    from chakra.checks import Findings
    from chakra.related import Collection, Way

    class _Keyed(TypedDict, total=False):
        """The options of a relationship that a foreign key of one end makes."""

        back_populates: str | None
        foreign_key: str | Sequence[str] | None

    class _Joined(TypedDict, total=False):
        """The options of a relationship that a junction makes."""

        back_populates: str | None
        through: str | None
        through_fields: tuple[str, str] | None
        symmetrical: bool


__all__ = ["ManyToMany", "OneToMany", "OneToOne", "Prefetch", "Relationship", "describe_relationship"]

T = TypeVar("T")


class Relationship(Generic[T]):
    """What `OneToOne`, `OneToMany` and `ManyToMany` have in common.

    Attributes:
        target: The related model: its class, or its name, with its module's where two models share it.
        back_populates: The relationship of the target that leads back.
        options: What else was given.
        where_defined: File and line of the declaration.
    """

    kind: ClassVar[str]
    _options: ClassVar[frozenset[str]]

    target: object
    back_populates: str | None
    options: dict[str, Any]
    where_defined: str

    if not TYPE_CHECKING:

        def __init__(self, target, /, *, back_populates=None, **options):
            self.target = target
            self.back_populates = back_populates
            self.options = options
            self.where_defined = caller()

        def __set_name__(self, owner, name):
            # Reached in plain mixin classes only: a model's metaclass takes its relationships out before.
            keep_in_mixin(owner, name, self)

    def __repr__(self) -> str:
        shown = self.target.__name__ if isinstance(self.target, type) else repr(self.target)
        return f"{type(self).__name__}({shown})"


class OneToOne(Relationship[T]):
    """One of these belongs to one of those. The foreign key is a unique field of either.

    Args:
        target: The related model: its class, or its name.
        back_populates: The relationship of the target that leads back.
        foreign_key: The field that holds the key, where there are several.

    Example:
        >>> OneToOne("Profile", back_populates="user")
        OneToOne('Profile')
    """

    kind = "OneToOne"
    _options = frozenset({"back_populates", "foreign_key"})

    if TYPE_CHECKING:

        @overload
        def __new__(cls, target: type[T], /, **options: Unpack[_Keyed]) -> OneToOne[T]: ...
        @overload
        def __new__(cls, target: str, /, **options: Unpack[_Keyed]) -> OneToOne[Any]: ...
        def __new__(cls, target: Any, /, **options: Any) -> Any:
            """Declares the relationship."""

        @overload
        def __get__(self, instance: None, owner: type[ModelBase]) -> Way[T, T]: ...
        @overload
        def __get__(self, instance: object, owner: type[object]) -> T: ...
        def __get__(self, instance: object | None, owner: type[object]) -> Any: ...
        def __set__(self, instance: object, value: T | None) -> None: ...


class OneToMany(Relationship[T]):
    """Many of those refer to one of these, by a foreign key of theirs.

    Args:
        target: The related model: its class, or its name.
        back_populates: The relationship of the target that leads back.
        foreign_key: The field of the target that holds the key, where there are several.

    Example:
        >>> OneToMany("Book", back_populates="author")
        OneToMany('Book')
    """

    kind = "OneToMany"
    _options = frozenset({"back_populates", "foreign_key"})

    if TYPE_CHECKING:

        @overload
        def __new__(cls, target: type[T], /, **options: Unpack[_Keyed]) -> OneToMany[T]: ...
        @overload
        def __new__(cls, target: str, /, **options: Unpack[_Keyed]) -> OneToMany[Any]: ...
        def __new__(cls, target: Any, /, **options: Any) -> Any:
            """Declares the relationship."""

        @overload
        def __get__(self, instance: None, owner: type[ModelBase]) -> Way[T, Collection[T]]: ...
        @overload
        def __get__(self, instance: object, owner: type[object]) -> Collection[T]: ...
        def __get__(self, instance: object | None, owner: type[object]) -> Any: ...
        def __set__(self, instance: object, value: Sequence[T]) -> None: ...


class ManyToMany(Relationship[T]):
    """Any number of either: a table between the two, the junction, refers to both.

    Args:
        target: The related model: its class, or its name.
        through: The junction's table. If a model declares it, it may have further fields; if none does, it is made
            of both keys. Left out: the names of both tables.
        back_populates: The relationship of the target that leads back.
        through_fields: The junction's fields that refer to this model and to the target, where that is open.
        symmetrical: Whether a relationship of a model with itself holds both ways at once, as between friends.

    Example:
        >>> ManyToMany("Genre", through="book_genres", back_populates="books")
        ManyToMany('Genre')
    """

    kind = "ManyToMany"
    _options = frozenset({"back_populates", "symmetrical", "through", "through_fields"})

    if TYPE_CHECKING:

        @overload
        def __new__(cls, target: type[T], /, **options: Unpack[_Joined]) -> ManyToMany[T]: ...
        @overload
        def __new__(cls, target: str, /, **options: Unpack[_Joined]) -> ManyToMany[Any]: ...
        def __new__(cls, target: Any, /, **options: Any) -> Any:
            """Declares the relationship."""

        @overload
        def __get__(self, instance: None, owner: type[ModelBase]) -> Way[T, Collection[T]]: ...
        @overload
        def __get__(self, instance: object, owner: type[object]) -> Collection[T]: ...
        def __get__(self, instance: object | None, owner: type[object]) -> Any: ...
        def __set__(self, instance: object, value: Sequence[T]) -> None: ...


class Prefetch:
    """A relationship for `prefetch_related`, with a query of its own.

    Args:
        relationship: The way to it: `"books"`, `"books__genres"`, or `Author.books`.
        queryset: What is read at its end; a slice counts for each parent.
        to_attr: The attribute that gets the list, so that the relationship itself stays unloaded.

    Example:
        >>> Prefetch("books", to_attr="bestsellers").to_attr
        'bestsellers'
    """

    __slots__ = ("queryset", "relationship", "to_attr")

    def __init__(
        self, relationship: str | Way[Any, Any], queryset: QuerySet[Any] | None = None, to_attr: str | None = None
    ) -> None:
        self.relationship = relationship
        self.queryset = queryset
        self.to_attr = to_attr


def is_relationship(value: object) -> TypeIs[Relationship[Any] | ForeignKey[Any]]:
    """Whether it declares a relationship."""
    return isinstance(value, Relationship | ForeignKey)


def is_to_many(relationship: Relationship[Any] | ForeignKey[Any]) -> bool:
    """Whether it leads to any number of rows."""
    return isinstance(relationship, OneToMany | ManyToMany)


def keep_in_mixin(owner: Any, name: str, relationship: object) -> None:
    """Moves a relationship out of the dictionary of a plain class, to be found by the models that derive from it."""
    declared = owner.__dict__.get("__chakra_relationships__")
    if declared is None:
        declared = {}
        owner.__chakra_relationships__ = declared
    declared[name] = relationship
    delattr(owner, name)


def describe_relationship(
    name: str, declared: Relationship[Any] | ForeignKey[Any], found: Findings
) -> dict[str, object] | None:
    """Describes a relationship for the engine; None, with `found` told why, where it means nothing."""
    before = len(found.faults)
    if isinstance(declared, ForeignKey):
        kind, options, valid = "ForeignKey", declared.relationship_options(), ForeignKey.relationship_option_names
    else:
        kind, options, valid = declared.kind, declared.options, declared._options
    for option in options.keys() - valid:
        hint = f"{nearest(option, valid)}its options are {', '.join(sorted(valid))}"
        found.add("unknown-option", f"{declared!r} has no option {option!r}", hint)
    described: dict[str, object] = {
        "name": name,
        "kind": kind,
        "target": _target(declared, found),
        "back_populates": _name(declared, "back_populates", declared.back_populates, found),
        "foreign_key": _names(declared, "foreign_key", options.get("foreign_key"), found),
        "through": _name(declared, "through", options.get("through"), found),
        "through_fields": _pair(declared, options.get("through_fields"), found),
        "symmetrical": _flag(declared, "symmetrical", options.get("symmetrical", False), found),
    }
    return described if len(found.faults) == before else None


def path_of(model: type) -> str:
    """A class's name with its module's, by which the engine knows it."""
    return f"{model.__module__}.{model.__qualname__}"


def _target(declared: Relationship[Any] | ForeignKey[Any], found: Findings) -> str:
    target = declared.target
    if isinstance(target, type):
        declaration = getattr(target, "__chakra_declaration__", None)
        if declaration is not None and not declaration.abstract:
            return path_of(target)
        what = "no model" if declaration is None else "abstract, and has no table"
        hint = "lead to a model that has one" if declaration is not None else "give a model, or its name as text"
        found.add("relationship-target", f"{declared!r}: {target.__name__} is {what}", hint)
        return ""
    if _is_text(target):
        return str(target)
    hint = 'give its class, or its name as text, such as "Author"'
    found.add("relationship-target", f"{declared!r}: the target is a model, not {target!r}", hint)
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != "" and is_encodable(value)


def _name(declared: object, option: str, value: object, found: Findings) -> str | None:
    if value is None or _is_text(value):
        return None if value is None else str(value)
    found.add("option-value", f"{declared!r}: {option} is a name, not {value!r}", "give it as text, or leave it out")
    return None


def _names(declared: object, option: str, value: object, found: Findings) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str) and _is_text(value):
        return [value]
    if isinstance(value, list | tuple) and value and all(_is_text(name) for name in value):
        return [str(name) for name in value]
    found.add("option-value", f"{declared!r}: {option} names fields, not {value!r}", f'write {option}="author_id"')
    return []


def _pair(declared: object, value: object, found: Findings) -> tuple[str, str] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and len(value) == 2 and all(_is_text(name) for name in value):
        return (str(value[0]), str(value[1]))
    hint = 'write through_fields=("mine_id", "theirs_id")'
    found.add("option-value", f"{declared!r}: through_fields names two fields, not {value!r}", hint)
    return None


def _flag(declared: object, option: str, value: object, found: Findings) -> bool:
    if isinstance(value, bool):
        return value
    found.add("option-value", f"{declared!r}: {option} is True or False, not {value!r}", "give one of the two")
    return False
