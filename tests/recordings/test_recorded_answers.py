"""Every answer that was recorded on a real Orthanc is read, with the type that is promised, and loses nothing."""

from __future__ import annotations

import json
import re
import types
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast, get_args
from urllib.parse import unquote

import pytest
from pydantic import TypeAdapter, ValidationError

from orthanc_sdk import (
    BadFileFormat,
    BadRequest,
    Conflict,
    DatabaseUnavailable,
    DicomQueryRefused,
    Forbidden,
    MethodNotAllowed,
    NetworkProtocolError,
    NotAcceptable,
    NotFound,
    NotSupportedByServer,
    OrthancHTTPError,
    PayloadTooLarge,
    RangeNotSatisfiable,
    ReadOnlyServer,
    Redirected,
    RevisionConflict,
    ServerError,
    StorageFull,
    Unauthorized,
    UnknownDicomTag,
    UnprocessableContent,
    UnsupportedMediaType,
    models,
)
from orthanc_sdk.http.request_body import JsonBody
from tests.recordings.outcomes import Outcome, expected_query, models_in, outcomes, promise, sent_path, sent_query
from tests.recordings.replay import (
    VERSIONS,
    Recording,
    declared_type,
    operation_of,
    operations,
    player_client,
    recordings,
)

NEWEST = "1.13.0"

# Properties of the user's own, by design.
OPEN_MODELS = {"PeerInfo", "PeerUse"}


def select(kind: str, *, success: bool, version: str | None = None) -> Iterator[Outcome]:
    for one in VERSIONS if version is None else (version,):
        for outcome in outcomes(one):
            if outcome.kind == kind and outcome.recording.is_success == success:
                yield outcome


def counted(found: Iterable[Outcome], patterns: Mapping[str, int]) -> dict[str, int]:
    """How many there are of each reason; what fits none of the patterns stands under its own."""
    counts: Counter[str] = Counter()
    for outcome in found:
        fitting = [pattern for pattern in patterns if re.search(pattern, outcome.reason)]
        assert len(fitting) <= 1, (outcome.reason, fitting)
        counts[fitting[0] if fitting else outcome.reason] += 1
    return dict(counts)


def report(problems: list[tuple[object, ...]]) -> str:
    return f"{len(problems)} problems, the first ones:\n" + "\n".join(map(str, problems[:10]))


# ---------------------------------------------------------------------------------------------------------------------
# Nothing disappears silently
# ---------------------------------------------------------------------------------------------------------------------


def test_every_recording_is_played() -> None:
    counts = Counter(
        (outcome.kind, outcome.recording.is_success) for version in VERSIONS for outcome in outcomes(version)
    )
    assert counts.total() == 9666
    assert counts == {
        ("read", True): 5382,
        ("refused by the server", False): 3136,
        ("too old", False): 97,  # 404: the route is newer
        ("too old", True): 82,
        ("unexpected", True): 10,
        ("refused before", False): 468,
        ("refused before", True): 150,
        ("not written", False): 105,
        ("not written", True): 236,
    }


def test_what_the_methods_have_no_argument_for() -> None:
    reasons = {
        # Ignored by the server, in all versions.
        r"no argument (expand|extended|foo|full|short|simplify|since|whole)$": 105,
        r"no argument (ignore-length|requested-tags|response-content)$": 54,
        r"no argument requestedTags$": 12,  # the spelling before 1.12.4, ignored as well
        r"no header (If-None-Match|Range)$": 7,  # ignored by these routes
        r"no header Accept$": 38,  # for XML, which is for no model; garbage
        r"(limit|lossy-quality) is no number$": 8,
        r"no operation has this path$": 12,  # of plugins, of the old explorer, and the root of /instances/{id}/content
    }
    assert counted(select("not written", success=True), reasons) == reasons


def test_what_is_refused_before_it_is_sent_although_the_server_takes_it() -> None:
    reasons = {
        r"json: .*: unknown field": 30,  # the server ignores them: a misspelt one, too
        r"json must be its model or a mapping, not (list|str)$": 58,  # the server takes these for an empty body
        r"json: [^;]*: should be a valid (boolean|integer|string|dictionary)$": 48,  # read as another value, or ignored
        r"json: OrderBy\[0\].Type: should be \.\.\., not \.\.\.$": 1,
        r"(frame|limit|since) must be a whole number": 9,  # "abc" is read as 0, -1 as a huge number
        r"content must be one of": 4,  # with blanks around it
    }
    assert counted(select("refused before", success=True), reasons) == reasons


def test_what_is_refused_before_it_is_sent_is_refused_by_the_server_too() -> None:
    """Not a single recording of a success is among these: see the test above for the others."""
    statuses = Counter(outcome.recording.status for outcome in select("refused before", success=False))
    assert set(statuses) <= {400, 404, 415, 500, 403, 409}
    assert statuses[400] > 300


