"""What a version to come may add: fields, words, kinds of jobs, and its own number.  All of it is read and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from orthanc_models.base import OpenAnswerModel
from orthanc_sdk import Job, Orthanc, OrthancError, find_studies, models, upload
from orthanc_sdk.testing import make_instance, to_bytes
from tests.http.fake_server import FakeServer, Received, Reply, json_reply
from tests.recordings.replay import (
    VERSIONS,
    CannotBeWritten,
    Recording,
    call_for,
    dump,
    player_client,
    recordings,
)

FUTURE = ("1.14.0", "1.20", "2.0", "2.0.0~rc1", "mainline-2027", "mainline-abcdef12")
NEW_FIELD = "AddedBySomebody"
NEW_WORD = "NeverHeardOf"

Json = Any  # Any: JSON of any form


def played(version: str) -> list[tuple[Recording, str, object]]:
    """Recorded answers with the methods that give them and their values, each form of each method once."""
    found: dict[object, tuple[Recording, str, object]] = {}
    client, player = player_client()
    for recording in recordings(version):
        if not (recording.is_success and recording.is_json) or recording.status == 304:
            continue
        form = (recording.name, len(str(recording.answer)) // 200)
        if form in found:
            continue
        try:
            call = call_for(recording)
            player.play(recording)
            value = getattr(client, call.method)(*call.positional, **call.keywords)
        except (CannotBeWritten, OrthancError, TypeError):
            continue  # what is wrong on purpose, or does not go with the version: others look at that
        found[form] = recording, call.method, value
    return list(found.values())


def replayed(recording: Recording, answer: Json) -> object:
    client, player = player_client()
    call = call_for(recording)
    player.play(replace(recording, answer=answer))
    return getattr(client, call.method)(*call.positional, **call.keywords)


def with_new_fields(value: object, answer: Json) -> tuple[Json, int]:
    """The answer with a field more in each object that is read as a model, and how many of them there are."""
    if isinstance(value, BaseModel) and isinstance(answer, dict):
        changed, count = {}, 0
        aliases = {field.alias or name: name for name, field in type(value).model_fields.items()}
        for key, part in answer.items():
            inner, more = with_new_fields(getattr(value, aliases[key]), part) if key in aliases else (part, 0)
            changed[key] = inner
            count += more
        is_open = isinstance(value, OpenAnswerModel)  # whose other fields are texts
        return {**changed, NEW_FIELD: "x" if is_open else {"a": [1, None, "x"]}}, count + 1
    if isinstance(value, list) and isinstance(answer, list):
        pairs = [with_new_fields(*pair) for pair in zip(value, answer, strict=True)]
        return [part for part, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, Mapping) and not isinstance(value, models.TypedTags) and isinstance(answer, dict):
        items = {key: with_new_fields(value[key], part) for key, part in answer.items() if key in value}
        return {key: part for key, (part, _) in items.items()}, sum(count for _, count in items.values())
    return answer, 0


def is_open_word(annotation: object) -> bool:
    """Whether a field is one of some words, or another one."""
    parts = get_args(annotation)
    return str in parts and any(get_origin(part) is Literal for part in parts)


def with_new_words(value: object, answer: Json) -> tuple[Json, int]:
    """The answer with a new word in each place where a version to come may have one."""
    if isinstance(value, BaseModel) and isinstance(answer, dict):
        changed, count = dict(answer), 0
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            if key not in answer:
                continue
            if is_open_word(field.annotation) and isinstance(answer[key], str):
                changed[key], count = NEW_WORD, count + 1
            else:
                changed[key], more = with_new_words(getattr(value, name), answer[key])
                count += more
        return changed, count
    if isinstance(value, list) and isinstance(answer, list):
        pairs = [with_new_words(*pair) for pair in zip(value, answer, strict=True)]
        return [part for part, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, Mapping) and not isinstance(value, models.TypedTags) and isinstance(answer, dict):
        items = {key: with_new_words(value[key], part) for key, part in answer.items()}
        return {key: part for key, (part, _) in items.items()}, sum(count for _, count in items.values())
    return answer, 0


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_that_nobody_knows_yet(version: str) -> None:
    methods: set[str] = set()
    for recording, method, value in played(version):
        answer, count = with_new_fields(value, recording.answer)
        if count:
            read = replayed(recording, answer)
            assert dump(method, read) == answer
            methods.add(method)
    assert len(methods) > 80


@pytest.mark.parametrize("version", VERSIONS)
def test_words_that_nobody_knows_yet(version: str) -> None:
    words, methods = 0, set[str]()
    for recording, method, value in played(version):
        answer, count = with_new_words(value, recording.answer)
        if count:
            read = replayed(recording, answer)
            assert NEW_WORD in json.dumps(dump(method, read))
            assert dump(method, read) == answer
            words += count
            methods.add(method)
    assert words > 100
    assert len(methods) >= 20


def test_all_words_of_answers_are_open() -> None:
    """But for those that tell the classes of a union apart."""
    closed = {
        (class_.__name__, name)
        for class_ in (getattr(models, name) for name in models.__all__)
        if isinstance(class_, type) and issubclass(class_, models.AnswerModel)
        for name, field in class_.model_fields.items()
        if get_origin(field.annotation) is Literal
    }
    assert closed
    assert {name for _, name in closed} == {"type"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kind_of_job_that_nobody_knows_yet(version: str) -> None:
    jobs = {one.answer["Type"]: one.answer for one in recordings(version)
            if one.is_success and isinstance(one.answer, dict) and {"Progress", "Type"} <= set(one.answer)}  # fmt: skip
    assert len(jobs) >= 5
    for answer in jobs.values():
        for content in (answer["Content"], {}, {"New": [1], "ID": {"a": 1}}):
            changed = {**answer, "Type": "Teleportation", "State": "Entangled", "ErrorCode": 9999, "Content": content}
            with FakeServer(json_reply(json.dumps(changed))) as server, Orthanc(server.url) as client:
                job = Job(answer["ID"], client)
                info = job.info
            assert (info.type, info.state, info.error_code) == ("Teleportation", "Entangled", 9999)
            assert info.model_dump(mode="json", by_alias=True, exclude_unset=True) == changed
            assert "Teleportation" in repr(info)
        with FakeServer(json_reply(json.dumps({**answer, "Type": "Teleportation", "State": "Success"}))) as server:
            assert Job(answer["ID"], Orthanc(server.url)).result() is None


def as_of(version: str) -> object:
    def answer(received: Received) -> Reply:
        if received.path == "/system":
            return json_reply(json.dumps({"Version": version, "Name": "x"}))
        if received.path == "/instances":
            ids = {
                "ID": "i",
                "ParentSeries": "e",
                "ParentStudy": "s",
                "ParentPatient": "p",
                "Path": "/",
                "Status": "Success",
            }
            return json_reply(json.dumps(ids))
        return json_reply("[]") if received.path == "/tools/find" else Reply(200, b"{}")

    return answer


@pytest.mark.parametrize("version", FUTURE)
def test_a_number_that_is_newer_than_all(version: str) -> None:
    """Whatever needs a version is allowed."""
    with FakeServer(as_of(version)) as server, Orthanc(server.url) as client:  # type: ignore[arg-type]  # a script
        assert client.version == version
        assert client.supports("1.10.1")
        assert client.supports("1.13.0")
        report = upload(client, [to_bytes(make_instance())], labels="new")
        assert report.counts["stored"] == 1
        assert list(find_studies(client, labels="new", order_by="-StudyDate")) == []
    assert [request.target for request in server.requests].count("/system") == 1
    assert "/studies/s/labels/new" in [request.path for request in server.requests]


@pytest.mark.parametrize("version", ["unstable", "", "next.1"])
def test_a_version_that_is_no_number(version: str) -> None:
    """Nothing is known to be there then; what needs no version works."""
    with FakeServer(as_of(version)) as server, Orthanc(server.url) as client:  # type: ignore[arg-type]  # a script
        assert client.version == version
        assert not client.supports("1.10.1")
        assert upload(client, [to_bytes(make_instance())]).counts["stored"] == 1
