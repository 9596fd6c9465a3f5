"""The exceptions of Chakra, one tree under `ChakraError`.

The same condition gives the same class on every database. Messages say what was attempted, on what,
and how to mend it; passwords never appear in them.

Example:
    >>> from chakra.exceptions import DatabaseError, UniqueViolation
    >>> issubclass(UniqueViolation, DatabaseError)
    True
"""

# The extension imports this module by name to raise these classes: it must stay free of heavy imports.
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from chakra.checks import ModelFault

__all__ = [
    "ChakraError",
    "CheckViolation",
    "ConfigError",
    "ConnectionLost",
    "DatabaseError",
    "DecodeError",
    "DefinitionError",
    "FieldError",
    "ForeignKeyViolation",
    "IntegrityError",
    "MigrationError",
    "MultipleResultsError",
    "NotFoundError",
    "NotLoadedError",
    "NotNullViolation",
    "OperationalError",
    "PoolExhausted",
    "ProgrammingError",
    "QueryCanceled",
    "QueryError",
    "QueryTimeout",
    "SessionError",
    "StaleObjectError",
    "TransactionConflict",
    "UniqueViolation",
    "ValidationError",
]


class ChakraError(Exception):
    """Everything that Chakra raises on purpose.

    Attributes:
        message: What was attempted and why it failed.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Callable[..., ChakraError], tuple[type[ChakraError], dict[str, Any]]]:
        return _restore, (type(self), self.__dict__)


def _restore(cls: type[ChakraError], attributes: dict[str, Any]) -> ChakraError:
    """Makes an exception again in the process that unpickles it."""
    error = cls.__new__(cls, attributes["message"])
    error.__dict__.update(attributes)
    return error


class ConfigError(ChakraError):
    """A database URL, an option or a setting that cannot be used."""


class DefinitionError(ChakraError):
    """A model that contradicts itself; raised when it is first used.

    Attributes:
        faults: Every mistake, each with a code, a place and a mend.
    """

    def __init__(self, message: str = "", *, faults: Sequence[ModelFault] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)


class QueryError(ChakraError):
    """A query that cannot mean anything, or that the database cannot express."""


class FieldError(QueryError):
    """An unknown field or lookup; the message has the valid names and the nearest."""


class ValidationError(ChakraError):
    """A value that a field does not take, or an object that its model does not, found before any SQL ran.

    Where a report is about several faults, `errors` has them all, and the other attributes are those of the first.

    Attributes:
        model: The model's name.
        field: The attribute's name; None where the object as a whole is at fault.
        value: The value that was refused.
        constraint: The rule that it breaks, such as `nullable=False`.
        where: File and line of the field's declaration.
        errors: Every fault, where one report is about several; else this one alone.
    """

    def __init__(
        self,
        message: str = "",
        *,
        model: str | None = None,
        field: str | None = None,
        value: object = None,
        constraint: str | None = None,
        where: str | None = None,
        errors: Sequence[ValidationError] = (),
    ) -> None:
        super().__init__(message)
        self.model = model
        self.field = field
        self.value = value
        self.constraint = constraint
        self.where = where
        self._errors = list(errors)

    @property
    def errors(self) -> list[ValidationError]:
        """Every fault of the report, at least one."""
        return list(self._errors) or [self]


class NotFoundError(ChakraError):
    """One row was asked for, and there is none."""


class MultipleResultsError(ChakraError):
    """One row was asked for, and there are several."""


class NotLoadedError(ChakraError):
    """A relationship was used as if it were loaded."""


class SessionError(ChakraError):
    """A pool, connection, session or transaction used after its end, or wrongly."""


class StaleObjectError(ChakraError):
    """The row to be written is gone, or was changed by someone else.

    Attributes:
        model: The model's name.
        attempted: What was attempted: `saving`, `deleting`, `restoring`.
        version: The version that the object has, where the row has another.
        found: The version of the row; None where it is gone.
    """

    def __init__(
        self,
        message: str = "",
        *,
        model: str | None = None,
        attempted: str | None = None,
        version: int | None = None,
        found: int | None = None,
    ) -> None:
        super().__init__(message)
        self.model = model
        self.attempted = attempted
        self.version = version
        self.found = found


class MigrationError(ChakraError):
    """A migration that cannot be planned or applied."""


class DatabaseError(ChakraError):
    """What the database, or the way to it, reports.

    Attributes:
        sqlstate: The SQLSTATE, on SQLite the extended result code.
        constraint: The constraint's name, where the database tells it.
        table: The table concerned, where known.
        columns: The columns concerned, where known.
    """

    def __init__(
        self,
        message: str = "",
        *,
        sqlstate: str | None = None,
        constraint: str | None = None,
        table: str | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.constraint = constraint
        self.table = table
        self.columns = list(columns)


class DecodeError(DatabaseError):
    """A stored value that cannot be read exactly as the type that its field declares.

    Attributes:
        column: The column.
        value: What it holds, shortened for reading; the column's type, where no value of it could be read.
        expected: The declared type.
    """

    def __init__(
        self,
        message: str = "",
        *,
        table: str | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message, table=table, columns=[] if column is None else [column])
        self.column = column
        self.value = value
        self.expected = expected


class IntegrityError(DatabaseError):
    """A constraint of the database was violated."""


class UniqueViolation(IntegrityError):
    """A value that must be unique is there already."""


class ForeignKeyViolation(IntegrityError):
    """A row refers to one that is not there, or is still referred to."""


class NotNullViolation(IntegrityError):
    """NULL in a NOT NULL column."""


class CheckViolation(IntegrityError):
    """A CHECK constraint does not hold."""


class OperationalError(DatabaseError):
    """The database cannot work: refused login, full disk, locked file and the like."""


class ConnectionLost(OperationalError):
    """The connection could not be made, or broke."""


class PoolExhausted(OperationalError):
    """No connection became free within the acquire timeout."""


class QueryTimeout(OperationalError):
    """A statement ran longer than allowed."""


class QueryCanceled(OperationalError):
    """A statement was cancelled."""


class TransactionConflict(DatabaseError):
    """A serialization failure or a deadlock: run the transaction again."""


class ProgrammingError(DatabaseError):
    """The statement itself is wrong: a missing table, say."""
