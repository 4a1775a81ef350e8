"""Sends HTTP requests to a local Orthanc. The client of this project cannot do it: it is generated from the answers."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

from orthanc_sdk.testing import LocalOrthanc


def basic_auth(server: LocalOrthanc) -> str:
    """The value of the `Authorization` header."""
    return "Basic " + base64.b64encode(f"{server.username}:{server.password}".encode()).decode()


def send(server: LocalOrthanc, method: str, path: str, body: bytes | None = None) -> Any:  # Any: JSON
    """Sends a request; returns the JSON of the response, or None if that is something else."""
    request = urllib.request.Request(server.url + path, data=body, method=method)  # noqa: S310 - a server of our own
    request.add_header("Authorization", basic_auth(server))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as response:
        content = response.read()
    return json.loads(content) if content.startswith((b"{", b"[", b'"')) else None
