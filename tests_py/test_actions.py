"""What becomes of rows whose parent is deleted, or gets another key: every action, at work on every database."""

from __future__ import annotations

from typing import Any

import pytest

from chakra import BigInteger, Field, ForeignKey, Model, OneToMany, check_models, create_all_sync, transaction
from chakra.exceptions import DefinitionError, ForeignKeyViolation
from conftest import Database
from models import table

ACTIONS = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT")


class ActionOwner(Model):
    __tablename__ = table("action_owners")

    id = Field(BigInteger, primary_key=True, auto_increment=False)


def owned(which: str, action: str) -> Any:
    """A model whose rows refer to owners, with an action on delete or on update; by default to owner 1."""
    name = f"{which}_{action}".lower().replace(" ", "_")
    key: Any = ForeignKey(f"{table('action_owners')}.id", **{which: action})  # type: ignore[call-overload]
    body = {
        "__module__": __name__,
        "__tablename__": table(f"action_{name}"),
        "id": Field(BigInteger, primary_key=True),
        "owner_id": Field(BigInteger, key, nullable=True, server_default="1"),
        "owner": ForeignKey(ActionOwner),
    }
    return type(Model)("Action" + name.title().replace("_", ""), (Model,), body)


OWNED = {which: {action: owned(which, action) for action in ACTIONS} for which in ("on_delete", "on_update")}

#: What rows of owner 2 hold after it was deleted; after it became owner 3. Elsewhere the database refuses.
LEFT = {
    "on_delete": {"CASCADE": [1], "SET NULL": [1, None, None], "SET DEFAULT": [1, 1, 1]},
    "on_update": {"CASCADE": [1, 3, 3], "SET NULL": [1, None, None], "SET DEFAULT": [1, 1, 1]},
}


@pytest.fixture
async def rows(db: Database, request: pytest.FixtureRequest) -> Any:
    """The model of the action, with a row of owner 1 and two of owner 2."""
    which, action = request.getfixturevalue("which"), request.getfixturevalue("action")
    model = OWNED[which][action]
    if action == "SET DEFAULT" and db.backend == "mysql":
        with pytest.raises(DefinitionError, match=r"owner_id: MySQL's InnoDB refuses SET DEFAULT"):
            create_all_sync(models=[ActionOwner, model])
        assert db.rows(f"SHOW TABLES LIKE '{model.__tablename__}'") == []
        assert any("refuses SET DEFAULT" in fault.message for fault in check_models([model], dialect="mysql"))
        return None
    db.create(ActionOwner, model)
    await ActionOwner.objects.bulk_create([ActionOwner(id=1), ActionOwner(id=2)])
    await model.objects.bulk_create([model(owner_id=owner) for owner in (1, 2, 2)])
    return model


async def held(model: Any) -> list[int | None]:
    return [row.owner_id for row in await model.objects.order_by("id")]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("which", ["on_delete"])
async def test_a_parent_is_deleted(db: Database, run: Any, which: str, action: str, rows: Any) -> None:
    if rows is None:
        return
    owner = await ActionOwner.objects.get(id=2)
    if action not in LEFT[which]:
        with pytest.raises(ForeignKeyViolation) as raised:
            await run(owner.delete)
        assert raised.value.table in (rows.__tablename__, ActionOwner.__tablename__)
        with pytest.raises(ForeignKeyViolation):
            await run(ActionOwner.objects.delete)
        assert await held(rows) == [1, 2, 2]
        assert await ActionOwner.objects.count() == 2
        return
    await run(owner.delete)
    assert await held(rows) == LEFT[which][action]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("which", ["on_update"])
async def test_a_parent_gets_another_key(db: Database, run: Any, which: str, action: str, rows: Any) -> None:
    if rows is None:
        return
    change = ActionOwner.objects.filter(id=2)
    if action not in LEFT[which]:
        with pytest.raises(ForeignKeyViolation):
            await run(change.update, id=3)
        assert await held(rows) == [1, 2, 2]
        return
    assert await run(change.update, id=3) == 1
    assert await held(rows) == LEFT[which][action]


class ActionFolder(Model):
    __tablename__ = table("action_folders")

    id = Field(BigInteger, primary_key=True)
    inside: OneToMany[Any] = OneToMany("ActionFolder", back_populates="parent")
    parent: ForeignKey[Any] = ForeignKey("ActionFolder", back_populates="inside", on_delete="RESTRICT", nullable=True)


async def test_nothing_is_half_deleted(db: Database, run: Any) -> None:
    db.create(ActionFolder)
    root = await ActionFolder.objects.create()
    await run(root.inside.create)
    lonely = await ActionFolder.objects.create()
    with pytest.raises(ForeignKeyViolation):
        await run(ActionFolder.objects.filter(id__in=[root.id, lonely.id]).delete)
    assert await ActionFolder.objects.count() == 3

    @transaction()
    async def both() -> None:
        await lonely.delete()
        await root.delete()

    with pytest.raises(ForeignKeyViolation):
        await both()
    assert await ActionFolder.objects.count() == 3
    assert await root.inside.count() == 1
