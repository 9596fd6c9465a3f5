"""Reading along relationships: one statement a step, never one a row, and nothing that was not asked for."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from blog import Author, Comment, Post, Profile, Tag, Tagging, fill
from chakra import BigInteger, Field, ForeignKey, Model, OneToMany, Prefetch, Q, String, transaction
from chakra.exceptions import FieldError, NotLoadedError, QueryError, ValidationError
from chakra.testing import assert_num_queries
from conftest import Database
from models import table


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


def titles(posts: Any) -> list[str]:
    return [post.title for post in posts]


def words(tags: Any) -> list[str]:
    return sorted(tag.word for tag in tags)


# Joined in the same statement


async def test_select_related(blog: Database) -> None:
    with assert_num_queries(1):
        posts = await Post.objects.select_related("author", "editor").order_by("id")
    with assert_num_queries(0):
        assert [(post.author.name, post.editor and post.editor.name) for post in posts] == [
            ("Ada", None),
            ("Ada", "Bo"),
            ("Bo", "Ada"),
        ]
        assert posts[0].author is posts[1].author
        assert posts[1].editor is not None
        assert posts[1].editor.name == "Bo"


async def test_select_related_follows_ways(blog: Database) -> None:
    with assert_num_queries(1):
        comments = await Comment.objects.select_related("post__author__profile", "parent").order_by("id")
    with assert_num_queries(0):
        assert [comment.post.author.name for comment in comments] == ["Ada", "Ada", "Bo", "Ada"]
        assert comments[0].post.author.profile.bio == "first"
        assert comments[0].post.author.profile.author is comments[0].post.author
        assert comments[2].post.author.profile is None
        assert comments[3].parent.text == "c1"
        assert comments[0].parent is None


async def test_one_to_one_from_either_end(blog: Database) -> None:
    authors = await Author.objects.select_related(Author.profile).order_by("id")
    assert authors[0].profile.bio == "first"
    assert authors[0].profile.author is authors[0]
    assert authors[1].profile is None
    profile = await Profile.objects.select_related("author").get()
    assert profile.author.name == "Ada"
    assert profile.author.profile is profile


def test_select_related_refuses_ways_to_many(blog: Database) -> None:
    with pytest.raises(QueryError, match=r'prefetch_related\("author__posts"\)'):
        Post.objects.select_related("author__posts")
    with pytest.raises(FieldError, match='did you mean "author"'):
        Post.objects.select_related("auther")  # spellchecker:disable-line
    with pytest.raises(FieldError, match="title is a field, not a relationship"):
        Post.objects.select_related("title")
    with pytest.raises(QueryError, match="names the relationships"):
        Post.objects.select_related()


async def test_counting_and_changing_need_no_join(blog: Database) -> None:
    query = Post.objects.select_related("author").filter(author__name="Ada")
    assert await query.count() == 2
    assert await query.exists()
    assert (await query.order_by("id").first()).author.name == "Ada"
    assert (await query.order_by("id").last()).title == "a2"
    assert (await query.get(id=1)).author.name == "Ada"
    assert await query.update(title="new") == 2
    assert [post.author.name async for post in query.stream()] == ["Ada", "Ada"]


# One more statement a step


async def test_prefetch_of_children(blog: Database) -> None:
    with assert_num_queries(2):
        authors = await Author.objects.prefetch_related("posts").order_by("id")
    with assert_num_queries(0):
        assert [sorted(titles(author.posts)) for author in authors] == [["a1", "a2"], ["b1"], []]
        assert len(authors[0].posts) == 2
        assert authors[0].posts[0].author is authors[0]
        assert authors[2].posts == []
        assert not authors[2].posts


async def test_prefetch_through_a_junction(blog: Database) -> None:
    with assert_num_queries(2):
        posts = await Post.objects.prefetch_related("tags").order_by("id")
    with assert_num_queries(0):
        assert [words(post.tags) for post in posts] == [["x", "y"], [], ["x"]]
        assert next(tag for tag in posts[0].tags if tag.word == "x") is posts[2].tags[0]
    with assert_num_queries(2):
        tags = await Tag.objects.prefetch_related("posts").order_by("id")
    assert [sorted(titles(tag.posts)) for tag in tags] == [["a1", "b1"], ["a1"], []]


async def test_prefetch_follows_ways(blog: Database) -> None:
    with assert_num_queries(4):
        authors = await Author.objects.prefetch_related("posts__comments__author").order_by("id")
    with assert_num_queries(0):
        comments = {comment.text: comment for post in authors[0].posts for comment in post.comments}
        assert comments["c1"].author.name == "Bo"
        assert comments["c2"].author is None
        assert comments["c1"].post.author is authors[0]


async def test_prefetch_behind_what_is_selected(blog: Database) -> None:
    with assert_num_queries(2):
        posts = await Post.objects.select_related("author").prefetch_related("author__posts").order_by("id")
    with assert_num_queries(0):
        assert sorted(titles(posts[0].author.posts)) == ["a1", "a2"]


async def test_prefetch_with_a_query(blog: Database) -> None:
    latest = Prefetch("posts", queryset=Post.objects.order_by("-id")[:1], to_attr="latest")
    with assert_num_queries(3):
        authors = await Author.objects.prefetch_related("posts", latest).order_by("id")
    with assert_num_queries(0):
        assert [titles(author.latest) for author in authors] == [["a2"], ["b1"], []]  # type: ignore[attr-defined]
        assert isinstance(authors[0].latest, list)  # type: ignore[attr-defined]
        assert len(authors[0].posts) == 2
    some = Prefetch("posts", queryset=Post.objects.filter(title="a2").select_related("editor"))
    with assert_num_queries(2):
        authors = await Author.objects.prefetch_related(some).order_by("id")
    with assert_num_queries(0):
        assert [titles(author.posts) for author in authors] == [["a2"], [], []]
        assert authors[0].posts[0].editor.name == "Bo"


async def test_slices_count_for_each_parent_through_a_junction(blog: Database) -> None:
    first = Prefetch("tags", queryset=Tag.objects.order_by("-word")[:1])
    posts = await Post.objects.prefetch_related(first).order_by("id")
    assert [words(post.tags) for post in posts] == [["y"], [], ["x"]]


async def test_prefetch_of_nothing_asks_nothing(blog: Database) -> None:
    with assert_num_queries(1):
        assert await Author.objects.filter(id=99).prefetch_related("posts__tags") == []
    with assert_num_queries(2):
        await Author.objects.filter(id=3).prefetch_related("posts__tags")


def test_prefetch_refuses_what_makes_no_sense(blog: Database) -> None:
    with pytest.raises(FieldError, match="no relationship"):
        Author.objects.prefetch_related("posts__nothing")
    with pytest.raises(QueryError, match="leads to Post, and its query is about Tag"):
        Author.objects.prefetch_related(Prefetch("posts", queryset=Tag.objects.all()))
    with pytest.raises(QueryError, match="must give objects"):
        Author.objects.prefetch_related(Prefetch("posts", queryset=Post.objects.values("id")))
    with pytest.raises(QueryError, match="twice"):
        Author.objects.prefetch_related("posts", Prefetch("posts", queryset=Post.objects.filter(id=1)))
    with pytest.raises(QueryError, match="names what is read"):
        Author.objects.prefetch_related()


async def test_a_slice_for_each_parent_of_distinct_rows(blog: Database) -> None:
    first = Prefetch("posts", queryset=Post.objects.order_by("title").distinct()[:1])
    assert [titles(author.posts) for author in await Author.objects.order_by("id").prefetch_related(first)] == [
        ["a1"],
        ["b1"],
        [],
    ]


@pytest.mark.parametrize("name", ["", "not a name", "1st", 3])
def test_to_attr_is_the_name_of_an_attribute(name: Any) -> None:
    with pytest.raises(TypeError, match="to_attr is the name of an attribute, not"):
        Author.objects.prefetch_related(Prefetch("posts", to_attr=name))


# In streams


async def test_each_batch_of_a_stream_takes_its_prefetches(blog: Database, run: Any) -> None:
    ordered = Author.objects.order_by("id").select_related("profile")
    latest = Prefetch("posts", queryset=Post.objects.order_by("-id")[:1], to_attr="latest")
    with assert_num_queries(1 + 3 + 2):  # the stream; authors' posts, their tags, the latest; of Cy, no posts and none
        batches = [batch async for batch in run.stream(ordered.prefetch_related("posts__tags", latest), batch_size=2)]
    authors = [author for batch in batches for author in batch]
    assert [len(batch) for batch in batches] == [2, 1]
    with assert_num_queries(0):
        assert [titles(author.posts) for author in authors] == [["a1", "a2"], ["b1"], []]
        assert [titles(author.latest) for author in authors] == [["a2"], ["b1"], []]  # type: ignore[attr-defined]
        assert words(authors[0].posts[0].tags) == ["x", "y"]
        assert authors[0].posts[0].author is authors[0]
    one_by_one = [post async for post in run.stream(Post.objects.prefetch_related("author").order_by("id"))]
    assert [post.author.name for post in one_by_one] == ["Ada", "Ada", "Bo"]


async def test_a_stream_in_a_transaction_takes_its_prefetches(blog: Database) -> None:
    async with transaction():
        await Post.objects.filter(title="b1").update(title="b2")
        found = [author async for author in Author.objects.prefetch_related("posts").order_by("id").stream()]
        assert [titles(author.posts) for author in found] == [["a1", "a2"], ["b2"], []]


async def test_a_stream_stopped_between_batches_gives_its_connections_back(blog: Database) -> None:
    async for _ in Author.objects.prefetch_related("posts").stream(batch_size=1):
        break
    gc.collect()
    for _ in range(8):
        assert await Author.objects.prefetch_related("posts").count() == 3


# When it is asked for


async def test_not_loaded_teaches(blog: Database) -> None:
    post = await Post.objects.get(id=1)
    with assert_num_queries(0):
        for use in (lambda: post.author.name, lambda: bool(post.author), lambda: post.author == 1):
            with pytest.raises(NotLoadedError) as raised:
                use()
        message = str(raised.value)
        for way in ('select_related("author")', "await post.author", "post.author.load_sync()"):
            assert way in message
        for use in (lambda: len(post.tags), lambda: list(post.tags), lambda: post.tags[0], lambda: 1 in post.tags):
            with pytest.raises(NotLoadedError, match=r"prefetch_related\(\"tags\"\)"):
                use()
        assert "not loaded" in repr(post.author)
        assert "not loaded" in repr(post.tags)
        assert "author_id=1" in repr(post)


async def test_awaiting_loads_for_all_siblings(blog: Database) -> None:
    authors = await Author.objects.order_by("id")
    with assert_num_queries(1):
        assert [sorted(titles(await author.posts)) for author in authors] == [["a1", "a2"], ["b1"], []]
    with assert_num_queries(1):
        for author in authors:
            for post in author.posts:
                await post.tags
    posts = await Post.objects.order_by("id")
    with assert_num_queries(1):
        assert [(await post.author).name for post in posts] == ["Ada", "Ada", "Bo"]
    with assert_num_queries(1):
        editors = [await post.editor for post in posts]
    assert [editor and editor.name for editor in editors] == [None, "Bo", "Ada"]
    with assert_num_queries(0):
        assert posts[0].author is posts[1].author
        assert (await posts[0].author).name == "Ada"


def test_blocking_loads(blog: Database) -> None:
    posts = Post.objects.order_by("id").all_sync()
    with assert_num_queries(2):
        assert [post.author.load_sync().name for post in posts] == ["Ada", "Ada", "Bo"]
        assert [words(post.tags.load_sync()) for post in posts] == [["x", "y"], [], ["x"]]


async def test_a_missing_one_to_one(blog: Database) -> None:
    authors = await Author.objects.order_by("id")
    with assert_num_queries(1):
        assert (await authors[0].profile).bio == "first"
        assert await authors[1].profile is None
        assert await authors[2].profile is None
    assert authors[1].profile is None


async def test_siblings_that_are_gone_cost_nothing(blog: Database) -> None:
    first = (await Author.objects.order_by("id"))[0]
    gc.collect()
    with assert_num_queries(1):
        assert len(await first.posts) == 2


async def test_a_changed_foreign_key_forgets_the_parent(blog: Database) -> None:
    post = await Post.objects.select_related("author").get(id=1)
    post.author_id = 1
    assert post.author.name == "Ada"
    post.author_id = 2
    with pytest.raises(NotLoadedError):
        _ = post.author.name
    assert (await post.author).name == "Bo"
    await post.refresh()
    with pytest.raises(NotLoadedError):
        _ = post.author.name


async def test_self_reference(blog: Database) -> None:
    with assert_num_queries(2):
        comments = await Comment.objects.prefetch_related("answers").order_by("id")
    assert [[answer.text for answer in comment.answers] for comment in comments] == [["c1-answer"], [], [], []]
    assert comments[0].answers[0].parent is comments[0]
    assert await Comment.objects.filter(parent__author__name="Bo").count() == 1


# Conditions


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Q(author__name="Ada"), ["a1", "a2"]),
        (Q(author=1), ["a1", "a2"]),
        (Q(author__in=[1, 2]), ["a1", "a2", "b1"]),
        (Q(author__id__gt=1), ["b1"]),
        (Q(author__profile__bio="first"), ["a1", "a2"]),
        (Q(author__profile__isnull=True), ["b1"]),
        (Q(editor__isnull=True), ["a1"]),
        (Q(editor=None), ["a1"]),
        (Q(editor__name="Ada"), ["b1"]),
        (~Q(editor__name="Ada"), ["a1", "a2"]),
        (Q(editor__name__ne="Ada"), ["a1", "a2"]),
        (Q(editor__name=None), ["a1"]),
        (Q(editor__name="Ada") | Q(title="a1"), ["a1", "b1"]),
        (Q(tags__word="x"), ["a1", "b1"]),
        (~Q(tags__word="x"), ["a2"]),
        (Q(tags__isnull=True), ["a2"]),
        (Q(tags__isnull=False), ["a1", "b1"]),
        (Q(tags=2), ["a1"]),
        (Q(tags__in=[1, 2]), ["a1", "b1"]),
        (Q(tags__word__in=["x", "y"]), ["a1", "b1"]),
        (Q(tags__word="x", tags__id=2), []),
        (Q(tags__word="x") & Q(tags__id=2), []),
        (Q(tags__word="x") & ~Q(tags__id=2), ["b1"]),
        (Q(tags__word="x") & (Q(tags__id=2) | Q(title="b1")), ["b1"]),
        (Q(comments__author__name="Bo"), ["a1"]),
        (Q(comments__text="c1", comments__author__name="Bo"), ["a1"]),
        (Q(comments__text="c2", comments__author__name="Bo"), []),
        (Q(comments__author__isnull=True), ["a1"]),
        (Q(author__posts__title="a2"), ["a1", "a2"]),
        (Q(comments__answers__text__startswith="c1"), ["a1"]),
    ],
)
async def test_conditions_along_relationships(blog: Database, condition: Q, expected: list[str]) -> None:
    assert titles(await Post.objects.filter(condition).order_by("title")) == expected
    others = [title for title in ("a1", "a2", "b1") if title not in expected]
    assert titles(await Post.objects.exclude(condition).order_by("title")) == others
    assert await Post.objects.filter(condition).count() == len(expected)


async def test_separate_calls_may_mean_other_rows(blog: Database) -> None:
    assert titles(await Post.objects.filter(tags__word="x").filter(tags__word="y")) == ["a1"]
    assert titles(await Post.objects.filter(tags__word="x", tags__id__in=[2])) == []


async def test_conditions_take_objects(blog: Database) -> None:
    ada = await Author.objects.get(name="Ada")
    tag = await Tag.objects.get(word="y")
    assert titles(await Post.objects.filter(author=ada).order_by("id")) == ["a1", "a2"]
    assert titles(await Post.objects.filter(tags=tag)) == ["a1"]
    assert titles(await Post.objects.filter(editor__in=[ada, None]).order_by("id")) == ["a1", "b1"]
    assert titles(await Post.objects.exclude(author__ne=ada).order_by("id")) == ["a1", "a2"]
    with pytest.raises(ValidationError, match="an object of Author, not of Tag"):
        Post.objects.filter(author=tag)
    with pytest.raises(ValidationError, match="saved"):
        Post.objects.filter(author=Author(name="new"))
    with pytest.raises(FieldError, match="is a relationship"):
        Post.objects.filter(author__contains="x")
    with pytest.raises(FieldError, match='did you mean "name"'):
        Post.objects.filter(author__nme="x")


async def test_order_along_relationships(blog: Database) -> None:
    assert titles(await Post.objects.order_by("-author__name", "title")) == ["b1", "a1", "a2"]
    assert titles(await Post.objects.order_by("editor__name", "id")) == ["b1", "a2", "a1"]
    with pytest.raises(FieldError, match="leads to many rows"):
        Post.objects.order_by("tags__word")


async def test_writes_choose_rows_by_related_ones(blog: Database) -> None:
    assert await Post.objects.filter(author__name="Ada", tags__isnull=True).update(title="found") == 1
    assert (await Post.objects.get(id=2)).title == "found"
    assert await Comment.objects.filter(post__author__name="Bo").delete() == 1
    assert await Comment.objects.count() == 3


# Many parents


class Parent(Model):
    __tablename__ = table("many_parents")

    id = Field(BigInteger, primary_key=True)
    children = OneToMany("test_relationships.Child", back_populates="parent")


class Child(Model):
    __tablename__ = table("many_children")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(20))
    parent = ForeignKey(Parent, back_populates="children")


async def test_tens_of_thousands_of_parents_are_one_statement(db: Database) -> None:
    db.create(Parent, Child)
    number = 40_000
    await Parent.objects.bulk_create([Parent(id=at) for at in range(number)])
    await Child.objects.bulk_create([Child(name=str(at), parent_id=at) for at in range(0, number, 2)])
    with assert_num_queries(2):
        parents = await Parent.objects.prefetch_related("children").order_by("id")
    assert [len(parent.children) for parent in parents] == [1, 0] * (number // 2)
    parents = await Parent.objects.order_by("id")
    with assert_num_queries(1):
        await parents[0].children
    assert parents[-2].children[0].name == str(number - 2)


async def test_the_junction_is_a_model_like_others(blog: Database) -> None:
    sure = await Tagging.objects.filter(certain=True).order_by("post_id")
    assert [(tagging.post_id, tagging.tag_id) for tagging in sure] == [(1, 1), (3, 1)]
