"""What an operation of Orthanc's REST API is, without any HTTP library.

An :class:`Operation` knows how arguments become a request (:class:`Request`) and how an answer (:class:`Answer`)
becomes a Python value.  It does no input or output: a transport sends the request and hands the answer back.  The
generated modules in :mod:`orthanc_sdk.routes` are lists of operations with a typed method for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from io import TextIOBase
from typing import IO, TYPE_CHECKING, Any, Final, Generic, Literal, Protocol, TypeGuard, TypeVar, cast
from urllib.parse import quote

from orthanc_sdk.errors import InvalidArgument, UnexpectedAnswer
from orthanc_sdk.garbage import search_paused

if TYPE_CHECKING:
    # As long to import as all the rest: it is loaded with the first answer that needs it.
    from pydantic import BaseModel, TypeAdapter, ValidationError

    from orthanc_sdk.character_sets.requests import Kind
    from orthanc_sdk.errors import OrthancError

T = TypeVar("T")
QUERY_SAFE: Final = "!$'()*,;:@/?"
"""What stays as it is in the query: Orthanc decodes values since 1.13.0 only, and lists have ``;`` and ``,``."""

_LARGE: Final = 256 * 1024
"""Bytes of JSON of which reading takes so long that it pays to think of it."""

Method = Literal["GET", "POST", "PUT", "DELETE"]
Body = bytes | IO[bytes] | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent, free of any HTTP library: status, headers (names in lower case) and the whole body."""

    status: int
    # May be patient data, or a cookie, which a traceback with variables would show.
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    strict: bool = False
    """Whether main DICOM tags that are not as DICOM wants them are an error."""

    @property
    def is_json(self) -> bool:
        """Whether the server calls the body JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are not UTF-8 survive as surrogates, so that nothing is lost."""
        return self.content.decode("utf-8", "surrogateescape")


# ---------------------------------------------------------------------------------------------------------------------
# Answers: bytes -> a Python value
# ---------------------------------------------------------------------------------------------------------------------


class Reader(Protocol):
    """Turns the body of a successful answer into the value that a method returns."""

    def read(self, answer: Answer) -> object: ...


@dataclass(frozen=True)
class Json:
    """A JSON answer, validated straight from its bytes.

    The type comes from a function because the models are loaded when a first answer needs them, not at import.
    """

    type_: Callable[[], Any]  # Any: a type expression, unions and list[...] among them

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:  # Any: the type is known to the operation that owns this reader, not here
        from pydantic import TypeAdapter

        return TypeAdapter(self.type_())

    def read(self, answer: Answer) -> object:
        from pydantic_core import ValidationError

        context = _strict_context() if answer.strict else None
        try:
            with search_paused() if len(answer.content) > _LARGE else nullcontext():
                return self.adapter.validate_json(answer.content, context=context)
        except ValidationError as error:
            refusal = _refusal(answer, error)
        # Not in the handler, where it would hold on to the error of pydantic: that quotes the values.
        raise refusal


def _refusal(answer: Answer, error: ValidationError) -> OrthancError:
    if answer.strict:
        from orthanc_models.problems import InvalidTags

        if (invalid := InvalidTags.from_validation(error)) is not None:
            return invalid
    return UnexpectedAnswer.from_validation(answer.content, error)


def _strict_context() -> object:
    from orthanc_models.tags_base import ReadContext

    return ReadContext(strict=True)


@dataclass(frozen=True, slots=True)
class Converted:
    """A plain text answer of a known form, such as a number or a time."""

    convert: Callable[[str], object]
    expected: str

    def read(self, answer: Answer) -> object:
        try:
            return self.convert(answer.text)
        except ValueError:
            refusal = UnexpectedAnswer.from_text(answer.text, self.expected)
        raise refusal  # not in the handler: the other error may quote the text


@dataclass(frozen=True, slots=True)
class _Binary:
    def read(self, answer: Answer) -> object:
        return answer.content


@dataclass(frozen=True, slots=True)
class _Nothing:
    """An answer that says nothing but "done": an empty body or ``{}``."""

    def read(self, answer: Answer) -> object:
        if answer.content.strip() not in (b"", b"{}"):
            raise UnexpectedAnswer.from_text(answer.text, "an empty answer")
        return None


