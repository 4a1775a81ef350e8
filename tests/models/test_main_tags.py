"""DICOM tags with typed values: in all formats, from dirty data, from anything, and from real servers."""

# ruff: noqa: DTZ001 - DICOM has dates and times without a zone

from __future__ import annotations

import copy
import inspect
import io
import itertools
import json
import math
import pickle
import re
import subprocess
import sys
import time as clock
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, assert_type, cast

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from generator import main_tags as generator
from orthanc_models import dictionary
from orthanc_models.main_tags import InstanceTags, PatientTags, SeriesTags, StudyTags
from orthanc_models.tag_readers import Multiplicity, reader_for
from orthanc_models.tags_base import InvalidTags, ReadContext, TagProblem, TypedTags
from orthanc_models.values import PersonName
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from orthanc_sdk.testing.releases import RELEASES

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LEVELS: dict[str, type[TypedTags]] = {
    "Patient": PatientTags,
    "Study": StudyTags,
    "Series": SeriesTags,
    "Instance": InstanceTags,
}
CLASSES = [TypedTags, *LEVELS.values()]
MAIN = {level: generator.levels()[level] for level in LEVELS}

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


@pytest.fixture(params=FORMATS)
def written(request: pytest.FixtureRequest) -> Any:
    """A function that writes simplified tags in one of the formats."""
    return FORMATS[request.param]


# ---------------------------------------------------------------------------------------------------------------------
# What is read
# ---------------------------------------------------------------------------------------------------------------------


def test_attributes_have_python_types(written: Any) -> None:
    study = StudyTags(written(SIMPLE))
    assert study.study_date == date(2024, 1, 31)
    assert study.study_time == time(10, 15, 30, 500000)
    assert study.study_description == "Knee"
    assert study.referring_physician_name is not None
    assert study.referring_physician_name.formatted() == "Dr Gregory House"
    assert study.study_instance_uid == "1.2.3"
    assert study.study_datetime == datetime(2024, 1, 31, 10, 15, 30, 500000, timezone(timedelta(hours=1)))
    assert study.problems == ()


def test_the_same_by_keyword_and_by_number(written: Any) -> None:
    study = StudyTags(written(SIMPLE))
    for key in ("StudyDate", "0008,0020", "0008-0020", "00080020"):
        assert study[key] == date(2024, 1, 31)
        assert key in study
    assert study["0020,000D"] == study["0020,000d"] == study["0020000D"] == "1.2.3"


def test_a_series(written: Any) -> None:
    item = {"ScheduledProcedureStepID": "S1", "ScheduledProcedureStepStartDate": "20240131"}
    nested = {"ScheduledProtocolCodeSequence": [{"CodeValue": "C1"}, {}]}
    tags = {
        "SeriesNumber": " 3 ",
        "OperatorsName": "A^B\\C^D",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\-0.5e-1",
        "SeriesType": "DYNAMIC\\IMAGE",
        "NumberOfSlices": "65535",
        "RequestAttributesSequence": [item, nested, {}],
    }
    series = SeriesTags(written(tags))
    assert series.problems == ()
    assert series.series_number == 3
    assert series.operators_name == ("A^B", "C^D")
    assert series.operators_name[1].family_name == "C"
    assert series.image_orientation_patient == (1.0, 0.0, 0.0, 0.0, 1.0, -0.05)
    assert series.series_type == ("DYNAMIC", "IMAGE")
    assert series.number_of_slices == 65535
    first, second, third = series.request_attributes_sequence
    assert first["ScheduledProcedureStepID"] == "S1"
    assert first["ScheduledProcedureStepStartDate"] == date(2024, 1, 31)
    codes = second["ScheduledProtocolCodeSequence"]
    assert isinstance(codes, tuple)
    assert isinstance(codes[0], TypedTags)
    assert codes[0]["CodeValue"] == "C1"
    assert len(codes) == 2
    assert len(third) == 0


