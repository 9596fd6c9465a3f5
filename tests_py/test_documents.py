"""Looking into JSON documents: on every database what a plain reading of the documents says."""

from __future__ import annotations

import decimal
import itertools
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chakra
from chakra import JSON, Count, Field, ForeignKey, Integer, Model, OneToMany, Q, String
from chakra.exceptions import DecodeError, FieldError, QueryError, ValidationError
from conftest import Database
from models import table

D = decimal.Decimal
NULL = chakra.JSONNull


class Document(Model):
    """A document, or none."""

    __tablename__ = table("documents_kept")

    id = Field(Integer, primary_key=True)
    data = Field(JSON, nullable=True)
    name = Field(String(20), nullable=True)


async def ids(run: Any, *conditions: Q, **lookups: Any) -> list[int]:
    """Who meets a condition, having seen that all others meet its complement."""
    query = Document.objects.order_by("id").values_list("id", flat=True)
    met: list[int] = await run(query.filter(*conditions, **lookups).all)
    others: list[int] = await run(query.exclude(*conditions, **lookups).all)
    assert sorted(met + others) == await run(query.all)
    return met


async def keep(db: Database, run: Any, *documents: Any) -> None:
    db.create(Document)
    await run(Document.objects.bulk_create, [Document(id=number, data=data) for number, data in enumerate(documents)])


async def test_paths_lead_to_texts_and_numbers(db: Database, run: Any) -> None:
    await keep(
        db,
        run,
        {"author": {"name": "Ada", "age": 36}},
        {"author": {"name": "ada", "age": 36.0}},
        {"author": {"name": 36, "age": "36"}},
        {"author": ["Ada"]},
        {"author": None},
        {},
        None,
        ["Ada", {"name": "Eve"}],
    )
    assert await ids(run, data__author__name="Ada") == [0]
    assert await ids(run, data__author__name__ne="Ada") == [1, 2, 3, 4, 5, 6, 7]
    assert await ids(run, data__author__name__iexact="ADA") == [0, 1]
    assert await ids(run, data__author__name__in=["Ada", 36]) == [0, 2]
    assert await ids(run, data__author__name__not_in=["Ada", 36]) == [1, 3, 4, 5, 6, 7]
    assert await ids(run, data__author__name__startswith="A") == [0]
    assert await ids(run, data__author__name__icontains="D") == [0, 1]
    assert await ids(run, data__author__name__gt="B") == [1]
    assert await ids(run, data__author__name__range=("A", "B")) == [0]
    assert await ids(run, data__author__age=36) == [0, 1]
    assert await ids(run, data__author__age=D("36.00")) == [0, 1]
    assert await ids(run, data__author__age__lt=36.5) == [0, 1]
    assert await ids(run, data__author__age="36") == [2]
    assert await ids(run, data__author__0="Ada") == [3]
    assert await ids(run, data__1__name="Eve") == [7]
    assert await ids(run, Document.data["author"]["name"] == "Ada") == [0]
    assert await ids(run, Document.data[1]["name"].contains("v")) == [7]
    assert await ids(run, (Document.data["author"][0] == "Ada") | (Document.data["author"]["age"] == "36")) == [2, 3]


async def test_missing_is_none_and_null_is_null(db: Database, run: Any) -> None:
    await keep(db, run, {"a": 1}, {"a": None}, {"b": 1}, NULL, None, [], {"a": {}})
    assert await ids(run, data__a=None) == await ids(run, data__a__isnull=True) == [2, 3, 4, 5]
    assert await ids(run, data__a__ne=None) == await ids(run, data__a__isnull=False) == [0, 1, 6]
    assert await ids(run, data__a=NULL) == [1]
    assert await ids(run, data__a__in=[NULL, None, 1]) == [0, 1, 2, 3, 4, 5]
    assert await ids(run, data__a__gt=None) == []
    assert await ids(run, data=None) == await ids(run, data__isnull=True) == [4]
    assert await ids(run, data=NULL) == [3]
    assert await ids(run, Document.data["a"].is_null(yes=False)) == [0, 1, 6]


