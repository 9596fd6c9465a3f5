"""Runs a command with the databases that the tests can use: `databases.py COMMAND [ARGUMENT...]`.

The command finds their addresses in CHAKRA_TEST_POSTGRES_URL and CHAKRA_TEST_MYSQL_URL. A variable
that is set already is kept if something listens at its address. Otherwise, where the programs of a
server are installed, a server is made for the command and goes with it (see servers.py). Otherwise
the usual address on this machine is tried, by logging in without a password: the few messages which
that takes are spoken here, because no client program and no driver may be there yet.

The tests of a database that does not answer are skipped; with CHAKRA_TEST_REQUIRE_ALL=1 the command
is not run.
"""

from __future__ import annotations

import getpass
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import servers
from servers import HOST, MariaDbServer, PostgresServer, Unavailable

DATABASE = "test"
TIMEOUT_SECONDS = 5


class Refused(Exception):
    """The server answered, but not with a login."""


@dataclass(frozen=True)
class Kind:
    """A kind of database server and the way to log in to it."""

    title: str
    variable: str
    scheme: str
    port: int
    users: tuple[str, ...]
    log_in: Callable[[socket.socket, str], None]
    own: type[servers.Server]


def receive(connection: socket.socket, size: int) -> bytes:
    """Reads exactly `size` bytes."""
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise Refused("the server closed the connection")
        received += part
    return received


def log_in_to_postgres(connection: socket.socket, user: str) -> None:
    """Sends a startup message and reads until the server is ready for a query."""
    parameters = f"user\0{user}\0database\0{DATABASE}\0\0".encode()
    connection.sendall(struct.pack("!ii", len(parameters) + 8, 3 << 16) + parameters)
    while True:
        kind, size = struct.unpack("!ci", receive(connection, 5))
        body = receive(connection, size - 4)
        if kind == b"E":
            fields = body.decode(errors="replace").split("\0")
            raise Refused(next((f[1:] for f in fields if f.startswith("M")), "login refused"))
        if kind == b"R" and body[:4] != b"\0\0\0\0":
            raise Refused(f"user {user} needs a password")
        if kind == b"Z":
            connection.sendall(b"X\0\0\0\4")
            return


def log_in_to_mysql(connection: socket.socket, user: str) -> None:
    """Answers the server's greeting with an empty password."""

    def receive_packet() -> tuple[int, bytes]:
        header = receive(connection, 4)
        return header[3], receive(connection, int.from_bytes(header[:3], "little"))

    def send_packet(sequence: int, body: bytes) -> None:
        connection.sendall(len(body).to_bytes(3, "little") + bytes([sequence]) + body)

    def refuse_error(body: bytes) -> None:
        if body[:1] == b"\xff":
            raise Refused(body[3:].decode(errors="replace"))

    sequence, greeting = receive_packet()
    refuse_error(greeting)
    # Protocol 4.1, database named, secure connection, named authentication plugin.
    capabilities = 0x0000_0200 | 0x0000_0008 | 0x0000_8000 | 0x0008_0000
    utf8mb4 = 45
    send_packet(
        sequence + 1,
        struct.pack("<IIB23x", capabilities, 1 << 24, utf8mb4)
        + f"{user}\0\0{DATABASE}\0mysql_native_password\0".encode(),
    )
    sequence, answer = receive_packet()
    if answer[:1] == b"\xfe":
        native = answer[1:].startswith(b"mysql_native_password\0")
        send_packet(sequence + 1, b"" if native else b"\0")
        sequence, answer = receive_packet()
    refuse_error(answer)
    if answer[:1] != b"\0":
        raise Refused(f"user {user} needs a password")
    connection.sendall(b"\1\0\0\0\1")


KINDS = {
    "postgres": Kind(
        title="PostgreSQL",
        variable="CHAKRA_TEST_POSTGRES_URL",
        scheme="postgresql",
        port=5432,
        users=("root", "postgres", getpass.getuser()),
        log_in=log_in_to_postgres,
        own=PostgresServer,
    ),
    "mysql": Kind(
        title="MySQL or MariaDB",
        variable="CHAKRA_TEST_MYSQL_URL",
        scheme="mysql",
        port=3306,
        users=("root",),
        log_in=log_in_to_mysql,
        own=MariaDbServer,
    ),
}


def connect(host: str, port: int) -> socket.socket:
    """Opens a connection, or raises OSError soon."""
    return socket.create_connection((host, port), timeout=TIMEOUT_SECONDS)


def find_given(kind: Kind, url: str) -> str | None:
    """The URL of the environment, if something listens there; it may hold a password: not shown."""
    parts = urlsplit(url)
    host, port = parts.hostname or HOST, parts.port or kind.port
    try:
        connect(host, port).close()
    except OSError as error:
        note(kind, f"{kind.variable} is set, but {host}:{port} does not answer: {error}")
        return None
    note(kind, f"{host}:{port}, as {kind.variable} says")
    return url


def find_usual(kind: Kind) -> str | None:
    """The URL of the usual address, with the first user who is let in."""
    reason = ""
    for user in dict.fromkeys(kind.users):
        try:
            with connect(HOST, kind.port) as connection:
                kind.log_in(connection, user)
        except (OSError, Refused) as error:
            reason = str(error)
            continue
        url = f"{kind.scheme}://{user}@{HOST}:{kind.port}/{DATABASE}"
        note(kind, url)
        return url
    note(kind, f"not used ({HOST}:{kind.port}: {reason})")
    return None


def make_own(kind: Kind, folder: Path, stack: ExitStack) -> str | None:
    """The URL of a server made for this run, if its programs are there; the stack ends it."""
    own = kind.own(folder / kind.scheme)
    # Before it is made: one that does not start has a process to end as well.
    stack.callback(own.stop)
    try:
        own.create(lambda port: lets_in(kind, port))
    except Unavailable as error:
        note(kind, f"no server of the tests' own: {error}")
        return None
    note(kind, f"{own.url}, made for this run")
    return own.url


def lets_in(kind: Kind, port: int) -> bool:
    """Whether the server lets the tests' user in."""
    try:
        with connect(HOST, port) as connection:
            kind.log_in(connection, servers.USER)
    except (OSError, Refused):
        return False
    return True


def find(kind: Kind, folder: Path, stack: ExitStack) -> str | None:
    """The URL to use for a server, or None."""
    given = os.environ.get(kind.variable)
    if given:
        return find_given(kind, given)
    return make_own(kind, folder, stack) or find_usual(kind)


def note(kind: Kind, text: str) -> None:
    """Tells the reader; standard output belongs to the command."""
    print(f"{kind.title}: {text}", file=sys.stderr)


def end(number: int, _frame: FrameType | None) -> None:
    """Leaves by the usual way, so that the servers are stopped."""
    raise SystemExit(128 + number)


def main(command: list[str]) -> int:
    """Runs the command with what was found in its environment."""
    signal.signal(signal.SIGTERM, end)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chakra-")))
        # The accounts of the servers have to find their own folders in it.
        folder.chmod(0o755)
        urls = {kind: find(kind, folder, stack) for kind in KINDS.values()}
        missing = [kind.title for kind, url in urls.items() if url is None]
        if missing and os.environ.get("CHAKRA_TEST_REQUIRE_ALL") == "1":
            print(f"error: CHAKRA_TEST_REQUIRE_ALL=1, but missing: {', '.join(missing)}", file=sys.stderr)
            return 1
        # An address that was given stays as it is, answering or not: no test may turn to another server.
        found = {kind.variable: url for kind, url in urls.items() if url is not None}
        try:
            return subprocess.run(command, env=os.environ | found, check=False).returncode
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
