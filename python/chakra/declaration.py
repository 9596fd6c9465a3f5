"""What a model's class statement says: fields, table name and options, gathered from it and its bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra import _chakra, foreign_keys
from chakra._table_args import TableArguments
from chakra.checks import Findings, ModelFault, is_encodable, nearest
from chakra.constraints import ForeignKey
from chakra.fields import Field, likely_type
from chakra.related import RelationshipAttribute
from chakra.relationships import describe_relationship
from chakra.validation import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import TypeIs

__all__ = ["Declaration", "is_queryset_class"]

_META_OPTIONS = frozenset({"abstract", "ordering", "verbose_name", "verbose_name_plural"})


def is_queryset_class(value: object) -> TypeIs[type[_chakra.QuerySet[Any]]]:
    """Whether it is what `objects = PostQuery.as_manager()` leaves in a class body."""
    return isinstance(value, type) and issubclass(value, _chakra.QuerySet)


class Declaration:
    """A model's declaration.

    Attributes:
        fields: The fields by attribute: those of the bases first, then the class's own, then those that its
            relationships make.
        relationships: The relationships by attribute, in the same order.
        made: The fields that relationships made, each with the relationship's name.
        meta: The options of `class Meta`, its own before those of the bases.
        abstract: Whether the class has no table.
        table_arguments: What `__table_args__` says, that of the bases first.
        queryset: The class of its `objects`.
        where: File and line of the class statement.
        info: What the engine knows of the model, once it is registered.
    """

    __slots__ = (
        "_faults",
        "_model",
        "abstract",
        "fields",
        "info",
        "made",
        "meta",
        "queryset",
        "relationships",
        "table_arguments",
        "where",
    )

    info: _chakra.ModelInfo

    def __init__(self, model: type, fields: dict[str, Field[Any]], meta: dict[str, Any], where: str) -> None:
        own_meta = model.__dict__.get("Meta")
        self._model = model
        self._faults: list[ModelFault] = []
        self.fields = fields
        self.relationships = _gathered(model, "__chakra_relationships__")
        self.made: dict[str, str] = {}
        self.table_arguments = TableArguments(model, fields, _all_field_names(model))
        self.meta = meta
        self.abstract = isinstance(own_meta, type) and own_meta.__dict__.get("abstract", False) is True
        self.queryset: type[_chakra.QuerySet[Any]] = _chakra.QuerySet
        self.where = where

    @classmethod
    def of(cls, model: type, queryset: object, where: str) -> Declaration:
        """Gathers the declaration of a class that was just made."""
        declaration = cls(model, _gathered(model, "__chakra_fields__"), _meta_of(model), where)
        declaration.queryset = queryset if is_queryset_class(queryset) else _inherited_queryset(model)
        return declaration

    def join(self) -> None:
        """Registers the model, and those that waited for it; or lets it wait for the models its keys refer to."""
        foreign_keys.join(self._model, self)

    def complete(self) -> None:
        """Registers the model now, whatever it waits for."""
        foreign_keys.complete(self._model, self)

    @property
    def is_registered(self) -> bool:
        """Whether the engine knows the model."""
        return hasattr(self, "info")

    def register(self, model: type) -> None:
        """Describes the model to the engine, and keeps what is wrong with it."""
        found = Findings(model.__name__, self.where)
        found.attempt(lambda: self._find_own_faults(model, found), None)
        validators = Validators(model)
        validators.find_faults(self.fields, found)
        filled = _filled_fields(model)
        described = [
            filled.get(name, {}) | field.describe(found.at(name, field.where)) for name, field in self.fields.items()
        ]
        for name, description in zip(self.fields, described, strict=True):
            description["validators"] = validators.of_fields.get(name, [])
        table = self.table_name
        # Not by getattr: what is no name may be a field, which would lead back here.
        schema = next((base.__dict__["__schema__"] for base in model.__mro__ if "__schema__" in base.__dict__), None)
        schema = schema if _is_name(schema) else None
        none: dict[str, object] = {"args": [], "ordering": []}
        options = found.attempt(lambda: self._describe_options(found), none)
        options["relationships"] = self._describe_relationships(found)
        self.info = _chakra.ModelInfo(model, model.__name__, table, schema, described, options, validators.of_model)
        self._faults = [*found.faults, *self._placed(self.info.faults())]
        self.info.remember(self.where, not self._faults)
        model._settle()  # type: ignore[attr-defined]

    @property
    def table_name(self) -> str:
        """The table's name in the database."""
        table = self._model.__dict__.get("__tablename__")
        return table if _is_name(table) else _chakra.table_name(self._model.__name__)

    def _describe_relationships(self, found: Findings) -> list[dict[str, object]]:
        described = []
        for name, relationship in self.relationships.items():
            view = found.at(name, relationship.where_defined)
            _check_name(self._model, name, view)
            description = describe_relationship(name, relationship, view)
            if description is None:
                continue
            if self.made.get(f"{name}_id") == name:
                description["foreign_key"] = [f"{name}_id"]
            elif isinstance(relationship, ForeignKey) and relationship.describes_column():
                view.add(
                    "option-value",
                    f"{relationship!r} speaks of a column that is declared by itself",
                    "say on_delete, on_update, name and nullable in that field",
                )
            described.append(description)
        return described

    def _describe_options(self, found: Findings) -> dict[str, object]:
        """Describes what is said of the table besides its fields."""
        described: dict[str, object] = {"args": self.table_arguments.describe(found)}
        ordering = self.meta.get("ordering", ())
        described["ordering"] = list(ordering) if _is_list_of_names(ordering) else []
        texts = {"comment": self.table_arguments.comment}
        texts |= {option: self.meta.get(option) for option in ("verbose_name", "verbose_name_plural")}
        described |= {option: text for option, text in texts.items() if isinstance(text, str) and is_encodable(text)}
        return described

    def refuse_bases(self, model: type) -> None:
        """Keeps what is wrong with the bases of an abstract model."""
        found = Findings(model.__name__, self.where)
        _check_bases(model, found)
        self._faults = found.faults

    def find_faults(self) -> list[ModelFault]:
        """Gives what is wrong with the model, alone or together with the others that are defined by now."""
        self.complete()
        return self._faults if self._faults or self.abstract else self._placed(self.info.faults_among())

    def find_unsupported(self, dialect: str) -> list[ModelFault]:
        """Gives what a database does not have."""
        self.complete()
        return self._placed(self.info.unsupported(dialect))

    def _placed(self, told: Iterable[tuple[str, str, str | None, str, str]]) -> list[ModelFault]:
        """What the engine tells, with the places of the declarations."""
        faults = []
        for code, model, attribute, message, hint in told:
            faults.append(ModelFault(code, model, attribute, self._place(attribute), message, hint))
        return faults

    def _place(self, attribute: str | None) -> str:
        """File and line of an attribute, or of the class."""
        if attribute in self.fields:
            return self.fields[attribute].where
        relationship = self.relationships.get(attribute) if attribute is not None else None
        return self.where if relationship is None else relationship.where_defined

    def make_objects(self) -> _chakra.QuerySet[Any]:
        """Makes the query set of all rows."""
        return self.queryset(self._model)

    def make_all_objects(self) -> _chakra.QuerySet[Any]:
        """Makes the query set of all rows, those included that are marked as deleted."""
        return self.make_objects()._with_deleted()

    def _find_own_faults(self, model: type, found: Findings) -> None:
        _check_bases(model, found)
        _check_names_of_table(model, found)
        _check_meta(model, self.meta, found)
        names: dict[int, str] = {}
        for name, field in self.fields.items():
            _check_name(model, name, found.at(name, field.where))
            if first := names.setdefault(id(field), name):
                _check_shared(first, name, found.at(name, field.where))
        _check_missing_field_calls(model, found)
        _check_misspelt_names(model, found)


