"""Decimals in keys: one number is one value of the key, and other programs can write to the table."""

from __future__ import annotations

import decimal
import subprocess
from typing import Any

import pytest

from chakra import Decimal, Field, ForeignKey, Index, Integer, Model, String, check_models
from chakra.exceptions import ForeignKeyViolation, UniqueViolation
from conftest import Database
from models import table


class Rate(Model):
    __tablename__ = table("decimal_key_rates")
    percent = Field(Decimal(5, 2), primary_key=True)
    name = Field(String(20))


class Bill(Model):
    __tablename__ = table("decimal_key_bills")
    __table_args__ = (Index(None, "total", "id"),)
    id = Field(Integer, primary_key=True)
    percent = Field(Decimal(5, 2), ForeignKey(f"{Rate.__tablename__}.percent"))
    total = Field(Decimal(12, 4), unique=True)
    weight = Field(Decimal, unique=True, nullable=True)
    rounded = Field(Decimal(6), index=True, nullable=True)


async def test_a_foreign_key_to_a_decimal_key(db: Database, run: Any) -> None:
    db.create(Rate, Bill)
    await run(Rate.objects.create, percent="7.5", name="reduced")
    bill = await run(Bill.objects.create, percent=decimal.Decimal("7.500"), total=1)
    assert bill.percent == decimal.Decimal("7.5")
    found = await run(Bill.objects.get, percent=decimal.Decimal("7.5"))
    assert found.total == decimal.Decimal(1)
    assert (await run(Rate.objects.get, percent="7.50")).name == "reduced"
    with pytest.raises(ForeignKeyViolation):
        await run(Bill.objects.create, percent="7.51", total=2)
    with pytest.raises(ForeignKeyViolation):
        await run(Rate.objects.filter(percent=decimal.Decimal("7.5")).delete)


@pytest.mark.parametrize("same", ["1", "1.0", "1.0000", "1e0", "0.1e1"])
async def test_one_number_is_one_value_of_a_key(db: Database, run: Any, same: str) -> None:
    db.create(Rate, Bill)
    await run(Rate.objects.create, percent="1.00", name="one")
    await run(Bill.objects.create, percent=1, total="1.0", weight="1.00", rounded=1)
    with pytest.raises(UniqueViolation) as caught:
        await run(Rate.objects.create, percent=same, name="again")
    assert caught.value.columns == ["percent"]
    for column in ("total", "weight"):
        with pytest.raises(UniqueViolation) as caught:
            await run(Bill.objects.create, **{"percent": "1", "total": 9, column: same})
        assert (caught.value.columns, caught.value.constraint) == ([column], f"uq_{Bill.__tablename__}_{column}")
    bill = await run(Bill.objects.get, weight=same)
    bill.weight = decimal.Decimal("100.5000")
    await run(bill.save)
    assert (await run(Bill.objects.get, weight="100.5")).weight == decimal.Decimal("100.5")
    assert (
        await run(Bill.objects.filter(weight__gt=decimal.Decimal("100.49"), weight__lt=decimal.Decimal("100.51")).count)
        == 1
    )


async def test_keys_of_decimals_are_found_and_ordered_as_numbers(db: Database, run: Any) -> None:
    db.create(Rate)
    percents = ["-100", "-9.99", "-0.01", "0", "0.5", "9", "10.01", "100"]
    await run(Rate.objects.bulk_create, [Rate(percent=percent, name=percent) for percent in reversed(percents)])
    assert [rate.name for rate in await run(Rate.objects.order_by("percent").all)] == percents
    assert [rate.name for rate in await run(Rate.objects.filter(percent__gte=9).order_by("percent").all)] == percents[
        5:
    ]
    assert await run(Rate.objects.filter(percent__in=["9", "100.0"]).count) == 2


