"""Options of fields as the database sees them: CHECK constraints, comments, what it supplies, what updates write."""

from __future__ import annotations

import datetime
import decimal
import itertools
from typing import Any

import pytest

import chakra
from chakra import (
    JSON,
    UUID,
    Array,
    Binary,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    Model,
    String,
    Text,
    Time,
    model_validator,
    validator,
)
from chakra.exceptions import CheckViolation, ValidationError
from conftest import Database
from models import table


def faults_of(error: ValidationError) -> list[tuple[str | None, str | None]]:
    return [(fault.field, fault.constraint) for fault in error.errors]


# ------------------------------------------------------------------------------ CHECK constraints


class Ruled(Model):
    __tablename__ = table("ruled")
    id = Field(Integer, primary_key=True)
    age = Field(Integer, nullable=True, min_value=18, max_value=65)
    price = Field(Decimal(12, 4), nullable=True, min_value="0.0100", max_value="9.99")
    free = Field(Decimal, nullable=True, min_value="-0.5")
    ratio = Field(Float, nullable=True, min_value=-0.1, max_value=1e20)
    born = Field(Date, nullable=True, min_value="1900-01-01")
    at = Field(DateTime, nullable=True, max_value="2030-01-01 12:00:00.5")
    wakes = Field(Time, nullable=True, min_value="06:30")
    name = Field(String(20), nullable=True, min_length=2, max_length=9, pattern="^[^0-9]+$")
    photo = Field(Binary(10), nullable=True, min_length=2)
    state = Field(String(20), nullable=True, choices=["new", "it's", r"a\b", "ü"])
    level = Field(Integer, nullable=True, choices=[1, 2, 3])
    rate = Field(Decimal(4, 2), nullable=True, choices=["0.5", "1"])
    sure = Field(Boolean, nullable=True, choices=[True])
    token = Field(UUID, nullable=True, choices=["00000000-0000-0000-0000-000000000001"])
    odd = Field(Integer, nullable=True, check="odd % 2 = 1")
    loose = Field(Integer, nullable=True, min_value=0, db_check=False)
    span = Field(
        Interval, nullable=True, min_value=datetime.timedelta(microseconds=-1), max_value=datetime.timedelta(days=1)
    )
    tags = Field(Array(String(5)), nullable=True, min_length=1, max_length=2)


GOOD: dict[str, list[Any]] = {
    "age": [18, 65],
    "price": ["0.01", "9.99", "5"],
    "free": ["-0.5", "-0.50000", "1e20", "12345678901234567890.123"],
    "ratio": [-0.1, 1e20, 0.0],
    "born": ["1900-01-01", "2024-02-29"],
    "at": ["2030-01-01 12:00:00.5", "2030-01-01 12:00:00", "1999-01-01"],
    "wakes": ["06:30", "06:30:00.000001"],
    "name": ["ab", "üß", "abcdefghi"],
    "photo": [b"ab", b"\x00\xff"],
    "state": ["new", "it's", r"a\b", "ü"],
    "level": [1, 3],
    "rate": ["0.50", 1],
    "sure": [True],
    "token": ["00000000-0000-0000-0000-000000000001"],
    "odd": [1, 3],
    "loose": [0],
    "span": [datetime.timedelta(microseconds=-1), datetime.timedelta(hours=24), datetime.timedelta(0)],
    "tags": [["a"], ["a", "b"]],
}

