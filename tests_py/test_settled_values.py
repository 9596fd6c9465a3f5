"""What an instance holds is what will be read: documents without tuples, arrays of their elements' type."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest

from chakra import JSON, UUID, Array, Binary, Date, Decimal, Enum, Field, Integer, JSONNull, Model, String
from chakra.exceptions import ValidationError
from conftest import Database
from models import table


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2


class Side2(str, enum.Enum):
    LEFT = "left"


class Level(enum.IntEnum):
    HIGH = 2


class Exact(Model):
    __tablename__ = table("settled_exact")

    id = Field(Integer, primary_key=True)
    price = Field(Decimal(8, 2))
    data = Field(Binary)
    token = Field(UUID)


class Settled(Model):
    __tablename__ = table("settled")

    id = Field(Integer, primary_key=True)
    document = Field(JSON, nullable=True)
    numbers = Field(Array(Integer), default=[])
    days = Field(Array(Date), default=[])
    sides = Field(Array(Enum(Side)), default=[])
    names = Field(Array(String(3)), default=[], min_length=0)


DOCUMENTS: list[tuple[Any, Any]] = [
    ((1, 2), [1, 2]),
    ({"a": (1, (2, {"b": ()}))}, {"a": [1, [2, {"b": []}]]}),
    ([JSONNull], [None]),
    ({"a": JSONNull, "b": [JSONNull, (JSONNull,)]}, {"a": None, "b": [None, [None]]}),
    (JSONNull, JSONNull),
    ([1, {"a": [None]}], [1, {"a": [None]}]),
]


@pytest.mark.parametrize(("given", "kept"), DOCUMENTS)
async def test_a_document_is_at_once_what_will_be_read(db: Database, run: Any, given: Any, kept: Any) -> None:
    db.create(Settled)
    before = repr(given)
    for made in (Settled(id=1, document=given), Settled(id=2)):
        made.document = given
        assert repr(made.document) == repr(kept)
        await run(made.save)
        assert repr(made.document) == repr(kept)
        assert repr((await run(Settled.objects.get, id=made.id)).document) == repr(kept)
    assert repr(given) == before, "the caller's own object is left alone"


async def test_a_document_that_needs_no_change_is_the_very_object() -> None:
    given = {"a": [1, {"b": None}]}
    assert Settled(document=given).document is given
    shared = [1]
    made = Settled(document={"kept": shared, "new": (1,)})
    assert made.document["kept"] is shared


async def test_a_document_changed_in_place_is_settled_when_it_is_saved(db: Database, run: Any) -> None:
    db.create(Settled)
    made = await run(Settled.objects.create, document={"a": [1]})
    inner = made.document["a"]
    inner.append((2, JSONNull))
    made.document["b"] = (3,)
    await run(made.save)
    assert made.document == {"a": [1, [2, None]], "b": [3]}
    assert made.document["a"] is inner
    assert (await run(Settled.objects.get, id=made.id)).document == made.document


async def test_what_is_appended_to_an_array_takes_the_form_of_its_elements(db: Database, run: Any) -> None:
    db.create(Settled)
    made = await run(Settled.objects.create)
    held = made.numbers
    held.append("7")
    made.days.append("2024-02-29")
    made.sides.extend(["LEFT", 2])
    await run(made.save)
    assert (made.numbers, made.days) == ([7], [datetime.date(2024, 2, 29)])
    assert made.sides == [Side.LEFT, Side.RIGHT]
    assert made.numbers is held
    read = await run(Settled.objects.get, id=made.id)
    assert (read.numbers, read.days, read.sides) == (made.numbers, made.days, made.sides)


@pytest.mark.parametrize(
    ("field", "element"), [("numbers", "seven"), ("numbers", 2**31), ("numbers", 1.5), ("names", "four"), ("sides", 3)]
)
async def test_what_an_array_does_not_take_is_refused_when_it_is_saved(
    db: Database, run: Any, field: str, element: Any
) -> None:
    db.create(Settled)
    made = await run(Settled.objects.create)
    getattr(made, field).append(element)
    with pytest.raises(ValidationError, match=field):
        await run(made.save)
    with pytest.raises(ValidationError, match=field):
        await run(Settled.objects.bulk_create, [made])
    assert getattr(await run(Settled.objects.get, id=made.id), field) == []


class Number(int):
    """More than an int."""


class Word(str):
    """More than a str."""


class Members(dict[str, Any]):
    """More than a dict."""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Number(5), 5),
        (Word("abc"), "abc"),
        (Members(a=Number(1)), {"a": 1}),
        ([Side2.LEFT, {"a": Level.HIGH}], ["left", {"a": 2}]),
        (collections.OrderedDict(a=[collections.Counter("aa")]), {"a": [{"a": 2}]}),
        ([True, 2**53, 1.5], [True, 2**53, 1.5]),
    ],
)
async def test_what_is_more_than_json_holds_is_no_more_than_that(db: Database, run: Any, given: Any, kept: Any) -> None:
    db.create(Settled)

    def same(one: Any, other: Any) -> bool:
        if type(one) is not type(other):
            return False
        if isinstance(one, dict):
            return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
        if isinstance(one, list):
            return len(one) == len(other) and all(map(same, one, other))
        return bool(one == other)

    made = await run(Settled.objects.create, document=given)
    assert same(made.document, kept)
    assert same((await run(Settled.objects.get, id=made.id)).document, kept)
    made.document = [kept]
    made.document[0] = given
    await run(made.save)
    assert same(made.document, [kept])


def test_values_are_of_the_very_class_that_is_read() -> None:
    class Money(decimal.Decimal):
        pass

    class Blob(bytes):
        pass

    class Token(uuid.UUID):
        pass

    made = Exact(price=Money("1.50"), data=Blob(b"x"), token=Token(int=7))
    assert [type(made.price), type(made.data), type(made.token)] == [decimal.Decimal, bytes, uuid.UUID]
    assert (str(made.price), made.data, made.token) == ("1.50", b"x", uuid.UUID(int=7))
