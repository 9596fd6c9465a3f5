"""Lookups in the types that one database alone has, and full text search."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chakra import BigInteger, Field, Index, Model, Q, String, Text
from chakra.exceptions import FieldError, ProgrammingError, QueryError, ValidationError
from chakra.mysql import Set
from chakra.postgres import Cidr, DateRange, HStore, Inet, Int4Range, NumRange, Range, TsTzRange, TSVector, Vector
from conftest import Database, open_database
from models import table

D = decimal.Decimal
UTC = datetime.timezone.utc


class Own(Model):
    __tablename__ = table("own_lookups")

    id = Field(BigInteger, primary_key=True)
    seats = Field(Int4Range, nullable=True)
    price = Field(NumRange, nullable=True)
    days = Field(DateRange, nullable=True)
    span = Field(TsTzRange, nullable=True)
    host = Field(Inet, nullable=True)
    network = Field(Cidr, nullable=True)
    labels = Field(HStore, nullable=True)
    words = Field(TSVector, nullable=True)


class Article(Model):
    __tablename__ = table("own_articles")
    __table_args__ = (Index(table("own_articles_body"), "body", method="fulltext"),)

    id = Field(BigInteger, primary_key=True)
    body = Field(Text)
    title = Field(String(50), nullable=True)


class Note(Model):
    __tablename__ = table("own_notes")

    id = Field(BigInteger, primary_key=True)
    body = Field(Text, nullable=True)
    title = Field(String(50), nullable=True)


class Bottle(Model):
    __tablename__ = table("own_bottles")

    id = Field(BigInteger, primary_key=True)
    grapes = Field(Set("merlot", "pinot noir", "it's", "grün"), nullable=True)


@pytest.fixture
def postgres(tmp_path: Any) -> Iterator[Database]:
    database = open_database("postgres", tmp_path)
    database.rows("CREATE EXTENSION IF NOT EXISTS hstore")
    database.create(Own, Note)
    yield database
    database.close()


@pytest.fixture
def mysql(tmp_path: Any) -> Iterator[Database]:
    database = open_database("mysql", tmp_path)
    database.create(Bottle, Note, Article)
    yield database
    database.close()


async def ids(run: Any, model: Any, *conditions: Q, **lookups: Any) -> list[int]:
    """Who meets a condition, having seen that all others meet its complement."""
    query = model.objects.order_by("id").values_list("id", flat=True)
    met: list[int] = await run(query.filter(*conditions, **lookups).all)
    others: list[int] = await run(query.exclude(*conditions, **lookups).all)
    assert sorted(met + others) == await run(query.all)
    return met


async def test_ranges(postgres: Database, run: Any) -> None:
    ranges = [Range(1, 5), Range(5, 9), Range(2, 3), Range(empty=True), None, Range(None, 2), Range(7, None)]
    await run(Own.objects.bulk_create, [Own(id=number, seats=seats) for number, seats in enumerate(ranges)])
    assert await ids(run, Own, seats__contains=2) == [0, 2]
    assert await ids(run, Own, seats__contains=Range(2, 3)) == [0, 2]
    assert await ids(run, Own, seats__contains=Range(empty=True)) == [0, 1, 2, 3, 5, 6]
    assert await ids(run, Own, seats__contains=2**40) == [6]
    assert await ids(run, Own, seats__contains=None) == []
    assert await ids(run, Own, seats__contained_by=Range(1, 9)) == [0, 1, 2, 3]
    assert await ids(run, Own, seats__overlap=Range(4, 6)) == [0, 1]
    assert await ids(run, Own, seats__fully_lt=Range(5, 6)) == [0, 2, 5]
    assert await ids(run, Own, seats__fully_gt=Range(1, 5)) == [1, 6]
    assert await ids(run, Own, seats__not_lt=Range(2, 3)) == [1, 2, 6]
    assert await ids(run, Own, seats__not_gt=Range(1, 5)) == [0, 2, 5]
    assert await ids(run, Own, seats__adjacent_to=Range(5, 7)) == [0, 6]
    assert await ids(run, Own, seats__isempty=True) == [3]
    assert await ids(run, Own, seats__isempty=False) == [0, 1, 2, 5, 6]
    assert await ids(run, Own, seats__startswith=5) == [1]
    assert await ids(run, Own, seats__endswith=2) == [5]
    assert await ids(run, Own, Own.seats.fully_lt(Range(5, 6)) & ~Own.seats.is_empty()) == [0, 2, 5]
    assert await ids(run, Own, Own.seats.contains(Range(2, 3))) == [0, 2]


async def test_ranges_of_other_values(postgres: Database, run: Any) -> None:
    day = datetime.date(2024, 2, 28)
    noon = datetime.datetime(2024, 2, 28, 12, tzinfo=UTC)
    await run(
        Own.objects.create,
        id=1,
        price=Range(D("1.5"), D(2), "(]"),
        days=Range(day, datetime.date(2024, 3, 1)),
        span=Range(noon, None),
    )
    assert await ids(run, Own, price__contains=D("1.5")) == []
    assert await ids(run, Own, price__contains=D(2), days__contains=day) == [1]
    assert await ids(run, Own, days__endswith=datetime.date(2024, 3, 1)) == [1]
    assert await ids(run, Own, span__contains=noon) == [1]
    assert await ids(run, Own, span__contains=datetime.date(2024, 2, 29)) == [1]
    assert await ids(run, Own, span__fully_gt=Range(None, noon)) == [1]


bounds = st.integers(-3, 3)
ranges = st.builds(
    lambda lower, size, sides: Range(lower, lower + size, sides),
    bounds,
    st.integers(0, 4),
    st.sampled_from(["[)", "(]", "[]", "()"]),
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(stored=st.lists(ranges, min_size=1, max_size=6), other=ranges, number=bounds)
def test_ranges_are_sets_of_numbers(postgres: Database, stored: list[Any], other: Any, number: int) -> None:
    Own.objects.delete_sync()
    Own.objects.bulk_create_sync([Own(id=at, seats=seats) for at, seats in enumerate(stored)])

    def numbers(one: Any) -> set[int]:
        return {value for value in range(-10, 20) if value in one}

    wanted = numbers(other)
    for name, value, holds in [
        ("contains", number, lambda own: number in own),
        ("contains", other, lambda own: own >= wanted),
        ("contained_by", other, lambda own: own <= wanted),
        ("overlap", other, lambda own: bool(own & wanted)),
        ("fully_lt", other, lambda own: bool(own and wanted) and max(own) < min(wanted)),
        ("fully_gt", other, lambda own: bool(own and wanted) and min(own) > max(wanted)),
        ("isempty", True, lambda own: not own),
    ]:
        found = Own.objects.filter(**{f"seats__{name}": value}).order_by("id").values_list("id", flat=True).all_sync()
        assert found == [at for at, seats in enumerate(stored) if holds(numbers(seats))], name


async def test_networks(postgres: Database, run: Any) -> None:
    hosts = ["10.1.2.3", "10.1.2.3/8", "192.168.0.1", "::1", None, "10.1.0.0/16"]
    await run(Own.objects.bulk_create, [Own(id=number, host=host) for number, host in enumerate(hosts)])
    ten = ipaddress.ip_network("10.0.0.0/8")
    assert await ids(run, Own, host__net_contained=ten) == [0, 5]
    assert await ids(run, Own, host__net_contained_or_equal="10.0.0.0/8") == [0, 1, 5]
    assert await ids(run, Own, host__net_contains=ipaddress.ip_address("10.1.9.9")) == [1, 5]
    assert await ids(run, Own, host__net_contains_or_equal="10.1.2.3") == [0, 1, 5]
    assert await ids(run, Own, host__net_overlaps="10.1.2.0/24") == [0, 1, 5]
    assert await ids(run, Own, Own.host.net_contained("::/0")) == [3]
    await run(Own.objects.filter(id=4).update, network="10.2.0.0/16")
    assert await ids(run, Own, network__net_contained=ten) == [4]
    assert await ids(run, Own, network__net_contains="10.2.3.4/24") == [4]


async def test_pairs(postgres: Database, run: Any) -> None:
    pairs = [{"a": "1", "b": None}, {"a": "2"}, {}, None, {"it's \"\\": "x", "contains": "y"}]
    await run(Own.objects.bulk_create, [Own(id=number, labels=labels) for number, labels in enumerate(pairs)])
    assert await ids(run, Own, labels__has_key="b") == [0]
    assert await ids(run, Own, labels__has_keys=["a", "b"]) == [0]
    assert await ids(run, Own, labels__has_any_keys={"b", "contains"}) == [0, 4]
    assert await ids(run, Own, labels__contains={"a": "1"}) == [0]
    assert await ids(run, Own, labels__contained_by={"a": "2", "c": "3"}) == [1, 2]
    assert await ids(run, Own, labels__a="2") == [1]
    assert await ids(run, Own, labels__a__ne="2") == [0, 2, 3, 4]
    assert await ids(run, Own, labels__a__in=["1", None]) == [0, 2, 3, 4]
    assert await ids(run, Own, labels__a__gt="1") == [1]
    assert await ids(run, Own, labels__b=None) == [0, 1, 2, 3, 4]
    assert await ids(run, Own, labels__a__isnull=False) == [0, 1]
    assert await ids(run, Own, Own.labels["it's \"\\"].startswith("x")) == [4]
    assert await ids(run, Own, labels__contains__exact="y") == [4]
    assert await ids(run, Own, labels__contains__icontains="Y") == [4]
    assert await ids(run, Own, Own.labels.has_key("a")) == [0, 1]


async def test_words_on_postgres(postgres: Database, run: Any) -> None:
    await run(Own.objects.create, id=1, words="'cat':3 'fat':2")
    await run(Own.objects.create, id=2, words="'rat'")
    await run(Own.objects.create, id=3)
    assert await ids(run, Own, words__search="cat") == [1]
    assert await ids(run, Own, words__search="fat cat -rat") == [1]
    assert await ids(run, Own, words__matches="cat | rat") == [1, 2]
    assert await ids(run, Own, Own.words.matches("!cat")) == [2]
    assert await ids(run, Own, words__search="cat' & ((") == [1]
    with pytest.raises(ProgrammingError, match="tsquery"):
        await run(Own.objects.filter(words__matches="cat & (").all)
    bodies = ["the quick brown fox", "a slow brown dog", None]
    await run(Note.objects.bulk_create, [Note(id=at, body=body) for at, body in enumerate(bodies)])
    assert await ids(run, Note, body__search="brown fox") == [0]
    assert await ids(run, Note, body__search="fox or dog") == [0, 1]
    assert await ids(run, Note, body__matches="brown & !fox") == [1]


async def test_words_on_mysql(mysql: Database, run: Any) -> None:
    bodies = ["the quick brown fox", "a slow brown dog", "brown@fox-like", "nothing"]
    await run(Article.objects.bulk_create, [Article(id=at, body=body) for at, body in enumerate(bodies)])
    assert await ids(run, Article, body__search="brown fox") == [0, 2]
    assert await ids(run, Article, body__search="brown' +(*\"") == [0, 1, 2]
    assert await ids(run, Article, body__search="the brown fox") == [0, 2]
    assert await ids(run, Article, body__search="A slow dog") == [1]
    assert await ids(run, Article, body__search="the a of") == []
    assert await ids(run, Article, body__matches="+brown -fox") == [1]
    assert await ids(run, Article, Article.body.search("nothing")) == [3]
    with pytest.raises(ProgrammingError, match=r'method="fulltext"'):
        await run(Article.objects.filter(title__search="x").all)


async def test_words_on_sqlite(tmp_path: Any) -> None:
    database = open_database("sqlite", tmp_path)
    try:
        database.create(Note)
        for lookup in ("search", "matches"):
            with pytest.raises(QueryError, match=f'SQLite does not support the lookup "{lookup}"'):
                await Note.objects.filter(**{f"body__{lookup}": "x"})
    finally:
        database.close()


async def test_sets(mysql: Database, run: Any) -> None:
    sets = [{"merlot"}, {"merlot", "it's"}, {"pinot noir", "grün"}, set(), None]
    await run(Bottle.objects.bulk_create, [Bottle(id=at, grapes=grapes) for at, grapes in enumerate(sets)])
    assert await ids(run, Bottle, grapes__contains="merlot") == [0, 1]
    assert await ids(run, Bottle, grapes__contains={"merlot", "it's"}) == [1]
    assert await ids(run, Bottle, grapes__contains="unheard of") == []
    assert await ids(run, Bottle, grapes__contains=[]) == [0, 1, 2, 3]
    assert await ids(run, Bottle, grapes__overlap=["grün", "it's"]) == [1, 2]
    assert await ids(run, Bottle, grapes__overlap=[]) == []
    assert await ids(run, Bottle, grapes__contained_by={"merlot", "it's", "x"}) == [0, 1, 3]
    assert await ids(run, Bottle, grapes__contained_by=["merlot", "merlot"]) == [0, 3]
    assert await ids(run, Bottle, grapes__contained_by=[]) == [3]
    assert await ids(run, Bottle, Bottle.grapes.contains("pinot noir")) == [2]


@pytest.mark.parametrize(
    ("model", "lookup", "value", "error", "message"),
    [
        (Own, "seats__contains", "x", ValidationError, "an int"),
        (Own, "seats__overlap", 1, ValidationError, "Range"),
        (Own, "seats__isempty", 1, ValidationError, "True or False"),
        (Own, "seats__net_contained", "10.0.0.0/8", FieldError, "for Inet and Cidr"),
        (Own, "seats__icontains", "1", FieldError, "text only"),
        (Own, "host__net_contained", "nonsense", ValidationError, "address"),
        (Own, "host__fully_lt", Range(1, 2), FieldError, "for ranges"),
        (Own, "labels__has_key", 1, ValidationError, "a str"),
        (Own, "labels__a__b", "x", FieldError, "by one key"),
        (Own, "labels__a", 1, ValidationError, "a str"),
        (Own, "words__search", 1, ValidationError, "a str"),
        (Own, "id__search", "x", FieldError, "for text and TSVector"),
        (Own, "id__has_key", "x", FieldError, "for JSON and HStore"),
        (Note, "body__search", "nul\0", ValidationError, "NUL"),
        (Bottle, "grapes__contains", 1, ValidationError, "a list, tuple or set"),
        (Bottle, "grapes__contains", [1], ValidationError, "a str"),
    ],
)
def test_what_means_nothing_is_refused_before_any_sql(
    model: Any, lookup: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        model.objects.filter(**{lookup: value})


class Picture(Model):
    """Its extension is on no machine that tests run on: only what is refused can be seen."""

    __tablename__ = table("own_pictures")

    id = Field(BigInteger, primary_key=True)
    look = Field(Vector(3), nullable=True)


def test_distances(tmp_path: Any) -> None:
    with pytest.raises(ValidationError, match="3"):
        Picture.look.l2_distance([1.0, 2.0])
    with pytest.raises(FieldError, match="distances are those of a Vector"):
        Own.id.l2_distance([1.0])
    with pytest.raises(TypeError, match="compare it with <"):
        _ = Picture.look.l1_distance([1.0, 2.0, 3.0]) == 1
    with pytest.raises(ValidationError, match="a float"):
        _ = Picture.look.l1_distance([1.0, 2.0, 3.0]) < "far"  # type: ignore[operator]
    nearest = Picture.objects.order_by(Picture.look.cosine_distance([1, 2, 3]).asc())
    near = Picture.objects.filter(Picture.look.negative_inner_product((1.0, 2.0, 3.0)) < 0.5)
    database = open_database("sqlite", tmp_path)
    try:
        for query in (nearest, near):
            with pytest.raises(QueryError, match="SQLite does not support distances of vectors"):
                query.all_sync()
    finally:
        database.close()


def test_other_databases_refuse_by_name(tmp_path: Any) -> None:
    database = open_database("sqlite", tmp_path)
    try:
        for condition, what in [
            ({"seats__contains": 1}, "contains"),
            ({"seats__fully_lt": Range(1, 2)}, "fully_lt"),
            ({"host__net_contained": "10.0.0.0/8"}, "net_contained"),
            ({"labels__has_key": "a"}, "has_key"),
            ({"labels__a": "x"}, "HStore"),
        ]:
            with pytest.raises(QueryError, match=f"SQLite does not support .*{what}"):
                Own.objects.filter(**condition).count_sync()
        with pytest.raises(QueryError, match="SQLite does not support looking into a Set"):
            Bottle.objects.filter(grapes__contains="merlot").count_sync()
    finally:
        database.close()
