"""What callbacks are given as keywords, for annotations: `def answer(output, uri, **request: Unpack[RestRequest])`."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from orthanc_sdk import plugin


class RestRequest(TypedDict):
    """What a REST callback is given beside output and path (`plugin.RegisterRestCallback`)."""

    method: str
    """`GET`, `POST`, `PUT` or `DELETE`."""
    groups: tuple[str, ...]
    """What the groups of the regular expression have matched."""
    headers: dict[str, str]
    """The HTTP headers; their names are in lower case."""
    get: NotRequired[dict[str, str]]
    """The query arguments; there for GET only."""
    body: NotRequired[bytes]
    """The body; there for POST and PUT only."""


class FilterRequest(TypedDict):
    """What a filter of HTTP requests is given beside the path (`plugin.RegisterIncomingHttpRequestFilter`)."""

    method: plugin.HttpMethod
    """A number: `plugin.HttpMethod.GET`, for instance."""
    ip: str
    """Where the request comes from."""
    headers: dict[str, str]
    """The HTTP headers; their names are in lower case."""
    get: NotRequired[dict[str, str]]
    """The query arguments; there for GET only."""


class MoveRequest(TypedDict):
    """What a callback for C-MOVE is given, all of it as keywords (`plugin.RegisterMoveCallback`)."""

    Level: str
    """`PATIENT`, `STUDY`, `SERIES` or `INSTANCE`; empty if the request does not say."""
    PatientID: str
    AccessionNumber: str
    StudyInstanceUID: str
    SeriesInstanceUID: str
    SOPInstanceUID: str
    OriginatorAET: str
    """The AE title of who sent the request."""
    SourceAET: str
    """The AE title by which this server was called."""
    TargetAET: str
    """The AE title to send to."""
    OriginatorID: int
    """The message ID of the request."""
