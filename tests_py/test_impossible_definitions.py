"""Definitions that no database could keep, or that one of them would refuse: told by check_models, all at once."""

from __future__ import annotations

import datetime
import functools
import typing
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import psycopg
import pytest

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
    Index,
    Integer,
    Interval,
    Mapped,
    Model,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
    check_models,
)
from chakra.exceptions import DefinitionError
from chakra.postgres import Cidr, DateRange, Inet, Int4Range, MacAddr, TSVector
from conftest import Database, open_database
from models import table


def model(name: str, **body: Any) -> type[Model]:
    body.setdefault("id", Field(Integer, primary_key=True))
    names = {"__module__": __name__, "__qualname__": name, "__tablename__": table(f"impossible_{name.lower()}")}
    return type(name, (Model,), names | body)  # type: ignore[return-value]


def faults(asked: type[Model], dialect: str | None = None) -> list[tuple[str, str | None, str]]:
    found = check_models([asked], dialect=dialect)
    assert all(fault.hint for fault in found)
    return [(fault.code, fault.attribute, fault.message) for fault in found]


RULES: list[tuple[Field[Any], str]] = [
    (Field(String(2), choices=["ab", "abc"]), 'the choice "abc" can never be chosen: 3 characters are more than the 2'),
    (Field(Integer, choices=[1, 5], min_value=3), "the choice 1 can never be chosen: 1 is less than min_value=3"),
    (Field(Integer, choices=[1, 5], max_value=3), "the choice 5 can never be chosen"),
    (Field(String(9), choices=["a", "1"], pattern="^[a-z]$"), 'the choice "1" can never be chosen'),
    (Field(String(9), choices=["a", "bcd"], max_length=2), 'the choice "bcd" can never be chosen'),
    (Field(String(5), max_length=9), "max_length=9 is more than the 5 that String holds"),
    (Field(Binary(5), max_length=9), "max_length=9 is more than the 5 that Binary holds"),
    (Field(Integer, check=" "), "check is empty"),
]


@pytest.mark.parametrize(("field", "message"), RULES)
def test_rules_that_contradict_each_other(field: Field[Any], message: str) -> None:
    [(code, attribute, told)] = faults(model("Ruled", a=field))
    assert (code, attribute) == ("rule", "a")
    assert message in told


@pytest.mark.parametrize("option", ["default", "on_update"])
@pytest.mark.parametrize("callable_", [lambda number: number, lambda *, number: number, uuid.UUID.__str__, pow])
def test_callables_that_need_arguments(option: str, callable_: Any) -> None:
    [(code, attribute, told)] = faults(model("Called", a=Field(Integer, nullable=True, **{option: callable_})))
    assert (code, attribute) == (option, "a")
    assert f"the {option} is called without arguments, and" in told


@pytest.mark.parametrize("option", ["default", "on_update"])
@pytest.mark.parametrize(
    "callable_", [dict, list, uuid.uuid4, lambda number=1: number, functools.partial(int, 3), datetime.datetime.now]
)
def test_callables_that_need_none(option: str, callable_: Any) -> None:
    assert faults(model("Callable", a=Field(Integer, **{option: callable_}))) == []


DEFAULTS: list[tuple[Field[Any], str]] = [
    (Field(Integer, server_default="'x'"), "the server_default 'x' is no value of Integer"),
    (Field(SmallInteger, server_default="99999"), "is refused by the field itself: 99999 is out of the range"),
    (Field(String(4), server_default="  "), "server_default is empty"),
    (Field(String(4), server_default="new"), "server_default new is no value of SQL"),
    (Field(String(4), server_default="NULL"), "server_default is NULL"),
    (Field(String(4), server_default="'c'", choices=["a"]), "is refused by the field itself"),
    (Field(Integer, server_default="3", min_value=5), "is refused by the field itself: 3 is less than min_value=5"),
    (Field(Enum("a", "b"), server_default="'c'"), "is refused by the field itself"),
    (Field(Date, server_default="'2024-02-30'"), "is no value of Date"),
]


@pytest.mark.parametrize(("field", "message"), DEFAULTS)
def test_defaults_of_the_database_that_cannot_be(field: Field[Any], message: str) -> None:
    [(code, attribute, told)] = faults(model("Defaulted", a=field))
    assert (code, attribute) == ("server-default", "a")
    assert message in told


