"""Everything that can go wrong, as one tree.

::

    OrthancError
    ├── InvalidArgument                 what was asked for cannot be sent; nothing was sent (a ValueError)
    ├── OrthancConnectionError          no answer, or only a part of one (a requests.ConnectionError)
    │   └── OrthancConnectTimeout       no connection in time; nothing was sent (an OrthancTimeout too)
    ├── OrthancTimeout                  no answer in time (a requests.Timeout)
    │   └── OrthancConnectTimeout
    ├── OrthancHTTPError                the server refused (a requests.HTTPError)
    │   ├── Redirected                  3xx  sent elsewhere, where this client does not go
    │   ├── BadRequest                  400
    │   │   ├── BadFileFormat           400  not a DICOM file (or not what the route takes)
    │   │   └── UnknownDicomTag         500  a tag that the server does not know (a ServerError too)
    │   ├── Unauthorized                401
    │   ├── Forbidden                   403
    │   ├── NotFound                    404
    │   ├── MethodNotAllowed            405
    │   ├── NotAcceptable               406
    │   ├── Conflict                    409
    │   │   └── RevisionConflict        409  somebody else changed it first (If-Match)
    │   ├── PayloadTooLarge             413
    │   ├── UnsupportedMediaType        415
    │   ├── RangeNotSatisfiable         416
    │   ├── UnprocessableContent        422
    │   │   └── DicomQueryRefused       422  the remote modality cannot process the query (a NetworkProtocolError too)
    │   └── ServerError                 500 and up
    │       ├── NetworkProtocolError       500  a remote modality refused, or cannot be reached; has the DIMSE status
    │       │   └── DicomQueryRefused
    │       ├── UnknownDicomTag
    │       ├── PluginError             500  from within a plugin or a script of the server
    │       ├── ReadOnlyServer          500  the server does not let anything be changed
    │       ├── ServiceUnavailable      502, 503, 504  for the moment: worth another try later
    │       │   └── DatabaseUnavailable 503
    │       └── StorageFull             507
    ├── NotSupportedByServer            the server is too old for this route or argument
    ├── UnexpectedAnswer                the answer is not what this route answers (a proxy's page, for instance)
    ├── InvalidTags                     DICOM values are not as DICOM wants them (a ValueError)
    ├── JobFailed                       a job of the server ended without success
    └── TransferFailed                  some files of an upload or a download are not where they should be

The class comes from the HTTP status, refined by Orthanc's own error code where the answer has one: many answers, most
404 among them, have an empty body.

No message holds credentials, query strings, bodies or DICOM values, so all of them may be logged; the one thing that is
quoted from an answer is the sentence in which Orthanc itself says what is wrong.

All errors can be pickled and copied; what is pickled leaves the live ``response`` and ``request`` behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

import requests

from orthanc_models.problems import InvalidTags, OrthancError
from orthanc_models.shown import printable
from orthanc_sdk.errors.validation_messages import problems

if TYPE_CHECKING:
    from typing import Self

    from pydantic import BaseModel, ValidationError

    from orthanc_sdk.transfers.download_report import DownloadReport
    from orthanc_sdk.models import ErrorInfo, JobInfo
    from orthanc_sdk.http.operation import Answer
    from orthanc_sdk.transfers.upload_report import UploadReport

__all__ = [
    "BadFileFormat",
    "BadRequest",
    "Conflict",
    "DatabaseUnavailable",
    "DicomQueryRefused",
    "Forbidden",
    "InvalidArgument",
    "InvalidTags",
    "JobFailed",
    "MethodNotAllowed",
    "NetworkProtocolError",
    "NotAcceptable",
    "NotFound",
    "NotSupportedByServer",
    "OrthancConnectTimeout",
    "OrthancConnectionError",
    "OrthancError",
    "OrthancHTTPError",
    "OrthancTimeout",
    "PayloadTooLarge",
    "PluginError",
    "RangeNotSatisfiable",
    "ReadOnlyServer",
    "Redirected",
    "RevisionConflict",
    "ServerError",
    "ServiceUnavailable",
    "StorageFull",
    "TransferFailed",
    "Unauthorized",
    "UnexpectedAnswer",
    "UnknownDicomTag",
    "UnprocessableContent",
    "UnsupportedMediaType",
]

_LIVE: Final = frozenset({"response", "request"})
_NAMED: Final = 3
"""How many of the files that failed a message names."""


# ---------------------------------------------------------------------------------------------------------------------
# Before anything is sent
# ---------------------------------------------------------------------------------------------------------------------


class InvalidArgument(OrthancError, ValueError):
    """An argument cannot be sent as it is; nothing was sent."""

    @classmethod
    def from_error(
        cls,
        route: str,
        name: str,
        error: ValueError | TypeError,
        model: type[BaseModel] | None = None,
    ) -> Self:
        """Says which fields are wrong and what was expected, without quoting what was given.

        Args:
            route: Such as ``POST /tools/find``.
            name: The argument that was checked, such as ``json``.
            error: What the check raised: a ``ValidationError`` of pydantic, or an error of ``json.dumps``.
            model: What it was checked against: knows the names that an unknown field may have been meant for.
        """
        from pydantic_core import ValidationError

        if isinstance(error, ValidationError):
            return cls(f"{route}: {name}: " + "; ".join(problems(error, model)))
        # Only the errors of json.dumps come here; they name types, never values.
        return cls(f"{route}: {name}: {error}")


# ---------------------------------------------------------------------------------------------------------------------
# No answer
# ---------------------------------------------------------------------------------------------------------------------


class OrthancConnectionError(OrthancError, requests.ConnectionError):
    """There was no answer, or only a part of one: no connection, a lost one, a certificate that is not trusted.

    A request that changes something may have been carried out nevertheless; it is never repeated by itself.
    """

    _live = _LIVE

    def __init__(self, message: str = "", *, request: requests.PreparedRequest | None = None) -> None:
        super().__init__(message)
        self.response: requests.Response | None = None
        self.request: requests.Request | requests.PreparedRequest | None = request


class OrthancTimeout(OrthancError, requests.Timeout):
    """There was no answer in time; the request may have been carried out nevertheless, or still be under way."""

    _live = _LIVE

    def __init__(self, message: str = "", *, request: requests.PreparedRequest | None = None) -> None:
        super().__init__(message)
        self.response: requests.Response | None = None
        self.request: requests.Request | requests.PreparedRequest | None = request


class OrthancConnectTimeout(OrthancConnectionError, OrthancTimeout, requests.ConnectTimeout):
    """There was no connection in time; nothing was sent."""


# ---------------------------------------------------------------------------------------------------------------------
# The server refused
# ---------------------------------------------------------------------------------------------------------------------


class OrthancHTTPError(OrthancError, requests.HTTPError):
    """The server answered with an error.

    Attributes:
        status: The HTTP status (``status_code`` is the same).
        orthanc_status: Orthanc's own error code, such as 17 for an unknown resource; None if the answer has none.
        message: Orthanc's sentence for that code; None if the answer has none.
        details: What Orthanc adds for this very case; None if there is nothing.
        method: The HTTP method.
        uri: The path on the server, without the query.
        route: Method and path template, such as ``GET /studies/{id}``.
        payload: More of it in JSON, for some errors of Orthanc 1.12.10 and newer: ``{"Type": ..., "Content": ...}``.
        body: The whole error document in JSON; None if the answer has none.  :attr:`info` has it typed.
        response: The answer as ``requests`` has it; None in an error that was pickled.
        request: The request, likewise.
    """

    _live = _LIVE

    default_status: ClassVar[int] = 0

    def __init__(
        self,
        description: str = "",
        *,
        status: int | None = None,
        route: str = "",
        method: str = "",
        uri: str = "",
        body: Mapping[str, object] | None = None,
        response: requests.Response | None = None,
    ) -> None:
        super().__init__(description)
        self.response: requests.Response | None = response
        request = None if response is None else response.request
        self.request: requests.Request | requests.PreparedRequest | None = request
        self.status: int = self.default_status if status is None else status
        self.route: str = route
        self.method: str = method
        self.uri: str = uri
        self.body: Mapping[str, object] | None = body
        facts: Mapping[str, object] = body or {}
        code = facts.get("OrthancStatus")
        self.orthanc_status: int | None = code if isinstance(code, int) else None
        self.message: str | None = _text(facts.get("Message")) or _text(facts.get("OrthancError"))
        self.details: str | None = _text(facts.get("Details"))
        self.payload: Mapping[str, object] | None = _fields(facts.get("ErrorPayload"))

    @property
    def status_code(self) -> int:
        """The HTTP status, under the name that ``requests`` has for it."""
        return self.status

    @property
    def info(self) -> ErrorInfo | None:
        """The error document of Orthanc as a model; None if the answer has none."""
        if self.body is None:
            return None
        from pydantic_core import ValidationError

        from orthanc_sdk import models

        try:
            return models.ErrorInfo.model_validate(self.body)
        except ValidationError:  # a plugin's, or of an Orthanc unknown to this package
            return None

    @staticmethod
    def from_answer(
        answer: Answer,
        *,
        route: str,
        method: str,
        uri: str,
        response: requests.Response | None = None,
        note: str | None = None,
    ) -> OrthancHTTPError:
        """The error of the right class for an answer that is not a success.

        Args:
            answer: What the server sent.
            route: Method and path template.
            method: The HTTP method.
            uri: The path that was asked for, without the query.
            response: The answer as ``requests`` has it.
            note: What else is known; put at the end of the message.
        """
        body = _error_document(answer.content)
        code = None if body is None else body.get("OrthancStatus")
        class_ = _class_for(answer.status, code if isinstance(code, int) else None)
        facts: Mapping[str, object] = body or {}
        said = [_text(facts.get("Message")) or _text(facts.get("OrthancError")), _text(facts.get("Details"))]
        if body is None:
            said = [class_.meaning]
        phrase = _phrase(answer.status)
        plugin = _text(facts.get("PluginName"))
        notes = [
            f"at {uri}" if route != f"{method} {uri}" else None,
            f"plugin {quoted(plugin)}" if plugin else None,
            "the answer is an HTML page: a proxy's?" if looks_like_html(answer) else None,
            note,
        ]
        words = [sentence and quoted(sentence) for sentence in _new(said, phrase)]
        description = ": ".join(filter(None, [route, f"{answer.status} {phrase}".strip(), *words]))
        if any(notes):
            description += " (" + "; ".join(filter(None, notes)) + ")"
        return class_(
            description, status=answer.status, route=route, method=method, uri=uri, body=body, response=response
        )

    meaning: ClassVar[str] = ""
    """What the status says where the server itself says nothing."""


class Redirected(OrthancHTTPError):
    """3xx: the server sends elsewhere, and this client does not go there.

    Redirects are followed on the same server only, so that credentials never reach another one, and only where they
    do not turn one method into another.
    """

    default_status = 302


class BadRequest(OrthancHTTPError):
    """400: the server cannot do anything with what was sent."""

    default_status = 400
    meaning = "the server does not understand the request"


class BadFileFormat(BadRequest):
    """400: what was sent is not a DICOM file, or not in the format that this route takes."""


class Unauthorized(OrthancHTTPError):
    """401: no credentials, or wrong ones."""

    default_status = 401
    meaning = "no credentials, or wrong ones"


class Forbidden(OrthancHTTPError):
    """403: these credentials do not allow it, or the server takes no remote requests at all."""

    default_status = 403
    meaning = "not allowed"


class NotFound(OrthancHTTPError):
    """404: there is no such resource."""

    default_status = 404
    meaning = "no such resource"


class MethodNotAllowed(OrthancHTTPError):
    """405: not with this method; also what a read-only Orthanc 1.12.5 and newer says to most changes."""

    default_status = 405
    meaning = "not with this method, or the server is read-only"


class NotAcceptable(OrthancHTTPError):
    """406: the server has it, but not in the form that the Accept header asks for."""

    default_status = 406
    meaning = "not available in that form"


class Conflict(OrthancHTTPError):
    """409: does not go with what is there."""

    default_status = 409
    meaning = "in conflict with what is there"


class RevisionConflict(Conflict):
    """409: it was changed by somebody else in the meantime; read it again and decide anew."""


class PayloadTooLarge(OrthancHTTPError):
    """413: more than the server, or a proxy in front of it, takes in one request."""

    default_status = 413
    meaning = "more than the server, or a proxy in front of it, takes at once"


class UnsupportedMediaType(OrthancHTTPError):
    """415: for images, that the frame cannot be decoded or does not exist."""

    default_status = 415
    meaning = "not in a format that the server can handle"


class RangeNotSatisfiable(OrthancHTTPError):
    """416: the range goes beyond the end."""

    default_status = 416
    meaning = "the range goes beyond the end"


class UnprocessableContent(OrthancHTTPError):
    """422: understood, but cannot be done."""

    default_status = 422
    meaning = "understood, but cannot be done"


class ServerError(OrthancHTTPError):
    """500 and up: the server failed, or what it needed to ask."""

    default_status = 500
    meaning = "the server failed"


class UnknownDicomTag(BadRequest, ServerError):
    """500: the server does not know a DICOM tag that was asked for: a mistake in the request in spite of its status."""

    default_status = 500


class NetworkProtocolError(ServerError):
    """500: a remote modality refused, cannot be reached, or does not speak the same DICOM."""

    @property
    def dimse_status(self) -> int | None:
        """What the remote modality answered, such as ``0xC000``; None if unknown, as always before Orthanc 1.12.10."""
        content = None if self.payload is None else self.payload.get("Content")
        for detail in _items(content) or [content]:
            status = (_fields(detail) or {}).get("DimseErrorStatus")
            if isinstance(status, int) and status != 0:
                return status
        return None


class DicomQueryRefused(NetworkProtocolError, UnprocessableContent):
    """422: the remote modality answered that it is unable to process the query (0xCxxx)."""

    default_status = 422


class PluginError(ServerError):
    """500: from within a plugin or a script of the server; often without any details."""


class ReadOnlyServer(ServerError):
    """500: the server is configured to be read-only."""


class ServiceUnavailable(ServerError):
    """502, 503, 504: not available for the moment, as Orthanc or a proxy in front of it says.

    After a 502 or 504 a request that changes something may have been carried out nevertheless.
    """

    default_status = 503
    meaning = "not available for the moment"


class DatabaseUnavailable(ServiceUnavailable):
    """503: the database is not available, or was too busy to carry the change out: worth another try."""


class StorageFull(ServerError):
    """507: the storage of the server is full."""

    default_status = 507
    meaning = "the storage of the server is full"


_BY_STATUS: Final[Mapping[int, type[OrthancHTTPError]]] = {
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
    502: ServiceUnavailable,
    503: ServiceUnavailable,
    504: ServiceUnavailable,
    507: StorageFull,
}

_BY_CODE: Final[Mapping[int, tuple[type[OrthancHTTPError], ...]]] = {
    1: (PluginError,),
    9: (NetworkProtocolError, DicomQueryRefused),
    15: (BadFileFormat,),
    19: (StorageFull,),
    22: (ReadOnlyServer,),
    27: (UnknownDicomTag,),
    36: (DatabaseUnavailable,),
    42: (DatabaseUnavailable,),
    43: (RevisionConflict,),
    2015: (NetworkProtocolError,),
    2016: (NetworkProtocolError,),
    2017: (NetworkProtocolError,),
    2045: (NetworkProtocolError,),
}


def _class_for(status: int, code: int | None) -> type[OrthancHTTPError]:
    class_: type[OrthancHTTPError] | None = _BY_STATUS.get(status)
    if class_ is None:
        class_ = ServerError if status >= 500 else Redirected if 300 <= status < 400 else OrthancHTTPError
    # A plugin is free to choose the status: the code refines what the status says and never contradicts it.
    refinements: Sequence[type] = () if code is None else _BY_CODE.get(code, ())
    return next((refined for refined in refinements if issubclass(refined, class_)), class_)


def _error_document(content: bytes) -> dict[str, object] | None:
    # Orthanc calls it text/plain, or nothing at all: only the content tells.
    if not content.startswith(b"{"):
        return None
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    fields = _fields(document)
    return fields if fields is not None and ("OrthancStatus" in fields or "OrthancError" in fields) else None


def _fields(value: object) -> dict[str, object] | None:
    """The value, if it is a JSON object."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None  # json.loads makes no others


