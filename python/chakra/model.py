"""`Model`: the class that tables are declared with.

A class statement describes a table; the description goes to the engine once. Mistakes are raised when the model is
first used (see `_first_use`), so that one broken model does not keep a program from starting.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from chakra import _chakra
from chakra._first_use import FirstUse
from chakra._meta import OptionsOfModel
from chakra.checks import caller
from chakra.declaration import Declaration, is_queryset_class
from chakra.exceptions import DefinitionError
from chakra.fields import Field
from chakra.query import Objects
from chakra.related import RelationshipAttribute
from chakra.relationships import is_relationship, is_to_many

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from typing import ClassVar

    from typing_extensions import Self

    from chakra._meta import ModelOptions
    from chakra.constraints import TableArgument

__all__ = ["Model", "ModelMeta"]

_LONGEST_SHOWN = 60


class ModelMeta(type):
    """Takes the fields out of a model's class statement and describes the table to the engine."""

    if TYPE_CHECKING:
        __chakra_declaration__: Declaration

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **arguments: Any) -> ModelMeta:
        """Makes the class of a model."""
        # A field must not stay in the class dictionary: an instance attribute that nothing in the class
        # shadows is read at full speed, and `Model.field` falls through to `__getattr__` below.
        fields = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        relationships = {key: value for key, value in namespace.items() if is_relationship(value)}
        body = {key: value for key, value in namespace.items() if key not in fields and key not in relationships}
        body["__chakra_fields__"] = fields
        body["__chakra_relationships__"] = relationships
        queryset = body.get("objects")
        if is_queryset_class(queryset):
            del body["objects"]
        cls = super().__new__(mcls, name, bases, body, **arguments)
        if any(isinstance(base, ModelMeta) for base in bases):
            cls._declare(queryset, caller())
        return cls

    def _declare(cls, queryset: Any, where: str) -> None:
        declaration = Declaration.of(cls, queryset, where)
        type.__setattr__(cls, "__chakra_declaration__", declaration)
        for name, relationship in declaration.relationships.items():
            type.__setattr__(cls, name, RelationshipAttribute(name, is_to_many(relationship)))
        type.__setattr__(cls, "_meta", OptionsOfModel())
        if declaration.abstract:
            declaration.refuse_bases(cls)
            if not declaration.find_faults():
                return
        type.__setattr__(cls, "__match_args__", tuple(declaration.fields))
        type.__setattr__(cls, "__chakra_model__", FirstUse("__chakra_model__"))
        if "objects" not in cls.__dict__:
            type.__setattr__(cls, "objects", FirstUse("objects"))
        if not declaration.abstract:
            declaration.join()

    def _settle(cls) -> None:
        """Takes over what is known of the model once it is registered, which may be later."""
        declaration = cls.__chakra_declaration__
        type.__setattr__(cls, "__match_args__", tuple(declaration.fields))
        if declaration.info.marks_deleted:
            type.__setattr__(cls, "all_objects", FirstUse("all_objects"))

    if not TYPE_CHECKING:

        def __getattr__(cls, name):
            # Reached only for what the class dictionaries do not have: `User.age`.
            declaration = cls.__dict__.get("__chakra_declaration__")
            if declaration is not None and name.removesuffix("_id") in declaration.relationships:
                declaration.complete()  # which may make the field
            if declaration is not None and name in declaration.fields and "__chakra_model__" in cls.__dict__:
                return cls.__chakra_model__.column(name)
            if name in ("objects", "__chakra_model__"):
                raise _NoTable(f"{cls.__name__} is abstract and has no table; use a model that derives from it")
            if name == "all_objects" and declaration is not None:
                raise AttributeError(
                    f"{cls.__name__}.objects has all rows of {cls.__name__}; "
                    "a model that derives from chakra.mixins.SoftDeleteMixin has all_objects besides"
                )
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")

    def __setattr__(cls, name: str, value: object) -> None:
        declaration = cls.__dict__.get("__chakra_declaration__")
        if isinstance(value, Field) or is_relationship(value):
            what = "field" if isinstance(value, Field) else "relationship"
            raise DefinitionError(
                f"{cls.__name__}.{name}: a {what} is declared in the class statement, not added later; "
                "move it there, or derive from a mixin that has it"
            )
        if declaration is not None and name in declaration.fields:
            raise AttributeError(f"{cls.__name__}.{name} is a field; what is assigned to the class would hide it")
        if declaration is not None and name in declaration.relationships:
            raise AttributeError(
                f"{cls.__name__}.{name} is a relationship; what is assigned to the class would hide it"
            )
        super().__setattr__(name, value)

    def __dir__(cls) -> list[str]:
        declaration = cls.__dict__.get("__chakra_declaration__")
        return [*super().__dir__(), *(declaration.fields if declaration else ())]


