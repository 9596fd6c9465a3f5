"""Arrays of every type of element come back as they were written, at random."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import chakra
from chakra import (
    JSON,
    UUID,
    Array,
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
    Integer,
    Interval,
    LargeBinary,
    Model,
    SmallInteger,
    String,
    Text,
    Time,
)
from conftest import Database
from models import table
from test_properties import (
    TYPES,
    Colour,
    assert_all_same,
    bytestrings,
    clocks,
    days,
    decimals,
    each_example,
    floats,
    instants,
    integers,
    spans,
    texts,
    tokens,
)

ARRAYS: dict[str, chakra.types.FieldType[Any]] = {
    "small": SmallInteger(),
    "integer": Integer(),
    "big": BigInteger(),
    "floats": Float(),
    "unbounded": Decimal(),
    "string": String(20),
    "text": Text(),
    "char": Char(20),
    "flags": Boolean(),
    "instants": DateTime(),
    "days": Date(),
    "clocks": Time(),
    "spans": Interval(),
    "tokens": UUID(),
    "data": Binary(),
    "large": LargeBinary(),
    "colours": Enum(Colour),
}
ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "small": integers(16),
    "integer": integers(32),
    "big": integers(64),
    "floats": floats.filter(math.isfinite),
    "unbounded": decimals(20, 10),
    "string": texts(20),
    "text": texts(40),
    "char": texts(20).map(lambda text: text.rstrip(" ")),
    "instants": instants,
    "large": bytestrings,
    "flags": st.booleans(),
    "days": days,
    "clocks": clocks,
    "spans": spans,
    "tokens": tokens,
    "data": bytestrings,
    "colours": st.sampled_from(Colour),
}
Lists: type[Model] = type(
    "Lists",
    (Model,),
    {
        "__tablename__": table("property_lists"),
        "__module__": __name__,
        "id": Field(BigInteger, primary_key=True, auto_increment=False),
        **{name: Field(Array(element)) for name, element in ARRAYS.items()},
    },
)
lists = st.fixed_dictionaries({name: st.lists(st.none() | value, max_size=3) for name, value in ELEMENTS.items()})


def test_arrays_of_every_type_round_trip(db: Database) -> None:
    db.create(Lists)

    @each_example
    @given(st.lists(lists, min_size=1, max_size=4))
    def check(rows: list[dict[str, list[Any]]]) -> None:
        Lists.objects.delete_sync()
        Lists.objects.bulk_create_sync([Lists(id=number, **row) for number, row in enumerate(rows[1:], 1)])
        Lists.objects.create_sync(id=0, **rows[0])
        for read, row in zip(Lists.objects.order_by("id").all_sync(), rows, strict=True):
            for name, expected in row.items():
                assert_all_same(getattr(read, name), expected)

    check()


def test_every_type_of_element_has_its_line() -> None:
    declared = {type(kind.declared) for kind in TYPES}
    assert {type(element) for element in ARRAYS.values()} == declared - {Array, JSON}
    assert set(ARRAYS) == set(ELEMENTS)
