"""Changing what is related: collections that write, and both sides kept in step in memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from blog import Author, Comment, Post, Profile, Tag, Tagging, fill
from chakra import Prefetch
from chakra.exceptions import (
    FieldError,
    ForeignKeyViolation,
    NotLoadedError,
    QueryError,
    ValidationError,
)
from chakra.testing import assert_num_queries
from conftest import Database


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


def titles(posts: Any) -> list[str]:
    return sorted(post.title for post in posts)


def words(tags: Any) -> list[str]:
    return sorted(tag.word for tag in tags)


# In memory


def test_assigning_a_parent_sets_the_foreign_key(blog: Database) -> None:
    ada, bo = Author.objects.get_sync(id=1), Author.objects.get_sync(id=2)
    post = Post(title="new", author=ada)
    assert post.author_id == 1
    post.author = bo
    assert (post.author_id, post.author) == (2, bo)
    post.editor = ada
    post.editor = None
    assert (post.editor_id, post.editor) == (None, None)
    with pytest.raises(FieldError, match="its author twice, as author and as author_id"):
        Post(title="new", author=ada, author_id=2)
    with pytest.raises(ValidationError, match="an object of Author or None, not of Tag"):
        post.author = Tag(word="x")
    with pytest.raises(ValidationError, match=r"Post\.author_id"):
        post.author = None


def test_both_sides_are_kept_in_step(blog: Database) -> None:
    ada, bo = Author.objects.prefetch_related("posts").order_by("id").limit(2).all_sync()
    post = Post(title="new", author=ada)
    assert post in list(ada.posts)
    assert titles(ada.posts) == ["a1", "a2", "new"]
    post.author = bo
    assert titles(ada.posts) == ["a1", "a2"]
    assert titles(bo.posts) == ["b1", "new"]
    first = next(post for post in ada.posts if post.title == "a1")
    first.author_id = 2
    assert titles(ada.posts) == ["a2"]


def test_new_objects_hold_each_other(blog: Database) -> None:
    author = Author(name="new")
    assert author.posts == []
    post = Post(title="p", author=author)
    assert author.posts[0] is post
    assert post.author_id is None
    with pytest.raises(ValidationError, match=r"Post\.author: the Author has no key yet: save it first"):
        post.save_sync()
    author.save_sync()
    post.save_sync()
    assert Post.objects.get_sync(title="p").author_id == author.id
    other = Author(name="other", posts=[Post(title="q"), Post(title="r")])
    assert all(post.author is other for post in other.posts)


def test_one_to_one_is_kept_in_step(blog: Database) -> None:
    bo = Author.objects.get_sync(id=2)
    profile = Profile(bio="second", author=bo)
    assert bo.profile is profile
    profile.save_sync()
    assert Author.objects.select_related("profile").get_sync(id=2).profile.bio == "second"
    cy = Author.objects.get_sync(id=3)
    cy.profile = Profile(bio="third")
    assert cy.profile.author is cy
    assert cy.profile.author_id == 3


def test_a_saved_collection_is_not_assigned(blog: Database) -> None:
    ada = Author.objects.get_sync(id=1)
    with pytest.raises(QueryError, match=r"await author\.posts\.set"):
        ada.posts = []  # type: ignore[assignment]


def test_loaded_objects_are_pickled_and_copied(blog: Database) -> None:
    ada = Author.objects.prefetch_related("posts__tags").get_sync(id=1)
    twin = pickle.loads(pickle.dumps(ada))
    assert titles(twin.posts) == ["a1", "a2"]
    assert twin.posts[0].author is twin
    deep = copy.deepcopy(ada)
    assert deep.posts[0].author is deep
    assert deep.posts[0] is not ada.posts[0]
    shallow = copy.copy(ada)
    assert titles(shallow.posts) == ["a1", "a2"]
    assert shallow.posts is not ada.posts
    Post(title="new", author=shallow)
    assert (len(shallow.posts), len(ada.posts)) == (3, 2)
    post = Post.objects.get_sync(id=1)
    again = pickle.loads(pickle.dumps(post))
    with pytest.raises(NotLoadedError):
        _ = again.author.name
    assert again.author.load_sync().name == "Ada"
    assert set(ada.to_dict()) == {"id", "name"}


# One to many


async def test_add_to_one_to_many(blog: Database, run: Any) -> None:
    cy = await Author.objects.prefetch_related("posts").get(id=3)
    a1 = await Post.objects.get(id=1)
    with assert_num_queries(2):
        await run(cy.posts.add, a1, Post(title="new"))
    assert titles(cy.posts) == ["a1", "new"]
    assert a1.author_id == 3
    assert a1.author is cy
    assert titles(await Post.objects.filter(author=3)) == ["a1", "new"]
    with assert_num_queries(0):
        await a1.save()
    await run(cy.posts.add, a1)
    assert titles(cy.posts) == ["a1", "new"]
    assert await cy.posts.count() == 2


async def test_create_in_one_to_many(blog: Database, run: Any) -> None:
    ada = await Author.objects.get(id=1)
    with assert_num_queries(1):
        post = await run(ada.posts.create, title="a3")
    assert post.id is not None
    assert (post.author_id, post.author) == (1, ada)
    assert titles(await Post.objects.filter(author=ada)) == ["a1", "a2", "a3"]


async def test_remove_from_one_to_many(blog: Database, run: Any) -> None:
    bo = await Author.objects.prefetch_related("edited").get(id=2)
    a2, b1 = await Post.objects.get(id=2), await Post.objects.get(id=3)
    await run(bo.edited.remove, a2, b1)
    assert bo.edited == []
    assert a2.editor_id is None
    assert b1.editor_id == (await Post.objects.get(id=3)).editor_id == 1  # it was not Bo's to end
    with pytest.raises(QueryError, match=r"Post\.author_id cannot be NULL.*delete them"):
        await run(bo.posts.remove, b1)
    with pytest.raises(QueryError, match="cannot be NULL"):
        await run(bo.posts.clear)
    assert await bo.posts.count() == 1


async def test_set_of_one_to_many(blog: Database, run: Any) -> None:
    ada = await Author.objects.prefetch_related("edited").get(id=1)
    a1, a2 = await Post.objects.filter(id__lte=2).order_by("id")
    await run(ada.edited.set, [a1, a2])
    assert titles(ada.edited) == ["a1", "a2"]
    assert titles(await Post.objects.filter(editor=1)) == ["a1", "a2"]
    await run(ada.edited.clear)
    assert ada.edited == []
    assert await Post.objects.filter(editor=1).count() == 0


# Many to many


async def test_add_to_many_to_many_is_idempotent(blog: Database, run: Any) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=1)
    x, y, z = await Tag.objects.prefetch_related("posts").order_by("id")
    await run(post.tags.add, x, z, z)
    assert words(post.tags) == ["x", "y", "z"]
    assert titles(z.posts) == ["a1"]
    rows = await Tagging.objects.filter(post_id=1).order_by("tag_id")
    assert [(row.tag_id, row.certain) for row in rows] == [(1, True), (2, False), (3, True)]
    await run(post.tags.add)
    await run(y.posts.add, await Post.objects.get(id=2), through_defaults={"certain": False})
    assert (await Tagging.objects.get(post_id=2, tag_id=2)).certain is False


async def test_remove_and_clear_of_many_to_many(blog: Database, run: Any) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=1)
    x, _y, z = await Tag.objects.order_by("id")
    with assert_num_queries(1):
        await run(post.tags.remove, x, z)
    assert words(post.tags) == ["y"]
    assert [row.tag_id for row in await Tagging.objects.filter(post_id=1)] == [2]
    assert await Tagging.objects.filter(post_id=3).count() == 1
    await run(post.tags.clear)
    assert post.tags == []
    assert await Tagging.objects.filter(post_id=1).count() == 0
    assert await Tag.objects.count() == 3


async def test_set_keeps_the_rows_of_those_who_stay(blog: Database, run: Any) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=1)
    _x, y, z = await Tag.objects.order_by("id")
    await run(post.tags.set, [y, z])
    assert words(post.tags) == ["y", "z"]
    rows = await Tagging.objects.filter(post_id=1).order_by("tag_id")
    assert [(row.tag_id, row.certain) for row in rows] == [(2, False), (3, True)]


async def test_create_in_many_to_many(blog: Database, run: Any) -> None:
    post = await Post.objects.get(id=2)
    tag = await run(post.tags.create, word="new", through_defaults={"certain": False})
    assert tag.id is not None
    assert (await Tagging.objects.get(post_id=2)).certain is False
    assert words(await post.tags) == ["new"]


async def test_many_to_many_refuses_what_is_not_saved(blog: Database, run: Any) -> None:
    post = await Post.objects.get(id=1)
    with pytest.raises(ValidationError, match="not saved"):
        await run(post.tags.add, await Tag.objects.get(id=3), Tag(word="new"))
    with pytest.raises(ValidationError, match="objects of Tag, not of Author"):
        await run(post.tags.add, await Author.objects.get(id=1))
    with pytest.raises(QueryError, match="no key yet"):
        await run(Post(title="new").tags.add, await Tag.objects.get(id=1))
    assert await Tagging.objects.count() == 3


async def test_friends_are_friends_both_ways(blog: Database, run: Any) -> None:
    ada, bo, cy = await Author.objects.prefetch_related("friends").order_by("id")
    await run(ada.friends.add, bo, cy)
    assert [author.name for author in bo.friends] == ["Ada"]
    ada, bo, cy = await Author.objects.prefetch_related("friends").order_by("id")
    assert sorted(author.name for author in ada.friends) == ["Bo", "Cy"]
    assert [author.name for author in cy.friends] == ["Ada"]
    await run(bo.friends.remove, ada)
    assert [author.name for author in ada.friends] == ["Cy"]
    assert await Author.objects.filter(friends__name="Ada").count() == 1
    await run(ada.friends.set, [ada, bo])
    assert sorted(author.name for author in await Author.objects.filter(friends=ada)) == ["Ada", "Bo"]
    with pytest.raises(QueryError, match="nothing else"):
        await run(ada.friends.add, cy, through_defaults={"since": 1})


async def test_following_is_not_mutual(blog: Database, run: Any) -> None:
    ada, bo, cy = await Author.objects.order_by("id")
    await run(ada.following.add, bo, cy)
    await run(bo.followers.add, cy)
    ada, bo, cy = await Author.objects.prefetch_related("following", "followers").order_by("id")
    assert [author.name for author in ada.following] == ["Bo", "Cy"]
    assert ada.followers == []
    assert sorted(author.name for author in bo.followers) == ["Ada", "Cy"]
    assert [author.name for author in await Author.objects.filter(followers__name="Cy")] == ["Bo"]


# Queries


async def test_collections_are_queries(blog: Database, run: Any) -> None:
    ada = await Author.objects.get(id=1)
    post = await Post.objects.get(id=1)
    assert titles(await ada.posts.filter(title__endswith="2")) == ["a2"]
    assert titles(await ada.posts.exclude(title="a2")) == ["a1"]
    assert [post.title for post in await ada.posts.order_by("-title")] == ["a2", "a1"]
    assert await run(post.tags.count) == 2
    assert await run(post.tags.exists)
    assert (await run(post.tags.get, word="y")).id == 2
    assert await run(post.tags.get_or_none, word="z") is None
    assert (await run(ada.posts.first)).title == "a1"
    assert await run(ada.posts.update, title="all") == 2
    assert (await Post.objects.get(id=3)).title == "b1"
    assert not ada.posts.is_loaded
    with pytest.raises(QueryError, match="no key yet"):
        Author(name="new").posts.filter(title="x")


async def test_restricted_rows_stay(blog: Database, run: Any) -> None:
    ada = await Author.objects.get(id=1)
    with pytest.raises(ForeignKeyViolation):
        await run(ada.delete)
    assert await Author.objects.count() == 3
    await run((await Post.objects.get(id=3)).delete)
    assert await Comment.objects.filter(post=3).count() == 0


async def test_a_failed_change_leaves_nothing(blog: Database, run: Any) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=2)
    gone = await Tag.objects.get(id=3)
    await Tag.objects.filter(id=3).delete()
    with pytest.raises(ForeignKeyViolation):
        await run(post.tags.set, [await Tag.objects.get(id=1), gone])
    assert post.tags == []
    assert await Tagging.objects.filter(post_id=2).count() == 0
    with pytest.raises(ForeignKeyViolation):
        await run(post.tags.add, await Tag.objects.get(id=1), gone)
    assert await Tagging.objects.filter(post_id=2).count() == 0


def test_collections_are_not_created_by_the_way(blog: Database) -> None:
    with pytest.raises(QueryError, match=r"create of Author writes one object.*await author\.posts\.add"):
        Author.objects.create_sync(name="new", posts=[Post(title="p")])
    with pytest.raises(QueryError, match="needs both keys: save the Post"):
        Post(title="p", tags=[Tag(word="w")])
    assert Author.objects.count_sync() == 3


def test_a_one_to_one_that_is_replaced_lets_go(blog: Database) -> None:
    ada = Author.objects.select_related("profile").get_sync(id=1)
    first, second = ada.profile, Profile(bio="second")
    ada.profile = second
    assert (ada.profile, second.author) == (second, ada)
    with pytest.raises(NotLoadedError):
        _ = first.author.name
    assert first.author_id == 1  # it cannot be NULL, so that saving the second is refused


def test_prefetch_keeps_to_names_that_are_free(blog: Database) -> None:
    for name in ("name", "posts", "save", "pk"):
        with pytest.raises(QueryError, match="give to_attr another name"):
            Author.objects.prefetch_related(Prefetch("posts", to_attr=name))
