"""The tables of field types in the documentation name the Python values that fields hold, and every type there is."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import re
import uuid
from pathlib import Path
from typing import Any

import pytest

import chakra
import chakra.mysql
import chakra.postgres
from chakra import BigInteger, Field, Model
from chakra.postgres import Range
from models import table

DOCS = Path(__file__).resolve().parent.parent / "docs"
NAMES: dict[str, Any] = {
    **{name: getattr(chakra.types, name) for name in chakra.types.__all__},
    **{name: getattr(chakra.postgres, name) for name in chakra.postgres.__all__},
    **{name: getattr(chakra.mysql, name) for name in chakra.mysql.__all__},
    "n": 3,
}

# What is assigned, and what the documentation says that it is kept as.
UTC = datetime.timezone.utc
VALUES: dict[str, list[tuple[Any, Any]]] = {
    "int": [("7", 7), (2000, 2000)],
    "float": [("7", 7.0), (3, 3.0)],
    "decimal.Decimal": [("0.5", decimal.Decimal("0.5")), (3, decimal.Decimal(3))],
    "str": [("s", "s")],
    "bool": [(1, True), (False, False)],
    "datetime.datetime": [("2024-02-29T12:00:00", datetime.datetime(2024, 2, 29, 12, tzinfo=UTC))],
    "datetime.date": [("2024-02-29", datetime.date(2024, 2, 29))],
    "datetime.time": [("12:30:00", datetime.time(12, 30))],
    "datetime.timedelta": [(datetime.timedelta(1), datetime.timedelta(1))],
    "uuid.UUID": [(str(uuid.UUID(int=7)), uuid.UUID(int=7))],
    "bytes": [(b"\0x", b"\0x"), (bytearray(b"x"), b"x")],
    "dict, list, str, int, float, bool": [({"a": [1, 2.5, "x", True]}, {"a": [1, 2.5, "x", True]}), ("x", "x")],
    "list[int]": [(("7", 8), [7, 8])],
    "list[str]": [(("a",), ["a"])],
    "list[float]": [((1, 2, 0.5), [1.0, 2.0, 0.5])],
    "dict[str, str | None]": [({"a": None}, {"a": None})],
    "Range[int]": [(Range(1, 2, "[]"), Range(1, 3))],
    "Range[Decimal]": [(Range(1, decimal.Decimal("2.5")), Range(decimal.Decimal(1), decimal.Decimal("2.5")))],
    "Range[date], Range[datetime]": [(Range(None, None), Range(None, None))],
    "IPv4Address, IPv6Address; with a prefix IPv4Interface, IPv6Interface": [
        ("10.0.0.1", ipaddress.IPv4Address("10.0.0.1")),
        ("::1/64", ipaddress.IPv6Interface("::1/64")),
    ],
    "IPv4Network, IPv6Network": [("10.0.0.0/8", ipaddress.IPv4Network("10.0.0.0/8"))],
    "str, as 08:00:2b:01:02:03": [("08002B:010203", "08:00:2b:01:02:03")],
    "str in the server's notation: 'cat':3 'fat':2": [("fat:2 cat:3", "'cat':3 'fat':2")],
    "as JSON, which is JSONB there, too": [([1], [1])],
    "frozenset; any set of the names is taken": [({"b", "a"}, frozenset({"a", "b"})), (["a"], frozenset({"a"}))],
    "int, 1901 to 2155": [("2000", 2000)],
}


def documented() -> list[tuple[str, str]]:
    """Each declaration in a table of types, with what stands under Python."""
    found = []
    for page in ("models.md", "postgres-and-mysql.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        for found_table in re.finditer(r"^\| type \| Python \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE):
            for line in found_table[1].splitlines():
                cells = [cell.strip() for cell in line.replace("\\|", "¦").strip("|").split("|")]
                python = cells[1].replace("`", "").replace("¦", "|")
                found += [(name, python) for name in cells[0].strip("`").split("`, `")]
    return found


NUMBERS = {declaration: number for number, (declaration, _) in enumerate(documented())}


@pytest.mark.parametrize(("declaration", "python"), documented())
def test_a_field_holds_what_is_documented(declaration: str, python: str) -> None:
    declared = eval(declaration, dict(NAMES))
    members = {"id": Field(BigInteger, primary_key=True), "value": Field(declared), "__module__": __name__}
    model = type("Documented", (Model,), {"__tablename__": table(f"documented_{NUMBERS[declaration]}"), **members})
    for given, kept in VALUES[python]:
        held = model(value=given).value  # type: ignore[attr-defined]
        assert (type(held), held) == (type(kept), kept)


def test_every_type_is_documented() -> None:
    shown = {name.partition("(")[0] for name, _ in documented()}
    assert shown == set(NAMES) - {"FieldType", "Range", "n"}