def test_what_older_versions_answer_to_newer_arguments() -> None:
    reasons = {
        r"^expand of GET .* needs Orthanc 1\.12\.2; this server is Orthanc 1\.10\.1$": 18,
        r"^numeric of GET .* needs Orthanc 1\.12\.0; this server is Orthanc 1\.10\.1$": 8,
        r"^response_content of GET .* needs Orthanc 1\.12\.5; this server is Orthanc 1\.10\.1$": 56,
    }
    assert counted(select("too old", success=True), reasons) == reasons
    for outcome in select("too old", success=True):
        assert isinstance(outcome.error, NotSupportedByServer)
        assert outcome.error.server_version == outcome.recording.version == "1.10.1"
        assert outcome.error.argument is not None


def test_what_is_not_an_answer_of_its_route() -> None:
    names = sorted(map(str, select("unexpected", success=True)))
    assert names == [
        # Upload in a form, which the methods do not do, is answered by nothing.
        "1.10.1 instances__post__multipart",
        # The identifier of an instance: another shape in these versions, 404 in newer ones.
        "1.10.1 patients-id-statistics__get__wronglevel",
        "1.10.1 studies-id-statistics__get__wronglevel",
        # ResponseContent in the body is newer; this version answers with identifiers.
        "1.10.1 tools-find__study-all-content",
        "1.12.7 instances__post__multipart",
        "1.12.7 patients-id-statistics__get__wronglevel",
        "1.12.7 studies-id-statistics__get__wronglevel",
        # Compressed on the way; only the length was recorded.
        "1.13.0 instances-id-tags__get__http-compression-deflate",
        "1.13.0 instances-id-tags__get__http-compression-gzip",
        "1.13.0 instances__post__multipart",
    ]


# ---------------------------------------------------------------------------------------------------------------------
# Requests
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_sent_is_what_was_recorded(version: str) -> None:
    problems: list[tuple[object, ...]] = []
    sent = 0
    for outcome in outcomes(version):
        if outcome.request is None:
            continue
        sent += 1
        recording = outcome.recording
        query = sent_query(outcome.request)
        if outcome.request.method != recording.method or sent_path(outcome.request) != unquote(recording.path):
            problems.append((outcome, outcome.request.method, sent_path(outcome.request)))
        if len(query) != len(dict(query)) or dict(query) != expected_query(outcome):
            problems.append((outcome, query, expected_query(outcome)))
    assert not problems, report(problems)
    assert sent > 2400


@pytest.mark.parametrize("version", VERSIONS)
def test_json_is_sent_as_it_was_recorded(version: str) -> None:
    """Bodies go through the request models, which leave out what is null and bring words into Orthanc's spelling."""
    problems: list[tuple[object, ...]] = []
    compared = 0
    for outcome in outcomes(version):
        recorded = outcome.recording.body
        if outcome.request is None or outcome.call is None or not isinstance(recorded, dict):
            continue
        if not isinstance(operations()[outcome.call.method].body, JsonBody):
            continue
        sent = json.loads(cast("bytes", outcome.request.body))
        compared += 1
        if _comparable(sent) != _comparable(recorded):
            problems.append((outcome, sent, recorded))
    assert not problems, report(problems)
    assert compared > 200


SAME_LEVEL = {"patients": "patient", "studies": "study", "instances": "instance", "image": "instance"}


