"""Transactions that the database cannot fit in among others, and running them again."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest

import chakra
from chakra import Field, Integer, IsolationLevel, Model, retry_on_conflict
from chakra.exceptions import ConfigError, NotFoundError, TransactionConflict
from conftest import Database
from models import table

ACCOUNTS = 6
EACH = 1_000


class Account(Model):
    __tablename__ = table("conflict_accounts")
    id = Field(Integer, primary_key=True)
    cents = Field(Integer)


@pytest.fixture
def accounts(db: Database) -> Database:
    db.create(Account)
    Account.objects.bulk_create_sync([Account(id=number, cents=EACH) for number in range(1, ACCOUNTS + 1)])
    return db


def total() -> int:
    return sum(account.cents for account in Account.objects.all_sync())


async def meet(isolation_level: IsolationLevel) -> list[BaseException | None]:
    """Two transactions that each read what the other one writes."""
    barrier = [asyncio.Event(), asyncio.Event()]

    async def swap(own: int, other: int) -> None:
        async with chakra.transaction(isolation_level=isolation_level):
            account = await Account.objects.get(id=own)
            barrier[own - 1].set()
            await barrier[other - 1].wait()
            await Account.objects.filter(id=other).update(cents=account.cents + own)

    return await asyncio.gather(swap(1, 2), swap(2, 1), return_exceptions=True)


async def test_a_conflict_has_one_class(accounts: Database) -> None:
    if accounts.backend == "sqlite":
        pytest.skip("SQLite has one writer at a time: two such transactions never meet")
    outcomes = await meet(IsolationLevel.SERIALIZABLE)
    assert [type(outcome) for outcome in outcomes].count(TransactionConflict) >= 1
    assert chakra.get_pool().metrics().active == 0


@pytest.mark.parametrize("level", [IsolationLevel.SERIALIZABLE, IsolationLevel.REPEATABLE_READ])
async def test_money_is_neither_made_nor_lost(db: Database, level: IsolationLevel) -> None:
    db.create(Account)
    await Account.objects.bulk_create([Account(id=number, cents=EACH) for number in range(1, ACCOUNTS + 1)])
    chance = random.Random(5)
    runs = 0

    @retry_on_conflict(times=100)
    @chakra.transaction(isolation_level=level)
    async def move(source: int, target: int, cents: int) -> None:
        nonlocal runs
        runs += 1
        # The one who is given first, whichever way the money goes: fewer deadlocks.
        payer = await Account.objects.get(id=source)
        payee = await Account.objects.get(id=target)
        if db.backend == "mysql" and level is IsolationLevel.REPEATABLE_READ:
            # There a snapshot does not notice what was written since: the rows are changed as they are now.
            changed = await Account.objects.filter(id=source, cents=payer.cents).update(cents=payer.cents - cents)
            changed += await Account.objects.filter(id=target, cents=payee.cents).update(cents=payee.cents + cents)
            if changed != 2:
                raise TransactionConflict("somebody else moved money meanwhile")
            return
        payer.cents -= cents
        payee.cents += cents
        await payer.save()
        await payee.save()

    async def busy() -> None:
        for _ in range(4):
            source, target = chance.sample(range(1, ACCOUNTS + 1), 2)
            await move(source, target, chance.randint(1, 50))

    await asyncio.gather(*(busy() for _ in range(64)))
    assert await asyncio.to_thread(total) == ACCOUNTS * EACH
    assert runs >= 64 * 4
    assert chakra.get_pool().metrics().active == 0


def test_threads_retry_too(accounts: Database) -> None:
    failures: list[BaseException] = []

    @retry_on_conflict(times=100)
    def move(source: int, target: int) -> None:
        with chakra.transaction(isolation_level=IsolationLevel.SERIALIZABLE):
            payer, payee = Account.objects.get_sync(id=source), Account.objects.get_sync(id=target)
            payer.cents -= 1
            payee.cents += 1
            payer.save_sync()
            payee.save_sync()

    def busy(number: int) -> None:
        try:
            for _ in range(5):
                move(number % ACCOUNTS + 1, (number + 1) % ACCOUNTS + 1)
        except BaseException as error:  # told on the main thread
            failures.append(error)

    threads = [threading.Thread(target=busy, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert total() == ACCOUNTS * EACH


async def test_how_often() -> None:
    runs = 0

    @retry_on_conflict(times=4, delay=0)
    async def never() -> None:
        nonlocal runs
        runs += 1
        raise TransactionConflict("again")

    with pytest.raises(TransactionConflict):
        await never()
    assert runs == 4

    @retry_on_conflict
    def other() -> None:
        nonlocal runs
        runs += 1
        raise NotFoundError("no such row")

    with pytest.raises(NotFoundError):
        other()
    assert runs == 5


async def test_inside_a_transaction_nothing_is_run_again(accounts: Database) -> None:
    runs = 0

    @retry_on_conflict(times=4, delay=0)
    async def conflict() -> None:
        nonlocal runs
        runs += 1
        raise TransactionConflict("all of it is lost")

    with pytest.raises(TransactionConflict):
        async with chakra.transaction():
            await conflict()
    assert runs == 1


@pytest.mark.parametrize("options", [{"times": 0}, {"times": -1}, {"delay": -0.1}])
def test_what_cannot_be_meant(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        retry_on_conflict(**options)  # type: ignore[call-overload]
