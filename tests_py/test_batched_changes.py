"""Changes of many objects that one statement writes: every value arrives exact, whatever its type and neighbours."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest

from chakra import (
    JSON,
    UUID,
    Array,
    BigInteger,
    Binary,
    Boolean,
    Char,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    JSONNull,
    LargeBinary,
    Model,
    Session,
    SmallInteger,
    String,
    Text,
    Time,
)
from chakra.testing import assert_num_queries
from conftest import Database
from models import table

UTC = datetime.timezone.utc


class Shade(enum.Enum):
    LIGHT = "light"
    DARK = "dark"


class Everything(Model):
    __tablename__ = table("batched_everything")
    id = Field(Integer, primary_key=True)
    small = Field(SmallInteger, nullable=True)
    big = Field(BigInteger, nullable=True)
    real = Field(Float, nullable=True)
    exact = Field(Decimal(20, 6), nullable=True)
    name = Field(String(60), nullable=True)
    text = Field(Text, nullable=True)
    char = Field(Char(5), nullable=True)
    flag = Field(Boolean, nullable=True)
    moment = Field(DateTime, nullable=True)
    day = Field(Date, nullable=True)
    hour = Field(Time, nullable=True)
    span = Field(Interval, nullable=True)
    few = Field(Binary(10), nullable=True)
    blob = Field(LargeBinary, nullable=True)
    code = Field(UUID, nullable=True)
    data = Field(JSON, nullable=True)
    numbers = Field(Array(Integer), nullable=True)
    words = Field(Array(String(20)), nullable=True)
    shade = Field(Enum(Shade), nullable=True)


class Keyed(Model):
    __tablename__ = table("batched_keyed")
    word = Field(String(40), primary_key=True)
    code = Field(UUID, primary_key=True)
    value = Field(Integer, nullable=True)


def moment(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


VALUES: dict[str, list[Any]] = {
    "small": [-32768, 32767, None, 0],
    "big": [-(2**63), 2**63 - 1, 1, None],
    "real": [0.1, -1e300, None, 3.0],
    "exact": [decimal.Decimal("0.000001"), None, decimal.Decimal("-12345678901234.5"), decimal.Decimal(7)],
    "name": ["", "ä𝄞", None, 'it\'s \\ "quoted" %'],
    "text": ["x" * 5000, None, " blanks ", "short"],
    "char": ["ab", "abcde", None, ""],
    "flag": [True, False, None, True],
    "moment": [moment(2024, 1, 1), moment(1999, 12, 31, 23, 59, 59, 999999), None, moment(2038, 1, 20, 1, 2, 3, 4)],
    "day": [datetime.date(2024, 2, 29), None, datetime.date(1900, 1, 1), datetime.date(9999, 12, 31)],
    "hour": [datetime.time(0, 0), datetime.time(23, 59, 59, 999999), None, datetime.time(1, 2, 3)],
    "span": [datetime.timedelta(0), None, datetime.timedelta(days=-3, microseconds=1), datetime.timedelta(hours=5)],
    "few": [b"", b"\x00\xff", None, b"0123456789"],
    "blob": [b"\x00" * 3000, None, b"\xde\xad\xbe\xef", b"x"],
    "code": [uuid.UUID(int=1), None, uuid.UUID(int=2**128 - 1), uuid.uuid5(uuid.NAMESPACE_DNS, "chakra")],
    "data": [{"b": [1, 2.5, None], "a": "ä"}, None, JSONNull, [True, {}]],
    "numbers": [[], [1, 2], None, [-(2**31)]],
    "words": [["a", "ä'\""], None, [], ["b"]],
    "shade": [Shade.DARK, None, Shade.LIGHT, Shade.DARK],
}


@pytest.fixture
def rows(db: Database) -> Database:
    db.create(Everything, Keyed)
    Everything.objects.bulk_create_sync([Everything() for _ in range(4)])
    return db


@pytest.mark.parametrize("turn", range(4))
def test_every_type(rows: Database, turn: int) -> None:
    expected = [{name: values[(row + turn) % 4] for name, values in VALUES.items()} for row in range(4)]
    with Session() as session:
        objects = list(Everything.objects.order_by("id").all_sync())
        for row, one in enumerate(objects):
            for name, value in expected[row].items():
                setattr(one, name, value)
            one.id = one.id
        # Columns of which some rows hold their value already are another shape.
        assert len(session.changed_objects) == 4
        session.commit_sync()
    for one, values in zip(Everything.objects.order_by("id").all_sync(), expected, strict=True):
        for name, value in values.items():
            found = getattr(one, name)
            assert (type(found), found) == (type(value), value), name


def test_all_columns_in_one_statement(rows: Database) -> None:
    filled = {name: next(value for value in values if value is not None) for name, values in VALUES.items()}
    Everything.objects.update_sync(**filled)
    with Session() as session:
        objects = list(Everything.objects.order_by("id").all_sync())
        for row, one in enumerate(objects[:2]):
            one.name, one.moment, one.exact = f"row {row}", moment(2000 + row, 1, 1), decimal.Decimal(row)
        with assert_num_queries(1):
            session.commit_sync()
    stored = [(one.name, one.moment, one.exact) for one in Everything.objects.order_by("id").all_sync()]
    assert stored[0] == ("row 0", moment(2000, 1, 1), decimal.Decimal(0))
    assert stored[1] == ("row 1", moment(2001, 1, 1), decimal.Decimal(1))
    assert stored[2] == stored[3] == (filled["name"], filled["moment"], filled["exact"])


def test_keys_of_several_fields(rows: Database) -> None:
    keys = [(word, uuid.UUID(int=number)) for word in ("a", "A", "ä", "a'b") for number in range(3)]
    Keyed.objects.bulk_create_sync([Keyed(word=word, code=code) for word, code in keys])
    with Session() as session:
        for place, key in enumerate(keys):
            one = session.get_sync(Keyed, key)
            assert one is not None
            one.value = place
        with assert_num_queries(1):
            session.commit_sync()
    assert {(one.word, one.code): one.value for one in Keyed.objects.all().all_sync()} == dict(
        zip(keys, range(len(keys)), strict=True)
    )