def _comparable(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in body.items() if value is not None}
    for name in ("Level", "Resources", "OrderBy"):
        if name in found:
            found[name] = _lower(found[name])
    if isinstance(found.get("Level"), str):
        found["Level"] = SAME_LEVEL.get(found["Level"], found["Level"])
    return found


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lower(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return value.lower() if isinstance(value, str) else value


# ---------------------------------------------------------------------------------------------------------------------
# Answers
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_has_the_type_that_the_signature_promises(version: str) -> None:
    """The type of the overload that a type checker chooses for the call, not just the union of all of them."""
    problems: list[tuple[object, ...]] = []
    read = 0
    for outcome in select("read", success=True, version=version):
        assert outcome.call is not None
        read += 1
        try:
            promise(outcome.call).validate_python(outcome.value, strict=True)
        except ValidationError as error:
            problems.append((outcome, outcome.call.keywords, str(error)[:300]))
    assert not problems, report(problems)
    assert read > 1500


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_is_read_without_loss(version: str) -> None:
    """What was read is written back as exactly what the server sent."""
    problems: list[tuple[object, ...]] = []
    counts: Counter[str] = Counter()
    for outcome in select("read", success=True, version=version):
        kind, written = _written(outcome)
        counts[kind] += 1
        if written != _sent_by_server(outcome.recording, kind):
            problems.append((outcome, kind, str(written)[:200], str(outcome.recording.answer)[:200]))
    assert not problems, report(problems)
    # That there is something of each kind.
    assert counts["json"] > 800
    assert counts["bytes"] > 300
    assert min(counts[kind] for kind in ("text", "number", "flag", "time", "nothing", "unchanged")) > 0


def _sent_by_server(recording: Recording, kind: str) -> object:
    if kind == "bytes":
        return recording.content
    if kind == "text":
        return recording.content.decode()
    return None if kind == "unchanged" else recording.answer


def _written(outcome: Outcome) -> tuple[str, object]:
    """The kind of a value, and the value as the server would write it."""
    assert outcome.call is not None
    value, recording = outcome.value, outcome.recording
    if recording.status == 304:
        return "unchanged", value
    if isinstance(value, bytes):
        return "bytes", value
    if recording.is_json and value is not None:
        return "json", promise(outcome.call).dump_python(value, mode="json", by_alias=True, exclude_unset=True)
    if value is None:
        return "nothing", recording.answer if recording.answer in ("", {}) else "something"
    if isinstance(value, bool):
        return "flag", "1" if value else "0"
    if isinstance(value, int):
        return "number", str(value)
    if isinstance(value, datetime):
        return "time", value.strftime("%Y%m%dT%H%M%S")
    return "text", value


@cache
def _declared(method: str) -> TypeAdapter[Any]:
    return TypeAdapter(declared_type(method))


# What is of no shape: {} for nothing, routes of plugins, and the identifiers of another level (see above).
EXCEPTIONS: Mapping[str, Mapping[str, int]] = {
    "1.10.1": {"nothing": 57, "no operation": 2, "another level": 2},
    "1.12.7": {"nothing": 52, "no operation": 2, "another level": 2},
    "1.13.0": {"nothing": 79, "no operation": 6},
}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_json_answer_fits_what_its_method_declares(version: str) -> None:
    """Also the answers to requests that the methods do not make, such as those with arguments of no effect."""
    problems: list[tuple[object, ...]] = []
    exceptions: Counter[str] = Counter()
    fitting = 0
    for recording in recordings(version):
        if recording.status >= 300 or not recording.is_json:
            continue
        found = operation_of(recording)
        if found is None:
            exceptions["no operation"] += 1
            continue
        method, _ = found
        declared = declared_type(method)
        if recording.answer == {} and types.NoneType in (declared, *get_args(declared)):
            exceptions["nothing"] += 1
            continue
        try:
            value = _declared(method).validate_json(recording.content)
        except ValidationError as error:
            if recording.name.endswith("-statistics__get__wronglevel"):
                exceptions["another level"] += 1
            else:
                problems.append((version, recording.name, method, str(error)[:300]))
            continue
        fitting += 1
        dumped = _declared(method).dump_python(value, mode="json", by_alias=True, exclude_unset=True)
        if dumped != recording.answer:
            problems.append((version, recording.name, method, "differs", str(dumped)[:200]))
        if version == NEWEST:
            problems += [(recording.name, *extra) for extra in _unknown_fields(value)]
    assert not problems, report(problems)
    assert fitting > 900
    assert exceptions == EXCEPTIONS[version]


def _unknown_fields(value: object) -> Iterator[tuple[object, ...]]:
    for model in models_in(value):
        if model.model_extra and type(model).__name__ not in OPEN_MODELS:
            yield type(model).__name__, sorted(model.model_extra)


def test_no_field_of_the_newest_version_is_unknown() -> None:
    seen: set[type] = set()
    problems: list[tuple[object, ...]] = []
    for outcome in select("read", success=True, version=NEWEST):
        problems += [(outcome, *extra) for extra in _unknown_fields(outcome.value)]
        seen.update(type(model) for model in models_in(outcome.value))
    assert not problems, report(problems)
    # A walk that sees no models would find nothing either.
    assert len(seen) > 50
    assert {models.DicomTag, models.StudyInfo, models.JobInfo, models.ResourceReference, models.RetrieveDetail} <= seen


def test_contents_of_jobs_are_not_given_up_on() -> None:
    """A content that does not fit its class is kept as plain JSON: this must stay the exception."""
    contents: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for version in VERSIONS:
        for outcome in select("read", success=True, version=version):
            for model in models_in(outcome.value):
                if isinstance(model, models.JobInfo):
                    contents[type(model.content).__name__] += 1
                    if isinstance(model.content, models.PluginJobContent):
                        plain[f"{model.type} {model.state}"] += 1
    assert len(contents) >= 10
    # Those of plugins, of which nothing is known.
    assert dict(plain) == {
        "DicomWebStowClient Success": 1,
        "DicomWebWadoRetrieveClient Failure": 1,
        "DicomWebWadoRetrieveClient Success": 1,
    }


def test_every_operation_has_been_read() -> None:
    read = {outcome.call.method for version in VERSIONS for outcome in select("read", success=True, version=version)
            if outcome.call is not None}  # fmt: skip
    assert len(operations()) == 299
    assert set(operations()) - read == set()


# ---------------------------------------------------------------------------------------------------------------------
# Errors
# ---------------------------------------------------------------------------------------------------------------------

CLASSES: Mapping[int, type[OrthancHTTPError]] = {
    301: Redirected,
    307: Redirected,
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    406: NotAcceptable,
    409: Conflict,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    416: RangeNotSatisfiable,
    422: UnprocessableContent,
    500: ServerError,
    503: DatabaseUnavailable,
    507: StorageFull,
}


def _document(recording: Recording) -> Mapping[str, Any] | None:
    """The error in JSON, which some versions send without saying so."""
    answer = recording.answer
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return None
    return answer if isinstance(answer, dict) and "HttpStatus" in answer else None


def _check_error(recording: Recording, error: OrthancHTTPError) -> None:
    document = _document(recording)
    assert isinstance(error, CLASSES[recording.status])
    assert error.status == error.status_code == recording.status
    assert error.method == recording.method
    assert error.response is not None
    assert error.response.status_code == recording.status
    if document is None:
        assert (error.orthanc_status, error.message, error.details, error.payload, error.info) == (None,) * 5
        return
    assert error.orthanc_status == document["OrthancStatus"]
    assert error.message == document["Message"].strip()
    assert error.details == (document.get("Details", "").strip() or None)
    assert error.payload == document.get("ErrorPayload")
    assert document["Message"] in str(error) or str(recording.status) in str(error)
    info = error.info
    assert info is not None
    assert info.model_dump(mode="json", by_alias=True, exclude_unset=True) == document
    assert not list(_unknown_fields(info))


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_of_routes_say_all_that_the_server_says(version: str) -> None:
    refused = 0
    for outcome in select("refused by the server", success=False, version=version):
        assert isinstance(outcome.error, OrthancHTTPError)
        assert outcome.call is not None
        _check_error(outcome.recording, outcome.error)
        assert outcome.error.route == operations()[outcome.call.method].route
        assert outcome.error.route in str(outcome.error)
        refused += 1
    assert refused > 700


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_of_plain_requests_say_all_that_the_server_says(version: str) -> None:
    """All the others: what the methods do not send, and what they say of servers that are too old."""
    client, player = player_client()
    refused = 0
    for outcome in outcomes(version):
        recording = outcome.recording
        if recording.is_success or outcome.kind == "refused by the server":
            continue
        player.play(recording)
        refused += 1
        if recording.answer_headers.get("Location") == "/system":  # on the same server: followed
            assert "Version" in client.request(recording.method, recording.path).json()
            continue
        with pytest.raises(OrthancHTTPError) as raised:
            client.request(recording.method, recording.path)
        _check_error(recording, raised.value)
    assert refused > 130


def test_routes_that_the_server_is_too_old_for() -> None:
    for outcome in select("too old", success=False):
        error = outcome.error
        assert isinstance(error, NotSupportedByServer)
        assert isinstance(error.__cause__, NotFound | MethodNotAllowed)
        assert (error.server_version, error.argument) == ("1.10.1", None)
        assert outcome.call is not None
        assert error.needed == operations()[outcome.call.method].since


# What Orthanc's own code tells beside the status.
CODES: Mapping[type[OrthancHTTPError], set[int]] = {
    BadFileFormat: {15},
    UnknownDicomTag: {27},
    NetworkProtocolError: {9, 2015},
    RevisionConflict: {43},
    ReadOnlyServer: {22},
    StorageFull: {19},
}
# Internal errors; a database, a file, a script, a peer or a resource that fails.
OTHER_SERVER_ERRORS = {-1, 2, 6, 14, 1012, 2005, 2031, 2040}


def test_errors_are_told_apart_by_the_code_of_orthanc() -> None:
    codes: dict[type[Exception], set[int | None]] = {}
    for outcome in select("refused by the server", success=False):
        assert isinstance(outcome.error, OrthancHTTPError)
        codes.setdefault(type(outcome.error), set()).add((_document(outcome.recording) or {}).get("OrthancStatus"))
    assert codes.pop(DicomQueryRefused) == {9}
    assert {class_: codes.pop(class_) - {None} for class_ in CODES} == CODES
    assert codes[ServerError] == OTHER_SERVER_ERRORS
    # What has a class by its code has never another one.
    assert not set().union(*codes.values()) & set().union(*CODES.values())
