"""A TCP proxy that does to the bytes what it is told to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, TypeAlias

_PIECE: Final = 16 * 1024


@dataclass(frozen=True)
class Passing:
    """Some bytes on their way.

    Attributes:
        to: Whither: to the server, or to the client.
        data: The bytes.
        request: How many of the requests that count have begun until now, on all connections.
        begins: Whether this is the beginning of one of them.
    """

    to: Literal["server", "client"]
    data: bytes
    request: int
    begins: bool


Rule: TypeAlias = Callable[[Passing], bytes | None]
"""What is passed on instead; None cuts the connection."""


class Proxy:
    """Stands between clients and a server on this machine, until the ``with`` block ends.

    Args:
        port: The port of the server.
        rule: What it does; it is asked for one piece after the other.  May be changed later on.
        counting: Which requests count: those with this in their first line.
    """

    def __init__(self, port: int, rule: Rule, counting: bytes) -> None:
        self._counting = counting
        self._target = port
        self.rule = rule
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.requests = 0
        self.cuts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            _shut(connection)
        for thread in self._threads:
            thread.join(10)
        for connection in self._open:
            connection.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            self._start(self._pass, client, server, "server")
            self._start(self._pass, server, client, "client")

    def _pass(self, source: socket.socket, target: socket.socket, to: Literal["server", "client"]) -> None:
        with suppress(OSError):  # one of them hung up
            while data := source.recv(_PIECE):
                with self._lock:
                    line = data.partition(b"\r\n")[0] if to == "server" else b""
                    begins = line.endswith(b" HTTP/1.1") and self._counting in line
                    self.requests += begins
                    passed = self.rule(Passing(to, data, self.requests, begins))
                    self.cuts += passed is None
                if passed is None:
                    break
                target.sendall(passed)
        for end in (source, target):
            _shut(end)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # it is shut already
        end.shutdown(socket.SHUT_RDWR)
