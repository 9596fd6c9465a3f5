"""Django: select_related and prefetch_related, blocking and async."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections, models

from benches.contenders.django_orm import configured
from benches.databases import Database
from benches.related.contender import RelatedContender
from benches.related.library import Library


class Author(models.Model):
    """A parent."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    email = models.CharField(max_length=120)
    active = models.BooleanField()
    joined_at = models.DateTimeField()

    class Meta:
        app_label = "benches"
        db_table = "bench_authors"


class Tag(models.Model):
    """The other end of a many-to-many relationship."""

    id = models.BigAutoField(primary_key=True)
    word = models.CharField(max_length=30)

    class Meta:
        app_label = "benches"
        db_table = "bench_tags"


class Book(models.Model):
    """A child."""

    id = models.BigAutoField(primary_key=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    title = models.CharField(max_length=120)
    pages = models.IntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    published_at = models.DateTimeField()
    tags = models.ManyToManyField(Tag, through="BookTag", related_name="books")

    class Meta:
        app_label = "benches"
        db_table = "bench_books"


class BookTag(models.Model):
    """The junction."""

    pk = models.CompositePrimaryKey("book_id", "tag_id")
    book = models.ForeignKey(Book, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        app_label = "benches"
        db_table = "bench_book_tags"


class Django(RelatedContender):
    """The blocking interface."""

    name = "Django"
    package = "django"
    family = "django"
    mode = "blocking"
    books_of = "author.books.all()"
    tags_of = "book.tags.all()"

    async def open(self, database: Database) -> None:
        self._alias = configured(database, self.table, f"related_{database.name}")
        self._authors = Author.objects.using(self._alias)
        self._books = Book.objects.using(self._alias)

    async def close(self) -> None:
        await sync_to_async(connections.close_all)()

    async def store(self, library: Library) -> None:
        await sync_to_async(_store)(self._alias, library)

    def joined(self, upto: int) -> Any:
        return list(self._books.select_related("author").filter(id__lte=upto))

    def children(self, upto: int) -> Any:
        return list(self._authors.prefetch_related("books").filter(id__lte=upto))

    def tagged(self, upto: int) -> Any:
        return list(self._books.prefetch_related("tags").filter(id__lte=upto))


class DjangoAsync(Django):
    """The async interface: every call runs the blocking one in one thread."""

    name = "Django async"
    mode = "async"
    note = "one thread for all tasks"

    async def joined(self, upto: int) -> Any:
        return [row async for row in self._books.select_related("author").filter(id__lte=upto)]

    async def children(self, upto: int) -> Any:
        return [row async for row in self._authors.prefetch_related("books").filter(id__lte=upto)]

    async def tagged(self, upto: int) -> Any:
        return [row async for row in self._books.prefetch_related("tags").filter(id__lte=upto)]


def _store(alias: str, library: Library) -> None:
    with connections[alias].schema_editor() as editor:
        for model in (Author, Tag, Book, BookTag):
            editor.create_model(model)
    for model, rows in ((Author, library.authors), (Book, library.books), (Tag, library.tags)):
        model.objects.using(alias).bulk_create([model(**row) for row in rows])


CONTENDERS = (Django, DjangoAsync)
