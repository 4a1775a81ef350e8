"""A little of the fuzzing (`tests/long` has ten minutes of it), and what it has found, kept as cases."""

from __future__ import annotations

import json

import pytest

from orthanc_models.dicom import values
from orthanc_sdk import BadRequest, InvalidArgument, NotFound, Orthanc, Study, UnexpectedAnswer, find_studies
from orthanc_sdk.resources.base import AnyResource
from tests.hostile.fuzzing import KEYWORDS, fuzz, fuzz_values, material
from tests.http.fake_server import FakeServer, Reply, json_reply
from tests.recordings.replay import Player


@pytest.mark.parametrize("seed", range(4))
def test_changed_answers(seed: int) -> None:
    assert len(material()) > 3000
    assert [str(finding) for finding in fuzz(seed, 1000)] == []


@pytest.mark.parametrize("seed", range(2))
def test_odd_values(seed: int) -> None:
    assert len(KEYWORDS) > 50
    assert [str(finding) for finding in fuzz_values(seed, 2000)] == []


def test_the_fuzzing_finds_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mistake in what it tests, it is seen."""
    monkeypatch.setattr("orthanc_sdk.errors.http_status._error_document", json.loads)
    monkeypatch.setattr("orthanc_models.dicom.typed_tags.value_of", lambda sent: sent["Value"])
    assert len(list(fuzz(1, 300))) > 10
    assert len(list(fuzz_values(1, 100))) > 10
    assert Player.send.__qualname__ == "Player.send"


DEEP = b'{"HttpStatus": 404, "OrthancStatus": 17, "Details": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def test_an_error_that_is_nested_too_deeply() -> None:
    """Was a RecursionError."""
    with FakeServer(Reply(404, DEEP)) as server, Orthanc(server.url) as client, pytest.raises(NotFound) as caught:
        client.get_studies_id("x")
    assert caught.value.body is None


def test_a_version_that_is_nested_too_deeply() -> None:
    """Was a RecursionError."""
    with FakeServer(Reply(200, DEEP)) as server, Orthanc(server.url) as client, pytest.raises(UnexpectedAnswer):
        _ = client.version


def test_a_time_with_hundreds_of_digits() -> None:
    """Was an error of decimal numbers, from within dateutil."""
    assert values.parse_free_text_date("99:" + "9" * 300) is None


SERIES = {
    "ID": "a", "Type": "Series", "ParentStudy": "p", "Instances": [], "IsStable": True, "LastUpdate": "20260101T000000",
    "ExpectedNumberOfInstances": None, "Status": "Unknown", "MainDicomTags": {}, "Labels": [],
}  # fmt: skip


def test_a_search_that_finds_something_else() -> None:
    """Was an AttributeError as soon as a tag was read."""
    with (
        FakeServer(json_reply(json.dumps([SERIES]))) as server,
        Orthanc(server.url) as client,
        pytest.raises(UnexpectedAnswer, match="not about the level Study alone"),
    ):
        list(find_studies(client))


def test_children_that_are_something_else() -> None:
    def children(resource: AnyResource) -> list[AnyResource]:
        assert isinstance(resource, Study)
        return [*resource.series]

    patient = {**SERIES, "Type": "Patient", "Studies": ["a"]}
    with FakeServer(json_reply(json.dumps([patient]))) as server, Orthanc(server.url) as client:
        with pytest.raises(UnexpectedAnswer, match="not about the level Series alone"):
            children(Study("a", client))
        assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["/a\ud800", "/a?b=\udc80"])
def test_a_path_that_is_no_unicode(path: str) -> None:
    """Was a UnicodeEncodeError."""
    with pytest.raises(InvalidArgument):
        Orthanc("http://h.invalid").request("GET", path)


@pytest.mark.parametrize("params", [{"a": "\ud800"}, {"\ud800": "a"}])
def test_a_query_that_is_no_unicode(params: dict[str, str]) -> None:
    """Was a UnicodeEncodeError."""
    with pytest.raises(InvalidArgument, match="characters that UTF-8 cannot express"):
        Orthanc("http://h.invalid").request("GET", "/a", params=params)


def test_a_refusal_in_words_for_a_terminal() -> None:
    body = json.dumps({"HttpStatus": 400, "OrthancStatus": 8, "Message": "\x1b[2J"})
    with FakeServer(json_reply(body, 400)) as server, Orthanc(server.url) as client:
        with pytest.raises(BadRequest) as caught:
            client.get_studies_id("x")
        assert str(caught.value) == "GET /studies/{id}: 400 Bad Request: \\x1b[2J (at /studies/x)"