async def test_true_is_not_one(db: Database, run: Any) -> None:
    await keep(db, run, {"a": True}, {"a": 1}, {"a": False}, {"a": 0}, {"a": "true"}, {"a": [True]})
    assert await ids(run, data__a=True) == [0]
    assert await ids(run, data__a=1) == [1]
    assert await ids(run, data__a=False) == [2]
    assert await ids(run, data__a__ne=False) == [0, 1, 3, 4, 5]
    assert await ids(run, data__a__in=[True, 0]) == [0, 3]
    assert await ids(run, data__a__gte=0) == [1, 3]


async def test_numbers_are_compared_by_all_their_digits(db: Database, run: Any) -> None:
    numbers = [2**53, 2**53 + 1, 2**63, 10**34, 10**34 + 1, 0.1, 1e-40, 1e40, -1.5, 0, 1.0, 10**300]
    numbers += [10**40 + 1, 10**60, 10**60 + 1, -(10**60) - 1, 123456789 * 10**55]
    await keep(db, run, *({"n": number} for number in numbers))
    probes = [*numbers, D("0.1"), D("0.10000000000000001"), D("1E+2"), -2, 1e308, D("9007199254740992.5")]
    exact = [D(repr(number)) for number in numbers]
    for probe in probes:
        other = probe if isinstance(probe, D) else D(repr(probe))
        for name, holds in {
            "exact": lambda number, other=other: number == other,
            "gt": lambda number, other=other: number > other,
            "gte": lambda number, other=other: number >= other,
            "lt": lambda number, other=other: number < other,
            "lte": lambda number, other=other: number <= other,
        }.items():
            expected = [place for place, number in enumerate(exact) if holds(number)]
            assert await ids(run, **{f"data__n__{name}": probe}) == expected, (name, probe)
    assert await ids(run, data__n__in=[2**53 + 1, 0.1, 10**34, 1e-40, 10**60 + 1]) == [1, 3, 5, 6, 14]
    assert await ids(run, data__n__range=(0, 1)) == [5, 6, 9, 10]


KEYS = ["a.b", 'a"b', "a'b", "a\\b", "$", "[0]", "*", "é😀", "", " ", "a/b", "%", "?", ":x", "$1", "a b", "{}", "null"]


@pytest.mark.parametrize("key", KEYS)
async def test_keys_mean_themselves(db: Database, run: Any, key: str) -> None:
    await keep(db, run, {key: {"in": key}}, {"other": {"in": key}}, [key], key)
    assert await ids(run, Document.data[key]["in"] == key) == [0]
    assert await ids(run, Document.data.has_key(key)) == [0]
    assert await ids(run, Document.data.contains({key: {"in": key}})) == [0]
    assert await ids(run, Document.data.contained_by({key: {"in": key, "x": 1}})) == [0]


async def test_the_last_word_is_the_lookup(db: Database, run: Any) -> None:
    await keep(db, run, {"contains": "x", "year": 1999, "len": 3, "a": {"exact": 1}}, {"contains": "y", "overlap": 2})
    assert await ids(run, data__contains={"contains": "x"}) == [0]
    assert await ids(run, data__contains__exact="x") == [0]
    assert await ids(run, data__contains__contains="y") == [1]
    assert await ids(run, Document.data["contains"] == "y") == [1]
    assert await ids(run, data__year=1999, data__len=3) == [0]
    assert await ids(run, data__overlap=2) == [1]
    assert await ids(run, data__a__exact__exact=1) == [0]


async def test_members_are_asked_for(db: Database, run: Any) -> None:
    await keep(db, run, {"a": None, "b": 1}, {"a": {"c": 1, "0": 2}}, ["a", "b"], "a", {}, None, {"0": 1})
    assert await ids(run, data__has_key="a") == [0, 1]
    assert await ids(run, data__has_key="0") == [6]
    assert await ids(run, data__a__has_key="0") == [1]
    assert await ids(run, data__has_keys=["a", "b"]) == [0]
    assert await ids(run, data__has_any_keys={"b", "0"}) == [0, 6]
    assert await ids(run, data__a__has_any_keys=("x", "c")) == [1]
    assert await ids(run, data__has_keys=[]) == [0, 1, 2, 3, 4, 6]
    assert await ids(run, data__has_any_keys=[]) == []
    assert await ids(run, Document.data["a"].has_keys(["c", "0"])) == [1]


