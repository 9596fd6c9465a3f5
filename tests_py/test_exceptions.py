from __future__ import annotations

import pickle

import pytest

from chakra import exceptions
from chakra.exceptions import ChakraError, DatabaseError, UniqueViolation, ValidationError

TREE = {
    "ConfigError": "ChakraError",
    "DefinitionError": "ChakraError",
    "QueryError": "ChakraError",
    "FieldError": "QueryError",
    "ValidationError": "ChakraError",
    "NotFoundError": "ChakraError",
    "MultipleResultsError": "ChakraError",
    "NotLoadedError": "ChakraError",
    "SessionError": "ChakraError",
    "StaleObjectError": "ChakraError",
    "MigrationError": "ChakraError",
    "DatabaseError": "ChakraError",
    "DecodeError": "DatabaseError",
    "IntegrityError": "DatabaseError",
    "UniqueViolation": "IntegrityError",
    "ForeignKeyViolation": "IntegrityError",
    "NotNullViolation": "IntegrityError",
    "CheckViolation": "IntegrityError",
    "OperationalError": "DatabaseError",
    "ConnectionLost": "OperationalError",
    "PoolExhausted": "OperationalError",
    "QueryTimeout": "OperationalError",
    "QueryCanceled": "OperationalError",
    "TransactionConflict": "DatabaseError",
    "ProgrammingError": "DatabaseError",
}


@pytest.mark.parametrize(("name", "parent"), TREE.items())
def test_tree(name: str, parent: str) -> None:
    assert getattr(exceptions, name).__bases__ == (getattr(exceptions, parent),)
    assert getattr(exceptions, name).__doc__


def test_nothing_else_is_exported() -> None:
    assert set(exceptions.__all__) == {*TREE, "ChakraError"}


def test_attributes_survive_pickling() -> None:
    error = UniqueViolation("taken", sqlstate="23505", constraint="c", table="t", columns=["a"])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is UniqueViolation
    assert str(copy) == "taken"
    assert (copy.sqlstate, copy.constraint, copy.table, copy.columns) == ("23505", "c", "t", ["a"])


def test_a_report_of_several_faults_lists_them() -> None:
    first = ValidationError("a", field="x", value=1, constraint="c", where="models.py:3")
    second = ValidationError("b", field="y")
    assert first.errors == [first]
    assert ValidationError("both", errors=[first, second]).errors == [first, second]


def test_messages() -> None:
    assert str(ChakraError("text")) == ChakraError("text").message == "text"
    assert DatabaseError().columns == []
