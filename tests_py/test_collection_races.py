"""Collections that somebody else changes at the same time: what is there stays, what is gone is told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from blog import Author, Comment, Post, Tag, Tagging, fill
from chakra.exceptions import ForeignKeyViolation, QueryError
from chakra.testing import assert_num_queries
from conftest import Database, past_chakra
from models import table
from mysql_client import mysql_connect

HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


@contextmanager
def another_program(db: Database, sql: str) -> Iterator[Callable[[], None]]:
    """A statement in a transaction that is open until what this gives is called."""
    if db.backend == "postgres":
        with psycopg.connect(past_chakra(db.url)) as postgres:
            postgres.execute(sql.encode())
            yield postgres.commit
    elif db.backend == "mysql":
        with mysql_connect(db.url) as mysql, mysql.cursor() as cursor:
            mysql.begin()
            cursor.execute(sql)
            yield mysql.commit
    else:
        command = [sys.executable, "-c", HOLDING, str(db.path), sql]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process.stdin.close
        assert process.returncode == 0


async def added(tags: Any, objects: list[Any], *, blocking: bool) -> None:
    if blocking:
        await asyncio.to_thread(tags.add_sync, *objects)
    else:
        await tags.add(*objects)


@pytest.mark.parametrize("blocking", [False, True], ids=["async", "sync"])
async def test_rows_that_somebody_joined_meanwhile_stay(blog: Database, blocking: bool) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=2)
    x, y, _z = await Tag.objects.order_by("id")
    junction = table("blog_taggings")
    with another_program(blog, f"INSERT INTO {junction} (post_id, tag_id, certain) VALUES (2, 1, FALSE)") as commit:
        # The first of these statements looks what is there, the second waits for the other program.
        looked = blog.pool.metrics().statements + 2
        adding = asyncio.ensure_future(added(post.tags, [x, y], blocking=blocking))
        while blog.pool.metrics().statements < looked and not adding.done():  # noqa: ASYNC110 - a counter tells no event
            await asyncio.sleep(0)
        assert not adding.done()
        commit()
        await adding
    assert sorted(tag.word for tag in post.tags) == ["x", "y"]
    rows = await Tagging.objects.filter(post_id=2).order_by("tag_id")
    assert [(row.tag_id, row.certain) for row in rows] == [(1, False), (2, True)]


async def test_what_is_no_race_is_not_tried_again(blog: Database, run: Any) -> None:
    post = await Post.objects.prefetch_related("tags").get(id=2)
    x, _y, z = await Tag.objects.order_by("id")
    await Tag.objects.filter(id=3).delete()
    with pytest.raises(ForeignKeyViolation):
        await run(post.tags.add, x, z)
    assert post.tags == []
    assert await Tagging.objects.filter(post_id=2).count() == 0


async def test_rows_that_are_gone_are_told(blog: Database, run: Any) -> None:
    cy = await Author.objects.prefetch_related("posts").get(id=3)
    a1, b1 = await Post.objects.filter(id__in=[1, 3]).order_by("id")
    await Comment.objects.filter(post_id=3).delete()
    await Post.objects.filter(id=3).delete()
    with pytest.raises(QueryError, match=r"Author\.posts: 1 of the Post given have no row any more"):
        await run(cy.posts.add, a1, b1)
    with pytest.raises(QueryError, match="no row any more"):
        await run(cy.posts.add, b1)
    assert cy.posts == []
    assert (a1.author_id, await cy.posts.count()) == (1, 0)


async def test_creating_behind_a_junction_takes_two_statements(blog: Database, run: Any) -> None:
    post = await Post.objects.get(id=2)
    with assert_num_queries(2):
        await run(post.tags.create, word="new")
