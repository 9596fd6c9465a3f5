"""The types that PostgreSQL alone has: round trips, bad input, comparisons, and what other databases say."""

from __future__ import annotations

import copy
import datetime
import decimal
import ipaddress
import math
import pickle
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chakra
from chakra import BigInteger, Field, Max, Model
from chakra.exceptions import DatabaseError, DefinitionError, FieldError, ProgrammingError, ValidationError
from chakra.postgres import (
    JSONB,
    Cidr,
    DateRange,
    HStore,
    Inet,
    Int4Range,
    Int8Range,
    MacAddr,
    NumRange,
    Range,
    TsTzRange,
    TSVector,
    Vector,
)
from conftest import Database, open_database
from models import table

UTC = datetime.timezone.utc
D = decimal.Decimal


class Holding(Model):
    """A field of each type."""

    __tablename__ = table("holdings")

    id = Field(BigInteger, primary_key=True)
    host = Field(Inet, nullable=True)
    network = Field(Cidr, nullable=True)
    card = Field(MacAddr, nullable=True)
    pairs = Field(HStore, nullable=True)
    small = Field(Int4Range, nullable=True)
    large = Field(Int8Range, nullable=True)
    exact = Field(NumRange, nullable=True)
    days = Field(DateRange, nullable=True)
    instants = Field(TsTzRange, nullable=True)
    lexemes = Field(TSVector, nullable=True)
    document = Field(JSONB, nullable=True)


class Embedding(Model):
    __tablename__ = table("embeddings")

    id = Field(BigInteger, primary_key=True)
    vector = Field(Vector(3))


@pytest.fixture
def db(tmp_path: Any) -> Iterator[Database]:
    database = open_database("postgres", tmp_path)
    database.rows("CREATE EXTENSION IF NOT EXISTS hstore")
    database.create(Holding)
    yield database
    database.close()


def instant(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]  # year, month, day ...


WRITTEN_AND_READ: dict[str, list[tuple[Any, Any]]] = {
    "host": [
        ("10.1.2.3", ipaddress.IPv4Address("10.1.2.3")),
        (ipaddress.ip_address("::1"), ipaddress.IPv6Address("::1")),
        (ipaddress.ip_interface("10.1.2.3/8"), ipaddress.IPv4Interface("10.1.2.3/8")),
        ("10.1.2.3/32", ipaddress.IPv4Address("10.1.2.3")),
        ("0.0.0.0/0", ipaddress.IPv4Interface("0.0.0.0/0")),
        ("2001:db8::1/64", ipaddress.IPv6Interface("2001:db8::1/64")),
        ("::ffff:1.2.3.4", ipaddress.IPv6Address("::ffff:1.2.3.4")),
    ],
    "network": [
        ("10.0.0.0/8", ipaddress.IPv4Network("10.0.0.0/8")),
        (ipaddress.ip_network("::/0"), ipaddress.IPv6Network("::/0")),
        ("1.2.3.4", ipaddress.IPv4Network("1.2.3.4/32")),
    ],
    "card": [("08:00:2b:01:02:03", "08:00:2b:01:02:03"), ("08002B-010203", "08:00:2b:01:02:03")],
    "pairs": [
        ({}, {}),
        ({"": None, "a": "", "b": 'x"\\,=>y', "é😀": "NULL"}, {"": None, "a": "", "b": 'x"\\,=>y', "é😀": "NULL"}),
    ],
    "small": [
        (Range(1, 4, "[]"), Range(1, 5)),
        (Range(1, 4, "()"), Range(2, 4)),
        (Range(1, 2, "()"), Range(empty=True)),
        (Range(None, 4, "(]"), Range(None, 5)),
        (Range(-(2**31), 2**31 - 1), Range(-(2**31), 2**31 - 1)),
        (Range(), Range()),
        (Range("3", "4"), Range(3, 4)),
    ],
    "large": [(Range(-(2**63), 2**63 - 1), Range(-(2**63), 2**63 - 1))],
    "exact": [
        (Range(D("1.50"), D(2), "(]"), Range(D("1.50"), D(2), "(]")),
        (Range(D(1), D(1), "[]"), Range(D(1), D(1), "[]")),
        (Range(1, None), Range(D(1), None)),
        (Range(D("-1E+20"), D("0.000001")), Range(D("-1E+20"), D("0.000001"))),
    ],
    "days": [
        (Range(datetime.date(2024, 2, 28), datetime.date(2024, 2, 29), "[]"),
         Range(datetime.date(2024, 2, 28), datetime.date(2024, 3, 1))),
        (Range(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
         Range(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))),
    ],
    "instants": [
        (Range(instant(2024, 1, 1), instant(2024, 1, 1, 0, 0, 0, 1), "(]"),
         Range(instant(2024, 1, 1), instant(2024, 1, 1, 0, 0, 0, 1), "(]")),
        (Range(None, datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)),
         Range(None, instant(9999, 12, 31, 23, 59, 59, 999999))),
        (Range(instant(1, 1, 1), None), Range(instant(1, 1, 1), None)),
    ],
    "lexemes": [
        ("fat cat", "'cat' 'fat'"),
        ("'it''s':3,1A a\\\\b:2", "'a\\\\b':2 'it''s':1A,3"),
        ("", ""),
    ],
    "document": [({"a": [1, None]}, {"a": [1, None]}), (chakra.JSONNull, chakra.JSONNull)],
}  # fmt: skip


