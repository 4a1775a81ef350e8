"""What the server tells of the text in the files of a resource: their character sets, and whether they need one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from orthanc_sdk.character_sets.files import elements_of
from orthanc_sdk.character_sets.requests import CHARACTER_SET, TEXT_VRS, vr_of
from orthanc_sdk.character_sets.sets import CharacterSet

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.routes_of_level import LevelName

AT_ONCE: Final = 1000
"""The tags of how many instances one answer may have: some 10 MB."""


@dataclass(frozen=True)
class File:
    """What the server tells of the text of one file.

    Attributes:
        id: Orthanc identifier of the instance.
        declared: The character set that it declares.
        is_plain: Whether its tags show that it has no text beyond ASCII.
    """

    id: str
    declared: CharacterSet
    is_plain: bool


def files_of(client: Orthanc, level: LevelName, id_: str, gone: Iterable[str] = ()) -> Iterator[File]:
    """What the server tells of the texts of all files of a resource.

    Args:
        client: The server.
        level: Of which level the resource is.
        id_: Its Orthanc identifier.
        gone: Numbers of tags that do not matter, as they are replaced or removed.
    """
    tags = _Tags(client, frozenset(gone))
    if level == "Instance":
        yield tags.file(id_, client.get_instances_id_tags(id_, short=True))
        return
    routes = {
        "Patient": client.get_patients_id_instances_tags,
        "Study": client.get_studies_id_instances_tags,
        "Series": client.get_series_id_instances_tags,
    }
    parts = [(level, id_)]
    if level != "Series":
        series = client.get_patients_id_series(id_) if level == "Patient" else client.get_studies_id_series(id_)
        if sum(len(one.instances) for one in series) > AT_ONCE:
            parts = [("Series", one.id) for one in series]
    for part_level, part in parts:
        for instance, found in routes[part_level](part, short=True, timeout=None).items():
            yield tags.file(instance, found)


class _Tags:
    """Looks at tags as the server has read them."""

    def __init__(self, client: Orthanc, gone: frozenset[str]) -> None:
        self._client = client
        self._gone = gone
        self._default_shows_all: bool | None = None

    def file(self, id_: str, tags: models.DicomTagsShort) -> File:
        declared = CharacterSet.of(tags.get(CHARACTER_SET))
        kept = {tag: value for tag, value in tags.items() if tag not in self._gone and tag != CHARACTER_SET}
        return File(id_, declared, _is_plain(kept) and self._shows_all_bytes(declared))

    def _shows_all_bytes(self, declared: CharacterSet) -> bool:
        """Whether all bytes beyond ASCII would be seen in what the server has read."""
        if declared.terms:
            return declared.shows_all_bytes
        if self._default_shows_all is None:
            self._default_shows_all = self._client.get_tools_default_encoding() == "Latin1"
        return self._default_shows_all


def _is_plain(tags: Mapping[str, models.TagValue]) -> bool:
    for number, value in tags.items():
        if value is None:  # too long, or of a kind that the server does not know
            if vr_of(number) in TEXT_VRS or vr_of(number) is None:
                return False
        elif isinstance(value, str):
            if not value.isascii() or "\x1b" in value:
                return False
        elif any(CHARACTER_SET in item or not _is_plain(item) for item in value):
            return False
    return True


def is_plain_file(client: Orthanc, id_: str) -> bool:
    """Whether the file itself has no text beyond ASCII, whatever the server reads in it."""
    from orthanc_sdk.resources.instance import Instance

    return all(element.is_plain for element in elements_of(Instance(id_, client).get_pydicom(stop_before_pixels=True)))
