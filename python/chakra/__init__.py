"""An object-relational mapper with one engine for Python and Rust.

Example:
    >>> from chakra import Field, Integer, Model, String
    >>> class Planet(Model):
    ...     id = Field(Integer, primary_key=True)
    ...     name = Field(String(40), unique=True)
    >>> import chakra
    >>> pool = chakra.connect_sync("sqlite:///:memory:")
    >>> chakra.create_all_sync(models=[Planet])
    >>> Planet.objects.create_sync(name="Saturn").name
    'Saturn'
    >>> chakra.close_pool_sync()
"""

from chakra import exceptions
from chakra._chakra import (
    Column,
    Config,
    Connection,
    JSONNull,
    Pool,
    Q,
    QuerySet,
    close_pool,
    close_pool_sync,
    configure,
    connect,
    connect_sync,
    create_all,
    create_all_sync,
    create_pool,
    create_pool_sync,
    drop_all,
    drop_all_sync,
    get_pool,
    raw,
)
from chakra._chakra import (
    __version__ as __version__,
)
from chakra.aggregates import Avg, Count, Max, Min, Sum
from chakra.checks import ModelFault, check_models
from chakra.constraints import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from chakra.fields import Field, Mapped
from chakra.model import Model
from chakra.related import Collection
from chakra.relationships import ManyToMany, OneToMany, OneToOne, Prefetch
from chakra.retry import retry_on_conflict
from chakra.sessions import Session
from chakra.transactions import IsolationLevel, transaction
from chakra.types import (
    JSON,
    UUID,
    Array,
    BigInteger,
    Binary,
    Boolean,
    Char,
    Date,
    DateTime,
    Decimal,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Time,
)
from chakra.validation import model_validator, validator

__all__ = [
    "JSON",
    "UUID",
    "Array",
    "Avg",
    "BigInteger",
    "Binary",
    "Boolean",
    "Char",
    "CheckConstraint",
    "Collection",
    "Column",
    "Config",
    "Connection",
    "Count",
    "Date",
    "DateTime",
    "Decimal",
    "Enum",
    "Field",
    "Float",
    "ForeignKey",
    "ForeignKeyConstraint",
    "Index",
    "Integer",
    "Interval",
    "IsolationLevel",
    "JSONNull",
    "LargeBinary",
    "ManyToMany",
    "Mapped",
    "Max",
    "Min",
    "Model",
    "ModelFault",
    "OneToMany",
    "OneToOne",
    "Pool",
    "Prefetch",
    "Q",
    "QuerySet",
    "Session",
    "SmallInteger",
    "String",
    "Sum",
    "Text",
    "Time",
    "UniqueConstraint",
    "check_models",
    "close_pool",
    "close_pool_sync",
    "configure",
    "connect",
    "connect_sync",
    "create_all",
    "create_all_sync",
    "create_pool",
    "create_pool_sync",
    "drop_all",
    "drop_all_sync",
    "exceptions",
    "get_pool",
    "model_validator",
    "raw",
    "retry_on_conflict",
    "transaction",
    "validator",
]
