"""How Orthanc hands HTTP requests to the callbacks of a script, and makes an answer of what comes back."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from orthanc_sdk.plugin.mock.handles import make
from orthanc_sdk.plugin.mock.output import Output
from orthanc_sdk.plugin.mock.state import LogEntry, State, current

METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Route:
    """A callback, and what the groups of its regular expression have matched."""

    callback: Callable[..., object]
    groups: tuple[str, ...]


def path_of(uri: str) -> str:
    """The path as a callback gets it: without query, unquoted, without a slash at the end."""
    return unquote(urlsplit(uri).path).rstrip("/") or "/"


def query_of(uri: str) -> dict[str, str]:
    """The query arguments; of a key that is there twice, the last value."""
    return dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))


def match(state: State, uri: str) -> Route | None:
    """The first route that was registered for a path."""
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
    """Call it: what it has answered, and what it has raised."""
    output = Output()
    request: dict[str, object] = {"method": method, "groups": route.groups, "headers": lower(headers)}
    if method == "GET":
        request["get"] = query_of(uri)
    if method in ("POST", "PUT"):
        request["body"] = body
    failure: BaseException | None = None
    try:
        route.callback(make("RestOutput", output), path_of(uri), **request)
    except (Exception, SystemExit) as error:  # whatever it is, it is status 500
        failure = error
        text = "".join(traceback.format_exception(error))
        current().log.append(LogEntry("ERROR", f"Error in the REST callback, traceback:\n{text}"))
        if output.status is None:
            output.answer(
                500, error_document(1, "Error encountered within the plugin engine", method, uri, output.details)
            )
            output.headers["Content-Type"] = "text/plain"
    output.finish()
    return output, failure


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as callbacks get them."""
    return {name.lower(): value for name, value in headers.items()}


_HTTP_ERRORS = {404: "Not Found", 500: "Internal Server Error"}


def error_document(code: int, message: str, method: str, uri: str, details: str = "") -> bytes:
    """What Orthanc says about an error, in JSON."""
    status = 404 if code == 17 else 500
    document: dict[str, object] = {"Details": details} if details else {}
    document |= {
        "HttpError": _HTTP_ERRORS[status], "HttpStatus": status, "Message": message, "Method": method,
        "OrthancError": message, "OrthancStatus": code, "Uri": unquote(urlsplit(uri).path),
    }  # fmt: skip
    return json.dumps(document, indent=1).encode()
