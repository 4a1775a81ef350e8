"""The client inside Orthanc, for tests outside: each of its requests is sent to a plugin that makes it there."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import IO, TypeAlias, cast

import requests
from requests.adapters import BaseAdapter

from orthanc_sdk import Orthanc, OrthancError
from orthanc_sdk.plugin.in_process.client import URL
from orthanc_sdk.testing import LocalOrthanc

SCRIPT = "relay.py"

_OF_CONNECTION = {"content-length", "transfer-encoding"}

Parcel: TypeAlias = tuple[str, str, dict[str, str], bytes]
"""Method, URL, headers and body."""
Reply: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


class Relay(BaseAdapter):
    """Sends to the plugin of a server, and remembers what was answered from inside."""

    def __init__(self, server: LocalOrthanc) -> None:
        super().__init__()
        self._server = server
        self.inside: list[requests.PreparedRequest] = []

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        del stream, timeout, verify, cert, proxies  # of requests
        status, headers, content = self._ask_plugin(request)
        if status == 200:
            self.inside.append(request)
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, str(request.url)
        response.headers.update(headers)
        response.raw = BytesIO(content)
        return response

    def _ask_plugin(self, request: requests.PreparedRequest) -> Reply:
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() not in _OF_CONNECTION}
        parcel: Parcel = (str(request.method), str(request.url), headers, _body(request))
        answer = self._server.client.request("POST", "/relay", data=pickle.dumps(parcel))
        reply = cast("Reply | OrthancError", pickle.loads(answer.content))
        if isinstance(reply, OrthancError):
            raise reply
        return reply

    def close(self) -> None:
        pass


def inside_client(server: LocalOrthanc) -> Orthanc:
    """A client whose requests are made inside this server, which runs `SCRIPT`."""
    session = requests.Session()
    session.trust_env = False
    session.mount(URL, Relay(server))
    return Orthanc(URL, session=session, retries=0)


def _body(request: requests.PreparedRequest) -> bytes:
    body = cast("str | bytes | IO[bytes] | Iterable[bytes] | None", request.body)
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode()
    return cast("IO[bytes]", body).read() if hasattr(body, "read") else b"".join(body)
