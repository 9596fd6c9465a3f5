"""The models that tests share. Their tables carry the process's number, so that runs do not meet."""

from __future__ import annotations

import datetime
import decimal
import os
import uuid

from chakra import (
    JSON,
    UUID,
    BigInteger,
    Binary,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Field,
    Float,
    Integer,
    Model,
    QuerySet,
    SmallInteger,
    String,
    Text,
    Time,
)

#: What tells this run's tables from others': of one run in several processes it is the same in each.
RUN = os.environ.get("CHAKRA_TEST_TABLES") or os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
PREFIX = f"t{RUN}_"


def table(name: str) -> str:
    """A table name of this run."""
    return PREFIX + name


class Stamped:
    """A plain mixin."""

    created_at = Field(DateTime, default=lambda: datetime.datetime.now(datetime.timezone.utc))


class Reader(Stamped, Model):
    __tablename__ = table("readers")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(50), index=True)
    email = Field(String(100), unique=True, nullable=True)
    age = Field(Integer, nullable=True)
    active = Field(Boolean, default=True)
    balance = Field(Decimal(12, 2), default=decimal.Decimal("0.00"))
    settings = Field(JSON, default={})


class Word(Model):
    """Small rows for questions about text and numbers; both columns may be NULL."""

    __tablename__ = table("words")

    id = Field(Integer, primary_key=True)
    text = Field(String(200), nullable=True)
    number = Field(Integer, nullable=True)


class Sample(Model):
    """A column of every type."""

    __tablename__ = table("samples")

    id = Field(Integer, primary_key=True)
    small = Field(SmallInteger, nullable=True)
    integer = Field(Integer, nullable=True)
    big = Field(BigInteger, nullable=True)
    floating = Field(Float, nullable=True)
    exact = Field(Decimal(20, 6), nullable=True)
    unbounded = Field(Decimal, nullable=True)
    short = Field(String(20), nullable=True)
    string = Field(String, nullable=True)
    text = Field(Text, nullable=True)
    flag = Field(Boolean, nullable=True)
    instant = Field(DateTime, nullable=True)
    day = Field(Date, nullable=True)
    clock = Field(Time, nullable=True)
    token = Field(UUID, nullable=True)
    data = Field(Binary, nullable=True)
    few = Field(Binary(4), nullable=True)
    document = Field(JSON, nullable=True)


class Seat(Model):
    """A key of two columns."""

    __tablename__ = table("seats")

    row = Field(Integer, primary_key=True)
    place = Field(Integer, primary_key=True)
    taken_by = Field(String(50), nullable=True)


class Ticket(Model):
    """A key that the model makes."""

    __tablename__ = table("tickets")

    code = Field(UUID, primary_key=True, default=uuid.uuid4)
    price = Field(Decimal(8, 2))


class Country(Model):
    """A key of text, and a default order."""

    __tablename__ = table("countries")

    code = Field(String(2), primary_key=True)
    name = Field(String(60))
    population = Field(BigInteger, nullable=True)

    class Meta:
        ordering = ["-population", "name"]


class Hostile(Model):
    """Names that must be quoted."""

    __tablename__ = table('ta"ble; drop`s')

    id = Field(Integer, primary_key=True, column='Iden"tity')
    order = Field(Integer, column="select", index=True)
    group = Field(String(20), column="Naïve ' \\ name", unique=True)


class Defaulted(Model):
    """Columns that the database fills."""

    __tablename__ = table("defaulted")

    id = Field(Integer, primary_key=True)
    level = Field(Integer, server_default="7")
    label = Field(String(20), server_default="'new'")
    note = Field(String(20), nullable=True)


class PostQuery(QuerySet["Post"]):
    """Query methods of its own."""

    def published(self) -> PostQuery:
        return self.filter(published=True)

    def titled(self, text: str) -> PostQuery:
        return self.filter(title__icontains=text)


class Post(Model):
    __tablename__ = table("posts")

    id = Field(Integer, primary_key=True)
    title = Field(String(80))
    published = Field(Boolean, default=False)

    objects = PostQuery.as_manager()
