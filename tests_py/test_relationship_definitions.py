"""What a declaration of a relationship comes to, and what is wrong with those that mean nothing."""

from __future__ import annotations

import contextlib
import copy
import itertools
import pickle
import pydoc
from typing import Any

import pytest

from chakra import (
    UUID,
    BigInteger,
    Field,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    ManyToMany,
    Mapped,
    Model,
    OneToMany,
    OneToOne,
    String,
    check_models,
)
from chakra.exceptions import DefinitionError, ForeignKeyViolation
from conftest import Database
from models import table

NUMBERS = itertools.count()


def model(name: str, body: dict[str, Any]) -> Any:
    """A model of a table of its own."""
    key = {"id": Field(BigInteger, primary_key=True)}
    tablename = {"__tablename__": table(f"rel_def_{next(NUMBERS)}")}
    return type(Model)(name, (Model,), {"__module__": __name__} | tablename | key | body)


def told(*classes: Any) -> str:
    """What the first use of the first class raises."""
    with pytest.raises(DefinitionError) as raised:
        classes[0]()
    assert [fault.code for fault in check_models(classes)]
    return str(raised.value)


class RelDefEditor(Model):
    __tablename__ = table("rel_def_editors")
    id = Field(BigInteger, primary_key=True)


# Columns that relationships make


def test_a_relationship_makes_its_column() -> None:
    uuids = model("Uuids", {"id": Field(UUID, primary_key=True)})
    book = model("UuidBook", {"author": ForeignKey(uuids, on_delete="CASCADE", nullable=True)})
    assert book.__chakra_model__.fields == ["id", "author_id"]
    assert book.author_id is not None
    assert book().author_id is None
    assert "author_id" in book.__match_args__


class AnnotatedAuthor(Model):
    __tablename__ = table("rel_annotated_authors")

    id = Field(BigInteger, primary_key=True)


class AnnotatedBook(Model):
    """Tells type checkers of the column that its relationship makes."""

    __tablename__ = table("rel_annotated_books")

    id = Field(BigInteger, primary_key=True)
    author = ForeignKey(AnnotatedAuthor)
    author_id: Mapped[int]
    later = ForeignKey("test_relationship_definitions.AnnotatedLater", nullable=True)
    later_id: Mapped[int | None]


class AnnotatedLater(Model):
    __tablename__ = table("rel_annotated_laters")

    id = Field(BigInteger, primary_key=True)


def test_a_column_that_a_relationship_makes_may_be_annotated() -> None:
    assert [fault.message for fault in check_models([AnnotatedBook])] == []
    assert AnnotatedBook.__chakra_model__.fields == ["id", "author_id", "later_id"]
    book = AnnotatedBook(author_id=3)
    assert (book.author_id, book.later_id) == (3, None)


def test_a_column_of_the_relationships_name_is_its_own() -> None:
    author = model("PlainAuthor", {})
    book = model(
        "PlainBook",
        {
            "author_id": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id"), column="AuthorId"),
            "author": ForeignKey(author),
        },
    )
    assert book.__chakra_model__.fields == ["id", "author_id"]
    other = model(
        "OtherBook",
        {
            "writer": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id")),
            "author": ForeignKey(author),
        },
    )
    assert other.__chakra_model__.fields == ["id", "writer"]


def test_a_target_may_come_later() -> None:
    early = model("EarlyBook", {"author": ForeignKey("LateAuthor", back_populates="books")})
    late = model(
        "LateAuthor", {"id": Field(Integer, primary_key=True), "books": OneToMany("EarlyBook", back_populates="author")}
    )
    assert early.__chakra_model__.fields == ["id", "author_id"]
    assert early(author=late(id=3)).author_id == 3
    one = model("Circle1", {"other": ForeignKey("Circle2", nullable=True)})
    two = model("Circle2", {"other": ForeignKey("Circle1", nullable=True)})
    assert one(other=two(id=1)).other_id == 1
    assert two(other=one(id=2)).other_id == 2


