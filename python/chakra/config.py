"""The sections of a configuration, for type checkers: what `Config(...)`, `configure(...)` and `chakra.toml` take.

Times are a number of seconds, a text such as `"30s"`, `"10m"` or `"1h30m"`, or a `timedelta`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Span: TypeAlias = float | str | datetime.timedelta
    Path: TypeAlias = str | os.PathLike[str]

__all__ = ["DatabaseConfig", "LoggingConfig", "MigrationsConfig", "PoolConfig"]


class DatabaseConfig(TypedDict, total=False):
    """Where the database is, and how to get there.

    Attributes:
        url: Its URL.
        ssl_mode: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`.
        ssl_root_cert: The certificates that the server's must be signed by, as a PEM file.
        ssl_cert: The program's own certificate, as a PEM file.
        ssl_key: The key of that certificate, as a PEM file.
        connect_timeout: How long making a connection may take; 10 seconds if not said.
        statement_timeout: How long a statement may take; as long as it likes if not said.
        busy_timeout: How long SQLite waits for a lock that another process holds; 5 seconds if not said.
        options: What else may follow the question mark of the URL, by name.
    """

    url: str
    ssl_mode: str
    ssl_root_cert: Path
    ssl_cert: Path
    ssl_key: Path
    connect_timeout: Span
    statement_timeout: Span
    busy_timeout: Span
    options: Mapping[str, str | int | float | bool]


class PoolConfig(TypedDict, total=False):
    """How many connections, and for how long.

    Attributes:
        min_connections: Connections kept open even if nobody uses them; 1 if not said.
        max_connections: The most connections at once; 10 if not said.
        acquire_timeout: How long a caller waits for a connection; 30 seconds if not said.
        idle_timeout: After how long without use a connection is closed; 10 minutes if not said.
        max_lifetime: After how long a connection is replaced; 30 minutes if not said.
        health_check_interval: How often idle connections are tried; 30 seconds if not said, 0 for never.
    """

    min_connections: int
    max_connections: int
    acquire_timeout: Span
    idle_timeout: Span
    max_lifetime: Span
    health_check_interval: Span


class MigrationsConfig(TypedDict, total=False):
    """Where migrations are kept.

    Attributes:
        directory: The folder of the files; `migrations` if not said.
        table_name: The table that tells which were applied; `_chakra_migrations` if not said.
        lock_timeout: How long one waits for another who migrates the same database; a minute if not said.
        models: The modules that define the models.
    """

    directory: Path
    table_name: str
    lock_timeout: Span
    models: Sequence[str]


class LoggingConfig(TypedDict, total=False):
    """What is told of statements.

    Attributes:
        level: The least level that is told: `trace`, `debug`, `info`, `warning`, `error` or `off`.
        queries: Whether statements are told.
        query_params: Whether their parameters are told with them, which may be secrets; not if not said.
        slow_query_ms: From how many milliseconds on a statement is told as slow.
    """

    level: str
    queries: bool
    query_params: bool
    slow_query_ms: int
