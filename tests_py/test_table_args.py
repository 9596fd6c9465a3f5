"""`__table_args__` and `Meta`: what is gathered from bases, and how mistakes in them are told. No database."""

from __future__ import annotations

from typing import Any

import pytest

import chakra
from chakra import (
    CheckConstraint,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Model,
    String,
    Text,
    UniqueConstraint,
)
from chakra.exceptions import DefinitionError
from models import table

KEY = Field(Integer, primary_key=True)


def broken(**body: Any) -> type[Model]:
    given = {"__module__": __name__, "__qualname__": "Broken", "id": KEY, "a": Field(Integer), "b": Field(Integer)}
    return type(Model)("Broken", (Model,), given | {"__tablename__": table("broken")} | body)


def args(*arguments: Any) -> dict[str, Any]:
    return {"__table_args__": arguments}


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "index on an unknown field": (
        args(Index("ix", "a", "bb")),
        ["Index('ix', 'a', 'bb') names \"bb\", which is no field", 'did you mean "b"?', "its fields are id, a, b"],
    ),
    "index over nothing": (args(Index("ix")), ['the index "ix" is over nothing', "name its fields"]),
    "index over one field twice": (args(Index("ix", "a", "-a")), ['the index "ix" names "a" twice']),
    "index over a number": (args(Index("ix", 3)), ["a column of an index is text, not 3"]),  # type: ignore[arg-type]
    "index with a strange option": (
        args(Index("ix", "a", uniqe=True)),  # type: ignore[call-arg]  # spellchecker:disable-line
        ["has no option 'uniqe'", "did you mean 'unique'?"],  # spellchecker:disable-line
    ),
    "index with a strange method": (
        args(Index("ix", "a", method="bree")),  # type: ignore[arg-type]
        ['the unknown method "bree"', 'did you mean "btree"?', "gin"],
    ),
    "index whose uniqueness is text": (args(Index("ix", "a", unique="yes")), ["unique is True or False, not 'yes'"]),  # type: ignore[arg-type]
    "index of rows that are none": (args(Index("ix", "a", where="")), ["where is text, not ''"]),
    "index descending by another field": (args(Index("ix", "a", desc="b")), ["desc names 'b'", "none of its columns"]),
    "index with a name that is none": (args(Index(3, "a")), ["name is text, not 3"]),  # type: ignore[arg-type]
    "unique over an unknown field": (args(UniqueConstraint("a", "c")), ["UniqueConstraint('a', 'c') names \"c\""]),
    "unique over nothing": (args(UniqueConstraint()), ["is over nothing"]),
    "check without a condition": (args(CheckConstraint("")), ["expression is text, not ''"]),
    "two of one name": (
        args(Index("same", "a"), UniqueConstraint("a", "b", name="SAME")),
        ['both named "same"', "name one of them otherwise"],
    ),
    "two unnamed checks of the same words": (
        args(CheckConstraint("a > b"), CheckConstraint("a > (b)")),
        ["both named", "ck_"],
    ),
    "the name of a column's own index": (
        {"a": Field(Integer, index=True)} | args(Index(f"ix_{table('broken')}_a", "b")),
        ["both named"],
    ),
    "something strange": (args("ix"), ["__table_args__ takes indexes and constraints, not 'ix'"]),
    "options before arguments": (args({"comment": "x"}, Index("ix", "a")), ["not {'comment': 'x'}", "at its end"]),
    "no tuple": ({"__table_args__": "ix"}, ["__table_args__ takes indexes and constraints, not 'ix'"]),
    "a strange table option": (
        args({"commnt": "x"}),
        ["no option 'commnt'", "did you mean 'comment'?"],
    ),  # spellchecker:disable-line
    "the schema as an option": (args({"schema": "x"}), ["no option 'schema'", '__schema__ = "..."']),
    "a comment that is no text": (args({"comment": 3}), ["comment is text, not 3"]),
    "foreign key without a column": (
        {"a": Field(Integer, ForeignKey("halls"))},
        ["Broken.a", 'refers to "halls"', "table.column"],
    ),
    "foreign key to a class": (
        {"a": Field(Integer, ForeignKey(Model))},  # type: ignore[arg-type]
        ["Broken.a", "takes a column, not Model", 'ForeignKey("authors.id")'],
    ),
    "foreign key with a strange action": (
        {"a": Field(Integer, ForeignKey("halls.id", on_delete="CASCAD"))},  # spellchecker:disable-line
        ["Broken.a", 'on_delete="CASCAD"', 'did you mean "CASCADE"?', "SET NULL"],  # spellchecker:disable-line
    ),
    "foreign key of a relationship": (
        {"a": Field(Integer, ForeignKey("halls.id", back_populates="x"))},
        ["Broken.a", "back_populates says nothing inside a field", "it belongs to a relationship"],
    ),
    "relationship": (
        {"owner": ForeignKey("NobodysModel", back_populates="x")},
        ["Broken.owner", 'no model is called "NobodysModel"', "import its module"],
    ),
    "SET NULL of a column that may not be": (
        {"a": Field(Integer, ForeignKey(f"{table('broken')}.id", on_delete="SET NULL"))},
        ["Broken.a", "SET NULL", "may not be NULL", "declare it nullable"],
    ),
    "SET DEFAULT of a column without one": (
        {"a": Field(Integer, ForeignKey(f"{table('broken')}.id", on_delete="SET DEFAULT"))},
        ["Broken.a", "SET DEFAULT", "without a default", "server_default"],
    ),
    "foreign key of uneven sides": (
        args(ForeignKeyConstraint(["a", "b"], ["halls.id"])),
        ["has 2 columns for 1", "name one for each"],
    ),
    "foreign key to two tables": (
        args(ForeignKeyConstraint(["a", "b"], ["halls.id", "towns.id"])),
        ["refers to several tables: halls.id, towns.id"],
    ),
    "foreign key of an unknown field": (
        args(ForeignKeyConstraint(["c"], ["halls.id"])),
        ['names "c", which is no field'],
    ),
    "foreign key whose columns are text": (
        args(ForeignKeyConstraint("a", "halls.id")),
        ["columns is a list of names, not 'a'"],
    ),
    "foreign key to a missing column": (
        {"a": Field(Integer, ForeignKey(f"{table('broken')}.idd"))},
        ["Broken.a", 'column "idd"', 'did you mean "id"?', "its columns are id, a, b"],
    ),
    "foreign key to a field instead of its column": (
        {"b": Field(Integer, column="Bee", unique=True), "a": Field(Integer, ForeignKey(f"{table('broken')}.b"))},
        ["Broken.a", 'column "b"', 'the column of its field b is "Bee"'],
    ),
    "foreign key to what is not unique": (
        {"a": Field(Integer, ForeignKey(f"{table('broken')}.b"))},
        ["Broken.a", "not unique together", "primary key"],
    ),
    "foreign key of another type": (
        {"a": Field(Text, ForeignKey(f"{table('broken')}.id"))},
        ["Broken.a", "compares Text with Integer", "one type"],
    ),
    "verbose name that is no text": (
        {"Meta": type("Meta", (), {"verbose_name": 3})},
        ["Meta.verbose_name is text, not 3"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_at_first_use(mistake: str) -> None:
    body, parts = MISTAKES[mistake]
    model = broken(**body)
    with pytest.raises(DefinitionError) as caught:
        model()
    for part in parts:
        assert part in str(caught.value)
    assert "test_table_args.py:" in str(caught.value)
    assert [fault.code for fault in chakra.check_models([model])] == [fault.code for fault in caught.value.faults]


def test_names_are_distinct_between_tables() -> None:
    class One(Model):
        __tablename__ = table("name_ones")
        id = Field(Integer, primary_key=True)
        __table_args__ = CheckConstraint("id > 0", name=table("positive"))

    class Other(Model):
        __tablename__ = table("name_others")
        id = Field(Integer, primary_key=True)
        __table_args__ = Index(table("POSITIVE"), "id")

    with pytest.raises(DefinitionError, match=r"Other.*an index is named .*, and so is a check constraint of One"):
        Other()
    del One


# ------------------------------------------------------------------------------ inheritance


class Dated:
    """A plain mixin with an index that each table names after itself."""

    day = Field(Integer, index=True)
    month = Field(Integer)

    __table_args__ = (Index("ix_{table}_date", "month", "day"), CheckConstraint("day > 0", name="ck_{table}_day"))


class Named(Model):
    name = Field(String(20))

    __table_args__ = (UniqueConstraint("name"), {"comment": "has a name"})

    class Meta:
        abstract = True
        ordering = ["name", "-pk"]
        verbose_name = "named thing"


def names(model: type[Model]) -> list[str | None]:
    return [argument.name for argument in (*model._meta.indexes, *model._meta.constraints)]


def test_arguments_are_gathered_from_all_bases() -> None:
    class Birthday(Dated, Named):
        __tablename__ = table("birthdays")
        id = Field(Integer, primary_key=True)
        __table_args__ = Index("ix_{table}_name", "-name")

    class Holiday(Dated, Named):
        __tablename__ = table("holidays")
        id = Field(Integer, primary_key=True)

        class Meta:
            verbose_name_plural = "free days"

    assert names(Birthday) == ["ix_{table}_date", "ix_{table}_name", None, "ck_{table}_day"]
    assert Birthday._meta.comment == "has a name"
    assert Birthday._meta.ordering == ("name", "-pk")
    assert (Birthday._meta.verbose_name, Birthday._meta.verbose_name_plural) == ("named thing", "named things")
    assert (Holiday._meta.verbose_name, Holiday._meta.verbose_name_plural) == ("named thing", "free days")
    assert Named._meta.abstract
    assert Named._meta.table is None
    assert not Holiday._meta.abstract
    assert chakra.check_models([Birthday, Holiday]) == []


def test_a_diamond_gives_each_argument_once() -> None:
    class Left(Named):
        left = Field(Integer)
        __table_args__ = Index("ix_{table}_left", "left")

        class Meta:
            abstract = True

    class Right(Named):
        right = Field(Integer)
        __table_args__ = Index("ix_{table}_right", "right")

        class Meta:
            abstract = True

    class Bottom(Left, Right):
        __tablename__ = table("bottoms")
        id = Field(Integer, primary_key=True)

    assert Bottom._meta.fields == ("name", "right", "left", "id")
    assert names(Bottom) == ["ix_{table}_right", "ix_{table}_left", None]
    assert Bottom() is not None


def test_a_nearer_argument_of_the_same_name_wins() -> None:
    class Birthday(Dated, Named):
        __tablename__ = table("other_birthdays")
        id = Field(Integer, primary_key=True)
        __table_args__ = (CheckConstraint("day BETWEEN 1 AND 31", name="ck_{table}_day"), {"comment": "nearer"})

    checks = [argument for argument in Birthday._meta.constraints if isinstance(argument, CheckConstraint)]
    assert [check.expression for check in checks] == ["day BETWEEN 1 AND 31"]
    assert Birthday._meta.comment == "nearer"


def test_what_stands_on_a_field_goes_with_it() -> None:
    class Monthly(Dated, Named):
        __tablename__ = table("monthlies")
        id = Field(Integer, primary_key=True)
        month = None
        __table_args__ = Index("ix_{table}_id", "id")

    assert Monthly._meta.fields == ("name", "day", "id")
    assert names(Monthly) == ["ix_{table}_id", None, "ck_{table}_day"]
    assert Monthly() is not None

    class Wrong(Dated, Named):
        __tablename__ = table("wrong_monthlies")
        id = Field(Integer, primary_key=True)
        month = None
        __table_args__ = Index("ix_{table}_m", "month")

    with pytest.raises(DefinitionError, match='names "month", which is no field'):
        Wrong()


def test_a_field_of_another_type_keeps_what_stands_on_it() -> None:
    class Textual(Dated, Named):
        __tablename__ = table("textual_days")
        id = Field(Integer, primary_key=True)
        month = Field(String(20), nullable=True)

    assert Textual._meta.fields == ("name", "day", "month", "id")
    assert names(Textual)[0] == "ix_{table}_date"
    assert Textual(month="May").month == "May"
    assert chakra.check_models([Textual]) == []


def test_a_mistake_of_a_mixin_is_told_where_it_stands() -> None:
    class Careless:
        __table_args__ = Index("ix_{table}", "nothing")

    class Victim(Careless, Model):
        __tablename__ = table("victims")
        id = Field(Integer, primary_key=True)

    (fault,) = chakra.check_models([Victim])
    assert (fault.code, fault.model) == ("unknown-field", "Victim")


def test_options_of_a_broken_model_cannot_be_read() -> None:
    with pytest.raises(DefinitionError, match='names "c"'):
        _ = broken(**args(Index("ix", "c")))._meta


def test_a_field_may_be_called_meta() -> None:
    class Page(Model):
        __tablename__ = table("meta_pages")
        id = Field(Integer, primary_key=True)
        meta = Field(Integer)

    assert Page(meta=3).meta == 3
    assert Page._meta.fields == ("id", "meta")
