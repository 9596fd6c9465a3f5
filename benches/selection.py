"""`--only`: which databases, scenarios and contenders take part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


class UnknownName(ValueError):
    """A name that is neither a database nor a scenario nor a contender."""


@dataclass
class Selection:
    """Chosen names of each sort; an empty set stands for all of them."""

    databases: set[str] = field(default_factory=set)
    scenarios: set[str] = field(default_factory=set)
    contenders: set[str] = field(default_factory=set)

    def has_database(self, name: str) -> bool:
        """Whether this database is measured."""
        return not self.databases or name in self.databases

    def has_scenario(self, key: str) -> bool:
        """Whether this scenario is measured."""
        return not self.scenarios or key in self.scenarios

    def has_contender(self, name: str) -> bool:
        """Whether this contender takes part."""
        return not self.contenders or name in self.contenders


def select(only: Iterable[str], databases: set[str], scenarios: set[str], contenders: set[str]) -> Selection:
    """Sort the names given with `--only`; a contender's name may be a part of it, so "chakra" takes both modes."""
    selection = Selection()
    for name in only:
        matching = {contender for contender in contenders if name.lower() in contender.lower()}
        if name in databases:
            selection.databases.add(name)
        elif name in scenarios:
            selection.scenarios.add(name)
        elif matching:
            selection.contenders |= matching
        else:
            known = ", ".join([*sorted(databases), *sorted(scenarios), *sorted(contenders)])
            raise UnknownName(f"--only {name}: no such database, scenario or contender; there are: {known}")
    return selection
