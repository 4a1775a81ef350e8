"""The client inside Orthanc, in the mock: what it calls, and what becomes of the answers."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_models.schemas.error_codes import ErrorCode, http_status
from orthanc_sdk import InvalidArgument, NotFound, OrthancHTTPError, ServerError, StorageFull, plugin
from orthanc_sdk.plugin.in_process.rest_call import media_type
from orthanc_sdk.testing import PluginHost

ERROR_CODES = Path(__file__).parents[2] / "models" / "openapi" / "error-codes.json"


def keeping(bodies: list[bytes], answer: object) -> Callable[[bytes], object]:
    """An answer that remembers what was sent."""

    def keep(body: bytes) -> object:
        bodies.append(body)
        return answer

    return keep


def test_outside_it_says_what_to_do() -> None:
    client = plugin.client()
    assert repr(client) == "InProcessOrthanc('orthanc://inside')"
    with pytest.raises(plugin.NotSetUp, match="PluginHost"):
        client.get_system()


def test_calls_and_answers(plugin_host: PluginHost) -> None:
    client = plugin.client()
    plugin_host.answer("GET", "/studies", ["a", "b"])
    assert client.get_studies() == ["a", "b"]
    plugin_host.answer("GET", "/studies?since=1&limit=2", ["c"])
    assert client.get_studies(since=1, limit=2) == ["c"]
    plugin_host.answer("GET", "/instances/é b/file", b"x")
    assert client.request("GET", "/instances/é b/file").content == b"x"
    bodies: list[bytes] = []
    plugin_host.answer("POST", "/tools/find", keeping(bodies, ["d"]))
    assert client.post_tools_find({"Level": "Study", "Query": {}}) == ["d"]
    assert json.loads(bodies[0]) == {"Level": "Study", "Query": {}}
    plugin_host.answer("DELETE", "/changes", None)
    client.delete_changes()


def test_bodies(plugin_host: PluginHost) -> None:
    client = plugin.client()
    bodies: list[bytes] = []
    plugin_host.answer("POST", "/echo", keeping(bodies, b""))
    for data in (b"abc", "abc", io.BytesIO(b"abc"), iter([b"a", b"bc"])):
        client.request("POST", "/echo", data=data)
    client.request("POST", "/echo", data=gzip.compress(b"abc"), headers={"Content-Encoding": "gzip"})
    client.request("POST", "/echo")
    assert bodies == [b"abc"] * 5 + [b""]
    with pytest.raises(InvalidArgument, match="the body is not valid gzip"):
        client.request("POST", "/echo", data=b"abc", headers={"Content-Encoding": "gzip"})
    with pytest.raises(InvalidArgument, match="by gzip only"):
        client.request("POST", "/echo", data=b"abc", headers={"Content-Encoding": "br"})
    assert len(bodies) == 6


def test_streams(plugin_host: PluginHost) -> None:
    plugin_host.answer("GET", "/big", bytes(range(256)) * 1000)
    with plugin.client().request("GET", "/big", stream=True) as response:
        assert response.headers["Content-Length"] == "256000"
        assert [len(piece) for piece in response.iter_content(100_000)] == [100_000, 100_000, 56_000]
    assert response.raw.closed


def test_after_plugins(plugin_host: PluginHost, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import orthanc\n"
        "orthanc.RegisterRestCallback('/mine', lambda output, uri, **_: output.AnswerBuffer('yes', 'text/plain'))\n"
    )
    plugin_host.load(script)
    assert plugin.client(after_plugins=True).request("GET", "/mine").text == "yes"
    plugin_host.answer("GET", "/mine", plugin.OrthancException(17, "Unknown resource"))
    with pytest.raises(NotFound):
        plugin.client().request("GET", "/mine")


@pytest.mark.parametrize(
    ("deleted", "left"),
    [
        ([], ("Series", "/series/e")),
        (["/series/e"], ("Study", "/studies/s")),
        (["/series/e", "/studies/s"], ("Patient", "/patients/p")),
        (["/series/e", "/studies/s", "/patients/p"], None),
    ],
)
def test_deletion_tells_the_closest_that_is_left(
    deleted: list[str], left: tuple[str, str] | None, plugin_host: PluginHost
) -> None:
    plugin_host.answer("GET", "/instances/i", {"ParentSeries": "e"})
    plugin_host.answer("GET", "/series/e", {"ParentStudy": "s"})
    plugin_host.answer("GET", "/studies/s", {"ParentPatient": "p"})
    plugin_host.answer("GET", "/patients/p", {})

    def delete() -> None:
        for uri in deleted:
            plugin_host.answer("GET", uri, plugin.OrthancException(17, "Unknown resource"))

    plugin_host.answer("DELETE", "/instances/i", delete)
    remaining = plugin.client().delete_instances_id("i").remaining_ancestor
    assert (None if remaining is None else (remaining.type, remaining.path)) == left


# --- errors -----------------------------------------------------------------------------------------------------------


def test_errors_are_those_of_http(plugin_host: PluginHost) -> None:
    plugin_host.answer("GET", "/studies/abc", plugin.OrthancException(17, "Unknown resource"))
    with pytest.raises(NotFound) as caught:
        plugin.client().get_studies_id("abc")
    error = caught.value
    assert str(error) == "GET /studies/{id}: 404 Not Found: Unknown resource (at /studies/abc)"
    assert (error.status, error.orthanc_status, error.message, error.details) == (404, 17, "Unknown resource", None)
    assert error.response is not None
    assert error.response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("code", "class_", "status"), [(19, StorageFull, 500), (1_000_001, ServerError, 500)])
def test_other_codes(code: int, class_: type[OrthancHTTPError], status: int, plugin_host: PluginHost) -> None:
    plugin_host.answer("GET", "/studies", plugin.OrthancException(code, "said"))
    with pytest.raises(class_) as caught:
        plugin.client().get_studies()
    assert (caught.value.status, caught.value.orthanc_status, caught.value.message) == (status, code, "said")


def test_loading_is_too_early(plugin_host: PluginHost, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from orthanc_sdk import plugin\nplugin.client().get_studies()\n")
    with pytest.raises(ServerError, match=r"works after ChangeType\.ORTHANC_STARTED, and in callbacks") as caught:
        plugin_host.load(script)
    assert caught.value.orthanc_status == 2038


def test_other_exceptions_are_not_changed(plugin_host: PluginHost) -> None:
    def fail(_uri: str) -> bytes:
        raise ZeroDivisionError("mine")

    plugin_host.handlers["RestApiGet"] = fail
    with pytest.raises(ZeroDivisionError, match="mine"):
        plugin.client().get_studies()


def test_every_code_has_its_status() -> None:
    entries = json.loads(ERROR_CODES.read_text())
    assert len(entries) > 100
    assert {entry["code"]: http_status(entry["code"]) for entry in entries} == {
        entry["code"]: entry["http_status"] for entry in entries
    }
    assert {http_status(code) for code in ErrorCode} >= {200, 400, 401, 403, 404, 406, 409, 415, 416, 500, 503}


# --- what a body is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"a": 1}\n', "application/json"),
        (b"[]", "application/json"),
        (b"[not JSON", "text/plain"),
        (b"{", "text/plain"),
        (b"", "text/plain"),
        ("Doe^Jané".encode(), "text/plain"),
        (b"a\0b", "application/octet-stream"),
        (bytes(128) + b"DICM" + b"rest", "application/dicom"),
        (b"PK\x03\x04...", "application/zip"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"\x1f\x8b\x08...", "application/gzip"),
        (b"%PDF-1.4", "application/pdf"),
    ],
)
def test_media_types(content: bytes, kind: str) -> None:
    assert media_type(content) == kind


def test_what_is_accepted(plugin_host: PluginHost) -> None:
    client = plugin.client()
    plugin_host.answer("GET", "/a", b"\xff\xd8\xff\xe0")

    def ask(accept: str) -> str:
        return client.request("GET", "/a", headers={"Accept": accept}).headers["Content-Type"]

    for accept in ("image/jpeg", "image/*", "*/*", "image/jpeg;q=0.5, image/png"):
        assert ask(accept) == "image/jpeg"
    with pytest.raises(InvalidArgument, match="the response is image/jpeg, not image/png"):
        ask("image/png, image/jpeg")


def test_nothing_is_done_whose_answer_would_be_another_one(plugin_host: PluginHost) -> None:
    plugin_host.answer("POST", "/a", lambda _: pytest.fail("it was done"))
    with pytest.raises(InvalidArgument, match="POST /a: inside Orthanc, headers cannot be sent: accept"):
        plugin.client().request("POST", "/a", data=b"", headers={"Accept": "image/png"})
