"""Mistakes that show only when models stand together: at first use, and listed by `check_models`."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import chakra
from chakra import (
    JSON,
    BigInteger,
    Binary,
    CheckConstraint,
    Enum,
    Field,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Model,
    ModelFault,
    QuerySet,
    String,
    Text,
    check_models,
    mysql,
)
from chakra.exceptions import ConfigError, DefinitionError
from conftest import Database
from models import PREFIX, Reader


def model(name: str, table: str, /, **body: Any) -> type[Model]:
    """A model class of its own module, so that no other takes its place."""
    namespace = {"__module__": f"{__name__}.{name.lower()}", "__qualname__": name, "__tablename__": PREFIX + table}
    fields = {"id": Field(Integer, primary_key=True)} if "id" not in body else {}
    return type(Model)(name, (Model,), {**namespace, **fields, **body})


def test_two_models_of_one_table_are_told_at_the_first_use_of_either() -> None:
    first, second = model("First", "shared"), model("Second", "shared")
    for one, other in ((first, second), (second, first)):
        for use in (lambda one=one: one(), lambda one=one: one.objects, lambda one=one: one.id):
            with pytest.raises(DefinitionError) as caught:
                use()
            [fault] = caught.value.faults
            assert fault.code == "duplicate-table"
            assert fault.model == one.__name__
            assert f"{other.__module__}.{other.__name__} (test_checks.py:" in str(caught.value)
            assert "name another table" in fault.hint


def test_models_of_one_name_are_told_apart_by_their_modules() -> None:
    first = model("User", "members", __module__="shop")
    second = model("User", "members", __module__="blog")
    with pytest.raises(DefinitionError, match=r"User \(test_checks.py:\d+\): .* table of blog.User \(test_checks.py"):
        first()
    with pytest.raises(DefinitionError, match=r"table of shop.User"):
        second()


def test_models_of_one_name_with_tables_of_their_own_are_fine() -> None:
    first = model("Twin", "twin_one", __module__="shop")
    second = model("Twin", "twin_two", __module__="blog")
    assert (first(id=1).pk, second(id=1).pk) == (1, 1)
    assert first(id=1) != second(id=1)


def test_a_model_in_use_goes_on_when_another_takes_its_table() -> None:
    used = model("Used", "taken")
    used()
    late = model("Late", "taken")
    assert used(id=3).id == 3
    with pytest.raises(DefinitionError, match="Used"):
        late()


def test_tables_of_one_name_in_two_schemas_are_two() -> None:
    first = model("Here", "placed")
    second = model("There", "placed", __schema__="archive")
    assert (first().id, second().id) == (None, None)


def test_a_broken_model_takes_no_table_from_another() -> None:
    wrong = model("Wrong", "contested", id=Field(Integer))
    right = model("Right", "contested")
    assert right(id=1).id == 1
    with pytest.raises(DefinitionError, match="no field is the primary key"):
        wrong()


def test_a_class_defined_again_takes_the_place_of_the_earlier() -> None:
    made = []
    for length in (10, 20):

        class Note(Model):
            __tablename__ = f"{PREFIX}notes_again"
            id = Field(Integer, primary_key=True)
            text = Field(String(length))

        made.append(Note)
    assert made[1](text="x" * 20).text == "x" * 20
    assert made[0](text="x" * 10).text == "x" * 10
    assert made[0] not in chakra._chakra.declared_models()


def test_a_class_that_is_gone_has_no_table() -> None:
    def use_and_forget() -> weakref.ref[type[Model]]:
        forgotten = model("Forgotten", "reused", data=Field(JSON, default={}))
        forgotten()
        list_of_queries = [forgotten.objects, forgotten.objects.filter(id=1), forgotten.id == 1]
        assert list_of_queries
        return weakref.ref(forgotten)

    gc.disable()
    try:
        gone = use_and_forget()
        assert gone() is not None  # a class is part of circles: only the collector takes it away
        heir = model("Heir", "reused")
        assert heir(id=2).id == 2
        assert gone() is None
    finally:
        gc.enable()


def test_a_query_set_keeps_its_class() -> None:
    queries = [model("Kept", "kept").objects.filter(id=1)]
    gc.collect()
    assert queries[0].model.__name__ == "Kept"


def test_all_mistakes_of_all_models_are_listed_at_once() -> None:
    one = model("One", "ones", name=Field(Text, uniqe=True), age=Field(Integer, default="old"))  # type: ignore[call-overload]  # spellchecker:disable-line
    two = model("Two", "twos", id=Field(Integer))
    three, four = model("Three", "threes"), model("Four", "threes")
    fine = model("Fine", "fine_ones")
    expected = [
        ("unknown-option", "One", "name"),
        ("default", "One", "age"),
        ("primary-key-missing", "Two", None),
        ("duplicate-table", "Three", None),
        ("duplicate-table", "Four", None),
    ]
    listed = check_models()
    assert [fault[:3] for fault in listed if fault.model in {"One", "Two", "Three", "Four", "Fine"}] == expected
    assert [fault[:3] for fault in check_models([one, two, three, four, fine])] == expected
    assert check_models([fine, Reader]) == []


def test_a_check_needs_no_first_use_and_is_none() -> None:
    fine = model("Untouched", "untouched")
    assert check_models([fine]) == []
    assert type(vars(fine)["objects"]).__name__ == "FirstUse"
    assert type(fine.objects) is QuerySet
    assert type(vars(fine)["objects"]) is QuerySet


def test_what_a_database_lacks_is_listed_by_name() -> None:
    text_key = model("Tag", "tags", id=Field(Text, primary_key=True))
    assert check_models([text_key], dialect="sqlite") == []
    assert check_models([text_key], dialect="postgres") == []
    [fault] = check_models([text_key], dialect="mysql")
    assert (fault.code, fault.model, fault.attribute) == ("unsupported", "Tag", "id")
    assert "MySQL" in fault.message
    assert "String(255)" in fault.hint
    elsewhere = model("Elsewhere", "elsewhere", __schema__="other")
    [fault] = check_models([elsewhere], dialect="sqlite")
    assert (fault.code, "SQLite" in fault.message) == ("unsupported", True)
    assert check_models([elsewhere], dialect="postgres") == []


def test_the_database_can_be_that_of_a_pool(tmp_path: Any) -> None:
    pool = chakra.connect_sync(f"sqlite:///{tmp_path / 'check.db'}", name="check")
    assert check_models([Reader], dialect=pool.dialect) == []
    pool.close_sync()
    with pytest.raises(ConfigError, match='did you mean "postgres"'):
        check_models([Reader], dialect="postgers")  # spellchecker:disable-line


def test_an_abstract_model_over_one_with_a_table_is_broken() -> None:
    class Half(Reader):
        class Meta:
            abstract = True

    for use in (lambda: Half(), lambda: Half.objects, lambda: Half.name):
        with pytest.raises(DefinitionError, match=r"Half .*derives from Reader"):
            use()
    assert [fault.code for fault in check_models([Half])] == ["base-with-table"]


def test_a_fault_reads_as_a_sentence() -> None:
    fault = ModelFault("code", "User", "age", "models.py:3", "it is wrong", "mend it")
    assert str(fault) == "User.age (models.py:3): it is wrong; mend it"
    assert str(fault._replace(attribute=None, where=None, hint="")) == "User: it is wrong"


def test_fields_cannot_be_added_or_hidden_later() -> None:
    fine = model("Fixed", "fixed", name=Field(Text))
    with pytest.raises(DefinitionError, match=r"Fixed.age: a field is declared in the class statement"):
        fine.age = Field(Integer)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"Fixed.name is a field"):
        fine.name = "x"  # type: ignore[attr-defined]
    fine.note = "ordinary"  # type: ignore[attr-defined]
    assert fine(name="a").name == "a"  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------ what a database does not take


def codes(faults: list[ModelFault]) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.attribute) for fault in faults]


LONG = "x" * 70
BEYOND: dict[str, tuple[dict[str, Any], dict[str, list[str | None]]]] = {
    "a text longer than a row": ({"a": Field(String(20_000))}, {"mysql": ["a"]}),
    "bytes longer than a row": ({"a": Field(Binary(70_000))}, {"mysql": ["a"]}),
    "a row of many texts": ({f"a{at}": Field(String(2_000)) for at in range(9)}, {"mysql": [None]}),
    "an index over a long text": ({"a": Field(String(769), index=True)}, {"mysql": ["a"]}),
    "an index over long texts": (
        {"a": Field(String(500)), "b": Field(String(300)), "__table_args__": Index(None, "a", "b")},
        {"mysql": [None]},
    ),
    "a key over a long text": ({"id": Field(String(769), primary_key=True)}, {"mysql": ["id"]}),
    "keys over texts without end": (
        {"a": Field(Text, unique=True), "b": Field(Text, index=True), "c": Field(LargeBinary, unique=True)},
        {"mysql": ["a", "c", "b"]},
    ),
    "a long name of a column": ({"a": Field(Integer, column=LONG)}, {"postgres": ["a"], "mysql": ["a"]}),
    "long names of constraints": (
        {"a": Field(Integer), "__table_args__": (Index(LONG, "a"), CheckConstraint("a > 1", name=LONG + "y"))},
        {"postgres": [None, None], "mysql": [None, None]},
    ),
    "a name of many bytes": ({"a": Field(Integer, column="é" * 40)}, {"postgres": ["a"]}),
    "columns that differ by case": (
        {"a": Field(Integer, column="Name"), "b": Field(Integer, column="name")},
        {"sqlite": ["b"], "mysql": ["b"]},
    ),
    "a long value of a native enumeration": (
        {"a": Field(Enum("é" * 32, "b", name="checks_long", native=True))},
        {"postgres": ["a"]},
    ),
    "a text longer than PostgreSQL counts": ({"a": Field(String(10_485_761))}, {"postgres": ["a"], "mysql": ["a"]}),
    "a long remark": ({"a": Field(Integer, comment="x" * 1_025)}, {"mysql": ["a"]}),
    "a remark of four bytes": (
        {"a": Field(Integer, comment="a\N{GRINNING FACE}"), "__table_args__": {"comment": "\N{GRINNING FACE}"}},
        {"mysql": ["a", None]},
    ),
    "a blank at the end of names": (
        {"a": Field(Integer, column="a "), "__table_args__": Index("an index ", "a")},
        {"mysql": ["a", None]},
    ),
    "columns of PostgreSQL's own": (
        {"a": Field(Integer, column="ctid"), "xmin": Field(Integer)},
        {"postgres": ["a", "xmin"]},
    ),
    "a column of InnoDB's own": ({"a": Field(BigInteger, column="fts_doc_id")}, {"mysql": ["a"]}),
    "an index of MySQL's own": ({"a": Field(Integer), "__table_args__": Index("primary", "a")}, {"mysql": [None]}),
    "an index of SQLite's own": ({"a": Field(Integer), "__table_args__": Index("SQLite_a", "a")}, {"sqlite": [None]}),
    "an action that InnoDB refuses": (
        {"a": Field(Integer, ForeignKey(f"{PREFIX}readers_of_checks.id", on_delete="SET DEFAULT"), server_default="1")},
        {"mysql": ["a"]},
    ),
    "several at once": (
        {"a": Field(String(20_000)), "b": Field(String(20_000)), "c": Field(Integer, column=LONG)},
        {"postgres": ["c"], "mysql": ["c", "a", "b"]},
    ),
}


def far() -> type[Model]:
    return model("ReaderOfChecks", "readers_of_checks")


@pytest.mark.parametrize("beyond", BEYOND)
def test_what_is_beyond_a_database_is_told_by_name(db: Database, beyond: str) -> None:
    target = far()
    body, expected = BEYOND[beyond]
    asked = model("Beyond", f"beyond_{list(BEYOND).index(beyond)}", **body)
    assert check_models([asked]) == []
    for name in ("sqlite", "postgres", "mysql"):
        faults = check_models([asked], dialect=name)
        assert codes(faults) == [("unsupported", attribute) for attribute in expected.get(name, [])]
        assert all(fault.hint for fault in faults)
        database = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}[name]
        assert all(database in fault.message for fault in faults)
    if db.backend in expected:
        with pytest.raises(DefinitionError, match="Beyond"):
            chakra.create_all_sync(models=[target, asked])
        chakra.drop_all_sync(models=[asked, target])
    else:
        db.create(target, asked)


@pytest.mark.parametrize(
    "body",
    [
        {"a": Field(String(16_382), nullable=True)},
        {"a": Field(Binary(65_529))},
        {"a": Field(String(768), index=True)},
        {
            "a": Field(String(700)),
            "b": Field(String(67)),
            "c": Field(Integer),
            "__table_args__": Index(None, "a", "b", "c"),
        },
        {"id": Field(String(768), primary_key=True)},
        {"a": Field(Integer, column="x" * 63, comment="é" * 1_024)},
        {"a": Field(Enum("é" * 31, "b", name="checks_fits", native=True))},
    ],
    ids=lambda body: next(iter(body)) + str(len(repr(body))),
)
def test_what_just_fits_is_made(db: Database, body: dict[str, Any]) -> None:
    fits = model("Fits", "fits", **body)
    assert check_models([fits], dialect=db.backend) == []
    db.create(fits)
    assert fits.objects.count_sync() == 0


def test_tables_that_differ_by_case_are_told_where_they_are_one(db: Database) -> None:
    first, second = model("Small", "cases"), model("Large", "Cases")
    assert check_models([first, second]) == check_models([first, second], dialect="postgres") == []
    assert codes(check_models([first, second], dialect="sqlite")) == [("unsupported", None)] * 2
    if db.backend == "sqlite":
        with pytest.raises(DefinitionError, match="name another table"):
            chakra.create_all_sync(models=[first, second])


def test_a_year_is_not_numbered() -> None:
    year = model("Vintage", "vintages", id=Field(mysql.Year, primary_key=True))
    assert check_models([year], dialect="mysql") == []
    asked = model("Numbered", "numbered", id=Field(mysql.Year, primary_key=True, auto_increment=True))
    assert codes(check_models([asked])) == [("auto-increment", "id")]


@pytest.mark.parametrize("name", ["__tabelname__", "__table_arg__", "__table__", "__table_name__"])
def test_a_misspelt_class_attribute_is_told(name: str) -> None:
    wrong = model("Misspelt", "misspelt", **{name: "x"})
    [fault] = check_models([wrong])
    assert (fault.code, name in fault.message) == ("class-attribute", True)
    assert "did you mean __" in fault.hint
    with pytest.raises(DefinitionError, match="means nothing to a model"):
        wrong()


@pytest.mark.parametrize("name", ["meta", "META", "Options"])
def test_a_misspelt_meta_is_told(name: str) -> None:
    options = type(name, (), {"ordering": ["id"]})
    [fault] = check_models([model("Misspelt", "misspelt_meta", **{name: options})])
    assert (fault.code, repr(name) in fault.message) == ("class-attribute", True)


def test_other_attributes_of_classes_are_left_alone() -> None:
    inner = type("Status", (), {"NEW": 1})
    others = {"__slots__": (), "__doc__": "x", "__version__": 1, "__private__": 2, "Status": inner, "__str__": repr}
    assert check_models([model("Free", "free", **others)]) == []


def test_two_defaults_exclude_each_other() -> None:
    wrong = model("Both", "both", a=Field(Integer, default=1, server_default="2"))
    [fault] = check_models([wrong])
    assert (fault.code, fault.attribute) == ("default", "a")
    assert "leave out one" in fault.hint


def test_native_enums_of_one_name_are_one_type() -> None:
    """The second would get the type of the first on PostgreSQL, and its values be refused there."""
    fields = {order: Field(Enum(*order, native=True, name="checks_one_type")) for order in ("xy", "xz", "yx")}
    within = model("Within", "kinds_within", a=fields["xy"], b=fields["xz"])
    [fault] = check_models([within])
    assert fault[:3] == ("enum-type", "Within", "b")
    assert "Within.a" in fault.message
    first, same = model("FirstKind", "kinds_first", a=fields["xy"]), model("SameKind", "kinds_same", e=fields["xy"])
    assert check_models([first, same]) == []
    other = model("OtherKind", "kinds_other", e=fields["yx"])
    for one, name, rival in ((other, "e", "FirstKind.a"), (first, "a", "OtherKind.e")):
        told = [fault for fault in check_models([one]) if rival in fault.message]
        assert [fault[:3] for fault in told] == [("enum-type", one.__name__, name)]
        assert "another order" in told[0].message
        with pytest.raises(DefinitionError, match=rival):
            one()


def test_a_type_named_as_a_table() -> None:
    """PostgreSQL has one name for both."""
    kind = Field(Enum("a", native=True, name=f"{PREFIX}kinds_table"))
    held = model("HeldKind", "kinds_held", a=kind)
    assert check_models([held]) == []
    table = model("TableKind", "kinds_table")
    [fault] = check_models([held, table])
    assert fault[:3] == ("duplicate-name", "HeldKind", "a")
    assert "TableKind" in fault.message
    own = model("OwnKind", "kinds_own", a=Field(Enum("a", native=True, name=f"{PREFIX}kinds_own")))
    assert [fault[:3] for fault in check_models([own])] == [("duplicate-name", "OwnKind", "a")]


def test_tables_of_sqlite_s_own() -> None:
    own = model("OwnTable", "any", __tablename__="sqlite_things")
    [fault] = check_models([own], dialect="sqlite")
    assert (fault.code, fault.attribute) == ("unsupported", None)
    assert "sqlite_things" in fault.message
    assert check_models([own], dialect="postgres") == check_models([own], dialect="mysql") == []
