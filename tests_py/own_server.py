"""Servers that nobody else uses, for what must not happen to a shared one."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import databases
import servers

from conftest import absent


@contextlib.contextmanager
def own_server(
    backend: str, options: Sequence[str] = (), prepare: Callable[[servers.Server, Path], None] | None = None
) -> Iterator[servers.Server]:
    """A server with further arguments of its program.

    Args:
        backend: `postgres` or `mysql`.
        options: What the server's program is given besides; `{folder}` stands for a folder that it may read.
        prepare: Puts files into that folder, before the server starts.
    """
    kind = databases.KINDS[backend]
    with tempfile.TemporaryDirectory(prefix="chakra-") as name:
        folder = Path(name)
        # The account of the server has to find its own folder in it.
        folder.chmod(0o755)
        server = kind.own(folder / "server", [option.format(folder=folder) for option in options])
        if prepare is not None:
            prepare(server, folder)
        try:
            server.create(lambda port: databases.lets_in(kind, port))
        except servers.Unavailable as error:
            server.stop()
            absent(str(error))
        try:
            yield server
        finally:
            server.stop()