def test_a_patient_and_an_instance(written: Any) -> None:
    patient = PatientTags(
        written({"PatientName": "王^小东", "OtherPatientIDs": "A\\\\C", "PatientBirthDate": "1990.01.31"})
    )
    assert patient.patient_name == "王^小东"
    assert type(patient.patient_name) is PersonName
    assert patient.other_patient_ids == ("A", "", "C")
    assert patient.patient_birth_date == date(1990, 1, 31)
    instance = InstanceTags(
        written({"ImagePositionPatient": "1\\2\\3.5", "ImageComments": "a\\b\r\nc", "ImageIndex": "0"})
    )
    x, y, z = instance.image_position_patient
    assert (x, y, z) == (1.0, 2.0, 3.5)
    assert instance.image_comments == "a\\b\r\nc"
    assert instance.image_index == 0
    assert patient.problems == instance.problems == ()


def test_tags_outside_the_list_are_read_by_the_dictionary(written: Any) -> None:
    tags = TypedTags(
        written(
            {
                "PatientAge": "034Y",
                "AcquisitionDateTime": "2024013110+0000",
                "Rows": "512",
                "PixelSpacing": "0.5\\0.5",
                "AcquisitionDuration": "9.9999999999999995e-08",
                "FrameIncrementPointer": "0018,1063\\0018,1065",
                "ModalitiesInStudy": "MR\\CT",
                "DateOfLastCalibration": "20240101\\20240102",
                "PixelData": None,
                "SelectorFDValue": "1.5\\nan\\-inf",
            }
        )
    )
    assert tags["PatientAge"] == relativedelta(years=34)
    assert tags["AcquisitionDateTime"] == datetime(2024, 1, 31, 10, tzinfo=UTC)
    assert tags["Rows"] == 512
    assert tags["PixelSpacing"] == (0.5, 0.5)
    assert tags["AcquisitionDuration"] == 1e-7
    assert tags["FrameIncrementPointer"] == ("0018,1063", "0018,1065")
    assert tags["ModalitiesInStudy"] == ("MR", "CT")
    assert tags["DateOfLastCalibration"] == (date(2024, 1, 1), date(2024, 1, 2))
    assert tags["PixelData"] is None
    assert "PixelData" in tags
    values = tags["SelectorFDValue"]
    assert isinstance(values, tuple)
    assert values[0] == 1.5
    assert isinstance(values[1], float)
    assert math.isnan(values[1])
    assert values[2] == -math.inf
    assert tags.problems == ()


def test_a_tag_that_was_not_sent(written: Any) -> None:
    study = StudyTags(written({"AccessionNumber": ""}))
    assert study.study_date is None
    assert "StudyDate" not in study.raw
    assert "StudyDate" not in study
    assert study.get("StudyDate", 5) == 5
    for key in (
        "StudyDate",
        "0008,0020",
        "00080020",
        "PatientAge",
        "NotAKeyword",
        "",
        "0009,1010",
        "RETIRED_StudyDate",
    ):
        with pytest.raises(KeyError, match=re.escape(repr(key))):
            study[key]
        assert key not in study
    assert 5 not in study


def test_missing_and_empty_and_invalid_are_told_apart(written: Any) -> None:
    study = StudyTags(written({"StudyDate": "", "StudyTime": "noon"}))
    assert study.study_date is study.study_time is study.accession_number is None
    assert (study.raw.get("StudyDate"), study.raw.get("StudyTime")) == ("", "noon")
    assert "AccessionNumber" not in study.raw
    assert [problem.keyword for problem in study.problems] == ["StudyTime"]


def test_tags_of_groups_that_repeat() -> None:
    short = TypedTags({"6000,0022": "one", "6002,0022": "two", "6000,0010": "512"})
    assert list(short) == ["6000,0022", "6002,0022", "6000,0010"]
    assert short["6002,0022"] == short["60020022"] == "two"
    assert short["6000,0010"] == 512
    assert TypedTags({"OverlayRows": "x"}).problems[0].tag == "60xx,0010"
    assert TypedTags({"6000,0010": "x"}).problems[0].tag == "6000,0010"