def _items(value: object) -> list[object]:
    """The value, if it is a JSON list."""
    return cast("list[object]", value) if isinstance(value, list) else []  # json.loads makes no others


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _new(said: Iterable[str | None], known: str) -> Iterator[str | None]:
    """What does not only repeat what is known ("400 Bad Request: Bad request")."""
    return (sentence for sentence in said if sentence is None or sentence.lower() != known.lower())


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


# ---------------------------------------------------------------------------------------------------------------------
# The server is another one than expected
# ---------------------------------------------------------------------------------------------------------------------


class NotSupportedByServer(OrthancError):
    """The server is too old for a route, or for an argument of it.

    It is no :class:`NotFound`: code that takes that for "there is no such study" must not take this for the same.
    The error that the server gave is the ``__cause__``.

    Attributes:
        route: Method and path template.
        argument: The argument that the server does not know; None if it is the route itself.
        needed: The first version of Orthanc that knows it.
        server_version: The version of the server.
    """

    def __init__(
        self,
        description: str = "",
        *,
        route: str = "",
        argument: str | None = None,
        needed: str = "",
        server_version: str = "",
    ) -> None:
        super().__init__(description)
        self.route: str = route
        self.argument: str | None = argument
        self.needed: str = needed
        self.server_version: str = server_version

    @classmethod
    def needs(
        cls, what: str, needed: str, server_version: str, *, route: str = "", argument: str | None = None
    ) -> Self:
        """The error for something that came with a version which the server is older than.

        Args:
            what: What it is, for the message: ``labels``.
            needed: The first version that has it.
            server_version: The version of the server.
            route: Method and path template, if it is about one.
            argument: The argument of that route that is too new, if it is about one.
        """
        return cls(
            f"{what} needs Orthanc {needed}; this server is Orthanc {server_version}",
            route=route,
            argument=argument,
            needed=needed,
            server_version=server_version,
        )


