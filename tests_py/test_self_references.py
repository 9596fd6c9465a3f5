"""Rows that are related to rows of their own table: by one key, by several fields, by a junction; to one, to many."""

from __future__ import annotations

from typing import Any

import pytest

from chakra import (
    BigInteger,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    ManyToMany,
    Model,
    OneToMany,
    OneToOne,
    String,
    UniqueConstraint,
)
from chakra.exceptions import NotLoadedError, UniqueViolation
from chakra.testing import assert_num_queries
from conftest import Database
from models import table


class SelfPerson(Model):
    """One to one, the key called after its end; the other end follows it back."""

    __tablename__ = table("self_people")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    mentor_id = Field(BigInteger, ForeignKey(f"{table('self_people')}.id"), unique=True, nullable=True)
    mentor: OneToOne[Any] = OneToOne("SelfPerson", back_populates="pupil")
    pupil: OneToOne[Any] = OneToOne("SelfPerson", back_populates="mentor")


class SelfRunner(Model):
    """One to one, by a `ForeignKey` on one end; the other end stands first."""

    __tablename__ = table("self_runners")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    pupil: OneToOne[Any] = OneToOne("SelfRunner", back_populates="mentor")
    ahead_id = Field(BigInteger, ForeignKey(f"{table('self_runners')}.id"), unique=True, nullable=True)
    mentor: ForeignKey[Any] = ForeignKey("SelfRunner", back_populates="pupil", foreign_key="ahead_id")


class SelfWagon(Model):
    """One to one by a key of two fields, which the end that holds it names."""

    __tablename__ = table("self_wagons")
    __table_args__ = (
        ForeignKeyConstraint(
            ["front_train", "front_place"], [f"{table('self_wagons')}.{part}" for part in ("train", "place")]
        ),
        UniqueConstraint("front_train", "front_place"),
    )

    train = Field(Integer, primary_key=True)
    place = Field(Integer, primary_key=True)
    name = Field(String(20))
    front_train = Field(Integer, nullable=True)
    front_place = Field(Integer, nullable=True)
    pupil: OneToOne[Any] = OneToOne("SelfWagon", back_populates="mentor")
    mentor: OneToOne[Any] = OneToOne("SelfWagon", back_populates="pupil", foreign_key=["front_train", "front_place"])


ONE_TO_ONE = [SelfPerson, SelfRunner, SelfWagon]


def key(kind: Any, number: int) -> dict[str, int]:
    """A primary key."""
    return {"train": 7, "place": number} if kind is SelfWagon else {"id": number}


async def chain(db: Database, kind: Any) -> list[Any]:
    """Ada, who has no mentor, of whom Bo is the pupil, of whom Cy is the pupil; Di alone."""
    db.create(kind)
    ada = await kind.objects.create(name="Ada", **key(kind, 1))
    bo = await kind.objects.create(name="Bo", mentor=ada, **key(kind, 2))
    cy = await kind.objects.create(name="Cy", mentor=bo, **key(kind, 3))
    return [ada, bo, cy, await kind.objects.create(name="Di", **key(kind, 4))]


def names(objects: Any) -> list[str | None]:
    return [each and each.name for each in objects]


@pytest.mark.parametrize("kind", ONE_TO_ONE)
async def test_one_to_one_of_a_model_with_itself_is_read_from_both_ends(db: Database, kind: Any) -> None:
    await chain(db, kind)
    query = kind.objects.order_by("name")
    with assert_num_queries(1):
        read = await query.select_related("mentor", "pupil")
        assert names(each.mentor for each in read) == [None, "Ada", "Bo", None]
        assert names(each.pupil for each in read) == ["Bo", "Cy", None, None]
        assert read[1].mentor.pupil is read[1]
    with assert_num_queries(3):
        read = await query.prefetch_related("mentor", "pupil")
        assert names(each.mentor for each in read) == [None, "Ada", "Bo", None]
        assert names(each.pupil for each in read) == ["Bo", "Cy", None, None]
        assert read[1].pupil.mentor is read[1]
    with assert_num_queries(3):
        read = await query.prefetch_related("mentor__mentor")
        assert names(each.mentor and each.mentor.mentor for each in read) == [None, None, "Ada", None]
    read = await query
    with assert_num_queries(1):
        assert names([await each.pupil for each in read]) == ["Bo", "Cy", None, None]
    with pytest.raises(NotLoadedError):
        read[2].mentor.name  # noqa: B018
    with assert_num_queries(1):
        assert names([await each.mentor for each in read[2:]]) == ["Bo", None]


@pytest.mark.parametrize("kind", ONE_TO_ONE)
async def test_one_to_one_of_a_model_with_itself_is_asked_from_both_ends(db: Database, kind: Any) -> None:
    ada, bo, _, _ = await chain(db, kind)

    async def found(**condition: Any) -> list[str | None]:
        return names(await kind.objects.filter(**condition).order_by("name"))

    assert await found(mentor=ada) == ["Bo"]
    assert await found(pupil=bo) == ["Ada"]
    assert await found(mentor__name="Bo") == ["Cy"]
    assert await found(pupil__name="Bo") == ["Ada"]
    assert await found(pupil__pupil__name="Cy") == ["Ada"]
    assert await found(mentor__mentor=ada) == ["Cy"]
    assert await found(mentor__isnull=True) == ["Ada", "Di"]
    assert await found(pupil__isnull=True) == ["Cy", "Di"]
    assert await found(pupil=None, mentor=None) == ["Di"]
    assert await found(pupil__in=[None, bo]) == ["Ada", "Cy", "Di"]
    assert names(await kind.objects.exclude(pupil__name="Bo").order_by("name")) == ["Bo", "Cy", "Di"]
    assert names(await kind.objects.order_by("-pupil__name", "name")) == ["Cy", "Di", "Bo", "Ada"]


