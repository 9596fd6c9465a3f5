"""Models for the tests of sessions, and blocks of sessions in both faces."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from chakra import (
    JSON,
    Array,
    BigInteger,
    Field,
    ForeignKey,
    Integer,
    Model,
    OneToMany,
    Session,
    String,
)
from chakra.mixins import SoftDeleteMixin, TimestampMixin, VersionMixin
from conftest import AsyncFace, BlockingFace
from models import table

Face = AsyncFace | BlockingFace


class Choir(Model):
    __tablename__ = table("session_choirs")
    id = Field(BigInteger, primary_key=True)
    name = Field(String(60), unique=True)
    town = Field(String(60), nullable=True)
    leader_id: Any = Field(BigInteger, ForeignKey(f"{table('session_singers')}.id"), nullable=True)
    singers: Any = OneToMany("session_models.Singer", back_populates="choir", foreign_key="choir_id")
    leader: Any = ForeignKey("session_models.Singer", foreign_key="leader_id")


class Singer(Model):
    __tablename__ = table("session_singers")
    id = Field(BigInteger, primary_key=True)
    name = Field(String(60))
    pitch = Field(Integer, default=440)
    choir_id: Any = Field(BigInteger, ForeignKey(f"{table('session_choirs')}.id"), nullable=True)
    choir: Any = ForeignKey(Choir, back_populates="singers", foreign_key="choir_id")


class Score(Model):
    __tablename__ = table("session_scores")
    id = Field(BigInteger, primary_key=True)
    title = Field(String(60))
    parts = Field(JSON, default={})
    bars = Field(Array(Integer), nullable=True)


class Concert(TimestampMixin, SoftDeleteMixin, VersionMixin, Model):
    __tablename__ = table("session_concerts")
    id = Field(BigInteger, primary_key=True)
    hall = Field(String(60))


class Seat(Model):
    __tablename__ = table("session_seats")
    row = Field(Integer, primary_key=True)
    number = Field(Integer, primary_key=True)
    guest = Field(String(60), nullable=True)


MODELS = (Choir, Singer, Score, Concert, Seat)


class Refused(Exception):
    """Ends a block."""


@contextlib.asynccontextmanager
async def session_of(run: Face, **options: Any) -> AsyncIterator[Session]:
    """The block of a session, in the face at hand."""
    session = Session(**options)
    if isinstance(run, AsyncFace):
        async with session:
            yield session
    else:
        with session:
            yield session


@contextlib.asynccontextmanager
async def refused_session(run: Face, **options: Any) -> AsyncIterator[Session]:
    """The block of a session that is rolled back by an exception."""
    with contextlib.suppress(Refused):
        async with session_of(run, **options) as session:
            yield session
            raise Refused


@contextlib.asynccontextmanager
async def inside(run: Face, block: Any) -> AsyncIterator[Any]:
    """A block inside a session's block, in the face at hand."""
    if isinstance(run, AsyncFace):
        async with block as entered:
            yield entered
    else:
        with block as entered:
            yield entered
