"""A relationship's name where a field's may stand: in orders, values, updates, aggregates and typed conditions."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from blog import Author, Comment, Post, Profile, Tag, fill
from chakra import (
    BigInteger,
    Count,
    Enum,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Max,
    Min,
    Model,
    OneToMany,
    String,
    Sum,
)
from chakra.exceptions import FieldError, QueryError, ValidationError
from chakra.testing import assert_num_queries
from conftest import AsyncFace, BlockingFace, Database
from models import table

Run = AsyncFace | BlockingFace


class Mood(enum.Enum):
    CALM = "calm"
    WILD = "wild"


class Harbour(Model):
    """Ordered by its name, the greatest first, and of an enumeration."""

    __tablename__ = table("rel_harbours")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    mood = Field(Enum(Mood))
    ships = OneToMany("test_relationship_names.Ship", back_populates="harbour")

    class Meta:
        ordering = ["-name"]


class Ship(Model):
    __tablename__ = table("rel_ships")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    harbour = ForeignKey(Harbour, back_populates="ships", nullable=True, on_delete="SET NULL")


class Seat(Model):
    """Its key has two fields."""

    __tablename__ = table("rel_seats")

    row = Field(Integer, primary_key=True)
    place = Field(Integer, primary_key=True)


class Guest(Model):
    __tablename__ = table("rel_guests")
    __table_args__ = ForeignKeyConstraint(
        ["seat_row", "seat_place"], [table("rel_seats.row"), table("rel_seats.place")], on_delete="CASCADE"
    )

    id = Field(BigInteger, primary_key=True)
    seat_row = Field(Integer)
    seat_place = Field(Integer)
    seat = ForeignKey(Seat)


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


@pytest.fixture
def harbours(db: Database) -> Database:
    db.create(Harbour, Ship)
    rows = [("Aden", Mood.WILD), ("Bari", Mood.CALM), ("Cork", Mood.WILD)]
    Harbour.objects.bulk_create_sync([Harbour(name=name, mood=mood) for name, mood in rows])
    aden, bari, cork = Harbour.objects.order_by("name").all_sync()
    given: list[tuple[str, Harbour | None]] = [("r", bari), ("s", cork), ("t", None), ("u", aden), ("v", cork)]
    Ship.objects.bulk_create_sync([Ship(name=name, harbour=harbour) for name, harbour in given])
    return db


def names(ships: Any) -> str:
    return "".join(ship.name for ship in ships)


# Orders


async def test_ordered_by_what_is_related(harbours: Database, run: Run) -> None:
    """As the related model orders its rows; no related row is the greatest."""
    assert names(await Ship.objects.order_by("harbour", "name")) == "tsvru"
    assert names(await Ship.objects.order_by("-harbour", "name")) == "ursvt"
    assert names(await Ship.objects.order_by(Ship.harbour, "name")) == "tsvru"
    assert names(await Ship.objects.order_by("harbour__id", "name")) == "ursvt"


async def test_ordered_by_what_is_related_without_an_order_of_its_own(blog: Database) -> None:
    with assert_num_queries(1):
        posts = await Post.objects.order_by("-author", "-id")
    assert [post.title for post in posts] == ["b1", "a2", "a1"]
    posts = await Post.objects.order_by("editor", "id")
    assert [post.title for post in posts] == ["b1", "a2", "a1"]
    authors = await Author.objects.order_by("profile", "-id")
    assert [author.name for author in authors] == ["Ada", "Cy", "Bo"]
    seated = Guest.objects.order_by("-seat", "id")
    blog.create(Seat, Guest)
    seats = [Seat(row=row, place=place) for row, place in ((1, 2), (2, 1), (1, 1))]
    await Seat.objects.bulk_create(seats)
    await Guest.objects.bulk_create([Guest(seat=seat) for seat in seats])
    assert [(guest.seat_row, guest.seat_place) for guest in await seated] == [(2, 1), (1, 2), (1, 1)]


def test_what_cannot_be_ordered_by(blog: Database) -> None:
    with pytest.raises(FieldError, match=r"cannot be ordered by \"tags\": Post\.tags leads to many rows"):
        Post.objects.order_by("tags")
    with pytest.raises(FieldError, match=r"cannot be ordered by \"author__posts\": Author\.posts leads to many"):
        Post.objects.order_by("author__posts")
    with pytest.raises(FieldError, match=r"Post\.author is a relationship of Post, which the query is not about"):
        Comment.objects.order_by(Post.author)


# Values


async def test_values_of_what_is_related(blog: Database, run: Run) -> None:
    posts = Post.objects.order_by("id")
    with assert_num_queries(1):
        found = await posts.values("title", "author__name", "editor__name", "author_id")
    assert found == [
        {"title": "a1", "author__name": "Ada", "editor__name": None, "author_id": 1},
        {"title": "a2", "author__name": "Ada", "editor__name": "Bo", "author_id": 1},
        {"title": "b1", "author__name": "Bo", "editor__name": "Ada", "author_id": 2},
    ]
    assert await run(posts.values_list("author__name", flat=True).first) == "Ada"
    assert await posts.values_list("author__profile__bio", "id") == [("first", 1), ("first", 2), (None, 3)]
    named = await run(posts.values_list("author__name", "id", named=True).first)
    assert (named.author__name, named.id) == ("Ada", 1)
    comments = Comment.objects.order_by("id").values_list("parent__author__name", flat=True)
    assert await comments == [None, None, None, "Bo"]
    assert await Comment.objects.filter(parent__isnull=False).values("parent__text", "text") == [
        {"parent__text": "c1", "text": "c1-answer"}
    ]
    assert [row async for row in comments] == [None, None, None, "Bo"]
    assert comments.all_sync() == [None, None, None, "Bo"]
    assert await posts.values("author__name")[1:].first() == {"author__name": "Ada"}
    assert await run(comments.count) == 4


async def test_the_key_of_what_is_related_is_a_value(blog: Database) -> None:
    """Nothing is joined for it: it stands in the row itself."""
    posts = Post.objects.order_by("id")
    assert await posts.values("author", "editor") == [
        {"author": 1, "editor": None},
        {"author": 1, "editor": 2},
        {"author": 2, "editor": 1},
    ]
    assert await posts.values_list("author", flat=True).distinct().order_by("author_id") == [1, 2]
    assert await posts.values_list("editor__id", flat=True) == [None, 2, 1]
    assert await posts.values_list("editor__pk", "pk") == [(None, 1), (2, 2), (1, 3)]
    assert await posts.values(Post.author, Post.title)[:1] == [{"author": 1, "title": "a1"}]


async def test_values_of_enumerations_behind_relationships(harbours: Database) -> None:
    ships = Ship.objects.order_by("name")
    assert await ships.values_list("harbour__mood", flat=True) == [
        Mood.CALM,
        Mood.WILD,
        None,
        Mood.WILD,
        Mood.WILD,
    ]


def test_values_that_there_are_not(blog: Database) -> None:
    with pytest.raises(FieldError, match=r"Post.values: tags leads to many rows; .*prefetch_related"):
        Post.objects.values("tags__word")
    with pytest.raises(
        FieldError, match=r"Author has no field \"nam\"; did you mean \"name\""
    ):  # spellchecker:disable-line
        Post.objects.values("author__nam")  # spellchecker:disable-line
    with pytest.raises(FieldError, match=r"Author.profile is held by Profile\.author_id.*profile__id"):
        Author.objects.values("profile")
    with pytest.raises(FieldError, match=r"Guest\.seat has a key of several fields.*seat_row, seat_place"):
        Guest.objects.values("seat")
    with pytest.raises(QueryError, match=r"distinct values .* of its own fields"):
        Post.objects.values("author__name").distinct()
    with pytest.raises(QueryError, match=r"distinct values .* of its own fields"):
        Post.objects.distinct().values("author__name")
    with pytest.raises(TypeError, match=r"values takes names of fields, not int"):
        Post.objects.values(3)  # type: ignore[arg-type]


# Writing


async def test_update_to_an_object(blog: Database, run: Run) -> None:
    ada, cy = await Author.objects.get(name="Ada"), await Author.objects.get(name="Cy")
    assert await run(Post.objects.filter(author=ada).update, author=cy, editor=None) == 2
    assert await Post.objects.order_by("id").values_list("author_id", "editor_id") == [(3, None), (3, None), (2, 1)]


async def test_update_to_what_is_no_such_object(blog: Database) -> None:
    ada = await Author.objects.get(name="Ada")
    with pytest.raises(ValidationError, match=r"Post\.author: .*an object of Author or None, not of Tag"):
        await Post.objects.update(author=Tag(word="x"))
    with pytest.raises(ValidationError, match=r"Post\.author: .*a key is given to author_id"):
        await Post.objects.update(author=3)
    with pytest.raises(ValidationError, match=r"Post\.author: the Author has no key yet: save it first"):
        await Post.objects.update(author=Author(name="new"))
    with pytest.raises(ValidationError, match=r"Post\.author_id: .*None"):
        await Post.objects.update(author=None)
    with pytest.raises(QueryError, match=r"names author_id twice"):
        await Post.objects.update(author=ada, author_id=1)
    with pytest.raises(FieldError, match=r"Author.profile is held by Profile\.author_id.*Profile\.objects"):
        await Author.objects.update(profile=Profile(bio="x"))
    with pytest.raises(FieldError, match=r"Post\.tags leads to many rows.*post\.tags\.set"):
        await Post.objects.update(tags=[])
    assert await Post.objects.filter(author=ada).count() == 2


async def test_save_of_a_relationship_alone(blog: Database, run: Run) -> None:
    post = await Post.objects.get(title="a1")
    post.title, post.author = "other", await Author.objects.get(name="Cy")
    await run(post.save, update_fields=["author"])
    assert await Post.objects.values_list("title", "author_id").get(pk=post.pk) == ("a1", 3)
    await run(post.save)
    assert await Post.objects.values_list("title", "author_id").get(pk=post.pk) == ("other", 3)
    with pytest.raises(FieldError, match=r"Post\.tags leads to many rows"):
        await run(post.save, update_fields=["tags"])
    with pytest.raises(FieldError, match=r"Author.profile is held by Profile\.author_id"):
        await run(Author(name="x").save, update_fields=["profile"])


# Aggregates


async def test_aggregates_of_what_is_related(harbours: Database, run: Run) -> None:
    """Of the rows that the query is about, each with what it leads to."""
    found = await run(Ship.objects.aggregate, Max("harbour__name"), low=Min("harbour__mood"), known=Count("harbour"))
    assert found == {"harbour__name__max": "Cork", "low": Mood.CALM, "known": 4}
    ships = Ship.objects.filter(name__gt="s")
    assert await ships.aggregate(n=Count("harbour__name", distinct=True), ids=Sum(Ship.harbour)) == {"n": 2, "ids": 4}


def test_what_cannot_be_aggregated(blog: Database) -> None:
    with pytest.raises(FieldError, match=r"tags leads to many rows"):
        Post.objects.aggregate(Count("tags"))
    with pytest.raises(FieldError, match=r"Post\.author is a relationship of Post, which the query is not about"):
        Comment.objects.aggregate(Count(Post.author))


# Typed conditions


async def test_conditions_on_a_relationship_of_a_class(blog: Database, run: Run) -> None:
    ada, bo, cy = await Author.objects.order_by("name")
    posts = Post.objects.order_by("id")

    def titles(*conditions: Any) -> list[str]:
        return [post.title for post in posts.filter(*conditions).all_sync()]

    assert titles(Post.author == ada) == ["a1", "a2"]
    assert titles(Post.author != ada) == ["b1"]
    assert titles(Post.author == 2) == ["b1"]
    assert titles(Post.author.in_([bo, cy])) == ["b1"]
    assert titles(Post.author.not_in([bo, cy])) == ["a1", "a2"]
    assert titles(Post.editor == None) == ["a1"]  # noqa: E711 - a condition, not a comparison
    assert titles(Post.editor.is_null()) == ["a1"]
    assert titles(Post.editor.is_null(False)) == ["a2", "b1"]
    assert titles(~(Post.editor == bo) & (Post.author == ada)) == ["a1"]
    x, y = await Tag.objects.filter(word__in=["x", "y"]).order_by("word")
    assert titles((Post.tags == x) | (Post.tags == y)) == ["a1", "b1"]
    assert titles(Post.tags == x, Post.tags == y) == []
    assert [post.title for post in await posts.filter(Post.tags == x).filter(Post.tags == y)] == ["a1"]
    assert titles(Post.tags.is_null()) == ["a2"]
    assert await run(posts.filter(Post.author == ada).exists)


def test_conditions_that_mean_nothing(blog: Database) -> None:
    with pytest.raises(FieldError, match="a condition on Post cannot filter Comment"):
        Comment.objects.filter(Post.author == 1)
    with pytest.raises(ValidationError, match=r"an object of Author, not of Tag"):
        Post.author == Tag(id=1)  # noqa: B015
    with pytest.raises(AttributeError, match=r"author__name="):
        Post.author.name  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(TypeError, match="no truth value"):
        assert Post.author == 1
    assert repr(Post.author) == "<relationship Post.author>"
