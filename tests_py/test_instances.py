"""Objects that no database has seen: construction, coercion, equality, copies."""

from __future__ import annotations

import copy
import datetime
import decimal
import os
import pickle
import subprocess
import sys
import uuid
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chakra import Field, Integer, Model, String
from chakra.exceptions import FieldError, ValidationError
from models import Country, Reader, Sample, Seat, Ticket, Word, table

UTC = datetime.timezone.utc


class Slotted(Model):
    __tablename__ = table("slotted")
    __slots__ = ("cache",)
    id = Field(Integer, primary_key=True)
    name = Field(String(20))


class Constructed(Model):
    __tablename__ = table("constructed")
    id = Field(Integer, primary_key=True)
    name = Field(String(20))

    def __init__(self, name: str, **values: Any) -> None:
        super().__init__(name=name, **values)
        self.greeting = f"Hello {name}"

    @property
    def upper(self) -> str:
        return self.name.upper()

    @upper.setter
    def upper(self, value: str) -> None:
        self.name = value.lower()


def test_values_and_defaults() -> None:
    reader = Reader(name="Ada")
    assert (reader.name, reader.email, reader.age, reader.active) == ("Ada", None, None, True)
    assert reader.balance == decimal.Decimal("0.00")
    assert reader.id is None
    assert reader.created_at.tzinfo is UTC
    assert Reader().name is None


def test_callable_defaults_are_called_each_time() -> None:
    assert Ticket().code != Ticket().code


def test_attributes_are_ordinary() -> None:
    reader = Reader(name="Ada")
    assert vars(reader)["name"] == "Ada"
    reader.name = "Grace"
    assert vars(reader)["name"] == "Grace"


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(FieldError, match='did you mean "name"'):
        Reader(nmae="Ada")  # spellchecker:disable-line


