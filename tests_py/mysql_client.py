"""The way to MySQL and MariaDB past chakra: PyMySQL."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql


def mysql_connect(url: str, **options: Any) -> pymysql.Connection[Any]:
    """A connection whose session is in UTC, and each statement of which commits."""
    parts = urlsplit(url)
    connection: pymysql.Connection[Any] = pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
        init_command="SET time_zone = '+00:00'",
        **options,
    )
    return connection