@pytest.mark.parametrize("field", WRITTEN_AND_READ)
async def test_each_type(db: Database, run: Any, field: str) -> None:
    pairs = [(None, None), *WRITTEN_AND_READ[field]]
    for number, (written, value) in enumerate(pairs, 1):
        made = await run(Holding.objects.create, id=number, **{field: written})
        assert_same(getattr(made, field), value)
        assert_same(getattr(await run(Holding.objects.get, id=number), field), value)
        await run(Holding.objects.filter(id=number).update, **{field: None})
        await run(Holding.objects.filter(id=number).update, **{field: written})
        assert_same((await run(Holding.objects.filter(id=number).values_list(field, flat=True).all))[0], value)
        if field != "document":
            assert await run(Holding.objects.filter(id=number, **{field: written}).count) == 1
            assert await run(Holding.objects.filter(id=number, **{f"{field}__in": [written]}).count) == 1
            assert await run(Holding.objects.filter(id=number, **{f"{field}__ne": written}).count) == 0


@pytest.mark.parametrize("count", [3, 150])
@pytest.mark.parametrize("field", WRITTEN_AND_READ)
async def test_many_rows_at_once(db: Database, run: Any, field: str, count: int) -> None:
    values = [(None, None), *WRITTEN_AND_READ[field]] * count
    rows = await run(Holding.objects.bulk_create, [Holding(**{field: written}) for written, _ in values[:count]])
    read = await run(Holding.objects.order_by("id").all)
    assert [row.id for row in rows] == [row.id for row in read]
    for row, (_, value) in zip(read, values[:count], strict=True):
        assert_same(getattr(row, field), value)


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert found == expected
    assert repr(found) == repr(expected) or isinstance(expected, dict | Range)


# ------------------------------------------------------------------------------ bad input

REFUSED: dict[str, list[Any]] = {
    "host": [
        *("", "10.1.2", "10.1.2.3/33", "fe80::1%eth0", "::1/", 1, b"\x01\x02\x03\x04"),
        ipaddress.ip_network("10.0.0.0/8"),
    ],
    "network": ["10.1.2.3/8", "x", 5, ipaddress.ip_address("::1"), "\ud800"],
    "card": ["08:00:2b:01:02", "08:00:2b:01:02:zz", 8, b"080027", "08:00-2b:01:02:03"],
    "pairs": [[], "a=>b", {1: "a"}, {"a": 1}, {"a": "\0"}, {"\0": "a"}, {"\ud800": "a"}, {"a": {"b": "c"}}],
    "small": [
        *((1, 2), "[1,2)", range(3), Range(1.5, 2), Range(True, 2), Range("a", "b")),
        Range(datetime.date(2024, 1, 1), None),
    ],
    "exact": [Range(1.5, 2.5), Range(D("NaN"), None), Range(D("Infinity"), None), Range(None, D("-Infinity")), "[1,2]"],
    "days": [
        *(Range(instant(2024, 1, 1), None), Range(1, 2)),
        Range("2024-13-01", None),
    ],
    "instants": [Range(1, 2), Range("soon", None), Range(datetime.time(1), None)],
    "lexemes": ["'open", "a:0", "a:x", 5, b"a", "a\0", "\ud800", "x" * 2047],
    "document": [{1: 2}, {"a": math.nan}, {"a": object()}, "\0"],
}

