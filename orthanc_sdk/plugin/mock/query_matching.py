"""Matches DICOM files against C-FIND queries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from orthanc_sdk.plugin.mock.handles import OrthancException

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_NOT_MATCHED = ("SpecificCharacterSet", "QueryRetrieveLevel")
_RANGES = ("DA", "TM", "DT")


def text(element: DataElement) -> str:
    """The value as text; several values are separated by backslashes."""
    value = cast("object", element.value)
    if value is None:
        return ""
    if element.VR == "AT":
        tags = cast("list[int]", value if isinstance(value, Sequence) else [value])
        return "\\".join(f"{tag >> 16:04x},{tag & 0xFFFF:04x}" for tag in tags)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "\\".join(map(_written, cast("Sequence[object]", value)))
    return _written(value)


def _written(value: object) -> str:
    original = getattr(value, "original_string", None)  # numbers have it: 0.50 stays 0.50
    return original if isinstance(original, str) else str(value)


def tag(query: Dataset, index: int) -> DataElement:
    """The tag of the query with that index.

    Raises:
        OrthancException: There is none.
    """
    elements = list(query)
    if not 0 <= index < len(elements):
        raise OrthancException(3, "Parameter out of range")
    return elements[index]


def is_match(query: Dataset, dataset: Dataset) -> bool:
    """Whether the dataset matches every value of the query."""
    return all(_matches(element, dataset) for element in query if element.keyword not in _NOT_MATCHED)


def _matches(wanted: DataElement, dataset: Dataset) -> bool:
    if wanted.VR == "SQ":
        items = cast("list[Dataset]", wanted.value or [])
        if not items:
            return True
        there = cast("list[Dataset]", dataset[wanted.tag].value if wanted.tag in dataset else [])
        return any(is_match(items[0], item) for item in there)
    pattern = text(wanted)
    if not pattern:
        return True
    if wanted.tag not in dataset:
        return False
    value = text(dataset[wanted.tag])
    if wanted.VR in _RANGES and "-" in pattern:
        first, _, last = pattern.partition("-")
        return bool(value) and (not first or value >= first) and (not last or value <= last)
    return any(_matches_wildcards(one, value, wanted.VR) for one in pattern.split("\\"))


def _matches_wildcards(pattern: str, value: str, vr: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    flags = re.IGNORECASE | re.DOTALL if vr == "PN" else re.DOTALL
    return re.fullmatch(expression, value, flags) is not None
