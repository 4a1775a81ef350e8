"""Who is asking: what is sent, and that secrets do not show."""

from __future__ import annotations

import base64
import pickle

import pytest
import requests
from requests.auth import AuthBase

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.auth import BasicAuth, BearerAuth, HeaderAuth, NoAuth


def sent(auth: AuthBase) -> dict[str, str]:
    request = requests.Request("GET", "http://h/").prepare()
    auth(request)
    return {name: str(value) for name, value in request.headers.items()}


@pytest.mark.parametrize("password", ["", "pass", "pa:ss", "pässwörd", "日本", " "])
def test_basic_is_utf_8(password: str) -> None:
    scheme, _, encoded = sent(BasicAuth("jané", password))["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded).decode() == f"jané:{password}"


def test_a_bearer_token_is_asked_for_each_time() -> None:
    tokens = iter(["one", "two"])
    auth = BearerAuth(lambda: next(tokens))
    assert sent(auth) == {"Authorization": "Bearer one"}
    assert sent(auth) == {"Authorization": "Bearer two"}
    assert sent(BearerAuth("x")) == {"Authorization": "Bearer x"}


def test_a_header() -> None:
    assert sent(HeaderAuth("api-key", "x")) == {"api-key": "x"}
    assert sent(HeaderAuth("api-key", lambda: "y")) == {"api-key": "y"}


def test_nobody() -> None:
    assert sent(NoAuth()) == {}


@pytest.mark.parametrize(
    "auth", [BasicAuth("jane", "s3cret"), BearerAuth("s3cret"), HeaderAuth("api-key", "s3cret"), NoAuth()]
)
def test_it_can_be_pickled_and_does_not_show(auth: AuthBase) -> None:
    assert sent(pickle.loads(pickle.dumps(auth))) == sent(auth)
    for text in (repr(auth), str(auth)):
        assert type(auth).__name__ in text
        assert "s3cret" not in text
        assert base64.b64encode(b"jane:s3cret").decode() not in text


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX-Evil: 1", " a", "日本", 3, None])
def test_a_token_that_cannot_be_sent_is_refused_and_not_quoted(token: object) -> None:
    with pytest.raises(InvalidArgument) as caught:
        sent(BearerAuth(lambda: token))  # type: ignore[arg-type, return-value]  # wrong on purpose
    assert "Evil" not in str(caught.value)


def test_what_cannot_be_expressed() -> None:
    with pytest.raises(InvalidArgument, match="colon"):
        BasicAuth("a:b", "c")
    with pytest.raises(InvalidArgument, match="name of a header"):
        HeaderAuth("api key", "x")