# What the database must refuse, as it is worded in SQL.
BAD = [
    ("age", "17", "min_value"),
    ("age", "66", "max_value"),
    ("price", "'0.0099'", "min_value"),
    ("price", "'10.00'", "max_value"),
    ("price", "'-1'", "min_value"),
    ("free", "'-0.51'", "min_value"),
    ("ratio", "-0.2", "min_value"),
    ("born", "'1899-12-31'", "min_value"),
    ("at", "'2030-01-01 12:00:01'", "max_value"),
    ("wakes", "'06:29:59'", "min_value"),
    ("name", "'ü'", "min_length"),
    ("state", "'NEW'", "choices"),
    ("state", "''", "choices"),
    ("level", "4", "choices"),
    ("rate", "'0.51'", "choices"),
    ("token", "'00000000-0000-0000-0000-000000000002'", "choices"),
    ("odd", "2", "check"),
    ("span", {"postgres": "'-2 microseconds'"}, "min_value"),
    ("span", {"postgres": "'25 hours'"}, "max_value"),
    ("tags", {"postgres": "'{}'"}, "min_length"),
]


async def test_what_the_rules_allow_the_database_takes(db: Database, run: Any) -> None:
    db.create(Ruled)
    await run(Ruled.objects.create)
    for field, values in GOOD.items():
        for value in values:
            made = await run(Ruled.objects.create, **{field: value})
            stored = await run(Ruled.objects.get, id=made.id)
            assert getattr(stored, field) == getattr(made, field)


@pytest.mark.parametrize(("column", "value", "rule"), BAD)
def test_what_the_rules_refuse_the_database_refuses_too(
    db: Database, column: str, value: str | dict[str, str], rule: str
) -> None:
    db.create(Ruled)
    if isinstance(value, dict):
        value = value.get(db.backend, "'[]'" if column == "tags" else "-2" if rule == "min_value" else "90000000000")
    name = f"ck_{Ruled.__tablename__}_{column}_{rule}"
    with pytest.raises(Exception) as caught:  # each driver has its own
        db.rows(f"INSERT INTO {Ruled.__tablename__} ({column}) VALUES ({value})")
    assert name in f"{caught.value} {getattr(caught.value, 'stderr', '')}"
    assert db.rows(f"SELECT count(*) FROM {Ruled.__tablename__}") == [(0,)]


async def test_a_violation_names_table_column_and_constraint(db: Database, run: Any) -> None:
    db.create(Ruled)
    with pytest.raises(CheckViolation) as caught:
        await run(Ruled.objects.create, odd=2)
    error = caught.value
    assert (error.table, error.columns) == (Ruled.__tablename__, ["odd"])
    assert error.constraint == f"ck_{Ruled.__tablename__}_odd_check"
    await run(Ruled.objects.create, odd=1)
    with pytest.raises(CheckViolation) as caught:
        await run(Ruled.objects.update, odd=4)
    assert caught.value.columns == ["odd"]
    with pytest.raises(CheckViolation) as caught:
        await run(Ruled.objects.bulk_create, [Ruled(odd=1), Ruled(odd=2)])
    assert caught.value.columns == ["odd"]
    assert await run(Ruled.objects.count) == 1


class Strict(Model):
    __tablename__ = table("strict")
    id = Field(Integer, primary_key=True, auto_increment=False)
    age = Field(Integer, column="age_in_years", min_value=18)


async def test_a_rule_that_the_database_alone_holds_is_told_with_its_column(db: Database, run: Any) -> None:
    # The table was made by someone who asks for more than the model does.
    name = f"ck_{Strict.__tablename__}_age_in_years_min_value"
    db.rows(
        f"CREATE TABLE {Strict.__tablename__} (id INTEGER NOT NULL PRIMARY KEY, age_in_years INTEGER NOT NULL, "
        f"CONSTRAINT {name} CHECK (age_in_years >= 21))"
    )
    db.create(Strict)
    with pytest.raises(CheckViolation) as caught:
        await run(Strict.objects.create, id=1, age=20)
    error = caught.value
    assert (error.table, error.columns, error.constraint) == (Strict.__tablename__, ["age_in_years"], name)
    assert await run(Strict.objects.count) == 0


def test_rules_may_be_kept_out_of_the_database(db: Database) -> None:
    db.create(Ruled)
    db.rows(f"INSERT INTO {Ruled.__tablename__} (loose) VALUES (-1)")
    assert Ruled.objects.get_sync().loose == -1
    with pytest.raises(ValidationError):
        Ruled(loose=-1)