@pytest.fixture
def sqlite_db(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    from conftest import open_database

    database = open_database("sqlite", tmp_path)
    yield database
    database.close()


def test_other_programs_write_to_tables_with_decimals_in_keys_and_indexes(sqlite_db: Database) -> None:
    sqlite_db.create(Rate, Bill)
    sqlite_db.rows(f"INSERT INTO {Rate.__tablename__} VALUES ('19.00', 'usual'), ('-0.50', 'bonus')")
    values = "(1, '19.00', '10.0000', '2.5', '7'), (2, '-0.50', '-10.0000', NULL, 70)"
    sqlite_db.rows(f"INSERT INTO {Bill.__tablename__} VALUES {values}")
    sqlite_db.rows(f"UPDATE {Bill.__tablename__} SET total = '11.0000' WHERE id = 1")
    assert Bill.objects.get_sync(percent=19).total == decimal.Decimal(11)
    assert [bill.id for bill in Bill.objects.order_by("total").all_sync()] == [2, 1]
    sqlite_db.rows(f"DELETE FROM {Bill.__tablename__} WHERE total = '-10.0000'")
    assert Bill.objects.count_sync() == 1


@pytest.mark.parametrize("form", ["'19'", "'19.0'", "'019.00'", "'1.9e1'", "'+19.00'", "19", "x'31392E3030'"])
def test_other_programs_cannot_write_another_form_of_a_key(sqlite_db: Database, form: str) -> None:
    sqlite_db.create(Rate)
    with pytest.raises(subprocess.CalledProcessError):
        sqlite_db.rows(f"INSERT INTO {Rate.__tablename__} VALUES ({form}, 'x')")
    assert Rate.objects.count_sync() == 0


def test_a_foreign_key_between_decimals_of_two_scales_is_a_mistake() -> None:
    class Finer(Model):
        __tablename__ = table("decimal_key_finer")
        id = Field(Integer, primary_key=True)
        percent = Field(Decimal(5, 3), ForeignKey(f"{Rate.__tablename__}.percent"))

    [fault] = check_models([Finer])
    assert (fault.code, fault.attribute) == ("foreign-key-type", "percent")
    assert "Decimal(5, 3)" in fault.message
    assert "Decimal(5, 2)" in fault.message


async def test_bounds_of_decimals_are_exact_in_the_database(db: Database) -> None:
    class Bounded(Model):
        __tablename__ = table("decimal_bounds")
        id = Field(Integer, primary_key=True)
        amount = Field(Decimal(24, 4), min_value="-18014398509481984.0001", max_value="18014398509481984.0001")

    db.create(Bounded)
    insert = f"INSERT INTO {Bounded.__tablename__} (id, amount) VALUES ({{}}, '{{}}')"
    for number, amount in enumerate(["18014398509481984.0001", "-18014398509481984.0001", "-0.0001", "0.0000"], 1):
        db.rows(insert.format(number, amount))
    for amount in ["18014398509481984.0002", "-18014398509481984.0002"]:
        with pytest.raises(Exception):  # noqa: B017 - each driver has its own
            db.rows(insert.format(9, amount))
    assert Bounded.objects.count_sync() == 4


async def test_a_default_of_the_database_has_the_form_of_a_key(db: Database, run: Any) -> None:
    class Fee(Model):
        __tablename__ = table("decimal_key_fees")
        id = Field(Integer, primary_key=True)
        amount = Field(Decimal(8, 2), unique=True, server_default="0")
        factor = Field(Decimal, unique=True, server_default="1.50")
        rest = Field(Decimal(8, 2), server_default="'1.5'")

    db.create(Fee)
    fee = await run(Fee.objects.create)
    assert (fee.amount, fee.factor, fee.rest) == (0, decimal.Decimal("1.5"), decimal.Decimal("1.5"))
    assert str(fee.rest) == "1.50"
    with pytest.raises(UniqueViolation):
        await run(Fee.objects.create, factor=2)
    assert await run(Fee.objects.filter(amount=0, factor="1.5").count) == 1