@pytest.mark.parametrize(
    "judged", [lambda early: early(), lambda early: check_models([early]), lambda _: check_models()]
)
def test_a_target_may_come_after_a_use_that_was_refused(judged: Any) -> None:
    name = f"AfterUse{next(NUMBERS)}"
    early = model("UsedBook", {"author": ForeignKey(name), "editor": ForeignKey(RelDefEditor)})
    with contextlib.suppress(DefinitionError):
        judged(early)
    assert f'no model is called "{name}"' in told(early)
    late = model(name, {"id": Field(String(9), primary_key=True)})
    assert early.__chakra_model__.fields == ["id", "author_id", "editor_id"]
    assert early(author=late(id="x"), editor=RelDefEditor(id=1)).author_id == "x"
    assert check_models([early, late]) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"a": Field(int)}, "field-type"),
        ({"far": ForeignKey("NoSuchModelAtAll")}, "relationship-target"),
        ({"far": OneToMany("NoSuchModelAtAll", back_populates="x")}, "relationship-target"),
        ({"far": Field(Integer, ForeignKey("no_such_table_at_all.id"))}, "foreign-key-table"),
        ({"far": Field(Integer, ForeignKey(f"{RelDefEditor.__tablename__}.nope"))}, "foreign-key-column"),
    ],
)
def test_a_broken_model_breaks_those_that_reach_it_and_no_others(body: dict[str, Any], code: str) -> None:
    broken = model("ReachedBroken", body)
    by_relationship = model("ReachesByRelationship", {"one": ForeignKey(broken)})
    by_key = model("ReachesByKey", {"one_id": Field(BigInteger, ForeignKey(f"{broken.__tablename__}.id"))})
    from_afar = model("ReachesFromAfar", {"one": ForeignKey(by_key)})
    beside = model("ReachesNothing", {"editor": ForeignKey(RelDefEditor)})
    assert code in [fault.code for fault in check_models([broken])]
    told(broken)
    for reaching in (by_relationship, by_key, from_afar):
        assert f"leads to {__name__}.ReachedBroken, whose definition has mistakes" in told(reaching)
        assert {fault.code for fault in check_models([reaching])} == {"reaches-broken"}
    assert beside(editor=RelDefEditor(id=1)).editor_id == 1
    assert check_models([beside]) == []


class Shared:
    """A plain mixin with a relationship."""

    editor = ForeignKey("RelDefEditor", nullable=True)


class RelDefPaper(Shared, Model):
    __tablename__ = table("rel_def_papers")
    id = Field(BigInteger, primary_key=True)


class RelDefPoster(Shared, Model):
    __tablename__ = table("rel_def_posters")
    id = Field(BigInteger, primary_key=True)


def test_relationships_come_from_mixins(db: Database) -> None:
    db.create(RelDefEditor, RelDefPaper, RelDefPoster)
    editor = RelDefEditor.objects.create_sync()
    for made in (RelDefPaper, RelDefPoster):
        made.objects.create_sync(editor=editor)
        assert made.objects.select_related("editor").get_sync().editor == editor


# Keys of several columns, and actions


class RelDefSeat(Model):
    __tablename__ = table("rel_def_seats")
    row = Field(Integer, primary_key=True)
    place = Field(Integer, primary_key=True)
    tickets: OneToMany[Any] = OneToMany("RelDefTicket", back_populates="seat")
    guests: ManyToMany[Any] = ManyToMany("RelDefGuest", back_populates="seats")


class RelDefTicket(Model):
    __tablename__ = table("rel_def_tickets")
    id = Field(BigInteger, primary_key=True)
    row = Field(Integer, nullable=True)
    place = Field(Integer, nullable=True)
    seat = ForeignKey(RelDefSeat, back_populates="tickets")
    __table_args__ = (
        ForeignKeyConstraint(
            ["row", "place"], [f"{table('rel_def_seats')}.row", f"{table('rel_def_seats')}.place"], on_delete="CASCADE"
        ),
    )


