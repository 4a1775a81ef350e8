"""The server answered with an error: a class for each status that callers treat differently."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final, cast

import requests

from orthanc_models.orthanc_error import OrthancError
from orthanc_sdk.errors.answer import Answer, quoted
from orthanc_sdk.errors.connection import NOT_PICKLED

if TYPE_CHECKING:
    from orthanc_sdk.models import ErrorInfo


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

    _not_pickled = NOT_PICKLED

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
            "the answer is an HTML page: a proxy's?" if answer.is_html else None,
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
    """What the status means, where the server itself gives no reason."""


class Redirected(OrthancHTTPError):
    """3xx: the server redirects to where this client does not follow.

    Redirects are followed on the same server only, so that credentials never reach another one, and only where they
    keep the method.
    """

    default_status = 302


class BadRequest(OrthancHTTPError):
    """400: the server does not understand the request."""

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
    """405: not with this method; also the answer of a read-only Orthanc 1.12.5 or newer to most changes."""

    default_status = 405
    meaning = "not with this method, or the server is read-only"


class NotAcceptable(OrthancHTTPError):
    """406: the server has it, but not in the form that the Accept header asks for."""

    default_status = 406
    meaning = "not available in that form"


class Conflict(OrthancHTTPError):
    """409: in conflict with what is there."""

    default_status = 409
    meaning = "in conflict with what is there"


class RevisionConflict(Conflict):
    """409: it was changed by somebody else in the meantime: read it again, then decide."""


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
    """500 and up: the server failed, or what it depends on."""

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
    # Content-Type is text/plain, or missing: only the content tells.
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
    """The sentences that do not just repeat the phrase ("400 Bad Request: Bad request")."""
    return (sentence for sentence in said if sentence is None or sentence.lower() != known.lower())


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
