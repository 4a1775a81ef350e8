"""The tree of errors: which class for which answer, what it says, what it never says."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Literal

import pytest
import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orthanc_sdk import errors
from orthanc_sdk.errors import (
    BadFileFormat,
    BadRequest,
    Conflict,
    DatabaseUnavailable,
    DicomQueryRefused,
    Forbidden,
    InvalidArgument,
    JobFailed,
    MethodNotAllowed,
    NetworkProtocolError,
    NotAcceptable,
    NotFound,
    NotSupportedByServer,
    OrthancConnectionError,
    OrthancConnectTimeout,
    OrthancError,
    OrthancHTTPError,
    OrthancTimeout,
    PayloadTooLarge,
    PluginError,
    RangeNotSatisfiable,
    ReadOnlyServer,
    Redirected,
    RevisionConflict,
    ServerError,
    ServiceUnavailable,
    StorageFull,
    Unauthorized,
    UnexpectedAnswer,
    UnknownDicomTag,
    UnprocessableContent,
    UnsupportedMediaType,
)
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.models import JobInfo

ALL = [getattr(errors, name) for name in errors.__all__]
HTML = b"<!DOCTYPE html>\n<html><head><title>413 Request Entity Too Large</title></head></html>"


def document(code: int, status: int, **more: object) -> bytes:
    return json.dumps(
        {
            "Method": "GET",
            "Uri": "/x",
            "HttpError": "whatever",
            "HttpStatus": status,
            "OrthancError": "Sentence of Orthanc",
            "OrthancStatus": code,
            "Message": "Sentence of Orthanc",
            **more,
        }
    ).encode()


def http_error(status: int, content: bytes = b"", **headers: str) -> OrthancHTTPError:
    answer = Answer(status, headers, content)
    return OrthancHTTPError.from_answer(answer, route="GET /studies/{id}", method="GET", uri="/studies/abc")


# -- the tree ---------------------------------------------------------------------------------------------------------


def drawn() -> Iterator[tuple[str, str]]:
    """Pairs of child and parent, as the docstring draws them."""
    assert errors.__doc__ is not None
    parents: dict[int, str] = {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"    ([│├└─ ]*)([A-Z]\w+)", line)
        if found is not None:
            depth = len(found[1]) // 4
            parents[depth] = found[2]
            if depth:
                yield found[2], parents[depth - 1]


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    pairs = set(drawn())
    actual = {
        (class_.__name__, base.__name__)
        for class_ in ALL
        for base in class_.__bases__
        if issubclass(base, OrthancError)
    }
    assert len(actual) > 30
    assert pairs == actual


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OrthancHTTPError, requests.HTTPError),
        (NotFound, requests.HTTPError),
        (OrthancConnectionError, requests.ConnectionError),
        (OrthancTimeout, requests.Timeout),
        (OrthancConnectTimeout, requests.ConnectTimeout),
        (OrthancConnectTimeout, OrthancTimeout),
        (InvalidArgument, ValueError),
    ],
)
def test_they_are_what_users_of_requests_catch(ours: type[Exception], theirs: type[Exception]) -> None:
    assert issubclass(ours, theirs)


def test_a_server_that_is_too_old_is_no_missing_resource() -> None:
    assert not issubclass(NotSupportedByServer, OrthancHTTPError)


def test_no_name_hides_a_builtin() -> None:
    import builtins

    assert ALL
    assert not [name for name in errors.__all__ if hasattr(builtins, name)]


# -- the class --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "class_"),
    [
        (302, Redirected),
        (400, BadRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, MethodNotAllowed),
        (406, NotAcceptable),
        (409, Conflict),
        (413, PayloadTooLarge),
        (415, UnsupportedMediaType),
        (416, RangeNotSatisfiable),
        (418, OrthancHTTPError),
        (422, UnprocessableContent),
        (429, OrthancHTTPError),
        (500, ServerError),
        (501, ServerError),
        (502, ServiceUnavailable),
        (503, ServiceUnavailable),
        (504, ServiceUnavailable),
        (507, StorageFull),
        (599, ServerError),
        (799, ServerError),
    ],
)
@pytest.mark.parametrize("content", [b"", HTML, b"{not json", b"[]", b'{"detail": "DOE^JANE"}', document(6, 0)])
def test_the_class_comes_from_the_status(status: int, class_: type[OrthancHTTPError], content: bytes) -> None:
    error = http_error(status, content)
    assert type(error) is class_
    assert error.status == error.status_code == status


@pytest.mark.parametrize(
    ("status", "code", "class_"),
    [
        (500, 1, PluginError),
        (404, 1, NotFound),  # a plugin chose the status: that is what it means
        (500, 9, NetworkProtocolError),
        (422, 9, DicomQueryRefused),
        (500, 2015, NetworkProtocolError),
        (400, 15, BadFileFormat),
        (507, 19, StorageFull),
        (500, 19, StorageFull),
        (500, 22, ReadOnlyServer),
        (500, 27, UnknownDicomTag),
        (503, 36, DatabaseUnavailable),
        (503, 42, DatabaseUnavailable),
        (409, 43, RevisionConflict),
        (400, 43, BadRequest),
        (404, 17, NotFound),
        (500, -1, ServerError),
        (500, 424242, ServerError),
    ],
)
def test_the_code_of_orthanc_refines_it(status: int, code: int, class_: type[OrthancHTTPError]) -> None:
    error = http_error(status, document(code, status))
    assert type(error) is class_
    assert error.orthanc_status == code


def test_a_class_made_by_hand_has_its_usual_status() -> None:
    assert NotFound().status == 404
    assert NotFound("GET /x: not there").args == ("GET /x: not there",)
    assert ServiceUnavailable(status=504).status == 504


# -- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (404, b"", "GET /studies/{id}: 404 Not Found: no such resource (at /studies/abc)"),
        (404, document(17, 404), "GET /studies/{id}: 404 Not Found: Sentence of Orthanc (at /studies/abc)"),
        (
            400,
            document(8, 400, Details="Unknown tag: Foo"),
            "GET /studies/{id}: 400 Bad Request: Sentence of Orthanc: Unknown tag: Foo (at /studies/abc)",
        ),
        (
            400,
            document(1, 400, PluginName="worklists", Message="no such worklist"),
            "GET /studies/{id}: 400 Bad Request: no such worklist (at /studies/abc; plugin worklists)",
        ),
        (
            413,
            HTML,
            f"GET /studies/{{id}}: 413 {HTTPStatus(413).phrase}: more than the server, or a proxy in front of it, takes"
            " at once (at /studies/abc; the answer is an HTML page: a proxy's?)",
        ),
        (
            400,
            document(8, 400, Message="Bad request", Details="limit without since"),
            "GET /studies/{id}: 400 Bad Request: limit without since (at /studies/abc)",
        ),
        (799, b"", "GET /studies/{id}: 799: the server failed (at /studies/abc)"),
    ],
)
def test_the_message(status: int, content: bytes, message: str) -> None:
    assert str(http_error(status, content)) == message


def test_the_path_is_not_said_twice() -> None:
    error = OrthancHTTPError.from_answer(Answer(404, {}, b""), route="GET /nope", method="GET", uri="/nope")
    assert str(error) == "GET /nope: 404 Not Found: no such resource"


def test_what_orthanc_says_can_be_read() -> None:
    payload = {"Type": "Dimse", "Content": {"DimseErrorStatus": 0xC000}}
    error = http_error(422, document(9, 422, Details="the modality said no", ErrorPayload=payload))
    assert isinstance(error, NetworkProtocolError)
    assert (error.orthanc_status, error.message, error.details) == (9, "Sentence of Orthanc", "the modality said no")
    assert (error.method, error.uri, error.route) == ("GET", "/studies/abc", "GET /studies/{id}")
    assert error.payload == payload
    assert error.body is not None
    assert error.body["HttpStatus"] == 422
    assert error.dimse_status == 0xC000
    assert error.info is not None
    assert error.info.orthanc_status == 9


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (None, None),
        ({"Type": "Dimse", "Content": {"DimseErrorStatus": 0}}, None),
        ({"Type": "RetrieveJob", "Content": [{"DimseErrorStatus": 0}, {"DimseErrorStatus": 0xA701}]}, 0xA701),
        ({"Type": "New", "Content": "text"}, None),
        ("text", None),
    ],
)
def test_the_dimse_status(payload: object, status: int | None) -> None:
    error = http_error(500, document(9, 500, ErrorPayload=payload))
    assert isinstance(error, NetworkProtocolError)
    assert error.dimse_status == status


@pytest.mark.parametrize("content", [b"", HTML, b'{"detail": "x"}'])
def test_without_a_document_there_are_no_facts(content: bytes) -> None:
    error = http_error(500, content)
    assert error.body is None
    assert [error.info, error.orthanc_status, error.message, error.details, error.payload] == [None] * 5


def test_a_document_with_other_types_is_no_reason_to_fail() -> None:
    error = http_error(500, b'{"OrthancStatus": "x", "Message": 3, "Details": [], "ErrorPayload": 1}')
    assert type(error) is ServerError
    assert error.body is not None
    assert [error.info, error.orthanc_status, error.message, error.details, error.payload] == [None] * 5


def test_other_bodies_are_never_quoted() -> None:
    for content in (b'{"error": "DOE^JANE"}', b"DOE^JANE", b"<html>DOE^JANE</html>"):
        assert "DOE" not in str(http_error(400, content))


# -- pickle and copy --------------------------------------------------------------------------------------------------


def examples() -> Iterator[OrthancError]:
    for class_ in ALL:
        yield class_("what happened")
    yield http_error(422, document(9, 422, Details="d", ErrorPayload={"Type": "Dimse", "Content": {}}))
    yield NotSupportedByServer("x", route="GET /x", argument="y", needed="1.12.5", server_version="1.10.1")
    yield JobFailed("x", job_id="j", error_code=9, details="d", content={"a": 1})
    unexpected = UnexpectedAnswer("problem")
    unexpected.add_request("GET /x", Answer(200, {"content-type": "text/plain"}, b"body"))
    yield unexpected


@pytest.mark.parametrize("error", list(examples()), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "clone", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"]
)
def test_a_clone_is_the_same(error: OrthancError, clone: object) -> None:
    assert callable(clone)
    cloned = clone(error)
    assert cloned is not error
    assert type(cloned) is type(error)
    assert str(cloned) == str(error) != ""
    assert vars(cloned) == vars(error)


def test_a_pickle_leaves_the_response_behind_and_a_copy_keeps_it() -> None:
    response = requests.Response()
    response.request = requests.Request("GET", "http://h/", headers={"Authorization": "secret"}).prepare()
    error = NotFound("x", response=response)
    assert error.request is response.request
    assert b"secret" not in pickle.dumps(error)
    assert pickle.loads(pickle.dumps(error)).response is None
    assert pickle.loads(pickle.dumps(error)).request is None
    assert copy.copy(error).response is response


# -- jobs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "message"),
    [("no such AET", "Error in the network protocol: no such AET"), ("", "Error in the network protocol")],
)
def test_the_error_of_a_job(details: str, message: str) -> None:
    info = JobInfo.model_validate(
        {
            "ID": "j",
            "Type": "NewKindOfJob",
            "State": "Failure",
            "Priority": 0,
            "Progress": 0,
            "ErrorCode": 9,
            "ErrorDescription": "Error in the network protocol",
            "ErrorDetails": details,
            "CreationTime": "20261122T084038.1",
            "Timestamp": "20261122T084038.1",
            "EffectiveRuntime": 0.1,
            "Content": {"FailedInstancesCount": 3},
        }
    )
    error = JobFailed.from_info(info)
    assert str(error) == f"job j (NewKindOfJob) failed: {message}"
    assert (error.job_id, error.error_code, error.details) == ("j", 9, details or None)
    assert error.content == {"FailedInstancesCount": 3}
    assert pickle.loads(pickle.dumps(error)).info == info


def test_a_job_that_failed_for_no_reason() -> None:
    """As those do that a restart has interrupted: it would say "failed: Success"."""
    info = JobInfo.model_validate(
        {
            "ID": "j",
            "Type": "ResourceModification",
            "State": "Failure",
            "Priority": 0,
            "Progress": 100,
            "ErrorCode": 0,
            "ErrorDescription": "Success",
            "ErrorDetails": "",
            "CreationTime": "20261122T084038.1",
            "Timestamp": "20261122T084038.1",
            "EffectiveRuntime": 0.1,
            "Content": {},
        }
    )
    error = JobFailed.from_info(info)
    assert str(error) == "job j (ResourceModification) failed: no reason is given, as after a restart"


def test_what_an_older_server_lacks() -> None:
    error = NotSupportedByServer.needs("labels", "1.12.0", "1.10.1")
    assert str(error) == "labels needs Orthanc 1.12.0; this server is Orthanc 1.10.1"
    assert (error.needed, error.server_version, error.route, error.argument) == ("1.12.0", "1.10.1", "", None)


# -- InvalidArgument --------------------------------------------------------------------------------------------------


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tag_path: Annotated[str, Field(alias="TagPath")]


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    level: Annotated[Literal["Patient", "Study"], Field(alias="Level")]
    query: Annotated[Mapping[str, str] | None, Field(alias="Query")] = None
    limit: Annotated[int | None, Field(alias="Limit")] = None
    keep: Annotated[list[Inner] | None, Field(alias="Keep")] = None
    expand: Annotated[bool | list[str] | None, Field(alias="Expand")] = None


def refusal(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"Level": "Study", **fields})
    return str(InvalidArgument.from_error("POST /tools/find", "json", caught.value, Outer))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Limt": 1}, "Limt: unknown field, did you mean Limit?"),
        ({"limits": 1}, "limits: unknown field, did you mean Limit?"),
        ({"Zzz": 1}, "Zzz: unknown field"),
        ({"Keep": [{"TagPath": "x", "TagPat": 1}]}, "Keep[0].TagPat: unknown field, did you mean TagPath?"),
        ({"Keep": [{}]}, "Keep[0].TagPath: is missing"),
        ({"Level": "study"}, "Level: should be 'Patient' or 'Study', not 'study'"),
        ({"Level": "s" * 41}, "Level: should be 'Patient' or 'Study'"),
        ({"Query": {"PatientName": 3}}, "Query.PatientName: should be a valid string"),
        ({"Expand": "what"}, "Expand: should be a valid boolean, unable to interpret input or should be a valid list"),
    ],
)
def test_a_refused_body_names_the_field(fields: dict[str, object], message: str) -> None:
    assert refusal(**fields) == f"POST /tools/find: json: {message}"


def test_a_refused_body_names_all_the_fields() -> None:
    assert refusal(Limt=1, Level="x", Query=3).count(";") == 2
    assert refusal(a1=1, a2=1, a3=1, a4=1, a5=1, a6=1).endswith("and 2 more")


def test_a_refused_body_is_not_quoted() -> None:
    assert "DOE" not in refusal(Query="DOE^JANE", Limit="DOE^JANE", Keep="DOE^JANE")
    assert "DOE" not in refusal(Query={"DOE^JANE " * 10: 1})


def test_the_other_errors_of_a_body_say_why() -> None:
    error = InvalidArgument.from_error("POST /x", "json", TypeError("Object of type set is not JSON serializable"))
    assert str(error) == "POST /x: json: Object of type set is not JSON serializable"


# -- UnexpectedAnswer -------------------------------------------------------------------------------------------------


class Person(BaseModel):
    name: Literal["A", "B"]
    age: int

    @classmethod
    def fail(cls, content: bytes) -> UnexpectedAnswer:
        with pytest.raises(ValidationError) as caught:
            cls.model_validate_json(content)
        return UnexpectedAnswer.from_validation(content, caught.value)


def test_an_unexpected_answer_says_where_and_never_what() -> None:
    error = Person.fail(b'{"name": "DOE^JANE", "age": "DOE"}')
    error.add_request("GET /x", Answer(200, {"content-type": "application/json"}, b"0123456789"))
    assert "DOE" not in str(error)
    assert str(error).startswith("GET /x: unexpected answer (200, application/json, 10 bytes): ")
    assert error.route == "GET /x"
    assert error.answer is not None
    assert error.answer.content == b"0123456789"
    assert "0123456789" not in repr(error.answer)
    assert "0123456789" not in repr(error)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the answer is empty"),
        (b"  \n", "the answer is empty"),
        (b'{"name": ', "invalid JSON: EOF while parsing"),
        (b"\xef\xbb\xbf\n" + HTML, "HTML page"),
        (b"<HTML>", "HTML page"),
    ],
)
def test_what_is_no_json_is_said_to_be(content: bytes, says: str) -> None:
    error = Person.fail(content)
    error.add_request("GET /x", Answer(200, {}, content))
    assert says in str(error)
    assert "no content type" in str(error)


def test_unexpected_text_is_not_quoted() -> None:
    error = UnexpectedAnswer.from_text("DOE^JANE", "a whole number")
    error.add_request("GET /x", Answer(200, {"content-type": "text/plain"}, b"DOE^JANE"))
    assert "DOE" not in str(error)
    assert "expected a whole number" in str(error)
