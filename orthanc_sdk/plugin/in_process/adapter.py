"""Sends the requests of a session to the Orthanc around this plugin."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeVar, cast

import requests
import urllib3
from requests.adapters import BaseAdapter

from orthanc_sdk import plugin
from orthanc_sdk.plugin.in_process.rest_call import RestCall
from orthanc_sdk.plugin.large_stack import on_calling_thread, with_room

if TYPE_CHECKING:
    from orthanc_sdk.plugin import OrthancException

T = TypeVar("T")

_STORING_PATHS: Final = frozenset({"/instances", "/tools/create-dicom"})
_store_lock: Final = threading.RLock()
_UNKNOWN_RESOURCE: Final = 17
_STILL_LOADING: Final = 2038
_PARENTS: Final = (("ParentSeries", "series", "Series"), ("ParentStudy", "studies", "Study"),
                   ("ParentPatient", "patients", "Patient"))  # fmt: skip


class InProcessAdapter(BaseAdapter):
    """Sends the requests of a ``requests.Session`` to the Orthanc around this plugin.

    Args:
        after_plugins: Whether plugins answer first.
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
        """Calls Orthanc; its errors become the responses that they are over HTTP.

        Raises:
            InvalidArgument: if Orthanc's functions do not support the request.
        """
        del stream, timeout, verify, cert, proxies  # there is no network
        call = RestCall.from_request(request)
        try:
            content = self._run(call)
        except plugin.OrthancException as error:
            return _response(request, *_error_response(call, error), "application/json")
        return _response(request, 200, content, call.media_type_of(content))

    def close(self) -> None:
        """Does nothing: there is no connection."""

    @with_room
    def _run(self, call: RestCall) -> bytes:
        if call.method == "GET":
            return self._get(call.uri)
        if call.method == "DELETE":
            return self._delete(call.uri)
        post_or_put = cast("Callable[[str, bytes], bytes]", self._function(call.method))
        if call.uri in _STORING_PATHS:
            return _store(lambda: post_or_put(call.uri, call.body))
        return post_or_put(call.uri, call.body)

    def _get(self, uri: str) -> bytes:
        return cast("Callable[[str], bytes]", self._function("GET"))(uri)

    def _delete(self, uri: str) -> bytes:
        """Deletes, and returns what Orthanc answers over HTTP: its function for plugins returns nothing."""
        delete = cast("Callable[[str], None]", self._function("DELETE"))
        if re.fullmatch(r"/(instances|series|studies|patients)/[^/]+", uri) is None:
            delete(uri)
            return b"{}"
        ancestors = list(self._ancestors(uri))
        delete(uri)
        remaining = next((ancestor for ancestor in ancestors if self._exists(ancestor["Path"])), None)
        return json.dumps({"RemainingAncestor": remaining}).encode()

    def _ancestors(self, uri: str) -> Iterator[dict[str, str]]:
        """The ancestors of a resource, its parent first."""
        resource = self._resource(uri)
        for field, collection, type_ in _PARENTS:
            if field in resource:
                ancestor = {"ID": str(resource[field]), "Type": type_}
                ancestor["Path"] = f"/{collection}/{ancestor['ID']}"
                yield ancestor
                resource = self._resource(ancestor["Path"])

    def _resource(self, uri: str) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self._get(uri)))  # Orthanc answers with an object

    def _exists(self, uri: str) -> bool:
        try:
            self._get(uri)
        except plugin.OrthancException as error:
            if error.args[0] != _UNKNOWN_RESOURCE:
                raise
            return False
        return True

    def _function(self, method: str) -> object:
        # Looked up for each call, so that tests can replace it.
        return getattr(plugin, f"RestApi{method.capitalize()}{self._suffix}")


def _store(function: Callable[[], T]) -> T:
    """Calls a function of Orthanc that stores files, and so calls the callback for stored instances.

    The plugin holds Python's global interpreter lock while it calls Orthanc. A thread that has stored a file holds
    Orthanc's lock while the callback runs; if Python then switches to a second thread that stores a file, too, the two
    deadlock. With this lock, the second thread waits before it calls Orthanc, and the first one goes on.
    """

    def store_alone() -> T:
        with _store_lock:
            return function()

    return on_calling_thread(store_alone)


def _error_response(call: RestCall, error: OrthancException) -> tuple[int, bytes]:
    """The HTTP status and the body with which Orthanc answers over HTTP, without details."""
    from orthanc_models.schemas.error_codes import http_status

    code, description = error.args
    status = http_status(code)
    body = {
        "HttpError": HTTPStatus(status).phrase,
        "HttpStatus": status,
        "Message": description,
        "Method": call.method,
        "OrthancError": description,
        "OrthancStatus": code,
        "Uri": call.path,
    }
    if code == _STILL_LOADING:
        body["Details"] = (
            "the script is still being loaded; the client works after ChangeType.ORTHANC_STARTED, and in callbacks"
        )
    return status, json.dumps(body).encode()


def _response(request: requests.PreparedRequest, status: int, content: bytes, media_type: str) -> requests.Response:
    """A response with a body that can be streamed."""
    response = requests.Response()
    response.status_code = status
    response.reason = HTTPStatus(status).phrase
    response.url = request.url or ""
    response.request = request
    response.headers["Content-Type"] = media_type
    response.headers["Content-Length"] = str(len(content))
    response.raw = urllib3.HTTPResponse(
        BytesIO(content), response.headers, status, reason=response.reason, preload_content=False
    )
    return response
