"""The keyword arguments of callbacks, for annotations: `def answer(output, uri, **request: Unpack[RestRequest])`."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from orthanc_sdk import plugin


class RestRequest(TypedDict):
    """The keyword arguments of a REST callback, after output and path (`plugin.RegisterRestCallback`)."""

    method: str
    """`GET`, `POST`, `PUT` or `DELETE`."""
    groups: tuple[str, ...]
    """The groups of the regular expression."""
    headers: dict[str, str]
    """The HTTP headers; their names are in lower case."""
    get: NotRequired[dict[str, str]]
    """The query arguments, for GET only."""
    body: NotRequired[bytes]
    """The body, for POST and PUT only."""


class FilterRequest(TypedDict):
    """The keyword arguments of an HTTP request filter, after the path (`plugin.RegisterIncomingHttpRequestFilter`)."""

    method: plugin.HttpMethod
    """A constant such as `plugin.HttpMethod.GET`."""
    ip: str
    """The IP address of the client."""
    headers: dict[str, str]
    """The HTTP headers; their names are in lower case."""
    get: NotRequired[dict[str, str]]
    """The query arguments, for GET only."""


class MoveRequest(TypedDict):
    """The keyword arguments of a callback for C-MOVE, which has no others (`plugin.RegisterMoveCallback`)."""

    Level: str
    """`PATIENT`, `STUDY`, `SERIES` or `INSTANCE`; empty if the request has none."""
    PatientID: str
    AccessionNumber: str
    StudyInstanceUID: str
    SeriesInstanceUID: str
    SOPInstanceUID: str
    OriginatorAET: str
    """The calling AE title."""
    SourceAET: str
    """The called AE title."""
    TargetAET: str
    """The AE title of the move destination."""
    OriginatorID: int
    """The message ID of the request."""
