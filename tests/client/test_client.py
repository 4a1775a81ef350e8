"""The client itself: how it is made, what it shows, how it travels."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from pydantic import BaseModel
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth

from orthanc_sdk import (
    BearerAuth,
    IdleAwareAdapter,
    InvalidArgument,
    NotFound,
    Orthanc,
    OrthancError,
    Redirected,
    Retries,
)
from tests.http.fake_server import FakeServer, Received, Reply, json_reply

SYSTEM = json_reply('{"Version": "1.12.10"}')
BASIC = "Basic amFuZTpkb2U="  # jane:doe


# -- how it is made ---------------------------------------------------------------------------------------------------


def test_as_in_the_readme() -> None:
    client = Orthanc(url="http://localhost:8042", username="u", password="p", timeout=100.0, headers={"a": "b"})
    assert client.url == "http://localhost:8042"
    assert Orthanc().url == "http://localhost:8042"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://localhost:8042/", "http://localhost:8042"),
        ("HTTP://LocalHost:8042", "http://localhost:8042"),
        (" http://localhost:8042\n", "http://localhost:8042"),
        ("http://localhost:80", "http://localhost"),
        ("https://localhost:443/", "https://localhost"),
        ("https://pacs.example/Orthanc/", "https://pacs.example/Orthanc"),
        ("http://[::1]:8042", "http://[::1]:8042"),
        ("http://jane:doe@localhost:8042/x/", "http://localhost:8042/x"),
        ("http://10.0.0.1", "http://10.0.0.1"),
    ],
)
def test_one_server_has_one_url(given: str, url: str) -> None:
    assert Orthanc(given).url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("localhost:8042", "must start with http:// or https://"),
        ("localhost", "must start with http:// or https://"),
        ("", "must start with http:// or https://"),
        ("ftp://localhost", "must start with http:// or https://"),
        ("file:///etc/passwd", "must start with http:// or https://"),
        ("http://", "has no host"),
        ("http:///x", "has no host"),
        ("http://localhost:port", "the port is not a number"),
        ("http://localhost:99999", "the port is not a number"),
        ("http://[::1", "cannot be taken apart"),
        ("http://localhost?x=1", "without '?' and '#'"),
        ("http://localhost#x", "without '?' and '#'"),
        ("http://local host", "blanks"),
        ("http://localhost/a b", "blanks"),
        (None, "must be a string, not NoneType"),
        (8042, "must be a string, not int"),
        (b"http://localhost", "must be a string, not bytes"),
    ],
)
def test_what_is_no_url(url: Any, says: str) -> None:  # Any: wrong types on purpose
    with pytest.raises(InvalidArgument, match="url") as caught:
        Orthanc(url)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://jane:s3cret@", "http://jane:s3#cret@host", "jane:s3cret@host", "http://jane:s3cret@h:p"]
)
def test_a_wrong_url_is_not_quoted(url: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Orthanc(url)
    assert "s3" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, None),
        ({"username": "jane", "password": "doe"}, BASIC),
        ({"username": "jane", "password": ""}, "Basic amFuZTo="),
        ({"username": "jane"}, "Basic amFuZTo="),
        ({"auth": ("jane", "doe")}, BASIC),
        ({"auth": BearerAuth("t")}, "Bearer t"),
        ({"token": "t"}, "Bearer t"),
        ({"token": lambda: "t2"}, "Bearer t2"),
        ({"headers": {"Authorization": "Custom x"}}, "Custom x"),
    ],
)
def test_credentials(settings: dict[str, Any], sent: str | None) -> None:  # Any: arguments of many types
    with FakeServer(json_reply("[]")) as server:
        assert Orthanc(server.url, **settings).get_studies() == []
    assert [request.headers.get("authorization") for request in server.requests] == [sent]


@pytest.mark.parametrize(("user", "sent"), [("jane:doe", BASIC), ("j%61ne:d%6Fe", BASIC), ("jane", "Basic amFuZTo=")])
def test_credentials_of_the_url(user: str, sent: str) -> None:
    with FakeServer(json_reply("[]")) as server:
        assert Orthanc(server.url.replace("//", f"//{user}@")).get_studies() == []
    assert [request.headers.get("authorization") for request in server.requests] == [sent]


def test_digest() -> None:
    def script(received: Received) -> Reply:
        if "authorization" in received.headers:
            return json_reply("[]")
        return Reply(401, b"", {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})

    with FakeServer(script) as server:
        assert Orthanc(server.url, auth=HTTPDigestAuth("jane", "doe")).get_studies() == []
    assert server.requests[1].headers["authorization"].startswith('Digest username="jane"')


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"password": "s3cret"}, "password needs username"),
        ({"username": "a", "token": "s3cret"}, "username and token"),
        ({"username": "a", "password": "s3cret", "auth": ("a", "s3cret")}, "username and auth"),
        ({"token": "s3cret", "headers": {"authorization": "s3cret"}}, "token and headers"),
        ({"url": "http://a:s3cret@h", "username": "b", "password": "s3cret"}, "username and a user in url"),
        ({"auth": "s3cret"}, "auth must be"),
        ({"auth": ("a", "s3cret", "c")}, "auth must be"),
        ({"auth": ("a", b"s3cret")}, "password must be a string"),
        ({"username": "a", "password": 5}, "password must be a string"),
        ({"username": "a:b"}, "colon"),
        ({"headers": {"a b": "s3cret"}}, "name of a header"),
        ({"headers": {"a": "s3cret\r\nx: y"}}, "headers: a must be"),
        ({"headers": {"a": 3}}, "headers: a must be a string, not int"),
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": -1}, "timeout must be"),
        ({"timeout": True}, "timeout must be"),
        ({"timeout": "5"}, "timeout must be"),
        ({"timeout": (1, 2, 3)}, "timeout must be"),
        ({"timeout": (0, 1)}, "timeout must be"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"retries": -1}, "retries"),
        ({"retries": "3"}, "retries"),
        ({"pool_size": 0}, "pool_size"),
        ({"pool_size": "1"}, "pool_size"),
        ({"verify": "/no/such/file.pem"}, "verify: there is no file"),
        ({"cert": "/no/such/file.pem"}, "cert: there is no file"),
        ({"cert": (__file__, "/no/such/file.pem")}, "cert: there is no file"),
    ],
)
def test_what_cannot_be(settings: dict[str, Any], says: str) -> None:  # Any: wrong types on purpose
    with pytest.raises(InvalidArgument) as caught:
        Orthanc(**settings)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_secret_shows() -> None:
    client = Orthanc("http://jane:s3cret@localhost:8042/x", headers={"api-key": "s3cret"})
    assert repr(client) == str(client) == "Orthanc('http://localhost:8042/x')"
    for thing in (client, client.session, client.transport, client.transport.options, client.session.auth):
        assert "s3cret" not in repr(thing)
        assert "jane" not in repr(thing)


# -- from the environment ---------------------------------------------------------------------------------------------


def test_from_an_empty_environment() -> None:
    client = Orthanc.from_env({"ORTHANC_URL": "", "ORTHANC_TOKEN": " "})
    assert client.url == "http://localhost:8042"
    options = client.transport.options
    assert (options.auth, options.verify, options.timeout, options.retries) == (None, True, (5.0, 60.0), Retries(3))


def test_from_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(json_reply("[]")) as server:
        monkeypatch.setenv("ORTHANC_URL", server.url + "/orthanc/")
        monkeypatch.setenv("ORTHANC_USERNAME", "jane")
        monkeypatch.setenv("ORTHANC_PASSWORD", "doe")
        monkeypatch.setenv("ORTHANC_TIMEOUT", "7")
        assert Orthanc.from_env().get_studies() == []
    assert server.requests[0].target == "/orthanc/studies"
    assert server.requests[0].headers["authorization"] == BASIC


@pytest.mark.parametrize(
    ("variable", "text", "option", "value"),
    [
        ("VERIFY", "false", "verify", False),
        ("VERIFY", "0", "verify", False),
        ("VERIFY", "True", "verify", True),
        ("VERIFY", __file__, "verify", __file__),
        ("CERT", __file__, "cert", __file__),
        ("CERT", f"{__file__}, {__file__}", "cert", (__file__, __file__)),
        ("TIMEOUT", "30", "timeout", (30.0, 30.0)),
        ("TIMEOUT", "5, 120.5", "timeout", (5.0, 120.5)),
        ("TIMEOUT", "none", "timeout", (None, None)),
        ("TIMEOUT", "5,None", "timeout", (5.0, None)),
        ("RETRIES", "0", "retries", Retries(0)),
    ],
)
def test_each_variable(variable: str, text: str, option: str, value: object) -> None:
    client = Orthanc.from_env({f"ORTHANC_{variable}": text})
    assert getattr(client.transport.options, option) == value


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ORTHANC_URL": "localhost:8042"}, r"^ORTHANC_URL must start with http"),
        ({"ORTHANC_TIMEOUT": "soon"}, r"^ORTHANC_TIMEOUT must be seconds"),
        ({"ORTHANC_TIMEOUT": "1,2,3"}, r"^ORTHANC_TIMEOUT must be seconds"),
        ({"ORTHANC_TIMEOUT": "-1"}, r"^ORTHANC_TIMEOUT must be"),
        ({"ORTHANC_RETRIES": "many"}, r"^ORTHANC_RETRIES must be"),
        ({"ORTHANC_VERIFY": "/no/such/file"}, r"^ORTHANC_VERIFY: there is no file"),
        ({"ORTHANC_CERT": "/no/such/file"}, r"^ORTHANC_CERT: there is no file"),
        ({"ORTHANC_PASSWORD": "s3cret"}, r"^ORTHANC_PASSWORD needs username"),
        ({"ORTHANC_USERNAME": "a", "ORTHANC_TOKEN": "s3cret"}, r"one way only"),
    ],
)
def test_a_wrong_variable_is_named(variables: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidArgument, match=says) as caught:
        Orthanc.from_env(variables)
    assert "s3cret" not in str(caught.value)


# -- a session of one's own -------------------------------------------------------------------------------------------


class Memory(HTTPAdapter):
    """Answers without a server."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str | None] = []
        self.closed = False

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        self.urls.append(request.url)
        response = requests.Response()
        response.status_code = 200
        response._content = b'["a"]'
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        self.closed = True


