"""Class statements: what they describe, and how mistakes in them are told."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import chakra
from chakra import (
    JSON,
    Array,
    Boolean,
    Char,
    Column,
    Date,
    DateTime,
    Decimal,
    Field,
    Integer,
    Model,
    QuerySet,
    String,
    Text,
)
from chakra._chakra import table_name
from chakra.exceptions import DefinitionError
from models import PREFIX, Country, Post, PostQuery, Reader, Seat


def broken(**body: Any) -> type[Model]:
    """A model class with this body; nothing may be raised yet."""
    bases = body.pop("__bases__", ())
    return type(Model)("Broken", (*bases, Model), {"__module__": __name__, "__qualname__": "Broken", **body})


def fault_of(model: type[Model]) -> str:
    with pytest.raises(DefinitionError) as caught:
        model()
    return str(caught.value)


KEY = Field(Integer, primary_key=True)


@pytest.mark.parametrize(
    ("model", "table"),
    [
        ("User", "users"),
        ("BlogPost", "blog_posts"),
        ("Category", "categories"),
        ("Person", "people"),
        ("Box", "boxes"),
        ("HTTPRequest", "http_requests"),
        ("News", "news"),
    ],
)
def test_table_names(model: str, table: str) -> None:
    assert table_name(model) == table


def test_the_class_keeps_no_field() -> None:
    assert not [name for name, value in vars(Reader).items() if isinstance(value, Field)]
    assert not any("age" in vars(base) or "created_at" in vars(base) for base in Reader.__mro__)
    assert isinstance(Reader.age, Column)
    assert isinstance(Reader.created_at, Column)
    assert {"age", "created_at"} <= set(dir(Reader))


def test_an_unknown_class_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="agee"):
        _ = Reader.agee


def test_fields_come_from_mixins_and_abstract_models_in_order() -> None:
    class Named:
        name = Field(String(20))
        nickname = Field(String(20), nullable=True)

    class Keyed(Model):
        id = Field(Integer, primary_key=True)

        class Meta:
            abstract = True
            ordering = ["-id"]

    class Sailor(Named, Keyed):
        __tablename__ = f"{PREFIX}sailors"
        rank = Field(Integer, default=1)
        nickname = None

    assert Sailor.__chakra_model__.fields == ["id", "name", "rank"]
    assert Sailor.__chakra_model__.primary_key == ["id"]
    assert Sailor.__chakra_model__.table == f"{PREFIX}sailors"
    assert Sailor(name="x").nickname is None
    assert vars(Named).keys().isdisjoint({"name", "nickname"})


def test_a_nearer_field_replaces_an_inherited_one() -> None:
    class Base(Model):
        id = Field(Integer, primary_key=True)
        name = Field(Integer)

        class Meta:
            abstract = True

    class Child(Base):
        __tablename__ = f"{PREFIX}children"
        name = Field(String(5))

    assert Child(name="abc").name == "abc"
    assert Child.__chakra_model__.fields == ["id", "name"]


def test_methods_and_properties_are_inherited() -> None:
    class Greeting:
        def greet(self) -> str:
            return f"Hello {self.name}"  # type: ignore[attr-defined]

    class Guest(Greeting, Model):
        __tablename__ = f"{PREFIX}guests"
        id = Field(Integer, primary_key=True)
        name = Field(String(20))

    assert Guest(name="Bo").greet() == "Hello Bo"


def test_an_abstract_model_has_no_table() -> None:
    class Base(Model):
        id = Field(Integer, primary_key=True)

        class Meta:
            abstract = True

    with pytest.raises(DefinitionError, match="Base is abstract"):
        Base()
    with pytest.raises(DefinitionError, match="Base is abstract"):
        _ = Base.objects


def test_objects() -> None:
    assert type(Reader.objects) is QuerySet
    assert type(Post.objects) is PostQuery
    assert type(Post.objects.published().order_by("id").filter(id=1)[:3]) is PostQuery


def test_objects_of_a_base_are_inherited() -> None:
    class Counting(QuerySet[Any]):
        pass

    class Base(Model):
        id = Field(Integer, primary_key=True)
        objects = Counting.as_manager()

        class Meta:
            abstract = True

    class Child(Base):
        __tablename__ = f"{PREFIX}counted"

    assert type(Child.objects) is Counting
    assert Child.objects.model is Child


def test_positional_patterns() -> None:
    match Seat(row=3, place=4):
        case Seat(row, place, None):
            assert (row, place) == (3, 4)
        case _:
            pytest.fail("did not match")
    match Country(code="SE"):
        case Country(code="SE", name=name):
            assert name is None
        case _:
            pytest.fail("did not match")


# ------------------------------------------------------------------------------ mistakes


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no key": ({"name": Field(Text)}, ["no field is the primary key", "primary_key"]),
    "unknown option": (
        {"id": KEY, "name": Field(String(5), nullabel=True)},  # type: ignore[call-overload]  # spellchecker:disable-line
        ["Broken.name (test_definition.py:", "'nullabel'", "did you mean 'nullable'?"],  # spellchecker:disable-line
    ),
    "no type": ({"id": KEY, "age": Field(int)}, ["age", "int", "is not a field type"]),  # type: ignore[arg-type]
    "no type at all": ({"id": KEY, "age": Field()}, ["Broken.age", "Field is given no type", "Field(Integer)"]),  # type: ignore[call-overload]
    "type by name": ({"id": KEY, "age": Field(type=Integer)}, ["Broken.age", "give it first", "Field(Integer)"]),  # type: ignore[call-overload]
    "name of a type": ({"id": KEY, "age": Field("Integer")}, ["Broken.age", "write Field(Integer)"]),  # type: ignore[call-overload]
    "type without arguments": (
        {"id": KEY, "age": Field(Array)},  # type: ignore[call-overload]
        ["Broken.age", "the type Array needs arguments", "Field(Array(Integer))"],
    ),
    "length of Char": (
        {"id": KEY, "age": Field(Char)},  # type: ignore[call-overload]
        ["Broken.age", "the type Char needs arguments", "Field(Char(3))"],
    ),
    "unhashable type": ({"id": KEY, "age": Field([])}, ["Broken.age", "[] is not a field type"]),  # type: ignore[call-overload]
    "Mapped without Field": (
        {"id": KEY, "__annotations__": {"age": "Mapped[int]"}},
        ["Broken.age", "write age = Field(...)"],
    ),
    "type without Field in a base": (
        {"id": KEY, "__bases__": (type("Aged", (), {"age": Integer}),)},
        ["Broken.age", "write age = Field(Integer)"],
    ),
    "type without Field": ({"id": KEY, "age": Integer}, ["age = Field(Integer)"]),
    "nullable key": ({"id": Field(Integer, primary_key=True, nullable=True)}, ["primary key cannot be nullable"]),
    "wrong length": ({"id": KEY, "name": Field(String(0))}, ["the length of String", "not 0"]),
    "wrong precision": ({"id": KEY, "price": Field(Decimal(2, 3))}, ["the scale of Decimal", "not 3"]),
    "scale alone": ({"id": KEY, "price": Field(Decimal(scale=2))}, ["needs a precision"]),
    "flag": ({"id": KEY, "name": Field(Text, unique="yes")}, ["unique is True or False, not 'yes'"]),  # type: ignore[arg-type]
    "flag that is a list": ({"id": KEY, "name": Field(Text, index=[1])}, ["index is True or False, not [1]"]),  # type: ignore[call-overload]
    "empty column": ({"id": KEY, "name": Field(Text, column="")}, ["Broken.name", "column is empty"]),
    "empty server default": ({"id": KEY, "n": Field(Text, server_default="")}, ["Broken.n", "server_default is empty"]),
    "column with NUL": ({"id": KEY, "name": Field(Text, column="a\0")}, ["Broken.name", "column holds a character"]),
    "key of JSON": ({"id": Field(JSON, primary_key=True)}, ["Broken.id", "cannot be a primary key"]),
    "numbered text": (
        {"id": Field(String(5), primary_key=True, auto_increment=True)},
        ["auto_increment needs an integer type, not String(5)"],
    ),
    "numbered ordinary field": (
        {"id": KEY, "n": Field(Integer, auto_increment=True)},
        ["auto_increment needs primary_key=True"],
    ),
    "default of a wrong type": ({"id": KEY, "age": Field(Integer, default="old")}, ["Broken.age", "default"]),
    "default of a wrong type for a date": ({"id": KEY, "born": Field(Date, default=3)}, ["Broken.born", "default"]),
    "default too long": ({"id": KEY, "name": Field(String(2), default="abc")}, ["Broken.name", "default"]),
    "None as default": ({"id": KEY, "flag": Field(Boolean, default=None)}, ["Broken.flag", "default"]),
    "same column twice": (
        {"id": KEY, "a": Field(Text), "b": Field(Text, column="a")},
        ["Broken.b", "already the column of", "a"],
    ),
    "unknown Meta option": (
        {"id": KEY, "Meta": type("Meta", (), {"orderng": ["id"]})},  # spellchecker:disable-line
        ["'orderng'", "did you mean 'ordering'?"],  # spellchecker:disable-line
    ),
    "ordering by an unknown field": (
        {"id": KEY, "name": Field(Text), "Meta": type("Meta", (), {"ordering": ["-nme"]})},
        ["Meta.ordering", "nme", "name"],
    ),
    "ordering by JSON": (
        {"id": KEY, "data": Field(JSON), "Meta": type("Meta", (), {"ordering": ["data"]})},
        ["Meta.ordering", "data", "leave it out"],
    ),
    "ordering by something unhashable": (
        {"id": KEY, "Meta": type("Meta", (), {"ordering": [["id"]]})},
        ["Meta.ordering is a list of field names, not [['id']]"],
    ),
    "Meta is no class": ({"id": KEY, "Meta": {"ordering": ["id"]}}, ["Meta is a class inside the model"]),
    "ordering is text": ({"id": KEY, "Meta": type("Meta", (), {"ordering": "id"})}, ["Meta.ordering is a list"]),
    "name of a method": ({"id": KEY, "save": Field(Boolean)}, ["save", "belongs to every model"]),
    "name with two underscores": ({"id": KEY, "a__b": Field(Boolean)}, ["a__b", "underscore"]),
    "name of a method of classes": ({"id": KEY, "mro": Field(Integer)}, ["Broken.mro", "belongs to every model"]),
    "name of Meta": ({"id": KEY, "Meta": Field(Integer)}, ["Broken.Meta", "belongs to every model"]),
    "name in slots": (
        {"id": KEY, "age": Field(Integer), "__slots__": ("age",)},
        ["Broken.age", "__slots__ names it too", "leave it out of __slots__"],
    ),
    "name of a base's property": (
        {"id": KEY, "age": Field(Integer), "__bases__": (type("Aged", (), {"age": property(lambda self: 3)}),)},
        ["Broken.age", "Aged has an attribute of this name", "column='age'"],
    ),
    "name of objects": ({"id": KEY, "objects": Field(JSON)}, ["objects", "belongs to every model"]),
    "table name": ({"id": KEY, "__tablename__": 3}, ["__tablename__ is a name, not 3"]),
    "table name that is unhashable": ({"id": KEY, "__tablename__": []}, ["__tablename__ is a name, not []"]),
    "schema name": ({"id": KEY, "__schema__": ""}, ["__schema__ is a name, not ''"]),
    "foreign key": ({"id": KEY, "other": Field(Integer, Field(Integer))}, ["Field takes its type and foreign keys"]),  # type: ignore[call-overload]
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_at_first_use(mistake: str) -> None:
    body, parts = MISTAKES[mistake]
    message = fault_of(broken(**body))
    for part in parts:
        assert part in message


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_listed_by_a_check(mistake: str) -> None:
    body, parts = MISTAKES[mistake]
    model = broken(**body)
    faults = chakra.check_models([model])
    for fault in faults:
        assert fault.code
        assert fault.model == "Broken"
        assert fault.where is not None
        assert fault.where.startswith("test_definition.py:")
        assert fault.message
        assert fault.hint
    told = "\n".join(map(str, faults))
    for part in parts:
        assert part in told
    with pytest.raises(DefinitionError) as caught:
        model()
    assert caught.value.faults == faults


def test_every_use_of_a_broken_model_raises() -> None:
    model = broken(name=Field(Text))
    for use in (
        lambda: model(),
        lambda: model.objects,
        lambda: model.name,  # type: ignore[attr-defined]
        lambda: model.from_dict({}),
        lambda: QuerySet(model),
        lambda: chakra.create_all_sync(pool=chakra.connect_sync("sqlite:///:memory:", name="broken"), models=[model]),
    ):
        with pytest.raises(DefinitionError, match=r"Broken \(test_definition.py:\d+\): no field is the primary key"):
            use()
    chakra.close_pool_sync("broken")


def test_several_mistakes_are_one_report() -> None:
    message = fault_of(broken(a=Field(Text, uniqe=True), b=Field(String(-1))))  # type: ignore[call-overload]  # spellchecker:disable-line
    assert "3 mistakes" in message
    assert "'uniqe'" in message  # spellchecker:disable-line
    assert "not -1" in message
    assert "primary key" in message


def test_a_model_with_a_table_cannot_be_a_base() -> None:
    class Special(Reader):
        extra = Field(Integer)

    assert "derives from Reader" in fault_of(Special)


def test_two_models_of_one_table_are_refused_when_tables_are_made() -> None:
    class First(Model):
        __tablename__ = f"{PREFIX}twice"
        id = Field(Integer, primary_key=True)

    class Second(Model):
        __tablename__ = f"{PREFIX}twice"
        id = Field(Integer, primary_key=True)

    pool = chakra.connect_sync("sqlite:///:memory:", name="twice")
    with pytest.raises(DefinitionError, match=r"(?s)First.*twice.*Second"):
        chakra.create_all_sync(pool=pool, models=[First, Second])
    pool.close_sync()


def test_a_mutable_default_is_not_shared() -> None:
    one, other = Reader(), Reader()
    one.settings["theme"] = "dark"
    assert other.settings == {}
    assert Reader().settings == {}


def test_a_broken_model_does_not_keep_a_program_from_starting() -> None:
    program = """
from chakra import Field, Integer, Model
class Wrong(Model):
    number = Field(Integer, indx=True)
class Right(Model):
    id = Field(Integer, primary_key=True)
print(Right(id=3).id)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout == "3\n"


def test_the_types_show_themselves() -> None:
    assert repr(String(50)) == "String(50)"
    assert repr(Decimal(12, 2)) == "Decimal(12, 2)"
    assert repr(DateTime()) == "DateTime"
