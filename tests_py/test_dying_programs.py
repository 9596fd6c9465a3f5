"""Programs that are killed, and files that cannot grow: what was committed is there, whole, and nothing else."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

import chakra
from chakra import Field, Integer, Model, String
from conftest import Database
from models import table
from programs import start

ACCOUNTS = 5
EACH = 1_000


class Purse(Model):
    __tablename__ = table("dying_purses")
    id = Field(Integer, primary_key=True)
    cents = Field(Integer)


class Receipt(Model):
    __tablename__ = table("dying_receipts")
    id = Field(Integer, primary_key=True)
    text = Field(String(2000))


PROGRAM = """
import asyncio, random, sys
import chakra
from chakra import IsolationLevel, retry_on_conflict
from test_dying_programs import ACCOUNTS, Purse, Receipt

@retry_on_conflict(times=1000)
@chakra.transaction(isolation_level=IsolationLevel.SERIALIZABLE)
async def move():
    source, target = random.sample(range(1, ACCOUNTS + 1), 2)
    cents = random.randint(1, 9)
    giving, taking = await Purse.objects.get(id=source), await Purse.objects.get(id=target)
    giving.cents -= cents
    taking.cents += cents
    await giving.save()
    await Receipt.objects.create(text=f"{cents}")
    await taking.save()

async def busy():
    while True:
        await move()
        print("moved", flush=True)

async def main():
    await chakra.connect(sys.argv[1], max_connections=4)
    await asyncio.gather(*(busy() for _ in range(4)))

asyncio.run(main())
"""


def test_the_books_balance_after_a_kill(db: Database) -> None:
    db.create(Purse, Receipt)
    Purse.objects.bulk_create_sync([Purse(id=number, cents=EACH) for number in range(1, ACCOUNTS + 1)])
    acknowledged = 0
    for round_ in range(3):
        program = start(PROGRAM, db.url)
        assert program.stdout is not None
        for _ in range(20 + round_):
            line = program.stdout.readline()
            if not line:
                pytest.fail(program.communicate()[1])
            acknowledged += 1
        program.send_signal(signal.SIGKILL)
        acknowledged += program.communicate()[0].count("moved")
        assert sum(purse.cents for purse in Purse.objects.all_sync()) == ACCOUNTS * EACH
        # Each receipt came with its money: those told of, and at most those that were on their way.
        assert acknowledged <= Receipt.objects.count_sync() <= acknowledged + 4 * (round_ + 1)
    # What the dead held is free: this writes all rows.
    assert Purse.objects.update_sync(cents=EACH) == ACCOUNTS


FULL = """
import resource, sys
import chakra
from chakra.exceptions import OperationalError
from test_dying_programs import Receipt

chakra.connect_sync(sys.argv[1])
limit = 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
kept = 0
try:
    while kept < 10_000:
        with chakra.transaction():
            Receipt.objects.create_sync(text="x" * 1500)
            Receipt.objects.create_sync(text="y" * 1500)
        kept += 2
except OperationalError as error:
    print(kept, Receipt.objects.count_sync(), type(error).__name__)
    try:
        Receipt.objects.create_sync(text="z" * 1500)
    except OperationalError:
        print("still full")
    print(Receipt.objects.count_sync())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are of Unix")
def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/full.db"
    pool = chakra.connect_sync(url)
    chakra.create_all_sync(models=[Receipt])
    pool.close_sync()
    program = start(FULL, url)
    out, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    kept, counted, error, *rest = out.split()
    assert int(kept) > 10
    assert (kept, error, rest) == (counted, "OperationalError", ["still", "full", kept])
    pool = chakra.connect_sync(url)
    assert Receipt.objects.count_sync() == int(kept)
    Receipt.objects.create_sync(text="there is room again")
    pool.close_sync()
