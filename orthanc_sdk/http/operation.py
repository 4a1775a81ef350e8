"""What an operation of Orthanc's REST API is, without any HTTP library.

An :class:`Operation` knows how arguments become a request (:class:`Request`) and how an answer
(:class:`orthanc_sdk.errors.answer.Answer`) becomes a Python value. It does no input or output: a transport sends the
request and hands the answer back. The generated modules in :mod:`orthanc_sdk.routes` are lists of operations with a
typed method for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar
from urllib.parse import quote

from orthanc_sdk.errors import InvalidArgument, UnexpectedAnswer
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.encoders import Encoder, integer, is_unicode, shortened
from orthanc_sdk.http.readers import Reader, When
from orthanc_sdk.http.request_body import Body, Content, JsonBody

T = TypeVar("T")


QUERY_SAFE: Final = "!$'()*,;:@/?"
"""Not quoted in the query: before 1.13.0 Orthanc does not decode values, and lists have ``;`` and ``,`` in them."""


Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A query argument or a header: its name in the request, its encoder, and the version that introduced it."""

    wire: str
    encode: Encoder
    since: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request that is ready to be sent, with the reader of its answer."""

    operation: Operation[T]
    path: str
    # May be patient data: tracebacks with variables show the repr.
    query: Sequence[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: Body | None = field(repr=False)
    reader: Reader = field(repr=False)
    arguments: Mapping[str, object] = field(repr=False)

    @property
    def route(self) -> str:
        """Method and path template, for error messages: without identifiers."""
        return self.operation.route

    def read(self, answer: Answer) -> T:
        """The value of the answer.

        For 304 it is None: that status is the answer to ``if_none_match`` only, whose ``T`` includes None.

        Raises:
            UnexpectedAnswer: if the answer is not of the form that this operation has.
        """
        try:
            if answer.status == 304:
                return None  # type: ignore[return-value]  # see above
            self.check_kind(answer)
            return self.reader.read(answer)  # type: ignore[return-value]  # T is what the generator wrote for this reader
        except UnexpectedAnswer as error:
            error.add_request(self.route, answer)
            raise

    def check_kind(self, answer: Answer) -> None:
        """Refuses HTML before it is read as text or written to a file: no operation returns it, proxies do.

        Attachments may be of any type.
        """
        if (
            answer.headers.get("content-type", "").startswith("text/html")
            and "/attachments/" not in self.operation.path
        ):
            error = UnexpectedAnswer("the answer is an HTML page")
            error.add_request(self.route, answer)
            raise error

    def newer_arguments(self) -> Iterable[tuple[str, str]]:
        """The arguments that were sent and that not every version knows, each with the version that introduced it."""
        sent = {wire for wire, _ in self.query} | set(self.headers)
        for name, argument in self.operation.arguments.items():
            if argument.since is not None and argument.wire in sent:
                yield name, argument.since


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One operation: method and path, how its arguments are sent, and how an answer becomes a ``T``.

    Args:
        method: HTTP method.
        path: Template such as ``/studies/{id}/labels/{label}``.
        reader: Reads the answer, unless one of the cases applies.
        cases: Answers that depend on an argument; the first one that holds wins over ``reader``.
        query: Query arguments by their Python name.
        headers: Headers by their Python name.
        body: How the body is written, if there is one.
        body_required: Whether a body must be given.
        paged: Whether ``since`` and ``limit`` must come together.
        since: The version of Orthanc that introduced the operation; None for those that all supported versions have.
    """

    method: Method
    path: str
    reader: Reader
    cases: tuple[When, ...] = ()
    query: Mapping[str, Argument] = field(default_factory=dict[str, Argument])
    headers: Mapping[str, Argument] = field(default_factory=dict[str, Argument])
    body: JsonBody | Content | None = None
    body_required: bool = False
    paged: bool = False
    since: str | None = None

    @property
    def route(self) -> str:
        """For example ``GET /studies/{id}``."""
        return f"{self.method} {self.path}"

    @property
    def arguments(self) -> Mapping[str, Argument]:
        """Query arguments and headers by their Python name."""
        return {**self.query, **self.headers}

    def request(self, *path: object, body: object = None, **arguments: object) -> Request[T]:
        """Checks the arguments and writes the request; nothing is sent.

        Arguments that are None are left out.

        Raises:
            InvalidArgument: if an argument cannot be sent as it is; the message names it.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        for name, argument in self.arguments.items():
            if argument.required and name not in given:
                raise InvalidArgument(f"{self.route}: {name} must be given")
        if self.paged and "limit" in given:
            given.setdefault("since", 0)  # Orthanc refuses one without the other
        elif self.paged and "since" in given:
            raise InvalidArgument(f"{self.route}: since needs limit too")
        headers = dict(self._encode(self.headers, given))
        encoded: Body | None = None
        fields: Mapping[str, object] = {}
        if self.body is not None and (body is not None or self.body_required or isinstance(self.body, JsonBody)):
            if isinstance(self.body, JsonBody):
                encoded, fields = self.body.encode(self.route, body)
                headers["Content-Type"] = "application/json"
            else:
                encoded = self.body.body(self.route, body)
                headers["Content-Type"] = self.body.media_type
        elif self.method in ("POST", "PUT"):
            encoded = b""
        return Request(
            operation=self,
            path=self._path(path),
            query=list(self._encode(self.query, given)),
            headers=headers,
            body=encoded,
            reader=self._reader({**fields, **given}),
            arguments=given,
        )

    def _reader(self, arguments: Mapping[str, object]) -> Reader:
        for case in self.cases:
            if case.holds(arguments):
                return case.reader
        return self.reader

    def _encode(self, known: Mapping[str, Argument], given: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        for name, argument in known.items():
            if name in given:
                try:
                    encoded = argument.encode(given[name])
                except ValueError as error:
                    value = shortened(given[name])
                    raise InvalidArgument(f"{self.route}: {name} must be {error}, not {value}") from None
                if encoded is not None:
                    if not is_unicode(encoded):
                        raise InvalidArgument(f"{self.route}: {name} has characters that UTF-8 cannot express")
                    if "&" in encoded and name in self.query:
                        # Orthanc 1.13.0 splits the query after it has decoded it.
                        raise InvalidArgument(f"{self.route}: {name} must not have '&' in it, which ends an argument")
                    yield argument.wire, encoded

    def _path(self, values: Sequence[object]) -> str:
        names = re.findall(r"\{(\w+)\}", self.path)
        if len(names) != len(values):
            raise InvalidArgument(f"{self.route}: takes {len(names)} path arguments, not {len(values)}")
        path = self.path
        for name, value in zip(names, values, strict=True):
            path = path.replace("{" + name + "}", self._segment(name, value), 1)
        return path

    def _segment(self, name: str, value: object) -> str:
        if name in ("frame", "index"):
            if isinstance(value, str) and re.fullmatch(r"[0-9]+", value) is not None:
                return value
            try:
                return integer(value)
            except ValueError as error:
                raise InvalidArgument(f"{self.route}: {name} must be {error}, not {shortened(value)}") from None
        if not isinstance(value, str):
            raise InvalidArgument(f"{self.route}: {name} must be a string, not {type(value).__name__}")
        parts = value.split("/") if name == "path" else [value]
        for part in parts:
            # Orthanc takes a backslash for a slash, and drops the dots at the end of a part of the path.
            if not part or part.endswith(".") or re.search(r"[/\\\0]", part) is not None:
                raise InvalidArgument(
                    f"{self.route}: {name} must not be empty, end in '.',"
                    f" or have '/', '\\' or NUL in it: {shortened(value)}"
                )
            if not is_unicode(part):
                raise InvalidArgument(f"{self.route}: {name} has characters that UTF-8 cannot express")
        return "/".join(quote(part, safe="") for part in parts)
