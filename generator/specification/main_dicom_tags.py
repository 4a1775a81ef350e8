"""The main DICOM tags: which tags Orthanc stores in its database by default, at each level.

The facts are in `models/openapi/main-dicom-tags.json`, by version and level; :mod:`generator.facts.main_dicom_tags`
writes them. Keywords, names, value representations and multiplicities are those of pydicom's dictionary, descriptions
those of `models/openapi/overlay/main-tags.yaml`.
"""

from __future__ import annotations

import json
import keyword as python_keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import yaml

from generator.specification.definitions import OPENAPI, SpecificationError

FACTS: Final = OPENAPI / "main-dicom-tags.json"
DESCRIPTIONS: Final = OPENAPI / "overlay" / "main-tags.yaml"
LEVELS: Final = ("Patient", "Study", "Series", "Instance")


@dataclass(frozen=True)
class MainTag:
    """A main DICOM tag."""

    number: str
    keyword: str
    name: str
    vr: str
    vm: str
    description: str

    @property
    def attribute(self) -> str:
        return attribute_name(self.keyword)

    @property
    def is_single(self) -> bool:
        return self.vm == "1"

    @property
    def text(self) -> str:
        """The text of docstrings."""
        several = "" if self.is_single else f" {self.vm}"
        return f"{self.name} ({self.number}), {self.vr}{several}: {self.description}"


@dataclass(frozen=True)
class DateAndTime:
    """The tags of a date and of the time of day that belongs to it."""

    date: MainTag
    time: MainTag

    @property
    def attribute(self) -> str:
        return self.date.attribute.removesuffix("_date") + "_datetime"

    @property
    def text(self) -> str:
        """The text of docstrings."""
        return (
            f"{self.date.name} and {self.time.name} combined; None unless both are present and valid.\n\n"
            "It is aware if `timezone_offset_from_utc` is present and valid; otherwise it is naive, in the local time "
            "of wherever it was written."
        )


def read_main_tags() -> dict[str, list[MainTag]]:
    """The main DICOM tags of each level, of all versions together.

    Raises:
        SpecificationError: if facts and descriptions contradict each other.
    """
    from pydicom.datadict import dictionary_description, dictionary_keyword, dictionary_VM, dictionary_VR

    versions = cast(dict[str, dict[str, list[str]]], json.loads(FACTS.read_text(encoding="utf-8")))
    descriptions = cast(dict[str, str], yaml.safe_load(DESCRIPTIONS.read_text(encoding="utf-8")))
    tags: dict[str, list[MainTag]] = {}
    used: set[str] = set()
    for level in LEVELS:
        tags[level] = []
        for number in sorted({number for version in versions.values() for number in version[level]}):
            code = int(number.replace(",", ""), 16)
            keyword = dictionary_keyword(code)
            if keyword not in descriptions:
                raise SpecificationError(f"{DESCRIPTIONS.name}: does not describe {keyword}")
            is_new = any(number not in version[level] for version in versions.values())
            if is_new != ("Since Orthanc" in descriptions[keyword]):
                raise SpecificationError(
                    f"{DESCRIPTIONS.name}: {keyword} must say `Since Orthanc` if, and only if, it is new"
                )
            used.add(keyword)
            tags[level].append(
                MainTag(
                    number=number,
                    keyword=keyword,
                    name=dictionary_description(code),
                    vr=dictionary_VR(code),
                    vm=dictionary_VM(code),
                    description=descriptions[keyword],
                )
            )
    if superfluous := sorted(set(descriptions) - used):
        raise SpecificationError(f"{DESCRIPTIONS.name}: {', '.join(superfluous)} is not a main DICOM tag")
    return tags


def dates_and_times(tags: Sequence[MainTag]) -> list[DateAndTime]:
    """The pairs such as `StudyDate` and `StudyTime` among some tags."""
    by_keyword = {tag.keyword: tag for tag in tags}
    return [
        DateAndTime(tag, by_keyword[time_keyword])
        for tag in tags
        if tag.vr == "DA" and (time_keyword := tag.keyword.removesuffix("Date") + "Time") in by_keyword
    ]


def attribute_name(keyword: str) -> str:
    """`StudyDate` is `study_date`, `OtherPatientIDs` is `other_patient_ids`, `SOPInstanceUID` is `sop_instance_uid`."""
    words = re.sub(r"IDs\b", "Ids", keyword)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", words).lower()
    if not name.isidentifier() or python_keyword.iskeyword(name):
        raise SpecificationError(f"{keyword}: {name} cannot be the name of an attribute")
    return name
