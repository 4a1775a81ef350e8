"""What may be searched for, and how DICOM writes it; no server needed."""

from __future__ import annotations

import datetime as dt

import pytest

from orthanc_sdk import InvalidArgument
from orthanc_sdk.resources.query import QueryValue, ordering, written


@pytest.mark.parametrize(
    ("tag", "value", "text"),
    [
        ("PatientName", "DOE*", "DOE*"),
        ("PatientName", "", ""),
        ("PatientName", None, ""),
        ("SeriesNumber", 3, "3"),
        ("SliceThickness", 2.5, "2.5"),
        ("StudyDate", dt.date(2024, 1, 31), "20240131"),
        ("StudyDate", dt.date(24, 1, 31), "00240131"),
        ("StudyTime", dt.time(10, 15, 30), "101530"),
        ("AcquisitionDateTime", dt.datetime(2024, 1, 31, 10, 15, tzinfo=dt.UTC), "20240131101500+0000"),
        ("StudyDate", (dt.date(2024, 1, 1), dt.date(2024, 1, 31)), "20240101-20240131"),
        ("StudyDate", (dt.date(2024, 1, 1), None), "20240101-"),
        ("StudyDate", (None, dt.date(2024, 1, 31)), "-20240131"),
        ("StudyDate", (dt.date(2024, 1, 1), dt.date(2024, 1, 1)), "20240101-20240101"),
        ("StudyTime", (dt.time(8), dt.time(12)), "080000-120000"),
        ("Modality", ["CT", "MR"], "CT\\MR"),
        ("Modality", {"CT"}, "CT"),
        ("SeriesNumber", [1, 2], "1\\2"),
        ("StudyDate", [dt.date(2024, 1, 1), "2024-01-31"], "20240101\\20240131"),
    ],
)
def test_values(tag: str, value: QueryValue, text: str) -> None:
    assert written({tag: value}) == {tag: text}


@pytest.mark.parametrize("tag", ["StudyDate", "PatientBirthDate", "0008,0020", "00100030"])
@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("2024-01-31", "20240131"),
        ("31.01.2024", "20240131"),
        ("31/01/2024", "20240131"),
        ("2024/01/31", "20240131"),
        ("Jan 31, 2024", "20240131"),
        ("31 January 2024", "20240131"),
        (" 20240131 ", "20240131"),
        ("20240131", "20240131"),
        ("2024.01.31", "2024.01.31"),
        ("20240101-20240131", "20240101-20240131"),
        ("20240101-", "20240101-"),
        ("-20240131", "-20240131"),
        ("*", ""),
        (" ", ""),
        ("202401*", "202401*"),
        ("????0131", "????0131"),
        ("20240101\\2024-01-31", "20240101\\20240131"),
    ],
)
def test_dates_that_a_person_typed(tag: str, typed: str, text: str) -> None:
    assert written({tag: typed}) == {tag: text}


def test_ranges_of_dates_that_a_person_typed() -> None:
    assert written({"StudyDate": ("2024-01-01", "31.01.2024")}) == {"StudyDate": "20240101-20240131"}
    assert written({"StudyDate": ("2024-01-01", None)}) == {"StudyDate": "20240101-"}
    assert written({"StudyDate": ("", dt.date(2024, 1, 31))}) == {"StudyDate": "-20240131"}


def test_other_text_is_left_alone() -> None:
    assert written({"StudyDescription": "2024-01-31", "PatientID": "01.02.2024"}) == {
        "StudyDescription": "2024-01-31",
        "PatientID": "01.02.2024",
    }
    assert written(None) == {}


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("StudyDate", "01/02/2024"),  # January or February
        ("StudyDate", "2024"),
        ("StudyDate", "2024-01"),
        ("StudyDate", "yesterday"),
        ("StudyDate", "31.02.2024"),
        ("StudyDate", (None, None)),
        ("StudyDate", ("", None)),
        ("StudyDate", (dt.date(2024, 2, 1), dt.date(2024, 1, 1))),
        ("StudyDate", (dt.date(2024, 2, 1), dt.time(1))),
        ("StudyDate", ("20240101-", None)),
        ("StudyDate", (dt.date(2024, 1, 1),)),
        ("StudyDate", (dt.date(2024, 1, 1),) * 3),
        ("Modality", ("CT", "MR")),
        ("SeriesNumber", (1, 2)),
        ("Modality", ["C\\T"]),
        ("Modality", [None]),
        ("Modality", object()),
        ("Modality", True),
        ("Modality", b"CT"),
    ],
)
def test_what_cannot_be_searched_for(tag: str, value: QueryValue) -> None:
    with pytest.raises(InvalidArgument, match=f"query: {tag}: "):
        written({tag: value})


def test_messages_do_not_repeat_values() -> None:
    with pytest.raises(InvalidArgument) as caught:
        written({"PatientBirthDate": "born 1970-13-13 in Secretville"})
    assert "Secretville" not in str(caught.value)


def test_orders() -> None:
    assert ordering(()) == []
    (descending,) = ordering("-StudyDate")
    assert (descending.key, descending.direction, descending.type) == ("StudyDate", "DESC", "DicomTag")
    assert [(one.key, one.direction) for one in ordering(["PatientName", "-StudyDate"])] == [
        ("PatientName", "ASC"),
        ("StudyDate", "DESC"),
    ]
    assert ordering(descending) == [descending]