def test_positional_values_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Reader takes values by name, such as Reader\(created_at=.*was given 2"):
        Reader("Ada", 3)  # type: ignore[call-arg]


COERCED: list[tuple[str, Any, Any]] = [
    ("integer", "123", 123),
    ("integer", "-5", -5),
    ("integer", -(2**31), -(2**31)),
    ("small", 2**15 - 1, 32767),
    ("big", -(2**63), -(2**63)),
    ("floating", 3, 3.0),
    ("floating", "2.5", 2.5),
    ("exact", 3, decimal.Decimal(3)),
    ("exact", "3.25", decimal.Decimal("3.25")),
    ("flag", 1, True),
    ("flag", False, False),
    ("text", "x", "x"),
    ("instant", "2024-02-29T12:30:00Z", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
    ("instant", datetime.datetime(2024, 2, 29), datetime.datetime(2024, 2, 29, tzinfo=UTC)),
    (
        "instant",
        datetime.datetime(2024, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        datetime.datetime(2023, 12, 31, 23, tzinfo=UTC),
    ),
    ("day", "2024-02-29", datetime.date(2024, 2, 29)),
    ("clock", "12:30:00.5", datetime.time(12, 30, 0, 500000)),
    ("token", "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678123456781234567812345678")),
    ("data", bytearray(b"ab"), b"ab"),
    ("data", memoryview(b"ab"), b"ab"),
]


@pytest.mark.parametrize(("field", "given", "kept"), COERCED)
def test_lossless_coercion(field: str, given: Any, kept: Any) -> None:
    made = Sample(**{field: given})
    assert getattr(made, field) == kept
    assert type(getattr(made, field)) is type(kept)
    assigned = Sample()
    setattr(assigned, field, given)
    assert getattr(assigned, field) == kept
    if isinstance(kept, datetime.datetime):
        assert getattr(made, field).tzinfo is UTC


REFUSED: list[tuple[str, Any]] = [
    ("integer", True),
    ("integer", 1.0),
    ("integer", "1.0"),
    ("integer", "1_0"),
    ("integer", ""),
    ("integer", 2**31),
    ("integer", -(2**31) - 1),
    ("small", 2**15),
    ("big", 2**63),
    ("big", 10**30),
    ("floating", True),
    ("floating", "abc"),
    ("floating", 2**53 + 1),
    ("exact", 1.5),
    ("exact", decimal.Decimal("0.0000001")),
    ("exact", decimal.Decimal(10**14)),
    ("exact", decimal.Decimal("NaN")),
    ("exact", "one"),
    ("flag", 2),
    ("flag", "true"),
    ("text", 3),
    ("text", b"x"),
    ("text", "\ud800"),
    ("text", "a\0b"),
    ("short", "x" * 21),
    ("instant", "yesterday"),
    ("instant", 3),
    ("day", datetime.datetime(2024, 1, 1)),
    ("day", "2024-02-30"),
    ("clock", datetime.time(1, tzinfo=UTC)),
    ("token", "abc"),
    ("data", "text"),
    ("few", b"12345"),
    ("document", {1: 2}),
    ("document", {"a": float("nan")}),
    ("document", {"a": object()}),
]


@pytest.mark.parametrize(("field", "given"), REFUSED)
def test_what_would_lose_something_is_refused(field: str, given: Any) -> None:
    with pytest.raises(ValidationError) as made:
        Sample(**{field: given})
    assert made.value.field == field
    assert made.value.where is not None
    assert made.value.where.startswith("models.py:")
    assert made.value.constraint
    assert f"Sample.{field}" in str(made.value)
    kept = Sample()
    with pytest.raises(ValidationError):
        setattr(kept, field, given)
    assert getattr(kept, field) is None


def test_none_is_refused_where_it_is_no_value() -> None:
    with pytest.raises(ValidationError) as caught:
        Reader(name=None)
    assert caught.value.constraint == "nullable=False"
    reader = Reader(name="Ada")
    with pytest.raises(ValidationError):
        reader.name = None  # type: ignore[assignment]
    assert reader.name == "Ada"


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(ValidationError) as caught:
        Reader(name=3, age="old", active=True)
    assert [fault.field for fault in caught.value.errors] == ["name", "age"]
    assert "Reader.name" in str(caught.value)
    assert "Reader.age" in str(caught.value)


def test_equality_and_hash_go_by_model_and_key() -> None:
    assert Word(id=1, text="a") == Word(id=1, text="b")
    assert Word(id=1) != Word(id=2)
    assert Word(id=1) != Sample(id=1)
    assert Word() != Word()
    same = Word()
    assert same == same
    assert len({Word(id=1), Word(id=1), Word(id=0)}) == 2
    assert Seat(row=1, place=2) == Seat(row=1, place=2)
    assert hash(Seat(row=1, place=2)) == hash(Seat(row=1, place=2))
    with pytest.raises(TypeError, match=r"Word without a primary key cannot be hashed.*save it first"):
        hash(Word())
    with pytest.raises(TypeError, match="Seat without a primary key"):
        hash(Seat(row=1))
    assert Seat(row=1) != Seat(row=1)


def test_keys_of_zero_and_below_are_keys() -> None:
    assert Word(id=0) == Word(id=0) != Word(id=-1)
    assert len({Word(id=0), Word(id=0), Word(id=-1)}) == 2


def test_an_object_without_attributes_can_be_shown_and_compared() -> None:
    bare = Word.__new__(Word)
    assert repr(bare) == "Word()"
    assert bare != Word()
    assert bare == bare


def test_pk() -> None:
    word = Word(pk=3)
    assert (word.id, word.pk) == (3, 3)
    word.pk = "4"
    assert word.id == 4
    seat = Seat(row=1, place=2)
    assert seat.pk == (1, 2)
    seat.pk = (3, 4)
    assert (seat.row, seat.place) == (3, 4)
    for wrong in ((1, 2, 3), (1,), 7, "ab"):
        with pytest.raises(ValueError, match="row, place"):
            seat.pk = wrong
        with pytest.raises(ValueError, match="row, place"):
            Seat(pk=wrong)
    assert Seat(pk=(5, "6")).pk == (5, 6)
    with pytest.raises(FieldError, match="Word is given its key twice, as id and as pk"):
        Word(pk=1, id=2)
    with pytest.raises(ValidationError) as caught:
        Word(pk="x", number="y")
    assert {fault.field for fault in caught.value.errors} == {"id", "number"}


def test_repr_is_readable_and_short() -> None:
    assert repr(Seat(row=1, place=2)) == "Seat(row=1, place=2, taken_by=None)"
    assert len(repr(Sample(text="x" * 10_000))) < 1_000
    assert repr(Word(text="x" * 100)) == f"Word(id=None, text='{'x' * 60}'..., number=None)"
    reader = Reader(name="Ada")
    reader.settings["itself"] = reader.settings
    assert "settings={'itself': {...}}" in repr(reader)
    reader.settings["itself"] = reader
    assert len(repr(reader)) < 1_000


def test_dictionaries() -> None:
    values = {"code": "SE", "name": "Sweden", "population": 10_000_000}
    assert Country.from_dict(values).to_dict() == values
    assert list(Country().to_dict()) == ["code", "name", "population"]
    with pytest.raises(FieldError):
        Country.from_dict({"cod": "SE"})
    with pytest.raises(ValidationError):
        Country.from_dict({"code": "SE", "name": None})
    with pytest.raises(TypeError, match=r"Country\.from_dict takes a mapping of names to values, not"):
        Country.from_dict([("code", "SE")])  # type: ignore[arg-type]


def test_every_fault_of_a_dictionary_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        Country.from_dict({"cod": "SE", "name": None, "population": "many"})
    assert sorted(fault.field or "" for fault in caught.value.errors) == ["cod", "name", "population"]
    assert 'did you mean "code"' in str(caught.value)


def test_a_dictionary_shares_nothing_that_can_change() -> None:
    reader = Reader(name="Ada", settings={"a": [1]})
    values = reader.to_dict()
    values["settings"]["a"].append(2)
    assert reader.settings == {"a": [1]}
    other = Reader.from_dict(reader.to_dict())
    other.settings["a"].append(3)
    assert reader.settings == {"a": [1]}


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(duplicate: Any) -> None:
    reader = Reader(id=1, name="Ada", settings={"a": [1]})
    other = duplicate(reader)
    assert type(other) is Reader
    assert other is not reader
    assert other.to_dict() == reader.to_dict()
    other.name = "Grace"
    assert reader.name == "Ada"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_read_by_another_process(protocol: int) -> None:
    reader = Reader(id=1, name="Ada", settings={"a": [1]})
    reader.note = "kept"  # type: ignore[attr-defined]
    program = (
        "import pickle, sys; reader = pickle.loads(sys.stdin.buffer.read()); "
        "print(reader.name, reader.pk, reader.settings, reader.note, type(reader).__module__)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(reader, protocol),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent,
        env={**os.environ, "CHAKRA_TEST_TABLES": "again", "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert finished.stdout.decode().split() == ["Ada", "1", "{'a':", "[1]}", "kept", "models"]


def test_a_class_inside_a_function_cannot_be_pickled_but_copied() -> None:
    class Local(Model):
        __tablename__ = table("local_to_a_test")
        id = Field(Integer, primary_key=True)

    with pytest.raises((AttributeError, pickle.PicklingError), match=r"<locals>.Local"):
        pickle.dumps(Local(id=1))
    assert copy.copy(Local(id=1)) == copy.deepcopy(Local(id=1)) == Local(id=1)


def test_a_copy_is_a_change_of_its_own() -> None:
    reader = Reader(id=1, name="Ada", settings={"a": [1]})
    shallow, deep = copy.copy(reader), copy.deepcopy(reader)
    assert shallow.settings is reader.settings
    assert deep.settings == reader.settings
    assert deep.settings is not reader.settings


def test_slots_and_other_attributes_are_copied_and_pickled() -> None:
    slotted = Slotted(id=1, name="x")
    slotted.cache = [1]
    slotted.extra = "y"  # type: ignore[attr-defined]
    for other in (copy.copy(slotted), copy.deepcopy(slotted), pickle.loads(pickle.dumps(slotted))):
        assert (other.id, other.name, other.cache, other.extra) == (1, "x", [1], "y")
    assert slotted.to_dict() == {"id": 1, "name": "x"}


def test_an_own_constructor() -> None:
    made = Constructed("ada")
    assert (made.name, made.greeting) == ("ada", "Hello ada")
    with pytest.raises(FieldError, match="nmae"):  # spellchecker:disable-line
        Constructed("ada", nmae="x")  # spellchecker:disable-line
    other = pickle.loads(pickle.dumps(made))  # past the constructor
    assert (other.name, other.greeting) == ("ada", "Hello ada")


def test_properties() -> None:
    made = Constructed("ada")
    assert made.upper == "ADA"
    made.upper = "GRACE"
    assert made.name == "grace"
    with pytest.raises(FieldError, match="upper"):
        Constructed("ada", upper="X")


def test_fields_are_not_deleted() -> None:
    reader = Reader(name="Ada")
    with pytest.raises(AttributeError, match=r"Reader.name is a field and cannot be deleted; assign None"):
        del reader.name
    assert reader.name == "Ada"
    reader.note = "x"  # type: ignore[attr-defined]
    del reader.note  # type: ignore[attr-defined]
    assert not hasattr(reader, "note")
    with pytest.raises(AttributeError):
        del reader.note  # type: ignore[attr-defined]


def test_threads_assign_without_losing_a_change() -> None:
    names = ["text", "number"]
    for _ in range(20):
        word = pickle.loads(pickle.dumps(Word(id=1)))
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda name, word=word: setattr(word, name, "1"), names * 20))
        assert (word.text, word.number) == ("1", 1)
        assert word._changed_fields() == ["text", "number"]


def test_objects_are_matched_by_name_and_by_position() -> None:
    def told(value: object) -> object:
        match value:
            case Country(code="SE"):
                return "Sweden"
            case Country(code, name):
                return code, name
            case _:
                return None

    assert told(Country(code="SE", name="Sweden")) == "Sweden"
    assert told(Country(code="IS", name="Iceland")) == ("IS", "Iceland")
    assert told(Reader(name="Ada")) is None


def test_an_object_without_a_key_is_equal_to_itself_alone() -> None:
    one = Reader(name="Ada")
    assert one == one
    assert one != Reader(name="Ada")
    with pytest.raises(TypeError, match=r"Reader without a primary key cannot be hashed.*save it first"):
        hash(one)
    one.id = 3
    assert one in {Reader(id=3, name="Bob")}


def test_weak_references() -> None:
    reader = Reader(name="Ada")
    reference = weakref.ref(reader)
    assert reference() is reader
    del reader
    assert reference() is None


def test_other_attributes_are_allowed() -> None:
    reader = Reader(name="Ada")
    reader.note = "not a column"  # type: ignore[attr-defined]
    assert reader.note == "not a column"  # type: ignore[attr-defined]
    assert "note" not in reader.to_dict()
