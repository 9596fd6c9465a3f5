"""Mistakes that show only when models stand together: at first use, and listed by `check_models`."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import chakra
from chakra import JSON, Field, Integer, Model, ModelFault, QuerySet, String, Text, check_models
from chakra.exceptions import ConfigError, DefinitionError
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
    assert "String(n)" in fault.hint
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