CONSTANTS: dict[str, tuple[Field[Any], Any]] = {
    "text": (Field(String(40), server_default=r"'it''s \ %s ? :x $1 ü'"), r"it's \ %s ? :x $1 ü"),
    "slashes": (Field(Text, server_default=r"'\n\\'"), r"\n\\"),
    "document": (Field(JSON, server_default=r"""'{"a": "\\"}'"""), {"a": "\\"}),
    "label": (Field(Enum("a\\b", "b"), server_default="'a\\b'"), "a\\b"),
    "yes": (Field(Boolean, server_default="1"), True),
    "no": (Field(Boolean, server_default="false"), False),
    "raw": (Field(Binary(9), server_default="'it''s'"), b"it's"),
    "key": (Field(UUID, server_default="'ABCDEF00000000000000000000000001'"), uuid.UUID(int=0xABCDEF << 104 | 1)),
    "day": (Field(Date, server_default="'2024-02-29'"), datetime.date(2024, 2, 29)),
    "clock": (Field(Time, server_default="'10:30'"), datetime.time(10, 30)),
    "moment": (
        Field(DateTime, server_default="'2024-02-29T12:00:00.5+02:00'"),
        datetime.datetime(2024, 2, 29, 10, 0, 0, 500_000, tzinfo=datetime.timezone.utc),
    ),
    "midnight": (
        Field(DateTime, server_default="'2024-02-29'"),
        datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc),
    ),
}


async def test_constants_mean_the_same_on_every_database(db: Database, run: Any) -> None:
    constant = model("Constant", **{name: field for name, (field, _) in CONSTANTS.items()})
    assert faults(constant) == []
    db.create(constant)
    made: Any = await run(constant.objects.create)
    for name, (_, value) in CONSTANTS.items():
        assert (getattr(made, name), type(getattr(made, name))) == (value, type(value)), name
        if name != "document":
            assert await run(constant.objects.filter(**{name: value}).count) == 1, name
    assert await run(constant.objects.filter(document__a="\\").count) == 1


async def test_defaults_of_the_database_that_can_be(db: Database, run: Any) -> None:
    fine = model(
        "Fine",
        number=Field(Integer, server_default="-5", min_value=-5),
        text=Field(String(9), server_default="'it''s'", choices=["it's"]),
        digits=Field(String(9), server_default="5"),
        label=Field(Enum("a", "b"), server_default="'b'"),
        made=Field(DateTime, server_default="CURRENT_TIMESTAMP"),
        nothing=Field(Integer, server_default="NULL", nullable=True),
        price=Field(Decimal(6, 2), server_default="1.50"),
        day=Field(Date, server_default="'2024-02-29'"),
    )
    assert faults(fine) == []
    db.create(fine)
    made: Any = await run(fine.objects.create)
    assert (made.number, made.text, made.digits, made.label, made.nothing) == (-5, "it's", "5", "b", None)
    assert (str(made.price), str(made.day)) == ("1.50", "2024-02-29")


def test_bare_annotations_are_no_fields() -> None:
    class Bare(Model):
        id = Field(Integer, primary_key=True)
        name: str
        age: int | None
        other: list[str]
        kind: ClassVar[str]
        more: typing.ClassVar[int]
        title: Mapped[str] = Field(String(20))
        count: int = 3
        _cache: dict[str, int]

    told = {fault.attribute: (fault.code, fault.message, fault.hint) for fault in check_models([Bare])}
    message = "an annotation alone declares no field"
    assert told == {
        "name": ("missing-field-call", message, "write name = Field(String(50))"),
        "age": ("missing-field-call", message, "write age = Field(Integer, nullable=True)"),
        "other": ("missing-field-call", message, "write other = Field(JSON)"),
    }
    with pytest.raises(DefinitionError, match=r"Bare.*3 mistakes"):
        Bare(id=1)


def test_annotations_of_what_others_give_are_fine() -> None:
    class Named:
        label: str  # a plain class asks for an attribute

    class Base(Model):
        id: Mapped[int] = Field(Integer, primary_key=True)

        class Meta:
            abstract = True

    class Derived(Named, Base):
        id: Mapped[int]
        label: str = "fixed"

    assert check_models([Derived]) == []


def test_one_field_under_two_names() -> None:
    shared = Field(Integer)
    [(code, attribute, message)] = faults(model("Shared", a=shared, b=shared))
    assert (code, attribute) == ("shared-field", "b")
    assert message == "it is the very Field that 'a' is"
    # Two models may have one.
    assert faults(model("One", a=shared)) == faults(model("Other", b=shared)) == []


@pytest.mark.parametrize("abstract", ["yes", 1, None, 0])
def test_abstract_is_a_truth(abstract: Any) -> None:
    asked = model("Abstract", Meta=type("Meta", (), {"abstract": abstract}))
    assert faults(asked) == [("meta-option", None, f"Meta.abstract is True or False, not {abstract!r}")]


MANY = {f"c{at}": lambda: Field(Integer) for at in range(2_001)}


