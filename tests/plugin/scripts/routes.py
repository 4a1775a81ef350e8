"""REST callbacks of all kinds, and a filter: for the real module and for the mock alike.

It runs in the Python of a server, which has nothing of this project.
"""

import json
from typing import Any  # what a request has

import orthanc


def show(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    headers = {name: value for name, value in request["headers"].items() if name.startswith("x-")}
    types = {name: type(value).__name__ for name, value in request.items()}
    told = {**request, "headers": headers, "body": repr(request.get("body")), "uri": uri, "types": types}
    output.AnswerBuffer(json.dumps(told), "application/json")


def twice(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer("one", "text/plain")
    output.AnswerBuffer("two", "text/plain")


def headers(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SetHttpHeader("X-A", "1")
    output.SetHttpHeader("X-A", "2")
    output.SetCookie("c", "v")
    output.AnswerBuffer(None, "text/plain")


def exception(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    raise orthanc.OrthancException(17, "mine")


def details(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SetHttpErrorDetails("these", 1)
    raise KeyError("x")


def late(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer("a", "text/plain")
    raise KeyError("x")


def nothing(output: orthanc.RestOutput, uri: str, **request: Any) -> str:
    return "what is returned is ignored"


def redirect(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.Redirect("/elsewhere")


def not_allowed(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SendMethodNotAllowed("GET,POST")


def unauthorized(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SendUnauthorized("realm")


def multipart(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.StartMultipartAnswer("related", "text/plain")
    output.SendMultipartItem("one")
    output.SendMultipartItem(b"two")


def stream(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.StartStreamAnswer("text/plain")
    output.SendStreamChunk("one")
    output.SendStreamChunk(b"two")


def no_keywords(output: orthanc.RestOutput, uri: str) -> None:
    output.AnswerBuffer("never", "text/plain")


def status(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SendHttpStatus(int(request["groups"][0]), "body")


def code(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.SendHttpStatusCode(int(request["groups"][0]))


def inside(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    """The routes of the script, from inside."""
    found: dict[str, str] = {}
    for path in ("/twice", "/exception", "/status/404", "/status/200", "/nothing", "/filter/no", "/nowhere"):
        for function in (orthanc.RestApiGet, orthanc.RestApiGetAfterPlugins):
            try:
                found[f"{function.__name__} {path}"] = function(path).decode()
            except orthanc.OrthancException as error:
                found[f"{function.__name__} {path}"] = str(error)
    output.AnswerBuffer(json.dumps(found), "application/json")


def is_allowed(uri: str, **request: Any) -> Any:
    if uri.startswith("/filter/"):
        told = {name: value for name, value in request.items() if name not in ("headers", "ip")}
        orthanc.LogWarning(f"FILTER {uri} {told}")
        if uri == "/filter/error":
            raise KeyError("x")
        return {"/filter/no": False, "/filter/none": None, "/filter/one": 1}.get(uri, True)
    return True


CALLBACKS = (
    twice, headers, exception, details, late, nothing, redirect, not_allowed, unauthorized, multipart, stream,
    no_keywords, inside,
)  # fmt: skip
for callback in CALLBACKS:
    orthanc.RegisterRestCallback(f"/{callback.__name__}", callback)  # type: ignore[arg-type]  # one of them is wrong
orthanc.RegisterRestCallback("/status/(.*)", status)
orthanc.RegisterRestCallback("/code/(.*)", code)
orthanc.RegisterRestCallback("/show/(.*)/(x)?", show)
orthanc.RegisterRestCallback("/show/first/x", twice)
orthanc.RegisterRestCallback("/show", show)
orthanc.RegisterRestCallback("/filter/yes", show)
orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
