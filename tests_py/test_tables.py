"""Table options: what the database makes of indexes, constraints, foreign keys, comments and schemas."""

from __future__ import annotations

from typing import Any

import pytest

import chakra
from chakra import (
    CheckConstraint,
    DateTime,
    Decimal,
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
from chakra.exceptions import (
    CheckViolation,
    DefinitionError,
    ForeignKeyViolation,
    IntegrityError,
    QueryError,
    UniqueViolation,
)
from conftest import AsyncFace, BlockingFace, Database
from models import table


class Hall(Model):
    __tablename__ = table("halls")

    id = Field(Integer, primary_key=True)
    name = Field(String(40), unique=True)


class Seat(Model):
    __tablename__ = table("hall_seats")

    hall_id = Field(Integer, ForeignKey(table("halls.id"), on_delete="CASCADE"), primary_key=True)
    number = Field(Integer, primary_key=True)


class Concert(Model):
    __tablename__ = table("concerts")

    id = Field(Integer, primary_key=True)
    hall_id = Field(Integer, ForeignKey(table("halls.id"), on_delete="SET NULL"), nullable=True)
    title = Field(String(80))
    starts_at = Field(DateTime)
    ends_at = Field(DateTime)
    price = Field(Decimal(8, 2), default="0")

    __table_args__ = (
        Index("ix_{table}_latest", "-starts_at", "title"),
        UniqueConstraint("hall_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="ck_{table}_order"),
        {"comment": "what is played where: it's \\ all"},
    )


class Ticket(Model):
    __tablename__ = table("concert_tickets")

    id = Field(Integer, primary_key=True)
    hall_id = Field(Integer)
    seat = Field(Integer)
    concert_id = Field(Integer, ForeignKey(table("concerts.id"), on_delete="RESTRICT"), index=False)

    __table_args__ = (
        ForeignKeyConstraint(
            ["hall_id", "seat"], [table("hall_seats.hall_id"), table("hall_seats.number")], on_delete="CASCADE"
        ),
    )


@pytest.fixture
def halls(db: Database) -> Database:
    db.create(Hall, Seat, Concert, Ticket)
    hall = Hall.objects.create_sync(name="Great Hall")
    Seat.objects.bulk_create_sync([Seat(hall_id=hall.id, number=number) for number in range(1, 4)])
    return db


def concert(**values: Any) -> Concert:
    given = {"title": "Requiem", "starts_at": "2024-05-01T19:00", "ends_at": "2024-05-01T21:00"} | values
    return Concert(**given)


def test_what_a_model_says_of_its_table() -> None:
    options = Concert._meta
    assert (options.table, options.schema) == (table("concerts"), None)
    assert options.comment == "what is played where: it's \\ all"
    assert [index.name for index in options.indexes] == ["ix_{table}_latest"]
    assert [type(constraint) for constraint in options.constraints] == [UniqueConstraint, CheckConstraint]
    assert (options.verbose_name, options.verbose_name_plural) == ("concert", "concerts")
    assert (options.fields, options.primary_key) == (tuple(Concert._meta.fields), ("id",))
    assert not options.abstract
    assert options is Concert._meta
    assert options is concert()._meta


async def test_a_unique_constraint(halls: Database, run: AsyncFace | BlockingFace) -> None:
    await run(concert(hall_id=1).save)
    with pytest.raises(UniqueViolation) as caught:
        await run(concert(hall_id=1, title="Another").save)
    assert caught.value.constraint == f"uq_{table('concerts')}_hall_id_starts_at"
    assert caught.value.columns == ["hall_id", "starts_at"]
    assert caught.value.table == table("concerts")
    await run(concert(hall_id=None).save)
    await run(concert(hall_id=None).save)


async def test_a_check_constraint(halls: Database, run: AsyncFace | BlockingFace) -> None:
    with pytest.raises(CheckViolation) as caught:
        await run(concert(ends_at="2024-05-01T18:00").save)
    assert caught.value.constraint == f"ck_{table('concerts')}_order"
    assert caught.value.table == table("concerts")


async def test_a_reference_to_nothing(halls: Database, run: AsyncFace | BlockingFace) -> None:
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(concert(hall_id=99).save)
    assert caught.value.table == table("concerts")
    assert caught.value.columns == ["hall_id"]
    assert caught.value.constraint == f"fk_{table('concerts')}_hall_id"


async def test_a_composite_reference(halls: Database, run: AsyncFace | BlockingFace) -> None:
    await run(concert(id=7).save)
    await run(Ticket(hall_id=1, seat=3, concert_id=7).save)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Ticket(hall_id=1, seat=4, concert_id=7).save)
    assert caught.value.table == table("concert_tickets")
    assert isinstance(caught.value, IntegrityError)


async def test_what_happens_to_those_that_refer(halls: Database, run: AsyncFace | BlockingFace) -> None:
    await run(concert(id=7, hall_id=1).save)
    await run(Ticket(hall_id=1, seat=3, concert_id=7).save)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Concert.objects.filter(id=7).delete)
    assert caught.value.table == table("concert_tickets")
    assert caught.value.columns == ["concert_id"]
    assert caught.value.constraint == f"fk_{table('concert_tickets')}_concert_id"
    assert await run(Hall.objects.filter(id=1).delete) == 1
    assert await run(Seat.objects.count) == 0
    assert await run(Ticket.objects.count) == 0
    assert (await run(Concert.objects.get, id=7)).hall_id is None


