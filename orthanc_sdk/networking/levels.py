"""The levels of the DICOM hierarchy, and the tags that identify what is on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from orthanc_sdk.errors import InvalidArgument

Level = Literal["Patient", "Study", "Series", "Instance"]
"""A level of the DICOM hierarchy, from the top to the bottom."""

LEVELS: Final[tuple[Level, ...]] = ("Patient", "Study", "Series", "Instance")

IDENTIFIERS: Final[Mapping[Level, tuple[str, ...]]] = {
    "Patient": ("PatientID",),
    "Study": ("StudyInstanceUID",),
    "Series": ("StudyInstanceUID", "SeriesInstanceUID"),
    "Instance": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"),
}
"""The tags by which a modality finds a resource of each level again."""

INSTANCE_COUNTS: Final[Mapping[Level, str]] = {
    "Patient": "NumberOfPatientRelatedInstances",
    "Study": "NumberOfStudyRelatedInstances",
    "Series": "NumberOfSeriesRelatedInstances",
}
"""The tags that say how many instances there are below."""

_PLURALS: Final[Mapping[str, Level]] = {
    "patients": "Patient",
    "studies": "Study",
    "instances": "Instance",
    "image": "Instance",
    "images": "Instance",
}


def level_named(name: object) -> Level:
    """The level of that name; Orthanc minds neither case nor plurals.

    Raises:
        InvalidArgument: if there is none.
    """
    lowered = name.lower() if isinstance(name, str) else ""
    for level in LEVELS:
        if lowered == level.lower():
            return level
    if lowered not in _PLURALS:
        raise InvalidArgument(f"level must be one of {', '.join(LEVELS)}")
    return _PLURALS[lowered]


def identifiers_in(level: Level, tags: Mapping[str, object]) -> dict[str, str]:
    """The tags that identify a resource of a level.

    Raises:
        InvalidArgument: names the one that is missing.
    """
    found: dict[str, str] = {}
    for keyword in IDENTIFIERS[level]:
        value = tags.get(keyword)
        if not isinstance(value, str) or not value.strip(" \0"):
            raise InvalidArgument(f"there is no {keyword}, which it takes to identify a {level.lower()}")
        found[keyword] = value
    return found
