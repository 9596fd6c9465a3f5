"""Tables of models, as both languages declare them: `tests/render/declared.rs` has the same models in Rust, and one
snapshot has what both make of them."""

from __future__ import annotations

import enum
from pathlib import Path

import chakra
from chakra import (
    JSON,
    UUID,
    Array,
    BigInteger,
    Binary,
    Boolean,
    Char,
    CheckConstraint,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Interval,
    Model,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from chakra.exceptions import ChakraError
from chakra.mixins import SoftDeleteMixin, TimestampMixin, VersionMixin

SNAPSHOT = Path(__file__).parent.parent / "tests/render/snapshots/render__render__declared__tables_of_models.snap"


class Mood(enum.Enum):
    CALM = "calm"
    LOUD = "loud"


class Hall(TimestampMixin, SoftDeleteMixin, VersionMixin, Model):
    __tablename__ = "declared_halls"
    __table_args__ = ({"comment": "where music is 'played'"},)

    id = Field(BigInteger, primary_key=True)
    name = Field(String(40), unique=True, min_length=2)
    seats = Field(Integer, min_value=1, max_value=10000, comment="without standing room")
    country = Field(Char(2), choices=["se", "no"], server_default="'se'")
    opened = Field(Date, nullable=True)

    class Meta:
        ordering = ["name", "-pk"]
        verbose_name = "concert hall"


class Concert(Model):
    __tablename__ = "declared_concerts"
    __table_args__ = (
        Index("ix_{table}_latest", "-starts_at", "title"),
        Index(None, "title", "price", unique=True),
        Index("ix_declared_mood", "mood", "hall_id", desc="hall_id", method="btree"),
        UniqueConstraint("hall_id", "starts_at"),
        UniqueConstraint("code", "title", name="uq_declared_code"),
        CheckConstraint("starts_at < ended_at", name="ck_declared_order"),
        CheckConstraint("price <> 13"),
        {"comment": "what is played where"},
    )

    id = Field(Integer, primary_key=True)
    hall_id = Field(BigInteger, ForeignKey("declared_halls.id", on_delete="CASCADE", on_update="RESTRICT"))
    encore_of = Field(Integer, ForeignKey("declared_concerts.id", on_delete="SET NULL"), nullable=True, index=False)
    title = Field(String(80))
    starts_at = Field(DateTime)
    ends_at = Field(DateTime, column="ended_at", index=True)
    price = Field(Decimal(8, 2), min_value="0.00", server_default="0")
    mood = Field(Enum(Mood, native=True))
    code = Field(UUID)
    notes = Field(Text, nullable=True)
    data = Field(JSON)
    pause = Field(Interval, nullable=True)
    tags = Field(Array(Integer))
    recording = Field(Binary, nullable=True)
    rating = Field(Float, nullable=True, check="rating >= 0.5")
    sold_out = Field(Boolean)


class Seat(Model):
    __tablename__ = "declared_seats"

    hall_id = Field(BigInteger, ForeignKey("declared_halls.id", on_delete="CASCADE"), primary_key=True)
    number = Field(SmallInteger, primary_key=True)


class Ticket(Model):
    __tablename__ = "declared_tickets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["hall_id", "seat"],
            ["declared_seats.hall_id", "declared_seats.number"],
            name="fk_{table}_seat",
            on_delete="CASCADE",
            on_update="CASCADE",
        ),
        ForeignKeyConstraint(
            ["again_hall", "again_seat"], ["declared_seats.hall_id", "declared_seats.number"], index=False
        ),
    )

    id = Field(BigInteger, primary_key=True)
    hall_id = Field(BigInteger)
    seat = Field(SmallInteger)
    again_hall = Field(BigInteger, nullable=True)
    again_seat = Field(SmallInteger, nullable=True)


class Poster(Model):
    """What not every database has."""

    __tablename__ = "declared_posters"
    __schema__ = "shop"
    __table_args__ = (
        Index("ix_declared_fresh", "title", unique=True, where="printed > 0"),
        Index("ix_declared_lower", "(lower(title))", "-printed"),
        Index("ix_declared_words", "printed", expression="upper(title)"),
    )

    id = Field(BigInteger, primary_key=True)
    title = Field(String(20))
    printed = Field(Integer)


def shown(model: type[Model], dialect: str, database: str) -> str:
    try:
        statements = "\n".join(model.__chakra_model__.definition(dialect))
    except ChakraError as error:
        statements = f"refused: {error}"
    return f"-- {model._meta.table} on {database}\n{statements}\n"


def test_tables_of_models() -> None:
    dialects = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}
    models = (Hall, Concert, Seat, Ticket, Poster)
    text = [shown(model, dialect, database) for dialect, database in dialects.items() for model in models]
    snapshot = SNAPSHOT.read_text().split("---\n", 2)[2]
    assert "\n".join(text).rstrip("\n").split("\n") == snapshot.rstrip("\n").split("\n")


def test_what_is_no_definition_for_the_database() -> None:
    assert (Hall._meta.verbose_name, Hall._meta.verbose_name_plural) == ("concert hall", "concert halls")
    assert Hall._meta.ordering == ("name", "-pk")
    assert chakra.check_models([Hall, Concert, Seat, Ticket, Poster]) == []
