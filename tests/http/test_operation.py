"""Operations without any server: what is sent, what is refused, what an answer stands for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from orthanc_sdk.errors import InvalidArgument, UnexpectedAnswer
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.encoders import (
    Encoder,
    boolean,
    flag,
    header_text,
    integer,
    joined,
    number,
    one_of,
    signed,
    text,
    unset_flag,
)
from orthanc_sdk.http.operation import Argument, Operation
from orthanc_sdk.http.readers import (
    BINARY,
    BOOLEAN,
    INTEGER,
    LOCAL_TIME,
    NOTHING,
    TEXT,
    UTC_TIME,
    ByContentType,
    Json,
    Reader,
    When,
)
from orthanc_sdk.http.request_body import Content, JsonBody


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
    level: Annotated[str, Field(alias="Level")]
    limit: Annotated[int | None, Field(alias="Limit")] = None
    expand: Annotated[bool | None, Field(alias="Expand")] = None


class Other(BaseModel):
    level: str = "x"


GET: Operation[bytes] = Operation(method="GET", path="/studies/{id}", reader=BINARY)
CONTENT: Operation[bytes] = Operation(method="GET", path="/instances/{id}/content/{path}", reader=BINARY)
FRAME: Operation[bytes] = Operation(method="GET", path="/instances/{id}/frames/{frame}/raw", reader=BINARY)


def answer(content: bytes, content_type: str = "application/json", status: int = 200) -> Answer:
    return Answer(status, {"content-type": content_type}, content)


# -- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encode", "value", "sent"),
    [
        (flag, True, "true"),
        (flag, False, None),
        (unset_flag, True, None),
        (unset_flag, False, "false"),
        (boolean, True, "true"),
        (boolean, False, "false"),
        (integer, 0, "0"),
        (integer, 2**40, "1099511627776"),
        (signed, -3, "-3"),
        (number, 1, "1"),
        (number, 0.5, "0.5"),
        (text, "", ""),
        (text, "é", "é"),
        (header_text, '"1-abc"', '"1-abc"'),
        (header_text, "é", "é"),
        (header_text, "a\tb", "a\tb"),
        (joined(";"), ["A", "B"], "A;B"),
        (joined(";"), ("A",), "A"),
        (joined(";"), "A;B", "A;B"),
        (joined(";"), [], ""),
        (joined(","), (word for word in ("A", "B")), "A,B"),
        (one_of("a", "b"), "a", "a"),
        (one_of("0", "1"), True, "1"),
        (one_of("0", "1"), False, "0"),
    ],
)
def test_an_argument_is_written(encode: Encoder, value: object, sent: str | None) -> None:
    assert encode(value) == sent


@pytest.mark.parametrize(
    ("encode", "values"),
    [
        (flag, ["true", 1, 0, []]),
        (unset_flag, ["false", 1]),
        (boolean, ["false", 0]),
        (integer, [-1, True, "1", 1.0]),
        (signed, [True, "1", 1.5]),
        (number, [float("nan"), float("inf"), -float("inf"), True, "1"]),
        (text, [1, b"x", None]),
        (header_text, ["a\nb", "a\rb", "a\0b", " a", "a ", "\x7f", "日本", 1]),
        (joined(";"), [["A;B"], [""], [1], 1, [None]]),
        (one_of("a"), ["b", "", True, 1, None]),
    ],
)
def test_an_argument_is_refused(encode: Encoder, values: list[object]) -> None:
    assert values
    for value in values:
        with pytest.raises(ValueError, match=r"."):
            encode(value)


def operation(**arguments: Encoder) -> Operation[bytes]:
    query = {name: Argument(name.replace("_", "-"), encode) for name, encode in arguments.items()}
    return Operation(
        method="GET", path="/x", reader=BINARY, query=query, headers={"etag": Argument("If-M", header_text)}
    )


def test_arguments_are_sent_by_their_names_on_the_wire() -> None:
    request = operation(requested_tags=joined(";"), full=flag).request(requested_tags=["A", "B"], full=True, etag='"1"')
    assert request.query == [("requested-tags", "A;B"), ("full", "true")]
    assert request.headers == {"If-M": '"1"'}
    assert request.body is None
    assert request.arguments == {"requested_tags": ["A", "B"], "full": True, "etag": '"1"'}


def test_what_is_none_or_off_is_not_sent() -> None:
    request = operation(full=flag, short=flag, level=text).request(full=False, short=None, level=None)
    assert list(request.query) == []


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(InvalidArgument, match=r"^GET /x: full must be True or False, not 'yes'$"):
        operation(full=flag).request(full="yes")
    with pytest.raises(InvalidArgument, match=r"^GET /x: name has characters that UTF-8 cannot express$"):
        operation(name=text).request(name="\ud800")
    with pytest.raises(InvalidArgument, match=r"^GET /x: etag must be a string without line breaks"):
        operation().request(etag="a\r\nX-Evil: 1")


def test_a_long_argument_is_not_quoted_in_full() -> None:
    with pytest.raises(InvalidArgument) as caught:
        operation(full=flag).request(full="x" * 1000)
    assert len(str(caught.value)) < 200


def test_a_required_argument_must_be_given() -> None:
    required: Operation[str] = Operation(
        method="GET", path="/x", reader=TEXT, query={"level": Argument("level", text, required=True)}
    )
    with pytest.raises(InvalidArgument, match=r"^GET /x: level must be given$"):
        required.request(level=None)
    assert required.request(level="a").query == [("level", "a")]


def test_paging_needs_both() -> None:
    paged: Operation[bytes] = Operation(
        method="GET",
        path="/x",
        reader=BINARY,
        query={"since": Argument("since", integer), "limit": Argument("limit", integer)},
        paged=True,
    )
    assert dict(paged.request(limit=5).query) == {"since": "0", "limit": "5"}
    assert dict(paged.request(limit=5, since=3).query) == {"since": "3", "limit": "5"}
    assert not list(paged.request().query)
    with pytest.raises(InvalidArgument, match="since needs limit"):
        paged.request(since=3)


def test_newer_arguments_are_those_of_this_call() -> None:
    newer: Operation[bytes] = Operation(
        method="GET",
        path="/x",
        reader=BINARY,
        query={
            "a": Argument("a", text, since="1.12.5"),
            "b": Argument("b", text, since="1.11.0"),
            "c": Argument("c", text),
        },
    )
    assert list(newer.request(a="1", c="1").newer_arguments()) == [("a", "1.12.5")]
    assert list(newer.request(a="1", b="2").newer_arguments()) == [("a", "1.12.5"), ("b", "1.11.0")]
    assert list(newer.request(c="1").newer_arguments()) == []


# -- paths ------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1))
def test_any_identifier_stays_one_segment(id_: str) -> None:
    if id_.endswith("."):  # refused, see below
        return
    path = GET.request(id_).path
    prefix, _, segment = path.rpartition("/")
    assert prefix == "/studies"
    assert unquote(segment) == id_
    assert not set(segment) & set("?#; \\")
    assert segment.isascii()


@pytest.mark.parametrize(
    "id_", ["", ".", "..", "...", "a.", "/", "a/b", "../changes", "..\\changes", "a\\", "a\0b", "\ud800"]
)
def test_a_dangerous_identifier_is_refused(id_: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^GET /studies/\{id\}: id (must not|has characters)"):
        GET.request(id_)


@pytest.mark.parametrize("id_", [None, 1, b"x", ["x"]])
def test_an_identifier_is_text(id_: object) -> None:
    with pytest.raises(InvalidArgument, match=r"id must be a string, not "):
        GET.request(id_)


def test_an_identifier_may_look_like_a_template() -> None:
    labels: Operation[None] = Operation(method="PUT", path="/studies/{id}/labels/{label}", reader=NOTHING)
    assert labels.request("{label}", "{id}").path == "/studies/%7Blabel%7D/labels/%7Bid%7D"


def test_a_path_has_segments() -> None:
    assert CONTENT.request("i", "0008-1140/0/0008 1150").path == "/instances/i/content/0008-1140/0/0008%201150"
    for path in ("", "a//b", "/a", "a/", "a/../b", "."):
        with pytest.raises(InvalidArgument, match="path must not be empty"):
            CONTENT.request("i", path)


@pytest.mark.parametrize(("frame", "sent"), [(0, "0"), (12, "12"), ("7", "7")])
def test_a_frame_is_a_number(frame: object, sent: str) -> None:
    assert FRAME.request("i", frame).path == f"/instances/i/frames/{sent}/raw"


@pytest.mark.parametrize("frame", [-1, True, "", "a", "-1", "1/2", "٣", 1.0, None])
def test_other_frames_are_refused(frame: object) -> None:
    with pytest.raises(InvalidArgument, match="frame must be a whole number, 0 or more"):
        FRAME.request("i", frame)


def test_all_path_arguments_must_be_there() -> None:
    with pytest.raises(InvalidArgument, match="takes 1 path arguments, not 2"):
        GET.request("a", "b")


# -- bodies -----------------------------------------------------------------------------------------------------------

FIND: Operation[list[str]] = Operation(
    method="POST",
    path="/find",
    reader=Json(lambda: list[str]),
    cases=(When({"Expand": True}, Json(lambda: list[int])),),
    body=JsonBody(lambda: Query),
    body_required=True,
)


@pytest.mark.parametrize(
    "body",
    [
        {"Level": "Study", "Limit": 3},
        Query(level="Study", limit=3),
        Query.model_validate({"Level": "Study", "Limit": 3}),
    ],
)
def test_a_body_is_a_model_or_a_mapping(body: object) -> None:
    request = FIND.request(body=body)
    assert isinstance(request.body, bytes)
    assert json.loads(request.body) == {"Level": "Study", "Limit": 3}
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"Level": "Study", "Limt": 3}, "Limt: unknown field, did you mean Limit?"),
        ({"level": "Study"}, "Level: is missing; level: unknown field, did you mean Level?"),
        ({}, "Level: is missing"),
        (None, "Level: is missing"),
        ({"Level": 3}, "Level: should be a valid string"),
        ([], "json must be Query or a mapping, not list"),
        ("Study", "json must be Query or a mapping, not str"),
        (Other(), "json must be Query or a mapping, not Other"),
    ],
)
def test_a_wrong_body_is_refused(body: object, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        FIND.request(body=body)
    assert str(caught.value).startswith("POST /find: json")
    assert says in str(caught.value)
    assert caught.value.__cause__ is None  # it would quote what was given in the traceback


def test_a_body_of_another_type() -> None:
    ids = JsonBody(other=lambda: list[str])
    assert ids.encode("POST /x", ["a"]) == (b'["a"]', {})
    for wrong in ([1], "a", {"a": 1}, Other()):
        with pytest.raises(InvalidArgument):
            ids.encode("POST /x", wrong)
    either = JsonBody(lambda: Query, other=lambda: list[str])
    assert json.loads(either.encode("POST /x", {"Level": "a"})[0]) == {"Level": "a"}
    assert json.loads(either.encode("POST /x", ["a"])[0]) == ["a"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (b"abc", b"abc"),
        (b"", b""),
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abc"), b"abc"),
        ("é", b"\xc3\xa9"),
        (b"\xff".decode("utf-8", "surrogateescape"), b"\xff"),
    ],
)
def test_other_content_is_sent_as_it_is(value: object, sent: bytes) -> None:
    assert Content("text/plain").body("PUT /x", value) == sent


def test_files_and_pieces_are_not_read_before_they_are_sent() -> None:
    content = Content("application/dicom")
    pieces = iter([b"a", b"b"])
    assert content.body("POST /x", pieces) is pieces
    assert list(pieces) == [b"a", b"b"]
    file = io.BytesIO(b"abc")
    assert content.body("POST /x", file) is file
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (3, "not int"),
        (None, "not NoneType"),
        ({"PatientName": "DOE^JANE"}, "not dict"),
        (io.StringIO("DOE^JANE"), "binary mode"),
        ("\ud800", "UTF-8"),
    ],
)
def test_other_content_is_refused_and_not_quoted(value: object, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says) as caught:
        Content("application/dicom").body("POST /x", value)
    assert "DOE" not in str(caught.value)


def test_a_post_without_a_body_sends_an_empty_one() -> None:
    post: Operation[None] = Operation(method="POST", path="/x", reader=NOTHING)
    delete: Operation[None] = Operation(method="DELETE", path="/x", reader=NOTHING)
    assert post.request().body == b""
    assert delete.request().body is None


def test_nothing_of_a_request_shows_when_it_is_printed() -> None:
    request = operation(name=text).request(name="DOE^JANE", etag="DOE")
    assert "DOE" not in repr(request)
    assert "DOE" not in repr(answer(b"DOE"))


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "content", "value"),
    [
        (Json(lambda: list[int]), b"[1, 2]", [1, 2]),
        (TEXT, "é".encode(), "é"),
        (TEXT, b"", ""),
        (TEXT, b"\xff", "\udcff"),
        (BOOLEAN, b"0", False),
        (BOOLEAN, b"1", True),
        (INTEGER, b"1234", 1234),
        (UTC_TIME, b"20261122T084038", datetime(2026, 11, 22, 8, 40, 38, tzinfo=UTC)),
        (UTC_TIME, b"20261122T084038.123456", datetime(2026, 11, 22, 8, 40, 38, 123456, tzinfo=UTC)),
        (LOCAL_TIME, b"20261122T084038", datetime(2026, 11, 22, 8, 40, 38)),  # noqa: DTZ001  # it has no time zone
        (BINARY, b"\x00\xff", b"\x00\xff"),
        (NOTHING, b"", None),
        (NOTHING, b"{}", None),
        (NOTHING, b"{}\n", None),
    ],
)
def test_an_answer_is_read(reader: Reader, content: bytes, value: object) -> None:
    read = reader.read(answer(content, "text/plain"))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("reader", "contents"),
    [
        (Json(lambda: list[int]), [b"", b"[1", b'["DOE"]', b"{}", b"<html>DOE</html>", b"null"]),
        (BOOLEAN, [b"", b"2", b"true", b"DOE", b" 1"]),
        (INTEGER, [b"", b"-1", b"1_000", b" 1", "٣".encode(), b"DOE"]),
        (UTC_TIME, [b"", b"2026-11-22", b"20261122", b"20261322T084038", b"DOE"]),
        (NOTHING, [b"[]", b"DOE", b"null"]),
    ],
)
def test_an_unexpected_answer_is_no_value(reader: Reader, contents: list[bytes]) -> None:
    assert contents
    wrong: Operation[object] = Operation(method="GET", path="/x", reader=reader)
    for content in contents:
        with pytest.raises(UnexpectedAnswer, match=r"^GET /x: unexpected answer \(200, text/plain") as caught:
            wrong.request().read(answer(content, "text/plain"))
        assert "DOE" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        assert caught.value.answer is not None
        assert caught.value.answer.content == content


def test_json_or_bytes_as_the_server_says() -> None:
    reader = ByContentType(Json(lambda: list[int]))
    assert reader.read(answer(b"[1]")) == [1]
    assert reader.read(answer(b"[1]", "application/octet-stream")) == b"[1]"


@pytest.mark.parametrize(
    "reader", [BINARY, TEXT, ByContentType(Json(lambda: list[int])), NOTHING, Json(lambda: list[int])]
)
def test_a_page_of_a_proxy_is_no_value(reader: Reader) -> None:
    page: Operation[object] = Operation(method="GET", path="/studies/{id}/archive", reader=reader)
    with pytest.raises(UnexpectedAnswer, match="HTML page: from a proxy, or a login page"):
        page.request("x").read(answer(b"<!doctype html><html>", "text/html; charset=utf-8"))


def test_an_attachment_may_be_a_page() -> None:
    data: Operation[bytes] = Operation(method="GET", path="/studies/{id}/attachments/{name}/data", reader=BINARY)
    assert data.request("x", "report").read(answer(b"<html>", "text/html")) == b"<html>"


def test_not_modified_is_none() -> None:
    assert GET.request("x").read(answer(b"", status=304)) is None


@pytest.mark.parametrize(
    ("arguments", "body", "content", "value"),
    [
        ({}, {"Level": "x"}, b'["a"]', ["a"]),
        ({}, {"Level": "x", "Expand": True}, b"[1]", [1]),
        ({}, {"Level": "x", "Expand": False}, b'["a"]', ["a"]),
        ({}, Query(level="x", expand=True), b"[1]", [1]),
    ],
)
def test_the_body_decides_the_answer(
    arguments: Mapping[str, object], body: object, content: bytes, value: object
) -> None:
    assert FIND.request(body=body, **arguments).read(answer(content)) == value


def test_the_first_case_that_holds_wins() -> None:
    several: Operation[Any] = Operation(  # Any: the type depends on the case
        method="GET",
        path="/x",
        reader=TEXT,
        cases=(
            When({"a": True, "b": True}, INTEGER),
            When({"a": True}, BOOLEAN),
            When({"b": "word"}, BINARY),
        ),
        query={"a": Argument("a", flag), "b": Argument("b", text)},
    )
    cases: list[tuple[Callable[[], object], object]] = [
        (lambda: several.request(a=True, b="x").read(answer(b"7")), 7),
        (lambda: several.request(a=True).read(answer(b"1")), True),
        (lambda: several.request(a=False, b="word").read(answer(b"1")), b"1"),
        (lambda: several.request(a=False, b="other").read(answer(b"1")), "1"),
        (lambda: several.request().read(answer(b"1")), "1"),
    ]
    for read, value in cases:
        assert read() == value
        assert type(read()) is type(value)
