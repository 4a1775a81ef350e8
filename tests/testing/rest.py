"""The REST API of a local server by plain HTTP: these tests do not depend on the client."""

from __future__ import annotations

from typing import Any

import requests

from orthanc_sdk.testing import LocalOrthanc


def rest(server: LocalOrthanc, method: str, path: str, **options: Any) -> requests.Response:
    """One request, with the password of the server and past all proxies; raises for an error of the server."""
    with requests.Session() as session:
        session.trust_env = False
        if server.username is not None and server.password is not None:
            session.auth = (server.username, server.password)
        answer = session.request(method, server.url + path, timeout=60, **options)
    answer.raise_for_status()
    return answer


def get(server: LocalOrthanc, path: str) -> Any:
    """What a GET answers, as JSON."""
    return rest(server, "GET", path).json()