def test_columns_of_foreign_keys_are_indexed(halls: Database) -> None:
    def names(of: str) -> set[str]:
        return {name for name in index_names(halls, of) if name.startswith("ix_")}

    concerts, tickets, seats = table("concerts"), table("concert_tickets"), table("hall_seats")
    # A constraint begins with the column of one, a key with that of another, and index=False says no to a third.
    assert names(concerts) == {f"ix_{concerts}_latest"}
    assert names(tickets) == {f"ix_{tickets}_hall_id_seat"}
    assert names(seats) == set()


def index_names(db: Database, of: str) -> list[str]:
    if db.backend == "sqlite":
        rows = db.rows(f"SELECT name FROM pragma_index_list('{of}')")
    elif db.backend == "postgres":
        rows = db.rows(f"SELECT indexname FROM pg_indexes WHERE tablename = '{of}'")
    else:
        rows = db.rows(f"SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_NAME = '{of}'")
    return [row[0] for row in rows]


def test_comments_are_kept_where_there_are_comments(halls: Database) -> None:
    concerts = table("concerts")
    if halls.backend == "postgres":
        rows = halls.rows(f"SELECT obj_description('{concerts}'::regclass)")
    elif halls.backend == "mysql":
        rows = halls.rows(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES "
            f"WHERE TABLE_NAME = '{concerts}' AND TABLE_SCHEMA = DATABASE()"
        )
    else:
        pytest.skip("SQLite keeps no comments")
    assert rows == [("what is played where: it's \\ all",)]


# ------------------------------------------------------------------------------ indexes


class Account(Model):
    __tablename__ = table("index_accounts")

    id = Field(Integer, primary_key=True)
    email = Field(String(80), column="E-Mail")
    closed = Field(Integer, default=0)

    __table_args__ = (
        Index(None, '(lower("E-Mail"))', unique=True),
        Index("ix_{table}_open", "email", "closed", where="closed = 0", desc="closed"),
    )


async def test_an_index_over_an_expression_and_of_some_rows(db: Database, run: AsyncFace | BlockingFace) -> None:
    if db.backend == "mysql":
        with pytest.raises(DefinitionError, match=r"Account.*does not support an index over an expression"):
            chakra.create_all_sync(models=[Account])
        return
    db.create(Account)
    accounts = table("index_accounts")
    assert set(index_names(db, accounts)) >= {f"uq_{accounts}_lower_e_mail", f"ix_{accounts}_open"}
    await run(Account(email="Ada@example.org").save)
    with pytest.raises(UniqueViolation) as caught:
        await run(Account(email="ada@example.org").save)
    assert caught.value.constraint == f"uq_{accounts}_lower_e_mail"


class Shelf(Model):
    __tablename__ = table("shelves")

    id = Field(Integer, primary_key=True)
    room = Field(Integer)
    place = Field(Integer)

    __table_args__ = (Index("ix_{table}_spot", "room", "place", unique=True, desc="place"),)


async def test_a_unique_index_over_columns_is_named_when_it_is_violated(
    db: Database, run: AsyncFace | BlockingFace
) -> None:
    db.create(Shelf)
    await run(Shelf(room=1, place=2).save)
    with pytest.raises(UniqueViolation) as caught:
        await run(Shelf(room=1, place=2).save)
    assert caught.value.constraint == f"ix_{table('shelves')}_spot"
    assert caught.value.columns == ["room", "place"]


