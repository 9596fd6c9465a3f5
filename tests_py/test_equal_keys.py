"""Keys of tables made by others that the database holds equal though their case differs: no related row is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chakra import BigInteger, Field, ForeignKey, ManyToMany, Model, OneToMany, Prefetch, String
from chakra.exceptions import QueryError
from chakra.testing import assert_num_queries
from conftest import Database, open_database
from models import table


class EqualAuthor(Model):
    __tablename__ = table("equal_authors")

    code = Field(String(20), primary_key=True)
    books: OneToMany[Any] = OneToMany("EqualBook", back_populates="author")
    fields: ManyToMany[Any] = ManyToMany("EqualField", through=table("equal_joined"), back_populates="authors")


class EqualField(Model):
    __tablename__ = table("equal_fields")

    code = Field(String(20), primary_key=True)
    authors: ManyToMany[Any] = ManyToMany("EqualAuthor", through=table("equal_joined"), back_populates="fields")


class EqualBook(Model):
    __tablename__ = table("equal_books")

    id = Field(BigInteger, primary_key=True)
    author_code = Field(String(20), ForeignKey(f"{table('equal_authors')}.code"), nullable=True)
    author: ForeignKey[Any] = ForeignKey(EqualAuthor, back_populates="books")


class EqualJoined(Model):
    __tablename__ = table("equal_joined")

    author_code = Field(String(20), ForeignKey(f"{table('equal_authors')}.code"), primary_key=True)
    field_code = Field(String(20), ForeignKey(f"{table('equal_fields')}.code"), primary_key=True)


#: A text column that ignores case, and what must be there before it.
IGNORING_CASE = {
    "sqlite": ("TEXT COLLATE NOCASE", []),
    "mysql": ("VARCHAR(20) COLLATE utf8mb4_general_ci", []),
    "postgres": (
        f'VARCHAR(20) COLLATE "{table("ci")}"',
        [
            f'CREATE COLLATION IF NOT EXISTS "{table("ci")}" '
            "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        ],
    ),
}


@contextmanager
def shelf_of(db: Database, kind: str, before: list[str]) -> Iterator[Database]:
    """Ada's books are written under `ADA` and `Ada`, Bo's under `bo`; one is nobody's."""
    names = {name: table(f"equal_{name}") for name in ("authors", "fields", "books", "joined")}
    for sql in [
        *before,
        f"CREATE TABLE {names['authors']} (code {kind} NOT NULL PRIMARY KEY)",
        f"CREATE TABLE {names['fields']} (code {kind} NOT NULL PRIMARY KEY)",
        f"CREATE TABLE {names['books']} (id BIGINT NOT NULL PRIMARY KEY, "
        f"author_code {kind} REFERENCES {names['authors']} (code))",
        f"CREATE TABLE {names['joined']} (author_code {kind} NOT NULL REFERENCES {names['authors']} (code), "
        f"field_code {kind} NOT NULL REFERENCES {names['fields']} (code), PRIMARY KEY (author_code, field_code))",
        f"INSERT INTO {names['authors']} VALUES ('ada'), ('bo'), ('Cy')",
        f"INSERT INTO {names['fields']} VALUES ('algebra'), ('Botany')",
        f"INSERT INTO {names['books']} VALUES (1, 'ADA'), (2, 'Ada'), (3, 'bo'), (4, 'ada'), (5, NULL), (6, 'ADA')",
        f"INSERT INTO {names['joined']} VALUES ('ADA', 'ALGEBRA'), ('ada', 'botany'), ('BO', 'Algebra')",
    ]:
        db.rows(sql)
    yield db
    for name in ("joined", "books", "fields", "authors"):
        db.rows(f"DROP TABLE {names[name]}")


@pytest.fixture
def shelf(db: Database) -> Iterator[Database]:
    kind, before = IGNORING_CASE[db.backend]
    with shelf_of(db, kind, before):
        yield db
    if before:
        db.rows(f'DROP COLLATION "{table("ci")}"')


OWN = {"ada": [1, 2, 4, 6], "bo": [3], "Cy": []}


def books_of(authors: list[Any]) -> dict[str, list[int]]:
    return {author.code: sorted(book.id for book in author.books) for author in authors}


async def test_children_are_found_by_equal_keys(shelf: Database) -> None:
    with assert_num_queries(3):  # one tells which keys are equal
        authors = await EqualAuthor.objects.prefetch_related("books").all()
    assert books_of(authors) == OWN
    assert all(book.author is author for author in authors for book in author.books)
    with assert_num_queries(2):
        [ada] = await EqualAuthor.objects.filter(code="ada").prefetch_related("books")
    assert books_of([ada]) == {"ada": OWN["ada"]}
    sliced = Prefetch("books", queryset=EqualBook.objects.order_by("-id")[:2])
    assert books_of(await EqualAuthor.objects.prefetch_related(sliced)) == OWN | {"ada": [4, 6]}