class RelDefGuest(Model):
    __tablename__ = table("rel_def_guests")
    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    seats = ManyToMany(RelDefSeat, back_populates="guests")


async def test_keys_of_several_columns(db: Database, run: Any) -> None:
    db.create(RelDefSeat, RelDefTicket, RelDefGuest)
    for row in (1, 2):
        for place in (1, 2):
            await RelDefSeat.objects.create(row=row, place=place)
    seat = await RelDefSeat.objects.get(row=1, place=2)
    ticket = RelDefTicket(seat=seat)
    assert (ticket.row, ticket.place) == (1, 2)
    await run(ticket.save)
    await RelDefTicket.objects.create()
    seats = await RelDefSeat.objects.prefetch_related("tickets").order_by("row", "place")
    assert [len(seat.tickets) for seat in seats] == [0, 1, 0, 0]
    tickets = await RelDefTicket.objects.select_related("seat").order_by("id")
    assert [ticket.seat and ticket.seat.pk for ticket in tickets] == [(1, 2), None]
    assert await RelDefTicket.objects.filter(seat=seat).count() == 1
    assert await RelDefTicket.objects.filter(seat=(1, 2)).count() == 1
    assert await RelDefTicket.objects.filter(seat__isnull=True).count() == 1
    assert await RelDefSeat.objects.filter(tickets__isnull=False).count() == 1
    tickets = await RelDefTicket.objects.order_by("id")
    assert [await ticket.seat for ticket in tickets] == [seat, None]
    guest = await RelDefGuest.objects.create(name="Ada")
    await run(guest.seats.set, seats[:3])
    await run(guest.seats.remove, seats[0])
    guest = await RelDefGuest.objects.prefetch_related("seats").get()
    assert sorted(seat.pk for seat in guest.seats) == [(1, 2), (2, 1)]
    assert [len(seat.guests) for seat in await RelDefSeat.objects.prefetch_related("guests").order_by("pk")] == [
        0,
        1,
        1,
        0,
    ]
    await run(seat.delete)
    assert await RelDefTicket.objects.filter(row=1).count() == 0
    assert await run(guest.seats.count) == 1


ACTIONS = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION")


class RelDefOwner(Model):
    __tablename__ = table("rel_def_owners")
    id = Field(BigInteger, primary_key=True)