METHODS = {
    "sqlite": {"btree"},
    "postgres": {"btree", "hash", "gin", "gist", "spgist", "brin"},
    "mysql": {"btree", "fulltext"},
}


@pytest.mark.parametrize("method", ["btree", "hash", "gin", "gist", "spgist", "brin", "fulltext"])
def test_methods_that_a_database_lacks_are_refused_by_name(db: Database, method: Any) -> None:
    class Page(Model):
        __tablename__ = table(f"pages_{method}")
        id = Field(Integer, primary_key=True)
        text = Field(String(200)) if method != "fulltext" else Field(Text)
        __table_args__ = Index("ix_{table}", "text", method=method)

    if method not in METHODS[db.backend]:
        with pytest.raises(DefinitionError, match=f"Page.*does not support the method {method}"):
            chakra.create_all_sync(models=[Page])
    elif method in ("gin", "gist"):
        with pytest.raises(DefinitionError, match=f"PostgreSQL has no {method} index over String"):
            chakra.create_all_sync(models=[Page])
    else:
        db.create(Page)


# ------------------------------------------------------------------------------ circles


class Town(Model):
    __tablename__ = table("towns")

    id = Field(Integer, primary_key=True)
    mayor_id = Field(Integer, ForeignKey(table("mayors.id"), on_delete="SET NULL"), nullable=True)
    twin_id = Field(Integer, ForeignKey(table("towns.id")), nullable=True)


class Mayor(Model):
    __tablename__ = table("mayors")

    id = Field(Integer, primary_key=True)
    town_id = Field(Integer, ForeignKey(table("towns.id")))


async def test_tables_that_refer_to_each_other(db: Database, run: AsyncFace | BlockingFace) -> None:
    db.create(Town, Mayor)
    db.create(Town, Mayor)
    await run(Town(id=1).save)
    await run(Town(id=2, twin_id=1).save)
    await run(Mayor(id=5, town_id=1).save)
    with pytest.raises(ForeignKeyViolation):
        await run(Town.objects.filter(id=1).update, mayor_id=6)
    await run(Town.objects.filter(id=1).update, mayor_id=5)
    with pytest.raises(ForeignKeyViolation):
        await run(Town.objects.filter(id=1).delete)
    chakra.drop_all_sync(models=[Town, Mayor])
    chakra.drop_all_sync(models=[Town, Mayor])
    db.create(Mayor, Town)
    assert await run(Town.objects.count) == 0


def test_all_tables_are_made_or_none(db: Database) -> None:
    class Good(Model):
        __tablename__ = table("all_good")
        id = Field(Integer, primary_key=True)

    class Bad(Model):
        __tablename__ = table("all_bad")
        id = Field(Integer, primary_key=True)
        __table_args__ = CheckConstraint("no such column > 1", name="ck_{table}")

    with pytest.raises(chakra.exceptions.ProgrammingError, match="all_bad"):
        chakra.create_all_sync(models=[Good, Bad])
    if db.backend == "mysql":
        chakra.drop_all_sync(models=[Good])
        return
    with pytest.raises(chakra.exceptions.ProgrammingError, match="all_good"):
        Good.objects.count_sync()


# ------------------------------------------------------------------------------ schemas


class Shop(Model):
    __tablename__ = table("shops")
    __schema__ = table("geo ö\"`'")

    id = Field(Integer, primary_key=True)
    name = Field(String(20), unique=True, index=True)


class Sale(Model):
    __tablename__ = table("sales")

    id = Field(Integer, primary_key=True)
    shop_id = Field(Integer, ForeignKey(f'"{Shop.__schema__.replace(chr(34), chr(34) * 2)}".{table("shops.id")}'))

    __table_args__ = {"comment": "sales"}


