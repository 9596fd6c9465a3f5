"""Which columns `save` writes: those assigned, and those whose value was changed in place."""

from __future__ import annotations

import copy
import decimal
import enum
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import chakra
from chakra import JSON, Array, Decimal, Enum, Field, Float, Integer, JSONNull, Model, String
from chakra.exceptions import ValidationError
from conftest import Database
from models import table


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Page(Model):
    __tablename__ = table("pages")

    id = Field(Integer, primary_key=True)
    title = Field(String(50), default="")
    data = Field(JSON, nullable=True)
    settings = Field(JSON, default={})
    tags = Field(Array(String(20)), nullable=True)
    prices = Field(Array(Decimal(8, 2)), nullable=True)
    ratios = Field(Array(Float), nullable=True)
    colours = Field(Array(Enum(Colour)), nullable=True)
    note = Field(JSON, nullable=True, server_default="'[1]'")


DOCUMENT: dict[str, Any] = {
    "a": 1,
    "b": [1.5, True, None, "x"],
    "c": {"deep": [{"er": {}}]},
    "big": 2**70,
    "ü": "é\n",
    "zero": 0,
    "float": 0.0,
    "exponent": 1e300,
}


def made(**values: Any) -> Page:
    given = {
        "data": copy.deepcopy(DOCUMENT),
        "tags": ["x", "y"],
        "prices": ["1.5", 2],
        "ratios": [0.5, 2.0],
        "colours": [Colour.RED],
    }
    return Page(**{**given, **values})


def load(page: Page) -> Page:
    return Page.objects.get_sync(id=page.id)


def changed_columns(page: Page) -> list[str]:
    """The columns that the next save writes."""
    return page._changed_fields()


CHANGES: dict[str, Callable[[Page], object]] = {
    "a value": lambda page: page.data.update(a=2),
    "a new key": lambda page: page.data.update(new=None),
    "a key less": lambda page: page.data.pop("a"),
    "a value deep inside": lambda page: page.data["c"]["deep"][0]["er"].update(x=1),
    "an item": lambda page: page.data["b"].append(0),
    "an item for another": lambda page: page.data["b"].__setitem__(3, "y"),
    "the order of items": lambda page: page.data["b"].reverse(),
    "1 to True": lambda page: page.data.update(a=True),
    "1 to 1.0": lambda page: page.data.update(a=1.0),
    "True to 1": lambda page: page.data["b"].__setitem__(1, 1),
    "0 to False": lambda page: page.data.update(zero=False),
    "0.0 to 0": lambda page: page.data.update(float=0),
    "None to a text": lambda page: page.data["b"].__setitem__(2, "None"),
    "a text to a number": lambda page: page.data.update(a="1"),
    "a large number": lambda page: page.data.update(big=2**70 + 1),
    "the order of keys": lambda page: page.data.update(a=page.data.pop("a")),
}


@pytest.fixture
def pages(db: Database) -> Database:
    db.create(Page)
    return db


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("origin", ["read", "inserted", "saved", "refreshed"])
def test_a_change_inside_a_document_is_written(pages: Database, origin: str, change: str) -> None:
    page = made()
    page.save_sync()
    if origin == "read":
        page = load(page)
    elif origin == "saved":
        page.title, page.data = "x", copy.deepcopy(DOCUMENT)
        page.save_sync()
    elif origin == "refreshed":
        page.data = None
        page.refresh_sync()
    assert changed_columns(page) == []
    CHANGES[change](page)
    assert changed_columns(page) == ["data"]
    page.save_sync()
    assert changed_columns(page) == []
    expected = page.data
    read = load(page)
    assert read.data == expected
    assert json.dumps(read.data, sort_keys=True) == json.dumps(expected, sort_keys=True)
    assert changed_columns(read) == []


