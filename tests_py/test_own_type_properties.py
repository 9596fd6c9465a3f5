"""The types of one database alone against Python's own answers, at random: see `test_properties`."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

import chakra.mysql
import chakra.postgres
from chakra.mysql import Set, Year
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
)
from conftest import Database, open_database
from test_properties import Type, average_of_integers, check_answers, check_round_trips, decimals, documents, texts

UTC = datetime.timezone.utc


def ranges(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Range[Any]]:
    """Ranges of few different bounds too, so that some are equal."""
    ends = st.tuples(st.none() | values, st.none() | values)
    ordered = ends.map(lambda pair: pair if None in pair or pair[0] <= pair[1] else pair[::-1])
    made = st.builds(lambda pair, bounds: Range(*pair, bounds), ordered, st.sampled_from(["[)", "[]", "(]", "()"]))
    return made | st.just(Range(empty=True))


def stored(days: int | datetime.timedelta) -> Any:
    """A range of discrete values as the server keeps it: from the least to the one after the last."""

    def keep(given: Range[Any]) -> Range[Any]:
        if given.empty:
            return given
        lower = given.lower if given.lower is None or given.bounds[0] == "[" else given.lower + days
        upper = given.upper if given.upper is None or given.bounds[1] == ")" else given.upper + days
        if lower is not None and upper is not None and lower >= upper:
            return Range(empty=True)
        return Range(lower, upper)

    return keep


def place(address: Any) -> Any:
    """Where the server puts an address: by family, by the bits of its network, by its length, by all of its bits."""
    interface = ipaddress.ip_interface(address)
    prefix, length = interface.network.prefixlen, interface.max_prefixlen
    bits = f"{int(interface):0{length}b}"
    return interface.version, bits[:prefix], bits


def interface(address: Any, prefix: int) -> Any:
    made = ipaddress.ip_interface((int(address), prefix % (address.max_prefixlen + 1)))
    if made.version != address.version:
        made = ipaddress.IPv6Interface((int(address), prefix % 129))
    return made.ip if made.network.prefixlen == made.max_prefixlen else made


few_addresses = st.sampled_from(["10.0.0.1", "10.0.0.0", "11.0.0.0", "::", "::1"]).map(ipaddress.ip_address)
addresses = few_addresses | st.ip_addresses()
interfaces = addresses | st.builds(interface, addresses, st.integers(0, 128))
networks = interfaces.map(lambda one: ipaddress.ip_interface(one).network)
cards = st.sampled_from(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03"]) | st.binary(
    min_size=6, max_size=6
).map(lambda raw: raw.hex(":"))


def notation(words: dict[str, list[int]]) -> str:
    """Lexemes and their places as the server writes them."""
    written = sorted(words.items(), key=lambda item: item[0].encode())
    escaped = [(word.replace("\\", "\\\\").replace("'", "''"), sorted(set(places))) for word, places in written]
    return " ".join(f"'{word}'{':' * bool(places)}{','.join(map(str, places))}" for word, places in escaped)


def wholes(bits: int) -> st.SearchStrategy[int]:
    most = 2 ** (bits - 1) - 2
    return st.sampled_from([0, 1, 2, -1, most, -most - 2]) | st.integers(-most - 2, most) | st.integers(-3, 3)


last_day = datetime.date(9999, 12, 30)
days = st.sampled_from([datetime.date.min, last_day, datetime.date(2024, 2, 29)]) | st.dates(max_value=last_day)
next_day = datetime.timedelta(days=1)
instants = st.datetimes(timezones=st.just(UTC))

POSTGRES = [
    Type("inet", Inet(), interfaces, key=place, extremes=False),
    Type("cidr", Cidr(), networks, key=place, extremes=False),
    Type("mac", MacAddr(), cards, extremes=False),
    Type("int4range", Int4Range(), ranges(wholes(32)).map(stored(1)), extremes=False),
    Type("int8range", Int8Range(), ranges(wholes(64)).map(stored(1)), extremes=False),
    Type("numrange", NumRange(), ranges(decimals(10, 4)), extremes=False),
    Type("daterange", DateRange(), ranges(days).map(stored(next_day)), extremes=False),
    Type("tstzrange", TsTzRange(), ranges(instants), extremes=False),
    Type("hstore", HStore(), st.dictionaries(texts(5), st.none() | texts(5), max_size=4), ordered=False),
    Type(
        "tsvector",
        TSVector(),
        st.dictionaries(texts(8).filter(bool), st.lists(st.integers(1, 16383), max_size=4), max_size=4).map(notation),
        ordered=False,
    ),
    Type("jsonb", JSONB(), documents, ordered=False),
]
MEMBERS = ("b", "a", "B", "it's", "grüner 😀", "%")
MYSQL = [
    Type("year", Year(), st.sampled_from([1901, 2155]) | st.integers(1901, 2155), sum=sum, avg=average_of_integers),
    Type("set", Set(*MEMBERS), st.frozensets(st.sampled_from(MEMBERS)), ordered=False),
]
OWN = [*((kind, "postgres") for kind in POSTGRES), *((kind, "mysql") for kind in MYSQL)]


@pytest.fixture
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Type]]:
    """A type, and the one database that has it."""
    kind, backend = request.param
    database = open_database(backend, tmp_path)
    if backend == "postgres":
        database.rows("CREATE EXTENSION IF NOT EXISTS hstore")
    yield database, kind
    database.close()


@pytest.mark.parametrize("own", OWN, ids=lambda pair: str(pair[0]), indirect=True)
def test_round_trip(own: tuple[Database, Type]) -> None:
    check_round_trips(*own)


@pytest.mark.parametrize("own", [pair for pair in OWN if pair[0].ordered], ids=lambda pair: str(pair[0]), indirect=True)
def test_order_comparisons_and_aggregates(own: tuple[Database, Type]) -> None:
    check_answers(*own)


def test_every_type_has_its_line() -> None:
    """A type that is added to the package is added here; Vector needs an extension that few servers have."""
    for kinds, module in ((POSTGRES, chakra.postgres), (MYSQL, chakra.mysql)):
        declared = {type(kind.declared).__name__ for kind in kinds}
        assert declared == set(module.__all__) - {"Range", "Vector"}