@pytest.mark.parametrize(
    ("columns", "over", "indexed", "expected"),
    [
        (1_016, 16, 64, {}),
        (1_017, 16, 0, {"mysql": "it has too many columns: 1018, of which MySQL takes 1017"}),
        (1_600, 2, 0, {"postgres": "takes 1600", "mysql": "takes 1017"}),
        (2_000, 2, 0, {"sqlite": "columns: 2001, of which SQLite takes 2000", "postgres": "", "mysql": ""}),
        (40, 32, 0, {}),
        (40, 33, 0, {"mysql": "columns: 33, of which MySQL takes 32", "postgres": "of which PostgreSQL takes 32"}),
        (70, 2, 65, {"mysql": "it has too many indexes and unique keys: 65, of which MySQL takes 64"}),
    ],
)  # fmt: skip
def test_more_than_a_database_takes(columns: int, over: int, indexed: int, expected: dict[str, str]) -> None:
    names = list(MANY)[:columns]
    body: dict[str, Any] = {name: Field(Integer, index=at < indexed) for at, name in enumerate(names)}
    body["__table_args__"] = (Index(None, *names[-over:]),) if indexed == 0 else ()
    asked = model("Many", **body)
    assert faults(asked) == []
    for dialect in ("sqlite", "postgres", "mysql"):
        told = faults(asked, dialect)
        assert bool(told) == (dialect in expected), (dialect, told)
        assert all(code == "unsupported" for code, _, _ in told)
        if told:
            assert expected[dialect] in told[0][2]


def test_what_just_fits_in_number_is_made(db: Database) -> None:
    most = {"sqlite": (2_000, 64), "postgres": (1_600, 32), "mysql": (1_017, 32)}[db.backend]
    names = list(MANY)[: most[0] - 1]
    body: dict[str, Any] = {name: Field(SmallInteger, nullable=True) for name in names}
    db.create(model("Most", **body, __table_args__=UniqueConstraint(*names[: most[1]])))


# ------------------------------------------------------------------------------ methods of indexes

TYPES: dict[str, Any] = {
    "SmallInteger": SmallInteger,
    "BigInteger": BigInteger,
    "Float": Float,
    "Decimal": Decimal(6, 2),
    "String": String(20),
    "Text": Text,
    "Char": Char(3),
    "Boolean": Boolean,
    "DateTime": DateTime,
    "Date": Date,
    "Time": Time,
    "Interval": Interval,
    "Binary": Binary,
    "UUID": UUID,
    "JSON": JSON,
    "Array": Array(Integer),
    "Enum": Enum("a", "b"),
    "native Enum": Enum("a", "b", name="impossible_kinds", native=True),
    "Int4Range": Int4Range,
    "DateRange": DateRange,
    "Inet": Inet,
    "Cidr": Cidr,
    "MacAddr": MacAddr,
    "TSVector": TSVector,
}


@pytest.fixture
def postgres(tmp_path: Any) -> Iterator[Database]:
    database = open_database("postgres", tmp_path)
    yield database
    database.close()


def test_methods_of_indexes_are_judged_as_postgresql_does(postgres: Database) -> None:
    fields = {f"c{at}": Field(kind) for at, kind in enumerate(TYPES.values())}
    whole = model("Whole", **fields)
    postgres.create(whole)
    for method in ("btree", "hash", "gin", "gist", "spgist", "brin"):
        for (column, field), kind in zip(fields.items(), TYPES, strict=True):
            told = faults(
                model("Indexed", **{column: field}, __table_args__=Index(None, column, method=method)), "postgres"
            )
            try:
                postgres.rows(f"CREATE INDEX impossible_ix ON {whole.__tablename__} USING {method} ({column})")  # type: ignore[attr-defined]
                is_made = True
                postgres.rows("DROP INDEX impossible_ix")
            except psycopg.errors.UndefinedObject:  # no operator class
                is_made = False
            assert (told == []) == is_made, (kind, method, told)
            if told:
                assert told == [("unsupported", column, told[0][2])]


def test_other_faults_of_methods() -> None:
    two = {"a": Field(Integer), "b": Field(Integer)}
    for index, dialect, expected in [
        (Index("i", "a", "b", method="hash"), "postgres", "an index of several columns by hash or spgist"),
        (Index("i", "a", method="hash", unique=True), "postgres", "a unique index by another method than btree"),
        (Index("i", "-a", method="brin"), "postgres", "an index in descending order by another method than btree"),
        (Index("i", "a", method="fulltext"), "mysql", "MySQL has no fulltext index over Integer"),
    ]:
        [(code, _, message)] = faults(model("Methods", **two, __table_args__=index), dialect)
        assert code == "unsupported"
        assert expected in message
    [(code, _, message)] = faults(model("Unknown", **two, __table_args__=Index("i", "a", method="gni")))
    assert (code, 'unknown method "gni"' in message) == ("index-method", True)
