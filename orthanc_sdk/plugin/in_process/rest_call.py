"""A request of ``requests`` as Orthanc's functions for plugins take it: a path that is not quoted, a body, and no more.

What they cannot be told is refused, never left out in silence.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Final, cast
from urllib.parse import unquote, urlsplit

import requests

from orthanc_sdk.errors import InvalidArgument

_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_HARMLESS: Final = frozenset(
    # Looked at here, about the connection, or about the client.
    {"accept", "content-encoding", "content-type"}
    | {"accept-encoding", "connection", "content-length", "expect", "transfer-encoding", "user-agent"}
)
_MAGIC: Final = (
    ("application/dicom", 128, b"DICM"),
    ("application/zip", 0, b"PK\x03\x04"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("application/gzip", 0, b"\x1f\x8b"),
    ("application/pdf", 0, b"%PDF-"),
)
_BRACKETS: Final = {b"{": b"}", b"[": b"]"}  # JSON is not read as a whole to be known: it may be large


@dataclass(frozen=True, slots=True)
class Call:
    """A request as Orthanc's functions for plugins take it.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: The path on the server, quoted, without the query.
        accept: The media type that the answer should have.
        uri: Path and query, not quoted: these functions decode nothing.
        body: The body, which GET and DELETE have none of.
    """

    method: str
    path: str
    accept: str
    # What follows may be patient data, which a traceback with variables would show.
    uri: str = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, request: requests.PreparedRequest) -> Call:
        """The same for a request of ``requests``.

        Raises:
            InvalidArgument: if it has something that cannot be passed on.
        """
        parts = urlsplit(request.url or "")
        method, where = request.method or "", f"{request.method} {parts.path}"
        if method not in _METHODS:
            raise InvalidArgument(f"{where}: inside Orthanc there is only {', '.join(_METHODS)}")
        headers = _headers(request)
        _check_headers(where, headers)
        body = _body(where, request, headers)
        if body and method in ("GET", "DELETE"):
            raise InvalidArgument(f"{where}: inside Orthanc, {method} cannot have a body")
        if parts.query and method != "GET":
            raise InvalidArgument(f"{where}: inside Orthanc, only GET has query arguments")
        accept = headers.get("accept", "*/*")
        if method != "GET" and accept not in ("*/*", "application/json"):  # which could only be seen when it is done
            raise InvalidArgument(f"{where}: inside Orthanc, headers cannot be sent: accept")
        uri = _decoded(where, method, parts.path, parts.query)
        return cls(method, parts.path, accept, uri, body)

    @property
    def where(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def media_type_of(self, content: bytes) -> str:
        """The media type of the answer, if it is the wanted one.

        Raises:
            InvalidArgument: if the route answers something else by default, which could not be changed.
        """
        wanted = self.accept.split(",")[0].split(";")[0].strip().lower()
        kind = "application/json" if wanted == "application/json" else media_type(content)
        if wanted not in (kind, "*/*", f"{kind.split('/')[0]}/*"):
            raise InvalidArgument(
                f"{self.where}: inside Orthanc, headers cannot be sent: it answers {kind}, and not {wanted} (accept)"
            )
        return kind


def media_type(content: bytes) -> str:
    """What a body is, by its beginning: Orthanc's functions for plugins do not tell."""
    for kind, offset, magic in _MAGIC:
        if content.startswith(magic, offset):
            return kind
    if content[:1] in _BRACKETS and content[-16:].rstrip()[-1:] == _BRACKETS[content[:1]]:
        return "application/json"
    return "application/octet-stream" if b"\0" in content[:1024] else "text/plain"


def _headers(request: requests.PreparedRequest) -> dict[str, str]:
    return {
        name.lower(): value if isinstance(value, str) else value.decode("latin-1")
        for name, value in request.headers.items()
    }


def _check_headers(where: str, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name not in _HARMLESS:
            raise InvalidArgument(f"{where}: inside Orthanc, headers cannot be sent: {name}")
        if name == "content-type" and value.lower().startswith("multipart/"):
            raise InvalidArgument(
                f"{where}: inside Orthanc, headers cannot be sent, so that there is no multipart body"
            )
        if name == "content-encoding" and value.lower() not in ("gzip", "identity"):
            raise InvalidArgument(f"{where}: inside Orthanc, a body may be compressed by gzip only")


def _body(where: str, request: requests.PreparedRequest, headers: Mapping[str, str]) -> bytes:
    """The whole body: there is no streaming into Orthanc's functions."""
    given = cast("str | bytes | IO[bytes] | Iterable[bytes] | None", request.body)  # typed as bytes or str only
    if given is None:
        return b""
    if isinstance(given, str):
        body = given.encode()
    elif isinstance(given, bytes):
        body = given
    else:
        body = cast("IO[bytes]", given).read() if hasattr(given, "read") else b"".join(given)
    if headers.get("content-encoding", "").lower() == "gzip":
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            raise InvalidArgument(f"{where}: the body is not compressed by gzip, or damaged") from None
    return body


def _decoded(where: str, method: str, path: str, query: str) -> str:
    """Path and query as these functions take them."""
    try:
        plain = unquote(path, errors="strict")
        arguments = [unquote(argument, errors="strict") for argument in query.split("&")] if query else []
    except UnicodeDecodeError:
        raise InvalidArgument(f"{where}: the path and the query must be UTF-8") from None
    if "\0" in plain or any("\0" in argument for argument in arguments):
        raise InvalidArgument(f"{where}: there must be no NUL in the path and in the query")
    if (method == "GET" and "?" in plain) or any("&" in argument for argument in arguments):
        # Orthanc would take it for the beginning of the query, or of another argument.
        raise InvalidArgument(f"{where}: inside Orthanc, there must be no '?' in a path, and no '&' in an argument")
    return f"{plain}?{'&'.join(arguments)}" if arguments else plain
