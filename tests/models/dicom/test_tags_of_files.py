"""What is read is what pydicom reads from the same file, also by way of real servers."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, cast

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from generator.specification.main_dicom_tags import FACTS
from orthanc_models.dicom import dictionary
from orthanc_models.dicom.readers import reader_for
from orthanc_models.dicom.typed_tags import InvalidTags, ReadContext, TypedTags
from orthanc_models.dicom.values import format_date, format_datetime, format_time
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from orthanc_sdk.testing.installation.releases import RELEASES
from tests.models.dicom.tag_samples import LEVELS, MAIN, TEXTS, number

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@pytest.fixture
def pydicom_reads_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets pydicom make dates of dates, and take what it finds odd."""
    from pydicom import config

    monkeypatch.setattr(config, "datetime_conversion", True)
    monkeypatch.setattr(config.settings, "_reading_validation_mode", config.IGNORE)


def plain(value: object) -> object:
    """A value of pydicom in classes of Python; an empty one is None."""
    import pydicom.valuerep
    from pydicom.multival import MultiValue

    if isinstance(value, MultiValue | list):
        return tuple(plain(part) for part in value)
    if isinstance(value, pydicom.valuerep.PersonName):
        return str(value) or None
    return None if value in ("", None) else value


def assert_equal(tag: str, ours: object, reason: str | None, theirs: object) -> bool:
    """Compares a value with that of pydicom; returns whether there was something to compare."""
    theirs = plain(theirs)
    if reason is not None:
        if isinstance(ours, str) and isinstance(theirs, tuple):
            # Several texts where one is expected: the whole is given.
            assert [part.lstrip() for part in ours.split("\\")] == [str(part or "").lstrip() for part in theirs], tag
            return True
        if not isinstance(ours, str | tuple) or ours == ():
            assert ours in (None, ()), tag
            return False
    if isinstance(ours, tuple):
        ours = tuple(plain(part) for part in ours) or None
        theirs = theirs if isinstance(theirs, tuple) or theirs is None else (theirs,)
    if isinstance(ours, relativedelta):
        ours = f"{ours.years:03}Y"
    assert ours == theirs or repr(ours) == repr(theirs), tag
    if isinstance(ours, datetime):
        assert isinstance(theirs, datetime)
        assert ours.utcoffset() == theirs.utcoffset(), tag
    return ours is not None


_WORDS = st.lists(st.text("AbÉ山 \t", min_size=1, max_size=5), min_size=1, max_size=3).map("\\".join)
_LIKELY: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(["LO", "LT", "SH", "ST", "UC", "UT"], _WORDS),
    **dict.fromkeys(["AE", "CS", "UR"], st.lists(st.text("AB1 _", min_size=1, max_size=5), max_size=3).map("\\".join)),
    "DA": st.lists(st.dates().map(format_date), min_size=1, max_size=2).map("\\".join),
    "DS": st.lists(st.floats(-1e6, 1e6).map(repr), min_size=1, max_size=3).map("\\".join),
    "DT": st.lists(st.datetimes().map(format_datetime), min_size=1, max_size=2).map("\\".join),
    "IS": st.lists(st.integers(-(2**31), 2**31 - 1).map(str), min_size=1, max_size=3).map("\\".join),
    "PN": st.lists(st.text("AbÉ山^=", min_size=1), min_size=1, max_size=2).map("\\".join),
    "TM": st.lists(st.times().map(format_time), min_size=1, max_size=2).map("\\".join),
    "UI": st.lists(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,4}", fullmatch=True), min_size=1, max_size=2).map(
        "\\".join
    ),
}


