"""DICOM tags with typed values, read lazily from what the server sent.

:class:`TypedTags` wraps the mapping that Orthanc sends, in any of its formats, and converts a value when it is asked
for. Its subclasses in :mod:`orthanc_models.main_tags` have an attribute for each main DICOM tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypeAlias, TypeGuard, TypeVar, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

from orthanc_models.problems import InvalidTags, TagProblem
from orthanc_models.shown import printable
from orthanc_models.tag_readers import (
    NOT_ITEMS,
    NUMBER,
    UTC_OFFSET,
    Read,
    SimpleValue,
    TagReader,
    reader_for,
    scalar_reader,
)
from orthanc_models.values import parse_utc_offset

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["DicomValue", "InvalidTags", "RawValue", "ReadContext", "TagProblem", "TypedTags"]

T = TypeVar("T")

DicomValue: TypeAlias = "SimpleValue | tuple[SimpleValue, ...] | tuple[TypedTags, ...] | None"
"""The value of a DICOM tag: of a class that goes with its value representation (VR).

===================  ====================================
DA                   ``date``
TM                   ``time``
DT                   ``datetime``, aware if it has an offset
AS                   ``dateutil.relativedelta``
PN                   :class:`PersonName`, a ``str``
IS US SS UL SL ...   ``int``
DS FL FD             ``float``
SQ                   tuple of :class:`TypedTags`
all others           ``str``
===================  ====================================

