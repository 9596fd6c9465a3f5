"""Keys of several fields."""

from __future__ import annotations

import datetime
import decimal
import enum
import pickle
import uuid
from collections.abc import Callable

import pytest

import chakra
from chakra import (
    UUID,
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
    Index,
    Integer,
    Interval,
    Model,
    Q,
    String,
    Time,
)
from chakra.exceptions import (
    DefinitionError,
    FieldError,
    NotFoundError,
    StaleObjectError,
    UniqueViolation,
    ValidationError,
)
from conftest import AsyncFace, BlockingFace, Database
from models import table


class Booking(Model):
    __tablename__ = table("bookings")

    room = Field(String(10), primary_key=True)
    day = Field(Date, primary_key=True)
    slot = Field(Integer, primary_key=True, column="Slot No")
    guest = Field(String(40), nullable=True)

    class Meta:
        ordering = ["-pk"]


DAY = datetime.date(2024, 5, 1)


@pytest.fixture
def bookings(db: Database) -> Database:
    db.create(Booking)
    Booking.objects.bulk_create_sync(
        [Booking(room=room, day=DAY, slot=slot, guest=f"{room}{slot}") for room in "ab" for slot in (1, 2, 3)]
    )
    return db


def guests(found: list[Booking]) -> list[str | None]:
    return [booking.guest for booking in found]