def test_an_adapter_stands_in_for_the_server() -> None:
    client = Orthanc("http://pacs.invalid:8042/x")
    memory = Memory()
    client.session.mount("http://pacs.invalid", memory)
    assert client.get_studies() == ["a"]
    assert memory.urls == ["http://pacs.invalid:8042/x/studies"]


def test_a_session_of_ones_own_is_used_as_it_is() -> None:
    session = requests.Session()
    session.headers["X-Own"] = "1"
    session.auth = ("jane", "doe")
    before = dict(session.headers)
    with FakeServer(json_reply("[]")) as server:
        client = Orthanc(server.url, session=session)
        assert client.session is session
        client.get_studies()
        Orthanc(server.url, token="t", session=session).get_studies()
    assert server.requests[0].headers["x-own"] == "1"
    assert [request.headers["authorization"] for request in server.requests] == [BASIC, "Bearer t"]
    assert dict(session.headers) == before
    assert not isinstance(session.get_adapter("http://x"), IdleAwareAdapter)


def test_any_scheme_for_which_the_session_has_an_adapter() -> None:
    session, memory = requests.Session(), Memory()
    session.mount("mock://", memory)
    assert Orthanc("mock://pacs", session=session).get_studies() == ["a"]
    with pytest.raises(InvalidArgument, match="InvalidSchema"):
        Orthanc("other://pacs", session=session).get_studies()


