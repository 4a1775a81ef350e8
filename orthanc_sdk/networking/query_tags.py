"""What is looked for by C-FIND, as DICOM and Orthanc take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from orthanc_sdk.resources.query import QueryValue, written

if TYPE_CHECKING:
    from orthanc_sdk import models

WorklistValue: TypeAlias = "QueryValue | Sequence[Mapping[str, WorklistValue]]"
"""What is searched for in a worklist: as in other queries, or the one item of a sequence in a list."""

_CHARACTER_SET: Final = "SpecificCharacterSet"
_CHARACTER_SET_NAMES: Final = frozenset({"specificcharacterset", "00080005"})
UTF_8: Final = "ISO_IR 192"


def find_tags(query: Mapping[str, QueryValue] | None) -> dict[str, str]:
    """The query as Orthanc takes it, in a character set that has its letters.

    Orthanc writes a query in the character set that it is configured for, without the letters that this one lacks: a
    search for a name in Japanese would find everybody. What goes beyond ASCII is sent in UTF-8 therefore, unless the
    query says another character set.
    """
    tags = written(query)
    if not all(value.isascii() for value in tags.values()) and not _has_character_set(tags):
        tags[_CHARACTER_SET] = UTF_8
    return tags


def worklist_tags(query: Mapping[str, WorklistValue]) -> dict[str, models.TagInput]:
    """The same for a worklist, where sequences are searched, too."""
    tags = _nested(query)
    if not _is_ascii(tags) and not _has_character_set(tags):
        tags[_CHARACTER_SET] = UTF_8
    return tags


def _nested(query: Mapping[str, WorklistValue]) -> dict[str, models.TagInput]:
    tags: dict[str, models.TagInput] = {}
    for tag, value in query.items():
        items = _items(value)
        tags[tag] = written({tag: cast("QueryValue", value)})[tag] if items is None else [_nested(i) for i in items]
    return tags


def _items(value: WorklistValue) -> list[Mapping[str, WorklistValue]] | None:
    """The items, if it is a sequence."""
    if not isinstance(value, list | tuple):
        return None
    items = cast("Sequence[object]", value)
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    return cast("list[Mapping[str, WorklistValue]]", items)


def _is_ascii(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_ascii(inner) for inner in cast("Mapping[str, object]", value).values())
    if isinstance(value, list):
        return all(_is_ascii(inner) for inner in cast("list[object]", value))
    return not isinstance(value, str) or value.isascii()


def _has_character_set(tags: Mapping[str, object]) -> bool:
    return any(tag.lower().replace(",", "").replace("-", "") in _CHARACTER_SET_NAMES for tag in tags)
