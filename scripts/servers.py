"""Database servers of the tests' own: made in a temporary folder, and gone with it.

A server that is made for a test run needs no rights on this machine, holds nothing that is worth
keeping, and can therefore leave out every wait for the disk; that makes a table some thirty times
faster on MariaDB. Needs the programs of the servers (`initdb` and `postgres`, `mariadbd` and
`mariadb-install-db`), and no more of Python than its standard library.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
USER = "root"
#: Orders by code point, and knows the upper and lower case of all of Unicode.
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
START_SECONDS = 60
STOP_SECONDS = 30


class Unavailable(Exception):
    """The programs of a server are not installed, or it did not start."""


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(name: str, *folders: str) -> str:
    """The newest program of this name in folders (patterns from the root), else the one on PATH."""
    for folder in folders:
        found = sorted(Path("/").glob(f"{folder}/{name}"), key=lambda path: [int(n) for n in path.parts if n.isdigit()])
        if found:
            return str(found[-1])
    program = shutil.which(name)
    if program is None:
        raise Unavailable(f"{name} is not installed")
    return program


class Server(ABC):
    """One server in a folder of its own, on a port of its own.

    Args:
        folder: To be made for the server's files.
        options: Arguments of the server's program, stronger than the usual ones.

    Attributes:
        folder: Holds the server's files; it belongs to the account that the server runs as.
        port: Where the server listens, on 127.0.0.1 only, and keeps listening after a restart.
    """

    name: str
    #: The account that runs the server where the caller is root, whom servers refuse to serve as.
    account: str

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.options = options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner: dict[str, str] = {}
        if os.geteuid() == 0:
            self._owner = {"user": self.account, "group": self.account}

    @property
    @abstractmethod
    def url(self) -> str:
        """The address of the database `test`, as chakra takes it."""

    @abstractmethod
    def _make(self) -> None:
        """Makes the server's files."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The command that runs the server in the foreground."""

    def create(self, is_up: Callable[[int], bool]) -> None:
        """Makes the server's files and starts it; `is_up` is told the port and logs in.

        Raises:
            Unavailable: The server's programs are not installed, or it does not come up.
        """
        self.folder.mkdir(parents=True)
        if self._owner:
            try:
                account = pwd.getpwnam(self.account)
            except KeyError:
                raise Unavailable(f"no account {self.account} to run {self.name} as") from None
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._make()
        self.start(is_up)

    def start(self, is_up: Callable[[int], bool]) -> None:
        """Starts the server on the files that it has, and waits until it lets users in."""
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), *self.options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the tests; the server outlives them.
                start_new_session=True,
                **self._owner,
            )
        deadline = time.monotonic() + START_SECONDS
        while not is_up(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"{self.name} does not start: {self._last_words()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server by a signal, and by SIGKILL if it takes too long; its files stay."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False, **self._owner
        )
        if done.returncode != 0:
            raise Unavailable(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")

    def _last_words(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return " | ".join(lines[-3:])


class PostgresServer(Server):
    """A PostgreSQL server without durability."""

    name = "PostgreSQL"
    account = "postgres"
    #: Debian keeps the programs of each version apart, and off PATH.
    _folders = ("usr/lib/postgresql/*/bin",)
    #: The log grows by whole segments, which are 16 MB unless said otherwise.
    _creation = ("--no-sync", "--wal-segsize=4")

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@{HOST}:{self.port}/test"

    def _make(self) -> None:
        data = str(self.folder / "data")
        initdb = find_program("initdb", *self._folders)
        self._run([initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", f"--locale={LOCALE}", *self._creation])
        single = [find_program("postgres", *self._folders), "--single", "-D", data, "postgres"]
        subprocess.run(single, input=b"CREATE DATABASE test", capture_output=True, check=True, **self._owner)

    def _command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            # Nobody recovers from the log, and by default it takes a gigabyte of the disk.
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "min_wal_size": "8MB",
            "max_wal_size": "24MB",
            "max_connections": 200,
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        return [find_program("postgres", *self._folders), "-D", str(self.folder / "data"), *options]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends the server, by default without waiting for its clients."""
        super().stop(how)


class MariaDbServer(Server):
    """A MariaDB server without durability."""

    name = "MariaDB"
    account = "mysql"
    #: What the files on the disk are made for. Nobody recovers from the redo log, which takes 96 MB by default;
    #: undo logs grow the system tablespace for good unless they are in files of their own, which are cut.
    _files = (
        "--innodb-log-file-size=16M",
        "--innodb-undo-tablespaces=2",
        "--innodb-undo-log-truncate=ON",
        "--innodb-max-undo-log-size=10M",
    )

    @property
    def url(self) -> str:
        return f"mysql://{USER}@{HOST}:{self.port}/test"

    def _make(self) -> None:
        install = find_program("mariadb-install-db")
        data = f"--datadir={self.folder / 'data'}"
        options = ("--auth-root-authentication-method=normal", "--skip-test-db")
        self._run([install, "--no-defaults", data, *options, *self._files])
        (self.folder / "init.sql").write_text("CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4;\n")

    def _command(self) -> list[str]:
        return [
            find_program("mariadbd", "usr/sbin", "usr/local/sbin"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--init-file={self.folder / 'init.sql'}",
            # Relative to the data: the path of a socket may have some hundred bytes only.
            "--socket=socket",
            "--pid-file=pid",
            f"--port={self.port}",
            f"--bind-address={HOST}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--max-connections=300",
            "--innodb-flush-method=nosync",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            *self._files,
        ]


class PgBouncer(Server):
    """PgBouncer in transaction mode, in front of a PostgreSQL server."""

    name = "PgBouncer"
    account = "postgres"

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.behind = urlsplit(url)

    @property
    def url(self) -> str:
        """The address of the same database, as chakra takes it."""
        place = f"{self.behind.username or USER}@{HOST}:{self.port}"
        return self.behind._replace(netloc=place, query="pgbouncer=true").geturl()

    def _make(self) -> None:
        behind = self.behind
        password = f" password={unquote(behind.password)}" if behind.password else ""
        user = unquote(behind.username or USER)
        (self.folder / "users").write_text(f'"{user}" ""\n')
        settings = {
            "listen_addr": HOST,
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": self.folder / "users",
            "pool_mode": "transaction",
            "max_client_conn": 1000,
            # Each test has a database of its own: what one leaves must not fill the server.
            "server_idle_timeout": 2,
            "log_connections": 0,
            "log_disconnections": 0,
        }
        lines = [
            "[databases]",
            f"* = host={behind.hostname or HOST} port={behind.port or 5432} user={user}{password}",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in settings.items()),
        ]
        (self.folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")

    def _command(self) -> list[str]:
        return [find_program("pgbouncer", "usr/sbin"), str(self.folder / "pgbouncer.ini")]
