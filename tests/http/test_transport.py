"""Sending over real sockets: what reaches the server, how often, and what is made of what comes back."""

from __future__ import annotations

import gc
import gzip
import io
import logging
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orthanc_sdk import (
    HeaderAuth,
    InvalidArgument,
    NoAuth,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancConnectionError,
    OrthancConnectTimeout,
    OrthancError,
    OrthancHTTPError,
    OrthancTimeout,
    PayloadTooLarge,
    Redirected,
    Retries,
    ServiceUnavailable,
    Unauthorized,
    UnexpectedAnswer,
)
from orthanc_sdk.http import connections
from tests.http.fake_server import HANG_UP, FakeServer, Received, Reply, json_reply
from tests.long.process import sockets_to

IDS = json_reply('["a", "b"]')
PAGE = Reply(200, b"<!DOCTYPE html><html><title>Log in</title></html>", {"Content-Type": "text/html"})
SYSTEM = json_reply('{"Version": "1.10.1", "Name": "x"}')


@pytest.fixture
def secret_free(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Fails if a secret, or what may be patient data, was logged by anybody but the HTTP libraries' own debugging."""
    with caplog.at_level(logging.DEBUG):
        yield caplog
    records = caplog.get_records("call")
    ours = [r.getMessage() for r in records if r.name.startswith("orthanc_sdk") or r.levelno > logging.DEBUG]
    assert ours
    assert not [line for line in ours if "s3cret" in line or "DOE" in line]


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_a_request_as_it_arrives() -> None:
    with FakeServer(IDS) as server, Orthanc(server.url, "jane", "doe", headers={"X-Site": "7"}) as client:
        assert client.get_studies() == ["a", "b"]
    (request,) = server.requests
    assert (request.method, request.target, request.body) == ("GET", "/studies", b"")
    assert request.headers["authorization"] == "Basic amFuZTpkb2U="
    assert request.headers["x-site"] == "7"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("orthanc-sdk/")
    assert "cookie" not in request.headers


def test_a_file_is_asked_for_as_it_is() -> None:
    with FakeServer(Reply(200, b"DICM")) as server, Orthanc(server.url) as client:
        assert client.get_instances_id_file("x") == b"DICM"
    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert server.requests[0].headers["accept"] == "*/*"


def test_nobody_can_ask_for_xml_by_accident() -> None:
    with FakeServer(IDS) as server, Orthanc(server.url, headers={"accept": "application/xml"}) as client:
        assert client.get_studies() == ["a", "b"]
    assert server.requests[0].headers["accept"] == "application/json"


def test_an_identifier_arrives_as_it_is() -> None:
    with FakeServer(json_reply("[]")) as server, Orthanc(server.url) as client:

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1))
        def check(id_: str) -> None:
            if id_.endswith("."):  # refused: Orthanc drops the dots
                return
            assert client.get_studies_id_labels(id_) == []
            _, studies, segment, labels = server.requests[-1].path.split("/")
            assert (studies, unquote(segment), labels) == ("studies", id_, "labels")

        check()
    assert len(server.requests) >= 100


def test_a_query_arrives_as_it_is() -> None:
    with FakeServer(json_reply("[]")) as server, Orthanc(server.url) as client:
        client.request(
            "GET", "/x?b=%26", params={"n": "a b&c=d;e+f/é", "on": True, "off": False, "none": None, "l": [1, "2"]}
        )
    assert server.requests[0].query == "b=%26&n=a%20b%26c%3Dd;e%2Bf/%C3%A9&on=true&off=false&l=1&l=2"


@pytest.mark.parametrize("path", ["", "/orthanc", "/a/b%20c"])
@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_a_url_with_a_path_with_and_without_a_slash(path: str, slash: str) -> None:
    with FakeServer(IDS) as server, Orthanc(server.url + path + slash) as client:
        assert client.get_studies() == ["a", "b"]
        assert client.url == server.url + path
    assert server.requests[0].target == f"{path}/studies"


BODIES: list[tuple[str, Callable[[], object]]] = [
    ("bytes", lambda: b"0123456789"),
    ("bytearray", lambda: bytearray(b"0123456789")),
    ("text", lambda: "0123456789"),
    ("memory", lambda: io.BytesIO(b"0123456789")),
    ("generator", lambda: (piece for piece in (b"01234", b"", b"56789"))),
    ("list", lambda: [b"01234", b"56789"]),
    ("pipe", lambda: Unseekable(b"0123456789")),
]


