"""Finds the databases that the tests can use, and tells a shell about them.

Prints `export` lines for CHAKRA_TEST_POSTGRES_URL and CHAKRA_TEST_MYSQL_URL, to be evaluated by the
calling shell. A variable that is set already is kept if something listens at its address. Otherwise
the usual address on this machine is tried, by logging in without a password: the few messages which
that takes are spoken here, because no client program and no driver may be there yet.

The tests of a database that does not answer are skipped; with CHAKRA_TEST_REQUIRE_ALL=1 that is a
failure. `databases.py --check postgres` (or `mysql`) prints nothing on standard output and answers
by its exit status.
"""

from __future__ import annotations

import getpass
import os
import shlex
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

HOST = "127.0.0.1"
DATABASE = "test"
TIMEOUT_SECONDS = 5


class Refused(Exception):
    """The server answered, but not with a login."""


@dataclass(frozen=True)
class Server:
    """A kind of database server and the way to log in to it."""

    title: str
    variable: str
    scheme: str
    port: int
    users: tuple[str, ...]
    log_in: Callable[[socket.socket, str], None]


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


SERVERS = {
    "postgres": Server(
        title="PostgreSQL",
        variable="CHAKRA_TEST_POSTGRES_URL",
        scheme="postgresql",
        port=5432,
        users=("root", "postgres", getpass.getuser()),
        log_in=log_in_to_postgres,
    ),
    "mysql": Server(
        title="MySQL or MariaDB",
        variable="CHAKRA_TEST_MYSQL_URL",
        scheme="mysql",
        port=3306,
        users=("root",),
        log_in=log_in_to_mysql,
    ),
}


def connect(host: str, port: int) -> socket.socket:
    """Opens a connection, or raises OSError soon."""
    return socket.create_connection((host, port), timeout=TIMEOUT_SECONDS)


def find_given(server: Server, url: str) -> str | None:
    """The URL of the environment, if something listens there; it may hold a password: not shown."""
    parts = urlsplit(url)
    host, port = parts.hostname or HOST, parts.port or server.port
    try:
        connect(host, port).close()
    except OSError as error:
        note(server, f"{server.variable} is set, but {host}:{port} does not answer: {error}")
        return None
    note(server, f"{host}:{port}, as {server.variable} says")
    return url


def find_usual(server: Server) -> str | None:
    """The URL of the usual address, with the first user who is let in."""
    reason = ""
    for user in dict.fromkeys(server.users):
        try:
            with connect(HOST, server.port) as connection:
                server.log_in(connection, user)
        except (OSError, Refused) as error:
            reason = str(error)
            continue
        url = f"{server.scheme}://{user}@{HOST}:{server.port}/{DATABASE}"
        note(server, url)
        return url
    note(server, f"not used ({HOST}:{server.port}: {reason})")
    return None


def find(server: Server) -> str | None:
    """The URL to use for a server, or None."""
    given = os.environ.get(server.variable)
    return find_given(server, given) if given else find_usual(server)


def note(server: Server, text: str) -> None:
    """Tells the reader; standard output belongs to the shell."""
    print(f"{server.title}: {text}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Prints shell lines, or checks one server."""
    if arguments[:1] == ["--check"]:
        return 0 if find(SERVERS[arguments[1]]) else 1
    missing = []
    for server in SERVERS.values():
        url = find(server)
        if url:
            print(f"export {server.variable}={shlex.quote(url)}")
        else:
            # An address that was given stays as it is, answering or not: no test may turn to another server.
            missing.append(server.title)
    if missing and os.environ.get("CHAKRA_TEST_REQUIRE_ALL") == "1":
        print(f"error: CHAKRA_TEST_REQUIRE_ALL=1, but missing: {', '.join(missing)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