def test_rows_that_are_there_are_read_whatever_the_rules_say(db: Database) -> None:
    db.create(Ruled)
    db.rows(f"INSERT INTO {Ruled.__tablename__} (name, loose) VALUES ('a much too long 1', -5)")
    read = Ruled.objects.get_sync()
    assert (read.name, read.loose) == ("a much too long 1", -5)
    with pytest.raises(ValidationError):
        read.name = "a much too long 1"
    read.age = 20
    read.save_sync()
    assert Ruled.objects.get_sync().age == 20


def test_other_programs_can_write_a_table_with_checked_decimals(db: Database) -> None:
    db.create(Ruled)
    db.rows(f"INSERT INTO {Ruled.__tablename__} (price) VALUES ('0.0100')")
    assert Ruled.objects.get_sync().price == decimal.Decimal("0.01")


# ------------------------------------------------------------------------------ before writing


async def test_rules_hold_for_updates_of_many_rows(db: Database, run: Any) -> None:
    db.create(Ruled)
    await run(Ruled.objects.create, age=20)
    with pytest.raises(ValidationError) as caught:
        await run(Ruled.objects.update, age=17, name="x1")
    assert faults_of(caught.value) == [
        ("age", "min_value=18"),
        ("name", "min_length=2"),
        ("name", "pattern=^[^0-9]+$"),
    ] or (faults_of(caught.value) == [("age", "min_value=18"), ("name", "pattern=^[^0-9]+$")])
    assert (await run(Ruled.objects.get)).age == 20


async def test_rules_are_checked_again_before_writing(db: Database, run: Any) -> None:
    db.create(Ruled)
    thing = Ruled()
    vars(thing).update(age=3, level=9)
    for attempt in (thing.save, lambda: Ruled.objects.bulk_create([Ruled(), thing])):
        with pytest.raises(ValidationError) as caught:
            await attempt()
        assert faults_of(caught.value) == [("age", "min_value=18"), ("level", "choices")]
    assert await run(Ruled.objects.count) == 0


class Stay(Model):
    __tablename__ = table("stays")
    id = Field(Integer, primary_key=True)
    guest = Field(String(40))
    arrival = Field(Date)
    departure = Field(Date)
    slug = Field(String(60))

    @validator("guest")
    def trim(self, value: str) -> str:
        return value.strip()

    @model_validator
    def fill_slug(self) -> None:
        if self.guest is not None:
            self.slug = f"{self.guest.lower()}-{self.arrival}"

    @model_validator
    def leaves_after_arriving(self) -> None:
        if self.arrival is not None and self.departure is not None and self.departure <= self.arrival:
            raise ValueError("the departure is not after the arrival")


def stay(**changed: Any) -> Stay:
    return Stay(**{"guest": "Ada ", "arrival": "2024-01-01", "departure": "2024-01-03", **changed})


async def test_a_model_validator_sees_and_changes_the_object_before_it_is_written(db: Database, run: Any) -> None:
    db.create(Stay)
    one = stay()
    await run(one.save)
    assert (await run(Stay.objects.get)).slug == "ada-2024-01-01"
    one.guest = "Bob"
    await run(one.save)
    assert (await run(Stay.objects.get)).slug == "bob-2024-01-01"
    assert (
        await run(Stay.objects.create, guest="C", arrival="2024-01-01", departure="2024-01-02")
    ).slug == "c-2024-01-01"
    many = await run(Stay.objects.bulk_create, [stay(guest="D"), stay(guest="E")])
    assert [made.slug for made in many] == ["d-2024-01-01", "e-2024-01-01"]


