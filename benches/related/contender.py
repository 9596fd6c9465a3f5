"""What every contender offers here: three ways of reading rows together with those related to them."""

from __future__ import annotations

from typing import Any, ClassVar

from benches.contender import Contender
from benches.related.library import Library


class RelatedContender(Contender):
    """One driver or mapper, used the way its documentation recommends for reading related rows.

    Rows are objects with the names of the columns as attributes, or tuples in column order with the related row, or the
    list of related rows, as the last value. `joined`, `children` and `tagged` are coroutines (or return awaitables)
    where `mode` is "async".
    """

    books_of: ClassVar[str] = "author.books"
    """The expression for the books of `author`."""
    tags_of: ClassVar[str] = "book.tags"
    """The expression for the tags of `book`."""

    @property
    def table(self) -> str:
        """Names the contender's file on SQLite; the tables have the same names for all."""
        return f"related_{super().table}"

    async def store(self, library: Library) -> None:
        """On SQLite: create the tables and fill them, but for the links of books and tags, which the harness adds."""
        raise NotImplementedError

    def joined(self, upto: int) -> Any:
        """The books with keys up to this one, each with its author, read by one statement."""
        raise NotImplementedError

    def children(self, upto: int) -> Any:
        """The authors with keys up to this one, each with the list of their books, read by two statements."""
        raise NotImplementedError

    def tagged(self, upto: int) -> Any:
        """The books with keys up to this one, each with the list of its tags."""
        raise NotImplementedError
