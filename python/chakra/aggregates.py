"""Aggregates: one value made of many rows, for `QuerySet.aggregate`.

Values that are None are left out. Over no values `Count` is 0, the others are None. A field may stand behind
relationships to one, `Max("author__age")`; the rows counted and added are those of the query.

Example:
    >>> import chakra
    >>> from chakra import Avg, BigInteger, Count, Decimal, Field, Max, Model, Q, Sum
    >>> class Sale(Model):
    ...     id = Field(BigInteger, primary_key=True)
    ...     amount = Field(Decimal(10, 2))
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Sale])
    >>> _ = Sale.objects.bulk_create_sync([Sale(amount="9.90"), Sale(amount="0.10"), Sale(amount="2.00")])
    >>> Sale.objects.aggregate_sync(Count(), total=Sum("amount"), large=Count(filter=Q(amount__gt=1)))
    {'count': 3, 'total': Decimal('12.00'), 'large': 2}
    >>> Sale.objects.aggregate_sync(Avg("amount"), Max(Sale.amount))
    {'amount__avg': Decimal('4.00'), 'amount__max': Decimal('9.90')}
    >>> chakra.close_pool_sync()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra._chakra import Aggregate

if TYPE_CHECKING:
    from typing_extensions import Self

    from chakra._chakra import Column, Q
    from chakra.related import Way

__all__ = ["Avg", "Count", "Max", "Min", "Sum"]


class Count(Aggregate):
    """How many rows there are, or how many have a value.

    Args:
        field: A field's name, or a column such as `User.email`: rows in which it is None are not counted. Left
            out, or `"*"`: all rows.
        distinct: Whether equal values count once.
        filter: A condition on the rows that count.
    """

    __slots__ = ()

    def __new__(
        cls, field: str | Column[Any] | Way[Any, Any] | None = None, *, distinct: bool = False, filter: Q | None = None
    ) -> Self:
        """Makes the aggregate."""
        return super().__new__(cls, "Count", field, distinct, filter)


class Sum(Aggregate):
    """The sum of numbers. That of integers is an int of any size, that of Decimals is exact.

    Args:
        field: A field's name, or a column such as `Order.amount`.
        distinct: Whether equal values are added once.
        filter: A condition on the rows whose values are added.
    """

    __slots__ = ()

    def __new__(
        cls, field: str | Column[Any] | Way[Any, Any], *, distinct: bool = False, filter: Q | None = None
    ) -> Self:
        """Makes the aggregate."""
        return super().__new__(cls, "Sum", field, distinct, filter)


class Avg(Aggregate):
    """The average of numbers: of integers a float, the nearest; of Decimals a Decimal.

    The average of Decimals is the exact sum divided by the count, rounded half to even to 28 significant digits (or to
    as many as the sum has, if those are more) where the quotient goes on: the same on every database.

    Args:
        field: A field's name, or a column such as `Order.amount`.
        distinct: Whether equal values are taken once.
        filter: A condition on the rows whose values are taken.
    """

    __slots__ = ()

    def __new__(
        cls, field: str | Column[Any] | Way[Any, Any], *, distinct: bool = False, filter: Q | None = None
    ) -> Self:
        """Makes the aggregate."""
        return super().__new__(cls, "Avg", field, distinct, filter)


class Min(Aggregate):
    """The least value, of any type that has an order; text is compared by code point, NaN is the greatest.

    Args:
        field: A field's name, or a column such as `User.born`.
        distinct: Changes nothing; it is taken so that aggregates look alike.
        filter: A condition on the rows whose values are taken.
    """

    __slots__ = ()

    def __new__(
        cls, field: str | Column[Any] | Way[Any, Any], *, distinct: bool = False, filter: Q | None = None
    ) -> Self:
        """Makes the aggregate."""
        return super().__new__(cls, "Min", field, distinct, filter)


class Max(Aggregate):
    """The greatest value, of any type that has an order; text is compared by code point, NaN is the greatest.

    Args:
        field: A field's name, or a column such as `User.born`.
        distinct: Changes nothing; it is taken so that aggregates look alike.
        filter: A condition on the rows whose values are taken.
    """

    __slots__ = ()

    def __new__(
        cls, field: str | Column[Any] | Way[Any, Any], *, distinct: bool = False, filter: Q | None = None
    ) -> Self:
        """Makes the aggregate."""
        return super().__new__(cls, "Max", field, distinct, filter)