A tuple of them if the tag may have several values; None if there is no value or none that is right.
"""

RawValue: TypeAlias = str | list[dict[str, JsonValue]] | None
"""The value of a DICOM tag as Orthanc sends it: text, the items of a sequence, or None if it is binary or too long."""

_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class ReadContext:
    """How answers are read: the ``context`` of a validation by pydantic.

    ::

        TypeAdapter(list[StudyInfo]).validate_json(content, context=ReadContext(strict=True))

    Attributes:
        strict: Whether tags that are not as DICOM wants them are an error. Otherwise reading never fails because of
            them: see :attr:`TypedTags.problems`.
    """

    strict: bool = False


# ---------------------------------------------------------------------------------------------------------------------
# Tags
# ---------------------------------------------------------------------------------------------------------------------


class TypedTags(Mapping[str, DicomValue]):
    """DICOM tags by keyword, with values of Python types: ``tags["StudyDate"]`` is a ``date``.

    All three formats in which Orthanc writes tags are read alike, and a tag may be named by keyword or by number::

        tags = TypedTags({"StudyDate": "20240131", "PatientAge": "034Y", "Rows": "512"})
        tags["StudyDate"] == tags["0008,0020"] == date(2024, 1, 31)
        tags["PatientAge"].years == 34
        tags.raw["StudyDate"] == "20240131"

    Real data are not always as DICOM wants them, and reading never fails because of that:

    - A value that cannot be converted is None, or ``()`` if the tag may have several. It is listed in :attr:`problems`,
      and :attr:`raw` has it as it was sent. There are no partial conversions: one bad number makes all of them ``()``.
    - Text is always there, without the padding at its end, and listed in :attr:`problems` if its form is against the
      rules, as that of a UID with a letter.
    - An empty value is None or ``()`` and no problem. The same holds for null, with which Orthanc says that it does not
      give the value: it is binary, too long to be listed, or was asked for and is not in the file.
    - A tag that the server did not send is a ``KeyError``, and ``tag in tags`` is False.
    - Private tags, and what else is not in the DICOM dictionary, are read as text.

    Nothing is converted before it is asked for, and nothing can be changed. Equal are tags with the same raw values, in
    whatever format, and the mapping as it was sent.
    """

    __slots__ = ("_by_name", "_sent")

    _known: ClassVar[Mapping[str, TagReader[DicomValue]]] = {}
    """Tags that are read without the DICOM dictionary, by keyword and by number."""

    _sent: dict[str, object]
    _by_name: dict[str, object] | None

    def __init__(self, tags: Mapping[str, object] | None = None, /) -> None:
        """Wraps tags in one of the formats of Orthanc.

        Raises:
            TypeError: if a key is no text.
        """
        if isinstance(tags, TypedTags):
            tags = tags._sent
        sent = {} if tags is None else dict(tags)
        if not _is_item(sent):
            raise TypeError("DICOM tags are named by text")
        self._sent = sent
        self._by_name = None

    # --- what the server sent -----------------------------------------------------------------------------------

    @property
    def sent(self) -> Mapping[str, object]:
        """Exactly what the server sent, in its format."""
        return MappingProxyType(self._sent)

    @property
    def raw(self) -> Mapping[str, RawValue]:
        """The values as the server sent them, by keyword in every format: ``tags.raw["StudyDate"] == "20240131"``.

        A tag without keyword, such as a private one, has its number, or what the server calls it. The items of
        sequences are as they were sent.
        """
        return MappingProxyType(cast("dict[str, RawValue]", self._raw()))  # taken as it is: the server sends no others

    @property
    def problems(self) -> tuple[TagProblem, ...]:
        """What is not as DICOM wants it, those of the items of sequences included; empty if nothing is."""
        return tuple(self._problems(""))

    def check(self) -> None:
        """Makes sure that all values are as DICOM wants them.

        Raises:
            InvalidTags: if some are not; it has all of them.
        """
        problems = self.problems
        if problems:
            raise InvalidTags(problems)

    # --- a mapping ----------------------------------------------------------------------------------------------

    def __getitem__(self, key: str, /) -> DicomValue:
        """The value of a tag, by keyword (``StudyDate``) or by number (``0008,0020``, ``0008-0020``, ``00080020``).

        Raises:
            KeyError: if the server did not send it.
        """
        reader, raw = self._find(key)
        return reader.read(raw)[0]

    def __contains__(self, key: object, /) -> bool:
        """Whether the server sent the tag, be it empty, null or invalid."""
        if not isinstance(key, str):
            return False
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        """The keywords of the tags, in the order in which the server sent them."""
        return iter(self._raw())

    def __len__(self) -> int:
        """How many tags there are."""
        return len(self._raw())

    def __eq__(self, other: object, /) -> bool:
        if isinstance(other, TypedTags):
            if self._sent == other._sent:
                return True
            mine, theirs = self._raw(), other._raw()
            return mine.keys() == theirs.keys() and all(_equal(mine[name], theirs[name]) for name in mine)
        if isinstance(other, Mapping):
            return self._sent == other
        return NotImplemented

    def __repr__(self) -> str:
        """The class and the keywords: no values, for those may be about a patient."""
        names = [printable(name[:64]) for name in self]
        if len(names) > _SHOWN:
            names[_SHOWN:] = [f"and {len(names) - _SHOWN} more"]
        return f"<{type(self).__name__}: {', '.join(names) or 'empty'}>"

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, object]]]:
        return type(self), (self._sent,)

    # --- how ----------------------------------------------------------------------------------------------------

    def _read(self, reader: TagReader[T]) -> T:
        """The value of a tag; that of an empty one if the server did not send it."""
        sent = self._sent.get(reader.keyword, _MISSING)
        raw = self._raw().get(reader.keyword) if sent is _MISSING else _value(sent)
        return reader.read(raw)[0]

    def _combined(self, date_reader: TagReader[date | None], time_reader: TagReader[time | None]) -> datetime | None:
        """A date and the time of day that belongs to it, with the offset from UTC of the tags if there is one."""
        day, clock = self._read(date_reader), self._read(time_reader)
        if day is None or clock is None:
            return None
        return datetime.combine(day, clock, self._read(_ZONE))

    def _raw(self) -> dict[str, object]:
        """The raw values by the names that the tags have here."""
        if self._by_name is None:
            sent = self._sent
            as_it_is = not any(
                _is_number(key) or type(value) is dict or _plain(key) != key for key, value in sent.items()
            )
            self._by_name = sent if as_it_is else self._named()
        return self._by_name

    def _named(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, sent in self._sent.items():
            name = self._name(key)
            # The server never sends a tag under two keys. If somebody does, the keyword counts, as it does in _read().
            if key == name or name not in found:
                found[name] = _value(sent)
        return found

    def _name(self, key: str) -> str:
        """What a tag is called here that has that key."""
        if not _is_number(key):
            return _plain(key)
        reader = self._known.get(key) or _standard_tag(key)
        return key if reader is None else reader.keyword

    def _find(self, key: str) -> tuple[TagReader[DicomValue], object]:
        raw = self._raw()
        if key in raw:
            return self._reader(key), raw[key]
        name = self._name(_number(key) or key)
        if name in raw:
            return self._reader(name), raw[name]
        # The full format has names for private tags that only the dictionary of the server knows.
        if name not in self._known and _standard_tag(name) is None and key not in ("", _UNKNOWN):
            for number, sent in self._sent.items():
                if isinstance(sent, dict) and cast("dict[str, object]", sent).get("Name") == key and number in raw:
                    return self._reader(number), raw[number]
        raise KeyError(key)

    def _reader(self, name: str) -> TagReader[DicomValue]:
        return self._known.get(name) or _standard_tag(name) or _unknown_tag(name)

    def _problems(self, prefix: str) -> Iterator[TagProblem]:
        for name, raw in self._raw().items():
            reader = self._known.get(name) or self._reader(name)
            value, reason = reader.read(raw)
            if reason is not None:
                yield TagProblem(name, reader.number, reader.vr, raw, reason, prefix + name)
            elif type(value) is tuple and value:
                for number, item in enumerate(value):
                    if not isinstance(item, TypedTags):
                        break
                    yield from item._problems(f"{prefix}{name}[{number}].")

    # --- pydantic -----------------------------------------------------------------------------------------------

    @classmethod
    def _from_json(cls, sent: dict[str, object], info: ValidationInfo) -> Self:
        # The dictionary is the validation's own, so it needs no copy.
        tags = cls.__new__(cls)
        tags._sent = sent
        tags._by_name = None
        if info.context is not None:
            _obey(info.context, tags)
        return tags

    @classmethod
    def _from_python(cls, value: object, info: ValidationInfo) -> Self:
        if type(value) is cls:
            tags = value
        elif isinstance(value, Mapping):
            try:
                tags = cls(cast("Mapping[str, object]", value))
            except TypeError as error:
                raise PydanticCustomError("tags_key", "{reason}", {"reason": str(error)}) from None
        else:
            raise PydanticCustomError("tags_type", "Input should be a mapping of DICOM tags")
        _obey(info.context, tags)
        return tags

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        values = core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
        return core_schema.json_or_python_schema(
            core_schema.with_info_after_validator_function(cls._from_json, values),
            core_schema.with_info_plain_validator_function(cls._from_python),
            serialization=core_schema.plain_serializer_function_ser_schema(_as_sent, return_schema=values),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        items = {"type": "array", "items": {"type": "object"}}
        element = {
            "type": "object",
            "properties": {
                "Name": {"type": "string"},
                "Type": {"type": "string"},
                "Value": {"anyOf": [{"type": "string"}, {"type": "null"}, items]},
            },
            "required": ["Name", "Type", "Value"],
        }
        return {
            "title": cls.__name__,
            "description": (cls.__doc__ or "").partition("\n")[0],
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}, items, element]},
        }


def _as_sent(tags: TypedTags) -> dict[str, object]:
    return tags._sent  # pyright: ignore[reportPrivateUsage] - of this module


def _obey(context: object, tags: TypedTags) -> None:
    if isinstance(context, ReadContext) and context.strict:
        tags.check()


# ---------------------------------------------------------------------------------------------------------------------
# Keys and values as Orthanc writes them
# ---------------------------------------------------------------------------------------------------------------------

_MISSING: Final = object()
_UNKNOWN: Final = "Unknown Tag & Data"
_ANY_NUMBER: Final = re.compile(r"([0-9A-Fa-f]{4})[,-]?([0-9A-Fa-f]{4})")


def _value(sent: object) -> object:
    """The value in an element of the full format; other formats have nothing else."""
    if isinstance(sent, dict):
        element = cast("dict[str, object]", sent)
        return element.get("Value", element)
    return sent


def _plain(key: str) -> str:
    """The keyword; Orthanc has names of its own for tags that DICOM has retired."""
    if key.startswith("RETIRED_") and key[8:].isidentifier():
        return key[8:]
    return key


def _equal(left: object, right: object) -> bool:
    """Whether raw values are equal; items of sequences may be in different formats."""
    if _is_item(left) and _is_item(right):
        return TypedTags(left) == TypedTags(right)
    if isinstance(left, list) and isinstance(right, list):
        lefts, rights = cast("list[object]", left), cast("list[object]", right)
        return len(lefts) == len(rights) and all(_equal(*pair) for pair in zip(lefts, rights, strict=True))
    return left == right


def _is_item(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict) and all(isinstance(key, str) for key in cast("dict[object, object]", value))


def _is_number(key: str) -> bool:
    return key[4:5] == "," and NUMBER.fullmatch(key) is not None


def _number(key: str) -> str | None:
    """The number in Orthanc's spelling; None if it is none."""
    match = _ANY_NUMBER.fullmatch(key)
    return f"{match[1]},{match[2]}".lower() if match else None


