"""`__table_args__`: gathered from a model and its bases, and described for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra.checks import is_encodable, nearest
from chakra.constraints import Index, TableArgument

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chakra.checks import Findings

__all__ = ["TableArguments"]

_OPTIONS = frozenset({"comment"})


class TableArguments:
    """Indexes, constraints and options of a table: those of the bases first, then the class's own.

    One of a nearer class takes the place of one of the same name. What stands on a field that the class took away goes
    with it.

    Attributes:
        arguments: The indexes and constraints.
        options: The options, such as `comment`.
    """

    __slots__ = ("arguments", "options", "strange")

    def __init__(self, model: type, fields: Collection[str], taken_away: Collection[str]) -> None:
        self.options: dict[str, Any] = {}
        self.strange: list[object] = []
        lost = set(taken_away) - set(fields)
        gathered: list[TableArgument] = []
        for base in reversed(model.__mro__):
            own = self._own_arguments(base)
            if base is model:
                gathered = [argument for argument in gathered if lost.isdisjoint(_names(argument.fields))]
            names = _names(argument.name for argument in own)
            gathered = [argument for argument in gathered if names.isdisjoint(_names([argument.name]))]
            gathered.extend(own)
        self.arguments = tuple(gathered)

    def _own_arguments(self, base: type) -> list[TableArgument]:
        given = base.__dict__.get("__table_args__", ())
        # A lone one is written without the comma that makes it a tuple more often than not.
        given = (given,) if isinstance(given, TableArgument | dict) else given
        if not isinstance(given, list | tuple):
            self.strange.append(given)
            return []
        arguments = []
        for position, argument in enumerate(given):
            if isinstance(argument, TableArgument):
                arguments.append(argument)
            elif isinstance(argument, dict) and position == len(given) - 1:
                self.options.update(argument)
            else:
                self.strange.append(argument)
        return arguments

    def describe(self, found: Findings) -> list[dict[str, object]]:
        """Describes the arguments for the engine; `found` is told what is wrong with them."""
        for strange in self.strange:
            message = f"__table_args__ takes indexes and constraints, not {strange!r}"
            hint = "write a tuple of Index(...), UniqueConstraint(...), ... with a dict of options at its end"
            found.add("table-args", message, hint)
        self._check_options(found)
        described = (argument.describe(found.at(None, argument.where_defined)) for argument in self.arguments)
        return [argument for argument in described if argument is not None]

    def _check_options(self, found: Findings) -> None:
        for option in self.options.keys() - _OPTIONS:
            hint = 'write __schema__ = "..." in the class' if option == "schema" else ""
            hint = hint or f"{nearest(str(option), _OPTIONS)}the options are {', '.join(sorted(_OPTIONS))}"
            found.add("table-args", f"__table_args__ has no option {option!r}", hint)
        comment = self.comment
        if comment is not None and (not isinstance(comment, str) or "\0" in comment or not is_encodable(comment)):
            found.add("option-value", f"comment is text, not {comment!r}", "give a str, or leave it out")

    @property
    def comment(self) -> Any:
        """The remark on the table."""
        return self.options.get("comment")

    @property
    def indexes(self) -> tuple[Index, ...]:
        """The indexes among the arguments."""
        return tuple(argument for argument in self.arguments if isinstance(argument, Index))

    @property
    def constraints(self) -> tuple[TableArgument, ...]:
        """The constraints among the arguments."""
        return tuple(argument for argument in self.arguments if not isinstance(argument, Index))


def _names(given: Iterable[object]) -> set[str]:
    """Those that are names; the others are told as mistakes later."""
    return {name for name in given if isinstance(name, str)}
