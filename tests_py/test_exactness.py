"""Values at the edges of what databases keep: exact, or refused by name before any SQL runs."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

import pytest

from chakra import Array, Decimal, Field, Float, Integer, Interval, Model
from chakra.exceptions import ValidationError
from conftest import Database
from models import Sample, table


class Span(Model):
    __tablename__ = table("exact_spans")

    id = Field(Integer, primary_key=True)
    span = Field(Interval, nullable=True)


class Zero(Model):
    __tablename__ = table("exact_zeros")

    id = Field(Integer, primary_key=True)
    floating = Field(Float)
    floats = Field(Array(Float))
    decimals = Field(Array(Decimal(10, 2)))


D = decimal.Decimal
UTC = datetime.timezone.utc


async def test_decimals_beyond_what_a_database_keeps(db: Database, run: Any) -> None:
    db.create(Sample)
    longest = {"sqlite": None, "postgres": D("1e-16384"), "mysql": D("1e-31")}[db.backend]
    if longest is None:
        made = await run(Sample.objects.create, unbounded=D("1e-16384"))
        assert (await run(Sample.objects.get, id=made.id)).unbounded == D("1e-16384")
        return
    for write in (
        lambda: run(Sample.objects.create, unbounded=longest),
        lambda: run(Sample.objects.bulk_create, [Sample(unbounded=longest) for _ in range(3)]),
        lambda: run(Sample.objects.filter(id=1).update, unbounded=longest),
    ):
        with pytest.raises(ValidationError, match="unbounded") as caught:
            await write()
        assert caught.value.field == "unbounded"
    assert await run(Sample.objects.count) == 0


async def test_a_zero_has_no_sign(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.create, id=1, exact=D("-0"), unbounded=D("-0.00"))
    read = await run(Sample.objects.get, id=1)
    assert (str(read.exact), read.unbounded.is_signed()) == ("0.000000", False)


@pytest.mark.parametrize(
    ("field", "value", "above"),
    [
        ("exact", D("1e70"), False),
        ("exact", D("-1e70"), True),
        ("exact", D("1e-40"), True),
        ("exact", D("-1e-40"), True),
        ("exact", D("1.0000000000000000000000000000000000000001"), False),
        ("exact", D("0.9999999999999999999999999999999999999999"), True),
        ("exact", D("Infinity"), False),
        ("exact", D("-Infinity"), True),
        ("exact", D("NaN"), False),
        ("floating", 1.7976931348623157e308, False),
        ("floating", math.inf, False),
        ("floating", -math.inf, True),
        ("floating", math.nan, False),
        ("floating", 1.0000000000000002, False),
        ("floating", 0.9999999999999999, True),
        ("small", 2**15, False),
        ("small", 2**63, False),
        ("big", 2**64, False),
        ("big", -(2**64), True),
        ("big", 10**70, False),
        ("instant", datetime.datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC), False),
        ("short", "x" * 21, False),
        ("floating", 2**53 + 1, False),
        ("floating", 10**400, False),
        ("floating", -(10**400), True),
        ("floating", "1e999", False),
        ("floating", "-1e999", True),
        ("instant", datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-1))), False),
        ("instant", datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=1))), True),
    ],
    ids=str,
)
async def test_comparands_that_no_row_can_have(db: Database, run: Any, field: str, value: Any, above: bool) -> None:
    """They are legal, and the answer is what it is for numbers."""
    db.create(Sample)
    ones: dict[str, Any] = {"instant": datetime.datetime(2024, 1, 1, tzinfo=UTC), "short": "x" * 20}
    await run(Sample.objects.create, id=1, **{field: ones.get(field, 1)})

    async def is_found(lookup: str, comparand: Any) -> bool:
        return bool(await run(Sample.objects.filter(**{f"{field}__{lookup}": comparand}).exists))

    found = {lookup: await is_found(lookup, value) for lookup in ("gt", "gte", "lt", "lte", "exact", "ne")}
    assert found == {"gt": above, "gte": above, "lt": not above, "lte": not above, "exact": False, "ne": True}
    assert not await is_found("in", [value])
    assert await is_found("not_in", [value])
    assert await is_found("in", [value, ones.get(field, 1)])
    assert await is_found("range", (value, ones.get(field, 1)) if above else (ones.get(field, 1), value))


async def test_spans_that_no_row_can_have(db: Database, run: Any) -> None:
    db.create(Span)
    day = datetime.timedelta(days=1)
    await run(Span.objects.bulk_create, [Span(id=1, span=day), Span(id=2, span=None)])
    longest, shortest = datetime.timedelta.max, datetime.timedelta.min
    for condition, found in [
        ({"span__lt": longest}, [1]),
        ({"span__lte": longest}, [1]),
        ({"span__gt": longest}, []),
        ({"span": longest}, []),
        ({"span__ne": longest}, [1, 2]),
        ({"span__gt": shortest}, [1]),
        ({"span__lte": shortest}, []),
        ({"span__in": [longest, shortest]}, []),
        ({"span__in": [longest, day]}, [1]),
        ({"span__not_in": [longest, shortest]}, [1, 2]),
        ({"span__in": [longest, None]}, [2]),
        ({"span__range": (shortest, longest)}, [1]),
        ({"span__range": (longest, shortest)}, []),
    ]:
        rows = Span.objects.filter(**condition).order_by("id").values_list("id", flat=True)
        assert await run(rows.all) == found, condition
        left = Span.objects.exclude(**condition).order_by("id").values_list("id", flat=True)
        assert await run(left.all) == [number for number in (1, 2) if number not in found], condition
    for made in (lambda: Span(span=longest), lambda: Span(span=shortest)):
        with pytest.raises(ValidationError, match=r"span: .*106751991 days"):
            made()


async def test_the_sign_of_a_zero(db: Database, run: Any) -> None:
    """PostgreSQL keeps it; the others store 0.0, which is equal. In lists a float keeps it, a decimal has none."""
    db.create(Zero)
    await run(Zero.objects.create, id=1, floating=-0.0, floats=[-0.0, 0.0], decimals=[D("-0"), D("-0.00")])
    read = await run(Zero.objects.get, id=1)
    assert math.copysign(1, read.floating) == (-1 if db.backend == "postgres" else 1)
    assert [math.copysign(1, number) for number in read.floats] == [-1, 1]
    assert [number.is_signed() for number in read.decimals] == [False, False]
    for zero in (0.0, -0.0):
        assert await run(Zero.objects.filter(floating=zero).count) == 1
        assert await run(Zero.objects.filter(floating__lt=zero).count) == 0
        assert await run(Zero.objects.filter(floats__contains=[zero]).count) == 1
    assert await run(Zero.objects.filter(decimals__contains=[D("-0")]).count) == 1