def test_tags_that_dicom_has_retired(written: Any) -> None:
    """Orthanc calls them by names of its own, which keywords are not."""
    tags = TypedTags(written({"RETIRED_ImageDimensions": "2", "OtherPatientIDs": "A"}))
    assert tags["ImageDimensions"] == tags["RETIRED_ImageDimensions"] == tags["0028,0005"] == 2
    assert list(tags) == ["ImageDimensions", "OtherPatientIDs"]
    assert tags.raw["ImageDimensions"] == "2"


def test_private_tags() -> None:
    simplified = TypedTags({"Unknown Tag & Data": "20240131\\x "})
    assert simplified["Unknown Tag & Data"] == "20240131\\x"
    sent = {
        "0009,1010": {"Name": "Unknown Tag & Data", "Type": "String", "Value": "one"},
        "0009,1011": {"Name": "MyTag", "Type": "String", "Value": "two", "PrivateCreator": "ME"},
        "0009,1012": {
            "Name": "MyItems",
            "Type": "Sequence",
            "Value": [{"0008,0020": {"Name": "StudyDate", "Value": "12"}}],
        },
    }
    full = TypedTags(sent)
    assert list(full) == ["0009,1010", "0009,1011", "0009,1012"]
    assert full["0009,1010"] == full["00091010"] == "one"
    assert full["0009,1011"] == full["MyTag"] == "two"
    assert "Unknown Tag & Data" not in full
    assert full.raw["0009,1011"] == "two"
    (problem,) = full.problems
    assert problem.path == "0009,1012[0].StudyDate"
    assert TypedTags({"0009,1010": "one", "0009,1011": "two"})["0009,1011"] == "two"


def test_moments() -> None:
    tags = {"StudyDate": "20240131", "StudyTime": "10"}
    assert StudyTags(tags).study_datetime == datetime(2024, 1, 31, 10)
    aware = StudyTags({**tags, "TimezoneOffsetFromUTC": "-0330"}).study_datetime
    assert aware is not None
    assert aware.utcoffset() == -timedelta(hours=3, minutes=30)
    odd = StudyTags({**tags, "TimezoneOffsetFromUTC": "CET"})
    assert odd.study_datetime == datetime(2024, 1, 31, 10)
    assert odd.timezone_offset_from_utc == "CET"
    assert [problem.keyword for problem in odd.problems] == ["TimezoneOffsetFromUTC"]
    assert StudyTags({"StudyDate": "20240131"}).study_datetime is None
    assert StudyTags({"StudyDate": "20240131", "StudyTime": "noon"}).study_datetime is None
    assert StudyTags({"StudyTime": "10"}).study_datetime is None
    series = SeriesTags({"SeriesDate": "20240131", "SeriesTime": "1015", "PerformedProcedureStepStartDate": "20240101",
                         "PerformedProcedureStepStartTime": "00"})  # fmt: skip
    assert series.series_datetime == datetime(2024, 1, 31, 10, 15)
    assert series.performed_procedure_step_start_datetime == datetime(2024, 1, 1)
    instance = InstanceTags(
        {"InstanceCreationDate": "20240131", "InstanceCreationTime": "10", "TimezoneOffsetFromUTC": "+0000"}
    )
    assert instance.instance_creation_datetime == datetime(2024, 1, 31, 10, tzinfo=UTC)


# ---------------------------------------------------------------------------------------------------------------------
# What is not as it should be
# ---------------------------------------------------------------------------------------------------------------------

NOT_TEXT: list[object] = [["A", "B"], [], [{}], {}, {"a": 1}, 5, 5.5, True, False, [[]], [None]]