class Unseekable(io.RawIOBase):
    """Can be read once, as a pipe can."""

    def __init__(self, content: bytes) -> None:
        self._left = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._left.read(size)


@pytest.mark.parametrize("make", [make for _, make in BODIES], ids=[name for name, _ in BODIES])
def test_a_body_arrives_as_it_is(make: Callable[[], object]) -> None:
    with FakeServer(Reply(200, b"")) as server, Orthanc(server.url) as client:
        client.request("PUT", "/x", data=make())  # type: ignore[arg-type]  # all of them are bodies
    assert server.requests[0].body == b"0123456789"


def test_a_file_is_sent_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"header0123456789")
    with FakeServer(json_reply("{}")) as server, Orthanc(server.url) as client, path.open("rb") as file:
        file.seek(6)
        client.request("POST", "/instances", data=file)
    assert server.requests[0].body == b"0123456789"
    assert server.requests[0].headers["content-length"] == "10"


def test_pieces_that_are_no_bytes_are_refused() -> None:
    with FakeServer(Reply()) as server, Orthanc(server.url) as client:
        with pytest.raises(InvalidArgument, match=r"POST /x: the body must be pieces of bytes, not str"):
            client.request("POST", "/x", data=iter(["DOE^JANE"]))  # type: ignore[arg-type]  # wrong on purpose
        assert client.request("GET", "/x").status_code == 200  # the client survives that


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 416, 422, 500, 501, 507])
@pytest.mark.parametrize(
    "body", [b"", PAGE.body, b"text", b"{", b'{"OrthancStatus": 6, "Message": "m", "HttpStatus": 0}']
)
def test_an_error_is_raised_once_whatever_its_body_is(status: int, body: bytes) -> None:
    with (
        FakeServer(Reply(status, body)) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancHTTPError, match=rf"^GET /studies/\{{id\}}: {status} .*at /studies/x") as caught,
    ):
        client.get_studies_id("x")
    assert len(server.requests) == 1
    assert caught.value.status == status
    assert caught.value.response is not None
    assert caught.value.response.status_code == status
    assert caught.value.response.content == body
    assert caught.value.request is not None
    assert isinstance(caught.value, requests.HTTPError)


def test_without_credentials_the_error_says_so() -> None:
    with FakeServer(Reply(401, b"", {"WWW-Authenticate": "Basic"})) as server:
        with pytest.raises(Unauthorized, match="no credentials were sent"):
            Orthanc(server.url).get_studies()
        with pytest.raises(Unauthorized) as caught:
            Orthanc(server.url, "jane", "s3cret").get_studies()
    assert "no credentials were sent" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("secret_free")
def test_no_query_is_ever_shown() -> None:
    closed = free_port()
    with FakeServer([Reply(404), Reply(503), HANG_UP]) as server:
        for url in (server.url, server.url, server.url, f"http://127.0.0.1:{closed}"):
            client = Orthanc(url, "jane", "s3cret", retries=0)
            with pytest.raises(OrthancError) as caught:
                client.request("GET", "/dicom-web/studies", params={"PatientName": "DOE^JANE"})
            error: BaseException | None = caught.value
            while error is not None:  # what a traceback prints
                assert "DOE" not in str(error)
                assert "s3cret" not in str(error)
                error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert [request.query for request in server.requests] == ["PatientName=DOE%5EJANE"] * 3


def test_a_page_is_no_answer() -> None:
    with FakeServer(PAGE) as server, Orthanc(server.url) as client:
        for call in (client.get_system, client.get_tools_now, lambda: client.get_instances_id_file("x")):
            with pytest.raises(UnexpectedAnswer, match="HTML page: from a proxy, or a login page"):
                call()


def test_a_page_that_says_413() -> None:
    with (
        FakeServer(Reply(413, PAGE.body, {"Content-Type": "text/html"}, close=True), read_body=False) as server,
        Orthanc(server.url) as client,
        pytest.raises(PayloadTooLarge, match="a proxy"),
    ):
        client.post_instances(b"x" * 1000)
    assert len(server.requests) == 1


# -- no answer --------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_nobody_is_there(pauses: list[float]) -> None:
    port = free_port()
    with pytest.raises(
        OrthancConnectionError, match=rf"^GET /system: no connection to http://127.0.0.1:{port}: Connection"
    ):
        Orthanc(f"http://127.0.0.1:{port}").get_system()
    assert len(pauses) == 3
    assert pauses[0] < pauses[1] < pauses[2]