async def test_a_model_validator_refuses(db: Database, run: Any) -> None:
    db.create(Stay)
    wrong = stay(departure="2024-01-01")
    for attempt in (wrong.save, lambda: Stay.objects.bulk_create([stay(), wrong])):
        with pytest.raises(ValidationError) as caught:
            await attempt()
        error = caught.value
        assert (error.model, error.field, error.constraint) == ("Stay", None, "leaves_after_arriving")
        assert str(error) == "Stay: the departure is not after the arrival"
        assert isinstance(error.__cause__, ValueError)
    assert await run(Stay.objects.count) == 0
    good = stay()
    await run(good.save)
    good.departure = "2020-01-01"
    with pytest.raises(ValidationError, match="not after the arrival"):
        await run(good.save)
    good.departure = "2024-02-01"
    await run(good.save)
    assert (await run(Stay.objects.get)).departure == datetime.date(2024, 2, 1)


async def test_missing_values_and_refusals_come_together(db: Database, run: Any) -> None:
    db.create(Stay)
    with pytest.raises(ValidationError) as caught:
        await run(Stay(arrival="2024-01-02", departure="2024-01-01").save)
    assert faults_of(caught.value) == [
        (None, "leaves_after_arriving"),
        ("guest", "nullable=False"),
        ("slug", "nullable=False"),
    ]
    with pytest.raises(ValidationError, match=r"Stay: no value for guest, arrival, departure, slug; give one"):
        await run(Stay().save)


async def test_an_unchanged_object_is_not_validated(db: Database, run: Any) -> None:
    db.create(Stay)
    db.rows(
        f"INSERT INTO {Stay.__tablename__} (guest, arrival, departure, slug) "
        "VALUES ('x', '2024-01-02', '2024-01-01', 'x')"
    )
    read = await run(Stay.objects.get)
    await run(read.save)
    read.guest = "y"
    with pytest.raises(ValidationError):
        await run(read.save)


# ------------------------------------------------------------------------------ on_update

_TICKS = itertools.count(100)


class Page(Model):
    __tablename__ = table("option_pages")
    id = Field(Integer, primary_key=True)
    title = Field(String(40))
    revision = Field(Integer, default=1, on_update=lambda: next(_TICKS))
    editor = Field(String(20), nullable=True, on_update="robot")
    marks = Field(JSON, default={}, on_update={})


@pytest.fixture
def page(db: Database) -> Page:
    db.create(Page)
    return Page.objects.create_sync(title="One", marks={"a": 1})


async def test_on_update_is_no_part_of_an_insert(page: Page) -> None:
    read = Page.objects.get_sync()
    assert (read.revision, read.editor, read.marks) == (1, None, {"a": 1})


async def test_save_of_a_changed_object_applies_on_update(page: Page, run: Any) -> None:
    page.title = "Two"
    await run(page.save)
    read = await run(Page.objects.get)
    assert read.revision >= 100
    assert read.editor == "robot"
    assert read.marks == {}
    assert read.to_dict() == page.to_dict()
    page.marks["b"] = 1
    other = await run(Page.objects.get)
    other.title = "Three"
    await run(other.save)
    assert other.marks == {}


async def test_save_of_an_unchanged_object_applies_nothing(page: Page, run: Any) -> None:
    await run(page.save)
    assert (await run(Page.objects.get)).revision == 1


async def test_a_value_that_was_assigned_holds(page: Page, run: Any) -> None:
    page.editor = "Ada"
    await run(page.save)
    read = await run(Page.objects.get)
    assert (read.editor, page.editor) == ("Ada", "Ada")
    assert read.revision == page.revision >= 100


async def test_update_fields_do_not_keep_on_update_out(page: Page, run: Any) -> None:
    page.title = "Two"
    await run(page.save, update_fields=["title"])
    assert (await run(Page.objects.get)).editor == "robot"


async def test_an_update_of_many_rows_applies_on_update(page: Page, run: Any) -> None:
    assert await run(Page.objects.update, title="Many") == 1
    read = await run(Page.objects.get)
    assert read.revision >= 100
    assert read.editor == "robot"
    await run(Page.objects.update, revision=5, editor=None)
    read = await run(Page.objects.get)
    assert (read.revision, read.editor) == (5, None)