def _is_name(value: object) -> TypeIs[str]:
    """Whether it can name something in a database: text without NUL and lone surrogates."""
    return isinstance(value, str) and value != "" and "\0" not in value and is_encodable(value)


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(term, str) and is_encodable(term) for term in value)


def _gathered(model: type, kind: str) -> dict[str, Any]:
    """The fields, or the relationships, of a class and its bases."""
    declared: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        # What is none hides an inherited one: `nickname = None` takes it away again.
        for name in declared.keys() & base.__dict__.keys():
            if not isinstance(base.__dict__[name], RelationshipAttribute):
                del declared[name]
        declared.update(base.__dict__.get(kind, {}))
    return declared


def _filled_fields(model: type) -> dict[str, dict[str, object]]:
    """What fields are filled with by themselves: one that is declared again keeps what it had from a base."""
    filled: dict[str, dict[str, object]] = {}
    for base in reversed(model.__mro__):
        for name, field in base.__dict__.get("__chakra_fields__", {}).items():
            filled[name] = filled.get(name, {}) | field.filled
    return filled


def _all_field_names(model: type) -> set[str]:
    """The names of all fields of the class and its bases, those taken away included."""
    return {name for base in model.__mro__ for name in base.__dict__.get("__chakra_fields__", ())}


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


