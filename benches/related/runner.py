"""Runs the scenarios of relationships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benches.contender import Contender
from benches.databases import Database
from benches.related.contender import RelatedContender
from benches.related.library import Library, library
from benches.related.readers import reader
from benches.related.stores import share, store_links
from benches.related.verify import expect
from benches.results import Run
from benches.runner import Runner
from benches.scenarios import Scenario


class RelatedRunner(Runner):
    """The contenders of one database, with the library's tables: a file of each one's own, or the server's for all."""

    def __init__(self, run: Run, database: Database, rounds: int) -> None:
        self._library: Library = library()
        super().__init__(run, database, len(self._library.books), rounds)
        self._shared = share(database, self._library)

    def close(self) -> None:
        super().close()
        self._shared.drop()

    def _open(self, contender: Contender) -> None:
        assert isinstance(contender, RelatedContender)
        first = contender.table not in self._prepared
        if first and self.database.name == "sqlite":
            self._prepared.add(contender.table)
            self.database.prepare(contender.table, 0)
        self.loop.run_until_complete(contender.open(self.database))
        if first and self.database.name == "sqlite":
            self.loop.run_until_complete(contender.store(self._library))
            store_links(self.database, contender.table, self._library.links)

    def _reader(self, scenario: Scenario, contender: Contender) -> Callable[[Any], None]:
        return reader(contender, scenario.call)

    def _verify(self, scenario: Scenario, contender: Contender) -> None:
        [(upto,)] = scenario.arguments(contender, 0)
        expect(contender, scenario.call, upto, self.call(contender, scenario.call, upto))