OWNED: dict[str, Any] = {
    action: type(Model)(
        f"RelDefOwned{action.title().replace(' ', '')}",
        (Model,),
        {
            "__module__": __name__,
            "__tablename__": table(f"rel_def_owned_{action.lower().replace(' ', '_')}"),
            "id": Field(BigInteger, primary_key=True),
            "owner": ForeignKey(RelDefOwner, on_delete=action, nullable=True),
        },
    )
    for action in ACTIONS
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_actions_are_honoured(db: Database, action: str) -> None:
    owned = OWNED[action]
    db.create(RelDefOwner, owned)
    owner = await RelDefOwner.objects.create()
    await owned.objects.create(owner=owner)
    if action in ("RESTRICT", "NO ACTION"):
        with pytest.raises(ForeignKeyViolation):
            await owner.delete()
        assert await owned.objects.filter(owner=owner).count() == 1
        return
    await owner.delete()
    left = await owned.objects.all()
    assert [one.owner_id for one in left] == ([None] if action == "SET NULL" else [])


# Mistakes


@pytest.fixture
def author() -> Any:
    return model("MistakenAuthor", {"name": Field(String(20))})


def test_an_unknown_target() -> None:
    message = told(model("Lonely", {"owner": ForeignKey("RelDefOwnr")}))
    assert 'no model is called "RelDefOwnr"' in message
    assert 'did you mean "RelDefOwner"' in message
    assert "test_relationship_definitions.py:" in message


def test_two_models_of_one_name() -> None:
    first, second = model("Twin", {}), model("Twin", {"__module__": "elsewhere"})
    user = model("TwinUser", {"twin": ForeignKey("Twin")})
    message = told(user)
    assert f"{__name__}.Twin" in message
    assert "elsewhere.Twin" in message
    fine = model("TwinChooser", {"twin": ForeignKey("elsewhere.Twin")})
    assert fine().twin_id is None
    assert first is not second


def test_no_foreign_key_between_the_two(author: Any) -> None:
    message = told(model("Keyless", {"authors": OneToMany(author)}))
    assert "no field of MistakenAuthor is a foreign key to Keyless" in message
    assert "ForeignKey(" in message


def test_several_foreign_keys(author: Any) -> None:
    key = ForeignKey(f"{author.__tablename__}.id")
    fields = {"author_id": Field(BigInteger, key), "editor_id": Field(BigInteger, key)}
    message = told(model("Ambiguous", fields | {"author": ForeignKey(author)}))
    assert "author_id and by editor_id" in message
    assert 'foreign_key="author_id"' in message
    assert model("Unambiguous", fields | {"author": ForeignKey(author, foreign_key="editor_id")})().author_id is None
    message = told(model("Misnamed", fields | {"author": ForeignKey(author, foreign_key="author_ids")}))
    assert 'did you mean "author_id"' in message


def test_back_populates_that_does_not_point_back() -> None:
    forward = ForeignKey("BackAuthor", back_populates="novels")
    book = model("BackBook", {"author": forward})
    author = model("BackAuthor", {"books": OneToMany("BackBook", back_populates="author")})
    message = told(book, author)
    assert 'BackAuthor has no relationship "novels"' in message
    assert "back_populates=" in message
    book = model("BackBook2", {"author": ForeignKey("BackAuthor2", back_populates="books")})
    author = model("BackAuthor2", {"books": OneToMany("BackBook2")})
    message = told(book)
    assert 'BackAuthor2.books does not say back_populates="author"' in message
    assert author is not None


def test_one_to_one_needs_a_unique_key(author: Any) -> None:
    fields = {"author_id": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id"))}
    message = told(model("NotOne", fields | {"author": OneToOne(author)}))
    assert "declare author_id with unique=True, or the relationship as a ForeignKey" in message


def test_a_junction_must_refer_to_both(author: Any) -> None:
    junction = model("HalfJunction", {"author_id": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id"))})
    message = told(model("HalfJoined", {"authors": ManyToMany(author, through=junction.__tablename__)}))
    assert "HalfJunction has 0 to HalfJoined and 1 to MistakenAuthor" in message


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (lambda: ForeignKey(3), "the target is a model"),  # type: ignore[call-overload]
        (lambda: OneToMany("RelDefOwner", back_populates=3), "back_populates is a name"),  # type: ignore[call-overload]
        (lambda: OneToMany("RelDefOwner", lazy=True), "has no option 'lazy'"),  # type: ignore[call-overload]
        (lambda: ManyToMany("RelDefOwner", symetrical=True), "did you mean 'symmetrical'"),  # type: ignore[call-overload]  # spellchecker:disable-line
        (lambda: ManyToMany("RelDefOwner", through_fields="x"), "through_fields names two fields"),  # type: ignore[call-overload]
        (lambda: ManyToMany("RelDefOwner", symmetrical=1), "symmetrical is True or False"),  # type: ignore[call-overload]
        (lambda: ForeignKey("RelDefOwner", foreign_key=[]), "foreign_key names fields"),
    ],
)
def test_options_that_mean_nothing(declared: Any, expected: str) -> None:
    assert expected in told(model("Odd", {"thing": declared()})).replace('"', "'")


def test_a_broken_model_breaks_those_that_reach_it() -> None:
    broken = model("BrokenTarget", {"wrong": Field(String(20), nonsense=True)})  # type: ignore[call-overload]
    assert "BrokenTarget" in told(model("Reaching", {"target": ForeignKey(broken)}))


def test_a_relationship_is_not_added_or_hidden_later() -> None:
    with pytest.raises(DefinitionError, match="a relationship is declared in the class statement"):
        RelDefOwner.friend = ForeignKey("RelDefOwner")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="is a relationship"):
        RelDefSeat.tickets = []  # type: ignore[assignment]


def test_several_relationships_make_a_column_each(db: Database) -> None:
    address = model("TwiceAddress", {"billed": OneToMany("TwiceOrder", back_populates="billing")})
    order = model(
        "TwiceOrder",
        {
            "billing": ForeignKey(address, back_populates="billed"),
            "shipping": ForeignKey(address, nullable=True, on_delete="SET NULL"),
        },
    )
    assert order.__chakra_model__.fields == ["id", "billing_id", "shipping_id"]
    db.create(address, order)
    one, other = address.objects.create_sync(), address.objects.create_sync()
    order.objects.create_sync(billing=one, shipping=other)
    [read] = order.objects.select_related("billing", "shipping").all_sync()
    assert (read.billing, read.shipping) == (one, other)
    assert [
        len(address.billed) for address in address.objects.prefetch_related("billed").order_by("id").all_sync()
    ] == [1, 0]
    other.delete_sync()
    assert order.objects.get_sync().shipping_id is None


def test_what_is_said_of_a_column_means_one_of_its_own(author: Any) -> None:
    fields = {"editor_id": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id"))}
    book = model("OwnColumn", fields | {"author": ForeignKey(author, on_delete="CASCADE")})
    assert book.__chakra_model__.fields == ["id", "editor_id", "author_id"]
    fields = {"author_id": Field(BigInteger, ForeignKey(f"{author.__tablename__}.id"))}
    message = told(model("SaidTwice", fields | {"author": ForeignKey(author, on_delete="CASCADE")}))
    assert "say on_delete" in message


def test_ends_through_different_junctions() -> None:
    left = model("ThroughLeft", {"rights": ManyToMany("ThroughRight", through="xx", back_populates="lefts")})
    model("ThroughRight", {"lefts": ManyToMany("ThroughLeft", through="yy", back_populates="rights")})
    message = told(left)
    assert 'ThroughLeft.rights goes through "xx", and ThroughRight.lefts through "yy"' in message


def test_check_models_is_the_first_to_look_at_a_model() -> None:
    lost = model("NeverUsed", {"thing": ForeignKey("NobodyIsCalledSo")})
    assert [fault.code for fault in check_models([lost])] == ["relationship-target"]
    assert check_models([model("Commaed", {"a": (Field(Integer),)})])[0].hint == "leave the comma out"


def test_a_model_is_explained_like_any_class() -> None:
    """`help` looks for each attribute in all classes that a model derives from, `Model` itself among them."""
    told = pydoc.plain(pydoc.render_doc(AnnotatedBook))
    assert "class AnnotatedBook(chakra.model.Model)" in told
    assert not hasattr(Model, "objects")
    with pytest.raises(DefinitionError, match="Model is abstract"):
        Model.objects  # noqa: B018
    author = AnnotatedBook.author
    assert repr(copy.deepcopy(author)) == repr(copy.copy(author)) == "<relationship AnnotatedBook.author>"
    assert repr(pickle.loads(pickle.dumps(author))) == "<relationship AnnotatedBook.author>"


# One to one of a model with itself: which end holds the key


def itself(**body: Any) -> Any:
    """A model that refers to itself by `boss_id`, which is unique."""
    tablename = table(f"rel_def_self_{next(NUMBERS)}")
    fields = {
        "id": Field(BigInteger, primary_key=True),
        "boss_id": Field(BigInteger, ForeignKey(f"{tablename}.id"), unique=True, nullable=True),
    }
    name = f"Itself{next(NUMBERS)}"
    made = {kind: declared(name) for kind, declared in body.items()}
    return type(Model)(name, (Model,), {"__module__": __name__, "__tablename__": tablename} | fields | made)


def one(back: str | None = None, **options: Any) -> Any:
    return lambda name: OneToOne(name, back_populates=back, **options)


@pytest.mark.parametrize(
    "body",
    [
        {"boss": one("aide"), "aide": one("boss")},
        {"aide": one("boss"), "boss": one("aide")},
        {"aide": one("boss"), "boss": one("aide", foreign_key="boss_id")},
        {"aide": one("boss", foreign_key="boss_id"), "boss": one("aide", foreign_key="boss_id")},
        {"aide": one("boss"), "boss": lambda name: ForeignKey(name, back_populates="aide")},
    ],
)
def test_the_end_that_holds_the_key_of_itself_is_known(body: dict[str, Any]) -> None:
    made = itself(**body)
    boss, aide = made(id=1), made(id=2)
    aide.boss = boss
    assert aide.boss_id == 1
    assert boss.aide is aide
    assert boss.boss_id is None


def test_the_end_that_names_the_key_of_itself_holds_it() -> None:
    made = itself(above=one("below", foreign_key="boss_id"), below=one("above"))
    assert made(id=2, above=made(id=1)).boss_id == 1
    assert itself(anyone=one(foreign_key="boss_id"))(anyone=None).boss_id is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"above": one("below"), "below": one("above")},
            'are the ends of boss_id, and neither is known to hold it; say foreign_key="boss_id" in the one',
        ),
        (
            {"above": one("below", foreign_key="boss_id"), "below": one("above", foreign_key="boss_id")},
            "above and {model}.below are the ends of boss_id, and neither is known to hold it",
        ),
        (
            {"aide": one()},
            'from {model} to {model}, and aide may be either end of it; say foreign_key="boss_id" if aide is',
        ),
        ({"boss": one("boss")}, "boss leads back by itself; declare the other end by another name"),
        (
            {"friends": lambda name: ManyToMany(name, back_populates="friends")},
            "friends leads back by itself; give it symmetrical=True instead",
        ),
    ],
)
def test_ends_of_itself_that_cannot_be_told_apart(body: dict[str, Any], expected: str) -> None:
    made = itself(**body)
    assert expected.format(model=made.__name__) in told(made)


