"""One pool that outlives the loops of the tests that use it, as pytest-asyncio makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

import chakra
from chakra import Field, Integer, Model
from conftest import BACKENDS, Database, open_database
from models import table


class Turn(Model):
    __tablename__ = table("loop_turns")
    id = Field(Integer, primary_key=True)


#: Kept, so that no loop takes the place of another.
LOOPS: list[asyncio.AbstractEventLoop] = []


@pytest.fixture(params=BACKENDS, scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(request.param, tmp_path_factory.mktemp("kept"))
    database.create(Turn)
    yield database
    database.close()


@pytest.mark.parametrize("number", range(4))
async def test_a_loop_for_each_test(kept: Database, number: int) -> None:
    loop = asyncio.get_running_loop()
    assert all(loop is not other for other in LOOPS)
    LOOPS.append(loop)
    async with chakra.transaction():
        await Turn.objects.create(id=number)
    found = await asyncio.gather(*(Turn.objects.get(id=number) for _ in range(8)))
    assert found == [Turn(id=number)] * 8
    assert await Turn.objects.count() == number + 1
