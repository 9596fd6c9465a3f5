"""What collections answer: as lists when they are loaded, as queries always, and what they say to mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from blog import Author, Comment, Post, Tag, fill
from chakra import Count, Max, Prefetch
from chakra.exceptions import (
    FieldError,
    MultipleResultsError,
    NotFoundError,
    NotLoadedError,
    QueryError,
    ValidationError,
)
from chakra.testing import assert_num_queries
from conftest import AsyncFace, BlockingFace, Database

Run = AsyncFace | BlockingFace


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


def titles(posts: Any) -> list[str]:
    return [post.title for post in posts]


# Queries, of one-to-many and many-to-many


async def test_one_row_of_a_collection(blog: Database, run: Run) -> None:
    ada, cy = await Author.objects.get(name="Ada"), await Author.objects.get(name="Cy")
    assert (await run(ada.posts.first)).title == "a1"
    assert (await run(ada.posts.last)).title == "a2"
    assert await run(cy.posts.first) is None
    assert (await run(ada.posts.get, title="a2")).editor_id == 2
    assert await run(ada.posts.get_or_none, title="b1") is None
    with pytest.raises(NotFoundError):
        await run(ada.posts.get, title="b1")
    with pytest.raises(MultipleResultsError):
        await run(ada.posts.get)
    a1 = await Post.objects.get(title="a1")
    assert (await run(a1.tags.order_by("-word").first)).word == "y"
    assert (await run(a1.tags.get, word="x")).word == "x"


async def test_facts_of_a_collection(blog: Database, run: Run) -> None:
    ada, cy = await Author.objects.get(name="Ada"), await Author.objects.get(name="Cy")
    a1 = await Post.objects.get(title="a1")
    assert [await run(ada.posts.count), await run(cy.posts.count), await run(a1.tags.count)] == [2, 0, 2]
    assert [await run(ada.posts.exists), await run(cy.posts.exists), await run(a1.tags.exists)] == [True, False, True]
    assert await run(ada.posts.aggregate, Count(), last=Max("title")) == {"count": 2, "last": "a2"}
    assert await run(a1.tags.aggregate, last=Max("word")) == {"last": "y"}


async def test_a_collection_begins_queries(blog: Database, run: Run) -> None:
    ada, a1 = await Author.objects.get(name="Ada"), await Post.objects.get(title="a1")
    posts: Any = ada.posts
    assert titles(await posts.filter(title="a2")) == ["a2"]
    assert titles(await posts.exclude(title="a2")) == ["a1"]
    assert titles(await posts.order_by("-title")) == ["a2", "a1"]
    assert titles(await posts.reverse()) == ["a2", "a1"]
    assert titles(await posts.order_by("title").all()) == ["a1", "a2"]
    assert sorted(titles(posts.all_sync())) == ["a1", "a2"]
    assert len(await posts.limit(1)) == 1
    assert len(await posts.offset(1).limit(5)) == 1
    assert len(await posts.distinct()) == 2
    assert titles(await posts.using(blog.pool).order_by("title")) == ["a1", "a2"]
    with assert_num_queries(1):
        found = await posts.select_related("editor").order_by("title")
    assert [post.editor and post.editor.name for post in found] == [None, "Bo"]
    with assert_num_queries(2):
        found = await posts.prefetch_related(Prefetch("tags", queryset=Tag.objects.order_by("word"))).order_by("title")
    assert [[tag.word for tag in post.tags] for post in found] == [["x", "y"], []]
    assert await posts.order_by("title").values("title") == await posts.values("title").order_by("title")
    assert await posts.values_list("title", flat=True).order_by("title") == ["a1", "a2"]
    assert await posts.values_list("author__name", "title").order_by("title") == [("Ada", "a1"), ("Ada", "a2")]
    assert await a1.tags.values_list("word", flat=True).order_by("word") == ["x", "y"]
    assert await run(a1.tags.filter(posts__author=ada).count) == 2


async def test_a_collection_is_streamed(blog: Database, run: Run) -> None:
    ada = await Author.objects.get(name="Ada")
    found = [post.title async for post in run.stream(ada.posts)]
    assert sorted(found) == ["a1", "a2"]
    batches = [len(batch) async for batch in run.stream(ada.posts, batch_size=1)]
    assert batches == [1, 1]


async def test_async_for_loads_for_all_siblings(blog: Database) -> None:
    with assert_num_queries(2):
        found = [
            (author.name, post.title) for author in await Author.objects.order_by("name") async for post in author.posts
        ]
    assert sorted(found) == [("Ada", "a1"), ("Ada", "a2"), ("Bo", "b1")]
    ada = await Author.objects.prefetch_related("posts").get(name="Ada")
    with assert_num_queries(0):
        assert sorted([post.title async for post in ada.posts]) == ["a1", "a2"]


async def test_delete_and_update_of_a_collection(blog: Database, run: Run) -> None:
    await Comment.objects.filter(parent__isnull=False).delete()
    a1 = await Post.objects.prefetch_related("comments").get(title="a1")
    assert await run(a1.comments.update, text="same") == 2
    assert await Comment.objects.order_by("id").values_list("text", flat=True) == ["same", "same", "c3"]
    assert await run(a1.comments.delete) == 2
    assert list(a1.comments) == [], "what was deleted is no more in a loaded collection"
    assert await Comment.objects.values_list("text", flat=True) == ["c3"]
    assert await run(a1.tags.delete) == 2
    assert await Tag.objects.count() == 1


# Lists


async def test_a_loaded_collection_is_plain_python(blog: Database) -> None:
    a1 = await Post.objects.prefetch_related(Prefetch("tags", queryset=Tag.objects.order_by("word"))).get(title="a1")
    x, y = a1.tags
    z = await Tag.objects.get(word="z")
    assert len(a1.tags) == 2
    assert bool(a1.tags)
    assert (x in a1.tags, z in a1.tags) == (True, False)
    assert (a1.tags[0], a1.tags[-1], a1.tags[:1], a1.tags[::-1]) == (x, y, [x], [y, x])
    assert a1.tags == [x, y]
    assert a1.tags != [y, x]
    assert list(reversed(a1.tags)) == [y, x]
    assert a1.tags.index(y) == 1
    assert [*a1.tags, z] == [x, y, z]
    assert sorted(a1.tags, key=lambda tag: tag.word, reverse=True) == [y, x]
    with pytest.raises(IndexError):
        a1.tags[2]
    first, *rest = a1.tags
    assert (first, rest) == (x, [y])


async def test_a_collection_that_is_not_loaded_is_no_list(blog: Database) -> None:
    a1 = await Post.objects.get(title="a1")
    uses: list[Any] = [len, bool, list, iter, lambda tags: tags[0], lambda tags: 1 in tags, lambda tags: tags == []]
    for use in uses:
        with pytest.raises(NotLoadedError, match=r"await post\.tags"):
            use(a1.tags)


async def test_collections_are_shown_shortly(blog: Database) -> None:
    a1 = await Post.objects.get(title="a1")
    assert repr(a1.tags) == "<Post.tags: not loaded>"
    assert repr(a1.author) == "<Post.author: not loaded>"
    assert repr((await a1.comments.order_by("id"))[0].post) == "<Comment.post: not loaded>"
    assert repr((await Post.objects.prefetch_related("tags").get(title="b1")).tags) == "<Post.tags: [Tag 1]>"
    await a1.tags.set([await Tag.objects.create(word=f"w{number}") for number in range(7)])
    again = await Post.objects.prefetch_related(Prefetch("tags", queryset=Tag.objects.order_by("id"))).get(title="a1")
    keys = [tag.id for tag in again.tags]
    shown = ", ".join(f"Tag {key}" for key in keys[:5])
    assert repr(again.tags) == f"<Post.tags: [{shown}, 2 more]>"
    assert repr(Author(name="n", posts=[Post(title="t")]).posts) == "<Author.posts: [Post (new)]>"


# Mistakes


async def test_what_collections_do_not_have(blog: Database) -> None:
    a1 = await Post.objects.get(title="a1")
    tags: Any = a1.tags
    with pytest.raises(AttributeError, match=r"changed in the database, by `await post\.tags\.add\(\.\.\.\)`"):
        tags.append(1)
    with pytest.raises(AttributeError, match=r"its query has it, post\.tags\.all\(\)\.bulk_create"):
        tags.bulk_create([])
    with pytest.raises(AttributeError, match=r"the collection post\.tags has no 'nonsense'$"):
        tags.nonsense  # noqa: B018


async def test_what_collections_do_not_take(blog: Database, run: Run) -> None:
    a1, x = await Post.objects.get(title="a1"), await Tag.objects.get(word="x")
    tags: Any = a1.tags
    with pytest.raises(TypeError, match=r"Post\.tags\.set takes a list of objects, not one Tag"):
        await run(tags.set, x)
    with pytest.raises(TypeError, match=r"takes a list of objects, not one str"):
        await run(tags.set, "x")
    with pytest.raises(TypeError, match=r"`await query`"):
        await run(tags.set, Tag.objects.all())
    with pytest.raises(ValidationError, match=r"it holds objects of Tag, not of list; .*add\(\*objects\)"):
        await run(tags.add, [x])
    with pytest.raises(ValidationError, match=r"it holds objects of Tag, not the class Tag itself"):
        await run(tags.add, Tag)
    with pytest.raises(ValidationError, match=r"it holds objects of Tag, not of str"):
        await run(tags.remove, "x")
    with pytest.raises(ValidationError, match=r"it holds objects of Tag, not of Post"):
        await run(tags.add, x, a1)
    with pytest.raises(FieldError, match=r'did you mean "word"'):
        await run(tags.create, wrd="x")  # spellchecker:disable-line
    with pytest.raises(ValidationError, match=r"Author\.posts: it takes a list of objects, not one of Post"):
        Author(name="x", posts=Post(title="t"))
    with pytest.raises(ValidationError, match=r"Author\.posts: it is an object of Post, not of int"):
        Author(name="x", posts=[3])
    assert await run(a1.tags.count) == 2


async def test_what_a_relationship_to_one_does_not_take(blog: Database) -> None:
    a1: Any = await Post.objects.get(title="a1")
    with pytest.raises(ValidationError, match=r"an object of Author or None, not of str; a key is given to author_id"):
        a1.author = "Ada"
    with pytest.raises(ValidationError, match=r"not the class Author itself"):
        a1.author = Author
    with pytest.raises(ValidationError, match=r"not of Tag$"):
        Post(title="x", author=Tag(word="x"))
    with pytest.raises(ValidationError, match=r"takes an object of Author or its key, not the class Author itself"):
        Post.objects.filter(author=Author)
    with pytest.raises(ValidationError, match=r"takes an object of Author, not of Tag"):
        Post.objects.filter(author=Tag(id=1))
    with pytest.raises(ValidationError, match=r"an object of Author or its key; a field of Author .* author__name="):
        Post.objects.filter(author="Ada")
    assert not Post.objects.filter(author="77").exists_sync(), "digits are a key"
    with pytest.raises(FieldError, match=r"Comment\.author is a relationship of Comment"):
        Post.objects.select_related(Comment.author)
    with pytest.raises(FieldError, match=r"Author\.posts is a relationship of Author"):
        Post.objects.prefetch_related(Prefetch(Author.posts))
    with pytest.raises(TypeError, match=r"select_related takes names of relationships, not the class Author itself"):
        Post.objects.select_related(Author)  # type: ignore[arg-type]


async def test_calls_that_take_no_conditions(blog: Database, run: Run) -> None:
    posts: Any = Post.objects
    for name in ("exists", "count", "first", "last", "delete"):
        with pytest.raises(
            TypeError, match=rf"{name}\(\) takes no conditions of its own: write .filter\(title=...\).{name}"
        ):
            await run(getattr(posts, name), title="a1")
        with pytest.raises(TypeError, match=rf"write .filter\(...\).{name}\(\)"):
            await run(getattr(posts, name), Post.title == "a1")
    with pytest.raises(TypeError, match=r"bulk_create takes a list of objects, not one Tag"):
        await run(Tag.objects.bulk_create, Tag(word="q"))
    with pytest.raises(TypeError, match=r"not int; write lookups as keywords, such as pk=1"):
        await run(posts.get, 1)
    assert await posts.count() == 3


async def test_lists_of_names_are_lists(blog: Database, run: Run) -> None:
    post: Any = await Post.objects.get(title="a1")
    post.title = "new"
    with pytest.raises(TypeError, match=r"update_fields takes a list of names, such as \[\"name\"\], not 'title'"):
        await run(post.save, update_fields="title")
    with pytest.raises(TypeError, match=r"update_fields takes a list of names, .* not \[3\]"):
        await run(post.save, update_fields=[3])
    with pytest.raises(FieldError, match=r'did you mean "title"'):
        await run(post.save, update_fields=["titel"])  # spellchecker:disable-line
    await run(post.save, update_fields=(Post.title,))
    assert await Post.objects.filter(title="new").exists()


def test_lookups_are_those_of_the_type(blog: Database) -> None:
    with pytest.raises(FieldError) as numbers:
        Post.objects.filter(id__startwith=1)
    assert str(numbers.value) == (
        'Post.id has no lookup "startwith"; '
        "those of BigInteger are exact, eq, ne, gt, gte, lt, lte, in, not_in, isnull, range"
    )
    with pytest.raises(
        FieldError, match=r'Post.title has no lookup "startwith"; did you mean "startswith"\?; .*iexact'
    ):
        Post.objects.filter(title__startwith="a")
    with pytest.raises(ValidationError, match=r'the lookup "range" takes a pair: \(least, greatest\)'):
        Post.objects.filter(id__range=5)
    with pytest.raises(QueryError):
        Post.objects.select_related("tags")
