"""Plays recorded traffic of real servers through the route methods of a client.

`answers-VERSION.jsonl.gz` holds a JSON object a line: the request (`method`, `path`, `params`, `headers`, `body`) and
what Orthanc answered (`status`, `content_type`, `answer`, `answer_headers`).  An `answer` of `{"bytes": N}` stands for
N bytes that were not kept.
"""

from __future__ import annotations

import gzip
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import requests
from pydantic import TypeAdapter
from requests.adapters import BaseAdapter

from orthanc_sdk import Orthanc
from orthanc_sdk.http.operation import Argument, Operation
from orthanc_sdk.http.request_body import Content, JsonBody
from orthanc_sdk.routes import AllRoutes

FOLDER = Path(__file__).parent
VERSIONS = ("1.10.1", "1.12.7", "1.13.0")


@dataclass(frozen=True)
class Recording:
    """One request and its answer."""

    version: str
    name: str
    method: str
    path: str
    params: object
    headers: Mapping[str, str]
    body: object
    status: int
    content_type: str | None
    answer: Any  # Any: whatever JSON the server sent
    answer_headers: Mapping[str, str]

    @property
    def is_kept(self) -> bool:
        """Whether the answer itself was recorded, not just its length."""
        return not (isinstance(self.answer, dict) and list(self.answer) == ["bytes"])

    @property
    def is_success(self) -> bool:
        return self.status < 300 or self.status == 304

    @property
    def is_json(self) -> bool:
        return self.is_kept and "json" in (self.content_type or "")

    @property
    def content(self) -> bytes:
        if not self.is_kept:
            return b"\0" * int(self.answer["bytes"])
        if isinstance(self.answer, str) and "json" not in (self.content_type or ""):
            return self.answer.encode()
        return json.dumps(self.answer).encode()

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query as it was on the wire; a later argument of the same name wins, as it does in Orthanc."""
        if self.params is None:
            return []
        if isinstance(self.params, str):
            return parse_qsl(self.params, keep_blank_values=True)
        assert isinstance(self.params, dict)
        return [(name, str(value)) for name, value in self.params.items()]


def recordings(version: str) -> Iterator[Recording]:
    with gzip.open(FOLDER / f"answers-{version}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            yield Recording(
                version=version,
                name=found["name"],
                method=found["method"],
                path=found["path"],
                params=found.get("params"),
                headers=found.get("headers", {}),
                body=found.get("body"),
                status=found["status"],
                content_type=found["content_type"],
                answer=found["answer"],
                answer_headers=found.get("answer_headers", {}),
            )


@cache
def operations() -> dict[str, Operation[Any]]:
    """All operations, by the name of the method that runs them."""
    found: dict[str, Operation[Any]] = {}
    for cls in AllRoutes.__mro__:
        module = vars(__import__(cls.__module__, fromlist=["_"]))
        for name in vars(cls):
            constant = module.get(f"_{name.upper()}")
            if isinstance(constant, Operation):
                found[name] = constant
    return found


@cache
def system(version: str) -> bytes:
    """What the server said of itself."""
    wanted = ("GET", "/system", 200)
    return next(one.content for one in recordings(version) if (one.method, one.path, one.status) == wanted)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    found: list[tuple[str, re.Pattern[str], str]] = []
    # The paths with the fewest placeholders first: /plugins/explorer.js before /plugins/{id}.
    for name, operation in sorted(operations().items(), key=lambda item: item[1].path.count("{")):
        pattern = re.escape(operation.path).replace(r"\{path\}", "(.+)")
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", pattern)
        found.append((operation.method, re.compile(pattern), name))
    return found


@dataclass(frozen=True)
class Call:
    """A call of a route method, and the query that it has to send."""

    method: str
    positional: list[Any]
    keywords: dict[str, Any]


def operation_of(recording: Recording) -> tuple[str, list[str]] | None:
    """The method that stands for the recorded route, and its path arguments."""
    for method, pattern, name in _patterns():
        if method == recording.method and (match := pattern.fullmatch(recording.path)):
            return name, [unquote(value) for value in match.groups()]
    return None


class CannotBeWritten(Exception):
    """The recorded request is one that the methods do not make on purpose; the message says why."""


def call_for(recording: Recording) -> Call:
    """How a user would make the recorded request.

    Raises:
        CannotBeWritten: if they cannot.
    """
    found = operation_of(recording)
    if found is None:
        raise CannotBeWritten("no operation has this path")
    name, path = found
    operation = operations()[name]
    positional: list[Any] = list(path)
    keywords = _keywords(recording, operation)
    if isinstance(operation.body, JsonBody) and recording.body is not None:
        positional.append(_json(recording))
    elif isinstance(operation.body, Content):
        positional.append("" if recording.body is None else _content(recording.body))
    return Call(name, positional, keywords)


def _json(recording: Recording) -> object:
    body = recording.body
    if isinstance(body, str) and recording.headers.get("Content-Type") != "application/json":
        try:
            return json.loads(body)
        except ValueError:
            return body
    return body


def _content(body: object) -> object:
    if isinstance(body, dict) and set(body) & {"length", "sha256", "bytes"}:
        return b"DICM"
    return body if isinstance(body, str) else json.dumps(body)


def _keywords(recording: Recording, operation: Operation[Any]) -> dict[str, Any]:
    keywords: dict[str, Any] = {}
    by_wire = {argument.wire: (name, argument) for name, argument in operation.query.items()}
    for wire, value in recording.query:
        if wire not in by_wire:
            raise CannotBeWritten(f"the operation has no argument {wire}")
        name, argument = by_wire[wire]
        keywords[name] = _value(argument, value, recording.version)
    headers = {argument.wire.lower(): name for name, argument in operation.headers.items()}
    for header, value in recording.headers.items():
        if header.lower() in headers:
            keywords[headers[header.lower()]] = value
        elif header not in ("Content-Type", "Accept-Encoding"):
            raise CannotBeWritten(f"the operation has no header {header}")
    return keywords


def _value(argument: Argument, value: str, version: str) -> object:
    encoder = argument.encode.__name__
    if encoder == "flag":
        # The mere presence means yes; newer versions look at the value of this one.
        return not (argument.wire == "expand" and value in ("false", "0") and version != "1.10.1")
    if encoder in ("unset_flag", "boolean"):
        return value not in ("false", "0")
    if encoder in ("integer", "signed", "number"):
        try:
            return float(value) if encoder == "number" else int(value)
        except ValueError:
            raise CannotBeWritten(f"{argument.wire} is no number") from None
    if (separator := _separator(argument)) is not None:
        words = value.split(separator)
        return words if all(words) else value
    return value


def _separator(argument: Argument) -> str | None:
    """What stands between the words of a list, if the argument is one."""
    if argument.encode.__qualname__ != "joined.<locals>.encode":
        return None
    (cell,) = argument.encode.__closure__ or ()
    return str(cell.cell_contents)


class Player(BaseAdapter):
    """Answers every request with the recording that is on; what the client asks by itself, as that server does."""

    def __init__(self) -> None:
        super().__init__()
        self.recording: Recording | None = None
        self.sent: list[requests.PreparedRequest] = []

    def play(self, recording: Recording) -> None:
        self.recording = recording
        self.sent.clear()

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        assert self.recording is not None
        response = requests.Response()
        response.url = request.url or ""
        response.request = request
        if self.sent and (request.method, request.path_url) == ("GET", "/system"):
            response.status_code = 200
            response._content = system(self.recording.version)
        else:
            response.status_code = self.recording.status
            response.headers.update(self.recording.answer_headers)
            if self.recording.content_type is not None:
                response.headers["Content-Type"] = self.recording.content_type
            response._content = self.recording.content
        self.sent.append(request)
        return response

    def close(self) -> None:
        pass


def player_client() -> tuple[Orthanc, Player]:
    """A client whose requests all go to a player; each is made once."""
    client = Orthanc("http://player.invalid", retries=0, proxies={})
    player = Player()
    client.session.mount("http://", player)
    return client, player


@cache
def declared_type(method: str) -> Any:
    """What the method says that it returns."""
    return typing.get_type_hints(getattr(AllRoutes, method))["return"]


@cache
def _adapter(method: str) -> TypeAdapter[Any]:
    return TypeAdapter(declared_type(method))


def dump(method: str, value: object) -> object:
    """The value as JSON in Orthanc's spelling, by the declared type of the method."""
    if declared_type(method) is types.NoneType:
        return None
    return _adapter(method).dump_python(value, mode="json", by_alias=True, exclude_unset=True)
