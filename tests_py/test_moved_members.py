"""An object that comes into a collection leaves where it was; a value that says otherwise is refused."""

from __future__ import annotations

from typing import Any

import pytest

from blog import Author, Comment, Post, Tag, Tagging, fill
from chakra.exceptions import ValidationError
from chakra.testing import assert_num_queries
from conftest import Database


@pytest.fixture
def blog(db: Database) -> Database:
    fill(db)
    return db


def titles(posts: Any) -> list[str]:
    return sorted(post.title for post in posts)


@pytest.mark.parametrize("verb", ["add", "set"])
def test_a_member_leaves_the_collection_of_its_former_parent(blog: Database, verb: str) -> None:
    ada, bo = Author.objects.prefetch_related("posts").order_by("id").limit(2).all_sync()
    moved = next(post for post in ada.posts if post.title == "a1")
    if verb == "add":
        bo.posts.add_sync(moved)
    else:
        bo.posts.set_sync([moved, *bo.posts])
    assert (moved.author_id, moved.author) == (2, bo)
    assert titles(ada.posts) == ["a2"]
    assert titles(bo.posts) == ["a1", "b1"]
    assert titles(Author.objects.prefetch_related("posts").get_sync(id=1).posts) == ["a2"]


def test_a_member_stays_where_its_former_parent_is_the_same_row(blog: Database) -> None:
    ada = Author.objects.prefetch_related("posts").get_sync(id=1)
    again = Author.objects.prefetch_related("posts").get_sync(id=1)
    kept = next(post for post in ada.posts if post.title == "a1")
    again.posts.add_sync(kept)
    assert titles(ada.posts) == titles(again.posts) == ["a1", "a2"]


def test_what_is_created_in_a_collection_belongs_to_its_owner(blog: Database) -> None:
    ada, bo = Author.objects.order_by("id").limit(2).all_sync()
    for values in ({"author_id": 2}, {"author": bo}):
        name = next(iter(values))
        with (
            assert_num_queries(0),
            pytest.raises(ValidationError, match=rf"Post\.{name}: Author\.posts decides author_id of the new Post"),
        ):
            ada.posts.create_sync(title="new", **values)
    assert Post.objects.filter(title="new").count_sync() == 0
    assert ada.posts.create_sync(title="same", author_id=1).author_id == 1
    assert ada.posts.create_sync(title="edited", author=ada, editor=bo).editor_id == 2
    first = Comment.objects.get_sync(id=1)
    with pytest.raises(ValidationError, match=r"Comment\.parent: Comment\.answers decides"):
        first.answers.create_sync(text="new", post_id=1, parent=Comment(text="other"))
    with pytest.raises(ValidationError, match=r"Comment\.parent_id: Comment\.answers decides"):
        first.answers.create_sync(text="new", post_id=1, parent_id=None)


def test_the_junctions_keys_are_those_of_what_it_joins(blog: Database) -> None:
    post, tag = Post.objects.get_sync(id=2), Tag.objects.get_sync(id=3)
    for extra in ({"post_id": 3}, {"tag_id": 1}):
        with (
            assert_num_queries(0),
            pytest.raises(ValidationError, match=rf"Tagging\.{next(iter(extra))}: Post\.tags decides"),
        ):
            post.tags.add_sync(tag, through_defaults=extra)
        with pytest.raises(ValidationError, match=r"Post\.tags decides"):
            post.tags.create_sync(word="new", through_defaults=extra)
        with pytest.raises(ValidationError, match=r"Post\.tags decides"):
            post.tags.set_sync([tag], through_defaults=extra)
    assert Tag.objects.filter(word="new").count_sync() == 0
    post.tags.add_sync(tag, through_defaults={"post_id": 2, "tag_id": 3, "certain": False})
    assert Tagging.objects.get_sync(post_id=2, tag_id=3).certain is False
