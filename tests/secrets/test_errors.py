"""Whatever goes wrong, and however the client knows who it is: no error and no log line has a secret in it."""

from __future__ import annotations

import base64
import logging
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import trustme

from orthanc_sdk import BasicAuth, HeaderAuth, Orthanc, OrthancError, find_patients, find_studies, models, raw_stream
from tests.http.fake_server import HANG_UP, FakeServer, Reply, json_reply
from tests.secrets.traces import chain, texts_of

PASSWORD, TOKEN, NAME = "s3cret/pass", "t0ken-of-jane", "Doe^Jane"
SECRETS = [
    PASSWORD,
    "s3cret%2Fpass",
    base64.b64encode(f"jane:{PASSWORD}".encode()).decode(),
    TOKEN,
    NAME,
    "Doe%5EJane",
]
PATIENT = f'{{"ID": "p", "Type": "Patient", "MainDicomTags": {{"PatientName": "{NAME}", "PatientID": "x"}}'

CLIENTS: dict[str, Callable[[str], Orthanc]] = {
    "user": lambda url: Orthanc(url, "jane", PASSWORD),
    "pair": lambda url: Orthanc(url, auth=("jane", PASSWORD)),
    "url": lambda url: Orthanc(url.replace("//", "//jane:s3cret%2Fpass@")),
    "token": lambda url: Orthanc(url, token=TOKEN),
    "tokens": lambda url: Orthanc(url, token=lambda: TOKEN),
    "header": lambda url: Orthanc(url, auth=HeaderAuth("api-key", TOKEN)),
    "headers": lambda url: Orthanc(url, headers={"api-key": TOKEN}),
    "netrc": Orthanc,
    "session": lambda url: Orthanc(url, "jane", PASSWORD, session=requests.Session()),
    "view": lambda url: Orthanc(url, "jane", PASSWORD).with_options(timeout=5),
    "strict": lambda url: Orthanc(url, "jane", PASSWORD, strict=True),
}

REPLIES: dict[str, Reply] = {
    "hangs up": HANG_UP,
    "cut short": Reply(200, f"[{PATIENT}}}]".encode(), send_only=40),
    "no JSON": json_reply(f'["{NAME}"'),
    "another type": json_reply(f'{{"PatientName": "{NAME}"}}'),
    "no such model": json_reply(f'[{PATIENT}, "IsStable": "{NAME}", "LastUpdate": "{NAME}"}}]'),
    "text": Reply(200, NAME.encode(), {"Content-Type": "text/plain"}),
    "page": Reply(200, f"<html>{NAME}</html>".encode(), {"Content-Type": "text/html", "Set-Cookie": f"s={TOKEN}"}),
    "401": Reply(401, b""),
    "404": json_reply('{"HttpStatus": 404, "OrthancStatus": 17, "Message": "Unknown resource"}', 404),
    "500 with a page": Reply(500, f"<html>{NAME}</html>".encode()),
    "503": Reply(503, NAME.encode(), {"Retry-After": "0"}),
    "elsewhere": Reply(302, b"", {"Location": f"http://jane:s3cret%2Fpass@pacs.invalid/?token={TOKEN}"}),
    "not compressed": Reply(200, NAME.encode(), {"Content-Encoding": "gzip", "Content-Type": "application/json"}),
}

CALLS: dict[str, Callable[[Orthanc], object]] = {
    "routes": lambda client: client.get_patients(expand=True),
    "flags": lambda client: client.get_patients_id_protected("p"),
    "models": lambda client: client.post_tools_find(
        models.FindRequest(level="Patient", query={"PatientName": NAME}, expand=True)
    ),
    "resources": lambda client: find_patients(client, query={"PatientID": "x"}),
    "version": lambda client: client.version,
    "stream": lambda client: stream(client),
}


def stream(client: Orthanc) -> None:
    with raw_stream(client.get_patients_id_archive, "p") as response:
        for _ in response.iter_content(10):
            pass
        raise OrthancError("the end")  # some answers are fine here


