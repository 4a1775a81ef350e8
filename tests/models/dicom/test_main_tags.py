"""The classes of the main DICOM tags: what they read, how they are generated, what they cost."""

# ruff: noqa: DTZ001 - DICOM has dates and times without a zone

from __future__ import annotations

import inspect
import json
import math
import re
import subprocess
import sys
import time as clock
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any, assert_type

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from pydantic import BaseModel, Field, TypeAdapter

from generator.facts.main_dicom_tags import main_dicom_tags
from generator.specification import main_dicom_tags as specification
from generator.specification.definitions import OPENAPI, SpecificationError
from generator.writers import dictionary_table, main_tags
from orthanc_models.dicom import dictionary
from orthanc_models.dicom.main_tags import InstanceTags, PatientTags, SeriesTags, StudyTags
from orthanc_models.dicom.multiplicity import Multiplicity
from orthanc_models.dicom.person_name import PersonName
from orthanc_models.dicom.readers import reader_for
from orthanc_models.dicom.typed_tags import TagProblem, TypedTags
from orthanc_sdk.testing import LocalOrthanc
from orthanc_sdk.testing.installation.releases import RELEASES
from tests.models.dicom.tag_samples import LEVELS, MAIN, SIMPLE, TEXTS, same


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
    keys: list[object] = [5, None, (1, 2)]
    assert not any(key in study for key in keys)


def test_missing_and_empty_and_invalid_are_told_apart(written: Any) -> None:
    study = StudyTags(written({"StudyDate": "", "StudyTime": "noon"}))
    assert (study.study_date, study.study_time, study.accession_number) == (None, None, None)
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


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_attributes_and_dictionary_read_alike(text: str) -> None:
    """The readers of the generated classes are those that the dictionary would give."""
    for level, cls in LEVELS.items():
        for tag in MAIN[level]:
            own, general = cls({tag.keyword: text}), TypedTags({tag.keyword: text})
            assert same(own[tag.keyword], general[tag.keyword])
            assert own.problems == general.problems


# ---------------------------------------------------------------------------------------------------------------------
# The generated modules
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_the_facts_are_those_of_real_servers(release: Any) -> None:
    version, levels = main_dicom_tags(release.name)
    assert json.loads(specification.FACTS.read_text())[version] == levels
    if version != "1.10.1":
        with LocalOrthanc(release.name) as server:
            said = server.client.session.get(f"{server.url}/system", timeout=60).json()["MainDicomTags"]
        assert {level: sorted(numbers.split(";")) for level, numbers in said.items()} == levels


def test_what_is_generated_is_what_is_there() -> None:
    modules = {**dict(dictionary_table.modules()), **dict(main_tags.modules())}
    assert sorted(modules) == ["dictionary_table", "main_tags"]
    for name, source in modules.items():
        path = OPENAPI.parent / "orthanc_models" / "dicom" / f"{name}.py"
        assert path.read_text(encoding="utf-8") == source
        assert source.startswith(main_tags.HEADER)
        assert "\t" not in source
    assert {**dict(dictionary_table.modules()), **dict(main_tags.modules())} == modules


def test_each_main_tag_is_an_attribute_with_a_docstring() -> None:
    count = 0
    for level, cls in LEVELS.items():
        for tag in MAIN[level]:
            attribute = inspect.getattr_static(cls, tag.attribute)
            assert isinstance(attribute, property)
            assert attribute.fset is None
            assert attribute.__doc__ is not None
            assert f"({tag.number}), {tag.vr}" in attribute.__doc__
            assert not re.search(r"_[a-z]_", tag.attribute)
            count += 1
    assert count == 53
    assert specification.attribute_name("OtherPatientIDs") == "other_patient_ids"
    assert specification.attribute_name("SOPInstanceUID") == "sop_instance_uid"
    assert specification.attribute_name("TimezoneOffsetFromUTC") == "timezone_offset_from_utc"
    with pytest.raises(SpecificationError):
        specification.attribute_name("Class")


def test_slips_in_the_texts_are_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    texts = specification.DESCRIPTIONS.read_text(encoding="utf-8")
    new = " Since Orthanc 1.12.5."
    for changed, message in (
        (f"{texts}PatientAge: age of the patient.\n", "PatientAge is not a main DICOM tag"),
        (texts.replace("StudyDate:", "StudyDay:"), "does not describe StudyDate"),
        (texts.replace(new, ""), "must say `Since Orthanc`"),
        (texts.replace("the study began.", f"the study began.{new}"), "must say `Since Orthanc`"),
    ):
        file = tmp_path / "main-tags.yaml"
        file.write_text(changed, encoding="utf-8")
        monkeypatch.setattr(specification, "DESCRIPTIONS", file)
        with pytest.raises(SpecificationError, match=message):
            specification.read_main_tags()


