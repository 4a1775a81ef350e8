"""A TCP proxy that does to the bytes what it is told to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tests.http.listener import Listener, hang_up

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


class Proxy(Listener):
    """Stands between clients and a server on this machine, until the ``with`` block ends.

    Args:
        port: The port of the server.
        rule: What it does; it is asked for one piece after the other.  May be changed later on.
        counting: Which requests count: those with this in their first line.
    """

    def __init__(self, port: int, rule: Rule, counting: bytes) -> None:
        super().__init__()
        self._target = port
        self._counting = counting
        self.rule = rule
        self.requests = 0
        self.cuts = 0

    def _serve(self, connection: socket.socket, number: int) -> None:
        del number
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            connection.close()
            return
        with self._lock:
            self._open.add(server)
        back = threading.Thread(target=self._pass, args=(server, connection, "client"), daemon=True)
        with connection, server:
            back.start()
            self._pass(connection, server, "server")
            back.join()

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
            hang_up(end)
