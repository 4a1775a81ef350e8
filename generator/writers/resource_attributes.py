"""Writes the main DICOM tags as attributes of the resource classes, under the short names that scripts use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.main_tags import HEADER, MainTag, attribute_name, levels, moments
from generator.text import wrap

_UIDS = {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}

# These keep their level: `study.id` and `series.number` would say too little, or something else.
_WHOLE = {"PatientID", "StudyID", "SeriesNumber", "SeriesType", "InstanceNumber"}

_DOCSTRING = '''"""The main DICOM tags of each level, as attributes of the resources."""'''


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of the generated module of orthanc_sdk.resources."""
    lines = [
        HEADER, "", _DOCSTRING, "", "from __future__ import annotations", "",
        "import datetime as dt", "from abc import abstractmethod", "from typing import TYPE_CHECKING", "",
        "if TYPE_CHECKING:",
        "    from orthanc_sdk.models import InstanceTags, PatientTags, PersonName, SeriesTags, StudyTags, TypedTags",
    ]  # fmt: skip
    for level, tags in levels().items():
        lines += [
            "", "", f"class {level}Attributes:",
            f'    """The main DICOM tags of {"an" if level == "Instance" else "a"} {level.lower()}; '
            'each is read from ``tags``."""', "",
            "    @property", "    @abstractmethod", f"    def tags(self) -> {level}Tags:",
            '        """All main DICOM tags."""',
        ]  # fmt: skip
        for tag in tags:
            lines += _property(short_name(level, tag.keyword), tag.python, tag.attribute, _text(tag))
        for moment in moments(tags):
            name = short_name(level, moment.day.keyword).removesuffix("date") + "datetime"
            lines += _property(name, "datetime | None", moment.attribute, moment.docstring)
    yield "main_tags", "\n".join(lines) + "\n"


def short_name(level: str, keyword: str) -> str:
    """`StudyInstanceUID` is `uid`, `StudyDate` is `date` of a study, `PatientName` is `name` of a patient."""
    if keyword in _UIDS:
        return "uid"
    name = attribute_name(keyword)
    return name if keyword in _WHOLE else name.removeprefix(level.lower() + "_")


def _property(name: str, python: str, attribute: str, text: str) -> list[str]:
    # `date` is the name of a property, too: the types need their module before them.
    python = re.sub(r"\b(date|time|datetime)\b", r"dt.\1", python)
    return ["", "    @property", f"    def {name}(self) -> {python}:", text, f"        return self.tags.{attribute}"]


def _text(tag: MainTag) -> str:
    several = "" if tag.is_single else f" {tag.vm}"
    return wrap(f'"""{tag.name} ({tag.number}), {tag.vr}{several}: {tag.text}"""', " " * 8)
