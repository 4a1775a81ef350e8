"""The same scripts in a real server and in the mock: the same comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from orthanc_sdk.testing import LocalOrthanc, NoHttpAnswer, PluginHost

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parent / "scripts"

# ---------------------------------------------------------------------------------------------------------------------
# Values
# ---------------------------------------------------------------------------------------------------------------------


def test_every_call_ends_in_the_same_way() -> None:
    with LocalOrthanc("1.13", python_script=SCRIPTS / "values.py") as server:
        real: list[dict[str, list[str]]] = server.client.request("GET", "/tell").json()
    with PluginHost(SCRIPTS / "values.py") as host:
        from orthanc_sdk import plugin

        for method, uri in (("GET", "/nowhere"), ("DELETE", "/nowhere"), ("GET", "/instances/nowhere/file")):
            host.answer(method, uri, plugin.OrthancException(17, "Unknown resource"))
        host.answer("POST", "/tools/find", [])
        mock: list[dict[str, list[str]]] = host.get("/tell").json()
    for theirs, ours in zip(real, mock, strict=True):
        assert list(ours) == list(theirs)
        different = {call: (theirs[call], ours[call]) for call in theirs if theirs[call] != ours[call]}
        assert different == {}
    assert len(real[0]) > 400
    assert len(real[1]) > 30


# ---------------------------------------------------------------------------------------------------------------------
# Routes
# ---------------------------------------------------------------------------------------------------------------------

STATUSES = (200, 201, 204, 304, 404, 418, 500, 99)
REQUESTS = [
    ("GET", "/show/a/x?b=1&c&b=2&d=%20%C3%A9", b""),
    ("GET", "/show/a/", b""),
    ("GET", "/show/a/y", b""),
    ("GET", "/before/show", b""),
    ("GET", "/showing", b""),
    ("POST", "/show?x=1", b"q"),
    ("PUT", "/show", b""),
    ("DELETE", "/show?x=1", b""),
    ("GET", "/show/first/x", b""),
    ("GET", "/show/%2e%20b/x", b""),
    ("GET", "/show/", b""),
    *(("GET", f"/{name}", b"") for name in (
        "twice", "headers", "exception", "details", "late", "nothing", "redirect", "not_allowed", "unauthorized",
        "multipart", "stream", "no_keywords", "inside",
    )),
    *(("GET", f"/{name}/{status}", b"") for name in ("status", "code") for status in STATUSES),
    *(("GET", f"/filter/{name}", b"") for name in ("yes", "no", "none", "one", "error", "other")),
    ("POST", "/filter/yes?a=1", b"x"),
]  # fmt: skip

HEADERS = ("content-type", "x-a", "set-cookie", "location", "allow", "www-authenticate")


@pytest.fixture(scope="module")
def real() -> Iterator[LocalOrthanc]:
    with LocalOrthanc("1.13", python_script=SCRIPTS / "routes.py", authentication=False) as server:
        yield server


@pytest.fixture(scope="module")
def host() -> Iterator[PluginHost]:
    with PluginHost(SCRIPTS / "routes.py") as host:
        from orthanc_sdk import plugin

        for path in ("/twice", "/exception", "/status/404", "/status/200", "/nothing", "/filter/no", "/nowhere"):
            host.answer("GET", path, plugin.OrthancException(17, "Unknown resource"))
        yield host


def told(status: int, headers: Any, body: bytes) -> dict[str, object]:
    text = body.decode()
    kept = {name: headers[name] for name in HEADERS if name in headers}
    boundary = re.search("boundary=(.*)", kept.get("content-type", ""))
    if boundary:
        text, kept["content-type"] = text.replace(boundary[1], "B"), kept["content-type"].replace(boundary[1], "B")
    value = json.loads(text) if text.startswith("{") else text
    return {"status": status, "headers": kept, "body": value}


@pytest.mark.parametrize(("method", "uri", "body"), REQUESTS)
def test_every_request_gets_the_same_answer(
    method: str, uri: str, body: bytes, real: LocalOrthanc, host: PluginHost
) -> None:
    sent = {"X-Ab": "Q"}
    with requests.Session() as session:
        session.trust_env = False
        try:
            there = session.request(method, real.url + uri, data=body or None, headers=sent, allow_redirects=False)
        except requests.ConnectionError:
            with pytest.raises(NoHttpAnswer):
                host.request(method, uri, body, headers=sent)
            return
    here = host.request(method, uri, body, headers=sent)
    assert told(here.status, here.headers, here.body) == told(there.status_code, there.headers, there.content)
