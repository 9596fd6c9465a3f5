"""What a database refuses names table, columns and constraint, on every database.

The tables are made by someone who asks for more than the models do, so that validation lets everything pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import chakra
from chakra import (
    Array,
    CheckConstraint,
    Enum,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Model,
    String,
    Text,
)
from chakra.exceptions import (
    CheckViolation,
    DatabaseError,
    ForeignKeyViolation,
    IntegrityError,
    NotNullViolation,
    UniqueViolation,
)
from conftest import Database
from models import table

PLAIN = table("violations_plain")


class Plain(Model):
    """Nothing of what the table asks for is declared."""

    __tablename__ = PLAIN
    id = Field(Integer, primary_key=True, auto_increment=False)
    code = Field(String(200), nullable=True)
    part = Field(Integer, nullable=True)
    serial = Field(Integer, nullable=True)
    room = Field(Integer, nullable=True)
    place = Field(Integer, nullable=True)
    label = Field(String(200), nullable=True, column="the label")
    age = Field(Integer, nullable=True)
    low = Field(Integer, nullable=True)
    high = Field(Integer, nullable=True)
    short = Field(Text, nullable=True)
    listed = Field(Integer, nullable=True, column="Nm, x")
    beside = Field(Integer, nullable=True)


def quoted(db: Database, name: str) -> str:
    return f"`{name}`" if db.backend == "mysql" else f'"{name}"'


def create_plain(db: Database) -> None:
    label = quoted(db, "the label")
    db.rows(
        f"""CREATE TABLE {PLAIN} (
            id INTEGER NOT NULL PRIMARY KEY,
            code VARCHAR(200),
            part INTEGER,
            serial INTEGER,
            room INTEGER,
            place INTEGER,
            {label} VARCHAR(200) NOT NULL,
            age INTEGER,
            low INTEGER,
            high INTEGER,
            short VARCHAR(5),
            {quoted(db, "Nm, x")} INTEGER,
            beside INTEGER,
            CONSTRAINT {PLAIN}_code UNIQUE (code),
            CONSTRAINT {PLAIN}_listed UNIQUE ({quoted(db, "Nm, x")}, beside),
            CONSTRAINT {PLAIN}_numbers UNIQUE (part, serial),
            CONSTRAINT {PLAIN}_age CHECK (age >= 18 AND age <> 99),
            CONSTRAINT {PLAIN}_span CHECK (low <= high AND {label} <> 'age'),
            CONSTRAINT {PLAIN}_label CHECK (length({label}) > (1))
        )"""
    )
    db.rows(f"CREATE UNIQUE INDEX {PLAIN}_spot ON {PLAIN} (room, place)")
    db.create(Plain)
    first: dict[str, Any] = {"code": "a", "part": 1, "serial": 2, "room": 3, "place": 4, "listed": 5, "beside": 6}
    Plain.objects.create_sync(id=1, label="first", age=20, low=1, high=2, **first)


FAULTS: list[tuple[type[IntegrityError], dict[str, Any], list[str], str | None]] = [
    (UniqueViolation, {"id": 1}, ["id"], "PRIMARY"),
    (UniqueViolation, {"code": "a"}, ["code"], f"{PLAIN}_code"),
    (UniqueViolation, {"part": 1, "serial": 2}, ["part", "serial"], f"{PLAIN}_numbers"),
    (UniqueViolation, {"listed": 5, "beside": 6}, ["Nm, x", "beside"], f"{PLAIN}_listed"),
    (UniqueViolation, {"room": 3, "place": 4}, ["room", "place"], f"{PLAIN}_spot"),
    (NotNullViolation, {"label": None}, ["the label"], None),
    (CheckViolation, {"age": 17}, ["age"], f"{PLAIN}_age"),
    (CheckViolation, {"low": 5, "high": 4}, ["the label", "low", "high"], f"{PLAIN}_span"),
    (CheckViolation, {"label": "x"}, ["the label"], f"{PLAIN}_label"),
]


def writes(run: Any, model: Any, values: dict[str, Any], rest: dict[str, Any]) -> list[Callable[[], Any]]:
    """Each way to write values; `rest` is what a row needs besides, an `id` apart."""
    row = {"id": 7, **rest, **values}
    return [
        lambda: run(model.objects.create, **row),
        lambda: run(model(**row).save),
        lambda: run(model.objects.bulk_create, [model(id=8, **rest), model(**row)]),
        lambda: run(model.objects.filter(id=2).update, **values),
    ]


@pytest.mark.parametrize(("kind", "values", "columns", "constraint"), FAULTS)
async def test_constraints_that_the_model_does_not_declare(
    db: Database,
    run: Any,
    kind: type[IntegrityError],
    values: dict[str, Any],
    columns: list[str],
    constraint: str | None,
) -> None:
    create_plain(db)
    await run(Plain.objects.create, id=2, label="second")
    for write in writes(run, Plain, values, {"label": "third"}):
        with pytest.raises(kind) as caught:
            await write()
        error = caught.value
        assert type(error) is kind
        assert (error.table, error.columns) == (PLAIN, columns)
        if constraint == "PRIMARY":  # a primary key has another name on each database, and none on SQLite
            assert error.constraint in {"PRIMARY", f"{PLAIN}_pkey", None}
        else:
            assert error.constraint == constraint
    assert await run(Plain.objects.count) == 2


class Ruled(Model):
    """Each rule is weaker than the table's of the same name."""

    __tablename__ = table("violations_ruled")
    id = Field(Integer, primary_key=True, auto_increment=False)
    least = Field(Integer, nullable=True, min_value=0)
    most = Field(Integer, nullable=True, max_value=100)
    name = Field(String(20), nullable=True, min_length=1)
    tags = Field(Array(Integer), nullable=True, min_length=1)
    state = Field(String(20), nullable=True, choices=["new", "old", "odd"])
    mood = Field(Enum("glad", "sad", "odd", name="violation_moods"), nullable=True)
    own = Field(Integer, nullable=True, check="own > 0")
    low = Field(Integer, nullable=True)
    high = Field(Integer, nullable=True)
    __table_args__ = CheckConstraint("low <= high", name="ck_{table}_span")


