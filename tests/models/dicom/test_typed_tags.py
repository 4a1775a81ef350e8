"""Tags from dirty data, as a mapping, in pydantic, and from anything at all."""

# ruff: noqa: DTZ001 - DICOM has dates and times without a zone

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle
from datetime import date, datetime, time
from typing import Annotated, Any, cast

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from orthanc_models.dicom import dictionary
from orthanc_models.dicom.main_tags import PatientTags, SeriesTags, StudyTags
from orthanc_models.dicom.person_name import PersonName
from orthanc_models.dicom.typed_tags import InvalidTags, ReadContext, TagProblem, TypedTags
from tests.models.dicom.tag_samples import (
    CLASSES,
    KEYWORDS,
    LEVELS,
    MAIN,
    SIMPLE,
    TAGS,
    TEXTS,
    assert_consistent,
    described,
    numbered,
    same,
)

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
        *(
            (text, None, True)
            for text in ("12", "199013", "19901301", "00000000", "20240101-20240131", "unknown", "٢٠٢٤٠١٣١")
        ),
    ],
    "StudyTime": [
        ("12", time(12), False),
        ("235960", time(23, 59, 59), False),
        ("1\\2", None, True),
        ("240000", None, True),
    ],
    "AcquisitionDateTime": [
        ("20240131", datetime(2024, 1, 31), False),
        ("2024", None, True),
        ("20240131\\20240131", None, True),
    ],
    "PatientAge": [("005D", relativedelta(days=5), False), ("5D", None, True), ("034Y\\035Y", None, True)],
    "SeriesNumber": [
        ("12", 12, False),
        ("12.0", None, True),
        ("1e3", None, True),
        ("٣", None, True),
        ("1\\2", None, True),
    ],
    "Rows": [("0", 0, False), ("65536", None, True), ("-1", None, True), ("1\\2", None, True)],
    "TagAngleSecondAxis": [("32767", 32767, False), ("-32768", -32768, False), ("32768", None, True)],
    "SmallestImagePixelValue": [("-32768", -32768, False), ("65535", 65535, False), ("65536", None, True)],
    "SliceThickness": [
        ("2.5 ", 2.5, False),
        ("nan", None, True),
        ("1,5", None, True),
        ("1e999", None, True),
        ("1\\2", None, True),
    ],
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
    "SeriesType": [
        ("WHOLE BODY", ("WHOLE BODY",), True),
        ("A\\B", ("A", "B"), False),
        ("A\\B\\C", ("A", "B", "C"), True),
    ],
    "PatientName": [
        ("A^B==", "A^B", False),
        ("  A^B  ", "  A^B", False),
        ("^^", "^^", False),
        ("=", None, False),
        ("A^B\\C^D", "A^B\\C^D", True),
        ("A=B=C=D", "A=B=C=D", True),
        ("A^B^C^D^E^F", "A^B^C^D^E^F", True),
    ],
    "OperatorsName": [
        ("A^B \\C^D==", ("A^B", "C^D"), False),
        ("A\\B=C=D=E", ("A", "B=C=D=E"), True),
        ("A\\\\B", ("A", "", "B"), False),
    ],
    "StudyInstanceUID": [
        ("1.2.3\0", "1.2.3", False),
        ("1.2.3 ", "1.2.3", False),
        ("0", "0", False),
        (" 1.2", "1.2", True),
        *((text, text, True) for text in ("1.02", "1..2", ".1", "1.", "1.2a", "1.٣", "1\\2", "1" * 65, "unknown")),
    ],
    "PatientID": [
        ("  lead and trail  ", "  lead and trail", False),
        ("A\\B", "A\\B", True),
        ("\t", "\t", False),
        ("0", "0", False),
    ],
    "PatientSex": [("F ", "F", False), ("f", "f", False), ("M\\F", "M\\F", True)],
    "ScheduledStationAETitle": [("  AE  ", ("AE",), False), ("A\\ B ", ("A", "B"), False)],
    "ImageComments": [("  a\\b \r\n ", "  a\\b \r\n", False), ("\\", "\\", False)],
    "InstitutionAddress": [("  a\\b  ", "  a\\b", False)],
    "RetrieveURL": [("http://x/a\\b ", "http://x/a\\b", False)],
    "FrameIncrementPointer": [("0018,1063", ("0018,1063",), False), ("x", ("x",), True)],
    "TimezoneOffsetFromUTC": [("+0100", "+0100", False), ("-0000", "-0000", True), ("0100", "0100", True)],
    "SelectorOBValue": [("abc", "abc", False), ("a\\b", "a\\b", False)],
    "NotAKeyword": [("abc ", "abc", False), ("a\\b", "a\\b", False)],
}