# Named keys that are none


class RelDefPress(Model):
    __tablename__ = table("rel_def_presses")
    id = Field(BigInteger, primary_key=True)


class RelDefHall(Model):
    __tablename__ = table("rel_def_halls")
    town = Field(Integer, primary_key=True)
    number = Field(Integer, primary_key=True)


HALL = ["town", "number"]


def named(target: Any, names: Any, *constraints: Any, **fields: Any) -> Any:
    return model(
        "NamesWrongly", {"thing": ForeignKey(target, foreign_key=names), "__table_args__": constraints} | fields
    )


def to_hall(*names: str) -> Any:
    return ForeignKeyConstraint(list(names), [f"{RelDefHall.__tablename__}.{part}" for part in HALL])


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            lambda: named(
                RelDefOwner, "press_id", press_id=Field(BigInteger, ForeignKey(f"{RelDefPress.__tablename__}.id"))
            ),
            [
                "NamesWrongly.press_id is a foreign key to the table",
                "not to RelDefOwner",
                "name what holds the key of RelDefOwner",
            ],
        ),
        (
            lambda: named(
                RelDefOwner,
                "press_id",
                press_id=Field(BigInteger, ForeignKey(f"{RelDefPress.__tablename__}.id")),
                owner_id=Field(BigInteger, ForeignKey(f"{RelDefOwner.__tablename__}.id")),
            ),
            ["not to RelDefOwner", "name the foreign key to RelDefOwner, such as owner_id"],
        ),
        (
            lambda: named(RelDefOwner, "code", code=Field(String(20))),
            ["NamesWrongly.code is declared as String(20), but RelDefOwner.id, the key that it should hold, as Big"],
        ),
        (
            lambda: named(RelDefHall, ["b", "a"], to_hall("a", "b"), a=Field(Integer), b=Field(Integer)),
            [
                "NamesWrongly.a, b refers to RelDefHall, and foreign_key names b, a",
                'order of the key: foreign_key=["a", "b"]',
            ],
        ),
        (
            lambda: named(RelDefHall, ["number", "town"], town=Field(Integer), number=Field(Integer)),
            ["stands for RelDefHall.town, number, part by part", "in the order of that key"],
        ),
        (
            lambda: named(RelDefHall, "a", a=Field(Integer)),
            ["foreign_key names 1 fields, but the key of RelDefHall has 2"],
        ),
    ],
)
def test_a_named_key_that_is_none(declared: Any, expected: list[str]) -> None:
    message = told(declared())
    assert [part for part in ["NamesWrongly.thing", *expected] if part not in message] == []


