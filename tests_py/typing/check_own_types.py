"""What a type checker infers for the types of one database alone; read by mypy, never run."""

import datetime
import decimal
import ipaddress
from collections.abc import Set as AbstractSet
from typing import Any

from typing_extensions import assert_type

from chakra import BigInteger, Column, Field, Model, mysql, postgres
from chakra.postgres import Range


class Holding(Model):
    id = Field(BigInteger, primary_key=True)
    host = Field(postgres.Inet)
    network = Field(postgres.Cidr, nullable=True)
    card = Field(postgres.MacAddr)
    pairs = Field(postgres.HStore, default={})
    small = Field(postgres.Int4Range, default=Range(1, 5))
    exact = Field(postgres.NumRange)
    days = Field(postgres.DateRange)
    instants = Field(postgres.TsTzRange, nullable=True)
    lexemes = Field(postgres.TSVector)
    vector = Field(postgres.Vector(3))
    document = Field(postgres.JSONB)
    grapes = Field(mysql.Set("merlot", "pinot"))
    vintage = Field(mysql.Year)


holding = Holding()
Address = ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Interface | ipaddress.IPv6Interface

assert_type(holding.host, Address)
assert_type(holding.network, ipaddress.IPv4Network | ipaddress.IPv6Network | None)
assert_type(holding.card, str)
assert_type(holding.pairs, dict[str, str | None])
assert_type(holding.small, Range[int])
assert_type(holding.exact, Range[decimal.Decimal])
assert_type(holding.days, Range[datetime.date])
assert_type(holding.instants, Range[datetime.datetime] | None)
assert_type(holding.lexemes, str)
assert_type(holding.vector, list[float])
assert_type(holding.document, Any)
assert_type(holding.grapes, AbstractSet[str])
assert_type(holding.vintage, int)
assert_type(Holding.small, Column[Range[int]])
assert_type(Range(1, 2).lower, int | None)
assert_type(3 in Range(1, 5), bool)
holding.grapes = {"merlot"}
holding.grapes = frozenset()
