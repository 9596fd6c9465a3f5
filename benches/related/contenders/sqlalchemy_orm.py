"""SQLAlchemy 2: joinedload and selectinload, a session per call; blocking and async engines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    Numeric,
    Select,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

from benches.contenders.sqlalchemy_orm import engine_url, set_pragmas
from benches.databases import POOL_SIZE, Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


class Base(DeclarativeBase):
    """Declarative base."""


_KEY = BigInteger().with_variant(Integer, "sqlite")

BookTag = Table(
    "bench_book_tags",
    Base.metadata,
    Column("book_id", ForeignKey("bench_books.id"), primary_key=True),
    Column("tag_id", ForeignKey("bench_tags.id"), primary_key=True),
)


class Author(Base):
    """A parent."""

    __tablename__ = "bench_authors"

    id: Mapped[int] = mapped_column(_KEY, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool]
    joined_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(Base):
    """A child."""

    __tablename__ = "bench_books"

    id: Mapped[int] = mapped_column(_KEY, primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("bench_authors.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    pages: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    author: Mapped[Author] = relationship(back_populates="books")
    tags: Mapped[list[Tag]] = relationship(secondary=BookTag, back_populates="books")


class Tag(Base):
    """The other end of a many-to-many relationship."""

    __tablename__ = "bench_tags"

    id: Mapped[int] = mapped_column(_KEY, primary_key=True)
    word: Mapped[str] = mapped_column(String(30))
    books: Mapped[list[Book]] = relationship(secondary=BookTag, back_populates="tags")


def _joined(upto: int) -> Select[Any]:
    return select(Book).options(joinedload(Book.author, innerjoin=True)).where(Book.id <= upto)


def _children(upto: int) -> Select[Any]:
    return select(Author).options(selectinload(Author.books)).where(Author.id <= upto)


def _tagged(upto: int) -> Select[Any]:
    return select(Book).options(selectinload(Book.tags)).where(Book.id <= upto)


class SqlAlchemy(RelatedContender):
    """Blocking engine and Session."""

    name = "SQLAlchemy"
    package = "sqlalchemy"
    family = "sqlalchemy"
    mode = "blocking"

    async def open(self, database: Database) -> None:
        url = engine_url(database, self.table, "sqlite", "postgresql+psycopg")
        self._engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=0)
        if database.name == "sqlite":
            event.listen(self._engine, "connect", set_pragmas)

    async def close(self) -> None:
        self._engine.dispose()

    async def store(self, library: Library) -> None:
        with self._engine.begin() as connection:
            _store(connection, library)

    def joined(self, upto: int) -> Any:
        return self._read(_joined(upto))

    def children(self, upto: int) -> Any:
        return self._read(_children(upto))

    def tagged(self, upto: int) -> Any:
        return self._read(_tagged(upto))

    def _read(self, statement: Select[Any]) -> Any:
        with Session(self._engine) as session:
            return session.scalars(statement).all()


class SqlAlchemyAsync(SqlAlchemy):
    """Async engine (aiosqlite, asyncpg) and AsyncSession."""

    name = "SQLAlchemy async"
    mode = "async"

    async def open(self, database: Database) -> None:
        url = engine_url(database, self.table, "sqlite+aiosqlite", "postgresql+asyncpg")
        self._engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
        if database.name == "sqlite":
            event.listen(self._engine.sync_engine, "connect", set_pragmas)

    async def close(self) -> None:
        await self._engine.dispose()

    async def store(self, library: Library) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(_store, library)

    async def _read(self, statement: Select[Any]) -> Any:
        async with AsyncSession(self._engine) as session:
            return (await session.scalars(statement)).all()


def _store(connection: Any, library: Library) -> None:
    Base.metadata.create_all(connection)
    for model, rows in ((Author, library.authors), (Book, library.books), (Tag, library.tags)):
        connection.execute(insert(model), rows)


CONTENDERS = (SqlAlchemy, SqlAlchemyAsync)
