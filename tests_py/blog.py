"""A blog, with every kind of relationship: the models of the tests of relationships, and some rows."""

from __future__ import annotations

from typing import Any

from chakra import BigInteger, Boolean, Field, ForeignKey, ManyToMany, Model, OneToMany, OneToOne, String, Text
from models import table


class Author(Model):
    __tablename__ = table("blog_authors")

    id = Field(BigInteger, primary_key=True)
    name = Field(String(50))
    posts = OneToMany("blog.Post", back_populates="author", foreign_key="author_id")
    edited = OneToMany("blog.Post", back_populates="editor", foreign_key="editor_id")
    profile = OneToOne("blog.Profile", back_populates="author")
    comments = OneToMany("blog.Comment", back_populates="author")
    friends = ManyToMany("blog.Author", symmetrical=True, through=table("blog_friends"))
    following = ManyToMany("blog.Author", through=table("blog_follows"), back_populates="followers")
    followers = ManyToMany("blog.Author", through=table("blog_follows"), back_populates="following")


class Profile(Model):
    __tablename__ = table("blog_profiles")

    id = Field(BigInteger, primary_key=True)
    author_id = Field(BigInteger, ForeignKey(table("blog_authors.id"), on_delete="CASCADE"), unique=True)
    bio = Field(Text)
    author = OneToOne(Author, back_populates="profile")


class Post(Model):
    __tablename__ = table("blog_posts")

    id = Field(BigInteger, primary_key=True)
    title = Field(String(50))
    author_id = Field(BigInteger, ForeignKey(table("blog_authors.id"), on_delete="RESTRICT"))
    author = ForeignKey(Author, back_populates="posts", foreign_key="author_id")
    editor_id = Field(BigInteger, ForeignKey(table("blog_authors.id"), on_delete="SET NULL"), nullable=True)
    editor = ForeignKey(Author, back_populates="edited", foreign_key="editor_id")
    comments = OneToMany("blog.Comment", back_populates="post")
    tags = ManyToMany("blog.Tag", through=table("blog_taggings"), back_populates="posts")


class Tag(Model):
    __tablename__ = table("blog_tags")

    id = Field(BigInteger, primary_key=True)
    word = Field(String(50), unique=True)
    posts = ManyToMany(Post, through=table("blog_taggings"), back_populates="tags")


class Tagging(Model):
    """The junction of posts and tags, with columns of its own."""

    __tablename__ = table("blog_taggings")

    post_id = Field(BigInteger, ForeignKey(table("blog_posts.id"), on_delete="CASCADE"), primary_key=True)
    tag_id = Field(BigInteger, ForeignKey(table("blog_tags.id"), on_delete="CASCADE"), primary_key=True)
    certain = Field(Boolean, default=True)


class Comment(Model):
    """Threaded: an answer refers to what it answers."""

    __tablename__ = table("blog_comments")

    id = Field(BigInteger, primary_key=True)
    text = Field(String(50))
    post = ForeignKey(Post, back_populates="comments", on_delete="CASCADE")
    author = ForeignKey("blog.Author", back_populates="comments", nullable=True)
    parent = ForeignKey("blog.Comment", back_populates="answers", nullable=True)
    answers = OneToMany("blog.Comment", back_populates="parent")


MODELS = (Author, Profile, Post, Tag, Tagging, Comment)


def fill(db: Any) -> None:
    """Ada wrote two posts, Bo one that Ada edited; Cy none. Only Ada has a profile."""
    db.create(*MODELS)
    # The database numbers the rows, from 1 on.
    Author.objects.bulk_create_sync([Author(name=name) for name in ("Ada", "Bo", "Cy")])
    Profile(author_id=1, bio="first").save_sync()
    Post.objects.bulk_create_sync(
        [
            Post(title="a1", author_id=1),
            Post(title="a2", author_id=1, editor_id=2),
            Post(title="b1", author_id=2, editor_id=1),
        ]
    )
    Tag.objects.bulk_create_sync([Tag(word=word) for word in ("x", "y", "z")])
    pairs = ((1, 1, True), (1, 2, False), (3, 1, True))
    Tagging.objects.bulk_create_sync([Tagging(post_id=post, tag_id=tag, certain=sure) for post, tag, sure in pairs])
    Comment.objects.bulk_create_sync(
        [
            Comment(text="c1", post_id=1, author_id=2),
            Comment(text="c2", post_id=1, parent_id=None, author_id=None),
            Comment(text="c3", post_id=3, author_id=3),
        ]
    )
    Comment.objects.bulk_create_sync([Comment(text="c1-answer", post_id=1, author_id=1, parent_id=1)])