@pytest.mark.parametrize("kind", ONE_TO_ONE)
async def test_both_ends_of_a_model_with_itself_are_kept_in_step(db: Database, run: Any, kind: Any) -> None:
    ada, bo, cy, di = await chain(db, kind)
    assert ada.pupil is bo
    assert bo.mentor is ada
    di.pupil = bo
    assert bo.mentor is di
    assert ada.pupil is None
    await run(bo.save)
    cy.mentor = ada
    assert ada.pupil is cy
    assert bo.pupil is None
    await run(cy.save)
    read = await kind.objects.select_related("mentor").order_by("name")
    assert names(each.mentor for each in read) == [None, "Di", "Ada", None]
    cy.mentor = None
    assert ada.pupil is None
    await run(cy.save)
    assert await kind.objects.filter(mentor__isnull=False).count() == 1
    fifth = kind(name="Ed", **key(kind, 5))
    fifth.mentor = di
    with pytest.raises(UniqueViolation):
        await run(fifth.save)


class SelfPart(Model):
    """Many to one and to many by a key of two fields."""

    __tablename__ = table("self_parts")
    __table_args__ = (
        ForeignKeyConstraint(
            ["shop", "whole_number"], [f"{table('self_parts')}.{part}" for part in ("shop", "number")]
        ),
    )

    shop = Field(Integer, primary_key=True)
    number = Field(Integer, primary_key=True)
    whole_number = Field(Integer, nullable=True)
    whole: ForeignKey[Any] = ForeignKey("SelfPart", back_populates="parts", foreign_key=["shop", "whole_number"])
    parts: OneToMany[Any] = OneToMany("SelfPart", back_populates="whole")
    fits: ManyToMany[Any] = ManyToMany("SelfPart", through=table("self_fits"), back_populates="fitted")
    fitted: ManyToMany[Any] = ManyToMany("SelfPart", through=table("self_fits"), back_populates="fits")


async def parts(db: Database) -> list[Any]:
    """Of two shops, in each a whole of two parts, one of which has a part of its own."""
    db.create(SelfPart)
    made = []
    for shop in (1, 2):
        for number, whole in ((1, None), (2, 1), (3, 1), (4, 2)):
            made.append(await SelfPart.objects.create(shop=shop, number=number, whole_number=whole))
    return made


async def test_a_key_of_several_fields_refers_to_its_own_table(db: Database) -> None:
    made = await parts(db)
    with assert_num_queries(3):
        read = await SelfPart.objects.prefetch_related("parts__parts").filter(whole=None).order_by("pk")
        shown = [[(part.pk, [deep.pk for deep in part.parts]) for part in whole.parts] for whole in read]
        assert shown == [[((shop, 2), [(shop, 4)]), ((shop, 3), [])] for shop in (1, 2)]
        assert read[0].parts[0].whole is read[0]
    with assert_num_queries(1):
        read = await SelfPart.objects.select_related("whole__whole").order_by("pk")
        assert [each.whole and each.whole.pk for each in read[4:]] == [None, (2, 1), (2, 1), (2, 2)]
        assert read[7].whole.whole.pk == (2, 1)
    with assert_num_queries(2):
        read = await SelfPart.objects.order_by("pk")
        assert [len(await each.parts) for each in read] == [2, 1, 0, 0] * 2
    assert await SelfPart.objects.filter(parts__number=4).count() == 2
    assert await SelfPart.objects.filter(whole=made[4]).count() == 2
    assert await SelfPart.objects.filter(whole__whole=(2, 1)).count() == 1
    assert await SelfPart.objects.exclude(parts__isnull=False).count() == 4


async def test_a_junction_of_several_fields_joins_its_own_table_both_ways(db: Database, run: Any) -> None:
    made = await parts(db)
    await run(made[0].fits.add, made[4], made[5])
    await run(made[4].fits.add, made[0])
    assert [each.pk for each in await run(made[0].fitted.all)] == [(2, 1)]
    read = await SelfPart.objects.prefetch_related("fits", "fitted").order_by("pk")
    assert [sorted(each.pk for each in part.fits) for part in read if part.fits] == [[(2, 1), (2, 2)], [(1, 1)]]
    assert [sorted(each.pk for each in part.fitted) for part in read if part.fitted] == [[(2, 1)], [(1, 1)], [(1, 1)]]
    assert [part.pk for part in await SelfPart.objects.filter(fitted=made[0]).order_by("pk")] == [(2, 1), (2, 2)]
    await run(made[0].fits.set, [made[5]])
    assert await SelfPart.objects.filter(fitted=made[0]).count() == 1
    assert await SelfPart.objects.filter(fits=made[0]).count() == 1