# Values and whether there is a problem; None where the value is not there.
DIRTY: dict[str, list[tuple[object, object, bool]]] = {
    "StudyDate": [
        ("20240131 \0", date(2024, 1, 31), False),
        ("   ", None, False),
        ("\0", None, False),
        ("20240131\\20240201", None, True),
        *((text, None, True) for text in ("12", "199013", "19901301", "00000000", "20240101-20240131", "unknown", "٢٠٢٤٠١٣١")),
    ],
    "StudyTime": [("12", time(12), False), ("235960", time(23, 59, 59), False), ("1\\2", None, True), ("240000", None, True)],
    "AcquisitionDateTime": [("20240131", datetime(2024, 1, 31), False), ("2024", None, True), ("20240131\\20240131", None, True)],
    "PatientAge": [("005D", relativedelta(days=5), False), ("5D", None, True), ("034Y\\035Y", None, True)],
    "SeriesNumber": [("12", 12, False), ("12.0", None, True), ("1e3", None, True), ("٣", None, True), ("1\\2", None, True)],
    "Rows": [("0", 0, False), ("65536", None, True), ("-1", None, True), ("1\\2", None, True)],
    "TagAngleSecondAxis": [("32767", 32767, False), ("-32768", -32768, False), ("32768", None, True)],
    "SmallestImagePixelValue": [("-32768", -32768, False), ("65535", 65535, False), ("65536", None, True)],
    "SliceThickness": [("2.5 ", 2.5, False), ("nan", None, True), ("1,5", None, True), ("1e999", None, True), ("1\\2", None, True)],
    "AcquisitionDuration": [("inf", math.inf, False), ("Infinity", None, True), ("1\\2", None, True)],
    "ImagePositionPatient": [
        ("1\\2\\3", (1.0, 2.0, 3.0), False),
        (" 1\\2 \\ 3 ", (1.0, 2.0, 3.0), False),
        ("", (), False),
        ("1\\2", (), True),
        ("1\\2\\3\\4", (), True),
        ("1\\x\\3", (), True),
        ("1\\\\3", (), True),
        ("\\\\", (), True),
    ],
    "DateOfLastCalibration": [("20240101\\2024", (), True), ("20240101", (date(2024, 1, 1),), False)],
    "OtherPatientIDs": [
        ("A \\ B\\\\C\0", ("A", " B", "", "C"), False),
        ("A\\", ("A", ""), False),
        ("", (), False),
        (" ", (), False),
    ],
    "SeriesType": [("WHOLE BODY", ("WHOLE BODY",), True), ("A\\B", ("A", "B"), False), ("A\\B\\C", ("A", "B", "C"), True)],
    "PatientName": [
        ("A^B==", "A^B", False),
        ("  A^B  ", "  A^B", False),
        ("^^", "^^", False),
        ("=", None, False),
        ("A^B\\C^D", "A^B\\C^D", True),
        ("A=B=C=D", "A=B=C=D", True),
        ("A^B^C^D^E^F", "A^B^C^D^E^F", True),
    ],
    "OperatorsName": [("A^B \\C^D==", ("A^B", "C^D"), False), ("A\\B=C=D=E", ("A", "B=C=D=E"), True), ("A\\\\B", ("A", "", "B"), False)],
    "StudyInstanceUID": [
        ("1.2.3\0", "1.2.3", False),
        ("1.2.3 ", "1.2.3", False),
        ("0", "0", False),
        *((text, text, True) for text in ("1.02", "1..2", ".1", "1.", "1.2a", " 1.2", "1.٣", "1\\2", "1" * 65, "unknown")),
    ],
    "PatientID": [("  lead and trail  ", "  lead and trail", False), ("A\\B", "A\\B", True), ("\t", "\t", False), ("0", "0", False)],
    "PatientSex": [("F ", "F", False), ("f", "f", False), ("M\\F", "M\\F", True)],
    "ScheduledStationAETitle": [("  AE  ", ("AE",), False), ("A\\ B ", ("A", "B"), False)],
    "ImageComments": [("  a\\b \r\n ", "  a\\b \r\n", False), ("\\", "\\", False)],
    "InstitutionAddress": [("  a\\b  ", "  a\\b", False)],
    "RetrieveURL": [("http://x/a\\b ", "http://x/a\\b", False)],
    "FrameIncrementPointer": [("0018,1063", ("0018,1063",), False), ("x", ("x",), True)],
    "TimezoneOffsetFromUTC": [("+0100", "+0100", False), ("-0000", "-0000", True), ("0100", "0100", True)],
    "SelectorOBValue": [("abc", "abc", False), ("a\\b", "a\\b", False)],
    "NotAKeyword": [("abc ", "abc", False), ("a\\b", "a\\b", False)],
}  # fmt: skip


