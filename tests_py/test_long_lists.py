"""Long lists of keys: what they find, and that the time they take grows with the list, not with list times table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from chakra import BigInteger, Field, ForeignKey, Integer, Model, String
from conftest import Database
from models import table

ROWS = 20_000
#: Comparing each row with each key takes far longer on any machine; one look at each, well under a second.
MOST_SECONDS = 8.0


class Parcel(Model):
    __tablename__ = table("long_list_parcels")

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    code = Field(String(20), unique=True)
    depot = Field(Integer)


class Shelf(Model):
    """Few depots, many numbers: of no use to an index on the depot alone."""

    __tablename__ = table("long_list_shelves")

    depot = Field(Integer, primary_key=True)
    number = Field(BigInteger, primary_key=True)
    label = Field(String(20))


class Box(Model):
    __tablename__ = table("long_list_boxes")

    id = Field(BigInteger, primary_key=True, auto_increment=False)
    shelf_depot = Field(Integer, nullable=True)
    shelf_number = Field(BigInteger, nullable=True)
    shelf = ForeignKey(Shelf, foreign_key=["shelf_depot", "shelf_number"])


@contextmanager
def quick() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < MOST_SECONDS


def fill(db: Database) -> None:
    db.create(Parcel)
    parcels = [Parcel(id=n, code=f"c{n}", depot=1) for n in range(ROWS)]
    Parcel.objects.bulk_create_sync(parcels)


def test_updates_and_deletes_by_a_long_list(db: Database) -> None:
    fill(db)
    even = list(range(0, 2 * ROWS, 2))
    with quick():
        assert Parcel.objects.filter(id__in=even + even).update_sync(depot=2) == ROWS // 2
    with quick():
        codes = [f"c{n}" for n in even]
        assert Parcel.objects.filter(code__in=codes, depot=2).update_sync(depot=3) == ROWS // 2
    assert Parcel.objects.filter(depot=3).count_sync() == ROWS // 2
    with quick():
        assert Parcel.objects.filter(id__in=range(ROWS, 2 * ROWS)).delete_sync() == 0
        assert Parcel.objects.filter(id__in=even[: ROWS // 4]).delete_sync() == ROWS // 4
    assert Parcel.objects.count_sync() == ROWS - ROWS // 4
    assert Parcel.objects.filter(id__in=[1, 1, 2]).delete_sync() == 1


def test_texts_that_no_index_finds(db: Database) -> None:
    """Each of the rows is compared with a list of texts: by a lookup, not one by one."""
    db.create(Shelf)
    Shelf.objects.bulk_create_sync([Shelf(depot=n % 2, number=n, label=f"s{n}") for n in range(ROWS)])
    labels = [f"s{n}" for n in range(0, 4_000, 2)]
    with quick():
        assert Shelf.objects.filter(label__in=labels).count_sync() == 2_000
        assert Shelf.objects.exclude(label__in=labels).count_sync() == ROWS - 2_000
        assert Shelf.objects.filter(label__not_in=[*labels, "none", "o'clock", "\\"]).count_sync() == ROWS - 2_000
        assert Shelf.objects.exclude(label__in=labels * 5).count_sync() == ROWS - 2_000


def test_long_lists_of_keys_of_two_fields(db: Database) -> None:
    db.create(Shelf)
    Shelf.objects.bulk_create_sync([Shelf(depot=n % 2, number=n, label=f"s{n}") for n in range(ROWS)])
    present = [(0, n) for n in range(0, ROWS, 4)]
    keys = present + present + [(0, n) for n in range(1, ROWS, 2)]
    with quick():
        assert Shelf.objects.filter(pk__in=keys).count_sync() == ROWS // 4
        assert Shelf.objects.filter(depot=0, pk__in=keys).count_sync() == ROWS // 4
    with quick():
        assert Shelf.objects.filter(pk__not_in=keys).count_sync() == ROWS - ROWS // 4
        assert Shelf.objects.filter(pk__not_in=keys, depot=0).count_sync() == ROWS // 4
    with quick():
        assert Shelf.objects.filter(pk__in=keys).update_sync(label="x") == ROWS // 4
        assert Shelf.objects.filter(pk__in=keys[:ROWS]).delete_sync() == ROWS // 4
    assert Shelf.objects.filter(label="x").count_sync() == 0


def test_long_lists_of_related_objects(db: Database) -> None:
    db.create(Shelf, Box)
    Shelf.objects.bulk_create_sync([Shelf(depot=n % 2, number=n, label="s") for n in range(4000)])
    boxes = [Box(id=n, shelf_depot=n % 2, shelf_number=n) for n in range(4000)]
    Box.objects.bulk_create_sync([*boxes, Box(id=4000)])
    shelves = list(Shelf.objects.filter(number__lt=2000).all_sync())
    keys = [(shelf.depot, shelf.number) for shelf in shelves]
    with quick():
        for among in (shelves, keys, [*shelves, *keys]):
            assert Box.objects.filter(shelf__in=among).count_sync() == 2000
            assert Box.objects.filter(shelf__in=[*among, None]).count_sync() == 2001
            assert Box.objects.filter(shelf__not_in=among).count_sync() == 2001
            assert Box.objects.exclude(shelf__in=among).count_sync() == 2001
    assert Box.objects.filter(shelf__in=shelves[:2]).delete_sync() == 2
