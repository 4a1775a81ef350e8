"""What is looked for by C-FIND, as DICOM and Orthanc take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from orthanc_sdk.character_sets.requests import check_held, check_items, check_kind, declared_in, texts_in
from orthanc_sdk.character_sets.sets import UTF_8, UTF_8_NAME, of_encoding
from orthanc_sdk.resources.query import QueryValue, written

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

WorklistValue: TypeAlias = "QueryValue | Sequence[Mapping[str, WorklistValue]]"
"""What is searched for in a worklist: as in other queries, or the one item of a sequence in a list."""


def find_tags(query: Mapping[str, QueryValue] | None) -> dict[str, str]:
    """The query as Orthanc takes it, in a character set that has its letters.

    Orthanc writes a query in the character set that it is configured for, without the letters that this one lacks: a
    search for a name in Japanese would find everybody. What goes beyond ASCII is sent in UTF-8 therefore, unless the
    query says another character set.

    Raises:
        InvalidArgument: names the tag, if that set lacks a letter, or if such a tag has ASCII only.
    """
    tags = written(query)
    return {**tags, **_declaration(tags)}


def worklist_tags(query: Mapping[str, WorklistValue]) -> dict[str, models.TagInput]:
    """The same for a worklist, where sequences are searched, too."""
    tags = _nested(query)
    return {**tags, **_declaration(tags)}


def _declaration(tags: Mapping[str, object]) -> dict[str, str]:
    """The character set to be added to a query; nothing if it has one, or needs none."""
    texts = [text for text in texts_in(tags) if not text.value.isascii()]
    check_kind(texts, "query")
    declared = declared_in(tags)
    check_held(texts, declared or UTF_8, "query", as_it_is=True)
    check_items(texts, declared or UTF_8, "query")
    return {"SpecificCharacterSet": UTF_8_NAME} if texts and declared is None else {}


def check_identifiers(client: Orthanc, resources: Iterable[Mapping[str, str]]) -> None:
    """Refuses identifiers with letters that would be lost: others could be meant then.

    Whatever is asked for, Orthanc writes those of a C-MOVE or C-GET in the character set that it is configured for.

    Raises:
        InvalidArgument: names the tag and the set.
    """
    texts = [text for tags in resources for text in texts_in(tags) if not text.value.isascii()]
    if texts:
        check_held(texts, of_encoding(client.get_tools_default_encoding()), "resources", as_it_is=True)


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
