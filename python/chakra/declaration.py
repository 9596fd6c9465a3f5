"""What a model's class statement says: fields, table name and options, gathered from it and its bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra import _chakra
from chakra.exceptions import DefinitionError
from chakra.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import TypeIs

__all__ = ["Declaration", "is_queryset_class"]

_META_OPTIONS = frozenset({"abstract", "ordering", "verbose_name", "verbose_name_plural"})


def is_queryset_class(value: object) -> TypeIs[type[_chakra.QuerySet[Any]]]:
    """Whether it is what `objects = PostQuery.as_manager()` leaves in a class body."""
    return isinstance(value, type) and issubclass(value, _chakra.QuerySet)


class Declaration:
    """A model's declaration.

    Attributes:
        fields: The fields by attribute: those of the bases first, then the class's own.
        meta: The options of `class Meta`, its own before those of the bases.
        abstract: Whether the class has no table.
        queryset: The class of its `objects`.
    """

    __slots__ = ("abstract", "faults", "fields", "meta", "queryset")

    def __init__(self, fields: dict[str, Field[Any]], meta: dict[str, Any], abstract: bool) -> None:
        self.fields = fields
        self.meta = meta
        self.abstract = abstract
        self.queryset: type[_chakra.QuerySet[Any]] = _chakra.QuerySet
        self.faults: list[str] = []

    @classmethod
    def of(cls, model: type, queryset: object) -> Declaration:
        """Gathers the declaration of a class that was just made."""
        meta = _meta_of(model)
        own_meta = model.__dict__.get("Meta")
        abstract = isinstance(own_meta, type) and bool(own_meta.__dict__.get("abstract", False))
        declaration = cls(_fields_of(model), meta, abstract)
        declaration.queryset = queryset if is_queryset_class(queryset) else _inherited_queryset(model)
        return declaration

    def register(self, model: type) -> _chakra.ModelInfo:
        """Checks the declaration and hands it to the engine.

        Raises:
            DefinitionError: With every fault that was found.
        """
        faults = [*self._find_faults(model)]
        described = [field.describe(name, faults) for name, field in self.fields.items()]
        if not any(field["primary_key"] for field in described if "primary_key" in field):
            faults.append("no field is the primary key; mark one, such as id = Field(Integer, primary_key=True)")
        if faults:
            raise DefinitionError(_report(model.__name__, faults))
        table = model.__dict__.get("__tablename__") or _chakra.table_name(model.__name__)
        schema = getattr(model, "__schema__", None)
        ordering = list(self.meta.get("ordering", ()))
        return _chakra.ModelInfo(model, model.__name__, table, schema, described, ordering)

    def _find_faults(self, model: type) -> Iterator[str]:
        yield from _bases_with_tables(model)
        if not isinstance(model.__dict__.get("Meta", type), type):
            yield f"Meta is a class inside the model, not {model.__dict__['Meta']!r}"
        for name in ("__tablename__", "__schema__"):
            value = model.__dict__.get(name)
            if value is not None and not _is_name(value):
                yield f"{name} is a name, not {value!r}"
        if getattr(model, "__table_args__", None):
            yield "__table_args__ is not supported by this version; leave it out"
        for option in self.meta.keys() - _META_OPTIONS:
            yield (
                f"Meta has no option {option!r}{nearest(option, _META_OPTIONS)}; "
                f"the options are {', '.join(sorted(_META_OPTIONS))}"
            )
        yield from _check_ordering(self.meta.get("ordering", ()))
        for name in self.fields:
            yield from _check_name(name)
        yield from _check_missing_field_calls(model)


def _is_name(value: object) -> bool:
    """Whether it can name something in a database: text without NUL and lone surrogates."""
    return isinstance(value, str) and value != "" and "\0" not in value and _is_encodable(value)


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _report(model: str, faults: list[str]) -> str:
    if len(faults) == 1:
        return f"{model}: {faults[0]}"
    return "\n".join([f"{model}: {len(faults)} mistakes in its definition", *(f"  - {fault}" for fault in faults)])


def _fields_of(model: type) -> dict[str, Field[Any]]:
    fields: dict[str, Field[Any]] = {}
    for base in reversed(model.__mro__):
        # What is no field hides an inherited one: `nickname = None` takes it away again.
        for name in fields.keys() & base.__dict__.keys():
            del fields[name]
        fields.update(base.__dict__.get("__chakra_fields__", {}))
    return fields


def _meta_of(model: type) -> dict[str, Any]:
    """The options of `class Meta`, inherited one by one, nearest first; `abstract` is never inherited."""
    options: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        meta = base.__dict__.get("Meta")
        if not isinstance(meta, type):
            continue
        for part in reversed(meta.__mro__[:-1]):
            options.update((key, value) for key, value in part.__dict__.items() if not key.startswith("__"))
    options.pop("abstract", None)
    return options


def _inherited_queryset(model: type) -> type[_chakra.QuerySet[Any]]:
    for base in model.__mro__[1:]:
        declaration = base.__dict__.get("__chakra_declaration__")
        if declaration is not None:
            queryset: type[_chakra.QuerySet[Any]] = declaration.queryset
            return queryset
        objects = base.__dict__.get("objects")
        if is_queryset_class(objects):
            return objects
    return _chakra.QuerySet


def _bases_with_tables(model: type) -> Iterator[str]:
    for base in model.__mro__[1:]:
        declaration = base.__dict__.get("__chakra_declaration__")
        if declaration is not None and not declaration.abstract:
            yield (
                f"it derives from {base.__name__}, which has a table of its own; move what they share to a "
                "model with `class Meta: abstract = True`, or to a plain class"
            )


def _check_ordering(ordering: object) -> Iterator[str]:
    if not isinstance(ordering, list | tuple) or not all(isinstance(term, str) for term in ordering):
        yield f"Meta.ordering is a list of field names such as ['-created_at'], not {ordering!r}"


def _check_name(name: str) -> Iterator[str]:
    from chakra.model import Model

    if name == "objects" or any(name in base.__dict__ for base in Model.__mro__):
        yield f"{name}: this name belongs to every model; call the field otherwise and keep column={name!r}"
    elif "__" in name or name.startswith("_") or name.endswith("_"):
        yield (
            f"{name}: a field's name has no underscore at its ends and no two in a row, "
            "because filters use them; keep the column's name with column="
        )


def _check_missing_field_calls(model: type) -> Iterator[str]:
    from chakra.types import FieldType

    for name, value in model.__dict__.items():
        if isinstance(value, FieldType) or (isinstance(value, type) and issubclass(value, FieldType)):
            shown = value.__name__ if isinstance(value, type) else repr(value)
            yield f"{name}: a field is declared by Field; write {name} = Field({shown})"
