"""A tour: a small bookshop in a temporary SQLite file.

Run it with `python examples/demo.py`; `examples/demo.rs` is the same tour in Rust.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import tempfile
from decimal import Decimal as Money
from pathlib import Path

import chakra
from chakra import JSON, DateTime, Decimal, Field, Integer, Model, Q, QuerySet, String
from chakra.exceptions import FieldError, UniqueViolation, ValidationError

SHOP = Path(__file__).parent / "data" / "books.json"


class Author(Model):
    """A writer. The key is plain, because the data set brings it."""

    id = Field(Integer, primary_key=True, auto_increment=False)
    name = Field(String(100), unique=True)
    born = Field(Integer, nullable=True)
    died = Field(Integer, nullable=True)
    country = Field(String(50))


class BookQuery(QuerySet["Book"]):
    """Questions that the shop asks often."""

    def in_stock(self) -> BookQuery:
        return self.filter(copies__gt=0)

    def since(self, year: int) -> BookQuery:
        return self.filter(Book.year >= year)


class Book(Model):
    """A title in the shop, found by the code on its label."""

    code = Field(String(10), primary_key=True)
    title = Field(String(200))
    author_id = Field(Integer, index=True)
    year = Field(Integer, nullable=True)
    price = Field(Decimal(8, 2))
    copies = Field(Integer, default=0)

    objects = BookQuery.as_manager()

    class Meta:
        ordering = ["title"]


class Sale(Model):
    """A sale. The database makes the key."""

    id = Field(Integer, primary_key=True)
    book_code = Field(String(10), index=True)
    price = Field(Decimal(8, 2))
    sold_at = Field(DateTime, default=lambda: datetime.datetime.now(datetime.timezone.utc))
    details = Field(JSON, default={})


async def load() -> None:
    """Reads the data set that the project ships and writes it in one call for each table."""
    shop = json.loads(SHOP.read_text(encoding="utf-8"))
    authors = await Author.objects.bulk_create(Author(**row) for row in shop["authors"])
    books = await Book.objects.bulk_create(Book(**row) for row in shop["books"])
    print(f"loaded {len(authors)} authors and {len(books)} books into {chakra.get_pool()}\n")


async def search() -> None:
    print("French novels after 1840, dearest first")
    french = await Author.objects.filter(country="France").values_list("id", flat=True)
    for book in await Book.objects.since(1841).filter(author_id__in=french).order_by("-price", "title")[:5]:
        print(f"  {book.price:>6}  {book.title} ({book.year})")

    undated = await Book.objects.filter(year=None).count()
    others = await Book.objects.exclude(year__gte=1800).count()
    print(f"\n{undated} books have no year; {others} are not known to be from 1800 or later")

    holmes = await Book.objects.get(title__icontains="sherlock")
    print(f"the one with Sherlock in its title is {holmes.code}")

    stock = Money(0)
    async for book in Book.objects.in_stock():
        stock += book.price * book.copies
    print(f"the stock is worth {stock}\n")


async def change() -> None:
    emma = await Book.objects.get(title="Emma")
    emma.copies += 3
    await emma.save()
    await emma.refresh()
    print(f"Emma: {emma.copies} copies after a delivery")

    reduced = await Book.objects.filter(copies__gte=12).update(price="4.99")
    print(f"{reduced} books on the table at the door cost 4.99 now")
    gone = await Book.objects.filter(copies=0).delete()
    print(f"{gone} sold-out title left the catalogue\n")


async def sell() -> None:
    dear = await Book.objects.order_by("-price").first()
    if dear is None:
        return
    sale = await Sale.objects.create(
        book_code=dear.code, price=dear.price, details={"gift": True, "wishes": ["ribbon"]}
    )
    print(f"sale {sale.id}: {dear.title} for {sale.price} at {sale.sold_at:%H:%M} UTC, {sale.details}")
    cheap_or_old = Q(price__lt=5) | Q(year__lt=1700)
    titles = await Book.objects.filter(cheap_or_old).values_list("title", flat=True)
    print(f"cheap or old: {', '.join(titles[:4])} and {len(titles) - 4} more\n")


async def mistakes() -> None:
    try:
        await Author.objects.create(id=99, name="Homer", country="Greece")
    except UniqueViolation as error:
        print(f"a second Homer is refused: {error}")
    try:
        Book(code="CH-100", title="Too exact", author_id=1, price="9.999")
    except ValidationError as error:
        print(f"nothing is rounded behind your back: {error}")
    try:
        Book.objects.filter(tite="Emma")  # spellchecker:disable-line
    except FieldError as error:
        print(f"a slip of the pen: {error}")


def blocking() -> None:
    """The same calls for code that may block."""
    last = Author.objects.filter(died__isnull=False).order_by("-died").first_sync()
    if last is not None:
        print(f"\nthe last of them to die was {last.name} ({last.born} to {last.died})")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pool = await chakra.connect(f"sqlite:///{folder}/bookshop.db")
        await chakra.create_all(models=[Author, Book, Sale])
        for part in (load, search, change, sell, mistakes):
            await part()
        await asyncio.to_thread(blocking)
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
