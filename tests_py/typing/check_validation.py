"""Rules and validators as a type checker sees them. Read by mypy in strict mode, never run."""

from __future__ import annotations

import datetime
import enum

from typing_extensions import assert_type

from chakra import Date, DateTime, Decimal, Field, Integer, Model, String, model_validator, validator
from chakra.exceptions import ValidationError


class Room(enum.Enum):
    SINGLE = "single"
    DOUBLE = "double"


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


class Named:
    """A plain mixin."""

    @validator("guest")
    def trim(self, value: str) -> str:
        return value.strip()


class Booking(Named, Model):
    id = Field(Integer, primary_key=True)
    guest = Field(String(40), min_length=2, max_length=40, pattern="^[A-Z]")
    room = Field(String(10), choices=Room, default="single")
    beds = Field(Integer, nullable=True, choices=[1, 2], min_value=1, db_check=False)
    price = Field(Decimal(8, 2), min_value="0.01", max_value=100, check="price > 0")
    arrival = Field(Date, min_value=datetime.date(2020, 1, 1))
    updated_at = Field(DateTime, default=now, on_update=now)
    note = Field(String, nullable=True, on_update=lambda: None)

    @validator("beds", "id")
    def positive(self, value: int) -> int | None:
        if value < 0:
            raise ValueError("negative")
        return value or None

    @validator("room")
    @classmethod
    def lower(cls, value: str) -> str:
        return value.lower()

    @model_validator
    def check_price(self) -> None:
        if self.price > 10 and self.beds is None:
            raise ValidationError("too dear")


booking = Booking(guest="Ada")
assert_type(booking.guest, str)
assert_type(booking.beds, int | None)
assert_type(booking.updated_at, datetime.datetime)
assert_type(booking.positive(3), int | None)
assert_type(booking.trim("x"), str)
assert_type(Booking.lower("x"), str)
booking.check_price()


class Wrong(Model):
    id = Field(Integer, primary_key=True)
    name = Field(String(10), min_length="3")  # type: ignore[call-overload]
    number = Field(Integer, on_update="7")  # type: ignore[arg-type]
