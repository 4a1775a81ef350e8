"""Dispatches HTTP requests to the REST callbacks of a script, as Orthanc does."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from orthanc_sdk.plugin.mock.functions.rest_output import Output
from orthanc_sdk.plugin.mock.handles import make
from orthanc_sdk.plugin.mock.state import LogEntry, State, current

METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Route:
    """A callback, and the groups of its regular expression."""

    callback: Callable[..., object]
    groups: tuple[str, ...]


def path_of(uri: str) -> str:
    """The path as a callback gets it: unquoted, without query, without trailing slash."""
    return unquote(urlsplit(uri).path).rstrip("/") or "/"


def query_of(uri: str) -> dict[str, str]:
    """The query arguments: the last value of each key."""
    return dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))


def match(state: State, uri: str) -> Route | None:
    """The first registered route that matches the path."""
    path = path_of(uri)
    for registration in state.registered("RegisterRestCallback"):
        pattern, callback = cast("tuple[str, Callable[..., object]]", registration.arguments)  # as it was registered
        found = re.fullmatch(pattern, path)
        if found is not None:
            return Route(callback, tuple(group or "" for group in found.groups()))
    return None


def run(
    route: Route, method: str, uri: str, body: bytes, headers: Mapping[str, str]
) -> tuple[Output, BaseException | None]:
    """Calls the callback; returns its response, and the error that it has raised."""
    output = Output()
    request: dict[str, object] = {"method": method, "groups": route.groups, "headers": lower_case(headers)}
    if method == "GET":
        request["get"] = query_of(uri)
    if method in ("POST", "PUT"):
        request["body"] = body
    failure: BaseException | None = None
    try:
        route.callback(make("RestOutput", output), path_of(uri), **request)
    except (Exception, SystemExit) as error:  # any error is status 500
        failure = error
        text = "".join(traceback.format_exception(error))
        current().log.append(LogEntry("ERROR", f"Error in the REST callback, traceback:\n{text}"))
        if output.status is None:
            output.answer(500, error_body(1, "Error encountered within the plugin engine", method, uri, output.details))
            output.headers["Content-Type"] = "text/plain"
    output.finish()
    return output, failure


def lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as callbacks get them: with names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


_HTTP_ERRORS = {404: "Not Found", 500: "Internal Server Error"}


def error_body(code: int, message: str, method: str, uri: str, details: str = "") -> bytes:
    """The body of an error response."""
    status = 404 if code == 17 else 500
    document: dict[str, object] = {"Details": details} if details else {}
    document |= {
        "HttpError": _HTTP_ERRORS[status], "HttpStatus": status, "Message": message, "Method": method,
        "OrthancError": message, "OrthancStatus": code, "Uri": unquote(urlsplit(uri).path),
    }  # fmt: skip
    return json.dumps(document, indent=1).encode()