# No field holds them; what fields hold may be compared with them.
BEYOND: dict[str, list[Any]] = {
    "small": [
        *(Range(0, 2**31), Range(None, 2**31 - 1, "(]"), Range(2**31 - 1, None, "()"), Range(10**30, None)),
    ],
    "large": [Range(0, 2**63 - 1, "[]"), Range(-(2**63) - 1, None)],
    "days": [Range(None, datetime.date(9999, 12, 31), "(]")],
}


@pytest.mark.parametrize("field", BEYOND)
def test_ranges_beyond_the_field_are_refused_as_values_alone(field: str) -> None:
    holding = Holding()
    for value in BEYOND[field]:
        with pytest.raises(ValidationError, match=field):
            setattr(holding, field, value)
        with pytest.raises(ValidationError, match=field):
            Holding(**{field: value})
        Holding.objects.filter(**{field: value})


@pytest.mark.parametrize("field", REFUSED)
def test_bad_values_are_refused_before_any_sql(field: str) -> None:
    holding = Holding()
    for value in REFUSED[field]:
        with pytest.raises(ValidationError) as caught:
            setattr(holding, field, value)
        assert field in str(caught.value)
        with pytest.raises(ValidationError):
            Holding(**{field: value})
        with pytest.raises((ValidationError, FieldError)):
            Holding.objects.filter(**{field: value})


@pytest.mark.parametrize(
    "vector",
    [[1, 2], [1, 2, 3, 4], [], [1, 2, math.nan], [1, 2, math.inf], [1, 2, 1e39], [1, 2, "3"], [1, 2, True], "abc"],
)
def test_bad_vectors_are_refused(vector: Any) -> None:
    with pytest.raises(ValidationError, match="vector"):
        Embedding(vector=vector)


def test_vectors_hold_the_nearest_numbers_of_32_bits() -> None:
    nearest = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    assert Embedding(vector=(0.1, 1, -2.5)).vector == [nearest, 1.0, -2.5]
    assert Embedding(vector=(0.1, 1, -2.5)).vector == Embedding(vector=[nearest, 1.0, -2.5]).vector


@pytest.mark.parametrize("dimensions", [0, -1, 16_001, True, "3"])
def test_bad_dimensions_are_definition_errors(dimensions: Any) -> None:
    class Bad(Model):
        id = Field(BigInteger, primary_key=True)
        vector = Field(Vector(dimensions))

    with pytest.raises(DefinitionError, match="number of dimensions"):
        Bad(vector=[1])


# ------------------------------------------------------------------------------ exact or loud


async def test_what_python_cannot_hold_is_told(db: Database, run: Any) -> None:
    name = Holding.__chakra_model__.table
    for number, (field, stored) in enumerate(
        [
            ("days", "'[2024-01-01,infinity)'"),
            ("days", "'[0044-03-15 BC,2024-01-01)'"),
            ("instants", "'[-infinity,2024-01-01)'"),
            ("instants", "'[2024-01-01,10000-01-01)'"),
            ("exact", "'[1,NaN]'"),
        ],
        1,
    ):
        db.rows(f"INSERT INTO {name} (id, {field}) VALUES ({number}, {stored})")
        with pytest.raises(DatabaseError) as caught:
            await run(Holding.objects.get, id=number)
        assert name in str(caught.value)
        assert field in str(caught.value)


async def test_other_columns_are_not_misread(db: Database, run: Any) -> None:
    name = Holding.__chakra_model__.table
    for field in ("host", "pairs", "small", "lexemes"):
        db.rows(f"ALTER TABLE {name} ALTER COLUMN {field} TYPE bytea USING '\\x00000000'::bytea")
    db.rows(f"INSERT INTO {name} (id, host, pairs, small, lexemes) VALUES (1, '\\x00', '\\x00', '\\x00', '\\x00')")
    for field in ("host", "pairs", "small", "lexemes"):
        with pytest.raises(DatabaseError, match=field):
            await run(Holding.objects.values_list(field, flat=True).first)


# ------------------------------------------------------------------------------ changed in place