@pytest.mark.parametrize(
    ("keyword", "text", "value", "is_problem"),
    [(keyword, *case) for keyword, cases in DIRTY.items() for case in cases],
)
def test_dirty_values(keyword: str, text: object, value: object, is_problem: bool) -> None:
    sent = {keyword: text}
    known = dictionary.by_keyword(keyword) is not None
    for tags in (sent, numbered(sent), described(sent)) if known else (sent,):
        for cls in CLASSES:
            read = cls(tags)
            assert read[keyword] == value
            assert type(read[keyword]) is type(value) or type(read[keyword]) is PersonName
            assert read.raw == {keyword: text}
            assert [problem.keyword for problem in read.problems] == [keyword] * is_problem
            assert_consistent(read, tags)


@pytest.mark.parametrize("keyword", [keyword for keyword in DIRTY if keyword != "NotAKeyword"])
def test_what_is_no_text_at_all(keyword: str) -> None:
    for raw in NOT_TEXT:
        tags = TypedTags({keyword: raw})
        (problem,) = tags.problems
        assert problem.raw == raw
        assert problem.reason == "not text"
        assert tags[keyword] in (None, ())
        assert tags.raw[keyword] == raw


@pytest.mark.parametrize("raw", ["text", "1\\2", 5, True, ["text"], [{}, "text"], [[]], [None], {"a": "b"}])
def test_what_are_no_items(raw: object) -> None:
    tags = SeriesTags({"RequestAttributesSequence": raw})
    assert tags.request_attributes_sequence == ()
    (problem,) = tags.problems
    assert (problem.reason, problem.raw) == ("not the items of a sequence", raw)


def test_null_is_a_value_that_is_not_given(written: Any) -> None:
    keywords = {tag.keyword: tag for tags in MAIN.values() for tag in tags}
    tags = written(dict.fromkeys(keywords))
    for cls in LEVELS.values():
        read = cls(tags)
        assert read.problems == ()
        for keyword, tag in keywords.items():
            assert keyword in read
            assert read[keyword] == (None if tag.vm == "1" and tag.vr != "SQ" else ())
            assert read.raw[keyword] is None


def test_an_empty_sequence_is_no_problem() -> None:
    for raw in ([], "", None):
        assert SeriesTags({"RequestAttributesSequence": raw}).problems == ()
        assert SeriesTags({"RequestAttributesSequence": raw}).request_attributes_sequence == ()


def test_problems_tell_where_and_why(written: Any) -> None:
    item = {"ScheduledProcedureStepStartDate": "soon", "ScheduledProtocolCodeSequence": [{}, {"CodeValue": "A\\B"}]}
    tags = {
        "SeriesDate": "20240131-20240201",
        "ImageOrientationPatient": "1\\x\\0\\0\\1\\0",
        "SeriesTime": "10",
        "SeriesInstanceUID": "1.2.x",
        "RequestAttributesSequence": [{}, item],
    }
    read = SeriesTags(written(tags))
    assert read.problems == (
        TagProblem("SeriesDate", "0008,0021", "DA", "20240131-20240201", "not a date (YYYYMMDD)", "SeriesDate"),
        TagProblem(
            "ImageOrientationPatient", "0020,0037", "DS", "1\\x\\0\\0\\1\\0", "value 2 of 6: not a decimal number",
            "ImageOrientationPatient",
        ),
        TagProblem(
            "SeriesInstanceUID", "0020,000e", "UI", "1.2.x", "not a UID (numbers without leading zeros, divided by points)",
            "SeriesInstanceUID",
        ),
        TagProblem(
            "ScheduledProcedureStepStartDate", "0040,0002", "DA", "soon", "not a date (YYYYMMDD)",
            "RequestAttributesSequence[1].ScheduledProcedureStepStartDate",
        ),
        TagProblem(
            "CodeValue", "0008,0100", "SH", "A\\B", "several values where one is expected",
            "RequestAttributesSequence[1].ScheduledProtocolCodeSequence[1].CodeValue",
        ),
    )  # fmt: skip
    with pytest.raises(InvalidTags) as caught:
        read.check()
    assert caught.value.problems == read.problems
    assert str(caught.value).startswith("5 invalid DICOM values: SeriesDate: not a date (YYYYMMDD); ImageOrientation")
    SeriesTags(written({"SeriesTime": "10"})).check()