@pytest.mark.usefixtures("pydicom_reads_values")
@pytest.mark.filterwarnings("ignore")  # pydicom warns of second 60
@pytest.mark.parametrize("vm", ["1", "1-n"])
@pytest.mark.parametrize(
    "vr", ["AE", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]
)
def test_what_is_read_is_what_pydicom_reads(vr: str, vm: str) -> None:
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag
    from pydicom.values import convert_value

    read = reader_for(vr, vm)
    only_ascii = vr in ("AE", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR")
    compared = 0

    @settings(max_examples=50, deadline=None)
    @given(_LIKELY[vr] | (TEXTS.filter(str.isascii) if only_ascii else TEXTS))
    def compare(text: str) -> None:
        nonlocal compared
        # Padding within several values stays in pydicom, though not in all VRs: see the test below.
        text = re.sub(r"[ \0]+(?=\\)|(?<=[ \0=])\\", "", text)
        if vr in ("AE", "UI", "UR"):
            text = "".join(part for part in text if part == " " or not part.isspace())  # pydicom strips all of them
        if vr in ("AE", "DA", "DT", "TM", "UR"):
            text = text.replace("\0", "")  # Orthanc removes it there, pydicom does not
        content = text.encode()
        element = RawDataElement(Tag(0x00091010), vr, len(content), content, 0, False, True)
        try:
            theirs: object = convert_value(vr, element, ["utf8"])
        except (ValueError, OverflowError, TypeError):
            value, reason = read(text)
            assert value in (None, ()) or isinstance(value, time), "of what pydicom refuses, only old times are read"
            assert reason is not None or isinstance(value, time) or not text.strip(" \0")
            return
        compared += assert_equal(vr, *read(text), theirs)

    compare()
    assert compared > 2


def test_padding_within_several_values_is_no_part_of_them() -> None:
    """DICOM has it so; pydicom removes it from LO and SH, and keeps it in CS, PN and UI."""
    assert reader_for("CS", "1-n")("A \\B ") == (("A", "B"), None)
    assert reader_for("LO", "1-n")("A \\B ") == (("A", "B"), None)
    assert reader_for("PN", "1-n")("A^B= \\C") == (("A^B", "C"), None)
    assert reader_for("UI", "1-n")("1.2\0\\3 ") == (("1.2", "3"), None)


# ---------------------------------------------------------------------------------------------------------------------
# By way of real servers
# ---------------------------------------------------------------------------------------------------------------------

_WRITTEN: dict[str, list[str]] = {
    "CS": ["F", " F", "f ", "", "A\\B", "A\\B\\C", "A \\B", "x\tb", "WHOLE BODY"],
    "DA": [
        "20240131", "1990.01.31", "20240131 ", "", "  ", "12", "2024", "199013", "19901301", "00000000", "20230229",
        "20240101-20240131", "-20240131", "20240131-", "2024-01-31", "unknown", "٢٠٢٤٠١٣١", "20240131\\20240201",
        " 20240131",
    ],
    "DS": ["1", "-1.5e-3", " 2 ", "", "x", "nan", "1e400", "1,5", "1\\2", "1\\2\\3", "1\\0\\0\\0\\1\\0", "1\\\\3",
        "1\\x\\3", "٣"],
    "IS": ["1", " 12 ", "+5", "-7", "", "1.0", "12.5", "1e3", "99999999999", "٣", "1\\2", "one", "0x1", "007", "1_0"],
    "LO": ["text", "  lead", "trail  ", "", "a\\b", "a\\\\b\\", "Ünïcödé ✓", "王小东", "\tx", "0", "x" * 80, "٣"],
    "LT": ["text", "  lead \r\n and trail  ", "", "a\\b", "\\", "Ünïcödé"],
    "PN": [
        "Doe^Jane^^Dr^Jr", "Doe", "", "^", "A^B==", "  A^B ", "Yamada^Tarou=山田^太郎=やまだ^たろう", "=王^小东",
        "A=B=C=D", "A^B\\C^D", "A^B^C^D^E^F", "Иванова^Анна",
    ],
    "SH": ["text", " lead", "trail ", "", "a\\b", "+0130", "-0000", "+0000", "٣"],
    "TM": [
        "12", "1230", "123059", "123059.1", "123059.123456", "235960", "12:30:59", "", " ", "1230 ", "24", "240000",
        "123",
        "123059.1234567", "123059.", "noon", "12:30", "١٢", "1230-1330", "12\\13",
    ],
}  # fmt: skip


def dirty_file(index: int) -> bytes:
    """A file of which each main tag has one of the texts for its VR, as it is, valid or not."""
    import pydicom
    from pydicom.dataelem import RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import Tag

    item, code = Dataset(), Dataset()
    code.CodeValue, code.CodeMeaning = "C1", "Meaning"
    item.ScheduledProcedureStepID = f"S{index}"
    item.ScheduledProtocolCodeSequence = [code, Dataset()]
    dataset = make_instance(seed=index, patient=index + 1, SpecificCharacterSet="ISO_IR 192")
    dataset.RequestAttributesSequence = [item, Dataset()][: index % 3]
    counts: list[object] = [1, 0, 65535, [1, 2]]
    for keyword in ("NumberOfSlices", "NumberOfTimeSlices", "ImageIndex"):
        setattr(dataset, keyword, counts[index % 4])
    if index % 2:
        dataset.SOPInstanceUID = f"1.2.03.{index + 1}"  # against the rules
        dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID(dataset.SOPInstanceUID)
    # Only an element that was read can be written as it is.
    dataset = pydicom.dcmread(io.BytesIO(to_bytes(dataset)))
    for place, tag in enumerate(itertools.chain.from_iterable(MAIN.values())):
        if tag.vr not in _WRITTEN:
            continue
        texts = _WRITTEN[tag.vr]
        content = texts[(index + place) % len(texts)].encode()
        if tag.keyword == "PatientID":
            content = f"P{index} ".encode() + content  # each file is of another patient
        content += b" " * (len(content) % 2)
        code_ = Tag(int(tag.number.replace(",", ""), 16))
        dataset[code_] = RawDataElement(code_, tag.vr, len(content), content, 0, False, True)
    return to_bytes(dataset)


_REFUSED = object()


def is_text(value: object) -> bool:
    """Whether pydicom has left a value as it is, because it cannot be converted."""
    values = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return any(type(part) is str and part != "" for part in values)


def assert_like_pydicom(tags: TypedTags, dataset: Dataset, keywords: Iterator[str]) -> tuple[int, int]:
    """Compares all values; returns how many there were, and how many are problems."""
    problems = {problem.path: problem.reason for problem in tags.problems}
    compared = 0
    for keyword in keywords:
        assert (keyword in tags) == (keyword in dataset), keyword
        if keyword not in dataset:
            continue
        ours = tags[keyword]
        try:
            theirs: Any = dataset[keyword].value
        except (ValueError, OverflowError, TypeError):
            theirs = _REFUSED
        entry = dictionary.by_keyword(keyword)
        assert entry is not None
        if theirs is _REFUSED or (entry.vr in ("DA", "DS", "DT", "IS", "TM") and is_text(theirs)):
            assert keyword in problems or (isinstance(ours, time) and ":" in str(tags.raw[keyword]))
            continue
        if dataset[keyword].VR == "SQ":
            assert isinstance(ours, tuple)
            assert len(ours) == len(theirs)
            for our_item, their_item in zip(ours, theirs, strict=True):
                assert isinstance(our_item, TypedTags)
                assert set(our_item) == set(their_item.dir())
                compared += assert_like_pydicom(our_item, their_item, iter(our_item))[0]
        elif not (isinstance(ours, tuple) and ours == ("A", "B") and theirs == ["A ", "B"]):  # see the padding above
            compared += assert_equal(keyword, ours, problems.get(keyword), theirs)
    return compared, len(problems)


@pytest.mark.slow
@pytest.mark.usefixtures("pydicom_reads_values")
@pytest.mark.filterwarnings("ignore")  # pydicom warns of what it finds odd
@pytest.mark.parametrize("version", [release.name for release in RELEASES])
def test_what_a_server_sends_is_read_as_pydicom_reads_the_file(version: str) -> None:
    import pydicom

    files = [dirty_file(index) for index in range(max(map(len, _WRITTEN.values())))]
    compared = problems = 0
    with LocalOrthanc(version) as server:
        complete = server.version
        facts = json.loads(FACTS.read_text())[complete]
        for content in files:
            dataset = pydicom.dcmread(io.BytesIO(content))
            ids = get(server, "/instances", content)
            for level, path, key in _PATHS:
                answers = [
                    get(server, f"/{path}/{ids[key]}?{form}")["MainDicomTags"] for form in ("simplify", "short", "full")
                ]
                simplified, short, full = (TypeAdapter(LEVELS[level]).validate_python(answer) for answer in answers)
                assert simplified == short == full
                assert set(simplified.problems) == set(short.problems) == set(full.problems)
                assert dict(simplified.raw) == answers[0]
                assert dict(short.sent) == answers[1]
                keywords = (tag.keyword for tag in MAIN[level] if tag.number in facts[level])
                counts = assert_like_pydicom(simplified, dataset, keywords)
                compared, problems = compared + counts[0], problems + counts[1]
                with pytest.raises(ValidationError) if simplified.problems else nullcontext() as caught:
                    TypeAdapter(LEVELS[level]).validate_json(json.dumps(answers[0]), context=ReadContext(strict=True))
                if caught is not None:
                    error = InvalidTags.from_validation(caught.value)
                    assert error is not None
                    assert error.problems == simplified.problems
    assert compared > 300
    assert problems > 200


@pytest.mark.slow
@pytest.mark.usefixtures("pydicom_reads_values")
def test_requested_tags_are_read_as_pydicom_reads_the_file() -> None:
    import pydicom
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPInstanceUID = "1.2.3"
    item.ContentDate, item.ContentTime = "20240131", "12"
    dataset = make_instance(
        seed="requested", PatientAge="034Y", AcquisitionDateTime="20240131101530.5+0100", SelectorFDValue=[1.5, 1e-7,
        1 / 3, 1e300],
        SelectorFLValue=[0.1, 1e-7, 16777217.0], SelectorULValue=[0, 4294967295], SelectorSLValue=[-1, -2147483648],
        SelectorSSValue=[-32768, 5], SelectorUSValue=[1, 65535], SelectorSVValue=[-(2**63), 5],
        SelectorUVValue=[2**64 - 1, 5],
        SelectorUCValue=["a", "b"], SelectorUTValue="  a\\b", SelectorSTValue="a\\b", SelectorURValue="http://x/a",
        SelectorAEValue=["A", "B"], SelectorDSValue=["1.5", "-2"], SelectorISValue=[1, -2],
        SelectorDAValue=["20240131", "20240201"],
        SelectorTMValue=["10", "1130"], SelectorDTValue=["20240131"], PixelSpacing=[0.5, 0.25],
        ReferencedImageSequence=[item],
        DataSetSubtype="X", PatientComments="x" * 300,
    )  # fmt: skip
    dataset.SelectorATValue = [0x00100010, 0x0008103E]
    dataset.add_new(0x00090010, "LO", "ORTHANC-SDK")
    dataset.add_new(0x00091010, "DA", "20240131")
    keywords = [element.keyword for element in dataset if element.keyword and element.keyword != "PixelData"]
    content = to_bytes(dataset)
    dataset = pydicom.dcmread(io.BytesIO(content))
    with LocalOrthanc("1.13") as server:
        ids = get(server, "/instances", content)
        question = f"requested-tags={';'.join(map(number, keywords))};PixelData;0009,1010;SelectorODValue"
        answers = {
            form: get(server, f"/instances/{ids['ID']}?{form}&{question}")["RequestedTags"]
            for form in ("simplify", "short", "full")
        }
    for form, answer in answers.items():
        tags = TypedTags(answer)
        assert tags.problems == ()
        for keyword in ("PixelData", "SelectorODValue"):  # binary; not in the file
            assert keyword in tags
            assert tags[keyword] is None
        numbers = tags["SelectorATValue"]
        assert numbers == ("0010,0010", "0008,103e")
        assert tags["DataSetSubtype"] == "X"
        assert tags["PatientAge"] == relativedelta(years=34)
        assert tags["Unknown Tag & Data" if form == "simplify" else "0009,1010"] == "20240131"
        (image,) = cast("tuple[TypedTags, ...]", tags["ReferencedImageSequence"])
        assert (image["ContentDate"], image["ContentTime"]) == (date(2024, 1, 31), time(12))
        rest = [word for word in keywords if word != "SelectorATValue"]
        compared, problems = assert_like_pydicom(tags, dataset, iter(rest))
        assert compared > 40
        assert problems == 0
        assert tags == TypedTags(answers["simplify"]) or form != "simplify"


_PATHS = (
    ("Patient", "patients", "ParentPatient"),
    ("Study", "studies", "ParentStudy"),
    ("Series", "series", "ParentSeries"),
    ("Instance", "instances", "ID"),
)


def get(server: LocalOrthanc, path: str, body: bytes | None = None) -> Any:
    """What the server answers, as it is: not through the models."""
    session = server.client.session
    answer = session.request("GET" if body is None else "POST", server.url + path, data=body, timeout=60)
    answer.raise_for_status()
    return answer.json()