async def test_a_failed_update_leaves_the_object_as_it_was(page: Page, run: Any, db: Database) -> None:
    page.title = "Two"
    before = page.revision
    db.rows(f"DELETE FROM {Page.__tablename__}")
    with pytest.raises(chakra.exceptions.StaleObjectError):
        await run(page.save)
    assert (page.revision, page.editor) == (before, None)


def test_on_update_is_held_to_the_rules(db: Database) -> None:
    class Bounded(Model):
        __tablename__ = table("bounded")
        id = Field(Integer, primary_key=True)
        name = Field(Text)
        level = Field(Integer, default=1, max_value=3, on_update=lambda: 4)

    db.create(Bounded)
    made = Bounded.objects.create_sync(name="a")
    made.name = "b"
    with pytest.raises(ValidationError) as caught:
        made.save_sync()
    assert faults_of(caught.value) == [("level", "max_value=3")]
    with pytest.raises(ValidationError):
        Bounded.objects.update_sync(name="c")


# ------------------------------------------------------------------------------ defaults


class Supplied(Model):
    __tablename__ = table("supplied")
    id = Field(Integer, primary_key=True)
    name = Field(String(20), server_default="'nobody'")
    level = Field(Integer, server_default="3 + 4")
    made = Field(DateTime, server_default="now()")
    day = Field(Date, nullable=True, server_default="now()")
    hour = Field(Time, nullable=True, server_default="CURRENT_TIMESTAMP")
    note = Field(Text, nullable=True, server_default="'none'")


async def test_server_defaults_are_read_back(db: Database, run: Any) -> None:
    db.create(Supplied)
    one = await run(Supplied.objects.create)
    other = Supplied(name="Ada")
    await run(other.save)
    many = await run(Supplied.objects.bulk_create, [Supplied(), Supplied(level=1), Supplied(), Supplied(name="x")])
    read = await run(Supplied.objects.order_by("id").all)
    assert [made.to_dict() for made in sorted([one, other, *many], key=lambda made: made.id)] == [
        made.to_dict() for made in read
    ]
    assert (one.name, one.level, one.note) == ("nobody", 7, "none")
    assert [(made.name, made.level) for made in many] == [("nobody", 7), ("nobody", 1), ("nobody", 7), ("x", 7)]
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs(one.made - now) < datetime.timedelta(minutes=5)
    assert one.day in ((now - datetime.timedelta(minutes=5)).date(), now.date())
    assert one.hour is not None


async def test_many_server_defaults_are_read_back(db: Database, run: Any) -> None:
    db.create(Supplied)
    many = await run(Supplied.objects.bulk_create, [Supplied(level=number) for number in range(300)])
    assert {made.name for made in many} == {"nobody"}
    assert len({made.id for made in many}) == 300
    assert [made.level for made in await run(Supplied.objects.order_by("id").all)] == list(range(300))


class Unnumbered(Model):
    __tablename__ = table("unnumbered")
    id = Field(Integer, primary_key=True, auto_increment=False)
    name = Field(String(20), nullable=True)


class Sequenced(Model):
    __tablename__ = table("sequenced")
    id = Field(Integer, primary_key=True, server_default="6 * 7")
    name = Field(String(20), nullable=True)


async def test_a_key_that_the_database_does_not_number_must_be_given(db: Database, run: Any) -> None:
    db.create(Unnumbered)
    with pytest.raises(ValidationError) as caught:
        await run(Unnumbered.objects.create, name="x")
    assert faults_of(caught.value) == [("id", "nullable=False")]
    assert (await run(Unnumbered.objects.create, id=7)).id == 7


async def test_a_key_with_a_server_default_is_not_numbered(db: Database, run: Any) -> None:
    db.create(Sequenced)
    assert (await run(Sequenced.objects.create, name="x")).id == 42
    assert (await run(Sequenced.objects.create, id=1)).id == 1
    assert [made.id for made in await run(Sequenced.objects.order_by("id").all)] == [1, 42]
    await run(Sequenced.objects.delete)
    assert [made.id for made in await run(Sequenced.objects.bulk_create, [Sequenced(name="y")])] == [42]