async def test_parents_are_found_by_equal_keys(shelf: Database, run: Any) -> None:
    expected = ["ada", "ada", "bo", "ada", None, "ada"]
    with assert_num_queries(3):
        books = await EqualBook.objects.prefetch_related("author").order_by("id")
    assert [book.author and book.author.code for book in books] == expected
    books = await EqualBook.objects.select_related("author").order_by("id")
    assert [book.author and book.author.code for book in books] == expected
    books = await EqualBook.objects.order_by("id")
    with assert_num_queries(2):
        assert [author and author.code for author in [await book.author for book in books]] == expected
    book = await run(EqualBook.objects.get, id=1)
    with assert_num_queries(1):
        assert (await book.author).code == "ada"


async def test_rows_behind_a_junction_are_found_by_equal_keys(shelf: Database) -> None:
    expected = {"ada": ["Botany", "algebra"], "bo": ["algebra"], "Cy": []}

    def fields_of(authors: list[Any]) -> dict[str, list[str]]:
        return {author.code: sorted(field.code for field in author.fields) for author in authors}

    assert fields_of(await EqualAuthor.objects.prefetch_related("fields").all()) == expected
    authors = await EqualAuthor.objects.all()
    for author in authors:
        await author.fields
    assert fields_of(authors) == expected
    fields = await EqualField.objects.prefetch_related("authors__books").order_by("code")
    assert {field.code: sorted(author.code for author in field.authors) for field in fields} == {
        "algebra": ["ada", "bo"],
        "Botany": ["ada"],
    }
    assert books_of([author for field in fields for author in field.authors]) == {"ada": OWN["ada"], "bo": OWN["bo"]}


async def test_lazy_loads_of_siblings_find_equal_keys(shelf: Database) -> None:
    authors = await EqualAuthor.objects.all()
    with assert_num_queries(2):
        for author in authors:
            await author.books
    assert books_of(authors) == OWN


async def test_changing_a_junction_knows_equal_keys(shelf: Database, run: Any) -> None:
    ada, bo = await EqualAuthor.objects.get(code="ada"), await EqualAuthor.objects.get(code="bo")
    algebra, botany = await EqualField.objects.order_by("code")
    if algebra.code != "algebra":
        algebra, botany = botany, algebra
    joined = f"SELECT author_code, field_code FROM {table('equal_joined')} ORDER BY 1, 2"

    def rows() -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in shelf.rows(joined))

    before = rows()
    await run(ada.fields.add, algebra, botany)
    assert rows() == before
    await run(ada.fields.set, [algebra])  # the row that stays is the one that was there
    assert rows() == [("ADA", "ALGEBRA"), ("BO", "Algebra")]
    await run(bo.fields.remove, algebra)
    assert rows() == [("ADA", "ALGEBRA")]
    await run(ada.fields.set, [])
    assert rows() == []


async def test_a_row_of_a_key_that_nobody_stored_is_no_row_less(shelf: Database) -> None:
    authors = await EqualAuthor.objects.order_by("code")
    for author in authors:
        author.code = author.code.upper()
    with pytest.raises(QueryError, match="save what was changed first"):
        await authors[0].books


# A type that ignores case, whatever the collation


@pytest.fixture
def citext(tmp_path: Path) -> Iterator[Database]:
    db = open_database("postgres", tmp_path)
    with shelf_of(db, "citext", ["CREATE EXTENSION IF NOT EXISTS citext"]):
        yield db
    db.close()


async def test_a_type_of_the_database_tells_which_keys_are_equal(citext: Database) -> None:
    assert books_of(await EqualAuthor.objects.prefetch_related("books").all()) == OWN
    [ada] = await EqualAuthor.objects.filter(code="ada").prefetch_related("books")
    assert books_of([ada]) == {"ada": OWN["ada"]}
    last = Prefetch("books", queryset=EqualBook.objects.filter(id__gt=1).order_by("-id")[:2])
    assert books_of(await EqualAuthor.objects.prefetch_related(last)) == OWN | {"ada": [4, 6]}
    authors = await EqualAuthor.objects.prefetch_related("fields").order_by("code")
    assert [sorted(field.code for field in author.fields) for author in authors] == [
        ["Botany", "algebra"],
        ["algebra"],
        [],
    ]
    books = await EqualBook.objects.prefetch_related("author").order_by("id")
    assert [book.author and book.author.code for book in books] == ["ada", "ada", "bo", "ada", None, "ada"]
    assert books[0].author is books[3].author
    authors = await EqualAuthor.objects.all()
    for author in authors:
        await author.books
    assert books_of(authors) == OWN
    books = await EqualBook.objects.order_by("id")
    assert [author and author.code for author in [await book.author for book in books]] == [
        "ada",
        "ada",
        "bo",
        "ada",
        None,
        "ada",
    ]
    assert (await (await EqualBook.objects.get(id=1)).author).code == "ada"
