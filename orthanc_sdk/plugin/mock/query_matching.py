"""Whether a DICOM file is what a C-FIND query asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from orthanc_sdk.plugin.mock.handles import OrthancException

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_ABOUT_THE_QUERY = ("SpecificCharacterSet", "QueryRetrieveLevel")
_RANGES = ("DA", "TM", "DT")


def text(element: DataElement) -> str:
    """The value as text, several of them with backslashes between."""
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
    original = getattr(value, "original_string", None)  # of numbers: 0.50 stays 0.50
    return original if isinstance(original, str) else str(value)


def tag(query: Dataset, index: int) -> DataElement:
    """A tag of the query by its index.

    Raises:
        OrthancException: There is none.
    """
    found = list(query)
    if not 0 <= index < len(found):
        raise OrthancException(3, "Parameter out of range")
    return found[index]


def is_match(query: Dataset, dataset: Dataset) -> bool:
    """Whether every value that the query has is matched."""
    return all(_matches(element, dataset) for element in query if element.keyword not in _ABOUT_THE_QUERY)


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
    return any(_is_like(one, value, wanted.VR) for one in pattern.split("\\"))


def _is_like(pattern: str, value: str, vr: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    flags = re.IGNORECASE | re.DOTALL if vr == "PN" else re.DOTALL
    return re.fullmatch(expression, value, flags) is not None