RULED = Ruled.__tablename__
LENGTH = {"sqlite": "json_array_length(tags)", "postgres": "cardinality(tags)", "mysql": "json_length(tags)"}


def create_ruled(db: Database) -> None:
    checks = {
        "least_min_value": "least >= 10",
        "most_max_value": "most <= 10",
        "name_min_length": "length(name) >= 3",
        "tags_min_length": f"{LENGTH[db.backend]} >= 2",
        "state_choices": "state IN ('new', 'old')",
        "mood": "mood IN ('glad', 'sad')",
        "own_check": "own > 10",
        "span": "low < high",
    }
    constraints = ", ".join(f"CONSTRAINT ck_{RULED}_{name} CHECK ({check})" for name, check in checks.items())
    tags = {"sqlite": "TEXT", "postgres": "INTEGER[]", "mysql": "JSON"}[db.backend]
    db.rows(
        f"CREATE TABLE {RULED} (id INTEGER NOT NULL PRIMARY KEY, least INTEGER, most INTEGER, name VARCHAR(20), "
        f"tags {tags}, state VARCHAR(20), mood VARCHAR(20), own INTEGER, low INTEGER, high INTEGER, {constraints})"
    )
    db.create(Ruled)


BROKEN: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"least": 9}, "least_min_value", ["least"]),
    ({"most": 11}, "most_max_value", ["most"]),
    ({"name": "ab"}, "name_min_length", ["name"]),
    ({"tags": [1]}, "tags_min_length", ["tags"]),
    ({"state": "odd"}, "state_choices", ["state"]),
    ({"mood": "odd"}, "mood", ["mood"]),
    ({"own": 9}, "own_check", ["own"]),
    ({"low": 1, "high": 1}, "span", ["low", "high"]),
]


@pytest.mark.parametrize(("values", "constraint", "columns"), BROKEN)
async def test_the_checks_of_rules(
    db: Database, run: Any, values: dict[str, Any], constraint: str, columns: list[str]
) -> None:
    create_ruled(db)
    await run(Ruled.objects.create, id=2)
    for write in writes(run, Ruled, values, {}):
        with pytest.raises(CheckViolation) as caught:
            await write()
        error = caught.value
        assert (error.table, error.columns, error.constraint) == (RULED, columns, f"ck_{RULED}_{constraint}")
    assert await run(Ruled.objects.count) == 1


# ------------------------------------------------------------------------------ foreign keys


class Pupil(Model):
    __tablename__ = table("violations_pupils")
    id = Field(Integer, primary_key=True)
    number = Field(Integer, unique=True)
    desk = Field(Integer, nullable=True)
    friend_id = Field(Integer, ForeignKey(table("violations_pupils.id")), nullable=True)


class Course(Model):
    __tablename__ = table("violations_courses")
    year = Field(Integer, primary_key=True)
    number = Field(Integer, primary_key=True)


