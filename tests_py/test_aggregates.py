"""Aggregates over a whole query: the same answer on every database, and Python's own."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from typing import Any

import pytest

from chakra import Avg, Count, Max, Min, Q, Sum
from chakra.exceptions import DatabaseError, FieldError, QueryError
from conftest import Database
from models import Country, Reader, Sample

D = decimal.Decimal
UTC = datetime.timezone.utc


def rows(field: str, values: list[Any]) -> list[Sample]:
    return [Sample(**{field: value}) for value in values]


async def aggregated(db: Database, run: Any, field: str, values: list[Any]) -> dict[str, Any]:
    """What every aggregate of a field says of these values."""
    db.create(Sample)
    await run(Sample.objects.bulk_create, rows(field, values))
    found: dict[str, Any] = await run(
        Sample.objects.aggregate,
        rows=Count(),
        count=Count(field),
        sum=Sum(field),
        avg=Avg(field),
        min=Min(field),
        max=Max(field),
    )
    return found


def same(found: Any, expected: Any) -> None:
    assert (type(found), found) == (type(expected), expected)


async def test_of_no_rows(db: Database, run: Any) -> None:
    db.create(Sample)
    found = await run(
        Sample.objects.aggregate, Count(), Count("big"), Sum("big"), Avg("exact"), Min("text"), Max("day")
    )
    assert found == {
        "count": 0,
        "big__count": 0,
        "big__sum": None,
        "exact__avg": None,
        "text__min": None,
        "day__max": None,
    }


async def test_none_is_left_out(db: Database, run: Any) -> None:
    found = await aggregated(db, run, "integer", [None, 3, None, 4])
    assert found == {"rows": 4, "count": 2, "sum": 7, "avg": 3.5, "min": 3, "max": 4}
    found = await run(Sample.objects.filter(integer=None).aggregate, n=Count(), sum=Sum("integer"), min=Min("integer"))
    assert found == {"n": 2, "sum": None, "min": None}


@pytest.mark.parametrize("field", ["small", "integer", "big"])
async def test_integers(db: Database, run: Any, field: str) -> None:
    values = [7, -3, 0, 12, 12]
    found = await aggregated(db, run, field, values)
    assert found == {"rows": 5, "count": 5, "sum": 28, "avg": 5.6, "min": -3, "max": 12}
    assert [type(value) for value in found.values()] == [int, int, int, float, int, int]


async def test_sums_of_integers_are_exact_beyond_64_bits(db: Database, run: Any) -> None:
    most, least = 2**63 - 1, -(2**63)
    found = await aggregated(db, run, "big", [most, most, most - 1])
    same(found["sum"], 3 * most - 1)
    same(found["avg"], (3 * most - 1) / 3)
    found = await aggregated(db, run, "big", [least] * 5)
    same(found["sum"], 3 * most - 1 + 5 * least)


async def test_decimals_are_exact(db: Database, run: Any) -> None:
    values = [D("0.10"), D("0.2"), D("99999999999999.999999"), D("-99999999999999.999999"), D("10"), D("9.5")]
    found = await aggregated(db, run, "exact", values)
    same(found["sum"], D("19.8"))
    same(found["avg"], D("3.3"))
    same(found["min"], min(values))
    same(found["max"], max(values))


async def test_decimals_of_many_digits(db: Database, run: Any) -> None:
    values = [D("12345678901234567890.1234567890123456789012345678"), D("1e-28"), D("-5")]
    found = await aggregated(db, run, "unbounded", values)
    same(found["sum"], D("12345678901234567885.1234567890123456789012345679"))
    with decimal.localcontext(prec=48):
        same(found["avg"], found["sum"] / 3)
    same(found["max"], values[0])


async def test_averages_of_decimals_that_go_on(db: Database, run: Any) -> None:
    found = await aggregated(db, run, "exact", [D(1), D(1), D(0)])
    same(found["avg"], D(2) / D(3))  # 28 digits, as Python's default context
    found = await run(Sample.objects.filter(exact=1).aggregate, avg=Avg("exact"))
    same(found["avg"], D(1))


async def test_floats(db: Database, run: Any) -> None:
    found = await aggregated(db, run, "floating", [0.5, -1.25, 1e300, 3.0])
    assert found == {"rows": 4, "count": 4, "sum": 1e300, "avg": 2.5e299, "min": -1.25, "max": 1e300}
    await run(Sample.objects.delete)
    found = await aggregated(db, run, "floating", [1.0, 2.0, 4.0])
    same(found["sum"], 7.0)
    same(found["avg"], 7.0 / 3)


async def test_floats_that_are_no_numbers(db: Database, run: Any) -> None:
    if db.backend == "mysql":
        pytest.skip("they are refused before any SQL")
    found = await aggregated(db, run, "floating", [math.inf, 1.0])
    assert found == {"rows": 2, "count": 2, "sum": math.inf, "avg": math.inf, "min": 1.0, "max": math.inf}
    found = await aggregated(db, run, "floating", [-math.inf])
    assert math.isnan(found["sum"])
    assert math.isnan(found["avg"])
    assert (found["min"], found["max"]) == (-math.inf, math.inf)


async def test_a_sum_beyond_the_range_of_floats(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, rows("floating", [1.5e308, 1.5e308]))
    with pytest.raises(DatabaseError, match="range"):
        await run(Sample.objects.aggregate, Sum("floating"))


EXTREMES: dict[str, list[Any]] = {
    "short": ["b", "a", "B", "", "ä", "z", "Z"],
    "string": ["10", "9", "😀", "\uffff", " ", "a ", "a"],
    "text": ["e\u0301", "é", "f"],
    "flag": [True, False, True],
    "instant": [
        datetime.datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime.datetime(1, 1, 1, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
    "day": [datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(1969, 12, 31)],
    "clock": [datetime.time(12), datetime.time(0, 0, 0, 1), datetime.time(23, 59, 59, 999999)],
    "token": [uuid.UUID(int=n) for n in (5, 2**127, 2**128 - 1, 2**64)],
    "data": [b"\x00", b"", b"\xff", b"\x7f", b"\xff\x00"],
}


@pytest.mark.parametrize("field", EXTREMES)
async def test_least_and_greatest(db: Database, run: Any, field: str) -> None:
    db.create(Sample)
    values = EXTREMES[field]
    await run(Sample.objects.bulk_create, rows(field, [None, *values]))
    found = await run(Sample.objects.aggregate, low=Min(field), high=Max(field), n=Count(field))
    assert found == {"low": min(values), "high": max(values), "n": len(values)}
    assert {type(found["low"]), type(found["high"])} == {type(values[0])}
    if field == "flag":
        await run(Sample.objects.filter(flag=True).delete)
        assert await run(Sample.objects.aggregate, high=Max(field)) == {"high": False}


async def test_distinct(db: Database, run: Any) -> None:
    db.create(Sample)
    samples = [Sample(integer=n, exact=x, text=t) for n, x, t in [(2, "1.0", "a"), (2, "1.00", "a"), (3, "5", "b")]]
    await run(Sample.objects.bulk_create, samples)
    found = await run(
        Sample.objects.aggregate,
        n=Count("integer", distinct=True),
        s=Sum("integer", distinct=True),
        a=Avg("integer", distinct=True),
        x=Sum("exact", distinct=True),
        xs=Count("exact", distinct=True),
        t=Count("text", distinct=True),
        m=Max("integer", distinct=True),
    )
    assert found == {"n": 2, "s": 5, "a": 2.5, "x": D(6), "xs": 2, "t": 2, "m": 3}


async def test_distinct_decimals_without_a_scale(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, rows("unbounded", [D("1.0"), D("1.00"), D(1), D("1e1")]))
    found = await run(Sample.objects.aggregate, n=Count("unbounded", distinct=True), s=Sum("unbounded", distinct=True))
    assert found == {"n": 2, "s": D(11)}


async def test_filter(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, [Sample(integer=n, text=f"t{n}", exact=n) for n in range(10)])
    found = await run(
        Sample.objects.filter(integer__gt=0).aggregate,
        n=Count(filter=Q(integer__lt=5)),
        s=Sum("exact", filter=Q(integer__in=[1, 3, 11]) | Q(text="t9")),
        a=Avg("integer", filter=Sample.integer > 7),  # type: ignore[attr-defined]
        m=Min("text", filter=~Q(text="t1")),
        none=Max("text", filter=Q(integer=None)),
        all=Count("text", filter=Q()),
    )
    assert found == {"n": 4, "s": D(13), "a": 8.5, "m": "t2", "none": None, "all": 9}


async def test_columns_and_names(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, rows("integer", [1, 2]))
    column = Sample.integer  # type: ignore[attr-defined]
    found = await run(Sample.objects.aggregate, Sum(column), Count("*"), Max("pk"), top=Max(column))
    assert found["integer__sum"] == 3
    assert (found["count"], found["top"]) == (2, 2)
    assert list(found) == ["integer__sum", "count", "pk__max", "top"]


async def test_a_slice_is_aggregated_as_it_is(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, [Sample(integer=n, text="x") for n in range(10)])
    by_size = Sample.objects.order_by("-integer")
    found = await run(by_size[:3].aggregate, s=Sum("integer"), n=Count(), m=Min("integer"), t=Max("text"))
    assert found == {"s": 24, "n": 3, "m": 7, "t": "x"}
    found = await run(by_size[8:].aggregate, s=Sum("integer"), a=Avg("integer"), n=Count(filter=Q(integer=0)))
    assert found == {"s": 1, "a": 0.5, "n": 1}
    assert await run(by_size[20:].aggregate, Count(), Sum("integer")) == {"count": 0, "integer__sum": None}


async def test_a_slice_keeps_the_models_own_order(db: Database, run: Any) -> None:
    db.create(Country)
    for code, population in [("aa", 1), ("bb", 30), ("cc", 20)]:
        await run(Country.objects.create, code=code, name=code, population=population)
    assert await run(Country.objects.all()[:2].aggregate, s=Sum("population")) == {"s": 50}


async def test_distinct_rows_are_aggregated_once(db: Database, run: Any) -> None:
    db.create(Sample)
    await run(Sample.objects.bulk_create, [Sample(integer=n, exact=n) for n in (1, 1, 2)])
    distinct = Sample.objects.values_list("integer").distinct()
    assert await run(distinct.aggregate, s=Sum("integer"), n=Count()) == {"s": 3, "n": 2}
    assert await run(distinct.order_by("-integer")[:1].aggregate, s=Sum("integer")) == {"s": 2}
    assert await run(Sample.objects.distinct().aggregate, s=Sum("integer")) == {"s": 4}
    with pytest.raises(QueryError, match="exact"):
        await run(distinct.aggregate, Sum("exact"))


def test_what_means_nothing_is_refused_before_any_sql() -> None:
    objects = Sample.objects
    for aggregate, message in [
        (Sum("text"), r"Sample.text is Text: Sum is of numbers and intervals only"),
        (Avg("flag"), r"Sample.flag is Boolean: Avg"),
        (Sum("instant"), r"Sample.instant is DateTime"),
        (Min("document"), r"Sample.document is JSON"),
        (Count("document", distinct=True), r"Sample.document is JSON"),
        (Count(distinct=True), r"distinct"),
        (Max("integr"), r'did you mean "integer"'),
        (Count(filter=Q(nothing=1)), r"nothing"),
        (Max(Reader.name), r"Reader.name is not a field of Sample"),
    ]:
        with pytest.raises(FieldError, match=message):
            objects.aggregate_sync(aggregate)
    with pytest.raises(QueryError, match=r'two results "integer__max"'):
        objects.aggregate_sync(Max("integer"), Max("integer", filter=Q(integer=1)))
    with pytest.raises(QueryError, match="at least one"):
        objects.aggregate_sync()
    with pytest.raises(TypeError, match="Count, Sum"):
        objects.aggregate_sync(total="amount")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="filter"):
        Count(filter=True)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Sum(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Sum()  # type: ignore[call-arg]


def test_repr() -> None:
    assert repr(Count()) == "Count()"
    assert repr(Sum("a", distinct=True, filter=Q(a=1))) == "Sum('a', distinct=True, filter=...)"
    assert repr(Max(Reader.name)) == "Max(<column Reader.name>)"


async def test_values_that_do_not_fit_are_told(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("only SQLite stores what it likes in a column")
    db.create(Sample)
    table = Sample.__chakra_model__.table
    db.rows(f"INSERT INTO {table} (id, big, exact, floating) VALUES (1, 'many', 'abc', x'00'), (2, 1, '2', 1.0)")
    for aggregate, column, value in [
        (Sum("big"), "big", "many"),
        (Avg("big"), "big", "many"),
        (Sum("exact"), "exact", "abc"),
        (Avg("exact"), "exact", "abc"),
        (Sum("floating"), "floating", "x'00'"),
        (Max("big"), "big", "many"),
    ]:
        with pytest.raises(DatabaseError) as caught:
            await run(Sample.objects.aggregate, aggregate)
        message = str(caught.value)
        assert f"{table}.{column}" in message
        assert value in message
