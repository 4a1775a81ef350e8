"""The client inside Orthanc: the same operations, by function calls instead of HTTP.

``requests`` sends through adapters; :class:`InsideAdapter` is one that calls ``orthanc.RestApiGet()`` and its like.  So
routes, models, resources, errors, streams and :meth:`orthanc_sdk.Orthanc.request` are those of every other client.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from orthanc_sdk import plugin
from orthanc_sdk.client import Orthanc
from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.operation import Operation
from orthanc_sdk.plugin.room import with_room
from orthanc_sdk.runner import CLIENT_TIMEOUT, Timeout

if TYPE_CHECKING:
    from orthanc_sdk.plugin import OrthancException

T = TypeVar("T")

URL: Final = "orthanc://inside"
"""What stands for this very server, where a client has the URL of its own."""

_changing: Final = threading.RLock()
# The plugin keeps the lock of the Python interpreter while it calls Orthanc.  A thread whose file was just stored has
# Orthanc's lock for the callbacks, and calls them; if Python switches to a second thread then that stores one, too, they
# wait for each other for ever.  Here the second one waits before it calls Orthanc, which lets the first one go on.

_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_HARMLESS: Final = frozenset(
    # Looked at here, about the connection, or about the client.
    {"accept", "content-encoding", "content-type"}
    | {"accept-encoding", "connection", "content-length", "expect", "transfer-encoding", "user-agent"}
)
_UNKNOWN_RESOURCE: Final = 17
_STILL_LOADING: Final = 2038
_MAGIC: Final = (
    ("application/dicom", 128, b"DICM"),
    ("application/zip", 0, b"PK\x03\x04"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("application/gzip", 0, b"\x1f\x8b"),
    ("application/pdf", 0, b"%PDF-"),
)
_BRACKETS: Final = {b"{": b"}", b"[": b"]"}  # JSON is not read as a whole to be known: it may be large
_PARENTS: Final = (("ParentSeries", "series", "Series"), ("ParentStudy", "studies", "Study"),
                   ("ParentPatient", "patients", "Patient"))  # fmt: skip


def client(*, after_plugins: bool = False, strict: bool = False) -> Orthanc:
    """A client of the Orthanc that this plugin runs in: no HTTP, no password, no settings of TLS.

    It may be made while the script is loaded, and used in callbacks, by any number of threads.  It cannot be used
    before the script was loaded: wait for ``ChangeType.ORTHANC_STARTED``, or for the first callback.

    What is different from a client over HTTP, because Orthanc's functions for plugins are:

    - Nothing limits the time of a call: ``timeout`` means nothing.
    - Headers cannot be sent: ``if_match``, ``if_none_match``, ``range_`` and an ``accept`` for something else than
      the route answers by default raise :class:`orthanc_sdk.InvalidArgument`, and there is no ``ETag``.
    - Errors have their code and HTTP status, but no details, and no status that a plugin chose.

    Args:
        after_plugins: Asks the plugins first, as HTTP does: their routes, and what they put in the place of
            Orthanc's own.  Without it, only Orthanc's own routes are there, and a plugin cannot call itself.
        strict: As of :class:`orthanc_sdk.Orthanc`.

    Example:
        >>> from orthanc_sdk import plugin  # doctest: +SKIP
        >>> plugin.client().get_system().version  # doctest: +SKIP
        '1.13.0'
    """
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount(URL, InsideAdapter(after_plugins=after_plugins))
    _load_on_a_large_stack()
    return InsideOrthanc(URL, session=session, timeout=None, retries=0, strict=strict)


class InsideOrthanc(Orthanc):
    """What :func:`client` makes: it takes care that there is room on the stack for pydantic, too."""

    @with_room
    def request(self, method: str, path: str, **options: Any) -> requests.Response:  # Any: as of the base class
        """Sends any request: see :meth:`orthanc_sdk.Orthanc.request`."""
        return super().request(method, path, **options)

    @with_room
    def _run(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        return super()._run(operation, *path, body=body, timeout=timeout, **arguments)


@with_room
def _load_on_a_large_stack() -> None:
    """Imports what would be imported by the first answer, or by the first error: then nobody waits for it."""
    import pydantic.type_adapter

    import orthanc_models.error_codes  # noqa: F401

    del pydantic


class InsideAdapter(BaseAdapter):
    """Sends the requests of a ``requests.Session`` to the Orthanc around this plugin.

    Args:
        after_plugins: Whether plugins are asked first.
    """

    def __init__(self, *, after_plugins: bool = False) -> None:
        super().__init__()
        self._suffix = "AfterPlugins" if after_plugins else ""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Calls Orthanc; an error of Orthanc is an answer with the HTTP status that it has over HTTP.

        Raises:
            InvalidArgument: if the request has something that cannot be passed on.
        """
        del stream, timeout, verify, cert, proxies  # there is no network
        call = Call.of(request)
        try:
            content = self._run(call)
        except plugin.OrthancException as error:
            return _response(request, *_refusal(call, error), "application/json")
        return _response(request, 200, content, call.check_accepted(content, request.headers.get("Accept")))

    def close(self) -> None:
        """There is nothing to be closed."""

    @with_room
    def _run(self, call: Call) -> bytes:
        if call.method == "GET":
            return self._get(call.uri)
        if call.method == "DELETE":
            return self._delete(call.uri)
        post_or_put = cast("Callable[[str, bytes], bytes]", self._function(call.method))
        with _changing:
            return post_or_put(call.uri, call.body)

    def _get(self, uri: str) -> bytes:
        return cast("Callable[[str], bytes]", self._function("GET"))(uri)

    def _delete(self, uri: str) -> bytes:
        """Deletes, and says what Orthanc says over HTTP: its function for plugins answers nothing."""
        delete = cast("Callable[[str], None]", self._function("DELETE"))
        if re.fullmatch(r"/(instances|series|studies|patients)/[^/]+", uri) is None:
            with _changing:
                delete(uri)
            return b"{}"
        ancestors = list(self._ancestors(uri))
        with _changing:
            delete(uri)
        left = next((ancestor for ancestor in ancestors if self._is_there(ancestor["Path"])), None)
        return json.dumps({"RemainingAncestor": left}).encode()

    def _ancestors(self, uri: str) -> Iterator[dict[str, str]]:
        """What the resource is part of, the closest first."""
        resource = self._resource(uri)
        for field_, folder, type_ in _PARENTS:
            if field_ in resource:
                ancestor = {"ID": str(resource[field_]), "Type": type_}
                ancestor["Path"] = f"/{folder}/{ancestor['ID']}"
                yield ancestor
                resource = self._resource(ancestor["Path"])

    def _resource(self, uri: str) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self._get(uri)))  # Orthanc's own answer, always an object

    def _is_there(self, uri: str) -> bool:
        try:
            self._get(uri)
        except plugin.OrthancException as error:
            if _code(error) != _UNKNOWN_RESOURCE:
                raise
            return False
        return True

    def _function(self, method: str) -> object:
        # Looked up for each call: a test may put a mock there.
        return getattr(plugin, f"RestApi{method.capitalize()}{self._suffix}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request as Orthanc's functions for plugins take it.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: The path on the server, quoted, without the query.
        uri: Path and query, not quoted: these functions decode nothing.
        body: The body, which GET and DELETE have none of.
    """

    method: str
    path: str
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
        _check_headers(where, request.headers)
        body = _body(where, request)
        if body and method in ("GET", "DELETE"):
            raise InvalidArgument(f"{where}: inside Orthanc, {method} cannot have a body")
        if parts.query and method != "GET":
            raise InvalidArgument(f"{where}: inside Orthanc, only GET has query arguments")
        return cls(method, parts.path, _decoded(where, method, parts.path, parts.query), body)

    @property
    def where(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def check_accepted(self, content: bytes, accept: str | None) -> str:
        """The media type of the answer, if it is the wanted one.

        Raises:
            InvalidArgument: if the route answers something else by default, which could not be changed.
        """
        wanted = (accept or "*/*").split(",")[0].split(";")[0].strip().lower()
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


def _check_headers(where: str, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        known = name.lower()
        if known not in _HARMLESS:
            raise InvalidArgument(f"{where}: inside Orthanc, headers cannot be sent: {name}")
        if known == "content-type" and value.lower().startswith("multipart/"):
            raise InvalidArgument(
                f"{where}: inside Orthanc, headers cannot be sent, so that there is no multipart body"
            )
        if known == "content-encoding" and value.lower() not in ("gzip", "identity"):
            raise InvalidArgument(f"{where}: inside Orthanc, a body may be compressed by gzip only")


def _body(where: str, request: requests.PreparedRequest) -> bytes:
    """The whole body: there is no streaming into Orthanc's functions."""
    given = cast("str | bytes | IO[bytes] | Iterable[bytes] | None", request.body)  # typed as bytes or str only
    if given is None:
        return b""
    if isinstance(given, str):
        body = given.encode()
    elif isinstance(given, bytes):
        body = given
    else:
        body = given.read() if hasattr(given, "read") else b"".join(given)
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
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
        raise InvalidArgument(f"{where}: there must be no NUL in the path or in the query")
    if (method == "GET" and "?" in plain) or any("&" in argument for argument in arguments):
        # Orthanc would take it for the beginning of the query, or of another argument.
        raise InvalidArgument(f"{where}: inside Orthanc, there must be no '?' in a path, and no '&' in an argument")
    return f"{plain}?{'&'.join(arguments)}" if arguments else plain


def _refusal(call: Call, error: OrthancException) -> tuple[int, bytes]:
    """The HTTP status and the document that Orthanc answers with over HTTP, but for its details."""
    from orthanc_models.error_codes import http_status

    code, description = error.args
    status = http_status(code)
    document = {
        "HttpError": HTTPStatus(status).phrase,
        "HttpStatus": status,
        "Message": description,
        "Method": call.method,
        "OrthancError": description,
        "OrthancStatus": code,
        "Uri": call.path,
    }
    if code == _STILL_LOADING:
        document["Details"] = (
            "the script is still being loaded; the client works from ChangeType.ORTHANC_STARTED on, and in callbacks"
        )
    return status, json.dumps(document).encode()


def _code(error: OrthancException) -> int:
    code: int = error.args[0]
    return code


def _response(request: requests.PreparedRequest, status: int, content: bytes, kind: str) -> requests.Response:
    """The answer as ``requests`` has it, with a body that can be streamed."""
    response = requests.Response()
    response.status_code = status
    response.reason = HTTPStatus(status).phrase
    response.url = request.url or ""
    response.request = request
    response.headers["Content-Type"] = kind
    response.headers["Content-Length"] = str(len(content))
    response.raw = urllib3.HTTPResponse(
        BytesIO(content), response.headers, status, reason=response.reason, preload_content=False
    )
    return response
