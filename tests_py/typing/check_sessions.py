"""What type checkers know of sessions; `make lint` runs mypy over it."""

from __future__ import annotations

from typing_extensions import assert_type

from chakra import Field, Integer, IsolationLevel, Model, Session, String


class Vase(Model):
    id = Field(Integer, primary_key=True)
    name = Field(String(40))


async def asynchronous() -> None:
    async with Session(autoflush=False) as session:
        vase = await session.get(Vase, 1)
        assert_type(vase, Vase | None)
        assert_type(await session.get(Vase, 1, for_update=True), Vase | None)
        assert_type(await session.merge(Vase(name="a")), Vase)
        session.add(Vase(name="a"))
        session.add_all([Vase(name="a")])
        async with session.begin(isolation_level=IsolationLevel.SERIALIZABLE) as begun:
            assert_type(begun, Session)
        async with session.begin_nested() as savepoint:
            await savepoint.rollback()
        assert_type(await session.execute("delete from vases"), int)
        session.add("a vase")  # type: ignore[arg-type]
        session.get(str, 1)  # type: ignore[type-var]


def blocking() -> None:
    with Session() as session:
        assert_type(session.get_sync(Vase, 1), Vase | None)
        assert_type(session.merge_sync(Vase(name="a")), Vase)
        session.commit_sync()
