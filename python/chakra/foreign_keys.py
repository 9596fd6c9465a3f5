"""The columns that relationships make for themselves: `author = ForeignKey("Author")` makes `author_id`.

Such a column has the type of the target's key. A target that is named before it is declared makes its model wait: it is
described to the engine as soon as the target is. If it is used before, the use is refused, and it waits on.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from chakra.constraints import ForeignKey, ForeignKeyConstraint
from chakra.fields import Field
from chakra.relationships import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chakra.declaration import Declaration

__all__ = ["complete", "complete_all", "join"]

_waiting: list[weakref.ref[type]] = []


def join(model: type, declaration: Declaration) -> None:
    """Registers a model, and those that waited for it; or lets it wait."""
    if _make_columns(model, declaration):
        declaration.register(model)
    else:
        _waiting.append(weakref.ref(model))
    for reference in list(_waiting):
        other = reference()
        if other is None:
            _waiting.remove(reference)
        elif other is not model and _make_columns(other, _declaration_of(other)):
            _waiting.remove(reference)
            _declaration_of(other).register(other)


def complete(model: type, declaration: Declaration) -> None:
    """Registers a model that waits, whether or not what it waits for is there.

    It goes on waiting for what is not. Its use is refused until then, and it is registered anew with the columns.
    """
    if not declaration.is_registered and not declaration.abstract:
        declaration.register(model)


def complete_all() -> None:
    """Registers all models that wait."""
    for reference in list(_waiting):
        model = reference()
        if model is not None:
            complete(model, _declaration_of(model))


def _make_columns(model: type, declaration: Declaration) -> bool:
    """Adds the columns that the relationships make; False where a target is not known yet."""
    for name, relationship in declaration.relationships.items():
        if not isinstance(relationship, ForeignKey) or relationship.foreign_key is not None:
            continue
        if _has_column(name, relationship, declaration):
            continue
        target = _target_of(model, relationship.target)
        if target is None:
            return False
        # What is said of a column means one of its own; else a declared key to the target is the column.
        if relationship.describes_column() or not _refers_to(declaration, _declaration_of(target).table_name):
            _make_column(name, relationship, declaration, target)
    return True


def _has_column(name: str, relationship: ForeignKey[Any], declaration: Declaration) -> bool:
    """Whether the column is declared; what is no model at all is told by the relationship itself."""
    return f"{name}_id" in declaration.fields or not isinstance(relationship.target, str | type)


def _make_column(name: str, relationship: ForeignKey[Any], declaration: Declaration, target: type) -> None:
    its = _declaration_of(target)
    keys = [(key, field) for key, field in its.fields.items() if field.options.get("primary_key")]
    if len(keys) != 1:
        return  # told by the relationship: there is no foreign key to the target
    ((attribute, key),) = keys
    column = key.options.get("column") or attribute
    reference = ".".join(_quoted(part) for part in (its.table_name, column))
    declared: Any = key.declared
    made: Field[Any] = Field(declared, ForeignKey(reference, **relationship.constraint_options()))
    if relationship.nullable:
        made.options["nullable"] = True
    made.where = relationship.where_defined
    declaration.fields[f"{name}_id"] = made
    declaration.made[f"{name}_id"] = name


def _quoted(name: str) -> str:
    return f'"{name.replace(chr(34), chr(34) * 2)}"' if "." in name or '"' in name else name


def _refers_to(declaration: Declaration, table: str) -> bool:
    """Whether any column of a model is a foreign key to a table."""
    return any(table in (target, target.strip('"')) for target in _targets(declaration))


def _targets(declaration: Declaration) -> Iterator[str]:
    for name, field in declaration.fields.items():
        if name in declaration.made:
            continue
        for argument in field.arguments:
            if isinstance(argument, ForeignKey) and isinstance(argument.target, str):
                yield argument.target.rpartition(".")[0].rpartition(".")[2]
    for constraint in declaration.table_arguments.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and constraint.references:
            yield str(next(iter(constraint.references))).rpartition(".")[0].rpartition(".")[2]


def _target_of(model: type, target: object) -> type | None:
    if isinstance(target, type):
        return target if hasattr(target, "__chakra_declaration__") else None
    called = [other for other in _models() if _is_called(other, str(target))]
    # A module that is loaded again, or a test, may have left older classes of the name behind.
    own = [other for other in called if other.__module__ == model.__module__]
    return next(reversed(own or called), None)


def _is_called(model: type, target: str) -> bool:
    return target in (model.__name__, path_of(model)) or path_of(model).endswith("." + target)


def _models() -> Iterator[type]:
    from chakra.model import Model

    waiting: list[type] = [Model]
    while waiting:
        model = waiting.pop(0)
        waiting.extend(model.__subclasses__())
        declaration = model.__dict__.get("__chakra_declaration__")
        if declaration is not None and not declaration.abstract:
            yield model


def _declaration_of(model: type) -> Declaration:
    declaration: Declaration = model.__chakra_declaration__  # type: ignore[attr-defined]
    return declaration