def test_who_made_the_session_closes_it() -> None:
    session, memory = requests.Session(), Memory()
    session.mount("http://", memory)
    with Orthanc(session=session) as client:
        client.with_options(timeout=1).close()
    assert not memory.closed
    own = Orthanc()
    own.session.mount("http://", memory)
    own.with_options(timeout=1).close()
    assert not memory.closed
    own.close()
    assert memory.closed


@responses.activate
def test_the_library_responses_works() -> None:
    responses.get("http://pacs:8042/studies", json=["a"])
    responses.get("http://pacs:8042/studies/x", status=404)
    responses.put("http://pacs:8042/studies/x/labels/y", body="{}")
    client = Orthanc("http://pacs:8042", "jane", "doe")
    assert client.get_studies() == ["a"]
    with pytest.raises(NotFound):
        client.get_studies_id("x")
    client.put_studies_id_labels_label("x", "y")
    with pytest.raises(OrthancError) as caught:
        client.get_system()
    assert "doesn't match any registered mock" in str(caught.value.__cause__)
    assert len(responses.calls) == 4


# -- views ------------------------------------------------------------------------------------------------------------


class Special(Orthanc):
    """A user's own, with an attribute."""

    colour = "none"


def test_a_view_shares_all_but_its_options() -> None:
    with FakeServer([SYSTEM, json_reply("[]")]) as server:
        client = Special(server.url, "jane", "doe", headers={"a": "1", "b": "2"}, timeout=7)
        client.colour = "red"
        view = client.with_options(timeout=None, headers={"A": "3", "c": "4"})
        assert type(view) is Special
        assert view.colour == "red"
        assert view.session is client.session
        assert view.version == client.version == "1.12.10"
        view.get_studies()
        client.get_studies()
    assert len(server.requests) == 3
    sent = [{name: request.headers.get(name) for name in "abc"} for request in server.requests]
    assert sent[1:] == [{"a": "3", "b": "2", "c": "4"}, {"a": "1", "b": "2", "c": None}]
    assert {request.headers["authorization"] for request in server.requests} == {BASIC}
    assert view.transport.options.timeout == (None, None)
    assert view.with_options(headers={"d": "5"}).transport.options.timeout == (None, None)
    assert client.transport.options.timeout == (7.0, 7.0)