def test_a_named_key_without_a_constraint() -> None:
    thing = named(RelDefHall, ["a", "b"], a=Field(Integer), b=Field(Integer))(thing=RelDefHall(town=3, number=4))
    assert (thing.a, thing.b) == (3, 4)
    part = named(
        RelDefHall,
        ["town_id", "hall"],
        town_id=Field(Integer, ForeignKey(f"{table('rel_def_towns')}.id")),
        hall=Field(Integer),
    )
    model("RelDefTown", {"__tablename__": table("rel_def_towns"), "id": Field(Integer, primary_key=True)})
    assert part(thing=RelDefHall(town=3, number=4)).town_id == 3


# Many to many that means nothing


def test_symmetry_is_of_a_model_with_itself(author: Any) -> None:
    message = told(model("Cousin", {"authors": ManyToMany(author, symmetrical=True)}))
    assert (
        "rows of Cousin and of MistakenAuthor cannot be each other's; symmetrical=True is for a model with" in message
    )
    both = {"back_populates": "others", "symmetrical": True}
    message = told(model("Sibling", {"friends": ManyToMany("Sibling", **both), "others": ManyToMany("Sibling")}))  # type: ignore[arg-type]
    assert "Sibling.friends" in message
    assert "it leads back by itself, and has no other end; leave one of the two out" in message


