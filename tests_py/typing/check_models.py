"""What a type checker infers for models; read by mypy, never run."""

import datetime
import decimal
import enum
import uuid
from typing import Any

from typing_extensions import assert_type

from chakra import (
    JSON,
    UUID,
    Array,
    BigInteger,
    Binary,
    Boolean,
    Char,
    Column,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Mapped,
    Model,
    Q,
    SmallInteger,
    String,
    Text,
    Time,
)


class Timestamps:
    created_at = Field(DateTime, default=lambda: datetime.datetime.now(datetime.timezone.utc))


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class User(Timestamps, Model):
    id = Field(BigInteger, primary_key=True)
    username = Field(String(50), unique=True)
    nickname = Field(String(50), nullable=True)
    age: Mapped[int] = Field(Integer, default=18)
    karma = Field(SmallInteger, nullable=True, default=0)
    height = Field(Float)
    balance = Field(Decimal(12, 2), default=decimal.Decimal(0))
    biography = Field(Text, nullable=True)
    active = Field(Boolean, default=True)
    born = Field(Date, nullable=True)
    wakes_at = Field(Time)
    token = Field(UUID, default=uuid.uuid4)
    photo = Field(Binary, nullable=True)
    settings = Field(JSON, default={})
    country = Field(Char(2))
    portrait = Field(LargeBinary)
    rests = Field(Interval, default=datetime.timedelta(hours=8))
    color = Field(Enum(Color), default=Color.RED)
    accent = Field(Enum(Color, native=True), nullable=True)
    state = Field(Enum("new", "old"), default="new")
    scores = Field(Array(Integer), default=[])
    tags = Field(Array(String(20)), nullable=True)
    colors = Field(Array(Enum(Color)))


user = User(username="ada")

assert_type(user.id, int)
assert_type(user.username, str)
assert_type(user.nickname, str | None)
assert_type(user.age, int)
assert_type(user.karma, int | None)
assert_type(user.height, float)
assert_type(user.balance, decimal.Decimal)
assert_type(user.biography, str | None)
assert_type(user.active, bool)
assert_type(user.born, datetime.date | None)
assert_type(user.wakes_at, datetime.time)
assert_type(user.token, uuid.UUID)
assert_type(user.photo, bytes | None)
assert_type(user.settings, Any)
assert_type(user.created_at, datetime.datetime)
assert_type(user.country, str)
assert_type(user.portrait, bytes)
assert_type(user.rests, datetime.timedelta)
assert_type(user.color, Color)
assert_type(user.accent, Color | None)
assert_type(user.state, str)
assert_type(user.scores, list[int])
assert_type(user.tags, list[str] | None)
assert_type(user.colors, list[Color])

assert_type(User.username, Column[str])
assert_type(User.nickname, Column[str | None])
assert_type(User.age, Column[int])
assert_type(User.scores, Column[list[int]])
assert_type(User.color == Color.RED, Q)
assert_type(User.scores.contains([1]), Q)
assert_type(User.tags.overlap(["a"]), Q)
assert_type(User.tags.contained_by({"a"}), Q)
assert_type(User.username.contains("a"), Q)
assert_type(User.settings["theme"]["colors"][0] == "red", Q)
assert_type(User.settings["theme"].has_keys(["a"]), Q)
assert_type(User.settings.contains({"theme": {}}), Q)
assert_type(User.settings["size"] > 3, Q)
assert_type(User.username.search("a b"), Q)
_ = User.settings["size"] > [3]  # type: ignore[operator]
User.scores.contains([""])  # type: ignore[list-item]
User.age.overlap([1])  # type: ignore[arg-type, misc]

user.username = "lovelace"
user.nickname = None
user.nickname = "A."
user.username = None  # type: ignore[assignment]
user.username = 3  # type: ignore[assignment]
user.age = "old"  # type: ignore[assignment]
user.usernme = "ada"  # type: ignore[attr-defined]  # spellchecker:disable-line
_ = User.usernme  # type: ignore[attr-defined]  # spellchecker:disable-line

assert_type(User.from_dict({"username": "ada"}), User)
assert_type(user.to_dict(), dict[str, Any])


class Wrong(Model):
    id = Field(Integer, primary_key=True)
    count: Mapped[str] = Field(Integer)  # type: ignore[arg-type]
    text = Field(String(10), unknown=True)  # type: ignore[call-overload]
    number = Field(Integer, default="7")  # type: ignore[arg-type]
    key = Field(int)  # type: ignore[var-annotated, arg-type]
