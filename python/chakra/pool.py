"""Connections: `connect` is the short name of `create_pool`."""

from __future__ import annotations

from chakra._chakra import create_pool, create_pool_sync

__all__ = ["connect", "connect_sync"]

connect = create_pool
connect_sync = create_pool_sync
