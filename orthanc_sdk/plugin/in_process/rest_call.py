"""A request of ``requests`` as the arguments of Orthanc's functions for plugins: an unquoted path and a body.

What these functions do not support is refused, never dropped silently.
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
_ACCEPTED_HEADERS: Final = frozenset(
    # Evaluated here, or about the connection or the client only.
    {"accept", "content-encoding", "content-type"}
    | {"accept-encoding", "connection", "content-length", "expect", "transfer-encoding", "user-agent"}
)
_SIGNATURES: Final = (
    ("application/dicom", 128, b"DICM"),
    ("application/zip", 0, b"PK\x03\x04"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("application/gzip", 0, b"\x1f\x8b"),
    ("application/pdf", 0, b"%PDF-"),
)
_BRACKETS: Final = {b"{": b"}", b"[": b"]"}  # JSON is not parsed to be recognized: it may be large


@dataclass(frozen=True, slots=True)
class RestCall:
    """A request as the arguments of Orthanc's functions for plugins.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: The path on the server, quoted, without the query.
        accept: The media type that the response should have.
        uri: Path and query, not quoted: these functions decode nothing.
        body: The body; empty for GET and DELETE.
    """

    method: str
    path: str
    accept: str
    # These may contain patient data, which a traceback with variables would show.
    uri: str = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def from_request(cls, request: requests.PreparedRequest) -> RestCall:
        """The call for a request of ``requests``.

        Raises:
            InvalidArgument: if Orthanc's functions do not support it.
        """
        parts = urlsplit(request.url or "")
        method, route = request.method or "", f"{request.method} {parts.path}"
        if method not in _METHODS:
            raise InvalidArgument(f"{route}: inside Orthanc there is only {', '.join(_METHODS)}")
        headers = _headers(request)
        _check_headers(route, headers)
        body = _body(route, request, headers)
        if body and method in ("GET", "DELETE"):
            raise InvalidArgument(f"{route}: inside Orthanc, {method} cannot have a body")
        if parts.query and method != "GET":
            raise InvalidArgument(f"{route}: inside Orthanc, only GET has query arguments")
        accept = headers.get("accept", "*/*")
        if method != "GET" and accept not in ("*/*", "application/json"):  # too late to refuse once it is done
            raise InvalidArgument(f"{route}: inside Orthanc, headers cannot be sent: accept")
        uri = _decoded(route, method, parts.path, parts.query)
        return cls(method, parts.path, accept, uri, body)

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def media_type_of(self, content: bytes) -> str:
        """The media type of the response.

        Raises:
            InvalidArgument: if it is not the accepted one: only the default of the route is available.
        """
        wanted = self.accept.split(",")[0].split(";")[0].strip().lower()
        media_type_ = "application/json" if wanted == "application/json" else media_type(content)
        if wanted not in (media_type_, "*/*", f"{media_type_.split('/')[0]}/*"):
            raise InvalidArgument(
                f"{self.route}: inside Orthanc, headers cannot be sent: "
                f"the response is {media_type_}, not {wanted} (accept)"
            )
        return media_type_


def media_type(content: bytes) -> str:
    """The media type of a body, by its signature: Orthanc's functions for plugins do not return it."""
    for media_type_, offset, signature in _SIGNATURES:
        if content.startswith(signature, offset):
            return media_type_
    if content[:1] in _BRACKETS and content[-16:].rstrip()[-1:] == _BRACKETS[content[:1]]:
        return "application/json"
    return "application/octet-stream" if b"\0" in content[:1024] else "text/plain"


def _headers(request: requests.PreparedRequest) -> dict[str, str]:
    return {
        name.lower(): value if isinstance(value, str) else value.decode("latin-1")
        for name, value in request.headers.items()
    }


def _check_headers(route: str, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name not in _ACCEPTED_HEADERS:
            raise InvalidArgument(f"{route}: inside Orthanc, headers cannot be sent: {name}")
        if name == "content-type" and value.lower().startswith("multipart/"):
            raise InvalidArgument(
                f"{route}: inside Orthanc, headers cannot be sent, so multipart bodies are not possible"
            )
        if name == "content-encoding" and value.lower() not in ("gzip", "identity"):
            raise InvalidArgument(f"{route}: inside Orthanc, a body can be compressed by gzip only")


def _body(route: str, request: requests.PreparedRequest, headers: Mapping[str, str]) -> bytes:
    """The whole body: Orthanc's functions do not stream."""
    content = cast("str | bytes | IO[bytes] | Iterable[bytes] | None", request.body)  # typed as bytes or str only
    if content is None:
        return b""
    if isinstance(content, str):
        body = content.encode()
    elif isinstance(content, bytes):
        body = content
    else:
        body = cast("IO[bytes]", content).read() if hasattr(content, "read") else b"".join(content)
    if headers.get("content-encoding", "").lower() == "gzip":
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            raise InvalidArgument(f"{route}: the body is not valid gzip") from None
    return body


def _decoded(route: str, method: str, path: str, query: str) -> str:
    """Path and query as Orthanc's functions take them."""
    try:
        plain = unquote(path, errors="strict")
        arguments = [unquote(argument, errors="strict") for argument in query.split("&")] if query else []
    except UnicodeDecodeError:
        raise InvalidArgument(f"{route}: the path and the query must be UTF-8") from None
    if "\0" in plain or any("\0" in argument for argument in arguments):
        raise InvalidArgument(f"{route}: the path and the query must not contain NUL")
    if (method == "GET" and "?" in plain) or any("&" in argument for argument in arguments):
        # Orthanc would read it as the beginning of the query, or of another argument.
        raise InvalidArgument(f"{route}: inside Orthanc, there must be no '?' in a path, and no '&' in an argument")
    return f"{plain}?{'&'.join(arguments)}" if arguments else plain