async def test_a_dict_changed_in_place_is_saved(db: Database, run: Any) -> None:
    made = await run(Holding.objects.create, pairs={"a": "1", "b": None})
    read = await run(Holding.objects.get, id=made.id)
    for holding in (made, read):
        assert holding.pairs is not None
        holding.pairs["a"] += "x"
        del holding.pairs["b"]
        await run(holding.save)
        assert (await run(Holding.objects.get, id=made.id)).pairs == holding.pairs


async def test_what_did_not_change_is_not_written(db: Database, run: Any) -> None:
    made = await run(Holding.objects.create, pairs={"a": "1"})
    read = await run(Holding.objects.get, id=made.id)
    await run(Holding.objects.filter(id=made.id).update, pairs={"b": "2"}, small=Range(1, 2))
    await run(read.save)
    assert (await run(Holding.objects.get, id=made.id)).pairs == {"b": "2"}


# ------------------------------------------------------------------------------ order and equality


async def test_ranges_order_as_the_server_orders_them(db: Database, run: Any) -> None:
    ends = [None, 1, 2, 3]
    ranges: list[Range[Any]] = [Range(empty=True)]
    for lower in ends:
        for upper in ends:
            for bounds in ("[)", "[]", "(]", "()"):
                if lower is None or upper is None or lower <= upper:
                    made = Range(
                        None if lower is None else D(lower),
                        None if upper is None else D(upper),
                        bounds,  # type: ignore[arg-type]
                    )
                    if made not in ranges:
                        ranges.append(made)
    await run(Holding.objects.bulk_create, [Holding(exact=one) for one in ranges])
    found = await run(Holding.objects.order_by("exact").values_list("exact", flat=True).all)
    assert found == sorted(ranges)
    middle = Range(D(1), D(2))
    above = await run(Holding.objects.filter(exact__gt=middle).order_by("exact").values_list("exact", flat=True).all)
    assert above == [one for one in sorted(ranges) if one > middle]


async def test_what_has_no_order_is_refused(db: Database, run: Any) -> None:
    for field, value in (("pairs", {}), ("lexemes", "a")):
        with pytest.raises(FieldError, match="order"):
            Holding.objects.order_by(field)
        with pytest.raises(FieldError, match="order"):
            Holding.objects.filter(**{f"{field}__gt": value})


async def test_hosts_order_as_the_server_orders_them(db: Database, run: Any) -> None:
    hosts = ["::1", "10.0.0.1", "9.255.0.1", "10.0.0.1/8"]
    await run(Holding.objects.bulk_create, [Holding(host=host) for host in hosts])
    found = await run(Holding.objects.order_by("host").values_list("host", flat=True).all)
    assert [str(host) for host in found] == ["9.255.0.1", "10.0.0.1/8", "10.0.0.1", "::1"]


# ------------------------------------------------------------------------------ elsewhere


@pytest.mark.parametrize("backend", ["sqlite", "mysql"])
@pytest.mark.parametrize(
    "field", [JSONB, TSVector, Inet, Cidr, MacAddr, HStore, Int4Range, NumRange, TsTzRange, Vector]
)
def test_other_databases_refuse_the_type_by_name(backend: str, tmp_path: Any, field: Any) -> None:
    class Elsewhere(Model):
        id = Field(BigInteger, primary_key=True)
        own = Field(field)

    database = open_database(backend, tmp_path)
    try:
        with pytest.raises(DefinitionError, match=rf"Elsewhere\.own: {field.__name__} is a type of PostgreSQL"):
            chakra.create_all_sync(models=[Elsewhere])
    finally:
        database.close()


async def test_a_missing_extension_is_told_with_its_cure(db: Database, run: Any) -> None:
    if db.rows("SELECT FROM pg_extension WHERE extname = 'vector'"):
        pytest.skip("the extension is there")
    with pytest.raises(ProgrammingError, match="CREATE EXTENSION vector"):
        db.create(Embedding)


# ------------------------------------------------------------------------------ Range itself


