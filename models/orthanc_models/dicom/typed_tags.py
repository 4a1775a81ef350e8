"""DICOM tags as a mapping with typed values, which are read on access from what the server sent.

:class:`TypedTags` wraps tags in any of Orthanc's formats. Its subclasses in :mod:`orthanc_models.dicom.main_tags` have
an attribute for each main DICOM tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypeAlias, TypeVar, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

from orthanc_models.dicom.invalid_tags import InvalidTags, TagProblem
from orthanc_models.dicom.orthanc_json import (
    UNKNOWN_TAG,
    is_item,
    is_tag_number,
    standard_keyword,
    to_tag_number,
    value_of,
)
from orthanc_models.dicom.read_context import ReadContext
from orthanc_models.dicom.readers import (
    NOT_ITEMS,
    UTC_OFFSET,
    ReadFunction,
    SimpleValue,
    TagReader,
    parsed_reader,
    reader_for,
)
from orthanc_models.dicom.values import parse_utc_offset
from orthanc_models.redaction import escape_unprintable

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["DicomValue", "InvalidTags", "RawValue", "ReadContext", "TagProblem", "TypedTags"]

T = TypeVar("T")

DicomValue: TypeAlias = "SimpleValue | tuple[SimpleValue, ...] | tuple[TypedTags, ...] | None"
"""The value of a DICOM tag; its class depends on the value representation (VR).

===================  ==========================================
DA                   ``date``
TM                   ``time``
DT                   ``datetime``, aware if it has a UTC offset
AS                   ``dateutil.relativedelta``
PN                   :class:`PersonName`, a ``str``
IS US SS UL SL ...   ``int``
DS FL FD             ``float``
SQ                   tuple of :class:`TypedTags`
all others           ``str``
===================  ==========================================

