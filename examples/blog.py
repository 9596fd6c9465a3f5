"""A blog: users with profiles, posts with tags, and comments that answer each other, in an SQLite database in memory.

Run it with `python examples/blog.py`; `examples/blog.rs` is the same in Rust.
"""

from __future__ import annotations

import asyncio

import chakra
from chakra import BigInteger, Field, ForeignKey, ManyToMany, Model, OneToMany, OneToOne, Prefetch, String, Text
from chakra.exceptions import ForeignKeyViolation, NotLoadedError, ValidationError


class User(Model):
    """Somebody who writes."""

    id = Field(BigInteger, primary_key=True)
    name = Field(String(40))
    profile = OneToOne("Profile", back_populates="user")
    posts = OneToMany("Post", back_populates="author")
    friends = ManyToMany("User", symmetrical=True)


class Profile(Model):
    """What a user says of themselves. One to one: the key is unique."""

    id = Field(BigInteger, primary_key=True)
    user_id = Field(BigInteger, ForeignKey("users.id", on_delete="CASCADE"), unique=True)
    bio = Field(Text)
    user = OneToOne(User, back_populates="profile")


class Post(Model):
    """The column of the author's key, author_id, is made by the relationship."""

    id = Field(BigInteger, primary_key=True)
    title = Field(String(80))
    author = ForeignKey(User, back_populates="posts", on_delete="RESTRICT")
    comments = OneToMany("Comment", back_populates="post")
    tags = ManyToMany("Tag", through="post_tags", back_populates="posts")


class Tag(Model):
    """A word for posts."""

    id = Field(BigInteger, primary_key=True)
    word = Field(String(20), unique=True)
    posts = ManyToMany(Post, through="post_tags", back_populates="tags")


class Comment(Model):
    """Threaded: an answer refers to what it answers."""

    id = Field(BigInteger, primary_key=True)
    text = Field(Text)
    post = ForeignKey(Post, back_populates="comments", on_delete="CASCADE")
    user = ForeignKey(User, on_delete="CASCADE")
    parent: ForeignKey[Comment] = ForeignKey("Comment", back_populates="answers", nullable=True, on_delete="CASCADE")
    answers = OneToMany("Comment", back_populates="parent")


async def main() -> None:
    """Writes a blog, reads it, asks about it and changes it."""
    await chakra.connect("sqlite:///:memory:")
    # The tables of posts and tags come with the one between them, which no class declares.
    await chakra.create_all()
    await write()
    await read()
    await ask()
    await change()
    await refuse()
    await chakra.close_pool()


async def write() -> None:
    """Some users, what they write, and what they say to each other."""
    ada = await User.objects.create(name="Ada")
    bo = await User.objects.create(name="Bo")
    await Profile.objects.create(user=ada, bio="counts")
    # What is created among the posts of a user has the user's key.
    engines = await ada.posts.create(title="Engines")
    weaving = await ada.posts.create(title="Weaving")
    await bo.posts.create(title="Walks")

    machines = await engines.tags.create(word="machines")
    await weaving.tags.add(machines)
    await weaving.tags.create(word="cloth")

    question = await engines.comments.create(user=bo, text="How fast?")
    await question.answers.create(user=ada, text="Fast enough.", post=engines)
    await ada.friends.add(bo)


def statements() -> int:
    """How many statements ran so far."""
    return chakra.get_pool().metrics().statements


async def read() -> None:
    """Objects with what belongs to them."""
    print("Posts with their authors, in one statement")
    before = statements()
    for post in await Post.objects.select_related("author__profile").order_by("title"):
        bio = post.author.profile.bio if post.author.profile else "says nothing"
        print(f"  {post.title} by {post.author.name}, who {bio}")
    print(f"  statements: {statements() - before}")

    print("Users with the last post of each and its tags, in three")
    before = statements()
    by_word = Prefetch("tags", queryset=Tag.objects.order_by("word"))
    last = Prefetch("posts", queryset=Post.objects.order_by("-title").prefetch_related(by_word)[:1])
    for user in await User.objects.prefetch_related(last).order_by("name"):
        for post in user.posts:
            print(f"  {user.name}: {post.title} [{', '.join(tag.word for tag in post.tags)}]")
    print(f"  statements: {statements() - before}")

    print("Threads")
    for comment in await Comment.objects.filter(parent=None).prefetch_related("answers__user"):
        print(f"  {comment.text}")
        for answer in comment.answers:
            print(f"    {answer.user.name}: {answer.text}")


async def ask() -> None:
    """Conditions along relationships."""
    tagged = await Post.objects.filter(tags__word="machines").count()
    others = await Post.objects.exclude(tags__word="machines").count()
    print(f"Of machines: {tagged}, of other things: {others}")
    for user in await User.objects.filter(posts__comments__answers__isnull=False):
        print(f"{user.name} has answered questions")


async def change() -> None:
    """Foreign keys and collections."""
    walks = await Post.objects.get(title="Walks")
    ada = await User.objects.get(name="Ada")
    walks.author = ada
    await walks.save()
    print(f"Ada has {await ada.posts.count()} posts")
    tags = await Tag.objects.all()
    await walks.tags.set(tags)
    await walks.tags.remove(tags[0])
    print(f"Walks has {await walks.tags.count()} tag")


async def refuse() -> None:
    """What is told rather than guessed."""
    walks = await Post.objects.get(title="Walks")
    try:
        print(walks.author.name)
    except NotLoadedError as error:
        print(f"refused: {type(error).__name__.removesuffix('Error')}")
    print(f"Walks is by {(await walks.author).name}")
    # An object that is not saved has no key yet.
    walks.author = User(name="Cy")
    try:
        await walks.save()
    except ValidationError as error:
        print(f"refused: {type(error).__name__.removesuffix('Error')}")
    # A user with posts is not deleted: the foreign key says RESTRICT.
    try:
        await (await User.objects.get(name="Ada")).delete()
    except ForeignKeyViolation as error:
        print(f"refused: {type(error).__name__}")


if __name__ == "__main__":
    asyncio.run(main())
