"""Bodies of requests: JSON validated by a model, or raw content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import TextIOBase
from typing import IO, TYPE_CHECKING, Any, TypeGuard, cast

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.encoders import Encoder, shortened

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter

    from orthanc_sdk.character_sets.requests import Kind


Body = bytes | IO[bytes] | Iterable[bytes]


@dataclass(frozen=True)
class JsonBody:
    """A JSON body: a request model, or a mapping in Orthanc's spelling that is validated by that model.

    Args:
        model: The request model; None if the body is of the type ``other``.
        other: Type of bodies that have no model, such as a list of identifiers.
        unless: Mappings without this field are of the type ``other``: two routes have an older form of body.
        word: The field that a plain string stands for.
        like: Model of an answer that may be sent back: it has the fields of the model, and more.
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
        """The bytes to send, and the fields of the body, on which the type of the answer may depend."""
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
            # Written from what was validated: other Mapping and Sequence types become JSON objects and arrays.
            content = self._other.dump_json(self._other.validate_python(value, strict=True))
        except (ValueError, TypeError) as error:
            refusal = InvalidArgument.from_error(route, "json", error)
        else:
            self._check_texts(route, content, cast("Mapping[str, object]", value))
            return content, {}
        raise refusal  # not in the handler: __context__ would quote the values

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
                # By alias only: a mapping is what one would send without this library.
                value = model.model_validate(dict(cast("Mapping[str, object]", value)), by_alias=True, by_name=False)
            # None means not given, as in Python: `labels=None` is not `"Labels": null`.
            return model.model_dump(value, mode="json", by_alias=True, exclude_unset=True, exclude_none=True)  # type: ignore[arg-type]  # it is a `model` here
        except (ValueError, TypeError) as error:
            refusal = InvalidArgument.from_error(route, "json", error, model)
        raise refusal  # not in the handler: __context__ would quote the values


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
                raise InvalidArgument(f"{route}: content must be {error}, not {shortened(value)}") from None
        return check_body(route, "content", value)


def check_body(route: str, name: str, value: object) -> Body:
    """Checks raw content: bytes, text, a binary file, or an iterable of bytes.

    Raises:
        InvalidArgument: if it is anything else.
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


def _is_model(value: object) -> TypeGuard[BaseModel]:
    from pydantic import BaseModel

    return isinstance(value, BaseModel)


def _is_pieces(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, Mapping)


class ReplayableBody:
    """A body that can be sent again by a retry, from where it began.

    Args:
        body: What is sent.
        route: Method and path template, for error messages.
    """

    def __init__(self, body: Body | None, route: str) -> None:
        self._route = route
        self._plain: bytes | None = body if isinstance(body, bytes) else None
        self._file: IO[bytes] | None = None
        self._start: int | None = None
        self._parts: Iterable[bytes] | None = None
        self.can_be_read_again: bool = True
        if body is None or isinstance(body, bytes):
            return
        if hasattr(body, "read"):
            self._file = cast("IO[bytes]", body)  # there is no type for "has read()" in the standard library
            try:
                self._start = self._file.tell()
                self._file.seek(self._start)
            except (AttributeError, OSError):  # a pipe, or a file-like object that can only be read
                self.can_be_read_again = False
        elif isinstance(body, Iterator):
            self.can_be_read_again = False
            self._parts = self._pieces(body)
        else:
            self._parts = body

    def read(self) -> Body | None:
        """The body, from where it began."""
        if self._file is not None:
            if self._start is not None and self.can_be_read_again:
                self._file.seek(self._start)
            return self._file
        if self._parts is None:
            return self._plain
        return self._pieces(self._parts) if self.can_be_read_again else self._parts

    def _pieces(self, pieces: Iterable[object]) -> Iterator[bytes]:
        for piece in pieces:
            if not isinstance(piece, bytes | bytearray):
                raise InvalidArgument(f"{self._route}: the body must be pieces of bytes, not {type(piece).__name__}")
            if piece:  # an empty chunk would end the body
                yield bytes(piece)