class UnexpectedAnswer(OrthancError):
    """The answer is a success by its status, but not what this route answers.

    That may be a page of a proxy, an answer that was cut short, or one of an Orthanc unknown to this package.

    Attributes:
        route: Method and path template.
        answer: The answer; it may hold patient data, which the message does not.
    """

    def __init__(self, problem: str = "") -> None:
        super().__init__(problem)
        self.problem: str = problem
        self.route: str = ""
        self.answer: Answer | None = None

    @classmethod
    def from_validation(cls, content: bytes, error: ValidationError) -> Self:
        """For JSON that does not fit its model, or is no JSON."""
        if not content.strip():
            return cls("the answer is empty")
        return cls("; ".join(problems(error, None)))

    @classmethod
    def from_text(cls, text: str, expected: str) -> Self:
        """For text that is not of the form that it should have."""
        return cls(f"expected {expected}, not {len(text)} characters of something else")

    def add_request(self, route: str, answer: Answer) -> None:
        """Completes the message with what was asked and what came."""
        self.route = route
        self.answer = answer
        kind = quoted(answer.headers.get("content-type") or "no content type", 80)
        problem = self.problem
        if looks_like_html(answer):
            problem = "the answer is an HTML page: from a proxy, or a login page? Is the URL of the server right?"
        message = f"{route}: unexpected answer ({answer.status}, {kind}, {len(answer.content)} bytes): {problem}"
        self.args: tuple[Any, ...] = (message,)  # Any: as BaseException has it


