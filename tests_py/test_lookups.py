"""Every lookup, on every database, with the values that are easy to get wrong."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from typing import Any

import pytest

from chakra import Q
from chakra.exceptions import FieldError, ValidationError
from conftest import Database
from models import Reader, Sample, Word

TEXTS = [
    "plain",
    "100%",
    "100 percent",
    "under_score",
    "underXscore",
    "back\\slash",
    "backslash",
    "it's",
    'say "hi"',
    "Ärger",
    "ärger",
    "ЖУК",
    "жук",
    "ÅNGSTRÖM",
    "ångström",
    "😀 smile",
    "trailing ",
    "trailing",
    "",
    "[a-z]*?",
]


@pytest.fixture
def texts(db: Database) -> Database:
    db.create(Word)
    Word.objects.bulk_create_sync([Word(id=i, text=text) for i, text in enumerate(TEXTS)])
    Word.objects.create_sync(id=len(TEXTS), text=None)
    return db


PATTERNS = [
    "%",
    "_",
    "\\",
    "'",
    '"',
    "100%",
    "a",
    "Ä",
    "ärger",
    "ЖУ",
    "жук",
    "ÅNG",
    "STRÖM",
    "😀",
    " ",
    "",
    "[a-z]",
    "*",
]
TEXT_LOOKUPS = {
    "exact": lambda text, pattern: text == pattern,
    "contains": lambda text, pattern: pattern in text,
    "startswith": lambda text, pattern: text.startswith(pattern),
    "endswith": lambda text, pattern: text.endswith(pattern),
    "icontains": lambda text, pattern: pattern.lower() in text.lower(),
    "istartswith": lambda text, pattern: text.lower().startswith(pattern.lower()),
    "iendswith": lambda text, pattern: text.lower().endswith(pattern.lower()),
    "iexact": lambda text, pattern: text.lower() == pattern.lower(),
    "gt": lambda text, pattern: text > pattern,
    "gte": lambda text, pattern: text >= pattern,
    "lt": lambda text, pattern: text < pattern,
    "lte": lambda text, pattern: text <= pattern,
}


@pytest.mark.parametrize("lookup", TEXT_LOOKUPS)
async def test_text_lookups_take_patterns_literally(texts: Database, run: Any, lookup: str) -> None:
    for pattern in [*PATTERNS, *TEXTS]:
        expected = {text for text in TEXTS if TEXT_LOOKUPS[lookup](text, pattern)}
        found = await run(Word.objects.filter(**{f"text__{lookup}": pattern}).values_list("text", flat=True).all)
        assert set(found) == expected, pattern
        others = await run(Word.objects.exclude(**{f"text__{lookup}": pattern}).count)
        assert others == len(TEXTS) + 1 - len(expected), pattern


async def test_column_methods_are_the_same_lookups(texts: Database, run: Any) -> None:
    async def found(condition: Q) -> set[str]:
        return set(await run(Word.objects.filter(condition).values_list("text", flat=True).all))

    assert await found(Word.text.contains("%")) == {"100%"}
    assert await found(Word.text.icontains("ÄRG")) == {"Ärger", "ärger"}
    assert await found(Word.text.startswith("back")) == {"back\\slash", "backslash"}
    assert await found(Word.text.istartswith("BACK")) == {"back\\slash", "backslash"}
    assert await found(Word.text.endswith("slash")) == {"back\\slash", "backslash"}
    assert await found(Word.text.iendswith("SLASH")) == {"back\\slash", "backslash"}
    assert await found(Word.text.iexact("жУК")) == {"ЖУК", "жук"}
    assert await found(Word.text.in_(["it's", "no"])) == {"it's"}
    assert await found(Word.text.is_null()) == {None}
    assert len(await found(Word.text.is_null(False))) == len(TEXTS)
    assert len(await found(Word.text.not_in(["it's"]))) == len(TEXTS)


# ------------------------------------------------------------------------------ NULL

NUMBERS = [(1, 10), (2, 20), (3, None), (4, 30), (5, None)]


@pytest.fixture
def numbers(db: Database) -> Database:
    db.create(Word)
    Word.objects.bulk_create_sync([Word(id=i, number=n) for i, n in NUMBERS])
    return db


CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"number": 10}, {1}),
    ({"number__exact": 10}, {1}),
    ({"number__eq": 10}, {1}),
    ({"number": None}, {3, 5}),
    ({"number__exact": None}, {3, 5}),
    ({"number__ne": 10}, {2, 3, 4, 5}),
    ({"number__ne": None}, {1, 2, 4}),
    ({"number__gt": 10}, {2, 4}),
    ({"number__gte": 10}, {1, 2, 4}),
    ({"number__lt": 20}, {1}),
    ({"number__lte": 20}, {1, 2}),
    ({"number__gt": None}, set()),
    ({"number__in": [10, 30]}, {1, 4}),
    ({"number__in": (10,)}, {1}),
    ({"number__in": {10, 20}}, {1, 2}),
    ({"number__in": range(10, 21)}, {1, 2}),
    ({"number__in": []}, set()),
    ({"number__in": [None]}, {3, 5}),
    ({"number__in": [None, 10]}, {1, 3, 5}),
    ({"number__in": ["10", 20]}, {1, 2}),
    ({"number__not_in": [10, 30]}, {2, 3, 5}),
    ({"number__not_in": []}, {1, 2, 3, 4, 5}),
    ({"number__not_in": [None]}, {1, 2, 4}),
    ({"number__not_in": [None, 10]}, {2, 4}),
    ({"number__isnull": True}, {3, 5}),
    ({"number__isnull": False}, {1, 2, 4}),
    ({"number__range": (10, 20)}, {1, 2}),
    ({"number__range": [20, 10]}, set()),
    ({"number__gt": 10, "number__lt": 30}, {2}),
    # Beyond the column's range a comparison is legal, and simply true or false.
    ({"number": 2**40}, set()),
    ({"number__lt": 2**40}, {1, 2, 4}),
    ({"number__gt": -(2**100)}, {1, 2, 4}),
    ({"number__gte": 2**100}, set()),
    ({"number__in": [10, 2**40, -(2**80)]}, {1}),
    ({"number__range": (-(2**80), 2**80)}, {1, 2, 4}),
    ({"number__ne": 2**80}, {1, 2, 3, 4, 5}),
]


@pytest.mark.parametrize(("lookups", "expected"), CASES, ids=[str(list(case[0].items())) for case in CASES])
async def test_lookups_are_two_valued(numbers: Database, run: Any, lookups: dict[str, Any], expected: set[int]) -> None:
    everything = {number for number, _ in NUMBERS}

    async def ids(queryset: Any) -> set[int]:
        return set(await run(queryset.values_list("id", flat=True).all))

    assert await ids(Word.objects.filter(**lookups)) == expected
    assert await ids(Word.objects.exclude(**lookups)) == everything - expected
    assert await ids(Word.objects.filter(~Q(**lookups))) == everything - expected
    assert await ids(Word.objects.filter(~~Q(**lookups))) == expected
    assert await run(Word.objects.filter(**lookups).count) == len(expected)
    assert await run(Word.objects.filter(**lookups).exists) is bool(expected)


async def test_an_iterator_is_taken_once(numbers: Database, run: Any) -> None:
    assert await run(Word.objects.filter(number__in=(n for n in [10, 20])).count) == 2


async def test_more_values_than_parameters(db: Database, run: Any) -> None:
    db.create(Word)
    await run(Word.objects.bulk_create, [Word(id=i, number=i * 2, text=str(i)) for i in range(1000)])
    assert await run(Word.objects.filter(number__in=range(50_000)).count) == 1000
    assert await run(Word.objects.filter(number__in=range(1, 100_000, 2)).count) == 0
    assert await run(Word.objects.exclude(number__in=range(0, 1000, 2)).count) == 500
    assert await run(Word.objects.filter(text__in=[str(i) for i in range(500, 50_500)]).count) == 500
    assert await run(Word.objects.filter(text__in=[None, *map(str, range(40_000))]).count) == 1000


async def test_comparisons_of_each_type(db: Database, run: Any) -> None:
    db.create(Sample)
    utc = datetime.timezone.utc
    rows: list[dict[str, Any]] = [
        {
            "exact": decimal.Decimal("9.5"),
            "floating": 0.1,
            "instant": datetime.datetime(2024, 1, 1, tzinfo=utc),
            "day": datetime.date(2024, 1, 1),
            "clock": datetime.time(9, 30),
            "token": uuid.UUID(int=1),
            "data": b"\x00\x01",
            "flag": False,
            "big": -(2**63),
        },
        {
            "exact": decimal.Decimal("10"),
            "floating": 2.5,
            "instant": datetime.datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=utc),
            "day": datetime.date(2024, 1, 2),
            "clock": datetime.time(9, 30, 0, 1),
            "token": uuid.UUID(int=2**127),
            "data": b"\xff",
            "flag": True,
            "big": 2**63 - 1,
        },
    ]
    for row in rows:
        await run(Sample.objects.create, **row)
    await run(Sample.objects.create)
    low, high = rows
    for field in low:
        assert await run(Sample.objects.filter(**{field: high[field]}).count) == 1, field
        assert await run(Sample.objects.filter(**{f"{field}__gt": low[field]}).count) == 1, field
        assert await run(Sample.objects.filter(**{f"{field}__gte": low[field]}).count) == 2, field
        assert await run(Sample.objects.filter(**{f"{field}__lt": high[field]}).count) == 1, field
        assert await run(Sample.objects.filter(**{f"{field}__in": [low[field], None]}).count) == 2, field
        assert await run(Sample.objects.filter(**{f"{field}__range": (low[field], high[field])}).count) == 2, field
        assert await run(Sample.objects.order_by(f"-{field}").values_list(field, flat=True).all) == [
            None,
            high[field],
            low[field],
        ], field


async def test_decimals_compare_as_numbers(db: Database, run: Any) -> None:
    db.create(Sample)
    numbers = ["10", "9", "-1", "-10", "0.5", "0.50001", "100000000000000000000.5", "0.1", "-0"]
    for number in numbers:
        await run(Sample.objects.create, unbounded=decimal.Decimal(number))
    ordered = await run(Sample.objects.order_by("unbounded").values_list("unbounded", flat=True).all)
    assert ordered == sorted(map(decimal.Decimal, numbers))
    assert await run(Sample.objects.filter(unbounded__gt=decimal.Decimal("9.99")).count) == 2
    assert await run(Sample.objects.filter(unbounded=decimal.Decimal("10.000")).count) == 1
    assert await run(Sample.objects.filter(unbounded__in=[decimal.Decimal("9.0"), 10, "0.10"]).count) == 3
    assert await run(Sample.objects.filter(unbounded=0).count) == 1


async def test_members_of_lists_that_no_column_holds(db: Database, run: Any) -> None:
    db.create(Sample)
    greatest = decimal.Decimal("9" * 35 + "." + "9" * 30)
    await run(Sample.objects.create, unbounded=greatest, exact="0.1", floating=1.7976931348623157e308)
    for field, values in {
        "unbounded": [decimal.Decimal(10**40), decimal.Decimal("1e-31"), decimal.Decimal("NaN")],
        "exact": [decimal.Decimal("0.1" + "0" * 40 + "1"), decimal.Decimal(10**60)],
        "floating": [math.inf, -math.inf, math.nan],
    }.items():
        assert await run(Sample.objects.filter(**{f"{field}__in": values}).count) == 0, field
        assert await run(Sample.objects.exclude(**{f"{field}__in": values}).count) == 1, field
    assert await run(Sample.objects.filter(unbounded__in=[greatest, 10**40]).count) == 1
    assert await run(Sample.objects.filter(exact__in=["0.10", 10**60]).count) == 1


async def test_a_date_given_for_an_instant_is_midnight_utc(db: Database, run: Any) -> None:
    db.create(Reader)
    midnight = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
    await run(Reader.objects.create, name="Ada", created_at=midnight)
    assert await run(Reader.objects.filter(created_at=datetime.date(2024, 5, 1)).count) == 1
    assert await run(Reader.objects.filter(created_at__lt=datetime.date(2024, 5, 2)).count) == 1
    assert await run(Reader.objects.filter(created_at="2024-05-01T02:00:00+02:00").count) == 1


# ------------------------------------------------------------------------------ mistakes


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"nme": "x"}, FieldError, 'did you mean "name"'),
    ({"name__contians": "x"}, FieldError, 'did you mean "contains"'),  # spellchecker:disable-line
    ({"name__foo__bar": "x"}, FieldError, "foo"),
    ({"nothing__exact": "x"}, FieldError, "nothing"),
    ({"age__contains": "x"}, FieldError, "text"),
    ({"age": "old"}, ValidationError, "Reader.age"),
    ({"age__gt": NotImplemented}, ValidationError, "Reader.age"),
    ({"age__in": 3}, ValidationError, "list"),
    ({"age__in": "123"}, ValidationError, "list"),
    ({"age__in": [1, "x"]}, ValidationError, "Reader.age"),
    ({"age__range": 3}, ValidationError, "Reader.age"),
    ({"age__range": (1, 2, 3)}, ValidationError, "pair"),
    ({"age__isnull": 1}, ValidationError, "True or False"),
    ({"age": True}, ValidationError, "Reader.age"),
    ({"age": 1.5}, ValidationError, "Reader.age"),
    ({"name": 3}, ValidationError, "Reader.name"),
    ({"name__contains": 3}, ValidationError, "Reader.name"),
    ({"created_at": "yesterday"}, ValidationError, "Reader.created_at"),
    ({"balance": 1.5}, ValidationError, "Reader.balance"),
]


@pytest.mark.parametrize(("lookups", "kind", "part"), MISTAKES, ids=[str(case[0]) for case in MISTAKES])
def test_mistakes_are_told_before_any_sql_runs(lookups: dict[str, Any], kind: type[Exception], part: str) -> None:
    for build in (Reader.objects.filter, Reader.objects.exclude, lambda **given: Reader.objects.filter(Q(**given))):
        with pytest.raises(kind) as caught:
            build(**lookups)
        assert type(caught.value) is kind
        assert part in str(caught.value)


def test_the_message_lists_what_is_valid() -> None:
    with pytest.raises(FieldError) as caught:
        Reader.objects.filter(nothing=1)
    assert all(name in str(caught.value) for name in ("id", "email", "created_at"))
    with pytest.raises(FieldError) as caught:
        Reader.objects.filter(name__nothing=1)
    assert all(name in str(caught.value) for name in ("icontains", "isnull", "range"))


def test_conditions_of_another_model_are_refused() -> None:
    with pytest.raises(FieldError, match="Word"):
        Reader.objects.filter(Word.number > 3)
    with pytest.raises(FieldError, match="Word"):
        Reader.objects.order_by(Word.number)
    with pytest.raises(FieldError):
        Reader.objects.order_by("-nothing")
    with pytest.raises(TypeError):
        Reader.objects.filter(True)  # type: ignore[arg-type]


def test_conditions_have_no_truth_value() -> None:
    with pytest.raises(TypeError, match="&"):
        bool(Reader.age > 3)


@pytest.mark.parametrize("lookup", ["text", "text__contains", "text__iexact", "text__gt"])
def test_a_nul_is_refused_before_any_sql(lookup: str) -> None:
    with pytest.raises(ValidationError, match="NUL"):
        Word.objects.filter(**{lookup: "a\0"})
    with pytest.raises(ValidationError, match="NUL"):
        Word.objects.filter(text__in=["a", "a\0"])


def test_documents_are_not_compared() -> None:
    assert Sample.objects.filter(document=None) is not None
    for lookup, value in {"": [1], "__ne": {"a": 1}, "__gt": [1, 2], "__in": [[1]], "__range": ([1], [2])}.items():
        with pytest.raises(FieldError, match="JSON"):
            Sample.objects.filter(**{f"document{lookup}": value})
    for term in ("document", "-document", Sample.document):
        with pytest.raises(FieldError, match="JSON"):
            Sample.objects.order_by(term)
