"""Whatever is given for a part of a path: it is refused before anything is sent, or the server sees that one part."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from orthanc_sdk import (
    InvalidArgument,
    Job,
    Modality,
    Orthanc,
    OrthancConnectionError,
    OrthancError,
    OrthancHTTPError,
    Patient,
    Query,
    Study,
    upload,
)
from orthanc_sdk.http.operation import Operation
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes
from tests.http.fake_server import FakeServer, Reply
from tests.recordings.replay import operations

HOSTILE = {
    "up": "../changes",
    "up and up": "a/../../system",
    "dots": "..",
    "dot": ".",
    "trailing dot": "changes.",
    "backslash": "..\\changes",
    "quoted dots": "%2e%2e",
    "quoted path": "%2e%2e%2fchanges",
    "quoted slash": "..%2fchanges",
    "quoted twice": "%252e%252e%252fchanges",
    "quoted backslash": "..%5cchanges",
    "quoted NUL": "a%00",
    "stray percent": "50%",
    "slash": "/",
    "absolute": "//changes",
    "URL": "http://127.0.0.1/changes",
    "query": "a?full=true",
    "fragment": "a#b",
    "parameter": "a;b&c=d",
    "newline": "a\nb",
    "request splitting": "a HTTP/1.1\r\nHost: b\r\n\r\nDELETE /changes",
    "carriage return": "a\rb",
    "NUL": "a\0b",
    "escape": "\x1b[2J",
    "delete": "a\x7f",
    "blank": " ",
    "plus": "a+b",
    "long": "x" * 10_000,
    "emoji": "\N{FACE WITH TEARS OF JOY}",
    "right to left": "\u202ecod.exe",
    "wide dots": "\uff0e\uff0e\uff0fchanges",
    "lone surrogate": "\ud800",
    "empty": "",
    "template": "{id}",
    "device": "con",
}
REFUSED = frozenset(
    {"up", "up and up", "dots", "dot", "trailing dot", "backslash", "slash", "absolute", "URL", "request splitting",
     "NUL", "lone surrogate", "empty"}
)  # fmt: skip
"""What cannot be expressed in one part of a path, or what Orthanc takes for something else."""


def names_of(operation: Operation[object]) -> list[str]:
    return re.findall(r"\{(\w+)\}", operation.path)


WITH_PATH = {name: operation for name, operation in operations().items() if names_of(operation)}


def harmless(name: str) -> str:
    return "1" if name in ("frame", "index") else "a"


def fill(operation: Operation[object], place: int, value: str) -> list[str]:
    """Path arguments, with the value in one place."""
    return [value if number == place else harmless(name) for number, name in enumerate(names_of(operation))]


def filled(operation: Operation[object], path: list[str]) -> str:
    """The path with its arguments, as they are."""
    left = iter(path)
    return re.sub(r"\{\w+\}", lambda _: next(left), operation.path)


def body_of(operation: Operation[object]) -> object:
    return None if operation.body is None or type(operation.body).__name__ == "JsonBody" else b"x"


def request(operation: Operation[object], path: list[str]) -> object:
    given = {name: "x" for name, argument in operation.arguments.items() if argument.required}
    try:
        return operation.request(*path, body=body_of(operation), **given)
    except InvalidArgument as error:
        if re.search(r": (json|content)\b", str(error)):  # a body that this operation needs, and is not the point here
            return None
        raise


def test_what_is_tested() -> None:
    assert len(WITH_PATH) >= 220
    assert {name for operation in WITH_PATH.values() for name in names_of(operation)} >= {
        "id", "name", "label", "key", "path", "frame", "index",
    }  # fmt: skip


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", HOSTILE)
def test_every_operation_sends_one_part_or_nothing(kind: str) -> None:
    value, arrived, refused = HOSTILE[kind], 0, list[str]()
    with FakeServer(Reply(200, b"{}"), idle=5) as server, Orthanc(server.url) as client:
        for operation in WITH_PATH.values():
            for place, name in enumerate(names_of(operation)):
                try:
                    ready = request(operation, fill(operation, place, value))
                except InvalidArgument as error:
                    refused.append(str(error).removeprefix(f"{operation.route}: {name} "))
                    continue
                if ready is None:
                    continue
                client.transport.send(ready)  # type: ignore[arg-type]  # a request of whatever type
                sent = server.requests[-1]
                # Only the paths of tags may have several parts.
                own = value.count("/") if name == "path" else 0
                assert sent.path.count("/") == operation.path.count("/") + own
                assert sent.method == operation.method
                assert unquote(sent.path, errors="strict") == filled(operation, fill(operation, place, value))
                assert not set(sent.path) & set("?#;\\ ")
                assert sent.path.isascii()
                assert sent.query in ("", "filename=x")
                arrived += 1
    assert len(server.requests) == arrived
    assert len(refused) >= 15  # frames and indices are numbers
    for message in refused:
        assert message.startswith(("must ", "has characters "))
        assert message.isprintable()
        assert len(message) < 200
    if kind in REFUSED - {"up", "up and up", "absolute", "slash", "URL", "request splitting"}:
        assert arrived == 0
    else:
        assert arrived >= 0 if kind in REFUSED else arrived >= 250


RESOURCES: dict[str, Callable[[Orthanc, str], object]] = {
    "study": lambda client, value: Study(value, client).info,
    "labels": lambda client, value: Study("a", client).add_label(value),
    "metadata": lambda client, value: Study("a", client).metadata[value],
    "attachment": lambda client, value: Study("a", client).attachments[value].read(),
    "delete": lambda client, value: Patient(value, client).delete(),
    "job": lambda client, value: Job(value, client).cancel(),
    "output": lambda client, value: Job("a", client).output(value),
    "modality": lambda client, value: Modality(client, value).echo(),
    "query": lambda client, value: Query(value, client).delete(),
    "request": lambda client, value: client.request("GET", f"/studies/{value}"),
}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", sorted(REFUSED - {"empty", "slash"}))
@pytest.mark.parametrize("way", RESOURCES)
def test_the_objects_above_are_as_careful(way: str, kind: str) -> None:
    """`Orthanc.request` takes whole paths, in which a slash is a slash."""
    with FakeServer(Reply(200, b"{}"), idle=5) as server, Orthanc(server.url) as client:
        if way == "request" and kind in ("absolute", "URL"):
            client.request("GET", f"/studies/{HOSTILE[kind]}")
            assert server.requests[-1].path.startswith("/studies/")
            return
        with pytest.raises(InvalidArgument):
            RESOURCES[way](client, HOSTILE[kind])
    assert server.requests == []


# -- on real servers --------------------------------------------------------------------------------------------------

CHANGING = {
    name: operation
    for name, operation in WITH_PATH.items()
    if operation.method in ("DELETE", "PUT") and operation.since is None
}


def test_nothing_of_a_real_server_is_hit(server: LocalOrthanc) -> None:
    client = server.client.with_options(timeout=30)
    report = upload(client, [to_bytes(one) for one in make_study(series=1, instances=2, seed="hostile")])
    assert len(report) == 2
    before = client.get_changes(limit=1000)
    assert len(before.changes) >= 5
    study = client.get_studies()[0]
    kinds: dict[str, int] = {}
    for operation in CHANGING.values():
        for kind, value in HOSTILE.items():
            if kind in REFUSED or (kind == "long" and operation.method == "PUT"):
                continue
            path = [value, *fill(operation, 0, value)[1:]]
            if operation.path.startswith("/studies/{id}/") and len(path) > 1:
                path = [study, value, *path[2:]]  # a real study, and an attack on what is below it
            try:
                ready = request(operation, path)
                if ready is not None:
                    client.transport.send(ready)  # type: ignore[arg-type]  # a request of whatever type
                outcome = "done"
            except InvalidArgument:
                outcome = "refused here"
            except OrthancHTTPError:
                outcome = "refused there"
            except OrthancConnectionError:
                outcome = f"hung up on {kind}"
            kinds[outcome] = kinds.get(outcome, 0) + 1
    assert kinds["refused there"] >= 200
    assert set(kinds) <= {"done", "refused here", "refused there", "hung up on long"}, kinds
    after = client.get_changes(limit=1000)
    assert [change.seq for change in after.changes[: len(before.changes)]] == [change.seq for change in before.changes]
    assert client.get_studies() == [study]
    assert len(client.get_instances()) == 2
    assert client.get_system().version == server.version
    assert server.is_running


def test_names_come_back_as_they_were_given(server: LocalOrthanc) -> None:
    """Where the server has names of its users' own: modalities and peers."""
    client = server.client
    for kind in ("quoted path", "emoji", "right to left", "query", "plus", "escape"):
        name = HOSTILE[kind]
        try:
            client.put_peers_id(name, {"Url": "http://127.0.0.1:1/"})
        except OrthancError:
            assert name not in client.get_peers()  # newer versions take letters and digits only
            continue
        assert name in client.get_peers()
        client.delete_peers_id(name)
        assert name not in client.get_peers()