def test_a_post_that_was_not_sent_is_sent_again(pauses: list[float]) -> None:
    with pytest.raises(OrthancConnectionError):
        Orthanc(f"http://127.0.0.1:{free_port()}", retries=2).post_tools_find({"Level": "Study", "Query": {}})
    assert len(pauses) == 2


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(OrthancConnectionError, match=r"no connection to http://nobody\.invalid"):
        Orthanc("http://nobody.invalid", retries=0).get_system()


def test_the_cause_is_the_one_of_the_system() -> None:
    with pytest.raises(OrthancConnectionError) as caught:
        Orthanc(f"http://127.0.0.1:{free_port()}", retries=0).get_system()
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert isinstance(caught.value.request, requests.PreparedRequest)


def test_an_error_that_is_just_handled_has_nothing_to_do_with_it() -> None:
    client = Orthanc(f"http://127.0.0.1:{free_port()}", retries=0)
    try:
        raise requests.ReadTimeout("of something else")
    except requests.ReadTimeout:
        with pytest.raises(OrthancConnectionError) as caught:
            client.get_system()
    assert not isinstance(caught.value, OrthancTimeout)


def test_no_answer_in_time_is_not_asked_for_again() -> None:
    with FakeServer(Reply(delay=0.5)) as server, Orthanc(server.url, timeout=0.1) as client:
        with pytest.raises(OrthancTimeout, match=r"did not answer within 0.1 s; timeout= sets") as caught:
            client.get_system()
        assert isinstance(caught.value, requests.Timeout)
        assert not isinstance(caught.value, requests.ConnectionError)
        with pytest.raises(OrthancTimeout, match=r"within 0\.2 s"):
            client.request("GET", "/x", timeout=(5, 0.2))
        assert client.request("GET", "/x", timeout=None).status_code == 200
    assert len(server.requests) == 3


def test_a_body_that_stops_coming_is_a_timeout() -> None:
    half = Reply(200, b"x" * 10, {"Content-Length": "20"})
    with (
        FakeServer(half) as server,
        Orthanc(server.url, timeout=0.2) as client,
        pytest.raises(OrthancTimeout, match=r"within 0\.2 s"),
    ):
        client.get_instances_id_file("x")
    assert len(server.requests) == 1


def test_no_connection_in_time() -> None:
    # A listener with a full queue answers nothing to those who want to connect.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for client in waiting:
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            time.sleep(0.1)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with pytest.raises(OrthancConnectTimeout, match=rf"no connection to {url} within 0\.2 s"):
                Orthanc(url, timeout=(0.2, 60)).get_system()
        finally:
            for client in waiting:
                client.close()


@pytest.mark.parametrize("reply", [Reply(200, b"0123456789", send_only=5), Reply(200, b"0123456789", send_only=0)])
def test_half_an_answer_is_none(reply: Reply) -> None:
    with (
        FakeServer(reply) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancConnectionError, match="cut short"),
    ):
        client.get_instances_id_file("x")
    assert len(server.requests) == 4


def test_half_an_answer_to_a_post_is_none_and_is_not_asked_for_again() -> None:
    with (
        FakeServer(Reply(200, b'["a", "b"]', send_only=5)) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancConnectionError, match="cut short"),
    ):
        client.post_tools_find({"Level": "Study", "Query": {}})
    assert len(server.requests) == 1


def test_half_a_json_without_a_length_is_none() -> None:
    with (
        FakeServer(Reply(200, b'["a", "b', no_length=True)) as server,
        Orthanc(server.url) as client,
        pytest.raises(UnexpectedAnswer, match="invalid JSON"),
    ):
        client.get_studies()
    assert len(server.requests) == 1


def test_a_chunked_answer_that_ends_early_is_none() -> None:
    reply = Reply(200, b'5\r\n["a",\r\n', {"Transfer-Encoding": "chunked"}, no_length=True)
    with (
        FakeServer(reply) as server,
        Orthanc(server.url, retries=0) as client,
        pytest.raises(OrthancConnectionError, match="cut short"),
    ):
        client.get_studies()
    assert len(server.requests) == 1


def test_a_damaged_answer_is_none() -> None:
    with (
        FakeServer(Reply(200, b"not gzip", {"Content-Encoding": "gzip"})) as server,
        Orthanc(server.url) as client,
        pytest.raises(OrthancConnectionError, match="damaged"),
    ):
        client.get_studies()
    assert len(server.requests) == 1


def test_a_compressed_answer() -> None:
    with FakeServer(Reply(200, gzip.compress(b'["a"]'), {"Content-Encoding": "gzip"})) as server:
        assert Orthanc(server.url).get_studies() == ["a"]