async def test_reading_by_key(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    booking = await run(Booking.objects.get, pk=("a", DAY, 2))
    assert (booking.guest, booking.pk) == ("a2", ("a", DAY, 2))
    assert (await run(Booking.objects.get, pk=["a", "2024-05-01", 2])).guest == "a2"
    assert (await run(Booking.objects.get, Q(pk=("b", DAY, 1)))).guest == "b1"
    assert await run(Booking.objects.get_or_none, pk=("c", DAY, 2)) is None
    with pytest.raises(NotFoundError):
        await run(Booking.objects.get, pk=("a", DAY, 9))


async def test_conditions_on_the_key(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    keys = [("a", DAY, 1), ("b", DAY, 3), ("z", DAY, 1)]
    assert guests(await run(Booking.objects.filter(pk__in=keys).order_by("room").all)) == ["a1", "b3"]
    assert await run(Booking.objects.filter(pk__not_in=keys).count) == 4
    assert await run(Booking.objects.exclude(pk__in=keys).count) == 4
    assert await run(Booking.objects.filter(pk__in=[]).count) == 0
    assert await run(Booking.objects.filter(pk__ne=("a", DAY, 1)).count) == 5
    assert await run(Booking.objects.filter(~Q(pk=("a", DAY, 1)), room="a").count) == 2
    many = [("a", DAY, slot) for slot in range(1, 3_001)]
    assert await run(Booking.objects.filter(pk__in=many).count) == 3


async def test_order_by_the_key(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    assert guests(await run(Booking.objects.order_by("pk").all)) == ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert guests(await run(Booking.objects.all)) == ["b3", "b2", "b1", "a3", "a2", "a1"]
    assert guests(await run(Booking.objects.order_by("-room", "pk").all))[0] == "b1"
    assert (await run(Booking.objects.first)).guest == "b3"
    assert (await run(Booking.objects.order_by().first)).guest == "a1"
    assert (await run(Booking.objects.order_by().last)).guest == "b3"


async def test_an_object_and_its_row(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    booking = await run(Booking.objects.get, pk=("a", DAY, 1))
    booking.guest = "Ada"
    await run(booking.save)
    again = Booking(pk=("a", DAY, 1))
    assert again == booking
    assert hash(again) == hash(booking)
    assert again != Booking(pk=("a", DAY, 2))
    await run(again.refresh)
    assert again.guest == "Ada"
    assert pickle.loads(pickle.dumps(again)) == booking
    await run(booking.delete)
    assert await run(Booking.objects.count) == 5
    again.guest = "Bob"
    with pytest.raises(StaleObjectError, match=r'"a", 2024-05-01, 1'):
        await run(again.save)


async def test_a_key_that_changes_in_part(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    booking = await run(Booking.objects.get, pk=("a", DAY, 1))
    booking.slot = 7
    booking.guest = "moved"
    await run(booking.save)
    assert await run(Booking.objects.count) == 6
    assert (await run(Booking.objects.get, pk=("a", DAY, 7))).guest == "moved"
    booking.pk = ("b", DAY, 7)
    await run(booking.save)
    assert await run(Booking.objects.filter(pk=("b", DAY, 7)).exists)
    booking.pk = ("b", DAY, 1)
    with pytest.raises(UniqueViolation) as caught:
        await run(booking.save)
    assert set(caught.value.columns) == {"room", "day", "Slot No"}
    assert caught.value.table == table("bookings")


async def test_writes_of_queries(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    assert await run(Booking.objects.filter(pk__in=[("a", DAY, 1), ("b", DAY, 1)]).update, guest="x") == 2
    assert await run(Booking.objects.filter(guest="x").delete) == 2


def test_what_a_key_of_several_fields_does_not_take() -> None:
    with pytest.raises(ValidationError, match=r"pk takes a tuple here: \(room, day, slot\)"):
        Booking.objects.filter(pk=3)
    with pytest.raises(ValidationError, match="a tuple of 3"):
        Booking.objects.filter(pk=("a", DAY))
    with pytest.raises(ValidationError, match="a list of tuples"):
        Booking.objects.filter(pk__in=3)
    with pytest.raises(ValidationError, match="room"):
        Booking.objects.filter(pk=(1, DAY, 1))
    with pytest.raises(FieldError, match=r"has several fields .*exact, eq, ne, in and not_in"):
        Booking.objects.filter(pk__gt=("a", DAY, 1))
    with pytest.raises(FieldError, match="has several fields; name them: room, day, slot"):
        Booking.objects.values("pk")
    with pytest.raises(ValueError, match="has 3 values, room, day, slot: give a tuple of them"):
        Booking(pk=3)
    with pytest.raises(ValueError, match="has 3 values, room, day, slot: give a tuple of them"):
        Booking(pk="abc!")


async def test_a_missing_part_is_told(bookings: Database, run: AsyncFace | BlockingFace) -> None:
    with pytest.raises(ValidationError, match="no value for day, slot"):
        await run(Booking(room="a").save)
    with pytest.raises(TypeError, match="cannot be hashed"):
        hash(Booking(room="a"))


class Invoice(Model):
    """A key of which the database numbers a part."""

    __tablename__ = table("invoices")

    number = Field(BigInteger, primary_key=True, auto_increment=True)
    tenant = Field(Integer, primary_key=True)
    text = Field(String(20))

    __table_args__ = Index(None, "tenant", "text")


async def test_a_number_in_a_key_of_several_fields(db: Database, run: AsyncFace | BlockingFace) -> None:
    if db.backend == "sqlite":
        with pytest.raises(DefinitionError) as refused:
            chakra.create_all_sync(models=[Invoice])
        assert str(refused.value).endswith(
            "number: SQLite numbers a field that is the primary key alone, and no part of one of several fields; "
            "number the rows yourself (auto_increment=False), or make this field the only key"
        )
        (fault,) = chakra.check_models([Invoice], dialect="sqlite")
        assert (fault.code, fault.attribute) == ("unsupported", "number")
        assert fault.hint == "number the rows yourself (auto_increment=False), or make this field the only key"
        return
    db.create(Invoice)
    invoice = Invoice(tenant=3, text="x")
    await run(invoice.save)
    assert isinstance(invoice.number, int)
    invoice.text = "y"
    await run(invoice.save)
    assert (await run(Invoice.objects.get, pk=invoice.pk)).text == "y"
    others = [Invoice(tenant=tenant, text="z") for tenant in range(3)]
    await run(Invoice.objects.bulk_create, others)
    assert [other.pk for other in others] == [(invoice.number + 1 + tenant, tenant) for tenant in range(3)]


async def test_a_number_that_does_not_begin_a_key(db: Database) -> None:
    class Line(Model):
        __tablename__ = table("invoice_lines")
        invoice = Field(Integer, primary_key=True)
        number = Field(Integer, primary_key=True, auto_increment=True)

    if db.backend == "postgres":
        db.create(Line)
        assert (await Line.objects.create(invoice=3)).number == 1
        return
    with pytest.raises(DefinitionError, match=r"number: (SQLite|MySQL) numbers .*auto_increment=False"):
        chakra.create_all_sync(models=[Line])


class NumberedName(Model):
    __tablename__ = table("many_keys_names")

    number = Field(Integer, primary_key=True)
    name = Field(String(40), primary_key=True)


class PricedDay(Model):
    __tablename__ = table("many_keys_prices")

    price = Field(Decimal(12, 2), primary_key=True)
    day = Field(Date, primary_key=True)


class MarkedMoment(Model):
    __tablename__ = table("many_keys_moments")

    mark = Field(UUID, primary_key=True)
    moment = Field(DateTime, primary_key=True)


def name_key(number: int) -> tuple[object, ...]:
    return number, f"o'{number}\\ \"ö\U0001f600"


def price_key(number: int) -> tuple[object, ...]:
    return decimal.Decimal(number) / 4, DAY + datetime.timedelta(days=number)


def moment_key(number: int) -> tuple[object, ...]:
    moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=number, microseconds=7)
    return uuid.UUID(int=number), moment


@pytest.mark.parametrize(
    ("model", "key"),
    [(NumberedName, name_key), (PricedDay, price_key), (MarkedMoment, moment_key)],
    ids=["names", "prices", "moments"],
)
async def test_forty_thousand_keys(
    db: Database, run: AsyncFace | BlockingFace, model: type[Model], key: Callable[[int], tuple[object, ...]]
) -> None:
    db.create(model)
    kept = [key(number) for number in (0, 1, 7, 39_999, 40_000, 50_000)]
    # The parts of two keys that are asked for: side by side, they are a key of neither.
    crossed = (key(3)[0], key(4)[1])
    await run(model.objects.bulk_create, [model(pk=one) for one in [*kept, crossed]])
    keys = [key(number) for number in range(40_000)]
    assert {row.pk for row in await run(model.objects.filter(pk__in=keys).all)} == set(kept[:4])
    others = {*kept[4:], crossed}
    assert {row.pk for row in await run(model.objects.filter(pk__not_in=keys).all)} == others
    assert {row.pk for row in await run(model.objects.exclude(pk__in=keys).all)} == others
    assert await run(model.objects.filter(pk__in=keys).delete) == 4
    assert await run(model.objects.count) == 3


async def test_many_keys_of_values_that_some_databases_lack(db: Database, run: AsyncFace | BlockingFace) -> None:
    db.create(PricedDay)
    await run(PricedDay.objects.bulk_create, [PricedDay(pk=price_key(number)) for number in range(3)])
    strange = [decimal.Decimal(text) for text in ("NaN", "Infinity", "0.251", "1e70", "0.25" + "0" * 40)]
    keys = [*((price, price_key(1)[1]) for price in strange), *(price_key(number) for number in range(2, 1_200))]
    assert {row.pk for row in await run(PricedDay.objects.filter(pk__in=keys).all)} == {price_key(1), price_key(2)}
    assert {row.pk for row in await run(PricedDay.objects.exclude(pk__in=keys).all)} == {price_key(0)}


class Hue(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Sundry(Model):
    __tablename__ = table("many_keys_sundry")

    time = Field(Time, primary_key=True)
    span = Field(Interval, primary_key=True)
    code = Field(Binary(20), primary_key=True)
    sign = Field(Char(5), primary_key=True)
    hue = Field(Enum(Hue, name="many_keys_hue"), primary_key=True)
    flag = Field(Boolean, primary_key=True)
    weight = Field(Float, primary_key=True)


def sundry_key(number: int) -> tuple[object, ...]:
    return (
        datetime.time(number % 24, 59, 0, number),
        datetime.timedelta(days=-number, microseconds=number),
        bytes([0, number % 256, 255]),
        f"s{number}",
        list(Hue)[number % 2],
        number % 3 == 0,
        number / 10 - 5,
    )


async def test_many_keys_of_other_types(db: Database, run: AsyncFace | BlockingFace) -> None:
    db.create(Sundry)
    rows = [Sundry(pk=sundry_key(number)) for number in range(1_150)]
    flags = [(*row.pk[:5], not row.pk[5], row.pk[6]) for row in rows[:20]]
    await run(Sundry.objects.bulk_create, [*rows, *(Sundry(pk=key) for key in flags)])
    keys = [sundry_key(number) for number in range(1_100)]
    assert {row.pk for row in await run(Sundry.objects.filter(pk__in=keys).all)} == set(keys)
    others = {*(row.pk for row in rows[1_100:]), *flags}
    assert {row.pk for row in await run(Sundry.objects.exclude(pk__in=keys).all)} == others
    blank = (*keys[0][:3], "s0 ", *keys[0][4:])
    assert await run(Sundry.objects.filter(pk__in=[blank, *keys[1:]]).count) == 1_099
    assert await run(Sundry.objects.filter(pk__in=[]).count) == 0
