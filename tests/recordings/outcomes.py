"""What comes of every recording when it is played through the route methods."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from pydantic import BaseModel, TypeAdapter

from orthanc_sdk import InvalidArgument, NotSupportedByServer, OrthancHTTPError, UnexpectedAnswer
from orthanc_sdk.routes import AllRoutes
from tests.recordings.replay import (
    Call,
    CannotBeWritten,
    Recording,
    call_for,
    operations,
    player_client,
    recordings,
)

Kind = Literal["read", "refused by the server", "too old", "unexpected", "refused before", "not written"]


@dataclass(frozen=True)
class Outcome:
    """What came of one recording.

    Attributes:
        kind: `refused before` a request was made, `not written` because the methods have no such argument.
        reason: Why it was not read; free of what differs from route to route.
    """

    recording: Recording
    kind: Kind
    call: Call | None = None
    reason: str = ""
    value: object = None
    error: Exception | None = None
    request: requests.PreparedRequest | None = None

    def __str__(self) -> str:
        return f"{self.recording.version} {self.recording.name}"


@cache
def outcomes(version: str) -> tuple[Outcome, ...]:
    """Of all the recordings of a version, in their order."""
    return tuple(_play(version))


def _play(version: str) -> Iterator[Outcome]:
    client, player = player_client()
    for recording in recordings(version):
        try:
            call = call_for(recording)
        except CannotBeWritten as problem:
            yield Outcome(recording, "not written", reason=str(problem))
            continue
        player.play(recording)
        value: object = None
        error: Exception | None = None
        kind: Kind = "read"
        try:
            value = getattr(client, call.method)(*call.positional, **call.keywords)
        except InvalidArgument as problem:
            assert player.sent == []
            yield Outcome(recording, "refused before", call, general(str(problem)), error=problem)
            continue
        except TypeError as problem:
            # What Python itself says of a call without a required argument; anything else is a defect.
            if "required" not in str(problem) or player.sent:
                raise
            yield Outcome(recording, "refused before", call, general(str(problem)), error=problem)
            continue
        except OrthancHTTPError as problem:
            kind, error = "refused by the server", problem
        except NotSupportedByServer as problem:
            kind, error = "too old", problem
        except UnexpectedAnswer as problem:
            kind, error = "unexpected", problem
        yield Outcome(recording, kind, call, general(str(error)) if error else "", value, error, request=player.sent[0])


def general(message: str) -> str:
    """A message without the route, and without what was given."""
    message = re.sub(r"^(GET|PUT|POST|DELETE) /\S*: ", "", message)
    message = re.sub(r"^\w+\.\w+\(\) ", "", message)
    message = re.sub(r"\b\w+Request or a mapping", "its model or a mapping", message)
    return re.sub(r"'[^']*?'(, '[^']*?')* (or|and) '[^']*?'|'[^']*'|(?<=not )-?\d+|\d+ bytes", "...", message)


# ---------------------------------------------------------------------------------------------------------------------
# What the method promises for a call
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overload:
    """One way to call a method: what it takes by keyword, and what it answers then."""

    defaults: Mapping[str, object]
    types: Mapping[str, Any]
    returns: Any

    def fits(self, keywords: Mapping[str, object]) -> bool:
        given = {**self.defaults, **keywords}
        return all(name in given and _is(given[name], type_) for name, type_ in self.types.items())


@cache
def overloads(method: str) -> tuple[Overload, ...]:
    function = getattr(AllRoutes, method)
    found: list[Overload] = []
    for signature in typing.get_overloads(function) or [function]:
        hints = typing.get_type_hints(signature, include_extras=True)
        parameters = inspect.signature(signature).parameters.values()
        named = [
            parameter
            for parameter in parameters
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name != "timeout"
        ]
        defaults = {
            parameter.name: parameter.default for parameter in named if parameter.default is not inspect.Parameter.empty
        }
        found.append(
            Overload(defaults, {parameter.name: hints[parameter.name] for parameter in named}, hints["return"])
        )
    return tuple(found)


def _is(value: object, type_: Any) -> bool:
    """Whether a type checker would take the value for that type, as far as the arguments of routes go."""
    origin = typing.get_origin(type_)
    if origin is Literal:
        return any(value is choice or (isinstance(value, str) and value == choice) for choice in typing.get_args(type_))
    if origin in (typing.Union, types.UnionType):
        return any(_is(value, member) for member in typing.get_args(type_))
    if type_ is types.NoneType:
        return value is None
    if type_ is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list | str)
    return isinstance(value, type_) and (type_ is bool or not isinstance(value, bool))


@cache
def promised(method: str, number: int) -> TypeAdapter[Any]:
    return TypeAdapter(overloads(method)[number].returns)


def promise(call: Call) -> TypeAdapter[Any]:
    """The type that the first overload promises that fits the call, as a type checker finds it."""
    for number, overload in enumerate(overloads(call.method)):
        if overload.fits(call.keywords):
            return promised(call.method, number)
    raise AssertionError(f"no overload of {call.method} fits {call.keywords}")


# ---------------------------------------------------------------------------------------------------------------------
# Models and requests
# ---------------------------------------------------------------------------------------------------------------------


def models_in(value: object) -> Iterator[BaseModel]:
    """All the models in a value, however deep."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from models_in(getattr(value, name))
        for extra in (value.model_extra or {}).values():
            yield from models_in(extra)
    elif isinstance(value, dict):
        for item in value.values():
            yield from models_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from models_in(item)


def sent_query(request: requests.PreparedRequest) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.url or "").query, keep_blank_values=True)


def sent_path(request: requests.PreparedRequest) -> str:
    return unquote(urlsplit(request.url or "").path)


def expected_query(outcome: Outcome) -> dict[str, str]:
    """What should be sent of the recorded query: flags as the methods write them, all the rest as it was."""
    assert outcome.call is not None
    operation = operations()[outcome.call.method]
    recorded = dict(outcome.recording.query)
    expected: dict[str, str] = {}
    for name, argument in operation.query.items():
        if argument.wire not in recorded:
            continue
        value = outcome.call.keywords[name]
        encoder = argument.encode.__name__
        if encoder == "flag":
            if value:
                expected[argument.wire] = "true"
        elif encoder == "unset_flag":
            if not value:
                expected[argument.wire] = "false"
        elif encoder == "boolean":
            expected[argument.wire] = "true" if value else "false"
        elif encoder == "number":
            expected[argument.wire] = repr(float(recorded[argument.wire]))
        elif encoder in ("integer", "signed"):
            expected[argument.wire] = str(int(recorded[argument.wire]))
        else:
            expected[argument.wire] = recorded[argument.wire]
    if operation.paged and "limit" in expected:
        expected.setdefault("since", "0")
    return expected
