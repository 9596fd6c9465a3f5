"""Loading when it is asked for: once for all that ask, or each for itself, whatever was loaded before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import chakra
from blog import Author, Comment, Post, Profile, Tag, fill
from chakra.exceptions import ConfigError, NotLoadedError, SessionError
from chakra.related import Way
from chakra.testing import assert_num_queries
from conftest import Database

Load = Callable[[Any, Any], Awaitable[Any]]


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


@pytest.fixture(params=["async", "sync"])
def load(request: pytest.FixtureRequest) -> Load:
    """`await load(Book.author, book)`, in both faces."""

    async def awaited(way: Way[Any, Any], instance: Any) -> Any:
        return await way.load(instance)

    async def blocking(way: Way[Any, Any], instance: Any) -> Any:
        return way.load_sync(instance)

    return awaited if request.param == "async" else blocking


# What is loaded, and what is not, in one loop


async def test_load_takes_what_comes(blog: Database, load: Load) -> None:
    """Not loaded, without any, read before, and read as None: always the object or None, one statement in all."""
    comments = await Comment.objects.order_by("id")
    with assert_num_queries(1):
        authors = [await load(Comment.author, comment) for comment in comments]
        again = [await load(Comment.author, comment) for comment in comments]
    assert [author and author.name for author in authors] == ["Bo", None, "Cy", "Ada"]
    assert [author and author.name for author in again] == ["Bo", None, "Cy", "Ada"]
    assert comments[1].author is None, "what was asked for is loaded, and plain Python"


async def test_load_of_what_a_query_read(blog: Database, load: Load) -> None:
    read = await Comment.objects.select_related("author").prefetch_related("answers").order_by("id")
    with assert_num_queries(0):
        authors = [await load(Comment.author, comment) for comment in read]
        answers = [await load(Comment.answers, comment) for comment in read]
    assert [author and author.name for author in authors] == ["Bo", None, "Cy", "Ada"]
    assert [[answer.text for answer in of] for of in answers] == [["c1-answer"], [], [], []]
    assert answers[0] is read[0].answers


async def test_an_object_without_a_key_of_it_has_none(blog: Database, load: Load) -> None:
    """What stands under the name is told by how the row was read, not by what it holds."""
    comment = await Comment.objects.get(text="c2")
    with pytest.raises(NotLoadedError):
        assert comment.author
    with assert_num_queries(0):
        assert await load(Comment.author, comment) is None
    assert comment.author is None
    other = await Comment.objects.get(text="c2")
    with assert_num_queries(0):
        assert await other.author is None


async def test_load_after_a_change(blog: Database, load: Load) -> None:
    post = await Post.objects.get(title="a1")
    assert (await load(Post.author, post)).name == "Ada"
    post.author_id = 2
    assert (await load(Post.author, post)).name == "Bo"
    held = post.author
    assert held is await load(Post.author, post)


async def test_load_of_a_new_object(blog: Database, load: Load) -> None:
    assert await load(Comment.parent, Comment(text="new")) is None
    assert list(await load(Author.posts, Author(name="new"))) == []


async def test_load_of_anything_else(blog: Database, load: Load) -> None:
    tag = await Tag.objects.get(word="x")
    with pytest.raises(TypeError, match=r"Post\.author\.load takes an object of Post, not Tag"):
        await load(Post.author, tag)
    with pytest.raises(TypeError, match=r"not the class Post"):
        await load(Post.author, Post)
    with pytest.raises(TypeError, match=r"not NotLoaded"):
        await load(Author.profile, (await Post.objects.get(title="a1")).author)


async def test_a_handle_reads_once(blog: Database) -> None:
    post = await Post.objects.get(title="a1")
    handle: Any = post.author
    with pytest.raises(NotLoadedError, match=r"Post\.author\.load\(post\) .* suits gather"):
        {handle}  # noqa: B018
    with assert_num_queries(1):
        first = await handle
        assert await handle is first
        assert handle.load_sync() is first


# Those who ask at once


async def test_siblings_that_ask_at_once_share_a_statement(blog: Database) -> None:
    posts = await Post.objects.order_by("id")
    with assert_num_queries(1):
        authors = await asyncio.gather(*(post.author.load() for post in posts))  # type: ignore[attr-defined]
    assert [author.name for author in authors] == ["Ada", "Ada", "Bo"]
    with assert_num_queries(1):
        tags = await asyncio.gather(*(post.tags.load() for post in posts), *(Post.tags.load(post) for post in posts))
    assert [len(own) for own in tags] == [2, 0, 1, 2, 0, 1]
    comments = await Comment.objects.order_by("id")
    with assert_num_queries(1):
        writers = await asyncio.gather(*(Comment.author.load(comment) for comment in comments))
    assert [writer and writer.name for writer in writers] == ["Bo", None, "Cy", "Ada"]


async def test_different_relationships_do_not_wait_for_each_other(blog: Database) -> None:
    posts = await Post.objects.order_by("id")
    with assert_num_queries(3):
        ways: list[Any] = [Post.author, Post.editor]
        await asyncio.gather(*(way.load(post) for way in ways for post in posts), posts[0].comments.load())


async def test_whoever_waits_goes_on_when_the_first_is_cancelled(blog: Database) -> None:
    posts = await Post.objects.order_by("id")
    first = asyncio.ensure_future(Post.author.load(posts[0]))
    others = [asyncio.ensure_future(Post.author.load(post)) for post in posts[1:]]
    await asyncio.sleep(0)  # all have started
    first.cancel()
    assert [author.name for author in await asyncio.gather(*others)] == ["Ada", "Bo"]
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert (await Post.author.load(posts[0])).name == "Ada"


async def test_whoever_waits_may_be_cancelled_alone(blog: Database) -> None:
    posts = await Post.objects.order_by("id")
    first = asyncio.ensure_future(Post.author.load(posts[0]))
    other = asyncio.ensure_future(Post.author.load(posts[1]))
    await asyncio.sleep(0)
    other.cancel()
    assert (await first).name == "Ada"
    with assert_num_queries(0):
        assert (await Post.author.load(posts[1])).name == "Ada"


async def test_a_load_does_not_wait_for_one_of_another_transaction(blog: Database) -> None:
    """Code outside of an inner block waits for its end: to wait for such code inside would be to wait for ever."""
    started = asyncio.Event()

    async def outside(post: Post) -> str:
        await started.wait()
        return (await Post.author.load(post)).name

    async with chakra.transaction():
        posts = await Post.objects.order_by("id")
        other = asyncio.ensure_future(outside(posts[0]))
        await asyncio.sleep(0)
        async with chakra.transaction():
            started.set()
            await asyncio.sleep(0)  # the other asks, and waits for the end of this block
            assert (await asyncio.wait_for(Post.author.load(posts[2]), 30)).name == "Bo"
        assert await other == "Ada"


async def test_a_failure_is_told_to_all_who_asked(blog: Database) -> None:
    posts = await Post.objects.order_by("id")
    await blog.pool.close()
    failures = await asyncio.gather(*(Post.author.load(post) for post in posts), return_exceptions=True)
    assert [type(failure) for failure in failures] == [SessionError] * 3


def test_objects_outlive_their_loop(blog: Database) -> None:
    async def one(post: Post) -> str:
        return (await Post.author.load(post)).name

    posts = Post.objects.order_by("id").all_sync()
    assert asyncio.run(one(posts[0])) == "Ada"
    with assert_num_queries(0):
        assert asyncio.run(one(posts[2])) == "Bo"


# Each for itself


async def test_lazy_loads_of_their_own(blog: Database, load: Load) -> None:
    """A pool can be told that each object loads for itself."""
    alone = await chakra.create_pool(blog.url, name="alone", max_connections=2, batch_lazy_loads=False)
    try:
        posts = await Post.objects.using(alone).order_by("id")
        with assert_num_queries(3, alone):
            authors = [await load(Post.author, post) for post in posts]
        assert [author.name for author in authors] == ["Ada", "Ada", "Bo"]
        with assert_num_queries(1, alone):
            assert len(await load(Post.tags, posts[0])) == 2
        assert not posts[1].tags.is_loaded
        with assert_num_queries(2, alone):
            await asyncio.gather(posts[1].tags.load(), posts[2].tags.load())
        together = await Post.objects.order_by("id")
        with assert_num_queries(1):
            assert [(await load(Post.author, post)).name for post in together] == ["Ada", "Ada", "Bo"]
    finally:
        await alone.close()


def test_the_option_is_a_flag(blog: Database) -> None:
    with pytest.raises(ConfigError, match="batch_lazy_loads must be True or False"):
        chakra.connect_sync(blog.url, name="odd", batch_lazy_loads=1)


async def test_one_to_one_from_the_other_end(blog: Database, load: Load) -> None:
    authors = await Author.objects.order_by("name")
    with assert_num_queries(1):
        profiles = [await load(Author.profile, author) for author in authors]
    assert [profile and profile.bio for profile in profiles] == ["first", None, None]
    assert isinstance(profiles[0], Profile)
