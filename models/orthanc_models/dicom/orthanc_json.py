"""The keys and values of DICOM tags in Orthanc's JSON: in its simplified, short and full formats."""

from __future__ import annotations

import re
from typing import Final, TypeGuard, cast

from orthanc_models.dicom.readers import TAG_NUMBER

UNKNOWN_TAG: Final = "Unknown Tag & Data"
"""The keyword that Orthanc gives to all tags that it does not know."""

_ANY_TAG_NUMBER: Final = re.compile(r"([0-9A-Fa-f]{4})[,-]?([0-9A-Fa-f]{4})")


def value_of(element: object) -> object:
    """The value of a tag: in the full format, it is a member of an object."""
    if isinstance(element, dict):
        members = cast("dict[str, object]", element)
        return members.get("Value", members)
    return element


def standard_keyword(key: str) -> str:
    """The keyword of the DICOM standard; Orthanc prefixes those of retired tags."""
    if key.startswith("RETIRED_") and key[8:].isidentifier():
        return key[8:]
    return key


def is_item(value: object) -> TypeGuard[dict[str, object]]:
    """Whether it can be the item of a sequence."""
    return isinstance(value, dict) and all(isinstance(key, str) for key in cast("dict[object, object]", value))


def is_tag_number(key: str) -> bool:
    """Whether it is a tag number in Orthanc's format: ``0008,0020``."""
    return key[4:5] == "," and TAG_NUMBER.fullmatch(key) is not None


def to_tag_number(key: str) -> str | None:
    """A tag number in Orthanc's format; None if it is not a tag number in any format."""
    match = _ANY_TAG_NUMBER.fullmatch(key)
    return f"{match[1]},{match[2]}".lower() if match else None