async def test_a_schema_of_its_own(db: Database, run: AsyncFace | BlockingFace) -> None:
    if not db.pool.dialect.supports_schemas:
        with pytest.raises(DefinitionError, match=r"Shop.*does not support schemas .*shops"):
            chakra.create_all_sync(models=[Shop])
        with pytest.raises(QueryError, match=r"does not support schemas .*shops"):
            await run(Shop.objects.count)
        return
    db.create(Shop, Sale)
    try:
        db.create(Shop, Sale)
        shop = Shop(name="Corner")
        await run(shop.save)
        await run(Sale(shop_id=shop.id).save)
        with pytest.raises(ForeignKeyViolation) as caught:
            await run(shop.delete)
        assert (caught.value.table, caught.value.columns) == (table("sales"), ["shop_id"])
        with pytest.raises(UniqueViolation) as duplicate:
            await run(Shop(name="Corner").save)
        assert duplicate.value.columns == ["name"]
        assert [found.name for found in await run(Shop.objects.filter(name="Corner").all)] == ["Corner"]
        assert await run(Shop.objects.filter(id=shop.id).update, name="Other") == 1
    finally:
        chakra.drop_all_sync(models=[Shop, Sale])
        db.rows(f"DROP SCHEMA {quoted(db, Shop.__schema__)}")


def quoted(db: Database, name: str) -> str:
    mark = "`" if db.backend == "mysql" else '"'
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


# ------------------------------------------------------------------------------ names


class Odd(Model):
    """Names of every kind."""

    __tablename__ = table('od"d ` order ☃')

    id = Field(Integer, primary_key=True, column="primary")
    select = Field(Integer, column='se"lect', index=True)
    where = Field(String(20), column="where`s ' \\", unique=True)
    parent = Field(
        Integer,
        ForeignKey('"' + table('od"d ` order ☃').replace('"', '""') + '"."primary"', on_delete="CASCADE"),
        nullable=True,
        column="group by",
    )

    __table_args__ = (
        Index("ix ☃ \" ` ' {table}", "-select", "where"),
        UniqueConstraint("select", "where", name="uq \" ` ' \\ {table}"),
        CheckConstraint("1 = 1", name="ck ☃ \" ` ' {table}"),
    )


async def test_names_of_every_kind(db: Database, run: AsyncFace | BlockingFace) -> None:
    db.create(Odd)
    db.create(Odd)
    first = Odd(select=1, where="x")
    await run(first.save)
    await run(Odd(select=2, where="y", parent=first.id).save)
    with pytest.raises(UniqueViolation):
        await run(Odd(select=3, where="x").save)
    with pytest.raises(ForeignKeyViolation) as caught:
        await run(Odd(select=4, where="z", parent=99).save)
    assert caught.value.columns == ["group by"]
    assert await run(Odd.objects.filter(id=first.id).delete) == 1
    assert await run(Odd.objects.count) == 0


def test_characters_that_mysql_has_not_in_names(db: Database) -> None:
    class Smile(Model):
        __tablename__ = table("smile 😀")
        id = Field(Integer, primary_key=True)

    if db.backend == "mysql":
        with pytest.raises(DefinitionError, match=r"holds '😀'; a name in MySQL has characters up to U\+FFFF only"):
            chakra.create_all_sync(models=[Smile])
        return
    db.create(Smile)
    Smile.objects.create_sync(id=1)
    assert Smile.objects.count_sync() == 1


def test_long_names_are_cut_and_stay_distinct(db: Database) -> None:
    class Lengthy(Model):
        __tablename__ = table("l" * 40)
        id = Field(Integer, primary_key=True)
        first_very_long_name_of_a_field = Field(Integer, ForeignKey(f"{table('l' * 40)}.id"), unique=True)
        second_very_long_name_of_a_field = Field(Integer, index=True)
        third_very_long_name_of_a_field = Field(Integer, index=True)
        __table_args__ = (UniqueConstraint("second_very_long_name_of_a_field", "third_very_long_name_of_a_field"),)

    db.create(Lengthy)
    names = [name for name in index_names(db, table("l" * 40)) if not name.startswith("sqlite_autoindex_")]
    assert all(len(name) <= 63 for name in names)
    assert len({name for name in names if name.startswith("ix_")}) == 2, names


def test_a_definition_that_contradicts_itself_makes_no_table(db: Database) -> None:
    class Twice(Model):
        __tablename__ = table("twice_named")
        id = Field(Integer, primary_key=True)
        a = Field(Integer, index=True)
        __table_args__ = Index(f"IX_{table('twice_named')}_A", "id")

    with pytest.raises(DefinitionError, match="both named"):
        chakra.create_all_sync(models=[Twice])