class JobFailed(OrthancError):
    """A job of the server ended without success.

    Attributes:
        job_id: Its identifier.
        error_code: Orthanc's error code, such as 9 for an error of the DICOM network; None if unknown.
        details: What Orthanc says about it; None if it says nothing.
        content: What the job did until then, in JSON.
        info: The job as it was when it was seen to have failed; None if unknown.
    """

    def __init__(
        self,
        description: str = "",
        *,
        job_id: str = "",
        error_code: int | None = None,
        details: str | None = None,
        content: Mapping[str, object] | None = None,
        info: JobInfo | None = None,
    ) -> None:
        super().__init__(description)
        self.info: JobInfo | None = info
        self.job_id: str = job_id
        self.error_code: int | None = error_code
        self.details: str | None = details
        self.content: Mapping[str, object] | None = content

    @classmethod
    def from_info(cls, info: JobInfo) -> Self:
        """The error of a job, from what ``GET /jobs/{id}`` tells of it."""
        # Orthanc interrupts jobs when it stops, and calls the reason "Success" when it is there again.
        description = info.error_description if info.error_code else "no reason is given, as after a restart"
        said = ": ".join(quoted(text) for text in [description, info.error_details] if text)
        return cls(
            f"job {info.id} ({info.type}) failed: {said}",
            job_id=info.id,
            error_code=info.error_code,
            details=info.error_details or None,
            content=_fields(info.content.model_dump(mode="json", by_alias=True, exclude_unset=True)),
            info=info,
        )


