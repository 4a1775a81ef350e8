"""Writes the main DICOM tags as attributes of the resource classes, with the short names that scripts use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.specification.main_dicom_tags import attribute_name, dates_and_times, read_main_tags
from generator.writers.docstrings import wrap
from generator.writers.main_tags import HEADER, TagProperty

_UIDS = {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}

# These keep the name of their level: `study.id` and `series.number` would be ambiguous.
_KEEP_LEVEL = {"PatientID", "StudyID", "SeriesNumber", "SeriesType", "InstanceNumber"}

_DOCSTRING = '''"""The main DICOM tags of each level, as attributes of the resources."""'''


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of the generated module of orthanc_sdk.resources."""
    lines = [
        HEADER, "", _DOCSTRING, "", "from __future__ import annotations", "",
        "import datetime as dt", "from abc import abstractmethod", "from typing import TYPE_CHECKING", "",
        "if TYPE_CHECKING:",
        "    from orthanc_sdk.models import InstanceTags, PatientTags, PersonName, SeriesTags, StudyTags, TypedTags",
    ]  # fmt: skip
    for level, tags in read_main_tags().items():
        lines += [
            "", "", f"class {level}Attributes:",
            f'    """The main DICOM tags of {"an" if level == "Instance" else "a"} {level.lower()}; '
            'each is read from ``tags``."""', "",
            "    @property", "    @abstractmethod", f"    def tags(self) -> {level}Tags:",
            '        """All main DICOM tags."""',
        ]  # fmt: skip
        for tag in tags:
            lines += _property(short_name(level, tag.keyword), TagProperty(tag).type, tag.attribute, tag.text)
        for pair in dates_and_times(tags):
            name = short_name(level, pair.date.keyword).removesuffix("date") + "datetime"
            lines += _property(name, "datetime | None", pair.attribute, pair.text)
    yield "main_tags", "\n".join(lines) + "\n"


def short_name(level: str, keyword: str) -> str:
    """`StudyInstanceUID` is `uid`, `StudyDate` is `date` of a study, `PatientName` is `name` of a patient."""
    if keyword in _UIDS:
        return "uid"
    name = attribute_name(keyword)
    return name if keyword in _KEEP_LEVEL else name.removeprefix(level.lower() + "_")


def _property(name: str, type_: str, attribute: str, text: str) -> list[str]:
    # `date` is the name of a property, too, so the types are qualified with their module.
    type_ = re.sub(r"\b(date|time|datetime)\b", r"dt.\1", type_)
    docstring = wrap(f'"""{text}"""', " " * 8)
    return [
        "",
        "    @property",
        f"    def {name}(self) -> {type_}:",
        docstring,
        f"        return self.tags.{attribute}",
    ]
