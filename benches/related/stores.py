"""Where the library's rows are: on PostgreSQL in tables that all contenders read, on SQLite in a file for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benches.databases import Database, Postgres, Sqlite
from benches.related.library import AUTHOR_COLUMNS, BOOK_COLUMNS, LINK_COLUMNS, TAG_COLUMNS, Library, values

AUTHORS_TABLE, BOOKS_TABLE, TAGS_TABLE, LINKS_TABLE = (
    "bench_authors", "bench_books", "bench_tags", "bench_book_tags"
)  # fmt: skip

POSTGRES_DDL = {
    AUTHORS_TABLE: """CREATE TABLE bench_authors (id BIGINT PRIMARY KEY, name VARCHAR(60) NOT NULL,
        email VARCHAR(120) NOT NULL, active BOOLEAN NOT NULL, joined_at TIMESTAMPTZ NOT NULL)""",
    BOOKS_TABLE: """CREATE TABLE bench_books (id BIGINT PRIMARY KEY, author_id BIGINT NOT NULL REFERENCES bench_authors,
        title VARCHAR(120) NOT NULL, pages INTEGER NOT NULL, price NUMERIC(10,2) NOT NULL,
        published_at TIMESTAMPTZ NOT NULL)""",
    TAGS_TABLE: "CREATE TABLE bench_tags (id BIGINT PRIMARY KEY, word VARCHAR(30) NOT NULL)",
    LINKS_TABLE: """CREATE TABLE bench_book_tags (book_id BIGINT NOT NULL REFERENCES bench_books,
        tag_id BIGINT NOT NULL REFERENCES bench_tags, PRIMARY KEY (book_id, tag_id))""",
}
SQLITE_DDL = (
    """CREATE TABLE bench_authors (id INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL, email VARCHAR(120) NOT NULL,
        active INTEGER NOT NULL, joined_at TEXT NOT NULL)""",
    """CREATE TABLE bench_books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES bench_authors,
        title VARCHAR(120) NOT NULL, pages INTEGER NOT NULL, price TEXT NOT NULL, published_at TEXT NOT NULL)""",
    "CREATE INDEX bench_books_author ON bench_books (author_id)",
    "CREATE TABLE bench_tags (id INTEGER PRIMARY KEY, word VARCHAR(30) NOT NULL)",
    """CREATE TABLE bench_book_tags (book_id INTEGER NOT NULL REFERENCES bench_books,
        tag_id INTEGER NOT NULL REFERENCES bench_tags, PRIMARY KEY (book_id, tag_id))""",
)


@dataclass(frozen=True)
class Shared:
    """Tables that the harness made for all contenders."""

    database: Database
    tables: tuple[str, ...]

    def drop(self) -> None:
        """Remove them."""
        for table in self.tables:
            self.database.drop(table)


def share(database: Database, library: Library) -> Shared:
    """Make the tables that all contenders of a database read; none on SQLite."""
    if not isinstance(database, Postgres):
        return Shared(database, ())
    rows = {
        AUTHORS_TABLE: (AUTHOR_COLUMNS, map(values, library.authors)),
        BOOKS_TABLE: (BOOK_COLUMNS, map(values, library.books)),
        TAGS_TABLE: (TAG_COLUMNS, map(values, library.tags)),
        LINKS_TABLE: (LINK_COLUMNS, library.links),
    }
    for table, (columns, content) in rows.items():
        database.make(table, POSTGRES_DDL[table], columns, content)
    database.make_index("bench_books_author", BOOKS_TABLE, "author_id")
    return Shared(database, tuple(reversed(rows)))


def store_links(database: Database, file: str, links: Sequence[tuple[int, int]]) -> None:
    """Add the links of books and tags, which are plain numbers, to a contender's file."""
    if isinstance(database, Sqlite):
        database.add(file, LINKS_TABLE, LINK_COLUMNS, links)
