"""A way to a server that can be made to fail: cut, stalled, slow, or broken off in the middle of a message."""

from __future__ import annotations

import contextlib
import enum
import random
import socket
import threading
import time
from urllib.parse import urlsplit

CHUNK_BYTES = 4096


class Fault(enum.Enum):
    """What happens to a chunk of bytes on its way."""

    #: The connection is reset.
    CUT = enum.auto()
    #: Nothing comes through any more, and nobody is told.
    STALL = enum.auto()
    #: The chunk comes late.
    DELAY = enum.auto()
    #: Half of it comes, then the connection ends.
    TRUNCATE = enum.auto()


class Proxy:
    """Listens on a port of its own and passes on what it hears to the server of a URL.

    Attributes:
        url: The URL that leads through the proxy.
        chance: How probable a fault is for each chunk.
    """

    def __init__(self, url: str, seed: int = 0) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        user = f"{parts.username}:{parts.password}" if parts.password else parts.username
        self.url = parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
        self.chance = 0.0
        self.happened: dict[Fault, int] = dict.fromkeys(Fault, 0)
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        """No faults from now on; connections that were stalled are reset, as a network tells in the end."""
        self.chance = 0.0
        self.cut_all()

    def cut_all(self) -> None:
        """Resets every connection."""
        with self._lock:
            sockets = list(self._open)
        for each in sockets:
            self._reset(each)

    def close(self) -> None:
        """Ends the proxy and every connection through it."""
        self._listener.close()
        self.cut_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.update((client, server))
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                fault = self._draw()
                if fault is Fault.CUT:
                    break
                if fault is Fault.STALL:
                    self._swallow(source)
                    break
                if fault is Fault.DELAY:
                    time.sleep(0.05)
                if fault is Fault.TRUNCATE:
                    target.sendall(chunk[: len(chunk) // 2])
                    break
                target.sendall(chunk)
        self._reset(source)
        self._reset(target)

    def _swallow(self, source: socket.socket) -> None:
        """Reads on and passes nothing on, until somebody ends the connection."""
        while source.recv(CHUNK_BYTES):
            pass

    def _draw(self) -> Fault | None:
        with self._lock:
            if self._random.random() >= self.chance:
                return None
            fault = self._random.choice(list(Fault))
            self.happened[fault] += 1
            return fault

    def _reset(self, each: socket.socket) -> None:
        with self._lock:
            self._open.discard(each)
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
