"""What a type checker infers for queries; read by mypy, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from typing_extensions import assert_type

import chakra
from chakra import Count, Field, Integer, Max, Model, Pool, Q, QuerySet, String, Sum


class User(Model):
    id = Field(Integer, primary_key=True)
    username = Field(String(50))
    nickname = Field(String(50), nullable=True)
    age = Field(Integer)


class PostQuery(QuerySet["Post"]):
    def titled(self, title: str) -> "PostQuery":
        return self.filter(title=title)


class Post(Model):
    id = Field(Integer, primary_key=True)
    title = Field(String(50))
    objects = PostQuery.as_manager()


def conditions() -> None:
    assert_type(User.age >= 18, Q)
    assert_type(User.age == 18, Q)
    assert_type(User.nickname == None, Q)  # noqa: E711
    assert_type(User.username.startswith("a") & ~(User.age < 3) | Q(age=5), Q)
    assert_type(User.nickname.icontains("a"), Q)
    assert_type(User.age.in_([1, 2]), Q)
    assert_type(User.age.between(1, 2), Q)
    _ = User.age >= "x"  # type: ignore[operator]
    User.age.contains("x")  # type: ignore[misc]


async def awaited() -> None:
    assert_type(User.objects, QuerySet[User])
    assert_type(User.objects.filter(User.age > 3, username="x").order_by(User.age.desc())[:3], QuerySet[User])
    assert_type(await User.objects, list[User])
    assert_type(await User.objects.all(), list[User])
    assert_type(await User.objects.first(), User | None)
    assert_type(await User.objects.last(), User | None)
    assert_type(await User.objects.get(id=1), User)
    assert_type(await User.objects.get_or_none(id=1), User | None)
    assert_type(await User.objects.count(), int)
    assert_type(await User.objects.exists(), bool)
    assert_type(await User.objects.aggregate(Count(), top=Max(User.age)), dict[str, Any])
    User.objects.aggregate(User.age)  # type: ignore[arg-type]
    assert_type(await User.objects.create(username="x"), User)
    assert_type(await User.objects.bulk_create([User()]), list[User])
    assert_type(await User.objects.update(age=3), int)
    assert_type(await User.objects.delete(), int)
    assert_type(await User.objects.values("id"), list[dict[str, Any]])
    assert_type(await User.objects.values_list("id", "age"), list[tuple[Any, ...]])
    assert_type(User.objects.stream(), AsyncIterator[User])
    assert_type(User.objects.stream(batch_size=100), AsyncIterator[list[User]])
    async for user in User.objects:
        assert_type(user, User)
    await User.objects.bulk_create([Post()])  # type: ignore[list-item]


def blocking() -> None:
    assert_type(User.objects.all_sync(), list[User])
    assert_type(User.objects.first_sync(), User | None)
    assert_type(User.objects.get_sync(id=1), User)
    assert_type(User.objects.count_sync(), int)
    assert_type(User.objects.aggregate_sync(Sum("age", filter=User.age > 3)), dict[str, Any])
    assert_type(User.objects.stream_sync(), Iterator[User])


async def scopes() -> None:
    assert_type(Post.objects, PostQuery)
    assert_type(Post.objects.titled("x").limit(3), PostQuery)
    assert_type(await Post.objects.titled("x"), list[Post])


async def pools() -> None:
    assert_type(await chakra.connect("sqlite:///:memory:"), Pool)
    assert_type(await chakra.create_pool("sqlite:///:memory:", name="other", max_connections=3), Pool)
    assert_type(chakra.connect_sync("sqlite:///:memory:"), Pool)
    assert_type(chakra.get_pool(), Pool)
    await chakra.create_all(models=[User])
    await chakra.drop_all()
