"""Whatever a class body holds: importing it never fails, and the first use works or tells a `DefinitionError`."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

import chakra
from chakra import (
    JSON,
    Array,
    CheckConstraint,
    Date,
    Decimal,
    Enum,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Model,
    String,
    UniqueConstraint,
)
from chakra.exceptions import DefinitionError
from chakra.fields import _OPTIONS


class Colour(enum.Enum):
    RED = "red"


class Hostile:
    """Raises where it is compared or shown, and has no hash."""

    def __repr__(self) -> NoReturn:
        raise RuntimeError("repr")

    def __eq__(self, other: object) -> NoReturn:
        raise RuntimeError("eq")

    __hash__ = None  # type: ignore[assignment]


ODD: list[Any] = [
    None,
    True,
    3,
    -1,
    2**70,
    1.5,
    float("nan"),
    "x",
    "",
    "\0",
    "\ud800",
    "a" * 300,
    b"x",
    [],
    {},
    [["x"]],
    {"a": 1},
    {1},
    (1, 2),
    object(),
    int,
    Integer,
    Colour,
    Colour.RED,
    range(3),
    iter([]),
    Field(Integer),
    Hostile(),
]

TYPES: list[Any] = [Integer, String(5), Decimal(5, 2), Date, JSON, Array(Integer), Enum(Colour)]


def odd(*bases: type, **body: Any) -> type[Model]:
    namespace = {"__module__": __name__, "__qualname__": "Odd", "id": Field(Integer, primary_key=True)}
    return type(Model)("Odd", (*bases, Model), {**namespace, **body})


def judge(model: type[Model]) -> None:
    """The model can be described, or says why not; a check says the same."""
    try:
        fields, told = model.__chakra_model__.fields, None
    except DefinitionError as error:
        fields, told = ["id"], error.faults
    assert "id" in fields
    faults = chakra.check_models([model])
    assert faults == (told or [])
    if not faults:
        faults = [
            fault for name in ("sqlite", "postgres", "mysql") for fault in chakra.check_models([model], dialect=name)
        ]
    for fault in faults:
        assert all([fault.code, fault.message, fault.hint, fault.where]), fault


@pytest.mark.parametrize("option", sorted(_OPTIONS))
def test_options_of_fields(option: str) -> None:
    for value in ODD:
        for field_type in TYPES:
            judge(odd(x=Field(field_type, **{option: value})))


@pytest.mark.parametrize(
    "make", [String, Decimal, Array, Enum, chakra.Char, chakra.Binary], ids=lambda made: made.__name__
)
def test_arguments_of_types(make: Any) -> None:
    for value in ODD:
        judge(odd(x=Field(make(value))))
        judge(odd(x=Field(Array(make(value)))))


def test_what_is_no_type() -> None:
    for value in ODD:
        judge(odd(x=Field(value)))
        judge(odd(x=Field(Integer, value)))  # type: ignore[call-overload]
        judge(odd(x=value))


@pytest.mark.parametrize(
    "name", ["__tablename__", "__schema__", "__table_args__", "__annotations__", "Meta", "objects"]
)
def test_class_attributes(name: str) -> None:
    for value in ODD:
        judge(odd(**{name: value}))


@pytest.mark.parametrize("option", ["ordering", "verbose_name", "verbose_name_plural", "unknown"])
def test_meta_options(option: str) -> None:
    for value in ODD:
        judge(odd(Meta=type("Meta", (), {option: value})))


TABLE_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "index of": Index,
    "index over": lambda value: Index("ix", value),
    "index where": lambda value: Index("ix", "x", where=value),
    "index method": lambda value: Index("ix", "x", method=value),
    "index expression": lambda value: Index("ix", expression=value),
    "unique over": UniqueConstraint,
    "unique name": lambda value: UniqueConstraint("x", name=value),
    "check": CheckConstraint,
    "check name": lambda value: CheckConstraint("x > 1", name=value),
    "columns": lambda value: ForeignKeyConstraint(value, ["odds.id"]),
    "references": lambda value: ForeignKeyConstraint(["x"], value),
    "on_delete": lambda value: ForeignKeyConstraint(["x"], ["odds.id"], on_delete=value),
    "comment": lambda value: {"comment": value},
    "option": lambda value: {"option": value},
}


@pytest.mark.parametrize("kind", TABLE_ARGUMENTS)
def test_table_arguments(kind: str) -> None:
    for value in ODD:
        arguments = (TABLE_ARGUMENTS[kind](value),)
        judge(odd(x=Field(Integer), __table_args__=arguments))
        fielded = type("Fielded", (), {"y": Field(Integer), "__table_args__": arguments})
        judge(odd(fielded, x=Field(Integer), y=None))


def test_foreign_keys() -> None:
    for value in ODD:
        judge(odd(x=Field(Integer, ForeignKey(value))))
        judge(odd(x=Field(Integer, ForeignKey("odds.id", on_delete=value))))