def test_an_error_that_is_cut_short_is_still_an_error() -> None:
    reply = Reply(404, b'{"OrthancStatus": 17, "Message": "m"}', send_only=5)
    with FakeServer(reply) as server, Orthanc(server.url, retries=0) as client, pytest.raises(OrthancError):
        client.get_studies_id("x")
    assert len(server.requests) == 1


# -- repeating --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [HANG_UP, *(Reply(status) for status in (429, 502, 503, 504))])
@pytest.mark.parametrize(
    ("method", "headers", "count"),
    [
        ("GET", {}, 2),
        ("PUT", {}, 2),
        ("PUT", {"If-Match": '"1"'}, 1),
        ("DELETE", {}, 1),
        ("POST", {}, 1),
        ("PATCH", {}, 1),
    ],
)
def test_what_is_sent_again(first: Reply, method: str, headers: dict[str, str], count: int) -> None:
    with FakeServer([first, Reply()]) as server, Orthanc(server.url) as client:
        body = None if method == "GET" else b"0123456789"
        try:
            assert client.request(method, "/x", data=body, headers=headers).status_code == 200
            assert count == 2
        except OrthancError:
            assert count == 1
    assert len(server.requests) == count
    assert {request.body for request in server.requests} == {body or b""}


def test_it_is_sent_again_only_so_often(pauses: list[float]) -> None:
    with FakeServer(Reply(503)) as server:
        for retries, count in ((3, 4), (0, 1), (1, 2), (Retries(2), 3)):
            server.requests.clear()
            with pytest.raises(ServiceUnavailable) as caught:
                Orthanc(server.url, retries=retries).get_system()
            assert len(server.requests) == count
            assert (f"tried {count} times" in str(caught.value)) == (count > 1)
    assert len(pauses) == 6


def test_other_statuses_are_not_worth_another_attempt() -> None:
    with FakeServer(Reply(500)) as server, pytest.raises(OrthancHTTPError):
        Orthanc(server.url).get_system()
    assert len(server.requests) == 1


def test_the_server_says_when_to_come_back(pauses: list[float]) -> None:
    with FakeServer([Reply(503, headers={"Retry-After": "7"}), IDS]) as server:
        assert Orthanc(server.url).get_studies() == ["a", "b"]
    assert pauses == [7.0]
    assert len(server.requests) == 2


def test_too_long_a_pause_is_not_made(pauses: list[float]) -> None:
    with FakeServer(Reply(503, headers={"Retry-After": "3600"})) as server, pytest.raises(ServiceUnavailable):
        Orthanc(server.url).get_studies()
    assert pauses == []
    assert len(server.requests) == 1


def test_a_file_is_sent_again_from_where_it_began(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"header" + b"x" * 300_000)
    with FakeServer([Reply(503), HANG_UP, Reply()]) as server, path.open("rb") as file:
        file.seek(6)
        Orthanc(server.url).request("PUT", "/x", data=file)
    assert [request.body for request in server.requests] == [b"x" * 300_000] * 3


@pytest.mark.parametrize("make", [lambda: iter([b"abc"]), lambda: Unseekable(b"abc")], ids=["generator", "pipe"])
def test_what_can_be_read_only_once_is_not_sent_again(make: Callable[[], Iterator[bytes]]) -> None:
    with FakeServer([Reply(503), Reply()]) as server, pytest.raises(ServiceUnavailable):
        Orthanc(server.url).request("PUT", "/x", data=make())
    assert [request.body for request in server.requests] == [b"abc"]


def test_a_generator_that_was_not_read_yet_is_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    from orthanc_sdk.http import transport

    servers: list[FakeServer] = []
    port = free_port()

    def start_the_server(_: float) -> None:
        server = FakeServer(Reply(), port=port)
        server.__enter__()
        servers.append(server)

    monkeypatch.setattr(transport, "sleep", start_the_server)
    with Orthanc(f"http://127.0.0.1:{port}") as client:
        client.request("POST", "/x", data=iter([b"ab", b"c"]))
    (server,) = servers
    server.__exit__(None, None, None)
    assert [request.body for request in server.requests] == [b"abc"]


def test_the_second_attempt_asks_for_a_new_token() -> None:
    tokens = iter(["one", "two"])
    with FakeServer([Reply(503), IDS]) as server:
        assert Orthanc(server.url, token=lambda: next(tokens)).get_studies() == ["a", "b"]
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer one", "Bearer two"]


