"""The client inside Orthanc: the same operations, by function calls instead of HTTP.

``requests`` sends through adapters; :class:`InsideAdapter` is one that calls ``orthanc.RestApiGet()`` and its like.  So
routes, models, resources, errors, streams and :meth:`orthanc_sdk.Orthanc.request` are those of every other client.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import requests
import urllib3
from requests.adapters import BaseAdapter

from orthanc_sdk import plugin
from orthanc_sdk.client import Orthanc
from orthanc_sdk.http.operation import Operation
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout
from orthanc_sdk.plugin.calls import Call
from orthanc_sdk.plugin.room import at_home, with_room

if TYPE_CHECKING:
    from orthanc_sdk.plugin import OrthancException

T = TypeVar("T")

URL: Final = "orthanc://inside"
"""What stands for this very server, where a client has the URL of its own."""

_STORING: Final = frozenset({"/instances", "/tools/create-dicom"})
_storing: Final = threading.RLock()
_UNKNOWN_RESOURCE: Final = 17
_STILL_LOADING: Final = 2038
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
    def _execute(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        return super()._execute(operation, *path, body=body, timeout=timeout, **arguments)


@with_room
def _load_on_a_large_stack() -> None:
    """Imports what would be imported by the first answer, or by the first error: then nobody waits for it."""
    for module in ("pydantic.type_adapter", "orthanc_models.error_codes"):
        import_module(module)


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
        return _response(request, 200, content, call.media_type_of(content))

    def close(self) -> None:
        """There is nothing to be closed."""

    @with_room
    def _run(self, call: Call) -> bytes:
        if call.method == "GET":
            return self._get(call.uri)
        if call.method == "DELETE":
            return self._delete(call.uri)
        post_or_put = cast("Callable[[str, bytes], bytes]", self._function(call.method))
        if call.uri in _STORING:
            return _store(lambda: post_or_put(call.uri, call.body))
        return post_or_put(call.uri, call.body)

    def _get(self, uri: str) -> bytes:
        return cast("Callable[[str], bytes]", self._function("GET"))(uri)

    def _delete(self, uri: str) -> bytes:
        """Deletes, and says what Orthanc says over HTTP: its function for plugins answers nothing."""
        delete = cast("Callable[[str], None]", self._function("DELETE"))
        if re.fullmatch(r"/(instances|series|studies|patients)/[^/]+", uri) is None:
            delete(uri)
            return b"{}"
        ancestors = list(self._ancestors(uri))
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


def _store(function: Callable[[], T]) -> T:
    """Calls a function of Orthanc that stores files, of which Orthanc tells the callback for stored instances.

    The plugin keeps the lock of the Python interpreter while it calls Orthanc.  A thread whose file was just stored
    has Orthanc's lock for that callback; if Python switches in it to a second thread that stores a file, too, they wait
    for each other for ever.  Here the second one waits before it calls Orthanc: the first one goes on.
    """

    def alone() -> T:
        with _storing:
            return function()

    return at_home(alone)


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