def test_no_text_quotes_a_value() -> None:
    secret = {
        "PatientName": "Secret^A^B^C^D^E",
        "PatientBirthDate": "Secret",
        "PatientID": "Secret\\1",
        "OtherPatientIDs": "Secret",
    }
    tags = PatientTags(secret)
    assert len(tags.problems) == 3
    with pytest.raises(InvalidTags) as caught:
        tags.check()
    for text in (
        repr(tags),
        str(tags),
        str(caught.value),
        repr(caught.value),
        repr(tags.problems),
        str(tags.problems[0]),
    ):
        assert "Secret" not in text
    assert "Secret" in str(tags.problems[0].raw)


def test_many_problems_are_all_there_and_the_message_is_short() -> None:
    tags = TypedTags({keyword: 5 for keyword in itertools.islice(DIRTY, 20)})
    with pytest.raises(InvalidTags, match="; and 8 more$") as caught:
        tags.check()
    assert len(caught.value.problems) == 20
    assert str(InvalidTags(tags.problems[:1])) == "1 invalid DICOM value: StudyDate: not text"


def test_invalid_tags_can_be_pickled_and_copied() -> None:
    error = InvalidTags(TypedTags({"StudyDate": "x", "RequestAttributesSequence": [5]}).problems)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is InvalidTags
        assert again.problems == error.problems
        assert str(again) == str(error)
    assert len({*error.problems}) == 2


# ---------------------------------------------------------------------------------------------------------------------
# A mapping that does not change
# ---------------------------------------------------------------------------------------------------------------------


def test_it_is_a_mapping(written: Any) -> None:
    tags = StudyTags(written(SIMPLE))
    assert list(tags) == list(SIMPLE)
    assert len(tags) == len(SIMPLE)
    assert dict(tags)["StudyDate"] == date(2024, 1, 31)
    assert list(tags.values())[2] == "Knee"
    assert tags.keys() == SIMPLE.keys()
    assert tags.raw == SIMPLE
    assert tags.sent == written(SIMPLE)
    assert list(StudyTags()) == []
    assert not StudyTags()


def test_equal_are_tags_with_the_same_raw_values() -> None:
    short, full = StudyTags(numbered(SIMPLE)), StudyTags(described(SIMPLE))
    assert StudyTags(SIMPLE) == StudyTags(dict(SIMPLE)) == short == full == TypedTags(SIMPLE)
    assert StudyTags(SIMPLE) == SIMPLE
    assert short == numbered(SIMPLE)
    assert short != SIMPLE
    assert StudyTags(SIMPLE) != StudyTags({**SIMPLE, "StudyDate": "20240131 "})
    assert StudyTags(SIMPLE) != StudyTags({**SIMPLE, "StudyID": ""})
    assert StudyTags() != 5
    assert StudyTags() != None  # noqa: E711 - __eq__ is what is tested
    with pytest.raises(TypeError, match="unhashable"):
        hash(StudyTags())


def test_nothing_can_be_changed() -> None:
    given_tags: dict[str, object] = dict(SIMPLE)
    tags = StudyTags(given_tags)
    given_tags["StudyDate"] = "19000101"
    assert tags.study_date == date(2024, 1, 31)
    for name in ("study_date", "other"):
        with pytest.raises(AttributeError):
            setattr(tags, name, 5)
    for view in (tags.raw, tags.sent):
        with pytest.raises(TypeError):
            cast("dict[str, object]", view)["StudyDate"] = ""
    assert not hasattr(tags, "__dict__")


