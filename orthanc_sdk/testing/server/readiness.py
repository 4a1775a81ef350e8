"""Finds out whether a server is ready."""

from __future__ import annotations

import base64
import http.client

from orthanc_sdk.testing.server.tls import Tls

__all__ = ["is_ready"]


def is_ready(port: int, *, tls: Tls | None, username: str | None, password: str | None) -> bool:
    """Whether the Orthanc with that password responds on a port of 127.0.0.1, and not another server."""
    connection = (
        http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        if tls is None
        else http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=tls.context())
    )
    headers: dict[str, str] = {}
    if username is not None:
        credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    try:
        connection.request("GET", "/system", headers=headers)
        response = connection.getresponse()
        return response.status == 200 and b'"Version"' in response.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
