"""Types of fields that JSON has no types for: times, integers in strings, DICOM tags."""

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


def _parse_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    # The check comes first: fromisoformat() accepts other formats, and reads some of them differently.
    if _TIME.fullmatch(value) is None:
        raise ValueError("a time such as 20261122T084038 is expected")
    return datetime.fromisoformat(f"{value}Z")  # replace(tzinfo=UTC) would take twice as long


def _format_time(value: datetime) -> str:
    value = value.astimezone(UTC)
    written = value.strftime("%Y%m%dT%H%M%S").rjust(15, "0")
    return f"{written}.{value.microsecond:06d}" if value.microsecond else written


UtcDateTime = Annotated[datetime, BeforeValidator(_parse_time), PlainSerializer(_format_time, when_used="json")]
"""A time in UTC; in JSON ``20261122T084038``, with microseconds unless they are zero."""


def _parse_integer(value: object) -> object:
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]+", value) is None:
            raise ValueError("a string of digits is expected")
        return int(value)
    return value


IntegerText = Annotated[int, BeforeValidator(_parse_integer), PlainSerializer(str, when_used="json")]
"""An integer that Orthanc writes as a string, since not every JSON parser reads integers of 64 bits."""

if TYPE_CHECKING:  # pyright does not resolve a recursive TypeAliasType of another module; pydantic needs one
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
"""A value to write to a DICOM tag: text, None for an empty tag, or the items of a sequence."""

TagInputs: TypeAlias = Mapping[str, TagInput]
"""Values to write, by tag."""


def _spellings(**spellings: str) -> BeforeValidator:
    """Accepts the spellings that Orthanc accepts, in upper or lower case."""

    def normalize(value: object) -> object:
        return spellings.get(value.lower(), value) if isinstance(value, str) else value

    return BeforeValidator(normalize)


LevelName = Annotated[
    Literal["Patient", "Study", "Series", "Instance"],
    _spellings(
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
    _spellings(
        dicomtag="DicomTag",
        dicomtagasint="DicomTagAsInt",
        dicomtagasfloat="DicomTagAsFloat",
        metadata="Metadata",
        metadataasint="MetadataAsInt",
        metadataasfloat="MetadataAsFloat",
    ),
]
"""Kind of a sort key, and how its values are compared."""

OrderDirection = Annotated[Literal["ASC", "DESC"], _spellings(asc="ASC", desc="DESC")]
"""Ascending or descending."""

ModalityList: TypeAlias = Sequence[str | int]
"""A modality as a list: AE title, host, port and, optionally, manufacturer."""

SliceReference: TypeAlias = tuple[str, int, int]
"""Orthanc identifier of an instance, 0, and its number of frames."""
