"""What is wrong with the definitions of models: raised at a model's first use, listed by `check_models`.

Example:
    >>> from chakra import Field, Integer, Model, Text
    >>> class Log(Model):
    ...     line = Field(Text)
    ...     level = Field(Integer, indexed=True)
    >>> for fault in check_models([Log]):
    ...     print(fault.code, fault.attribute)
    unknown-option level
    primary-key-missing None
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from chakra import _chakra
from chakra.exceptions import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chakra.model import Model

__all__ = ["Findings", "ModelFault", "check_models"]

T = TypeVar("T")


class ModelFault(NamedTuple):
    """One mistake in the definition of a model.

    Attributes:
        code: Which kind of mistake it is: a short name that stays the same.
        model: The model's name.
        attribute: The attribute at fault, if it is one.
        where: File and line of the declaration.
        message: What is wrong.
        hint: How to mend it.
    """

    code: str
    model: str
    attribute: str | None
    where: str | None
    message: str
    hint: str

    def __str__(self) -> str:
        subject = self.model if self.attribute is None else f"{self.model}.{self.attribute}"
        place = f" ({self.where})" if self.where else ""
        return f"{subject}{place}: {self.message}{'; ' if self.hint else ''}{self.hint}"


class Findings:
    """Collects the mistakes of one model, or of one of its attributes."""

    __slots__ = ("attribute", "faults", "model", "where")

    def __init__(self, model: str, where: str) -> None:
        self.model = model
        self.where = where
        self.attribute: str | None = None
        self.faults: list[ModelFault] = []

    def at(self, attribute: str | None, where: str | None = None) -> Findings:
        """Gives a view for one part, declared at `where`; what it finds is found by the model too."""
        view = Findings(self.model, where or self.where)
        view.attribute = attribute
        view.faults = self.faults
        return view

    def add(self, code: str, message: str, hint: str = "") -> None:
        """Notes a mistake."""
        self.faults.append(ModelFault(code, self.model, self.attribute, self.where, message, hint))

    def attempt(self, step: Callable[[], T], otherwise: T) -> T:
        """Gives what a step gives; what it raises is a mistake too, because no declaration ends an import."""
        try:
            return step()
        except Exception as error:  # from the user's objects: a repr, an __eq__
            message = f"the declaration cannot be read: {type(error).__name__}: {error}"
            self.add("unreadable", message, "write it with plain values")
            return otherwise


def definition_error(faults: Sequence[ModelFault]) -> DefinitionError:
    """Gives the error that reports mistakes of one model, one of them or several."""
    if len(faults) == 1:
        return DefinitionError(str(faults[0]), faults=faults)
    headline = f"{faults[0].model}: {len(faults)} mistakes in its definition"
    return DefinitionError("\n".join([headline, *(f"  - {fault}" for fault in faults)]), faults=faults)


def nearest(name: str, known: Iterable[str]) -> str:
    """Gives a `did you mean` hint for a misspelt name, or nothing."""
    from difflib import get_close_matches  # only for messages: it is slow to import

    matches = get_close_matches(name, sorted(known), 1)
    return f"did you mean {matches[0]!r}? " if matches else ""


def is_encodable(value: str) -> bool:
    """Whether a text can travel to a database: it has no lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


_DECLARING = frozenset({"chakra.checks", "chakra.constraints", "chakra.fields", "chakra.model", "chakra.relationships"})


def caller() -> str:
    """Gives file and line of the nearest frame outside the modules that take declarations: where one stands."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _DECLARING:
        frame = frame.f_back
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def check_models(
    models: Iterable[type[Model]] | None = None, *, dialect: str | _chakra.Dialect | None = None
) -> list[ModelFault]:
    """Lists every mistake in the definitions of models, all at once; no database is needed.

    Args:
        models: The models to look at; all that are defined, if none are named. Abstract models are looked at in the
            models that derive from them.
        dialect: A database, by name (`"sqlite"`, `"postgres"`, `"mysql"`) or as `pool.dialect`: what it does not have
            is listed too.

    Returns:
        One entry for each mistake, in order of definition.

    Raises:
        ConfigError: If there is no database of that name.

    Example:
        >>> from chakra import Field, Integer, Model
        >>> class Fine(Model):
        ...     id = Field(Integer, primary_key=True)
        >>> check_models([Fine], dialect="postgres")
        []
    """
    chosen: Iterable[Any] = _chakra.declared_models() if models is None else models
    name = None if dialect is None else str(dialect)
    faults: list[ModelFault] = []
    for model in chosen:
        declaration = model.__chakra_declaration__
        found = declaration.find_faults()
        if name is not None and not found and not declaration.abstract:
            found = declaration.find_unsupported(name)
        faults.extend(found)
    return faults