# ---------------------------------------------------------------------------------------------------------------------
# Readers of all tags that there are
# ---------------------------------------------------------------------------------------------------------------------


def read_items(raw: object) -> tuple[tuple[TypedTags, ...], str | None]:
    """Reads the items of a sequence."""
    if raw is None or raw == "":
        return (), None
    if not isinstance(raw, list):
        return (), NOT_ITEMS
    items = [TypedTags(item) for item in cast("list[object]", raw) if _is_item(item)]
    if len(items) != len(cast("list[object]", raw)):
        return (), NOT_ITEMS
    return tuple(items), None


def _read_anything(raw: object) -> tuple[DicomValue, str | None]:
    """Reads a value of which nothing is known: text stays text, items are items."""
    return read_items(cast("object", raw)) if isinstance(raw, list) else _READ_TEXT(raw)


_READ_TEXT: Final = reader_for("UN", "1")
_ZONE: Final = TagReader(
    "TimezoneOffsetFromUTC", "0008,0201", "SH", "1", scalar_reader(lru_cache(maxsize=64)(parse_utc_offset))
)


@lru_cache(maxsize=4096)
def _standard_tag(key: str) -> TagReader[DicomValue] | None:
    """The tag of the DICOM standard with that keyword or number; None if there is none."""
    from orthanc_models import dictionary

    entry = dictionary.by_number(key) if _is_number(key) else dictionary.by_keyword(key)
    if entry is None:
        return None
    keyword, number = entry.keyword, entry.number
    if "x" in number and _is_number(key):  # one of those that many groups have: there, only the number tells which
        keyword = number = key
    read: Read[DicomValue] = read_items if entry.vr == "SQ" else reader_for(entry.vr, entry.vm)
    if number == _ZONE.number:
        read = UTC_OFFSET
    return TagReader(keyword, number, entry.vr, entry.vm, read)


def _unknown_tag(name: str) -> TagReader[DicomValue]:
    return TagReader(name, name if _is_number(name) else "", "UN", "1", _read_anything)