def test_a_range_is_a_value() -> None:
    one = Range(1, 5)
    assert (one.lower, one.upper, one.bounds, one.empty) == (1, 5, "[)", False)
    assert one == Range(1, 5, "[)") != Range(1, 5, "[]")
    assert hash(Range(1, None, "[]")) == hash(Range(1, None))
    assert Range(1, 1) == Range(empty=True) == Range(3, 3, "(]") != Range(1, 1, "[]")
    assert len({Range(1, 2), Range(1, 2), Range(empty=True)}) == 2
    for other in (one, Range(empty=True), Range(None, D(3), "(]")):
        assert pickle.loads(pickle.dumps(other)) == copy.deepcopy(other) == other
    with pytest.raises(AttributeError, match="cannot be changed"):
        one.lower = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        del one._lower
    for arguments in ((2, 1), (1, 2, "["), (1, 2, "{}")):
        with pytest.raises(ValueError, match="bound"):
            Range(*arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="empty"):
        Range(1, empty=True)
    assert one != "x"
    with pytest.raises(TypeError):
        one < 3  # type: ignore[operator]  # noqa: B015


def test_membership() -> None:
    assert [n in Range(1, 3, "(]") for n in (1, 2, 3, 4)] == [False, True, True, False]
    assert [n in Range(None, 3) for n in (-(10**9), 3)] == [True, False]
    assert [n in Range(3, None) for n in (2, 3, 10**9)] == [False, True, True]
    assert 1 not in Range(empty=True)
    assert 1 in Range()
    assert None not in Range()


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (Range(1, 2), "Range(1, 2)"),
        (Range(1, 2, "(]"), "Range(1, 2, '(]')"),
        (Range(None, 2), "Range(None, 2)"),
        (Range(None, 2, "(]"), "Range(None, 2, '(]')"),
        (Range(1, None, "[]"), "Range(1, None)"),
        (Range(empty=True), "Range(empty=True)"),
    ],
)
def test_reprs(one: Range[int], shown: str) -> None:
    assert repr(one) == shown


# ------------------------------------------------------------------------------ at random

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4)


def ranges(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Range[Any]]:
    ends = st.tuples(st.none() | values, st.none() | values)
    ordered = ends.map(lambda pair: pair if None in pair or pair[0] <= pair[1] else pair[::-1])
    made = st.builds(lambda pair, bounds: Range(*pair, bounds), ordered, st.sampled_from(["[)", "[]", "(]", "()"]))
    return made | st.just(Range(empty=True))


def interface(address: ipaddress.IPv4Address) -> ipaddress.IPv4Interface:
    return ipaddress.IPv4Interface((int(address), 12))


def notation(words: list[tuple[str, list[int]]]) -> str:
    """Lexemes and their places as PostgreSQL writes them."""
    escaped = [(word.replace("\\", "\\\\").replace("'", "''"), places) for word, places in words]
    return " ".join(f"'{word}'{':' * bool(places)}{','.join(map(str, places))}" for word, places in escaped)


AT_RANDOM: dict[str, st.SearchStrategy[Any]] = {
    "host": st.ip_addresses() | st.ip_addresses(v=4).map(interface),
    "network": st.ip_addresses(v=4).map(lambda address: ipaddress.ip_network((int(address) >> 8 << 8, 24))),
    "card": st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":")),
    "pairs": st.dictionaries(text, st.none() | text, max_size=4),
    "small": ranges(st.integers(-(2**31), 2**31 - 2)),
    "large": ranges(st.integers(-(2**63), 2**63 - 2)),
    "exact": ranges(decimals),
    "days": ranges(st.dates(max_value=datetime.date(9999, 12, 30))),
    "instants": ranges(st.datetimes(timezones=st.just(UTC))),
    "lexemes": st.lists(st.tuples(text.filter(bool), st.lists(st.integers(1, 16383), max_size=3)), max_size=4).map(
        notation
    ),
}


@pytest.mark.parametrize("field", AT_RANDOM)
def test_random_values(db: Database, field: str) -> None:
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(value=AT_RANDOM[field])
    def round_trips(value: Any) -> None:
        made = Holding.objects.create_sync(**{field: value})
        kept = getattr(made, field)
        read = getattr(Holding.objects.get_sync(id=made.id, **{field: value}), field)
        assert read == kept
        assert type(read) is type(kept)
        if isinstance(value, Range) and not value.empty:
            samples = [end for end in (value.lower, value.upper) if end is not None]
            assert [end in read for end in samples] == [end in value for end in samples]
        elif field != "lexemes":
            assert read == value

    round_trips()


@pytest.mark.parametrize("field", ["card", "network", "small", "instants"])
def test_there_is_no_greatest_of_these_types(field: str) -> None:
    with pytest.raises(FieldError, match=f"{field}.*there is no (max|Max) of this type"):
        Holding.objects.aggregate(Max(field))