@pytest.mark.parametrize("cls", CLASSES)
def test_it_can_be_pickled_and_copied(cls: type[TypedTags], written: Any) -> None:
    tags = cls(written({**SIMPLE, "RequestAttributesSequence": [{"CodeValue": "1"}]}))
    for again in (pickle.loads(pickle.dumps(tags)), copy.copy(tags), copy.deepcopy(tags), cls(tags)):
        assert type(again) is cls
        assert again == tags
        assert again.sent == tags.sent
        assert again["StudyDate"] == date(2024, 1, 31)


def test_what_it_is_made_of() -> None:
    assert StudyTags(TypedTags(SIMPLE)).study_date == date(2024, 1, 31)
    with pytest.raises(TypeError, match="named by text"):
        TypedTags(cast("Any", {5: "x"}))


def test_the_repr_is_short_and_names_only_tags() -> None:
    assert repr(StudyTags(SIMPLE)) == (
        "<StudyTags: StudyDate, StudyTime, StudyDescription, ReferringPhysicianName, StudyInstanceUID, TimezoneOffsetFromUTC>"
    )
    assert repr(PatientTags()) == "<PatientTags: empty>"
    assert repr(TypedTags({f"0009,{number:04x}": "x" for number in range(300)})).endswith(", 0009,000b, and 288 more>")
    assert len(repr(TypedTags({"x" * 10_000: ""}))) < 100


# ---------------------------------------------------------------------------------------------------------------------
# In pydantic
# ---------------------------------------------------------------------------------------------------------------------


class _Study(BaseModel):
    tags: Annotated[StudyTags, Field(alias="MainDicomTags")]
    more: Annotated[TypedTags | None, Field(alias="RequestedTags")] = None


def test_from_json_and_back(written: Any) -> None:
    sent = {"MainDicomTags": written(SIMPLE), "RequestedTags": written({"Rows": "512", "PixelData": None})}
    study = _Study.model_validate_json(json.dumps(sent))
    assert type(study.tags) is StudyTags
    assert study.tags.study_date == date(2024, 1, 31)
    assert study.more is not None
    assert study.more["Rows"] == 512
    assert study.model_dump(by_alias=True) == sent
    assert study.model_dump(by_alias=True, mode="json") == sent
    assert json.loads(study.model_dump_json(by_alias=True)) == sent
    assert type(study.model_dump(by_alias=True)["MainDicomTags"]) is dict
    assert _Study.model_validate(sent) == study
    assert _Study.model_validate({"MainDicomTags": study.tags, "RequestedTags": study.more}) == study


def test_a_dump_is_not_the_same_object() -> None:
    study = _Study.model_validate_json(json.dumps({"MainDicomTags": SIMPLE}))
    study.model_dump()["tags"]["StudyDate"] = "19000101"
    assert study.tags.study_date == date(2024, 1, 31)


@pytest.mark.parametrize("bad", [5, "text", None, [], [SIMPLE], True])
def test_what_are_no_tags(bad: object) -> None:
    with pytest.raises(ValidationError):
        _Study.model_validate({"MainDicomTags": bad})
    with pytest.raises(ValidationError):
        _Study.model_validate_json(json.dumps({"MainDicomTags": bad}))


def test_keys_must_be_text() -> None:
    with pytest.raises(ValidationError, match="named by text"):
        _Study.model_validate({"MainDicomTags": {5: "x"}})


def test_strict_reading_fails_with_all_problems(written: Any) -> None:
    adapter = TypeAdapter(list[_Study])
    good = {"MainDicomTags": written(SIMPLE)}
    bad = {
        "MainDicomTags": written({"StudyDate": "2024", "StudyTime": "noon"}),
        "RequestedTags": written({"Rows": "x"}),
    }
    content = json.dumps([good, bad, good, bad])
    assert [study.tags.study_date for study in adapter.validate_json(content)] == [date(2024, 1, 31), None] * 2
    assert len(adapter.validate_json(content, context=ReadContext())) == 4
    assert len(adapter.validate_json(content, context={"strict": True})) == 4
    assert len(adapter.validate_json(json.dumps([good]), context=ReadContext(strict=True))) == 1
    for validate in (
        lambda: adapter.validate_json(content, context=ReadContext(strict=True)),
        lambda: adapter.validate_python(json.loads(content), context=ReadContext(strict=True)),
    ):
        with pytest.raises(ValidationError) as caught:
            validate()
        error = InvalidTags.from_validation(caught.value)
        assert error is not None
        assert [problem.path for problem in error.problems] == [
            f"[{place}].{path}"
            for place in (1, 3)
            for path in ("MainDicomTags.StudyDate", "MainDicomTags.StudyTime", "RequestedTags.Rows")
        ]
        assert [problem.raw for problem in error.problems[:3]] == ["2024", "noon", "x"]