@dataclass(frozen=True, slots=True)
class OrNothing:
    """For routes where some version answers with an empty object instead."""

    reader: Reader

    def read(self, answer: Answer) -> object:
        return None if answer.content.strip() in (b"", b"{}") else self.reader.read(answer)


def _to_bool(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _to_int(text: str) -> int:
    if re.fullmatch(r"[0-9]+", text) is None:  # int() also takes blanks, signs, underscores and other digits
        raise ValueError(text)
    return int(text)


def _to_local_time(text: str) -> datetime:
    if re.fullmatch(r"[0-9]{8}T[0-9]{6}(\.[0-9]{1,6})?", text) is None:  # fromisoformat() takes much more
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _to_utc(text: str) -> datetime:
    return _to_local_time(text).replace(tzinfo=UTC)


BINARY: Final = _Binary()
NOTHING: Final = _Nothing()
TEXT: Final = Converted(str, "text")
BOOLEAN: Final = Converted(_to_bool, "0 or 1")
INTEGER: Final = Converted(_to_int, "a whole number")
UTC_TIME: Final = Converted(_to_utc, "a time such as 20261122T084038")
LOCAL_TIME: Final = Converted(_to_local_time, "a time such as 20261122T084038")


@dataclass(frozen=True, slots=True)
class ByContentType:
    """JSON or bytes, as the server's Content-Type says."""

    json: Json

    def read(self, answer: Answer) -> object:
        return self.json.read(answer) if answer.is_json else answer.content


@dataclass(frozen=True, slots=True)
class When:
    """A case of an answer: it holds if all the arguments have these values; True stands for any that is not False."""

    arguments: Mapping[str, object]
    reader: Reader

    def holds(self, arguments: Mapping[str, object]) -> bool:
        for name, expected in self.arguments.items():
            value = arguments.get(name)
            if value is None or (value is False if expected is True else value != expected):
                return False
        return True


# ---------------------------------------------------------------------------------------------------------------------
# Arguments: a Python value -> what goes over the wire
# ---------------------------------------------------------------------------------------------------------------------

Encoder = Callable[[object], "str | None"]
"""From an argument to its text; None sends nothing; ValueError says what was expected."""


def flag(value: object) -> str | None:
    """Sent when True and never otherwise: the mere presence of many flags means yes to Orthanc, ``=false`` included."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return "true" if value else None


def unset_flag(value: object) -> str | None:
    """For what is on by default: sent when False."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return None if value else "false"


def boolean(value: object) -> str:
    """``true`` or ``false``, for arguments whose value the server really reads."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return "true" if value else "false"


def integer(value: object) -> str:
    """A whole number; Orthanc takes a negative one for a huge one."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return str(value)


def signed(value: object) -> str:
    """A whole number that may be negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return str(value)


def number(value: object) -> str:
    """A number, whole or not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in (1e999, -1e999):
        raise ValueError("a finite number")
    return repr(value)


def text(value: object) -> str:
    """Text as it is."""
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def header_text(value: object) -> str:
    """Text of a header: no line breaks, nothing outside Latin-1."""
    if not isinstance(value, str) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) or value != value.strip():
        raise ValueError("a string without line breaks and without blanks around it")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a string of Latin-1 characters, as HTTP headers are") from None
    return value


def joined(separator: str) -> Encoder:
    """A list of words in one argument; a plain string is taken to be written in Orthanc's own spelling already."""

    def encode(value: object) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, Iterable):
            raise ValueError("a list of strings")
        words = list(cast("Iterable[object]", value))  # checked below, one by one
        for word in words:
            if not isinstance(word, str) or not word or separator in word:
                raise ValueError(f"a list of strings, none of them empty or with {separator!r} in it (not {word!r})")
        return separator.join(str(word) for word in words)

    return encode


def one_of(*choices: str) -> Encoder:
    """One of a few words; True and False stand for ``1`` and ``0`` where these are among them."""

    def encode(value: object) -> str:
        if isinstance(value, bool):
            value = "1" if value else "0"
        elif isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if not isinstance(value, str) or value not in choices:
            raise ValueError("one of " + ", ".join(map(repr, choices)))
        return value

    return encode