async def test_contains_is_as_in_of_python_and_as_of_postgres(db: Database, run: Any) -> None:
    await keep(
        db,
        run,
        {"tags": ["red", "green"], "size": {"w": 1, "h": 2.0}},
        {"tags": "redden", "size": {"w": 1}},
        {"tags": [["red"]], "size": [{"w": 1}]},
        {"tags": [{"red": 1}]},
        ["red"],
    )
    assert await ids(run, data__tags__contains="red") == [0, 1]
    assert await ids(run, data__tags__contains=["red"]) == [0]
    assert await ids(run, data__tags__contains=["green", "red", "red"]) == [0]
    assert await ids(run, data__contains="red") == [4]
    assert await ids(run, data__contains={"size": {"h": 2}}) == [0]
    assert await ids(run, data__size__contains={"w": 1}) == [0, 1]
    assert await ids(run, data__size__contains=[{"w": 1}]) == [2]
    assert await ids(run, data__size__contained_by={"w": 1, "h": 2, "d": 3}) == [0, 1]
    assert await ids(run, data__tags__contained_by=["red", "green", "blue"]) == [0]
    assert await ids(run, data__tags__0__contains="re") == [0]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, -2.0]),
    st.sampled_from(["", "a", "b", "1"]),
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3),
    max_leaves=6,
)


def same(left: Any, right: Any) -> bool:
    """Whether two scalars are one value; True is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return (
        type(left) in (int, float)
        and type(right) in (int, float)
        and left == right
        or (type(left) is type(right) and left == right)
    )


def holds(whole: Any, part: Any) -> bool:
    """PostgreSQL's containment below the top."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(holds(one, wanted) for one in whole) for wanted in part)
    return not isinstance(whole, (dict, list)) and same(whole, part)


def contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list) and not isinstance(part, (dict, list)):
        return any(not isinstance(one, (dict, list)) and same(one, part) for one in whole)
    return holds(whole, part)


_blocks = itertools.count(0, 100)


def keep_block(db: Database, documents: list[Any]) -> tuple[Any, int]:
    """Adds rows to those of earlier examples; gives the query of the new ones and the first of their keys."""
    first = next(_blocks)
    if Document not in db._models:
        db.create(Document)
    Document.objects.bulk_create_sync([Document(id=first + at, data=data) for at, data in enumerate(documents)])
    return Document.objects.filter(id__gte=first).order_by("id").values_list("id", flat=True), first


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(stored=st.lists(documents, min_size=1, max_size=5), others=st.lists(documents, min_size=1, max_size=2))
def test_containment_of_any_documents(db: Database, stored: list[Any], others: list[Any]) -> None:
    query, first = keep_block(db, [{"doc": document} for document in stored])
    numbered = list(enumerate(stored, first))
    for other in others:
        given_ = NULL if other is None else other
        inside = [number for number, document in numbered if contains(other, document)]
        assert query.filter(data__doc__contained_by=given_).all_sync() == inside
        if not isinstance(other, str):  # which is looked for in texts, too
            around = [number for number, document in numbered if contains(document, other)]
            assert query.filter(data__doc__contains=given_).all_sync() == around
            others_ = [number for number, _ in numbered if number not in around]
            assert query.exclude(data__doc__contains=given_).all_sync() == others_


async def test_changes_go_by_what_stands_in_documents(db: Database, run: Any) -> None:
    await keep(db, run, {"n": 1e300, "t": ["x"]}, {"n": "text"}, {"n": 1, "t": ["y"]}, {"n": 1e-300})
    assert await run(Document.objects.filter(data__n__lte=1).update, name="small") == 2
    assert await run(Document.objects.filter(data__n__in=[1, 1e300]).delete) == 2
    assert await run(Document.objects.filter(data__contained_by={"n": "text"}).delete) == 1


