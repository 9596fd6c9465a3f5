"""Junctions with a key of their own, in which one pair may stand twice: it counts once."""

from __future__ import annotations

from typing import Any

import pytest

from chakra import BigInteger, Field, ForeignKey, ManyToMany, Model, Prefetch, String
from conftest import Database
from models import table


class PairBand(Model):
    __tablename__ = table("pair_bands")

    id = Field(BigInteger, primary_key=True)
    players: ManyToMany[Any] = ManyToMany("PairPlayer", through=table("pair_gigs"), back_populates="bands")


class PairPlayer(Model):
    __tablename__ = table("pair_players")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(10))
    bands: ManyToMany[Any] = ManyToMany(PairBand, through=table("pair_gigs"), back_populates="players")


class PairGig(Model):
    """One row for each evening."""

    __tablename__ = table("pair_gigs")

    id = Field(BigInteger, primary_key=True)
    band_id = Field(BigInteger, ForeignKey(f"{table('pair_bands')}.id"))
    player_id = Field(BigInteger, ForeignKey(f"{table('pair_players')}.id"), nullable=True)


@pytest.fixture
def evenings(db: Database) -> Database:
    """The first band played thrice with Ada, twice with Bo, once with Cy and once with nobody; the second with Bo."""
    db.create(PairBand, PairPlayer, PairGig)
    PairBand.objects.bulk_create_sync([PairBand(), PairBand()])
    PairPlayer.objects.bulk_create_sync([PairPlayer(name=name) for name in ("Ada", "Bo", "Cy")])
    pairs = ((1, None), (1, 1), (1, 2), (1, 1), (1, 3), (1, 2), (1, 1), (2, 2), (2, None))
    PairGig.objects.bulk_create_sync([PairGig(band_id=band, player_id=player) for band, player in pairs])
    return db


@pytest.mark.parametrize(
    ("order", "cut", "expected"),
    [
        ("name", slice(2), [["Ada", "Bo"], ["Bo"]]),
        ("-name", slice(2), [["Cy", "Bo"], ["Bo"]]),
        ("name", slice(1, 3), [["Bo", "Cy"], []]),
        ("name", slice(2, 5), [["Cy"], []]),
        (None, slice(3), [["Ada", "Bo", "Cy"], ["Bo"]]),
    ],
)
async def test_a_slice_for_each_parent_counts_a_pair_once(
    evenings: Database, order: str | None, cut: slice, expected: list[list[str]]
) -> None:
    players = PairPlayer.objects.order_by(order) if order else PairPlayer.objects
    bands = await PairBand.objects.order_by("id").prefetch_related(Prefetch("players", queryset=players[cut]))
    found = [[player.name for player in band.players] for band in bands]
    assert (found if order else [sorted(names) for names in found]) == expected


async def test_a_pair_is_one_member(evenings: Database, run: Any) -> None:
    band = await run(PairBand.objects.get, id=1)
    assert sorted(player.name for player in await band.players) == ["Ada", "Bo", "Cy"]
    assert await run(band.players.count) == 3
    assert await PairBand.objects.filter(players__name="Ada").count() == 1