A tuple of them if the tag may have several values; None if there is no value, or an invalid one.
"""

RawValue: TypeAlias = str | list[dict[str, JsonValue]] | None
"""The value of a DICOM tag as Orthanc sends it: text, the items of a sequence, or None if it is binary or too long."""

_MAX_KEYWORDS: Final = 12
"""How many keywords the repr lists."""


class TypedTags(Mapping[str, DicomValue]):
    """DICOM tags by keyword, with typed values: ``tags["StudyDate"]`` is a ``date``.

    It reads all three formats of Orthanc, and looks tags up by keyword or by number::

        tags = TypedTags({"StudyDate": "20240131", "PatientAge": "034Y", "Rows": "512"})
        tags["StudyDate"] == tags["0008,0020"] == date(2024, 1, 31)
        tags["PatientAge"].years == 34
        tags.raw["StudyDate"] == "20240131"

    Real data often violate the DICOM standard, and reading never fails because of that:

    - A value that cannot be parsed is None, or ``()`` if the tag may have several. It is listed in :attr:`problems`,
      and :attr:`raw` has it as it was sent. One invalid number makes the whole tuple ``()``.
    - Text is always returned, without its padding, and listed in :attr:`problems` if its form is invalid, such as a UID
      with a letter.
    - An empty value is None or ``()``, and not a problem. So is null, which Orthanc sends for values that are binary
      or too long, and for requested tags that the file does not have.
    - A tag that the server did not send is a ``KeyError``, and ``tag in tags`` is False.
    - Private tags, and others that are not in the DICOM dictionary, are read as text.

    Values are read on access, and tags are immutable. They are equal to tags with the same raw values in any format,
    and to the mapping that was sent.
    """

    __slots__ = ("_by_name", "_sent")

    _main_tags: ClassVar[Mapping[str, TagReader[DicomValue]]] = {}
    """Tags that need no look-up in the DICOM dictionary, by keyword and by number."""

    _sent: dict[str, object]
    _by_name: dict[str, object] | None

    def __init__(self, tags: Mapping[str, object] | None = None, /) -> None:
        """Wraps tags in any of Orthanc's formats.

        Raises:
            TypeError: if a key is not a ``str``.
        """
        if isinstance(tags, TypedTags):
            tags = tags._sent
        sent = {} if tags is None else dict(tags)
        if not is_item(sent):
            raise TypeError("the keys of DICOM tags must be str")
        self._sent = sent
        self._by_name = None

    @property
    def sent(self) -> Mapping[str, object]:
        """Exactly what the server sent."""
        return MappingProxyType(self._sent)

    @property
    def raw(self) -> Mapping[str, RawValue]:
        """The values as the server sent them, by keyword in every format: ``tags.raw["StudyDate"] == "20240131"``.

        The key of a tag without keyword, such as a private one, is its number, or the server's name for it. The items
        of sequences are as they were sent.
        """
        return MappingProxyType(cast("dict[str, RawValue]", self._raw_values()))  # not checked: Orthanc sends no others

    @property
    def problems(self) -> tuple[TagProblem, ...]:
        """The values that violate the DICOM standard, including those in the items of sequences."""
        return tuple(self._problems(""))

    def check(self) -> None:
        """Checks that all values comply with the DICOM standard.

        Raises:
            InvalidTags: if some do not; it lists all of them.
        """
        problems = self.problems
        if problems:
            raise InvalidTags(problems)

    # --- Mapping ------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str, /) -> DicomValue:
        """The value of a tag, by keyword (``StudyDate``) or by number (``0008,0020``, ``0008-0020``, ``00080020``).

        Raises:
            KeyError: if the server did not send it.
        """
        reader, raw = self._find(key)
        return reader.read(raw)[0]

    def __contains__(self, key: object, /) -> bool:
        """Whether the server sent the tag, even if it is empty, null or invalid."""
        if not isinstance(key, str):
            return False
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        """The keywords of the tags, in the order in which the server sent them."""
        return iter(self._raw_values())

    def __len__(self) -> int:
        return len(self._raw_values())

    def __eq__(self, other: object, /) -> bool:
        if isinstance(other, TypedTags):
            if self._sent == other._sent:
                return True
            mine, theirs = self._raw_values(), other._raw_values()
            return mine.keys() == theirs.keys() and all(_are_equal(mine[name], theirs[name]) for name in mine)
        if isinstance(other, Mapping):
            return self._sent == other
        return NotImplemented

    def __repr__(self) -> str:
        """The class and the keywords, but no values: they may be patient data."""
        names = [escape_unprintable(name[:64]) for name in self]
        if len(names) > _MAX_KEYWORDS:
            names[_MAX_KEYWORDS:] = [f"and {len(names) - _MAX_KEYWORDS} more"]
        return f"<{type(self).__name__}: {', '.join(names) or 'empty'}>"

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, object]]]:
        return type(self), (self._sent,)

    # --- reading ------------------------------------------------------------------------------------------------

    def _read(self, reader: TagReader[T]) -> T:
        """The value of a tag; a missing tag is read like an empty one."""
        sent = self._sent.get(reader.keyword, _MISSING)
        raw = self._raw_values().get(reader.keyword) if sent is _MISSING else value_of(sent)
        return reader.read(raw)[0]

    def _read_datetime(
        self, date_reader: TagReader[date | None], time_reader: TagReader[time | None]
    ) -> datetime | None:
        """A date combined with its time of day, and with the offset from UTC among these tags if there is one."""
        date_, time_ = self._read(date_reader), self._read(time_reader)
        if date_ is None or time_ is None:
            return None
        return datetime.combine(date_, time_, self._read(_TIMEZONE))

    def _raw_values(self) -> dict[str, object]:
        """The raw values by name: the keyword, or the key if the tag has no keyword."""
        if self._by_name is None:
            sent = self._sent
            is_by_name = not any(
                is_tag_number(key) or type(value) is dict or standard_keyword(key) != key for key, value in sent.items()
            )
            self._by_name = sent if is_by_name else self._renamed()
        return self._by_name

    def _renamed(self) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, sent in self._sent.items():
            name = self._name_of(key)
            # The server never sends a tag under two keys. If it did, the keyword would win, as it does in _read().
            if key == name or name not in values:
                values[name] = value_of(sent)
        return values

    def _name_of(self, key: str) -> str:
        if not is_tag_number(key):
            return standard_keyword(key)
        reader = self._main_tags.get(key) or _standard_reader(key)
        return key if reader is None else reader.keyword

    def _find(self, key: str) -> tuple[TagReader[DicomValue], object]:
        raw = self._raw_values()
        if key in raw:
            return self._reader(key), raw[key]
        name = self._name_of(to_tag_number(key) or key)
        if name in raw:
            return self._reader(name), raw[name]
        # In the full format, private tags have names that only the server's dictionary knows.
        if name not in self._main_tags and _standard_reader(name) is None and key not in ("", UNKNOWN_TAG):
            for number, sent in self._sent.items():
                if isinstance(sent, dict) and cast("dict[str, object]", sent).get("Name") == key and number in raw:
                    return self._reader(number), raw[number]
        raise KeyError(key)

    def _reader(self, name: str) -> TagReader[DicomValue]:
        return self._main_tags.get(name) or _standard_reader(name) or _fallback_reader(name)

    def _problems(self, prefix: str) -> Iterator[TagProblem]:
        for name, raw in self._raw_values().items():
            reader = self._reader(name)
            value, reason = reader.read(raw)
            if reason is not None:
                yield TagProblem(name, reader.number, reader.vr, raw, reason, prefix + name)
            elif type(value) is tuple and value:
                for index, item in enumerate(value):
                    if not isinstance(item, TypedTags):
                        break
                    yield from item._problems(f"{prefix}{name}[{index}].")

    # --- pydantic -----------------------------------------------------------------------------------------------

    @classmethod
    def _from_json(cls, sent: dict[str, object], info: ValidationInfo) -> Self:
        # pydantic has made this dictionary for us, so it needs no copy.
        tags = cls.__new__(cls)
        tags._sent = sent
        tags._by_name = None
        if info.context is not None:
            _check_if_strict(tags, info.context)
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
        _check_if_strict(tags, info.context)
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


_MISSING: Final = object()


def _as_sent(tags: TypedTags) -> dict[str, object]:
    return tags._sent  # pyright: ignore[reportPrivateUsage] - of this module


def _check_if_strict(tags: TypedTags, context: object) -> None:
    if isinstance(context, ReadContext) and context.strict:
        tags.check()


def _are_equal(left: object, right: object) -> bool:
    """Whether raw values are equal; the items of sequences may be in different formats."""
    if is_item(left) and is_item(right):
        return TypedTags(left) == TypedTags(right)
    if isinstance(left, list) and isinstance(right, list):
        lefts, rights = cast("list[object]", left), cast("list[object]", right)
        return len(lefts) == len(rights) and all(_are_equal(*pair) for pair in zip(lefts, rights, strict=True))
    return left == right


# ---------------------------------------------------------------------------------------------------------------------
# Readers of sequences, and of tags that are not main DICOM tags
# ---------------------------------------------------------------------------------------------------------------------


def read_items(raw: object) -> tuple[tuple[TypedTags, ...], str | None]:
    """Reads the items of a sequence."""
    if raw is None or raw == "":
        return (), None
    if not isinstance(raw, list):
        return (), NOT_ITEMS
    items = [TypedTags(item) for item in cast("list[object]", raw) if is_item(item)]
    if len(items) != len(cast("list[object]", raw)):
        return (), NOT_ITEMS
    return tuple(items), None


def _read_unknown(raw: object) -> tuple[DicomValue, str | None]:
    """Reads a value of unknown representation: text, or the items of a sequence."""
    return read_items(cast("object", raw)) if isinstance(raw, list) else _READ_TEXT(raw)


_READ_TEXT: Final = reader_for("UN", "1")
_TIMEZONE: Final = TagReader(
    "TimezoneOffsetFromUTC", "0008,0201", "SH", "1", parsed_reader(lru_cache(maxsize=64)(parse_utc_offset))
)


@lru_cache(maxsize=4096)
def _standard_reader(key: str) -> TagReader[DicomValue] | None:
    """The reader of the standard tag with that keyword or number; None if the standard has none."""
    from orthanc_models.dicom import dictionary

    entry = dictionary.by_number(key) if is_tag_number(key) else dictionary.by_keyword(key)
    if entry is None:
        return None
    keyword, number = entry.keyword, entry.number
    if "x" in number and is_tag_number(key):  # repeating groups share the keyword: only the number is unique
        keyword = number = key
    read: ReadFunction[DicomValue] = read_items if entry.vr == "SQ" else reader_for(entry.vr, entry.vm)
    if number == _TIMEZONE.number:
        read = UTC_OFFSET
    return TagReader(keyword, number, entry.vr, entry.vm, read)


def _fallback_reader(name: str) -> TagReader[DicomValue]:
    return TagReader(name, name if is_tag_number(name) else "", "UN", "1", _read_unknown)