def test_errors_of_a_token_are_its_own() -> None:
    def token() -> str:
        raise requests.ConnectionError("the identity provider is down")

    with FakeServer(IDS) as server, pytest.raises(requests.ConnectionError, match="identity provider") as caught:
        Orthanc(server.url, token=token).get_studies()
    assert not isinstance(caught.value, OrthancError)
    assert server.requests == []


# -- connections ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
def test_connections_are_kept() -> None:
    with FakeServer(IDS) as server, Orthanc(server.url) as client:
        for _ in range(20):
            client.get_studies()
    assert len(server.requests) == 20
    assert server.connections == 1


@pytest.mark.usefixtures("patient")
def test_closing_closes_the_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now, and not when the garbage is collected."""
    gc.disable()
    try:
        for through_a_proxy in (False, True):
            with FakeServer(IDS) as server:
                monkeypatch.setenv("http_proxy", server.url if through_a_proxy else "")
                with Orthanc("http://pacs.invalid" if through_a_proxy else server.url) as client:
                    assert client.get_studies() == ["a", "b"]
                    assert sockets_to(server.port) == 1
                assert sockets_to(server.port) == 0
                assert client.get_studies() == ["a", "b"]  # it opens others
                client.close()
                assert sockets_to(server.port) == 0
    finally:
        gc.enable()


@pytest.mark.usefixtures("patient")
def test_a_connection_that_was_idle_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(IDS) as server, Orthanc(server.url) as client:
        for _ in range(2):
            client.post_tools_find({"Level": "Study", "Query": {}})
        assert server.connections == 1
        monkeypatch.setattr(connections, "MAX_IDLE", 0.01)
        time.sleep(0.02)
        client.post_tools_find({"Level": "Study", "Query": {}})
        assert server.connections == 2
    assert len(server.requests) == 3


def test_connections_are_dropped_before_orthanc_does() -> None:
    assert 0.5 <= connections.MAX_IDLE <= 0.9  # it does so after one second


def test_polling_at_the_very_moment_loses_nothing() -> None:
    body = {"Level": "Study", "Query": {}}

    def poll(client: Orthanc, offset: float) -> int:
        for _ in range(3):
            client.post_tools_find(body)
            time.sleep(0.996 + offset)
        return 1

    with FakeServer(IDS, idle=1.0) as server:
        clients = [Orthanc(server.url, retries=0) for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            done = list(pool.map(poll, clients, [i / 1500 for i in range(12)]))
    assert sum(done) == 12
    assert len(server.requests) == 36


def test_an_answer_left_unread_does_not_reach_the_next_request() -> None:
    replies = [Reply(200, b"x" * 200_000), IDS]
    with FakeServer(replies) as server, Orthanc(server.url) as client:
        with client.request("GET", "/x", stream=True) as response:
            assert response.raw.read(10) == b"x" * 10
        assert client.get_studies() == ["a", "b"]
    assert len(server.requests) == 2


def test_one_client_many_threads() -> None:
    def script(received: Received) -> Reply:
        return json_reply(f'["{received.path.split("/")[2]}"]', 200)

    with (
        FakeServer(script, idle=5) as server,
        Orthanc(server.url, pool_size=8) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        labels = list(pool.map(lambda i: client.get_studies_id_labels(str(i)), range(400)))
    assert labels == [[str(i)] for i in range(400)]
    assert len(server.requests) == 400
    assert server.connections <= 8


def test_more_threads_than_connections_is_no_reason_to_complain(caplog: pytest.LogCaptureFixture) -> None:
    slow = Reply(200, b"[]", delay=0.05)
    with FakeServer(slow) as server, Orthanc(server.url, pool_size=1) as client, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: client.get_studies(), range(8))) == [[]] * 8
    assert len(server.requests) == 8
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_cookies_are_not_kept() -> None:
    with FakeServer(Reply(200, b"[]", {"Set-Cookie": "session=1; Path=/"})) as server, Orthanc(server.url) as client:
        client.get_studies()
        client.get_studies()
    assert len(server.requests) == 2
    assert not [request for request in server.requests if "cookie" in request.headers]


# -- redirects --------------------------------------------------------------------------------------------------------


def test_a_redirect_on_the_same_server_is_followed() -> None:
    replies = [Reply(307, b"", {"Location": "../../app/images/unsupported.png"}), Reply(200, b"PNG")]
    with FakeServer(replies) as server, Orthanc(server.url + "/orthanc", "jane", "doe") as client:
        assert client.request("GET", "/instances/x/preview").content == b"PNG"
    assert [r.path for r in server.requests] == ["/orthanc/instances/x/preview", "/orthanc/app/images/unsupported.png"]
    assert server.requests[1].headers["authorization"] == "Basic amFuZTpkb2U="


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_never_reach_another_server(status: int) -> None:
    with FakeServer(IDS) as other:
        location = f"{other.url}/login?state=s3cret"
        with FakeServer(Reply(status, b"", {"Location": location})) as server:
            for client in (Orthanc(server.url, "jane", "doe"), Orthanc(server.url, auth=HeaderAuth("api-key", "x"))):
                with pytest.raises(Redirected, match=r"to 127\.0\.0\.1, which is not followed") as caught:
                    client.get_studies()
                assert "s3cret" not in str(caught.value)
    assert other.requests == []
    assert len(server.requests) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_never_turns_one_method_into_another(status: int, method: str) -> None:
    elsewhere = Reply(status, b"", {"Location": "/elsewhere"})
    with FakeServer([elsewhere, IDS]) as server, pytest.raises(Redirected, match="another path"):
        Orthanc(server.url).request(method, "/x", data=b"abc")
    assert len(server.requests) == 1


def test_a_redirect_that_keeps_the_method_keeps_the_body() -> None:
    with FakeServer([Reply(308, b"", {"Location": "/elsewhere"}), Reply()]) as server:
        Orthanc(server.url).request("POST", "/x", data=io.BytesIO(b"abc"))
    assert [(r.method, r.path, r.body) for r in server.requests] == [
        ("POST", "/x", b"abc"),
        ("POST", "/elsewhere", b"abc"),
    ]


def test_going_round_in_circles_has_an_end() -> None:
    with FakeServer(Reply(302, b"", {"Location": "/studies"})) as server, pytest.raises(Redirected):
        Orthanc(server.url).get_studies()
    assert len(server.requests) == 6


@pytest.mark.parametrize("location", ["http://[bad", "", "ftp://127.0.0.1/x", "mailto:x", "\xff", "http://"])
def test_an_odd_redirect_is_an_error(location: str) -> None:
    with FakeServer(Reply(302, b"", {"Location": location})) as server, pytest.raises((Redirected, NotFound)):
        Orthanc(server.url).get_studies()
    assert server.requests


# -- the environment --------------------------------------------------------------------------------------------------


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(file))
    return file


def who(server: FakeServer) -> list[str | None]:
    """Who has asked, request by request."""
    return [request.headers.get("authorization") for request in server.requests]


SOMEBODY = "Basic c29tZWJvZHk6ZWxzZQ=="


@pytest.mark.usefixtures("netrc")
def test_netrc_is_read_where_nobody_says_who_is_asking() -> None:
    with FakeServer(IDS) as server:
        requests.get(server.url, timeout=5)
        Orthanc(server.url).get_studies()
        Orthanc(server.url, headers={"api-key": "x"}).get_studies()
        Orthanc(server.url, session=requests.Session()).get_studies()
        pickle.loads(pickle.dumps(Orthanc(server.url))).get_studies()
        Orthanc(server.url).with_options(timeout=5).request("GET", "/studies")
    assert who(server) == [SOMEBODY] * 6


@pytest.mark.usefixtures("netrc")
def test_whatever_is_said_wins_over_netrc() -> None:
    untrusting, silent, speaking = requests.Session(), requests.Session(), requests.Session()
    untrusting.trust_env = False
    silent.auth = NoAuth()
    speaking.headers["Authorization"] = "Custom z"
    with FakeServer(IDS) as server:
        Orthanc(server.url, "jane", "doe").get_studies()
        Orthanc(server.url.replace("//", "//jane:doe@")).get_studies()
        Orthanc(server.url, "jane", "doe", session=requests.Session()).get_studies()
        Orthanc(server.url, token="t").get_studies()
        Orthanc(server.url, headers={"authorization": "Custom x"}).get_studies()
        Orthanc(server.url).request("GET", "/studies", headers={"Authorization": "Custom y"})
        Orthanc(server.url, session=speaking).get_studies()
        Orthanc(server.url, auth=NoAuth()).get_studies()
        Orthanc(server.url, session=untrusting).get_studies()
        Orthanc(server.url, session=silent).get_studies()
        assert who(server) == [*["Basic amFuZTpkb2U="] * 3, "Bearer t", "Custom x", "Custom y", "Custom z", *[None] * 3]
    with FakeServer(IDS) as server:
        Orthanc(server.url.replace("127.0.0.1", "localhost")).get_studies()
    assert who(server) == [None]  # it is about another host


def test_a_damaged_netrc_is_as_none(netrc: Path) -> None:
    netrc.write_text("machine 127.0.0.1 login\n")
    with FakeServer(IDS) as server:
        Orthanc(server.url).get_studies()
    assert who(server) == [None]


def test_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(IDS) as proxy, FakeServer(IDS) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        Orthanc("http://pacs.invalid:8042").get_studies()
        assert proxy.requests[-1].target == "http://pacs.invalid:8042/studies"
        Orthanc(server.url, proxies={}).get_studies()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        Orthanc(server.url).get_studies()
    assert len(proxy.requests) == 1
    assert len(server.requests) == 2


def test_a_proxy_of_its_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(IDS) as ours, FakeServer(IDS) as theirs:
        monkeypatch.setenv("http_proxy", theirs.url)
        Orthanc("http://pacs.invalid", proxies={"http": ours.url}).get_studies()
    assert len(ours.requests) == 1
    assert theirs.requests == []


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://jane:s3cret@127.0.0.1:{free_port()}")
    with pytest.raises(OrthancConnectionError, match="through the proxy") as caught:
        Orthanc("http://pacs.invalid", retries=0).get_studies()
    assert "s3cret" not in str(caught.value)


class Recorder(requests.adapters.HTTPAdapter):
    """Answers without a server, and remembers how it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, object]] = []

    def send(self, request: requests.PreparedRequest, **settings: object) -> requests.Response:  # type: ignore[override]
        self.asked.append(settings)
        response = requests.Response()
        response.status_code = 200
        response.raw = io.BytesIO(b"[]")
        response.request = request
        response.url = request.url or ""
        return response


