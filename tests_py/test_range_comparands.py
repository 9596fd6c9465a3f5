"""Ranges compared with values and ranges that no column of their type can hold: legal, and simply true or false."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chakra import BigInteger, Field, Model
from chakra.exceptions import ValidationError
from chakra.postgres import DateRange, Int4Range, Int8Range, NumRange, Range, TsTzRange
from conftest import Database, open_database
from models import table

LAST_DAY = datetime.date(9999, 12, 31)


class Bounded(Model):
    __tablename__ = table("range_comparands")

    id = Field(BigInteger, primary_key=True)
    small = Field(Int4Range, nullable=True)
    large = Field(Int8Range, nullable=True)
    days = Field(DateRange, nullable=True)
    span = Field(TsTzRange, nullable=True)
    price = Field(NumRange, nullable=True)


@pytest.fixture
def postgres(tmp_path: Any) -> Iterator[Database]:
    database = open_database("postgres", tmp_path)
    database.create(Bounded)
    yield database
    database.close()


Ends = tuple[float, float] | None


def ends(one: Any) -> Ends:
    """The range as the server keeps it, with infinities for open ends; None for an empty one."""
    if one.empty:
        return None
    lower, upper = one.lower, one.upper
    first = -math.inf if lower is None else lower + (one.bounds[0] == "(")
    last = math.inf if upper is None else upper + (one.bounds[1] == "]")
    return (first, last) if first < last else None


def both(holds: Callable[[Any, Any], bool]) -> Callable[[Ends, Ends], bool]:
    return lambda own, other: own is not None and other is not None and holds(own, other)


def order(one: Ends) -> tuple[bool, Any]:
    return (one is not None, one)


HOLDS: dict[str, Callable[[Ends, Ends], bool]] = {
    "contains": lambda own, other: other is None or both(lambda a, b: a[0] <= b[0] and a[1] >= b[1])(own, other),
    "contained_by": lambda own, other: own is None or both(lambda a, b: a[0] >= b[0] and a[1] <= b[1])(own, other),
    "overlap": both(lambda a, b: a[0] < b[1] and b[0] < a[1]),
    "fully_lt": both(lambda a, b: a[1] <= b[0]),
    "fully_gt": both(lambda a, b: a[0] >= b[1]),
    "not_gt": both(lambda a, b: a[1] <= b[1]),
    "not_lt": both(lambda a, b: a[0] >= b[0]),
    "adjacent_to": both(lambda a, b: a[1] == b[0] or a[0] == b[1]),
    "exact": lambda own, other: own == other,
    "ne": lambda own, other: own != other,
    "lt": lambda own, other: order(own) < order(other),
    "lte": lambda own, other: order(own) <= order(other),
    "gt": lambda own, other: order(own) > order(other),
    "gte": lambda own, other: order(own) >= order(other),
}


def pairs(values: list[int | None]) -> Iterator[Any]:
    for lower, upper in itertools.product(values, values):
        if lower is None or upper is None or lower <= upper:
            yield from (Range(lower, upper, sides) for sides in ("[)", "[]", "()"))


@pytest.mark.parametrize(("field", "bits"), [("small", 32), ("large", 64)])
def test_ranges_beyond_those_of_the_type(postgres: Database, field: str, bits: int) -> None:
    least, greatest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    storable: list[int | None] = [None, least, least + 1, 0, 1, greatest - 1, greatest]
    beyond: list[int | None] = [None, -(2**100), least - 1, least, 1, greatest, greatest + 1, greatest + 2, 2**100]
    stored = [one for one in pairs(storable) if fits(one, bits)]
    Bounded.objects.bulk_create_sync([Bounded(id=at, **{field: one}) for at, one in enumerate(stored)])
    query = Bounded.objects.order_by("id").values_list("id", flat=True)
    for other, (name, holds) in itertools.product(set(pairs(beyond)), HOLDS.items()):
        wanted = [at for at, one in enumerate(stored) if holds(ends(one), ends(other))]
        assert query.filter(**{f"{field}__{name}": other}).all_sync() == wanted, (name, other)
    for number in beyond[1:]:
        wanted = [at for at, one in enumerate(stored) if number in one]
        assert query.filter(**{f"{field}__contains": number}).all_sync() == wanted, number
        expected = [at for at, one in enumerate(stored) if (ends(one) or (None,))[0] == number]
        assert query.filter(**{f"{field}__startswith": number}).all_sync() == expected, number
    far = [Range(greatest + 1, None), Range(0, 1), Range(0, greatest + 1)]
    assert query.filter(**{f"{field}__in": far}).all_sync() == [
        at for at, one in enumerate(stored) if ends(one) == (0, 1)
    ]
    between = query.filter(**{f"{field}__range": (Range(0, 1), Range(0, greatest + 5))}).all_sync()
    first, last = order((0, 1)), order((0, greatest + 5))
    assert between == [at for at, one in enumerate(stored) if first <= order(ends(one)) <= last]


def fits(one: Any, bits: int) -> bool:
    limit = 2 ** (bits - 1)
    return all(end in (-math.inf, math.inf) or -limit <= end < limit for end in ends(one) or ())


async def test_the_last_day_may_be_a_bound_that_is_included(postgres: Database, run: Any) -> None:
    await run(Bounded.objects.create, id=1, days=Range(datetime.date(9999, 12, 1), LAST_DAY))
    await run(Bounded.objects.create, id=2, days=Range(datetime.date(9999, 12, 1), None))
    query = Bounded.objects.order_by("id").values_list("id", flat=True)
    whole = Range(datetime.date(1, 1, 1), LAST_DAY, "[]")
    assert await run(query.filter(days__contained_by=whole).all) == [1]
    assert await run(query.filter(days__contains=Range(LAST_DAY, LAST_DAY, "[]")).all) == [2]
    assert await run(query.filter(days__overlap=Range(LAST_DAY, None, "()")).all) == [2]
    assert await run(query.filter(days__lt=whole).all) == []
    assert await run(query.filter(days__gt=whole).all) == [1, 2]


async def test_what_is_no_range_is_refused_all_the_same(postgres: Database, run: Any) -> None:
    day = datetime.date(2024, 2, 29)
    for lookups in (
        {"small__contained_by": Range(day, None)},
        {"small__lt": Range(1.5, None)},
        {"price__overlap": Range(math.nan, None)},
        {"small__contains": "x"},
    ):
        with pytest.raises(ValidationError):
            await run(Bounded.objects.filter(**lookups).all)
    for given in (Range(1, 2**31 - 1, "[]"), Range(2**31, None), Range(0, 2**70)):
        with pytest.raises(
            ValidationError, match=r"Bounded\.small.*(beyond the bounds of Int4Range|no value after it)"
        ):
            Bounded(id=3, small=given)
