"""Tables that refer to each other in a circle, and to themselves: made and dropped, whatever rows they hold."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import chakra
from chakra import Field, ForeignKey, ForeignKeyConstraint, Integer, Model, String
from chakra.exceptions import DatabaseError, ForeignKeyViolation
from conftest import AsyncFace, BlockingFace, Database
from models import table

Run = AsyncFace | BlockingFace
NUMBERS = itertools.count()


def model(name: str, place: str, body: dict[str, Any]) -> type[Model]:
    namespace = {"__module__": f"{__name__}.{place}", "__qualname__": name, "__tablename__": place}
    return type(Model)(name, (Model,), {**namespace, "id": Field(Integer, primary_key=True), **body})


def ring(length: int, action: str, *, nullable: bool) -> list[type[Model]]:
    """So many models, each of which refers to the next, the last to the first."""
    number = next(NUMBERS)
    places = [table(f"ring_{number}_{at}") for at in range(length)]
    return [
        model(
            f"Ring{at}",
            places[at],
            {
                "next_id": Field(
                    Integer, ForeignKey(f"{places[(at + 1) % length]}.id", on_delete=action), nullable=nullable
                )
            },
        )
        for at in range(length)
    ]


def fill(models: list[type[Model]]) -> None:
    """Rows that hold on to each other all the way round."""
    for at in reversed(range(len(models))):
        for key in (1, 2):
            models[at].objects.create_sync(id=key, next_id=None if at == len(models) - 1 else key)
    models[-1].objects.filter(id=1).update_sync(next_id=2)
    models[-1].objects.filter(id=2).update_sync(next_id=1)


@pytest.mark.parametrize("action", ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_with_rows_is_dropped(db: Database, length: int, action: str) -> None:
    models = ring(length, action, nullable=True)
    for made in (models, list(reversed(models))):
        db.create(*made)
        db.create(*made)
        fill(models)
        chakra.drop_all_sync(models=made)
        for one in models:
            with pytest.raises(DatabaseError, match=one.__tablename__):  # type: ignore[attr-defined]
                one.objects.count_sync()
        chakra.drop_all_sync(models=made)


def test_a_circle_that_may_not_be_null_is_dropped(db: Database) -> None:
    models = ring(2, "NO ACTION", nullable=False)
    db.create(*models)
    for one in models:
        with pytest.raises(ForeignKeyViolation):
            one.objects.create_sync(id=1, next_id=1)
    chakra.drop_all_sync(models=models)


def test_two_circles_and_what_hangs_on_them(db: Database) -> None:
    first, second = ring(2, "RESTRICT", nullable=True), ring(3, "NO ACTION", nullable=True)
    bridge = model(
        "Bridge",
        table("ring_bridge"),
        {
            "left_id": Field(Integer, ForeignKey(f"{first[0].__tablename__}.id")),  # type: ignore[attr-defined]
            "right_id": Field(Integer, ForeignKey(f"{second[1].__tablename__}.id")),  # type: ignore[attr-defined]
        },
    )
    models = [second[2], bridge, first[1], second[0], first[0], second[1]]
    db.create(*models)
    fill(first)
    fill(second)
    bridge.objects.create_sync(left_id=1, right_id=2)
    chakra.drop_all_sync(models=models)
    db.create(*models)
    assert bridge.objects.count_sync() == 0


def test_what_others_still_refer_to_is_not_dropped(db: Database) -> None:
    models = ring(2, "NO ACTION", nullable=True)
    guest = model(
        "Guest", table("ring_guest"), {"host_id": Field(Integer, ForeignKey(f"{models[0].__tablename__}.id"))}
    )  # type: ignore[attr-defined]
    db.create(*models, guest)
    fill(models)
    guest.objects.create_sync(host_id=1)
    with pytest.raises(DatabaseError):
        chakra.drop_all_sync(models=models)
    assert guest.objects.count_sync() == 1
    chakra.drop_all_sync(models=[guest, *models])


def test_a_circle_of_composite_keys(db: Database) -> None:
    number = next(NUMBERS)
    left, right = table(f"ring_{number}_left"), table(f"ring_{number}_right")

    def half(name: str, place: str, other: str) -> type[Model]:
        body = {
            "part": Field(Integer, primary_key=True),
            "other_id": Field(Integer, nullable=True),
            "other_part": Field(Integer, nullable=True),
            "__table_args__": ForeignKeyConstraint(["other_id", "other_part"], [f"{other}.id", f"{other}.part"]),
        }
        return model(name, place, body)

    models = [half("Left", left, right), half("Right", right, left)]
    db.create(*models)
    for one in models:
        one.objects.create_sync(id=1, part=2)
    for one in models:
        one.objects.update_sync(other_id=1, other_part=2)
    chakra.drop_all_sync(models=models)
    db.create(*reversed(models))
    assert models[0].objects.count_sync() == 0


class Stage(Model):
    """Refers to the one before it, by a key that the program gives; the database makes its other number."""

    __tablename__ = table("circle_stages")

    code = Field(String(10), primary_key=True)
    note = Field(String(10), server_default="'new'")
    before = ForeignKey("test_circles.Stage", nullable=True)


@pytest.mark.parametrize("batch_size", [None, 2, 1])
async def test_rows_of_one_bulk_refer_to_later_ones(db: Database, run: Run, batch_size: int | None) -> None:
    db.create(Stage)
    before = {"a": "d", "b": None, "c": "c", "d": "e", "e": "b", "f": "a"}
    stages = [Stage(code=code, before_id=other) for code, other in before.items()]
    stages[1].note = "own"
    await run(Stage.objects.bulk_create, stages[2:3])
    rest = [stage for stage in stages if stage.code != "c"]
    assert await run(Stage.objects.bulk_create, rest, batch_size=batch_size) == rest
    assert dict(await Stage.objects.values_list("code", "before")) == before
    assert [stage.note for stage in rest] == ["new", "own", "new", "new", "new"]


@pytest.mark.parametrize("batch_size", [None, 1])
async def test_rows_that_give_other_fields_refer_to_each_other(db: Database, run: Run, batch_size: int | None) -> None:
    """Rows that leave a field to the database are inserted by another statement than those that do not."""
    db.create(Stage)
    before = {"a": "b", "b": "c", "c": "d", "d": "e", "e": None}
    stages = [Stage(code=code, before_id=other) for code, other in before.items()]
    stages[0].note = stages[2].note = "own"
    assert await run(Stage.objects.bulk_create, stages, batch_size=batch_size) == stages
    assert dict(await Stage.objects.values_list("code", "before")) == before
    assert [stage.note for stage in stages] == ["own", "new", "own", "new", "new"]


async def test_a_long_chain_in_one_bulk(db: Database) -> None:
    db.create(Stage)
    last = 3_000
    await Stage.objects.bulk_create(
        [Stage(code=str(number), before_id=str(number + 1) if number < last else None) for number in range(last + 1)]
    )
    assert await Stage.objects.filter(before__isnull=False).count() == last
