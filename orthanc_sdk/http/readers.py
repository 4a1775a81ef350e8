"""Readers of answers: from the bytes of a body to the Python value that a method returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from orthanc_sdk.errors import UnexpectedAnswer
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.garbage_collection import collection_paused

if TYPE_CHECKING:
    # Takes as long to import as all the rest: imported with the first answer that needs it.
    from pydantic import TypeAdapter, ValidationError

    from orthanc_sdk.errors import OrthancError


_LARGE: Final = 256 * 1024
"""Bytes of JSON from which on pausing the garbage collector pays."""


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
            with collection_paused() if len(answer.content) > _LARGE else nullcontext():
                return self.adapter.validate_json(answer.content, context=context)
        except ValidationError as error:
            refusal = _refusal(answer, error)
        # Not in the handler: __context__ would be the error of pydantic, which quotes the values.
        raise refusal


def _refusal(answer: Answer, error: ValidationError) -> OrthancError:
    if answer.strict:
        from orthanc_models.dicom.invalid_tags import InvalidTags

        if (invalid := InvalidTags.from_validation(error)) is not None:
            return invalid
    return UnexpectedAnswer.from_validation(answer.content, error)


def _strict_context() -> object:
    from orthanc_models.dicom.read_context import ReadContext

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
        raise refusal  # not in the handler: __context__ may quote the text


@dataclass(frozen=True, slots=True)
class _Binary:
    def read(self, answer: Answer) -> object:
        return answer.content


@dataclass(frozen=True, slots=True)
class _Nothing:
    """An answer without content: an empty body or ``{}``."""

    def read(self, answer: Answer) -> object:
        if answer.content.strip() not in (b"", b"{}"):
            raise UnexpectedAnswer.from_text(answer.text, "an empty answer")
        return None


@dataclass(frozen=True, slots=True)
class OrNothing:
    """For routes that some version answers with an empty object."""

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
    """JSON or bytes, depending on Content-Type."""

    json: Json

    def read(self, answer: Answer) -> object:
        return self.json.read(answer) if answer.is_json else answer.content


@dataclass(frozen=True, slots=True)
class When:
    """A case of an answer: it applies if all the arguments have these values; True stands for any value but False."""

    arguments: Mapping[str, object]
    reader: Reader

    def holds(self, arguments: Mapping[str, object]) -> bool:
        for name, expected in self.arguments.items():
            value = arguments.get(name)
            if value is None or (value is False if expected is True else value != expected):
                return False
        return True