def test_other_validation_errors_are_no_invalid_tags() -> None:
    with pytest.raises(ValidationError) as caught:
        _Study.model_validate({"MainDicomTags": 5})
    assert InvalidTags.from_validation(caught.value) is None


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema(mode: Any) -> None:
    schema = TypeAdapter(StudyTags).json_schema(mode=mode)
    assert (schema["title"], schema["type"]) == ("StudyTags", "object")
    assert schema["description"].startswith("The main DICOM tags of a study")
    assert "properties" in _Study.model_json_schema(mode=mode)


# ---------------------------------------------------------------------------------------------------------------------
# Anything at all
# ---------------------------------------------------------------------------------------------------------------------

_KEYWORDS = sorted({tag.keyword for tags in MAIN.values() for tag in tags})
_OTHERS = ["PatientAge", "AcquisitionDateTime", "Rows", "PixelData", "SelectorFDValue", "OverlayRows", "SelectorATValue",
           "ReferencedImageSequence", "RetrieveURL", "DateOfLastCalibration", "RedPaletteColorLookupTableDescriptor"]  # fmt: skip
_STRANGE = ["Unknown Tag & Data", "RETIRED_", "RETIRED_StudyDate", "RETIRED_RETIRED_StudyDate", "RETIRED_0008,0020", "",
            "0009,1010", "0008,103E", "00080020", "0008-0020", "6000,0022", "ffff,ffff", "Name", "Value"]  # fmt: skip
_NUMBERS = [number(keyword) for keyword in _KEYWORDS + _OTHERS if "x" not in number(keyword)]
KEYS = st.sampled_from(_KEYWORDS) | st.sampled_from(_KEYWORDS + _OTHERS + _NUMBERS + _STRANGE) | st.text(max_size=12)
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
        | st.fixed_dictionaries({"Name": st.text(max_size=5) | st.sampled_from(_KEYWORDS), "Value": inner})
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


@pytest.mark.parametrize("cls", CLASSES)
@settings(max_examples=150, deadline=None)
@given(sent=TAGS)
def test_reading_never_raises_and_loses_nothing(cls: type[TypedTags], sent: dict[str, Any]) -> None:
    adapter = TypeAdapter(cls)
    content = json.dumps(sent)
    parsed = adapter.validate_json(content)
    assert_consistent(parsed, sent)
    assert adapter.dump_python(parsed) == adapter.dump_python(parsed, mode="json") == sent
    assert json.loads(adapter.dump_json(parsed)) == sent
    made = cls(sent)
    assert made == parsed == adapter.validate_python(sent)
    assert pickle.loads(pickle.dumps(made)) == made


@settings(max_examples=150, deadline=None)
@given(sent=st.dictionaries(st.sampled_from(_KEYWORDS), TEXTS | st.none(), max_size=10))
def test_all_formats_are_read_alike(sent: dict[str, Any]) -> None:
    for cls in CLASSES:
        simplified, short, full = cls(sent), cls(numbered(sent)), cls(described(sent))
        assert simplified == short == full
        assert simplified.raw == short.raw == full.raw == sent
        assert simplified.problems == short.problems == full.problems
        assert all(same(simplified[key], short[key]) and same(short[key], full[key]) for key in sent)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_attributes_and_dictionary_read_alike(text: str) -> None:
    """The readers of the generated classes are those that the dictionary would give."""
    for level, cls in LEVELS.items():
        for tag in MAIN[level]:
            own, general = cls({tag.keyword: text}), TypedTags({tag.keyword: text})
            assert same(own[tag.keyword], general[tag.keyword])
            assert own.problems == general.problems