class Visit(Model):
    """Refers to several tables, and to one of them twice."""

    __tablename__ = table("violations_visits")
    id = Field(Integer, primary_key=True)
    pupil_id = Field(Integer, ForeignKey(table("violations_pupils.id")), nullable=True)
    guide_id = Field(Integer, ForeignKey(table("violations_pupils.number")), nullable=True)
    year = Field(Integer, nullable=True)
    course = Field(Integer, nullable=True)
    __table_args__ = ForeignKeyConstraint(
        ["year", "course"], [f"{Course.__tablename__}.year", f"{Course.__tablename__}.number"]
    )


class Note(Model):
    """Goes with its visit, but keeps its pupil."""

    __tablename__ = table("violations_notes")
    id = Field(Integer, primary_key=True)
    visit_id = Field(Integer, ForeignKey(table("violations_visits.id"), on_delete="CASCADE"), nullable=True)
    pupil_id = Field(Integer, ForeignKey(table("violations_pupils.id"), on_delete="RESTRICT"), nullable=True)


class Seal(Model):
    """Keeps a note, and by it a visit."""

    __tablename__ = table("violations_seals")
    id = Field(Integer, primary_key=True)
    note_id = Field(Integer, ForeignKey(table("violations_notes.id")))


VISITS, PUPILS, NOTES = (str(one.__tablename__) for one in (Visit, Pupil, Note))


@pytest.fixture
def school(db: Database) -> Database:
    db.create(Pupil, Course, Visit, Note, Seal)
    Pupil.objects.bulk_create_sync([Pupil(id=key, number=key * 10) for key in (1, 2, 3)])
    Course.objects.create_sync(year=2024, number=7)
    return db


def names(error: Any) -> tuple[str, list[str], str]:
    return error.table, error.columns, error.constraint


PUPIL = (VISITS, ["pupil_id"], f"fk_{VISITS}_pupil_id")
GUIDE = (VISITS, ["guide_id"], f"fk_{VISITS}_guide_id")
COURSE = (VISITS, ["year", "course"], f"fk_{VISITS}_year_course")
LOST: list[tuple[dict[str, Any], tuple[str, list[str], str]]] = [
    ({"pupil_id": 9}, PUPIL),
    ({"pupil_id": 9, "guide_id": 10}, PUPIL),
    ({"guide_id": 9}, GUIDE),
    ({"pupil_id": 1, "guide_id": 9, "year": 2024, "course": 7}, GUIDE),
    ({"year": 2024, "course": 8}, COURSE),
    ({"pupil_id": 2, "guide_id": 20, "year": 2025, "course": 7}, COURSE),
    ({"pupil_id": 9, "year": 2025, "course": None}, PUPIL),
]


@pytest.mark.parametrize(("values", "expected"), LOST)
async def test_a_reference_to_nothing(
    school: Database, run: Any, values: dict[str, Any], expected: tuple[str, list[str], str]
) -> None:
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Visit.objects.create, **values)
    assert names(caught.value) == expected
    good = [Visit(pupil_id=key, guide_id=key * 10, year=2024, course=7) for key in (1, 2, 3)]
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Visit.objects.bulk_create, [*good, Visit(**values), *[Visit() for _ in range(150)]])
    assert names(caught.value) == expected
    visit = await run(Visit.objects.create)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Visit.objects.filter(id=visit.id).update, **values)
    assert names(caught.value) == expected
    for name, value in values.items():
        setattr(visit, name, value)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(visit.save)
    assert names(caught.value) == expected
    assert await run(Visit.objects.count) == 1


async def test_a_reference_to_a_row_of_the_same_insert_is_none_to_nothing(school: Database, run: Any) -> None:
    await run(Pupil.objects.bulk_create, [Pupil(id=5, number=50, friend_id=5), Pupil(id=6, number=60, friend_id=5)])
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Pupil.objects.bulk_create, [Pupil(id=7, number=70, friend_id=8), Pupil(id=9, number=90, friend_id=7)])
    assert names(caught.value) == (PUPILS, ["friend_id"], f"fk_{PUPILS}_friend_id")


