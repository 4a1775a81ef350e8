"""A request as HTTP has it, whatever library sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlencode

from orthanc_sdk.http.operation import QUERY_SAFE, Request
from orthanc_sdk.http.readers import BINARY, Json
from orthanc_sdk.http.request_body import Body

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """A request as HTTP has it.

    Attributes:
        method: The HTTP method.
        path: The path on the server, quoted, without the query.
        query: The query, quoted, without the question mark.
        headers: The headers of this request alone.
        body: The body, if there is one.
        route: Method and path template, for error messages.
    """

    method: str
    path: str
    # May be secret or patient data: tracebacks with variables show the repr.
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: Body | None = field(repr=False)
    route: str

    @property
    def where(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


def message_of(request: Request[T]) -> Message:
    """The request of an operation, as it is sent."""
    return Message(
        method=request.operation.method,
        path=request.path,
        query=urlencode(request.query, safe=QUERY_SAFE, quote_via=quote),
        headers={**_accept_headers(request), **request.headers},
        body=request.body,
        route=request.route,
    )


def _accept_headers(request: Request[T]) -> dict[str, str]:
    # Never XML: Orthanc converts all JSON to it when asked.  With JSON in Accept, a login proxy answers 401 instead of
    # its HTML page; the routes of images answer 404 to that, and have an Accept argument of their own.
    accepted = {"Accept": "application/json" if isinstance(request.reader, Json) else "*/*"}
    if request.reader is BINARY:
        accepted["Accept-Encoding"] = "identity"
    return accepted