def test_what_certificates_are_checked_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    ours.touch()
    theirs.touch()

    def asked(client: Orthanc) -> object:
        recorder = Recorder()
        client.session.mount("https://", recorder)
        assert client.get_studies() == []
        return recorder.asked[0]["verify"]

    url = "https://pacs.invalid"
    assert asked(Orthanc(url)) is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(theirs))
    assert asked(Orthanc(url)) == str(theirs)
    assert asked(Orthanc(url, verify=str(ours))) == str(ours)
    assert asked(Orthanc(url, verify=False)) is False
    session = requests.Session()
    session.verify = str(ours)
    assert asked(Orthanc(url, session=session)) == str(ours)
    assert asked(Orthanc(url, session=session, verify=False)) is False
    assert asked(Orthanc(url, session=session).with_options(timeout=1)) == str(ours)
    session.verify = True
    session.trust_env = False
    assert asked(Orthanc(url, session=session)) is True


def test_a_client_certificate_and_the_timeout_are_given_with_each_request(tmp_path: Path) -> None:
    certificate = tmp_path / "client.pem"
    certificate.touch()
    client = Orthanc("https://pacs.invalid", cert=str(certificate), timeout=7)
    recorder = Recorder()
    client.session.mount("https://", recorder)
    client.get_studies()
    client.get_studies(timeout=(1, None))
    client.get_studies(timeout=None)
    assert [asked["cert"] for asked in recorder.asked] == [str(certificate)] * 3
    assert [asked["timeout"] for asked in recorder.asked] == [(7.0, 7.0), (1.0, None), (None, None)]