class TransferFailed(OrthancError):
    """Some files of an upload or a download are not where they should be.

    Attributes:
        report: What became of each file.
    """

    def __init__(self, description: str = "", *, report: UploadReport | DownloadReport | None = None) -> None:
        super().__init__(description)
        self.report: UploadReport | DownloadReport | None = report

    @classmethod
    def of_files(
        cls, failures: Sequence[tuple[str, str | None]], total: int, done: str, report: UploadReport | DownloadReport
    ) -> Self:
        """The error for some files.

        Args:
            failures: Name and reason of each.
            total: How many files there were.
            done: What was to be done with them, such as ``uploaded``.
            report: What became of each.
        """
        # Names are quoted: what is in them is not ours, and may not be good for a terminal.
        named = "; ".join(f"{name!r}: {reason}" for name, reason in failures[:_NAMED])
        more = f"; and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
        return cls(f"{len(failures)} of {total} files were not {done}: {named}{more}", report=report)


def quoted(text: str, longest: int = 1000) -> str:
    """What a server says, as it may stand in a message: not too long, and nothing that a terminal obeys."""
    plain = printable(text[:longest])
    return plain if len(text) <= longest else f"{plain}..."


def looks_like_html(answer: Answer) -> bool:
    """Whether the answer is an HTML page, which no route of Orthanc's REST API ever answers."""
    start = answer.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))