@pytest.mark.parametrize(
    ("keyword", "text", "value", "is_problem"),
    [(keyword, *case) for keyword, cases in DIRTY.items() for case in cases],
)
def test_dirty_values(keyword: str, text: object, value: object, is_problem: bool) -> None:
    sent = {keyword: text}
    known = dictionary.by_keyword(keyword) is not None
    for tags in (sent, numbered(sent), described(sent)) if known else (sent,):
        for tags_class in CLASSES:
            read = tags_class(tags)
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


@pytest.mark.parametrize("raw", ["text", "1\\2", 5, True, ["text"], [{}, "text"], [[]], [None], {"a": "b"}, [{5: "x"}]])
def test_what_are_no_items(raw: object) -> None:
    tags = SeriesTags({"RequestAttributesSequence": raw})
    assert tags.request_attributes_sequence == ()
    (problem,) = tags.problems
    assert (problem.reason, problem.raw) == ("not the items of a sequence", raw)


@pytest.mark.parametrize(
    "keyword", ["StudyDate", "StudyTime", "PatientAge", "SeriesNumber", "SliceThickness", "PatientID"]
)
def test_several_values_where_one_is_expected(keyword: str) -> None:
    (problem,) = TypedTags({keyword: "1\\2"}).problems
    assert problem.reason == "several values where one is expected"


def test_a_tag_under_two_keys_counts_by_its_keyword() -> None:
    by_keyword, by_number = ("StudyDate", "20240131"), ("0008,0020", "19000101")
    for tags in (StudyTags(dict([by_keyword, by_number])), StudyTags(dict([by_number, by_keyword]))):
        assert tags.study_date == tags["StudyDate"] == tags["0008,0020"] == date(2024, 1, 31)
        assert tags.raw == {"StudyDate": "20240131"}
        assert len(tags) == 1
        assert len(tags.sent) == 2


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
    empty: list[object] = [[], "", None]
    for raw in empty:
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
            "SeriesInstanceUID", "0020,000e", "UI", "1.2.x",
            "not a UID (numbers without leading zeros, separated by dots)", "SeriesInstanceUID",
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
    tags = TypedTags(dict.fromkeys(itertools.islice(DIRTY, 20), 5))
    with pytest.raises(InvalidTags, match=r"; and 8 more$") as caught:
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
    items = {"RequestAttributesSequence": [{"CodeValue": "1", "ReferencedImageSequence": [{}, {"CodeMeaning": "x"}]}]}
    assert SeriesTags(items) == SeriesTags(numbered(items)) == SeriesTags(described(items))
    for other in ({"CodeValue": "1"}, {"CodeValue": "1", "ReferencedImageSequence": [{}]}, {"CodeMeaning": "1"}, {}):
        assert SeriesTags(items) != SeriesTags(numbered({"RequestAttributesSequence": [other]}))
        assert SeriesTags(numbered({"RequestAttributesSequence": [other]})) != SeriesTags(items)
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
    with pytest.raises(TypeError, match="keys of DICOM tags must be str"):
        TypedTags(cast("Any", {5: "x"}))


def test_the_repr_is_short_and_names_only_tags() -> None:
    assert repr(StudyTags(SIMPLE)) == (
        "<StudyTags: StudyDate, StudyTime, StudyDescription, ReferringPhysicianName, StudyInstanceUID, "
        "TimezoneOffsetFromUTC>"
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
    with pytest.raises(ValidationError, match="keys of DICOM tags must be str"):
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
    strict = ReadContext(strict=True)
    with pytest.raises(ValidationError) as of_json:
        adapter.validate_json(content, context=strict)
    with pytest.raises(ValidationError) as of_python:
        adapter.validate_python(json.loads(content), context=strict)
    for caught in (of_json, of_python):
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


@pytest.mark.parametrize("cls", CLASSES)
@settings(max_examples=80, deadline=None)
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


_VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.none(), lambda inner: st.lists(st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=3), max_size=2)
)


@settings(max_examples=80, deadline=None)
@given(sent=st.dictionaries(st.sampled_from(KEYWORDS), _VALUES, max_size=10))
def test_all_formats_are_read_alike(sent: dict[str, Any]) -> None:
    for cls in CLASSES:
        simplified, short, full = cls(sent), cls(numbered(sent)), cls(described(sent))
        assert simplified == short == full
        assert simplified.raw == sent
        assert [str(problem) for problem in simplified.problems] == [str(problem) for problem in short.problems]
        assert [str(problem) for problem in simplified.problems] == [str(problem) for problem in full.problems]
        assert all(same(simplified[key], short[key]) and same(short[key], full[key]) for key in sent)