@pytest.mark.parametrize("through", [None, "rel_def_mixed"])
def test_two_relationships_do_not_share_a_made_junction(author: Any, through: str | None) -> None:
    body = {name: ManyToMany(author, through=through) for name in ("written", "read")}
    message = told(model("Mixed", body))
    assert '"read" of the same model would join its rows in the same table' in message
    assert 'give one of them another table by through="…"' in message
    if through is not None:
        itself = {name: ManyToMany("MixedItself", through=through) for name in ("above", "below")}
        assert "would join its rows in the same table" in told(model("MixedItself", itself))


def test_one_to_one_without_a_key_at_either_end(author: Any) -> None:
    message = told(model("KeylessOne", {"author": OneToOne(author)}))
    assert "no field of KeylessOne or MistakenAuthor is a foreign key to the other" in message
    assert "KeylessOne for one: mistaken_author_id = Field(BigInteger, ForeignKey(" in message
    assert "with unique=True" in message
    message = told(itself_without_key())
    assert "no field of KeylessItself is a foreign key to itself" in message


def itself_without_key() -> Any:
    return model("KeylessItself", {"other": OneToOne("KeylessItself")})


def test_a_target_that_is_a_class_and_no_model() -> None:
    class Base(Model):
        class Meta:
            abstract = True

    assert "ForeignKey(int): int is no model" in told(model("ToInt", {"thing": ForeignKey(int)}))
    assert "Base is abstract, and has no table" in told(model("ToAbstract", {"thing": OneToMany(Base)}))