def test_the_dictionary_is_that_of_pydicom() -> None:
    from pydicom._dicom_dict import DicomDictionary
    from pydicom.datadict import dictionary_keyword, dictionary_VM, dictionary_VR

    count = 0
    for code, (vr, vm, _, _, keyword) in DicomDictionary.items():
        key = f"{code >> 16:04x},{code & 0xFFFF:04x}"
        entry = dictionary.by_number(key)
        if not keyword or vr == "NONE":
            assert entry is None
            continue
        assert entry == (key, vr, vm, keyword)
        assert dictionary.by_keyword(keyword) == entry
        Multiplicity(vm)
        reader_for(vr, vm)
        count += 1
    assert count > 5000
    for key in ("6000,0022", "60fe,3000", "5002,0005", "0020,31ab", "0028,0400", "1000,ab10"):
        code = int(key.replace(",", ""), 16)
        entry = dictionary.by_number(key)
        assert entry is not None
        assert entry[1:] == (dictionary_VR(code), dictionary_VM(code), dictionary_keyword(code))
    for key in ("6001,0022", "0009,1010", "", "0008", "0008,00200", "0008,002", "Study", "StudyDate"):
        assert dictionary.by_number(key) is None
    assert (
        dictionary.by_keyword("NotAKeyword") is dictionary.by_keyword("") is dictionary.by_keyword("0008,0020") is None
    )


@pytest.mark.parametrize(
    ("vm", "good", "bad"),
    [
        ("1", [1], [0, 2]),
        ("6", [6], [1, 5, 7, 12]),
        ("1-n", [1, 2, 100], [0]),
        ("2-n", [2, 3], [1]),
        ("2-2n", [2, 4, 6], [1, 3]),
        ("3-3n", [3, 6], [1, 2, 4]),
        ("4-5", [4, 5], [3, 6]),
        ("1-32", [1, 32], [33]),
    ],
)
def test_multiplicities(vm: str, good: list[int], bad: list[int]) -> None:
    multiplicity = Multiplicity(vm)
    assert multiplicity.is_single == (vm == "1")
    assert [count for count in good + bad if multiplicity.check(count) is None] == good


# ---------------------------------------------------------------------------------------------------------------------
# What is loaded, what it costs, what it is to a type checker
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("", set[str]()),
        ("tags.study_date, tags.study_time, tags.patient_name, tags.problems, repr(tags), dict(tags)", set[str]()),
        ("tags['0008,0020'], tags['00080020'], tags['StudyDate'], 'StudyTime' in tags", set[str]()),
        ("StudyTags({'Rows': '1'})['Rows']", {"dictionary"}),
        ("StudyTags({'PatientAge': '034Y'})['PatientAge']", {"dictionary", "dateutil"}),
    ],
)
def test_what_is_not_needed_is_not_loaded(code: str, loaded: set[str]) -> None:
    script = f"""
import sys
from orthanc_models.dicom.main_tags import PatientTags, StudyTags
class Both(PatientTags, StudyTags):
    __slots__ = ()
    _main_tags = {{**PatientTags._main_tags, **StudyTags._main_tags}}
sent = {{"0008,0020": "20240131", "0008,0030": "12", "0010,0010": "A^B"}}
for tags in (Both(sent), Both({{k: {{"Name": "", "Type": "String", "Value": v}} for k, v in sent.items()}})):
    {code or "pass"}
tags = Both({{"StudyDate": "20240131", "StudyTime": "12", "PatientName": "x"}})
{code or "pass"}
print(*sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "orthanc_models.dicom.main_tags" in modules
    assert not {"pydicom", "requests", "orthanc_sdk"} & modules
    assert ("orthanc_models.dicom.dictionary_table" in modules) == ("dictionary" in loaded)
    assert ("dateutil" in modules) == ("dateutil" in loaded)


@pytest.mark.slow
def test_parsing_is_at_most_three_times_as_slow_as_json() -> None:
    study = {
        "ID": "27f7126f-4f66fb14-03f4081b-f9341db2-53925988",
        "MainDicomTags": {**SIMPLE, "StudyDescription": "x" * 500},
        "PatientMainDicomTags": {"PatientName": "Doe^Jane", "PatientID": "1", "PatientBirthDate": "19410901"},
    }

    class Info(BaseModel):
        id: Annotated[str, Field(alias="ID")]
        tags: Annotated[StudyTags, Field(alias="MainDicomTags")]
        patient: Annotated[PatientTags, Field(alias="PatientMainDicomTags")]

    content = json.dumps([study] * 5000).encode()
    adapter = TypeAdapter(list[Info])

    def fastest(parse: Any) -> float:
        times: list[float] = []
        for _ in range(7):
            before = clock.process_time()
            parse(content)
            times.append(clock.process_time() - before)
        return min(times)

    assert fastest(adapter.validate_json) <= 3 * fastest(json.loads)


def test_types_are_exact() -> None:
    """mypy checks these; at run time they only have to be there."""
    study, series, patient, instance = StudyTags(), SeriesTags(), PatientTags(), InstanceTags()
    assert_type(study.study_date, date | None)
    assert_type(study.study_time, time | None)
    assert_type(study.study_datetime, datetime | None)
    assert_type(study.study_description, str | None)
    assert_type(patient.patient_name, PersonName | None)
    assert_type(patient.other_patient_ids, tuple[str, ...])
    assert_type(series.operators_name, tuple[PersonName, ...])
    assert_type(series.series_number, int | None)
    assert_type(series.number_of_slices, int | None)
    assert_type(series.image_orientation_patient, tuple[float, ...])
    assert_type(series.request_attributes_sequence, tuple[TypedTags, ...])
    assert_type(instance.image_position_patient, tuple[float, ...])
    assert_type(study.problems, tuple[TagProblem, ...])
    if "StudyDate" in study:
        assert_type(study["StudyDate"], date | None)
        assert_type(study["0008,0030"], time | None)
        assert_type(series["OperatorsName"], tuple[PersonName, ...])
        assert_type(instance["ImageIndex"], int | None)