def test_a_view_is_checked_too() -> None:
    with pytest.raises(InvalidArgument, match="timeout"):
        Orthanc().with_options(timeout=-1)
    with pytest.raises(InvalidArgument, match="headers"):
        Orthanc().with_options(headers={"a": "b\n"})


# -- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "has"),
    [("1.12.5", True), ("1.12.10", True), ("1.12.9", True), ("1.12.11", False), ("1.13", False), ("1.9", True)],
)
def test_what_the_server_supports(version: str, has: bool) -> None:
    with FakeServer(SYSTEM) as server, Orthanc(server.url) as client:
        assert client.supports(version) is has
        assert client.supports("1.0") is True
    assert len(server.requests) == 1


def test_mainline_supports_everything() -> None:
    with FakeServer(json_reply('{"Version": "mainline"}')) as server:
        assert Orthanc(server.url).supports("99.0")


def test_no_version_is_asked_for() -> None:
    with pytest.raises(InvalidArgument, match="version must be such as"):
        Orthanc().supports("new")


# -- pickle -----------------------------------------------------------------------------------------------------------


def ask(client: Orthanc) -> list[str]:
    answer = client.get_studies()
    assert isinstance(answer, list)
    return [str(id_) for id_ in answer]


def test_a_client_travels_to_another_process() -> None:
    with FakeServer(json_reply('["a"]')) as server:
        client = Orthanc(server.url, "jane", "doe", headers={"a": "1"}, timeout=(3, 7), retries=1)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            assert pool.submit(ask, client).result(60) == ["a"]
    (request,) = server.requests
    assert request.headers["authorization"] == BASIC
    assert request.headers["a"] == "1"


@pytest.mark.parametrize("clone", [lambda c: pickle.loads(pickle.dumps(c)), copy.copy, copy.deepcopy])
def test_a_clone_has_the_options_and_a_session_of_its_own(clone: Any) -> None:  # Any: three functions
    client = Special("http://jane:doe@h/x", headers={"a": "1"}, timeout=(3, 7), retries=1, pool_size=3)
    client.colour = "red"
    cloned = clone(client)
    assert type(cloned) is Special
    assert cloned.colour == "red"
    assert cloned.session is not client.session
    assert cloned.transport.owns_session
    for option in ("url", "headers", "timeout", "retries", "verify", "pool_size"):
        assert getattr(cloned.transport.options, option) == getattr(client.transport.options, option)


def test_a_view_can_be_pickled() -> None:
    view = pickle.loads(pickle.dumps(Orthanc("http://h").with_options(timeout=3)))
    assert view.transport.options.timeout == (3.0, 3.0)


def test_a_session_of_ones_own_cannot_be_pickled() -> None:
    mounted = Orthanc()
    mounted.session.mount("http://x", Memory())
    for client in (
        Orthanc(session=requests.Session()),
        mounted,
        Orthanc(session=requests.Session()).with_options(timeout=1),
    ):
        with pytest.raises(TypeError, match="session or an adapter of your own cannot be pickled"):
            pickle.dumps(client)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_fork_does_not_share_connections() -> None:
    code = """if True:
        import os, sys
        from orthanc_sdk import Orthanc
        client = Orthanc(sys.argv[1])
        client.get_studies()
        child = os.fork()
        if child == 0:
            client.get_studies()
            os._exit(0)
        os.waitpid(child, 0)
        client.get_studies()
    """
    with FakeServer(json_reply("[]"), idle=5) as server:
        subprocess.run([sys.executable, "-c", code, server.url], check=True, timeout=60)
    parent, child, again = (request.connection for request in server.requests)
    assert parent != child != again


# -- request() --------------------------------------------------------------------------------------------------------


class Body(BaseModel):
    SomeField: int
    Other: int | None = None


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/dicom-web/studies", "/o/dicom-web/studies"),
        ("dicom-web/studies", "/o/dicom-web/studies"),
        ("//evil.example/x", "/o/evil.example/x"),
        ("/", "/o/"),
        ("/a%2Fb/c", "/o/a%2Fb/c"),
        ("/a b/é", "/o/a%20b/%C3%A9"),
        ("/a?b=c%20d&e", "/o/a?b=c%20d&e"),
        ("/a?b=/../c", "/o/a?b=/../c"),
        ("/a:b", "/o/a:b"),
    ],
)
def test_the_path_of_a_request(path: str, target: str) -> None:
    with FakeServer(Reply()) as server:
        assert Orthanc(server.url + "/o/").request("get", path).status_code == 200
    assert [request.target for request in server.requests] == [target]


