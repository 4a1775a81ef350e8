"""Values that JSON has no type for: times, numbers in strings, DICOM tags by keyword."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, JsonValue, PlainSerializer
from typing_extensions import TypeAliasType

__all__ = [
    "DicomTagsShort",
    "DicomTagsSimplified",
    "IntegerText",
    "JsonValue",
    "LevelName",
    "ModalityList",
    "OrderDirection",
    "OrderType",
    "SliceReference",
    "TagInput",
    "TagInputs",
    "TagValue",
    "UtcDateTime",
]


_TIME: Final = re.compile(r"[0-9]{8}T[0-9]{6}(\.[0-9]{1,6})?")


def _read_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    # fromisoformat() alone would take many other forms, and give some of them another meaning.
    if _TIME.fullmatch(value) is None:
        raise ValueError("a time such as 20261122T084038 is expected")
    return datetime.fromisoformat(f"{value}Z")  # a replace() would cost as much again


def _write_time(value: datetime) -> str:
    value = value.astimezone(UTC)
    written = value.strftime("%Y%m%dT%H%M%S").rjust(15, "0")
    return f"{written}.{value.microsecond:06d}" if value.microsecond else written


UtcDateTime = Annotated[datetime, BeforeValidator(_read_time), PlainSerializer(_write_time, when_used="json")]
"""A time in UTC, as Orthanc writes it: ``20261122T084038``, with microseconds if there are any."""


def _read_integer(value: object) -> object:
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]+", value) is None:
            raise ValueError("a string of digits is expected")
        return int(value)
    return value


IntegerText = Annotated[int, BeforeValidator(_read_integer), PlainSerializer(str, when_used="json")]
"""A whole number that Orthanc writes into a string because JSON numbers are not made for 64 bits."""

if TYPE_CHECKING:  # pyright loses a recursive TypeAliasType that it comes to from another module; pydantic needs one
    TagValue: TypeAlias = "str | list[dict[str, TagValue]] | None"
else:
    TagValue = TypeAliasType("TagValue", "str | list[dict[str, TagValue]] | None")
"""The value of a DICOM tag: text, None if it is binary or too long, or the items of a sequence."""

DicomTagsSimplified: TypeAlias = dict[str, TagValue]
"""DICOM tags by keyword: ``{"PatientName": "A^B"}``."""

DicomTagsShort: TypeAlias = dict[str, TagValue]
"""DICOM tags by number: ``{"0010,0010": "A^B"}``."""

if TYPE_CHECKING:
    TagInput: TypeAlias = "str | Sequence[Mapping[str, TagInput]] | None"
else:
    TagInput = TypeAliasType("TagInput", "str | Sequence[Mapping[str, TagInput]] | None")
"""A value to write into a DICOM tag: text, None for an empty tag, or the items of a sequence."""

TagInputs: TypeAlias = Mapping[str, TagInput]
"""Values to write, by tag."""


def _spelled(**spellings: str) -> BeforeValidator:
    """Accepts what Orthanc accepts, which minds neither case nor some plurals."""

    def read(value: object) -> object:
        return spellings.get(value.lower(), value) if isinstance(value, str) else value

    return BeforeValidator(read)


LevelName = Annotated[
    Literal["Patient", "Study", "Series", "Instance"],
    _spelled(
        patient="Patient",
        patients="Patient",
        study="Study",
        studies="Study",
        series="Series",
        instance="Instance",
        instances="Instance",
        image="Instance",
        images="Instance",
    ),
]
"""A level of the DICOM hierarchy."""

OrderType = Annotated[
    Literal["DicomTag", "DicomTagAsInt", "DicomTagAsFloat", "Metadata", "MetadataAsInt", "MetadataAsFloat"],
    _spelled(
        dicomtag="DicomTag",
        dicomtagasint="DicomTagAsInt",
        dicomtagasfloat="DicomTagAsFloat",
        metadata="Metadata",
        metadataasint="MetadataAsInt",
        metadataasfloat="MetadataAsFloat",
    ),
]
"""What a sort key is, and as what it is compared."""

OrderDirection = Annotated[Literal["ASC", "DESC"], _spelled(asc="ASC", desc="DESC")]
"""Ascending or descending."""

ModalityList: TypeAlias = Sequence[str | int]
"""A modality as a list of title, host, port and, if wanted, manufacturer."""

SliceReference: TypeAlias = tuple[str, int, int]
"""Orthanc identifier of an instance, 0, and how many frames it has."""