def _check_bases(model: type, found: Findings) -> None:
    for base in model.__mro__[1:]:
        declaration = base.__dict__.get("__chakra_declaration__")
        if declaration is not None and not declaration.abstract:
            found.add(
                "base-with-table",
                f"it derives from {base.__name__}, which has a table of its own",
                "move what they share to a model with `class Meta: abstract = True`, or to a plain class",
            )


def _check_names_of_table(model: type, found: Findings) -> None:
    for name in ("__tablename__", "__schema__"):
        value = model.__dict__.get(name)
        if value is not None and not _is_name(value):
            found.add("table-name", f"{name} is a name, not {value!r}", f'write it as {name} = "some_name"')


def _check_meta(model: type, meta: dict[str, Any], found: Findings) -> None:
    own = model.__dict__.get("Meta", type)
    if not isinstance(own, type):
        found.add("meta", f"Meta is a class inside the model, not {own!r}", "write class Meta: and its options below")
    for option in sorted(meta.keys() - _META_OPTIONS):
        found.add(
            "meta-option",
            f"Meta has no option {option!r}",
            f"{nearest(option, _META_OPTIONS)}the options are {', '.join(sorted(_META_OPTIONS))}",
        )
    for option in ("verbose_name", "verbose_name_plural"):
        name = meta.get(option)
        if name is not None and not (isinstance(name, str) and name and is_encodable(name)):
            found.add("meta-option", f"Meta.{option} is text, not {name!r}", "give a str, or leave it out")
    abstract = own.__dict__.get("abstract", False) if isinstance(own, type) else False
    if not isinstance(abstract, bool):
        found.add("meta-option", f"Meta.abstract is True or False, not {abstract!r}", "give one of the two")
    ordering = meta.get("ordering", ())
    if not _is_list_of_names(ordering):
        found.add(
            "meta-ordering", f"Meta.ordering is a list of field names, not {ordering!r}", "write it as ['-created_at']"
        )


def _check_name(model: type, name: str, found: Findings) -> None:
    from chakra.model import Model

    keep = f"call the field otherwise and keep column={name!r}"
    if name in ("objects", "all_objects", "Meta") or any(name in base.__dict__ for base in (*Model.__mro__, type)):
        found.add("field-name", "this name belongs to every model", keep)
        return
    if "__" in name or name.startswith("_") or name.endswith("_"):
        message = "a field's name has no underscore at its ends and no two in a row, because filters use them"
        found.add("field-name", message, keep)
    is_relationship = isinstance(model.__dict__.get(name), RelationshipAttribute)
    for base in model.__mro__[1:]:
        # An abstract model has the relationship as well.
        is_inherited = is_relationship and isinstance(base.__dict__.get(name), RelationshipAttribute)
        if name in base.__dict__ and not is_inherited:
            found.add("hidden-field", f"{base.__name__} has an attribute of this name, which hides the field", keep)
    if name in _slots_of(model):
        found.add("hidden-field", "__slots__ names it too, which hides the field", "leave it out of __slots__")


