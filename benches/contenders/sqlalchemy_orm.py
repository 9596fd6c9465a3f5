"""SQLAlchemy 2: a session per call, as in a request handler; blocking and async engines."""

from __future__ import annotations

import warnings
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Numeric, String, create_engine, event, select, update
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benches.contender import Contender
from benches.databases import POOL_SIZE, SQLITE_PRAGMAS, Database
from benches.records import Record

warnings.filterwarnings("ignore", "Dialect sqlite.*does \\*not\\* support Decimal", SAWarning)


class Base(DeclarativeBase):
    """Declarative base."""


class Row(Base):
    """The measured model."""

    __tablename__ = "bench_sqlalchemy"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    username: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool]
    age: Mapped[int]
    balance: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def set_pragmas(connection: Any, _record: Any) -> None:
    """The settings that all contenders have on SQLite."""
    cursor = connection.cursor()
    for pragma, value in SQLITE_PRAGMAS.items():
        cursor.execute(f"PRAGMA {pragma} = {value}")
    cursor.close()


def engine_url(database: Database, table: str, sqlite: str, postgres: str) -> str:
    """The database's address, with the driver that SQLAlchemy shall use."""
    scheme = sqlite if database.name == "sqlite" else postgres
    return f"{scheme}://{database.url(table).partition('://')[2]}"


class SqlAlchemy(Contender):
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
            Base.metadata.create_all(self._engine)

    async def close(self) -> None:
        self._engine.dispose()

    def build(self, rows: list[Record]) -> Any:
        return [Row(**row) for row in rows]

    def insert_many(self, batch: Any) -> None:
        with Session(self._engine) as session:
            session.add_all(batch)
            session.commit()

    def insert(self, row: Record) -> None:
        with Session(self._engine) as session:
            session.add(Row(**row))
            session.commit()

    def get(self, key: int) -> Any:
        with Session(self._engine) as session:
            return session.get(Row, key)

    def from_map(self, key: int, times: int) -> Any:
        with Session(self._engine) as session:
            row = session.get(Row, key)
            for _ in range(times):
                session.get(Row, key)
            return row

    def all(self) -> Any:
        with Session(self._engine) as session:
            return session.scalars(select(Row)).all()

    def between(self, low: int, high: int) -> Any:
        with Session(self._engine) as session:
            return session.scalars(select(Row).where(Row.id >= low, Row.id < high)).all()

    def update(self, key: int, age: int) -> None:
        with Session(self._engine) as session:
            session.execute(update(Row).where(Row.id == key).values(age=age))
            session.commit()


class SqlAlchemyAsync(SqlAlchemy):
    """Async engine (aiosqlite, asyncpg) and AsyncSession."""

    name = "SQLAlchemy async"
    mode = "async"

    async def open(self, database: Database) -> None:
        url = engine_url(database, self.table, "sqlite+aiosqlite", "postgresql+asyncpg")
        self._engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
        if database.name == "sqlite":
            event.listen(self._engine.sync_engine, "connect", set_pragmas)
            async with self._engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        await self._engine.dispose()

    async def insert_many(self, batch: Any) -> None:
        async with AsyncSession(self._engine) as session:
            session.add_all(batch)
            await session.commit()

    async def insert(self, row: Record) -> None:
        async with AsyncSession(self._engine) as session:
            session.add(Row(**row))
            await session.commit()

    async def get(self, key: int) -> Any:
        async with AsyncSession(self._engine) as session:
            return await session.get(Row, key)

    async def from_map(self, key: int, times: int) -> Any:
        async with AsyncSession(self._engine) as session:
            row = await session.get(Row, key)
            for _ in range(times):
                await session.get(Row, key)
            return row

    async def all(self) -> Any:
        async with AsyncSession(self._engine) as session:
            return (await session.scalars(select(Row))).all()

    async def between(self, low: int, high: int) -> Any:
        async with AsyncSession(self._engine) as session:
            return (await session.scalars(select(Row).where(Row.id >= low, Row.id < high))).all()

    async def update(self, key: int, age: int) -> None:
        async with AsyncSession(self._engine) as session:
            await session.execute(update(Row).where(Row.id == key).values(age=age))
            await session.commit()


CONTENDERS = (SqlAlchemy, SqlAlchemyAsync)