class _NoTable(DefinitionError, AttributeError):
    """What an abstract model lacks: `hasattr` and `help` take it for an attribute that is not there."""

    __slots__ = ()


class Model(_chakra.ModelBase, metaclass=ModelMeta):
    """A table; an instance is a row of it.

    The table's name is the plural of the class name in snake case unless `__tablename__` gives another;
    `__schema__` names a database schema, `__table_args__` has indexes and constraints. `class Meta` may set `ordering`,
    `verbose_name`, `verbose_name_plural` and `abstract`; `_meta` has what all of it came to.

    `Model(**values)` makes an object that is not in the database yet. Each value is checked and, where that
    loses nothing, converted at once; a field that is given none takes its default, else None.

    Example:
        >>> from chakra import Integer, String, Field
        >>> class City(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     name = Field(String(80))
        >>> City(name="Uppsala").name
        'Uppsala'
    """

    if TYPE_CHECKING:
        objects = Objects()
        __chakra_model__: ClassVar[_chakra.ModelInfo]
        __table_args__: ClassVar[TableArgument | tuple[TableArgument | dict[str, Any], ...] | dict[str, Any]]
        _meta: ClassVar[ModelOptions]
        __tablename__: ClassVar[str]
        __schema__: ClassVar[str | None]

    @property
    def pk(self) -> Any:
        """The primary key: one value, or a tuple of them where the key has several fields."""
        names = self.__chakra_model__.primary_key
        if len(names) == 1:
            return getattr(self, names[0])
        return tuple(getattr(self, name) for name in names)

    @pk.setter
    def pk(self, value: Any) -> None:
        names = self.__chakra_model__.primary_key
        values = (value,) if len(names) == 1 else value
        if not isinstance(values, tuple | list) or len(values) != len(names):
            raise ValueError(
                f"the key of {type(self).__name__} has {len(names)} values, {', '.join(names)}: give a tuple of them"
            )
        for name, part in zip(names, values, strict=True):
            setattr(self, name, part)

    def __await__(self) -> Generator[Any, None, Self]:
        """Gives the object itself: `await book.author` reads the author where that is not loaded, and else is this."""
        yield from ()
        return self

    def load_sync(self) -> Self:
        """Gives the object itself: `book.author.load_sync()` reads the author where that is not loaded."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Gives the fields with their values, in order of declaration.

        A new object's fields that were given no value and are left to the database's default (`server_default`) are
        not among them, so that `from_dict` leaves them open, too. Documents and arrays are copied: what is done to the
        dictionary is not done to the object.
        """
        return {name: _detached(value) for name, value in _values_of(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Makes a new object, which `save` inserts, from a mapping such as `to_dict` gives.

        Raises:
            FieldError: If a name is no field.
            ValidationError: If a field does not take its value.
            TypeError: If it is no mapping of names.
        """
        if not hasattr(values, "keys"):
            raise TypeError(f"{cls.__name__}.from_dict takes a mapping of names to values, not {values!r}")
        return cls(**values)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        key = _key_of(self)
        return key is not None and key == _key_of(other)

    def __hash__(self) -> int:
        key = _key_of(self)
        if key is None:
            raise TypeError(
                f"{type(self).__name__} without a primary key cannot be hashed, because saving it would change the "
                "hash; save it first, or keep such objects in a list"
            )
        return hash((type(self), key))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={_shortened(value)}" for name, value in _values_of(self))
        return f"{type(self).__name__}({values})"


def _values_of(instance: Model) -> Iterator[tuple[str, Any]]:
    # A field that was given no value and is left to the database's default has none: it only reads as None.
    values, left_open = instance.__dict__, instance._left_open()
    names = instance.__chakra_model__.fields
    return ((name, values[name]) for name in names if name in values and name not in left_open)


def _key_of(instance: Model) -> tuple[Any, ...] | None:
    """The primary key, None where a part of it is not set."""
    values = instance.__dict__
    key = tuple(values.get(name) for name in instance.__chakra_model__.primary_key)
    return None if any(part is None for part in key) else key


def _detached(value: Any) -> Any:
    return deepcopy(value) if isinstance(value, dict | list) else value


def _shortened(value: object) -> str:
    if isinstance(value, str | bytes) and len(value) > _LONGEST_SHOWN:
        return f"{value[:_LONGEST_SHOWN]!r}..."
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