def test_arrays(pages: Database) -> None:
    page = made()
    page.save_sync()
    for fresh in (page, load(page)):
        assert changed_columns(fresh) == []
    page = load(page)
    page.tags.append("z")
    assert changed_columns(page) == ["tags"]
    page.prices[0] = decimal.Decimal("1.75")
    page.ratios.remove(0.5)
    page.colours.append(Colour.BLUE)
    assert changed_columns(page) == ["tags", "prices", "ratios", "colours"]
    page.save_sync()
    assert changed_columns(page) == []
    read = load(page)
    assert (read.tags, read.prices) == (["x", "y", "z"], [decimal.Decimal("1.75"), decimal.Decimal("2.00")])
    assert (read.ratios, read.colours) == ([2.0], [Colour.RED, Colour.BLUE])
    page.ratios[0] = 2  # what is written is 2.0, which the database holds
    assert changed_columns(page) == []
    read.ratios[0] = 3
    read.save_sync()
    assert load(page).ratios == [3.0]
    page.tags.append("x" * 21)
    with pytest.raises(ValidationError):
        page.save_sync()
    assert changed_columns(page) == ["tags"]
    page.tags.pop()
    assert changed_columns(page) == []


async def test_only_what_changed_is_written(pages: Database, run: Any) -> None:
    page = made(settings={"theme": "dark"})
    await run(page.save)
    page = await run(Page.objects.get, id=page.id)
    await run(Page.objects.filter(id=page.id).update, title="from elsewhere", settings={"theme": "light"})
    page.data["a"] = 2
    await run(page.save)
    read = await run(Page.objects.get, id=page.id)
    assert (read.title, read.settings, read.data["a"]) == ("from elsewhere", {"theme": "light"}, 2)
    # Nothing changed: nothing is written, not even found missing.
    await run(Page.objects.filter(id=page.id).delete)
    await run(read.save)


def test_a_change_taken_back_is_none(pages: Database) -> None:
    page = made()
    page.save_sync()
    page.data["a"] = 2
    page.data["a"] = 1
    assert changed_columns(page) == []


def test_update_fields_leaves_other_changes_for_later(pages: Database) -> None:
    page = made(settings={})
    page.save_sync()
    page.data["a"] = 2
    page.settings["theme"] = "dark"
    page.save_sync(update_fields=["settings"])
    assert changed_columns(page) == ["data"]
    assert load(page).data["a"] == 1
    page.save_sync()
    assert (load(page).data["a"], changed_columns(page)) == (2, [])


def test_a_refused_write_leaves_the_change(pages: Database) -> None:
    page = made()
    page.save_sync()
    page.data["a"] = object()
    assert changed_columns(page) == ["data"]
    for _ in range(2):
        with pytest.raises(ValidationError):
            page.save_sync()
    page.data["a"] = 5
    page.save_sync()
    assert load(page).data["a"] == 5


def test_null_and_scalars(pages: Database) -> None:
    page = made(data=None, settings=3)
    page.save_sync()
    for fresh in (page, load(page)):
        assert changed_columns(fresh) == []
    page.data = JSONNull
    page.settings = "text"
    page.save_sync()
    for fresh in (page, load(page)):
        assert changed_columns(fresh) == []
    page.data = {}
    page.save_sync()
    page.data["x"] = 1
    assert changed_columns(page) == ["data"]
    page.data = None
    page.save_sync()
    assert changed_columns(page) == []


def test_what_the_database_filled_in_is_watched_too(pages: Database) -> None:
    page = made()
    page.save_sync()
    assert page.note == [1]
    page.note.append(2)
    assert changed_columns(page) == ["note"]
    page.save_sync()
    assert load(page).note == [1, 2]


def test_bulk_creation(pages: Database) -> None:
    made_pages = Page.objects.bulk_create_sync([made(title=str(number)) for number in range(5)])
    for page in made_pages:
        assert changed_columns(page) == []
        page.data["a"] = 9
        assert changed_columns(page) == ["data"]
        page.save_sync()
    assert all(page.data["a"] == 9 for page in Page.objects.all_sync())


async def test_a_change_during_the_write_is_another_change(pages: Database) -> None:
    page = made()
    await page.save()
    page.data["a"] = 2
    saving = page.save()
    page.data["a"] = 3
    await saving
    assert changed_columns(page) == ["data"]
    assert (await Page.objects.get(id=page.id)).data["a"] == 2
    await page.save()
    assert (await Page.objects.get(id=page.id)).data["a"] == 3


