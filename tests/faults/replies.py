"""What a server may send instead of what it should."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from tests.http.fake_server import Reply

PATIENT: Final = "DOE^JANE"
"""Stands in bodies, paths and headers: no message and no log may have it."""

HTML: Final = f"<!DOCTYPE html><html><title>{PATIENT}</title></html>".encode()


@dataclass(frozen=True)
class Asked:
    """What a reply may depend on.

    Attributes:
        good: What an honest server would answer: JSON, or a ZIP archive for the download.
        number: Which request it is, from 1.
        here: The URL of the server.
        elsewhere: The URL of another server.
    """

    good: bytes
    number: int
    here: str
    elsewhere: str


Answering: TypeAlias = Callable[[Asked], Reply]


def document(status: int, code: int = 1000) -> bytes:
    """An error in Orthanc's own form."""
    return (
        f'{{"HttpStatus": {status}, "OrthancStatus": {code}, "Message": "What Orthanc says", "Details": "and why",'
        f' "Uri": "/{PATIENT}"}}'
    ).encode()


def sends(
    status: int = 200, body: bytes | None = None, type_: str = "application/json", **options: object
) -> Answering:
    """The same each time; without a body, the good one, or none in an error."""

    def answer(asked: Asked) -> Reply:
        content = (asked.good if status == 200 else b"") if body is None else body
        return Reply(status, content, {"Content-Type": type_}, **options)  # type: ignore[arg-type]  # those of Reply

    return answer


def half(length: bool = True, **options: object) -> Answering:
    """Half of the good answer."""

    def answer(asked: Asked) -> Reply:
        middle = len(asked.good) // 2
        if length:
            return Reply(200, asked.good, send_only=middle, **options)  # type: ignore[arg-type]  # those of Reply
        return Reply(200, asked.good[:middle], no_length=True, **options)  # type: ignore[arg-type]  # as above

    return answer


def raw(head: str, body: bytes | None = None, **options: object) -> Answering:
    """Bytes as they are: a head, in which LENGTH is that of the body, and the body; the good one by default."""

    def answer(asked: Asked) -> Reply:
        content = asked.good if body is None else body
        lines = head.replace("LENGTH", str(len(content))).replace("\n", "\r\n").encode("latin-1")
        return Reply(raw=lines + b"\r\n\r\n" + content, **options)  # type: ignore[arg-type]  # those of Reply

    return answer


def headers(*lines: str, status: str = "200 OK") -> Answering:
    """The good answer, with more headers."""
    return raw("\n".join([f"HTTP/1.1 {status}", "Content-Length: LENGTH", *lines]))


def packed(pack: Callable[[bytes], bytes], encoding: str) -> Answering:
    """A compressed answer."""
    return lambda asked: Reply(200, pack(asked.good), {"Content-Encoding": encoding})


def chunked(body: bytes, *, endless: bytes = b"") -> Answering:
    """A chunked answer; GOOD is the good answer as one chunk, and HALF is half of that."""

    def answer(asked: Asked) -> Reply:
        whole = b"%x\r\n%s\r\n" % (len(asked.good), asked.good)
        content = body.replace(b"GOOD", whole).replace(b"HALF", whole[: len(whole) // 2])
        return Reply(200, content, {"Transfer-Encoding": "chunked"}, no_length=True, endless=endless)

    return answer


def stops(status: int = 200) -> Answering:
    """A byte less than it says, and nothing more."""
    return lambda asked: Reply(status, asked.good[:-1], {"Content-Length": str(len(asked.good))})


def endless(piece: bytes) -> Answering:
    """The good answer, and then this again and again."""
    return lambda asked: Reply(200, asked.good[:-1], no_length=True, endless=piece)


def endless_chunks() -> Answering:
    """Chunk after chunk."""
    return chunked(b"2\r\n[ \r\n", endless=b"10000\r\n%s\r\n" % (b" " * 0x10000))


def promises(length: int) -> Answering:
    """A length, and much less than that."""
    return lambda asked: Reply(200, asked.good, {"Content-Length": str(length)}, close=True)


def busy(retry_after: str) -> Answering:
    """503, and when to come back."""
    return lambda _: Reply(503, b"", {"Retry-After": retry_after})


def redirect(status: int, location: str) -> Answering:
    """Sends elsewhere.

    ELSEWHERE is the URL of another server, OTHERNAME that of this one by another name, SECURE its HTTPS.
    """

    def answer(asked: Asked) -> Reply:
        target = location.replace("ELSEWHERE", asked.elsewhere)
        target = target.replace("OTHERNAME", asked.here.replace("127.0.0.1", "localhost"))
        return Reply(status, b"", {"Location": target.replace("SECURE", asked.here.replace("http:", "https:"))})

    return answer


def once(fault: Answering) -> Answering:
    """Goes wrong the first time only."""
    return lambda asked: fault(asked) if asked.number == 1 else Reply(200, asked.good)


def stacked(asked: Asked) -> Reply:
    """Compressed twice."""
    return Reply(200, zlib.compress(gzip.compress(asked.good)), {"Content-Encoding": "gzip, deflate"})


def bomb(status: int = 200) -> Answering:
    """300 MB of blanks, in 300 kB."""
    return lambda _: Reply(status, _bomb(), {"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 1_000_000
    return b"".join([*(packer.compress(block) for _ in range(300)), packer.flush()])