def test_a_mutable_default_is_copied_for_each_object() -> None:
    shared: dict[str, Any] = {"list": [1]}

    class Mutable(Model):
        __tablename__ = table("mutable")
        id = Field(Integer, primary_key=True)
        document = Field(JSON, default=shared)
        nested = Field(JSON, default=({"deep": []},))
        raw = Field(Binary, default=bytearray(b"ab"))

    one = Mutable()
    one.document["list"].append(2)
    one.nested[0]["deep"].append(1)
    shared["list"].append(3)
    other = Mutable()
    assert other.document == {"list": [1]}
    assert other.nested == [{"deep": []}]
    assert other.raw == b"ab"


def test_what_a_callable_gives_again_and_again_is_shared_by_nobody() -> None:
    given: dict[str, Any] = {"list": []}
    inner: list[int] = []

    class Given(Model):
        __tablename__ = table("given_again")
        id = Field(Integer, primary_key=True)
        document = Field(JSON, default=lambda: given)
        nested = Field(JSON, default=lambda: {"list": inner})
        numbers = Field(Array(Integer), default=lambda: inner)

    one = Given()
    one.document["list"].append(1)
    one.nested["list"].append(2)
    one.numbers.append(3)
    other = Given()
    assert (other.document, other.nested, other.numbers) == ({"list": []}, {"list": []}, [])
    assert (given, inner) == ({"list": []}, [])


# ------------------------------------------------------------------------------ comments


class Remarked(Model):
    __tablename__ = table("remarked")
    id = Field(Integer, primary_key=True, comment="numbers 'rows'")
    name = Field(String(20), comment="with a \\ in it")
    plain = Field(Integer, nullable=True)


def comments_of(db: Database) -> list[tuple[Any, ...]]:
    name = Remarked.__tablename__
    return db.rows(
        {
            "sqlite": "SELECT NULL WHERE 0",
            "postgres": f"SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
            f"WHERE attrelid = '{name}'::regclass AND attnum > 0 ORDER BY attnum",
            "mysql": f"SELECT column_name, nullif(column_comment, '') FROM information_schema.columns "
            f"WHERE table_schema = database() AND table_name = '{name}' ORDER BY ordinal_position",
        }[db.backend]
    )


def test_comments_are_kept_where_the_database_can(db: Database) -> None:
    db.create(Remarked)
    if db.backend == "sqlite":
        return
    assert comments_of(db) == [("id", "numbers 'rows'"), ("name", "with a \\ in it"), ("plain", None)]


def test_a_table_that_exists_keeps_its_comments(db: Database) -> None:
    db.create(Remarked)
    if db.backend != "postgres":
        return
    db.rows(f"COMMENT ON COLUMN {Remarked.__tablename__}.name IS 'by hand'")
    db.create(Remarked)
    assert comments_of(db)[1] == ("name", "by hand")


@pytest.mark.parametrize("native", [False, True])
def test_choices_narrow_an_enumeration_in_the_database_too(db: Database, native: bool) -> None:
    class Narrow(Model):
        __tablename__ = table(f"narrow_{native}".lower())
        id = Field(Integer, primary_key=True)
        size = Field(
            Enum("small", "large", "odd", name=table("narrow_sizes"), native=native), choices=["small", "large"]
        )

    db.create(Narrow)
    assert Narrow.objects.create_sync(size="large").size == "large"
    with pytest.raises(Exception) as caught:  # each driver has its own
        db.rows(f"INSERT INTO {Narrow.__tablename__} (size) VALUES ('odd')")
    assert f"ck_{Narrow.__tablename__}_size_choices" in f"{caught.value} {getattr(caught.value, 'stderr', '')}"