DUPLICATES: dict[str, Callable[[Page], Page]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda page, protocol=protocol: pickle.loads(pickle.dumps(page, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_duplicates_go_on_watching(pages: Database, duplicate: str) -> None:
    page = made()
    page.save_sync()
    page = load(page)
    other = DUPLICATES[duplicate](page)
    assert changed_columns(other) == []
    other.data["a"] = 2
    assert changed_columns(other) == ["data"]
    assert changed_columns(page) == (["data"] if duplicate == "copy" else [])
    changed = DUPLICATES[duplicate](other)
    assert changed_columns(changed) == ["data"]
    changed.save_sync()
    assert load(page).data["a"] == 2
    assert changed_columns(other) == ["data"]


def test_a_document_that_cannot_be_written_again_does_not_hinder(pages: Database) -> None:
    if pages.backend != "sqlite":
        pytest.skip("only SQLite keeps such a text")
    page = made()
    page.save_sync()
    pages.pool.close_sync()
    pages.rows(f"""UPDATE {Page.__tablename__} SET data = '{{"a": "\\u0000", "b": "\\ud800"}}'""")
    pages.pool = chakra.connect_sync(pages.url)
    page = load(page)
    for same in (page, copy.deepcopy(page), pickle.loads(pickle.dumps(page))):
        assert same.data == {"a": "\0", "b": "\ud800"}
        assert changed_columns(same) == []
        same.title = "new"
        same.save_sync()
        same.data["a"] = "mended"
        assert changed_columns(same) == ["data"]
        with pytest.raises(ValidationError):
            same.save_sync()
        same.data["b"] = "mended"
    same.save_sync()
    assert load(page).data == {"a": "mended", "b": "mended"}


def test_spaces_and_spelling_in_the_database_are_no_change(pages: Database) -> None:
    page = made()
    page.save_sync()
    pages.rows(f"""UPDATE {Page.__tablename__} SET data = '{{"a" :  1, "b":[1.50, 1E2,"\\u00fc"]}}'""")
    page = load(page)
    assert changed_columns(page) == []
    page.data["b"][1] += 1
    assert changed_columns(page) == ["data"]


def test_bytes_are_kept_as_bytes() -> None:
    class File(Model):
        __tablename__ = table("files")
        id = Field(Integer, primary_key=True)
        content = Field(chakra.Binary)

    given = bytearray(b"ab")
    file = File(content=given)
    given.append(0)
    assert file.content == b"ab"
    assert type(file.content) is bytes


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_duplicates_know_the_row_they_are_of(pages: Database, duplicate: str) -> None:
    page = made(title="a")
    new = DUPLICATES[duplicate](page)
    new.save_sync()  # a new object's duplicate is new: it is inserted
    assert Page.objects.count_sync() == 1
    renamed = DUPLICATES[duplicate](new)
    renamed.id = new.id + 100
    moved = DUPLICATES[duplicate](renamed)
    moved.save_sync()
    assert [(page.id, page.title) for page in Page.objects.all_sync()] == [(new.id + 100, "a")]
    moved.delete_sync()
    again = DUPLICATES[duplicate](moved)
    again.save_sync()  # a deleted object's duplicate is new again
    assert Page.objects.count_sync() == 1


def test_a_pickle_of_an_earlier_model_is_read() -> None:
    def define(**more: Any) -> type[Model]:
        namespace = {"__module__": __name__, "__qualname__": "Evolving", "__tablename__": table("evolving")}
        fields = {"id": Field(Integer, primary_key=True), **more, "last": Field(String(20), nullable=True)}
        model = type(Model)("Evolving", (Model,), {**namespace, **fields})
        globals()["Evolving"] = model
        return model

    page = pickle.loads(pickle.dumps(define()(id=1)))
    page.last = "x"
    pickled = pickle.dumps(page)
    define(first=Field(String(20), nullable=True))
    read = pickle.loads(pickled)
    assert (read.id, read.last, read._changed_fields()) == (1, "x", ["last"])
    del globals()["Evolving"]