def test_the_default_timeout() -> None:
    client = Orthanc("https://pacs.invalid")
    recorder = Recorder()
    client.session.mount("https://", recorder)
    client.get_studies()
    assert recorder.asked[0]["timeout"] == (5.0, 60.0)


def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with FakeServer(IDS) as server, pytest.raises(OrthancConnectionError, match=r"/no/such/bundle\.pem"):
        Orthanc(server.url.replace("http:", "https:")).get_studies()


# -- versions ---------------------------------------------------------------------------------------------------------


def old_server(answer: Reply) -> Callable[[Received], Reply]:
    return lambda received: SYSTEM if received.path == "/system" else answer


UNKNOWN_ROUTE = Reply(404, b'{"OrthancStatus": 17, "Message": "Unknown resource", "HttpStatus": 404}')


@pytest.mark.parametrize("answer", [UNKNOWN_ROUTE, Reply(404, b""), Reply(405, b""), json_reply('{"a": 1}')])
def test_a_server_that_is_too_old_for_a_route(answer: Reply) -> None:
    with FakeServer(old_server(answer)) as server, Orthanc(server.url) as client:
        for _ in range(2):
            with pytest.raises(NotSupportedByServer) as caught:
                client.get_tools_labels()
    error = caught.value
    assert str(error) == "GET /tools/labels needs Orthanc 1.12.0; this server is Orthanc 1.10.1"
    assert (error.route, error.needed, error.server_version) == ("GET /tools/labels", "1.12.0", "1.10.1")
    assert error.argument is None
    assert isinstance(error.__cause__, OrthancError)
    assert [request.path for request in server.requests] == ["/tools/labels", "/system", "/tools/labels"]


