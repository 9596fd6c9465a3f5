"""One statement a step, however many rows it starts from and whatever their key is made of."""

from __future__ import annotations

from typing import Any

import pytest

from chakra import BigInteger, Field, ForeignKey, ForeignKeyConstraint, Integer, ManyToMany, Model, OneToMany, String
from chakra.testing import assert_num_queries
from conftest import Database
from models import table


class StepDepot(Model):
    __tablename__ = table("step_depots")

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    crates: OneToMany[Any] = OneToMany("StepDepotCrate", back_populates="owner")


class StepDepotCrate(Model):
    __tablename__ = table("step_depot_crates")

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    owner: ForeignKey[Any] = ForeignKey(StepDepot, back_populates="crates", on_delete="CASCADE")


class StepLabel(Model):
    __tablename__ = table("step_labels")

    code = Field(String(20), primary_key=True)
    crates: OneToMany[Any] = OneToMany("StepLabelCrate", back_populates="owner")


class StepLabelCrate(Model):
    __tablename__ = table("step_label_crates")

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    owner: ForeignKey[Any] = ForeignKey(StepLabel, back_populates="crates", on_delete="CASCADE")


class StepShelf(Model):
    """Told by a text and a number."""

    __tablename__ = table("step_shelves")

    hall = Field(String(10), primary_key=True)
    number = Field(Integer, primary_key=True)
    crates: OneToMany[Any] = OneToMany("StepShelfCrate", back_populates="owner")
    twins: ManyToMany[Any] = ManyToMany("StepShelf", symmetrical=True, through=table("step_twins"))


class StepShelfCrate(Model):
    __tablename__ = table("step_shelf_crates")
    __table_args__ = (
        ForeignKeyConstraint(["hall", "number"], [f"{table('step_shelves')}.{part}" for part in ("hall", "number")]),
    )

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    hall = Field(String(10))
    number = Field(Integer)
    owner: ForeignKey[Any] = ForeignKey(StepShelf, back_populates="crates")


KINDS: dict[str, tuple[Any, Any, Any]] = {
    "number": (StepDepot, StepDepotCrate, lambda n: ({"id": n}, {"owner_id": n})),
    "text": (StepLabel, StepLabelCrate, lambda n: ({"code": f"é{n}"}, {"owner_id": f"é{n}"})),
    "both": (StepShelf, StepShelfCrate, lambda n: ({"hall": f"h{n % 7}", "number": n},) * 2),
}


@pytest.mark.parametrize("number", [1_001, 5_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_step_is_one_statement(db: Database, kind: str, number: int) -> None:
    parent, child, key = KINDS[kind]
    db.create(parent, child)
    await parent.objects.bulk_create([parent(**key(n)[0]) for n in range(number)])
    await child.objects.bulk_create([child(id=n, **key(n)[1]) for n in range(0, number, 2)])
    with assert_num_queries(2):
        parents = await parent.objects.prefetch_related("crates")
    assert len(parents) == number
    assert sum(len(each.crates) for each in parents) == (number + 1) // 2
    assert all(crate.owner is each for each in parents for crate in each.crates)
    with assert_num_queries(2):
        children = await child.objects.prefetch_related("owner")
    held = [{name: getattr(each.owner, name) for name in key(each.id)[0]} for each in children]
    assert held == [key(each.id)[0] for each in children]
    lazily = await parent.objects.all()
    with assert_num_queries(1):
        assert sum([len(await each.crates) for each in lazily]) == (number + 1) // 2
    lazily = await child.objects.all()
    with assert_num_queries(1):
        assert None not in [await each.owner for each in lazily]


async def test_more_keys_than_a_statement_has_parameters(db: Database) -> None:
    db.create(StepShelf, StepShelfCrate)
    keys = [{"hall": f"h{n % 7}", "number": n} for n in range(50_000)]
    await StepShelf.objects.bulk_create([StepShelf(**key) for key in keys])
    await StepShelfCrate.objects.bulk_create([StepShelfCrate(id=n, **keys[n]) for n in range(0, 50_000, 50)])
    with assert_num_queries(2):
        shelves = await StepShelf.objects.prefetch_related("crates")
    assert sum(len(shelf.crates) for shelf in shelves) == 1_000


async def test_a_junction_of_keys_of_two_fields_is_one_statement(db: Database) -> None:
    db.create(StepShelf)
    shelves = [StepShelf(hall=f"h{n % 7}", number=n) for n in range(3_000)]
    await StepShelf.objects.bulk_create(shelves)
    for one, other in zip(shelves[:40:2], shelves[1:40:2], strict=True):
        await one.twins.add(other)
    with assert_num_queries(2):
        read = await StepShelf.objects.prefetch_related("twins").order_by("number")
    assert [[twin.number for twin in shelf.twins] for shelf in read[:4]] == [[1], [0], [3], [2]]
    assert sum(len(shelf.twins) for shelf in read) == 40
