"""Tags to read, in all formats, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import strategies as st

from generator.specification.main_dicom_tags import read_main_tags
from orthanc_models.dicom import dictionary
from orthanc_models.dicom.main_tags import InstanceTags, PatientTags, SeriesTags, StudyTags
from orthanc_models.dicom.typed_tags import InvalidTags, TypedTags

LEVELS: dict[str, type[TypedTags]] = {
    "Patient": PatientTags,
    "Study": StudyTags,
    "Series": SeriesTags,
    "Instance": InstanceTags,
}
CLASSES: list[type[TypedTags]] = [TypedTags, *LEVELS.values()]
MAIN = {level: read_main_tags()[level] for level in LEVELS}

SIMPLE: dict[str, object] = {
    "StudyDate": "20240131",
    "StudyTime": "101530.5",
    "StudyDescription": "Knee",
    "ReferringPhysicianName": "House^Gregory^^Dr",
    "StudyInstanceUID": "1.2.3",
    "TimezoneOffsetFromUTC": "+0100",
}


def numbered(tags: Mapping[str, object]) -> dict[str, object]:
    """Simplified tags in the short format."""
    return {
        number(key): [numbered(item) for item in value] if isinstance(value, list) else value
        for key, value in tags.items()
    }


def described(tags: Mapping[str, object]) -> dict[str, object]:
    """Simplified tags in the full format."""
    found: dict[str, object] = {}
    for key, value in tags.items():
        kind = "Null" if value is None else "Sequence" if isinstance(value, list) else "String"
        content = [described(item) for item in value] if isinstance(value, list) else value
        found[number(key)] = {"Name": key, "Type": kind, "Value": content}
    return found


def number(keyword: str) -> str:
    entry = dictionary.by_keyword(keyword.removeprefix("RETIRED_"))
    assert entry is not None, keyword
    return entry.number


FORMATS = {"simplified": dict, "short": numbered, "full": described}


KEYWORDS = sorted({tag.keyword for tags in MAIN.values() for tag in tags})
_OTHERS = ["PatientAge", "AcquisitionDateTime", "Rows", "PixelData", "SelectorFDValue", "OverlayRows",
"SelectorATValue",
           "ReferencedImageSequence", "RetrieveURL", "DateOfLastCalibration",
           "RedPaletteColorLookupTableDescriptor"]  # fmt: skip
_STRANGE = ["Unknown Tag & Data", "RETIRED_", "RETIRED_StudyDate", "RETIRED_RETIRED_StudyDate", "RETIRED_0008,0020", "",
            "0009,1010", "0008,103E", "00080020", "0008-0020", "6000,0022", "ffff,ffff", "Name", "Value"]  # fmt: skip
_NUMBERS = [number(keyword) for keyword in KEYWORDS + _OTHERS if "x" not in number(keyword)]
KEYS = st.sampled_from(KEYWORDS) | st.sampled_from(KEYWORDS + _OTHERS + _NUMBERS + _STRANGE) | st.text(max_size=12)
TEXTS = (
    st.text(max_size=20)
    | st.text("0123456789.:+-eE\\^= \0YMWDnaif", max_size=24)
    | st.dates().map("{:%Y%m%d}".format)
    | st.times().map("{:%H%M%S.%f}".format)
    | st.integers().map(str)
    | st.lists(st.floats().map(repr), max_size=7).map("\\".join)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.lists(st.dictionaries(KEYS, inner, max_size=3), max_size=2)
        | st.fixed_dictionaries({"Name": st.text(max_size=5) | st.sampled_from(KEYWORDS), "Value": inner})
    ),
    max_leaves=12,
)
TAGS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, TEXTS | JSON, max_size=8)


def assert_consistent(tags: TypedTags, sent: Mapping[str, object]) -> None:
    """What holds for all tags, whatever they are made of."""
    assert tags.sent == sent
    assert list(tags) == list(tags.raw) == list(dict.fromkeys(tags))
    assert len(tags) == len(tags.raw)
    values = dict(tags.items())
    assert all(key in tags for key in tags)
    assert all(key in tags for key in sent)
    assert all(
        value is None or isinstance(value, (str, int, float, date, time, relativedelta, tuple))
        for value in values.values()
    )
    problems = tags.problems
    for problem in problems:
        if problem.path == problem.keyword and problem.keyword in tags.raw:
            assert problem.raw == tags.raw[problem.keyword]
        assert problem.reason
        assert problem.reason.isascii()
    flagged = {problem.path for problem in problems}
    for key, value in values.items():
        # Nothing is lost in silence: what is not there was empty, or is among the problems.
        if value in (None, ()) and key not in flagged:
            raw = tags.raw[key]
            assert raw is None or raw == [] or (isinstance(raw, str) and not raw.strip(" \0="))
    for tag in [tag for level, cls in LEVELS.items() if isinstance(tags, cls) for tag in MAIN[level]]:
        value = getattr(tags, tag.attribute)
        if tag.keyword in tags:
            assert same(value, tags[tag.keyword])
            assert same(value, tags[tag.number])
        else:
            assert value is None or value == ()
    assert "\n" not in repr(tags) or any("\n" in key for key in tags)
    if problems:
        with pytest.raises(InvalidTags) as caught:
            tags.check()
        assert caught.value.problems == problems
    else:
        tags.check()


def same(left: object, right: object) -> bool:
    """Equal, and of the same type; not-a-number equals itself."""
    return type(left) is type(right) and (left == right or repr(left) == repr(right))
