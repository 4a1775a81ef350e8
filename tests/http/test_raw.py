"""The answer of a typed method as HTTP has it."""

from __future__ import annotations

import pytest
import requests

from orthanc_sdk import (
    InvalidArgument,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancConnectionError,
    OrthancTimeout,
    UnexpectedAnswer,
    raw_response,
    raw_stream,
)
from tests.http.fake_server import FakeServer, Received, Reply, json_reply


def test_the_response_of_a_route() -> None:
    reply = Reply(200, b'["a"]', {"ETag": '"1-abc"', "Content-Type": "application/json"})
    with FakeServer(reply) as server, Orthanc(server.url, "jane", "doe") as client:
        response = raw_response(client.get_studies_id_metadata_name, "x/".rstrip("/"), "LastUpdate", timeout=7)
        assert isinstance(response, requests.Response)
        assert (response.status_code, response.content, response.headers["ETag"]) == (200, b'["a"]', '"1-abc"')
        found = raw_response(client.post_tools_find, {"Level": "Study", "Query": {}})
        assert found.json() == ["a"]
        listed = raw_response(client.get_studies, expand=True, limit=3)
        assert listed.json() == ["a"]
        assert client.get_studies() == ["a"]  # the client itself is as it was
    assert [(request.method, request.target) for request in server.requests] == [
        ("GET", "/studies/x/metadata/LastUpdate"),
        ("POST", "/tools/find"),
        ("GET", "/studies?expand=true&since=0&limit=3"),
        ("GET", "/studies"),
    ]
    assert server.requests[1].body == b'{"Level": "Study", "Query": {}}'
    assert {request.headers["authorization"] for request in server.requests} == {"Basic amFuZTpkb2U="}


def test_the_answer_need_not_fit() -> None:
    with FakeServer(Reply(200, b"<html>")) as server, Orthanc(server.url) as client:
        assert raw_response(client.get_studies).content == b"<html>"
    assert len(server.requests) == 1


def test_arguments_and_errors_are_as_ever() -> None:
    def script(received: Received) -> Reply:
        return json_reply('{"Version": "1.10.1"}') if received.path == "/system" else Reply(404)

    with FakeServer(script) as server, Orthanc(server.url) as client:
        with pytest.raises(InvalidArgument, match="must not be empty"):
            raw_response(client.get_studies_id, "")
        with pytest.raises(InvalidArgument, match="unknown field"):
            raw_response(client.post_tools_find, {"Level": "Study", "Query": {}, "Limits": 3})
        assert server.requests == []
        with pytest.raises(NotFound):
            raw_response(client.get_studies_id, "x")
        with pytest.raises(NotSupportedByServer):
            raw_response(client.get_tools_labels)


def test_only_routes_have_one() -> None:
    client = Orthanc()
    others = [client.close, client.request, client.with_options, len, print, Orthanc.get_studies, lambda: None]
    for other in others:
        with pytest.raises(InvalidArgument, match="method must be a route of a client"):
            raw_response(other)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.usefixtures("patient")
def test_a_stream_comes_in_pieces() -> None:
    with FakeServer(Reply(200, b"x" * 100_000), idle=5) as server, Orthanc(server.url) as client:
        for _ in range(3):
            with raw_stream(client.get_studies_id_archive, "x") as response:
                assert not response.raw.closed
                pieces = list(response.iter_content(10_000))
            assert len(pieces) >= 10
            assert b"".join(pieces) == b"x" * 100_000
        assert server.connections == 1  # given back each time
        with raw_stream(client.get_studies_id_archive, "x"):
            pass  # not read at all
        assert client.request("GET", "/y").status_code == 200
    assert len(server.requests) == 5


def test_a_stream_that_is_cut_short() -> None:
    with (
        FakeServer(Reply(200, b"x" * 100_000, send_only=50_000)) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancConnectionError, match=r"GET /instances/x/file: the answer was cut short"),
        raw_stream(client.get_instances_id_file, "x") as response,
    ):
        for _ in response.iter_content(1000):
            pass
    assert len(server.requests) == 1  # half of it was used already


def test_a_stream_that_stops_coming() -> None:
    with (
        FakeServer(Reply(200, b"x" * 1000, {"Content-Length": "2000"})) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancTimeout, match=r"GET /instances/x/file: .* did not answer within 0\.2 s"),
        raw_stream(client.get_instances_id_file, "x", timeout=0.2) as response,
    ):
        for _ in response.iter_content(100):
            pass
    assert len(server.requests) == 1


def test_errors_of_others_pass_through_a_stream() -> None:
    with FakeServer(Reply(200, b"x" * 10)) as server, Orthanc(server.url) as client:
        with pytest.raises(KeyError), raw_stream(client.get_instances_id_file, "x"):
            raise KeyError("of the caller")
        other = requests.Request("GET", "http://elsewhere/").prepare()
        with pytest.raises(requests.ConnectionError) as caught, raw_stream(client.get_instances_id_file, "x"):
            raise requests.ConnectionError("of another server", request=other)
        assert not isinstance(caught.value, OrthancConnectionError)


def test_a_page_is_not_written_to_a_file() -> None:
    page = Reply(200, b"<html>" * 10_000, {"Content-Type": "text/html"})
    with FakeServer(page) as server, Orthanc(server.url) as client:
        with pytest.raises(UnexpectedAnswer, match="HTML"), raw_stream(client.get_studies_id_archive, "x"):
            raise AssertionError("the body must not be reached")
        with raw_stream(client.get_studies_id_attachments_name_data, "x", "report") as response:
            assert response.raw.read(6) == b"<html>"


def test_an_error_comes_before_the_stream() -> None:
    with (
        FakeServer(Reply(404)) as server,
        Orthanc(server.url) as client,
        pytest.raises(NotFound),
        raw_stream(client.get_studies_id_archive, "x"),
    ):
        raise AssertionError("the body must not be reached")