@pytest.mark.parametrize(
    ("lookup", "value", "error", "message"),
    [
        ("data__a__gt", True, ValidationError, "only numbers and texts have an order"),
        ("data__a__lt", NULL, ValidationError, "only numbers and texts have an order"),
        ("data__a", math.nan, ValidationError, "JSON has no NaN"),
        ("data__a", b"x", ValidationError, "stands in no document"),
        ("data__a", {"b": 1}, FieldError, "not compared as a whole"),
        ("data", [1], FieldError, "not compared as a whole"),
        ("data__a__in", [[1]], FieldError, "not compared as a whole"),
        ("data__a__in", "text", ValidationError, "a list, tuple or set"),
        ("data__a__range", (1, "b"), ValidationError, "from a number to a number"),
        ("data__a__range", (1, 2, 3), ValidationError, "a pair"),
        ("data__a__startswith", 1, ValidationError, "a str"),
        ("data__a__isnull", 1, ValidationError, "True or False"),
        ("data__has_key", 1, ValidationError, "a str"),
        ("data__has_keys", "abc", ValidationError, "a list, tuple or set"),
        ("data__a__contains", object(), ValidationError, "what JSON holds"),
        ("data__a__contains", None, ValidationError, "JSONNull"),
        ("data__a", "nul\0", ValidationError, "NUL"),
        ("data____a", 1, FieldError, "empty step"),
        ("name__has_key", "a", FieldError, "for JSON and HStore"),
        ("name__inner", "a", FieldError, "has no lookup"),
    ],
)
def test_what_means_nothing_is_refused_before_any_sql(
    lookup: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Document.objects.filter(**{lookup: value})


def test_steps_are_keys_and_numbers() -> None:
    for step in (-1, 1.0, True, None, 2**40):
        with pytest.raises(FieldError, match="a key"):
            Document.data["a"][step]  # type: ignore[index]
    with pytest.raises(FieldError, match=r"\[\.\.\.\] is for JSON"):
        Document.name["a"]  # type: ignore[misc]
    assert repr(Document.data["a"][0]) == '<place Document.data["a"]["0"]>'


async def test_mysql_names_what_its_paths_cannot(db: Database, run: Any) -> None:
    await keep(db, run, {"-1": 1, "a\n": 2, "a": [[[[[1]]]]]})
    hard = [Document.data["-1"] == 1, Document.data["a\n"] == 2, Document.data["a"][0][0][0][0][0] == 1]
    for condition in hard:
        if db.backend == "mysql":
            with pytest.raises(QueryError, match="MySQL"):
                await ids(run, condition)
        else:
            assert await ids(run, condition) == [0]


async def test_text_that_is_no_json_is_an_error_not_an_answer(db: Database, run: Any) -> None:
    if db.backend != "sqlite":
        pytest.skip("the server lets no such text in")
    await keep(db, run, {"a": 1})
    db.rows(f"UPDATE {Document.__tablename__} SET data = 'nonsense'")
    with pytest.raises(DecodeError, match=f'{Document.__tablename__}.data holds TEXT "nonsense"'):
        await run(Document.objects.filter(data__a=1).all)


class Shelf(Model):
    __tablename__ = table("documents_shelves")

    id = Field(Integer, primary_key=True)
    data = Field(JSON, nullable=True)
    volumes = OneToMany("test_documents.Volume", back_populates="shelf")


class Volume(Model):
    __tablename__ = table("documents_volumes")

    id = Field(Integer, primary_key=True)
    shelf_id = Field(Integer, ForeignKey(f"{table('documents_shelves')}.id"), nullable=True)
    shelf = ForeignKey(Shelf, back_populates="volumes")
    data = Field(JSON, nullable=True)


async def test_documents_of_related_rows(db: Database, run: Any) -> None:
    db.create(Shelf, Volume)
    await run(Shelf.objects.bulk_create, [Shelf(id=1, data={"room": {"floor": 2}}), Shelf(id=2, data=None)])
    volumes = [(1, {"tags": ["a", "b"], "n": 1}), (1, {"tags": ["c"], "n": 2}), (2, {"tags": "b"}), (None, {"n": 2})]
    await run(
        Volume.objects.bulk_create,
        [Volume(id=at, shelf_id=shelf, data=data) for at, (shelf, data) in enumerate(volumes)],
    )

    async def keys(queryset: Any) -> Any:
        return await run(queryset.order_by("id").values_list("id", flat=True).all)

    assert await keys(Volume.objects.filter(shelf__data__room__floor=2)) == [0, 1]
    assert await keys(Volume.objects.exclude(shelf__data__room__floor=2)) == [2, 3]
    assert await keys(Volume.objects.filter(shelf__data__room__isnull=True)) == [2, 3]
    assert await keys(Volume.objects.filter(shelf__data__contains={"room": {}})) == [0, 1]
    assert await keys(Shelf.objects.filter(volumes__data__tags__contains="b")) == [1, 2]
    assert await keys(Shelf.objects.filter(volumes__data__tags__contains=["b"], volumes__data__n=2)) == []
    assert await keys(Shelf.objects.filter(volumes__data__tags__0="c", volumes__data__n__in=[2, 3])) == [1]
    assert await keys(Shelf.objects.exclude(volumes__data__contained_by={"tags": "b"})) == [1]
    counted = await run(
        Volume.objects.aggregate, twos=Count(filter=Q(data__n=2)), tagged=Count(filter=Q(data__has_key="tags"))
    )
    assert counted == {"twos": 2, "tagged": 3}
    assert await run(Volume.objects.filter(data__n__gte=1, data__tags__contains=["c"]).update, data=NULL) == 1
    assert await run(Volume.objects.filter(Q(data=NULL) | Q(data__n=1)).delete) == 2


@pytest.mark.parametrize("number", [D("1E+1000"), D("1E-1000"), 10**400, D("1E+100000")])
async def test_numbers_of_any_size_are_compared(db: Database, run: Any, number: Any) -> None:
    await keep(db, run, {"n": 1}, {"n": -1e300}, {"n": 0})
    expected = [0, 1, 2] if number > 1 else [1, 2]
    assert await ids(run, data__n__lt=number) == expected
    assert await ids(run, data__n__gte=number) == sorted({0, 1, 2} - {*expected})
    assert await ids(run, data__n=number) == []
    assert await ids(run, data__n__in=[number, 0]) == [2]


stored_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(2**53 - 2, 2**53 + 2),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=4),
    st.sampled_from(["a", "A", "a ", "ä", "1", "", "%"]),
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(stored=st.lists(stored_scalars, min_size=1, max_size=6), probe=stored_scalars)
def test_scalars_compare_as_in_python(db: Database, stored: list[Any], probe: Any) -> None:
    query, first = keep_block(db, [{"v": value} for value in stored])

    def number(value: Any) -> Any:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return D(repr(value)) if is_number else None

    def met(**lookups: Any) -> list[int]:
        found: list[int] = query.filter(**lookups).all_sync()
        return found

    def expected(holds: Any) -> list[int]:
        return [at for at, value in enumerate(stored, first) if holds(value)]

    def equal(value: Any) -> bool:
        if number(probe) is not None:
            return number(value) is not None and number(value) == number(probe)
        return type(value) is type(probe) and value == probe

    given_ = NULL if probe is None else probe
    assert met(data__v=given_) == met(data__v__in=[given_]) == expected(equal)
    assert met(data__v__ne=given_) == expected(lambda value: not equal(value))
    if number(probe) is not None:
        order = lambda value: number(value) is not None and number(value) < number(probe)  # noqa: E731
    elif isinstance(probe, str):
        order = lambda value: isinstance(value, str) and value < probe  # noqa: E731
        assert met(data__v__startswith=probe) == expected(
            lambda value: isinstance(value, str) and value.startswith(probe)
        )
        assert met(data__v__contains=probe) == expected(lambda value: isinstance(value, str) and probe in value)
    else:
        return
    assert met(data__v__lt=probe) == expected(order)
    assert met(data__v__lte=probe) == expected(lambda value: order(value) or equal(value))
