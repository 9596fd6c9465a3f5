"""Rows find those they belong to whatever the type of the key; and what making many objects leaves as it was."""

from __future__ import annotations

import datetime
import decimal
import gc
import uuid
from typing import Any

import pytest

from chakra import (
    UUID,
    BigInteger,
    Binary,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Field,
    ForeignKey,
    Integer,
    Model,
    OneToMany,
    SmallInteger,
    String,
)
from conftest import Database
from models import table

UTC = datetime.timezone.utc
KEYS: dict[str, tuple[Any, tuple[Any, Any, Any]]] = {
    "small": (SmallInteger, (-1, 0, 1)),
    "big": (BigInteger, (-(2**63), 2**63 - 1, 7)),
    "decimal": (Decimal(8, 3), (decimal.Decimal("1.500"), decimal.Decimal("-1.5"), decimal.Decimal("10"))),
    "text": (String(20), ("a", "A", "ä 🙂")),
    "spaces": (String(20), ("a", "a ", "")),
    "bytes": (Binary(4), (b"\0\1", b"\0\1\0", b"")),
    "uuid": (UUID, (uuid.UUID(int=1), uuid.UUID(int=2**128 - 1), uuid.UUID(int=0))),
    "date": (Date, (datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date(9999, 12, 31))),
    "instant": (
        DateTime,
        tuple(datetime.datetime(2024, 1, 1, 0, 0, 0, micros, tzinfo=UTC) for micros in (0, 1, 999_999)),
    ),
    "truth": (Boolean, (True, False, True)),
}


def _model(name: str, tablename: str, **declared: Any) -> type[Model]:
    return type(name, (Model,), {"__module__": __name__, "__tablename__": tablename, **declared})


def _models(name: str) -> tuple[type[Model], type[Model]]:
    kind, volume = KEYS[name][0], f"KeyedVolume_{name}"
    options = {"auto_increment": False} if name in {"small", "big"} else {}
    shelves = table(f"keyed_shelves_{name}")
    shelf_model = _model(
        f"KeyedShelf_{name}",
        shelves,
        key=Field(kind, primary_key=True, **options),
        volumes=OneToMany(f"{__name__}.{volume}", back_populates="shelf"),
    )
    volume_model = _model(
        volume,
        table(f"keyed_volumes_{name}"),
        id=Field(Integer, primary_key=True),
        shelf_key=Field(kind, ForeignKey(f"{shelves}.key"), nullable=True),
        shelf=ForeignKey(shelf_model, back_populates="volumes", foreign_key="shelf_key"),
    )
    return shelf_model, volume_model


MODELS = {name: _models(name) for name in KEYS}


@pytest.mark.parametrize("name", KEYS)
async def test_rows_find_those_they_belong_to(db: Database, run: Any, name: str) -> None:
    shelf_model, volume_model = MODELS[name]
    db.create(shelf_model, volume_model)
    first, second, last = KEYS[name][1]
    shelves = dict.fromkeys((first, second, last))
    await run(shelf_model.objects.bulk_create, [shelf_model(key=key) for key in shelves])
    rows = [(1, first), (2, second), (3, first), (4, None)]
    await run(volume_model.objects.bulk_create, [volume_model(id=key, shelf_key=of) for key, of in rows])
    wanted = {key: [row for row, of in rows if of == key] for key in shelves}

    loaded = await run(shelf_model.objects.prefetch_related("volumes").all)
    assert {shelf.key: sorted(volume.id for volume in shelf.volumes) for shelf in loaded} == wanted
    assert all(volume.shelf is shelf for shelf in loaded for volume in shelf.volumes)

    for query in (volume_model.objects.select_related("shelf"), volume_model.objects.prefetch_related("shelf")):
        volumes = await run(query.order_by("id").all)
        assert [volume.shelf and volume.shelf.key for volume in volumes] == [of for _, of in rows]
        assert volumes[0].shelf is volumes[2].shelf  # one row is one object


@pytest.mark.parametrize("name", KEYS)
async def test_siblings_find_those_they_belong_to(db: Database, name: str) -> None:
    shelf_model, volume_model = MODELS[name]
    db.create(shelf_model, volume_model)
    first, second, _ = KEYS[name][1]
    await shelf_model.objects.bulk_create([shelf_model(key=key) for key in (first, second)])
    await volume_model.objects.bulk_create([volume_model(id=1, shelf_key=second), volume_model(id=2, shelf_key=first)])
    shelves = {shelf.key: shelf for shelf in await shelf_model.objects.all()}
    await shelves[first].volumes
    assert [volume.id for volume in shelves[second].volumes] == [1]
    one, two = await volume_model.objects.order_by("id")
    assert ((await one.shelf).key, (await two.shelf).key) == (second, first)


async def test_siblings_go_in_any_order(db: Database) -> None:
    shelf_model, volume_model = MODELS["small"]
    db.create(shelf_model, volume_model)
    await shelf_model.objects.bulk_create([shelf_model(key=key) for key in range(100)])
    await volume_model.objects.bulk_create([volume_model(id=1 + key, shelf_key=key) for key in range(100)])
    shelves = await shelf_model.objects.order_by("key")
    cycle: list[Any] = [shelves[50]]
    cycle.append(cycle)
    del cycle, shelves[50], shelves[::2]
    gc.collect()
    assert len(await shelves[-1].volumes) == 1
    assert all(len(shelf.volumes) == 1 for shelf in shelves)
    survivor = shelves[10]
    del shelves
    gc.collect()
    assert (await survivor.volumes[0].shelf) is survivor


@pytest.mark.parametrize("runs", [True, False])
async def test_the_collector_of_garbage_is_as_it_was(db: Database, run: Any, runs: bool) -> None:
    shelf_model, volume_model = MODELS["text"]
    db.create(shelf_model, volume_model)
    await run(shelf_model.objects.create, key="a")
    before = gc.isenabled()
    (gc.enable if runs else gc.disable)()
    try:
        await run(shelf_model.objects.prefetch_related("volumes").all)
        assert gc.isenabled() is runs
    finally:
        (gc.enable if before else gc.disable)()