async def test_a_row_that_is_referred_to_is_not_removed(school: Database, run: Any) -> None:
    await run(Visit.objects.create, pupil_id=1)
    await run(Visit.objects.create, guide_id=20)
    await run(Visit.objects.create, id=30, year=2024, course=7)
    await run(Note.objects.create, id=5, pupil_id=3, visit_id=30)
    for key, expected in ((1, PUPIL), (2, GUIDE), (3, (NOTES, ["pupil_id"], f"fk_{NOTES}_pupil_id"))):
        with pytest.raises(ForeignKeyViolation) as caught:
            await run(Pupil.objects.filter(id=key).delete)
        assert names(caught.value) == expected
        with pytest.raises(ForeignKeyViolation) as caught:
            await run((await run(Pupil.objects.get, id=key)).delete)
        assert names(caught.value) == expected
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Course.objects.delete)
    assert names(caught.value) == COURSE
    assert await run(Pupil.objects.count) == 3


async def test_a_row_of_the_same_table_keeps_another(school: Database, run: Any) -> None:
    await run(Pupil.objects.filter(id=1).update, friend_id=2)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Pupil.objects.filter(id=2).delete)
    assert names(caught.value) == (PUPILS, ["friend_id"], f"fk_{PUPILS}_friend_id")
    await run(Visit.objects.create, pupil_id=3)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Pupil.objects.filter(id__gte=1).delete)
    assert names(caught.value) == PUPIL
    assert await run(Pupil.objects.count) == 3


async def test_a_row_that_is_kept_by_what_would_go_with_it(school: Database, run: Any) -> None:
    await run(Visit.objects.create, id=1)
    await run(Note.objects.create, id=5, visit_id=1)
    await run(Seal.objects.create, id=9, note_id=5)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Visit.objects.filter(id=1).delete)
    seals = Seal.__tablename__
    assert names(caught.value) == (seals, ["note_id"], f"fk_{seals}_note_id")
    await run(Seal.objects.delete)
    assert await run(Visit.objects.filter(id=1).delete) == 1
    assert await run(Note.objects.count) == 0


async def test_a_key_that_is_referred_to_is_not_changed(school: Database, run: Any) -> None:
    await run(Visit.objects.create, guide_id=20)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Pupil.objects.filter(id=2).update, number=21)
    assert names(caught.value) == GUIDE
    await run(Visit.objects.create, pupil_id=3)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Pupil.objects.filter(id=3).update, id=33, number=33)
    assert names(caught.value) == PUPIL


# ------------------------------------------------------------------------------ values


async def test_a_value_that_the_column_does_not_take_is_told_with_its_place(db: Database, run: Any) -> None:
    create_plain(db)
    if db.backend == "sqlite":  # any text fits
        assert (await run(Plain.objects.create, id=2, label="second", short="much too long")).short == "much too long"
        return
    for write in (
        lambda: run(Plain.objects.create, id=2, label="second", short="much too long"),
        lambda: run(Plain.objects.filter(id=1).update, short="much too long"),
        lambda: run(Plain.objects.bulk_create, [Plain(id=3, label="third", short="much too long")]),
    ):
        with pytest.raises(DatabaseError) as caught:
            await write()
        assert not isinstance(caught.value, IntegrityError)
        assert (caught.value.table, caught.value.columns) == (PLAIN, ["short"])


# ------------------------------------------------------------------------------ enumerations


class Moody(Model):
    """Made by chakra; who writes by hand writes anything."""

    __tablename__ = table("violations_moody")
    id = Field(Integer, primary_key=True, auto_increment=False)
    mood = Field(Enum("glad", "sad"), nullable=True)
    own = Field(Enum("up", "down", native=True, name=table("violations_direction")), nullable=True)


async def by_hand(sql: str) -> None:
    await chakra.raw(sql).execute()


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "transaction"])
@pytest.mark.parametrize(("column", "text"), [("mood", "bad"), ("mood", "gloomy"), ("mood", "Glad"), ("own", "left")])
async def test_a_text_that_is_no_value_of_an_enumeration(db: Database, column: str, text: str, inside: bool) -> None:
    db.create(Moody)
    await Moody.objects.create(id=1)
    execute = chakra.transaction()(by_hand) if inside else by_hand
    name = Moody.__tablename__
    for sql in (
        f"INSERT INTO {name} (id, {column}) VALUES (2, '{text}')",
        f"UPDATE {name} SET {column} = '{text}' WHERE id = 1",
    ):
        with pytest.raises(CheckViolation) as caught:
            await execute(sql)
        error = caught.value
        if not inside or db.backend != "postgres":  # whose transaction has failed and answers no more
            assert (error.table, error.columns) == (name, [column])
    assert [(one.id, one.mood, one.own) for one in await Moody.objects] == [(1, None, None)]


class Broader(Model):
    """It has a value more than its table."""

    __tablename__ = table("violations_broader")
    id = Field(Integer, primary_key=True, auto_increment=False)
    mood = Field(Enum("glad", "sad", "gloomy", native=True, name=table("violations_moods_of_others")), nullable=True)
    text = Field(String(20), nullable=True)