def _check_shared(first: str, name: str, found: Findings) -> None:
    if first != name:
        found.add("shared-field", f"it is the very Field that {first!r} is", "call Field once for each column")


def _slots_of(model: type) -> tuple[str, ...]:
    slots = model.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _check_missing_field_calls(model: type, found: Findings) -> None:
    from chakra.model import Model
    from chakra.types import FieldType

    for base in model.__mro__:
        if base in Model.__mro__:
            continue
        for name, value in base.__dict__.items():
            if isinstance(value, tuple) and any(isinstance(part, Field) for part in value):
                found.at(name).add("missing-field-call", "a comma behind Field makes it a tuple", "leave the comma out")
            if isinstance(value, FieldType) or (isinstance(value, type) and issubclass(value, FieldType)):
                shown = value.__name__ if isinstance(value, type) else repr(value)
                found.at(name).add(
                    "missing-field-call", "a field is declared by Field", f"write {name} = Field({shown})"
                )
        declaration: Declaration = model.__chakra_declaration__  # type: ignore[attr-defined]
        known = declaration.fields.keys() | declaration.relationships.keys()
        for name, annotation in _own_annotations(base).items():
            if name in known:
                continue
            if _is_mapped(annotation):
                message, shown = "it is annotated as a field and declared by none", "..."
            elif issubclass(base, Model) and _is_bare(model, name, annotation):
                message, shown = "an annotation alone declares no field", likely_type(annotation)
            else:
                continue
            found.at(name).add("missing-field-call", message, f"write {name} = Field({shown})")


_CLASS_ATTRIBUTES = ("__schema__", "__table_args__", "__tablename__")
_LIKELY = 0.75  # `__table__` is near enough to `__tablename__`, `__slots__` to none


def _check_misspelt_names(model: type, found: Findings) -> None:
    from difflib import get_close_matches  # on the way of few names only

    from chakra.model import Model

    for base in model.__mro__:
        if base in Model.__mro__:
            continue
        for name, value in base.__dict__.items():
            if isinstance(value, type) and name != "Meta" and _is_like_meta(name, value):
                hint = "write class Meta: with a capital M, or call the class otherwise"
                found.add("class-attribute", f"the class {name!r} inside it is not read", hint)
            if not (name.startswith("__") and name.endswith("__")) or name in _CLASS_ATTRIBUTES:
                continue
            if not hasattr(type, name) and (near := get_close_matches(name, _CLASS_ATTRIBUTES, 1, _LIKELY)):
                found.add("class-attribute", f"{name} means nothing to a model", f"did you mean {near[0]}?")


def _is_like_meta(name: str, value: type) -> bool:
    options = {option for option in value.__dict__ if not option.startswith("_")}
    return name.lower() == "meta" or (bool(options) and options <= _META_OPTIONS)


def _own_annotations(base: type) -> dict[str, object]:
    try:
        annotations = getattr(base, "__annotations__", {})
    except Exception:  # what an annotation does when it is asked for is no mistake of the model
        return {}
    return annotations if isinstance(annotations, dict) else {}


def _is_mapped(annotation: object) -> bool:
    from chakra.fields import Mapped

    text = annotation if isinstance(annotation, str) else ""
    return text.removeprefix("chakra.").startswith("Mapped[") or getattr(annotation, "__origin__", None) is Mapped


def _is_bare(model: type, name: str, annotation: object) -> bool:
    """Whether it is a name of which the class statement says nothing but its type, as dataclasses have them."""
    is_of_class = "ClassVar" in (annotation if isinstance(annotation, str) else repr(annotation))
    return not (name.startswith("_") or is_of_class or any(name in base.__dict__ for base in model.__mro__))