def test_a_url_of_the_same_server() -> None:
    with FakeServer(Reply()) as server:
        client = Orthanc(server.url + "/o")
        client.request("GET", server.url + "/o/x?y=1", params={"z": 2})
        for other in (server.url + "/other", server.url + "/oo/x", "http://evil.example/o/x", "https://evil.example"):
            with pytest.raises(InvalidArgument, match="not the URL of another one"):
                client.request("GET", other)
    assert [request.target for request in server.requests] == ["/o/x?y=1&z=2"]


@pytest.mark.parametrize(
    "path",
    ["/a#b", "/a\nb", "/a\0b", "/..", "/...", "/a/../b", "/./a", "/a/%2e%2E/b", "/.%2e", "/a./b", "/..\\b", "/..%5cb"],
)
def test_a_path_that_would_be_another_one(path: str) -> None:
    with FakeServer(Reply()) as server, pytest.raises(InvalidArgument, match="path must"):
        Orthanc(server.url).request("GET", path)
    assert server.requests == []


def test_the_body_of_a_request() -> None:
    with FakeServer(Reply()) as server:
        client = Orthanc(server.url)
        client.request("POST", "/x", json={"a": [1, None, "é"]})
        client.request("POST", "/x", json=Body(SomeField=3))
        client.request("POST", "/x", json=[])
        client.request("POST", "/x", data="é", headers={"Content-Type": "text/plain"})
        client.request("POST", "/x")
    assert [request.body for request in server.requests] == [
        b'{"a": [1, null, "\\u00e9"]}',
        b'{"SomeField":3}',
        b"[]",
        b"\xc3\xa9",
        b"",
    ]
    types = [request.headers.get("content-type") for request in server.requests]
    assert types == ["application/json"] * 3 + ["text/plain", None]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"json": {}, "data": b""}, "exclude each other"),
        ({"json": {1, 2}}, "not JSON serializable"),
        ({"json": float("nan")}, "not JSON compliant"),
        ({"data": {"a": 1}}, "data must be bytes"),
        ({"params": {"a": b"x"}}, "params: a must be text or a number, not bytes"),
        ({"params": {"a": [None]}}, "params: a must be text or a number, not NoneType"),
        ({"params": {"a": {"b": 1}}}, "params: a must be text or a number, not dict"),
        ({"headers": {"a": "b\n"}}, "headers: a must be"),
        ({"method": "GE T"}, "method must be"),
        ({"timeout": 0}, "timeout must be"),
    ],
)
def test_a_request_that_cannot_be_sent(arguments: dict[str, Any], says: str) -> None:  # Any: wrong types on purpose
    with FakeServer(Reply()) as server, pytest.raises(InvalidArgument, match=says):
        Orthanc(server.url).request(**{"method": "POST", "path": "/x", **arguments})
    assert server.requests == []


def test_errors_may_be_looked_at() -> None:
    with FakeServer([Reply(404, b"x"), Reply(302, b"", {"Location": "http://evil.example/"}), Reply(404)]) as server:
        client = Orthanc(server.url)
        response = client.request("GET", "/x", raise_for_status=False)
        assert (response.status_code, response.content) == (404, b"x")
        assert client.request("GET", "/x", raise_for_status=False).status_code == 302
        with pytest.raises(NotFound, match=r"^GET /x: 404 Not Found: no such resource$"):
            client.request("GET", "/x?y")
    assert len(server.requests) == 3


def test_a_stream_is_left_to_the_caller(tmp_path: Path) -> None:
    with (
        FakeServer(Reply(200, b"x" * 100_000)) as server,
        Orthanc(server.url) as client,
        client.request("GET", "/x", stream=True) as response,
        (tmp_path / "file").open("wb") as file,
    ):
        for piece in response.iter_content(4096):
            assert len(piece) <= 4096
            file.write(piece)
    assert (tmp_path / "file").read_bytes() == b"x" * 100_000


def test_the_error_of_a_stream_has_its_body() -> None:
    with (
        FakeServer(Reply(404, b'{"OrthancStatus": 17, "Message": "Unknown"}')) as server,
        pytest.raises(NotFound, match="Unknown"),
    ):
        Orthanc(server.url).request("GET", "/x", stream=True)


def test_redirects_of_a_request_are_checked_too() -> None:
    with FakeServer(Reply(301, b"", {"Location": "http://evil.example/"})) as server, pytest.raises(Redirected):
        Orthanc(server.url, "jane", "doe").request("GET", "/x")
