"""`Model._meta`: what a model's declaration came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra import _chakra

if TYPE_CHECKING:
    from chakra.constraints import Index, TableArgument
    from chakra.declaration import Declaration

__all__ = ["ModelOptions"]


class ModelOptions:
    """What a model's declaration came to, with what is inherited and what is derived.

    Attributes:
        model: The model class.
        abstract: Whether it has no table.
        table: The table's name; None where it is abstract.
        schema: The database schema, where one is named.
        comment: The remark on the table.
        fields: The names of the fields, in order of declaration.
        primary_key: The names of the key's fields.
        ordering: The order of queries that ask for none, as declared.
        verbose_name: What a row is called in a sentence: `blog post` for `BlogPost`, unless `Meta` says otherwise.
        verbose_name_plural: What several are called.
        indexes: The indexes of `__table_args__`; those that fields ask for are not among them.
        constraints: The constraints of `__table_args__`.

    Example:
        >>> from chakra import Field, Integer, Model
        >>> class GameCategory(Model):
        ...     id = Field(Integer, primary_key=True)
        ...
        ...     class Meta:
        ...         ordering = ["-id"]
        >>> GameCategory._meta.table, GameCategory._meta.verbose_name_plural, GameCategory._meta.ordering
        ('game_categories', 'game categories', ('-id',))
    """

    __slots__ = (
        "abstract",
        "comment",
        "constraints",
        "fields",
        "indexes",
        "model",
        "ordering",
        "primary_key",
        "schema",
        "table",
        "verbose_name",
        "verbose_name_plural",
    )

    def __init__(self, model: type, declaration: Declaration) -> None:
        self.model = model
        self.abstract = declaration.abstract
        self.comment: str | None = declaration.table_arguments.comment
        self.indexes: tuple[Index, ...] = declaration.table_arguments.indexes
        self.constraints: tuple[TableArgument, ...] = declaration.table_arguments.constraints
        self.ordering: tuple[str, ...] = tuple(declaration.meta.get("ordering", ()))
        self.fields: tuple[str, ...] = tuple(declaration.fields)
        self.schema: str | None = getattr(model, "__schema__", None)
        self.table: str | None = None
        self.primary_key: tuple[str, ...] = ()
        if declaration.abstract:
            name = declaration.meta.get("verbose_name") or _chakra.verbose_name(model.__name__)
            self.verbose_name: str = name
            plural = declaration.meta.get("verbose_name_plural")
            self.verbose_name_plural: str = plural or _chakra.verbose_name_plural(name)
            return
        info = declaration.info
        self.table = info.table
        self.primary_key = tuple(info.primary_key)
        self.verbose_name = info.verbose_name
        self.verbose_name_plural = info.verbose_name_plural

    def __repr__(self) -> str:
        return f"<options of {self.model.__name__}>"


class OptionsOfModel:
    """Makes `_meta` when it is first asked for; a model with mistakes raises them instead."""

    __slots__ = ()

    def __get__(self, instance: object, owner: Any) -> ModelOptions:
        declaration: Declaration | None = owner.__dict__.get("__chakra_declaration__")
        if declaration is None:
            raise AttributeError(f"{owner.__name__} is no model of its own and has no _meta")
        if not declaration.abstract:
            _ = owner.__chakra_model__  # raises what is wrong with it
        options = ModelOptions(owner, declaration)
        type.__setattr__(owner, "_meta", options)
        return options