@contextmanager
def watched(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Within it there must be an error, without any secret in it, in the logs or in the warnings."""
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    with warnings.catch_warnings(record=True, action="always") as warned, pytest.raises(OrthancError) as caught:
        yield
    texts = {"error": texts_of(caught.value), "log": caplog.text, "warnings": repr([str(one) for one in warned])}
    assert type(caught.value).__name__ in texts["error"]
    shown = [f"{secret} in {where}:\n{text}" for where, text in texts.items() for secret in SECRETS if secret in text]
    assert not shown, shown[0]
    kinds = {type(one).__name__ for one in chain(caught.value)}
    assert not kinds & {"ValidationError", "_Lost"}, "what quotes values is not even held on to"


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1 login jane password {PASSWORD}\n")
    monkeypatch.setenv("NETRC", str(file))


def test_the_test_would_see_it() -> None:
    """Each of the ways in which others give secrets away is one that this test looks into."""

    def fail(password: str) -> None:
        assert password
        raise ValueError("short")

    with FakeServer(HANG_UP) as server, pytest.raises(requests.ConnectionError) as careless:
        requests.get(server.url, params={"PatientName": NAME}, auth=("jane", "s3cret"), timeout=5)
    assert base64.b64encode(b"jane:s3cret").decode() in texts_of(careless.value)
    with pytest.raises(ValueError, match="short") as plain:
        fail(PASSWORD)
    assert PASSWORD not in texts_of(plain.value)  # a frame of this file
    other = RuntimeError("clean")
    other.__context__ = ValueError(NAME)
    other.__suppress_context__ = True
    assert NAME in texts_of(other)


@pytest.mark.usefixtures("netrc", "patient")
@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("known_by", CLIENTS)
def test_an_answer_that_is_an_error(known_by: str, reply: str, caplog: pytest.LogCaptureFixture) -> None:
    with FakeServer(REPLIES[reply]) as server, CLIENTS[known_by](server.url) as client:
        for name, call in CALLS.items():
            if name == "version" and reply == "another type":
                continue
            with watched(caplog):
                call(client)
        sent = [request for request in server.requests if PASSWORD or TOKEN]
    assert len(sent) >= len(CALLS) - 1
    headers = [str(dict(request.headers)) for request in sent]
    assert all(SECRETS[2] in text or TOKEN in text for text in headers), "the server was told who is asking"


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("known_by", CLIENTS)
def test_no_answer(known_by: str, caplog: pytest.LogCaptureFixture) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with FakeServer() as gone:
        nobody = gone.url
    with FakeServer(json_reply("[]"), tls=context) as unknown, FakeServer(Reply(delay=0.5)) as slow:
        for url in (nobody, unknown.url, slow.url):
            with CLIENTS[known_by](url) as client, watched(caplog):
                client.with_options(timeout=(5, 0.05)).get_patients(expand=True)


@pytest.mark.parametrize("call", ["get_studies", "version"])
def test_a_proxy_that_is_not_there(call: str, caplog: pytest.LogCaptureFixture) -> None:
    with FakeServer() as gone:
        proxy = gone.url.replace("//", "//jane:s3cret%2Fpass@")
    client = Orthanc("https://pacs.invalid", "jane", PASSWORD, proxies={"https": proxy, "http": proxy}, retries=0)
    with watched(caplog):
        if call == "version":
            _ = client.version
        else:
            client.get_studies()
    assert PASSWORD not in repr(client.transport.options)
    assert "s3cret" not in repr(client.transport.options)


WRONG: dict[str, Callable[[], object]] = {
    "size": lambda: Orthanc("http://h", "jane", PASSWORD, pool_size=0),
    "twice": lambda: Orthanc("http://h", "jane", PASSWORD, token=TOKEN),
    "url": lambda: Orthanc(f"http://jane:s3cret%2Fpass@h:{TOKEN}"),
    "slash in a password": lambda: Orthanc(f"http://jane:{PASSWORD}@h"),
    "header": lambda: Orthanc("http://h", headers={"api-key": f"{TOKEN}\n"}),
    "view": lambda: Orthanc("http://h").with_options(headers={"bad name": "x"}),
    "colon": lambda: Orthanc("http://h", "ja:ne", PASSWORD),
    "token": lambda: Orthanc("http://h", token=f"{TOKEN}\n").get_studies(),
    "tokens": lambda: Orthanc("http://h", token=lambda: f"{TOKEN}\n").get_studies(),
    "secret": lambda: Orthanc("http://h", auth=HeaderAuth("api-key", f"{TOKEN}\n")).get_studies(),
    "environment": lambda: Orthanc.from_env(
        {"ORTHANC_URL": "pacs", "ORTHANC_USERNAME": "jane", "ORTHANC_PASSWORD": PASSWORD, "ORTHANC_TOKEN": TOKEN}
    ),
    "retries": lambda: Orthanc.from_env({"ORTHANC_PASSWORD": PASSWORD, "ORTHANC_RETRIES": "x", "ORTHANC_TOKEN": TOKEN}),
    "basic": lambda: BasicAuth("ja:ne", PASSWORD),
    "header auth": lambda: HeaderAuth("api key", TOKEN),
    "tags": lambda: find_studies(Orthanc("http://h", "jane", PASSWORD), limit=-1),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_sent(wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    with watched(caplog):
        WRONG[wrong]()