@pytest.fixture
def broader(db: Database) -> Iterator[Database]:
    name, own = str(Broader.__tablename__), table("violations_moods_of_others")
    kind = {"sqlite": "TEXT", "postgres": own, "mysql": "ENUM('glad', 'sad')"}[db.backend]
    checks = ", CHECK (mood IN ('glad', 'sad')), CHECK (text IN ('glad', 'sad'))" if db.backend == "sqlite" else ""
    if db.backend == "postgres":
        db.rows(f"CREATE TYPE {own} AS ENUM ('glad', 'sad')")
    text = "VARCHAR(20)" if db.backend == "postgres" else kind
    db.rows(f"CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY, mood {kind}, text {text}{checks})")
    yield db
    db.rows(f"DROP TABLE {name}")
    if db.backend == "postgres":
        db.rows(f"DROP TYPE {own}")


async def test_a_value_that_the_enumeration_of_the_table_lacks(broader: Database, run: Any) -> None:
    await run(Broader.objects.create, id=2)
    for write in writes(run, Broader, {"mood": "gloomy"}, {}):
        with pytest.raises(CheckViolation) as caught:
            await write()
        assert (caught.value.table, caught.value.columns) == (Broader.__tablename__, ["mood"])
    if broader.backend == "postgres":
        return  # a text is no value of an enumeration's type there
    for write in writes(run, Broader, {"text": "gloomy"}, {}):
        with pytest.raises(CheckViolation) as caught:
            await write()
        assert (caught.value.table, caught.value.columns) == (Broader.__tablename__, ["text"])
    assert await run(Broader.objects.count) == 1


# ------------------------------------------------------------------------------ foreign keys of others


class Parent(Model):
    __tablename__ = table("violations_parents")
    id = Field(Integer, primary_key=True)
    word = Field(String(10), unique=True)


class Child(Model):
    """Of a table of others: nothing is said of its foreign keys."""

    __tablename__ = table("violations_children")
    id = Field(Integer, primary_key=True, auto_increment=False)
    left = Field(Integer, nullable=True, column="left_id")
    right = Field(Integer, nullable=True, column="right_id")
    word = Field(String(10), nullable=True)
    again = Field(String(10), nullable=True)


CHILDREN = str(Child.__tablename__)


@pytest.fixture
def family(db: Database) -> Database:
    db.create(Parent)
    parents = Parent.__tablename__
    keys = ", ".join(
        f"CONSTRAINT {CHILDREN}_{name} FOREIGN KEY ({name}) REFERENCES {parents} ({target})"
        for name, target in (("left_id", "id"), ("right_id", "id"), ("word", "word"), ("again", "word"))
    )
    word = 'VARCHAR(10) COLLATE "C"' if db.backend == "postgres" else "VARCHAR(10)"
    if db.backend == "mysql":
        word += " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    columns = f"id INTEGER PRIMARY KEY, left_id INTEGER, right_id INTEGER, word {word}, again {word}"
    db.rows(f"CREATE TABLE {CHILDREN} ({columns}, {keys})")
    db.create(Child)
    Parent.objects.create_sync(id=1, word="one")
    return db


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"left": 9}, "left_id"),
        ({"right": 9}, "right_id"),
        ({"left": 1, "right": 9}, "right_id"),
        ({"left": 1, "right": 1, "word": "two"}, "word"),
    ],
)
async def test_foreign_keys_that_the_model_does_not_declare(
    family: Database, run: Any, values: dict[str, Any], column: str
) -> None:
    expected = (CHILDREN, [column], f"{CHILDREN}_{column}")
    for write in writes(run, Child, values, {})[:2]:
        with pytest.raises(ForeignKeyViolation) as caught:
            await write()
        assert names(caught.value) == expected
    good: dict[str, Any] = {"left": 1, "right": 1, "word": "one", "again": "one"}
    rows = [Child(id=1, **good), Child(id=2, **{**good, **values}), Child(id=3, **good)]
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Child.objects.bulk_create, rows)
    if family.backend == "sqlite" and column == "word":
        # Texts of many rows are not kept for that.
        assert (caught.value.table, caught.value.columns) == (CHILDREN, [])
        assert f"which of these: {CHILDREN} (word) → {Parent.__tablename__}, {CHILDREN} (again) → " in str(caught.value)
    else:
        assert names(caught.value) == expected
    assert await run(Child.objects.count) == 0