@dataclass(frozen=True, slots=True)
class Argument:
    """A query argument or a header: its name on the wire, how its value is written, since which version it works."""

    wire: str
    encode: Encoder
    since: str | None = None
    required: bool = False


@dataclass(frozen=True)
class JsonBody:
    """A JSON body: a request model, or a mapping in Orthanc's own spelling that is validated as that model.

    Args:
        model: The request model; None if any mapping of the type ``other`` is meant.
        other: The type of the bodies that are of no model: a list of identifiers, for instance.
        unless: Mappings without this field are of the type ``other``: two routes have an older form of their bodies.
        word: The field that a plain string stands for.
        like: An answer that may be sent back: its fields are those of the model, and some more.
        texts: What is done with DICOM tags in it; text that is certain to be lost is refused.
    """

    model: Callable[[], type[BaseModel]] | None = None
    other: Callable[[], Any] | None = None  # Any: a type expression
    unless: str | None = None
    word: str | None = None
    like: Callable[[], type[BaseModel]] | None = None
    texts: Kind | None = None

    @cached_property
    def _other(self) -> TypeAdapter[Any] | None:  # Any: only validates; what is sent was checked against `other`
        from pydantic import TypeAdapter

        return None if self.other is None else TypeAdapter(self.other())

    def encode(self, route: str, value: object) -> tuple[bytes, Mapping[str, object]]:
        """The bytes to send, and the fields of the body, which may decide what the answer is."""
        if value is None:
            value = {}
        elif self.word is not None and isinstance(value, str):
            if value.lstrip().startswith("{"):
                raise InvalidArgument(
                    f"{route}: json is a text with JSON in it: give a mapping, or the {self.word} alone"
                )
            value = {self.word: value}
        elif self.like is not None and self.model is not None and isinstance(value, self.like()):
            value = self.model().model_validate(
                {
                    name: part
                    for name, part in value
                    if name in self.model().model_fields and name in value.model_fields_set
                }
            )
        if self.model is not None and (_is_model(value) or self._is_mapping_of_model(value)):
            fields = self._fields(route, self.model(), value)
            content = json.dumps(fields, allow_nan=False).encode()
            self._check_texts(route, content, fields)
            return content, fields
        if self._other is None or _is_model(value):
            name = "a mapping" if self.model is None else f"{self.model().__name__} or a mapping"
            raise InvalidArgument(f"{route}: json must be {name}, not {type(value).__name__}")
        try:
            # What is written is what was validated: other Mapping and Sequence types become plain JSON ones.
            content = self._other.dump_json(self._other.validate_python(value, strict=True))
        except (ValueError, TypeError) as error:
            refusal = InvalidArgument.from_error(route, "json", error)
        else:
            self._check_texts(route, content, cast("Mapping[str, object]", value))
            return content, {}
        raise refusal  # not in the handler: the other error quotes the values

    def _check_texts(self, route: str, content: bytes, fields: Mapping[str, object]) -> None:
        if self.texts is not None and (not content.isascii() or b"\\u" in content):  # as json writes the others
            from orthanc_sdk.character_sets.requests import check_body

            check_body(route, self.texts, fields)

    def _is_mapping_of_model(self, value: object) -> bool:
        return isinstance(value, Mapping) and (self.unless is None or self.unless in value)

    @staticmethod
    def _fields(route: str, model: type[BaseModel], value: object) -> dict[str, Any]:  # Any: JSON of the model's fields
        if _is_model(value) and not isinstance(value, model):
            raise InvalidArgument(f"{route}: json must be {model.__name__} or a mapping, not {type(value).__name__}")
        try:
            if isinstance(value, Mapping):
                # Only Orthanc's spelling: a mapping is what one would send without this library.
                value = model.model_validate(dict(cast("Mapping[str, object]", value)), by_alias=True, by_name=False)
            # A field that is None says nothing, as in Python: `labels=None` is not `"Labels": null`.
            return model.model_dump(value, mode="json", by_alias=True, exclude_unset=True, exclude_none=True)  # type: ignore[arg-type]  # it is a `model` here
        except (ValueError, TypeError) as error:
            refusal = InvalidArgument.from_error(route, "json", error, model)
        raise refusal  # not in the handler: the other error quotes the values


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is not JSON: bytes, a binary file, an iterable of bytes, or text; ``encode`` narrows the text."""

    media_type: str
    encode: Encoder | None = None

    def body(self, route: str, value: object) -> Body:
        if self.encode is not None:
            try:
                value = self.encode(value)
            except ValueError as error:
                raise InvalidArgument(f"{route}: content must be {error}, not {_short(value)}") from None
        return check_body(route, "content", value)


def check_body(route: str, name: str, value: object) -> Body:
    """A body that can be sent as it is: bytes, text, a binary file, or pieces of bytes.

    Raises:
        InvalidArgument: if it is something else.
    """
    if isinstance(value, str):
        try:
            return value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise InvalidArgument(f"{route}: {name} has characters that UTF-8 cannot express") from None
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, memoryview):
        return value.tobytes()
    if isinstance(value, TextIOBase):
        raise InvalidArgument(f"{route}: {name} must be opened in binary mode ('rb')")
    if not hasattr(value, "read") and not _is_pieces(value):
        given = type(value).__name__  # never the value, which may be a patient's
        raise InvalidArgument(f"{route}: {name} must be bytes, text, a file or pieces of bytes, not {given}")
    return cast("Body", value)  # its pieces are checked when they are read


# ---------------------------------------------------------------------------------------------------------------------
# The operation
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request that is ready to be sent, and how its answer is read."""

    operation: Operation[T]
    path: str
    # What follows may be patient data, which a traceback with variables would show.
    query: Sequence[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: Body | None = field(repr=False)
    reader: Reader = field(repr=False)
    arguments: Mapping[str, object] = field(repr=False)

    @property
    def route(self) -> str:
        """For messages: the method and the path template, free of identifiers."""
        return self.operation.route

    def read(self, answer: Answer) -> T:
        """The value that the answer stands for.

        An answer of 304 is None: it comes only to those who say what they have (``if_none_match``), whose ``T`` has it.

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
        """Refuses HTML, before it is taken for text or written to a file: no operation answers it, proxies do.

        An attachment may be of any kind.
        """
        if (
            answer.headers.get("content-type", "").startswith("text/html")
            and "/attachments/" not in self.operation.path
        ):
            error = UnexpectedAnswer("the answer is an HTML page")
            error.add_request(self.route, answer)
            raise error

    def newer_arguments(self) -> Iterable[tuple[str, str]]:
        """The arguments that were sent and that not every version knows, each with the version that brought it."""
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
        reader: Reads the usual answer.
        cases: Answers that depend on an argument; the first one that holds wins over ``reader``.
        query: Query arguments by their Python name.
        headers: Headers by their Python name.
        body: How the body is written, if there is one.
        body_required: Whether a body must be given.
        paged: Whether ``since`` and ``limit`` must come together.
        since: The version of Orthanc that brought the operation; None for those that all supported versions have.
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
                    raise InvalidArgument(f"{self.route}: {name} must be {error}, not {_short(given[name])}") from None
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
                raise InvalidArgument(f"{self.route}: {name} must be {error}, not {_short(value)}") from None
        if not isinstance(value, str):
            raise InvalidArgument(f"{self.route}: {name} must be a string, not {type(value).__name__}")
        parts = value.split("/") if name == "path" else [value]
        for part in parts:
            # Orthanc takes a backslash for a slash, and drops the dots at the end of a part of the path.
            if not part or part.endswith(".") or re.search(r"[/\\\0]", part) is not None:
                raise InvalidArgument(
                    f"{self.route}: {name} must not be empty, end in '.',"
                    f" or have '/', '\\' or NUL in it: {_short(value)}"
                )
            if not is_unicode(part):
                raise InvalidArgument(f"{self.route}: {name} has characters that UTF-8 cannot express")
        return "/".join(quote(part, safe="") for part in parts)


def _is_model(value: object) -> TypeGuard[BaseModel]:
    from pydantic import BaseModel

    return isinstance(value, BaseModel)


def is_unicode(text: str) -> bool:
    """Whether it can be sent as UTF-8: lone surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_pieces(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, Mapping)


def _short(value: object) -> str:
    """A value for a message: never a whole file, never a whole list of patients."""
    written = repr(value)
    return written if len(written) <= 80 else written[:77] + "..."