def test_a_server_that_is_too_old_for_an_argument() -> None:
    with FakeServer(old_server(IDS)) as server, pytest.raises(NotSupportedByServer) as caught:
        Orthanc(server.url).get_studies(expand=True, requested_tags=["PatientID"])
    assert caught.value.argument == "requested_tags"
    assert str(caught.value).startswith("requested_tags of GET /studies needs Orthanc 1.")
    assert len(server.requests) == 2


def test_a_missing_resource_stays_missing_whatever_the_arguments_are() -> None:
    with FakeServer(old_server(Reply(404))) as server, Orthanc(server.url) as client, pytest.raises(NotFound):
        client.get_studies_id("x", requested_tags=["PatientID"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("version", ["1.12.0", "1.13.0", "mainline", "something"])
def test_a_server_that_is_not_too_old(version: str) -> None:
    def script(received: Received) -> Reply:
        return json_reply(f'{{"Version": "{version}"}}') if received.path == "/system" else Reply(404)

    with FakeServer(script) as server, Orthanc(server.url) as client, pytest.raises(NotFound):
        client.get_tools_labels()
    assert len(server.requests) == 2


@pytest.mark.parametrize("system", [Reply(401), PAGE, json_reply("[]"), json_reply('{"Version": 3}'), HANG_UP])
def test_a_server_that_does_not_say(system: Reply) -> None:
    def script(received: Received) -> Reply:
        return system if received.path == "/system" else Reply(404)

    with FakeServer(script) as server, Orthanc(server.url) as client:
        with pytest.raises(NotFound):
            client.get_tools_labels()
        with pytest.raises(OrthancError):
            _ = client.version
    assert len(server.requests) >= 3


def test_other_errors_are_what_they_are() -> None:
    missing = Reply(404, b'{"OrthancStatus": 7, "Message": "m"}')
    with FakeServer(old_server(missing)) as server, Orthanc(server.url) as client, pytest.raises(NotFound):
        client.get_tools_labels()
    assert len(server.requests) == 1


def test_the_version_is_asked_once_by_many_threads() -> None:
    with FakeServer(SYSTEM) as server, Orthanc(server.url) as client, ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: client.version, range(50)))
        assert client.with_options(timeout=3).version == "1.10.1"
    assert versions == ["1.10.1"] * 50
    assert len(server.requests) == 1


def test_a_success_costs_no_further_request() -> None:
    with FakeServer(IDS) as server, Orthanc(server.url) as client:
        assert client.get_tools_labels() == ["a", "b"]
    assert len(server.requests) == 1


# -- not modified -----------------------------------------------------------------------------------------------------


def test_not_modified_is_none_for_those_who_ask() -> None:
    with FakeServer(Reply(304, b"")) as server, Orthanc(server.url) as client:
        assert client.get_studies_id_metadata_name("x", "LastUpdate", if_none_match='"1-abc"') is None
        with pytest.raises(OrthancHTTPError, match="304 Not Modified"):
            client.get_studies_id_metadata_name("x", "LastUpdate")
    assert server.requests[0].headers["if-none-match"] == '"1-abc"'


# -- the log ----------------------------------------------------------------------------------------------------------


def test_the_log(secret_free: pytest.LogCaptureFixture) -> None:
    with FakeServer([Reply(200, b"DOE"), Reply(404, b"DOE"), HANG_UP]) as server:
        client = Orthanc(server.url, "jane", "s3cret", headers={"api-key": "s3cret"}, retries=0)
        client.request("POST", "/a", params={"n": "DOE"}, data=b"DOE")
        for path in ("/b", "/c"):
            with pytest.raises(OrthancError):
                client.request("GET", path, params={"n": "DOE"})
    lines = [record.getMessage() for record in secret_free.records if record.name == "orthanc_sdk"]
    assert [line.rpartition(" in ")[0] or line.rpartition(" after ")[0] for line in lines] == [
        "POST /a: 200",
        "GET /b: 404",
        "GET /c: ConnectionError",
    ]
    assert {record.levelno for record in secret_free.records if record.name == "orthanc_sdk"} == {logging.DEBUG}
