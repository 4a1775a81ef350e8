"""A server on a real socket that answers by script, and remembers every request that reached it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO

from tests.http.listener import Listener


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Reply:
    """What to do with a request: answer it, properly or not, or hang up.

    Args:
        status: HTTP status.
        body: Body of the answer.
        headers: More headers; Content-Length comes by itself unless it is given.
        send_only: How many bytes of the body are sent before the server hangs up.
        no_length: Leaves Content-Length out and hangs up at the end, as Orthanc does for archives.
        close: Hangs up after the answer.
        silent: Hangs up without any answer.
        delay: Seconds before the answer.
        raw: The whole answer as it goes over the wire, in place of status, headers and body.
        endless: What is sent again and again after the body, until the client hangs up.
        drip: Seconds between the bytes of the answer.
        reset: Hangs up as if it had crashed: by a reset, not in order.
        drain: Hangs up in order although something is left to be read, as proxies do after an early answer.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    send_only: int | None = None
    no_length: bool = False
    close: bool = False
    silent: bool = False
    delay: float = 0.0
    raw: bytes | None = None
    endless: bytes = b""
    drip: float = 0.0
    reset: bool = False
    drain: bool = False

    def head(self) -> bytes:
        known = [status.phrase for status in HTTPStatus if status == self.status]
        phrase = known[0] if known else "Odd"
        headers = dict(self.headers)
        if not self.no_length:
            headers.setdefault("Content-Length", str(len(self.body)))
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_reply(text: str, status: int = 200, **headers: str) -> Reply:
    return Reply(status, text.encode(), {"Content-Type": "application/json", **headers})


HANG_UP = Reply(silent=True)
Script = Callable[[Received], Reply] | Iterable[Reply] | Reply


class FakeServer(Listener):
    """Listens on a free port of the loopback until the ``with`` block ends.

    Args:
        script: One reply for all, replies in their order (the last one again and again), or a function.
        idle: Seconds after which an idle connection is closed, as Orthanc does after one.
        read_body: False answers without having read the body.
        port: Where to listen; any free one by default.
        tls: Speaks TLS, with what this context has.
        reset_at_once: Hangs up on all who come, before they can ask.
    """

    def __init__(
        self,
        script: Script = Reply(),
        *,
        idle: float | None = None,
        read_body: bool = True,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        reset_at_once: bool = False,
    ) -> None:
        super().__init__(port)
        self._reset_at_once = reset_at_once
        self._tls = tls
        self._script = script if callable(script) else _in_order([script] if isinstance(script, Reply) else script)
        self._idle = idle
        self._read_body = read_body
        self.requests: list[Received] = []
        self.sent = 0
        self.problems: list[BaseException] = []

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(type_, error, traceback)
        if error is None:
            assert not self.problems, self.problems

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection:
                if self._tls is None:
                    self._serve_all(connection, number)
                else:
                    with self._tls.wrap_socket(connection, server_side=True) as secured:
                        with self._lock:
                            self._open.add(secured)  # the other one has nothing left to close
                        self._serve_all(secured, number)
        except (OSError, EOFError):
            pass  # the client hung up
        except BaseException as error:
            self.problems.append(error)
            raise
        finally:
            with self._lock:
                self._open = {other for other in self._open if other.fileno() != -1}

    def _serve_all(self, connection: socket.socket, number: int) -> None:
        with connection.makefile("rb") as stream:
            while self._serve_one(connection, stream, number):
                pass

    def _serve_one(self, connection: socket.socket, stream: BinaryIO, number: int) -> bool:
        if self._reset_at_once:
            return _reset(connection)
        connection.settimeout(self._idle)
        received = _receive(stream, number, read_body=self._read_body)
        connection.settimeout(None)
        if received is None:
            return False
        with self._lock:
            self.requests.append(received)
        reply = self._script(received)
        time.sleep(reply.delay)
        if not reply.silent:
            self._answer(connection, reply)
        if reply.reset:
            return _reset(connection)
        if reply.drain:
            connection.shutdown(socket.SHUT_WR)
            while stream.read(65536):
                pass
        if reply.silent or reply.raw is not None:
            return False
        return not (reply.no_length or reply.close or reply.send_only is not None)

    def _answer(self, connection: socket.socket, reply: Reply) -> None:
        content = reply.head() + reply.body[: reply.send_only] if reply.raw is None else reply.raw
        for start in range(0, len(content), 1 if reply.drip else len(content) or 1):
            connection.sendall(content[start:] if not reply.drip else content[start : start + 1])
            time.sleep(reply.drip)
        while reply.endless:
            connection.sendall(reply.endless)
            with self._lock:
                self.sent += len(reply.endless)


def _reset(connection: socket.socket) -> bool:
    """Lets the closing of a connection be a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _in_order(replies: Iterable[Reply]) -> Callable[[Received], Reply]:
    left = list(replies)
    lock = threading.Lock()

    def script(_: Received) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script


def _receive(stream: BinaryIO, number: int, *, read_body: bool) -> Received | None:
    line = stream.readline().decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    if not line.endswith(" HTTP/1.1"):
        raise EOFError(line)  # TLS, for instance
    method, target, _ = line.split(" ")
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = b""
    if read_body and "content-length" in headers:
        body = _exactly(stream, int(headers["content-length"]))
    elif read_body and headers.get("transfer-encoding") == "chunked":
        while size := _size(stream.readline()):
            body += _exactly(stream, size)
            stream.readline()
        stream.readline()
    return Received(method, target, headers, body, number)


def _size(line: bytes) -> int:
    if not line:
        raise EOFError
    return int(line, 16)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise EOFError
    return content
