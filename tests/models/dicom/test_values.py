"""The readers and writers of single DICOM values, against tables, against pydicom, and against anything at all."""

# ruff: noqa: DTZ001, RUF001 - DICOM has dates and times without a zone, and the texts are meant to be strange

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import pydicom.config
import pydicom.valuerep
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from orthanc_models.dicom.person_name import PersonName
from orthanc_models.dicom.values import (
    format_date,
    format_datetime,
    format_time,
    parse_age,
    parse_date,
    parse_datetime,
    parse_decimal,
    parse_free_text_date,
    parse_integer,
    parse_time,
    parse_utc_offset,
)

MANY = settings(max_examples=60, deadline=None)

READERS: dict[str, Callable[[str], object]] = {
    "AS": parse_age,
    "DA": parse_date,
    "DS": parse_decimal,
    "DT": parse_datetime,
    "IS": parse_integer,
    "TM": parse_time,
    "offset": parse_utc_offset,
}

CET = timezone(timedelta(hours=1))

GOOD: dict[str, dict[str, object]] = {
    "DA": {
        "20240131": date(2024, 1, 31),
        "20240229": date(2024, 2, 29),
        "00010101": date(1, 1, 1),
        "99991231": date(9999, 12, 31),
        "1990.01.31": date(1990, 1, 31),
        "20240131 ": date(2024, 1, 31),
        "20240131\0": date(2024, 1, 31),
        "1990.01.31 \0": date(1990, 1, 31),
    },
    "TM": {
        "12": time(12),
        "1230": time(12, 30),
        "123059": time(12, 30, 59),
        "123059.1": time(12, 30, 59, 100000),
        "123059.12345": time(12, 30, 59, 123450),
        "123059.000001": time(12, 30, 59, 1),
        "000000": time(0),
        "235959.999999": time(23, 59, 59, 999999),
        "235960": time(23, 59, 59),
        "235960.5": time(23, 59, 59, 500000),
        "12:30:59": time(12, 30, 59),
        "12:30:59.5": time(12, 30, 59, 500000),
        "12:30:60": time(12, 30, 59),
        "1230  ": time(12, 30),
        "12\0": time(12),
    },
    "DT": {
        "20240131": datetime(2024, 1, 31),
        "2024013110": datetime(2024, 1, 31, 10),
        "202401311015": datetime(2024, 1, 31, 10, 15),
        "20240131101530": datetime(2024, 1, 31, 10, 15, 30),
        "20240131101530.5": datetime(2024, 1, 31, 10, 15, 30, 500000),
        "20240131101560": datetime(2024, 1, 31, 10, 15, 59),
        "20240131101530.123456+0100": datetime(2024, 1, 31, 10, 15, 30, 123456, CET),
        "20240131+0000": datetime(2024, 1, 31, tzinfo=UTC),
        "2024013110-0330": datetime(2024, 1, 31, 10, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
        "20240131101530 ": datetime(2024, 1, 31, 10, 15, 30),
    },
    "AS": {
        "034Y": relativedelta(years=34),
        "000D": relativedelta(),
        "018M": relativedelta(months=18),
        "003W": relativedelta(weeks=3),
        "999D ": relativedelta(days=999),
    },
    "IS": {
        "0": 0,
        "12": 12,
        " 12 ": 12,
        "+5": 5,
        "-5": -5,
        "-0": 0,
        "007": 7,
        "2147483647": 2147483647,
        "-2147483648": -2147483648,
        "12\0": 12,
    },
    "DS": {
        "0": 0.0,
        "1": 1.0,
        "-1.5": -1.5,
        "+.5": 0.5,
        "1.": 1.0,
        "1e3": 1000.0,
        "1.5E-3": 0.0015,
        " 2.5 ": 2.5,
        "2.5\0": 2.5,
        "1e-400": 0.0,
        "0.1234567890123456789": 0.1234567890123456789,
    },
    "offset": {
        "+0100": CET,
        "-0330": timezone(-timedelta(hours=3, minutes=30)),
        "+0000": UTC,
        "+1400 ": timezone(timedelta(hours=14)),
        "-1200": timezone(-timedelta(hours=12)),
    },
}

FOREIGN = {
    "DA": ["٢٠٢٤٠١٣١", "２０２４０１３１", "२०२४०१३१", "2024013١", "２０２４.０１.３１", "令和6年1月31日"],
    "TM": ["١٢", "１２３０", "12３0"],
    "DT": ["٢٠٢٤٠١٣١", "20240131١٢", "20240131+٠١٠٠"],
    "AS": ["٠٣٤Y", "034年"],
    "IS": ["٣", "１２", "1٢", "²", "Ⅷ"],
    "DS": ["٣.٥", "１.５", "½"],
    "offset": ["+٠١٠٠", "＋0100"],
}

BAD: dict[str, list[str]] = {
    "DA": [
        "", " ", "12", "2024", "202401", "199013", "19901301", "19900230", "20230229", "00000000", "20240100",
        "20240101-20240131", "-20240131", "20240131-", "2024-01-31", "2024/01/31", "31.01.2024", "90.01.31",
        "1990.1.31", "1990.01.3", "1990.01-31", "2024W053", "2024-W05", "20240131T", "2024013", "202401311",
        "unknown", "today", "+1990101", "1_901231", " 20240131", "2024 131", "20240131\n", "20240131\\20240201",
        "20240131101530", "0x240131",
    ],
    "TM": [
        "", "1", "123", "12305", "1230591", "24", "2400", "240000", "1260", "123061", "12:30", "12-30-59", "123059.",
        "123059.1234567", "123059,5", "1230.5", "12.5", ".5", " 12", "1 3059", "12:30:5", "12:3059", "1230-1330",
        "-1230", "123059+0100", "noon", "12h30", "12\n", "T123059", "12:30:61", "25:00:00",
    ],
    "DT": [
        "", "2024", "202401", "20240131101530+", "20240131101530+01", "20240131101530+9900", "20240131101530-0000",
        "20240131101530+0160", "20240131101530+1401", "20240131101530-1201", "20240131 101530", "20240131T101530",
        "2024013110153", "202401311015.5", "20240131101530.", "20240131101530.1234567", "20240131junk", "20240230",
        "20240131240000", "20240131-20240201", "2024.01.31", "20240131Z", "20240131101530Z",
    ],
    "AS": ["", "34Y", "0034Y", "34", "034", "034y", "034J", "-34Y", "034YY", "3.5Y", " 034Y", "adult"],
    "IS": [
        "", "+", "-", "1.0", "12.5", "1e3", "2147483648", "-2147483649", "99999999999", "9" * 5000, "1 2", "1,000",
        "1_000", "0x10", "\t12", "12\n", "one", "nan", "--1", "1\\2", "1-5",
    ],
    "DS": [
        "", ".", "+", "nan", "NaN", "inf", "-Infinity", "1e400", "-1e999", "1,5", "1_000", "1e", "1e1.5", "0x1p3",
        "\t1", "1\n", "one", "1 2", "1.2.3", "1\\2", "1d3", "9" * 400,
    ],
    "offset": [
        "", "0100", "+100", "+01:00", "+01", "-0000", "+0160", "+1401", "-1201", "+9999", "Z", "CET", " +0100",
        "+01000",
    ],
}  # fmt: skip


def reason_against(vr: str, text: str) -> str | None:
    """Why a text is not read; None if it is. Errors other than a ValueError come through."""
    try:
        READERS[vr](text)
    except ValueError as error:
        if type(error) is not ValueError:  # UnicodeError, JSONDecodeError ... are ValueErrors too
            raise
        return str(error)
    return None


@pytest.mark.parametrize(("vr", "text"), [(vr, text) for vr in GOOD for text in GOOD[vr]])
def test_good_values(vr: str, text: str) -> None:
    value = READERS[vr](text)
    assert value == GOOD[vr][text]
    assert type(value) is type(GOOD[vr][text])
    if isinstance(value, datetime):
        expected = GOOD[vr][text]
        assert isinstance(expected, datetime)
        assert value.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(("vr", "text"), [(vr, text) for table in (BAD, FOREIGN) for vr in table for text in table[vr]])
def test_bad_values(vr: str, text: str) -> None:
    reason = reason_against(vr, text)
    assert reason is not None
    assert reason.isascii()


@pytest.mark.parametrize("vr", READERS)
@pytest.mark.parametrize(
    "text", ["Doe^Jane", "19011201-19031201", "77777777777", "19031232", "777777.5", "1901", "777Q"]
)
def test_the_reason_does_not_quote_the_value(vr: str, text: str) -> None:
    reason = reason_against(vr, text)
    assert reason is None or not any(part in reason for part in ("Doe", "190", "777", "Q"))


@pytest.mark.parametrize("vr", READERS)
@MANY
@given(
    text=st.text() | st.text("0123456789.:+-eEYMWD \\\0") | st.from_regex(r"[0-9]{0,14}(\.[0-9]{0,7})?([+-][0-9]{4})?")
)
def test_nothing_but_a_value_error_comes_out(vr: str, text: str) -> None:
    assert reason_against(vr, text) != ""


@pytest.mark.parametrize("vr", READERS)
@MANY
@given(text=st.text(st.characters(categories=["Nd"]), min_size=1, max_size=14))
def test_digits_of_other_alphabets_are_no_numbers(vr: str, text: str) -> None:
    assume(not text.isascii())
    assert reason_against(vr, text) is not None


# ---------------------------------------------------------------------------------------------------------------------
# Against pydicom
# ---------------------------------------------------------------------------------------------------------------------

_PYDICOM: dict[str, Callable[[str], object]] = {
    "DA": pydicom.valuerep.DA,
    "TM": pydicom.valuerep.TM,
    "DT": pydicom.valuerep.DT,
    "IS": pydicom.valuerep.IS,
    "DS": pydicom.valuerep.DSfloat,
}

_SHAPES = {
    "DA": st.dates().map(format_date) | st.dates().map("{:%Y.%m.%d}".format),
    "TM": st.builds(
        lambda value, length: format_time(value)[:length], st.times(), st.sampled_from([2, 4, 6, 8, 10, 13])
    ),
    "DT": st.builds(
        lambda value, length, offset: format_datetime(value)[:length] + offset,
        st.datetimes(),
        st.sampled_from([8, 10, 12, 14, 16, 21]),
        st.sampled_from(["", "", "+0000", "+0100", "-1200", "+1400", "-0130", "+1401"]),
    ),
    "IS": st.from_regex(r" ?[+-]?[0-9]{1,11} ?", fullmatch=True),
    "DS": st.from_regex(r" ?[+-]?[0-9]{1,4}(\.[0-9]{0,8})?([eE][+-]?[0-9]{1,3})? ?", fullmatch=True)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr),
}


@pytest.mark.parametrize("vr", _PYDICOM)
def test_what_pydicom_accepts_too_is_equal(vr: str) -> None:
    accepted = 0

    @settings(max_examples=100, deadline=None)
    @given(text=_SHAPES[vr] | _SHAPES[vr] | st.text("0123456789.:+-e ", max_size=20))
    def compare(text: str) -> None:
        nonlocal accepted
        try:
            value = READERS[vr](text)
        except ValueError:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of second 60
            try:
                theirs = _PYDICOM[vr](text.rstrip(" "))  # which it does itself when it reads a file
            except ValueError:
                # What is read here and not there: times of before 1993.
                assert ":" in text
                return
        accepted += 1
        assert value == theirs
        if isinstance(value, datetime):
            assert isinstance(theirs, datetime)
            assert value.utcoffset() == theirs.utcoffset()

    compare()
    assert accepted > 15


# ---------------------------------------------------------------------------------------------------------------------
# Writers
# ---------------------------------------------------------------------------------------------------------------------

_OFFSETS = st.none() | st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@MANY
@given(st.dates())
@example(date(1, 2, 3))
def test_a_date_is_read_as_it_was_written(value: date) -> None:
    assert parse_date(format_date(value)) == value
    assert len(format_date(value)) == 8


@MANY
@given(st.times())
def test_a_time_is_read_as_it_was_written(value: time) -> None:
    assert parse_time(format_time(value)) == value


@MANY
@given(st.datetimes(timezones=_OFFSETS))
@example(datetime(2024, 1, 31, tzinfo=timezone(-timedelta(minutes=30))))
def test_date_and_time_are_read_as_they_were_written(value: datetime) -> None:
    again = parse_datetime(format_datetime(value))
    assert again == value
    assert again.utcoffset() == value.utcoffset()


def test_what_is_written() -> None:
    assert format_date(date(794, 5, 6)) == "07940506"
    assert format_date(datetime(2024, 1, 31, 10)) == "20240131"
    assert format_time(time(1, 2, 3)) == "010203"
    assert format_time(time(1, 2, 3, 40)) == "010203.000040"
    assert format_datetime(datetime(2024, 1, 31, 10, 15, tzinfo=CET)) == "20240131101500+0100"
    assert format_datetime(datetime(2024, 1, 31, tzinfo=timezone(-timedelta(minutes=90)))) == "20240131000000-0130"


def test_what_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_time(time(1, tzinfo=UTC))
    with pytest.raises(ValueError, match="offset"):
        format_datetime(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1, seconds=1))))
    with pytest.raises(ValueError, match="offset"):
        format_datetime(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=15))))


def test_ages_know_the_calendar() -> None:
    assert date(2024, 3, 31) - parse_age("001M") == date(2024, 2, 29)
    assert date(2024, 2, 29) - parse_age("001Y") == date(2023, 2, 28)
    assert date(2024, 2, 29) + parse_age("002W") == date(2024, 3, 14)


def test_numbers_with_bounds() -> None:
    assert parse_integer("65535", 0, 65535) == 65535
    with pytest.raises(ValueError, match="from 0 to 65535"):
        parse_integer("65536", 0, 65535)
    with pytest.raises(ValueError, match="from 0 to 65535"):
        parse_integer("-1", 0, 65535)


# ---------------------------------------------------------------------------------------------------------------------
# Dates that somebody wrote
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "20240131", "2024.01.31", "31.01.2024", "31 Jan 2024", "Jan 31, 2024", "31-JAN-2024", "2024/01/31",
        "01/31/2024", "2024-01-31", "2024-01-31 10:15", "2024-01-31T10:15:30", "January 31st, 2024", " 31.1.2024 ",
        "Wed 31 Jan 2024",
    ],
)  # fmt: skip
def test_loose_dates(text: str) -> None:
    assert parse_free_text_date(text) == date(2024, 1, 31)


def test_behind_the_year_comes_the_month() -> None:
    assert parse_free_text_date("2024-01-02") == date(2024, 1, 2)
    assert parse_free_text_date("2024/01/02") == date(2024, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "12", "20", "2024", "202401", "3101", "101530", "31012024", "19901301", "00000000", "may", "May 2024",
        "2024-01", "2024-", "-2024", "-20240131", "20240131-", "20240101-20240131", "2024-01-01 - 2024-01-31",
        "2024-01-30 2024-01-31", "2024-01-01/2024-01-31", "01/02/2024", "10/11/12", "31.01.24", "Mon 2024",
        "12:00 2024", "5 2024", "1 2 3 2024", "30 Feb 2024", "31 Jan", "today", "now", "unknown", "٣١ Jan 2024",
        "٢٠٢٤٠١٣١", "31 janvier 2024", "2024 1.5 of Jan", "May 2024 1,5", "2024-01-30 - 31", "30-31 Jan 2024", "T", "a",
        "99999999999999999999 Jan", "1e5 Jan 2024",
    ],
)  # fmt: skip
def test_what_is_no_date_or_more_than_one(text: str) -> None:
    assert parse_free_text_date(text) is None


@MANY
@given(
    st.text()
    | st.text("0123456789/.-: ,TJanFebMarZ+", max_size=25)
    | st.from_regex(r"[0-9]{1,4}[-/. ]([0-9]{1,4}|Jan|Feb|May)[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{2})?", fullmatch=True)
)
def test_loose_reading_never_raises_and_never_invents_a_year(text: str) -> None:
    found = parse_free_text_date(text)
    assert found is None or f"{found.year:04}" in text


# ---------------------------------------------------------------------------------------------------------------------
# Names
# ---------------------------------------------------------------------------------------------------------------------


def test_the_parts_of_a_name() -> None:
    name = PersonName("Adams^John Robert^Quincy^Rev.^B.A. M.Div.")
    assert (name.family_name, name.given_name, name.middle_name) == ("Adams", "John Robert", "Quincy")
    assert (name.prefix, name.suffix) == ("Rev.", "B.A. M.Div.")
    assert name.alphabetic == name
    assert name.ideographic == name.phonetic == ""
    assert name.formatted() == "Rev. John Robert Quincy Adams B.A. M.Div."
    assert name.formatted("{family_name}, {given_name}") == "Adams, John Robert"


def test_a_name_in_three_ways_of_writing() -> None:
    name = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert name.family_name == "Yamada"
    assert (name.ideographic.family_name, name.ideographic.given_name) == ("山田", "太郎")
    assert (name.phonetic.family_name, name.phonetic.given_name) == ("やまだ", "たろう")
    assert name.alphabetic == "Yamada^Tarou"
    assert name.formatted() == "Tarou Yamada"


def test_a_name_is_text() -> None:
    name = PersonName("Doe^Jane")
    assert name == "Doe^Jane"
    assert {name} == {"Doe^Jane"}
    assert f"{name}" == "Doe^Jane"
    again = pickle.loads(pickle.dumps(name))
    assert type(again) is PersonName
    assert again == name
    assert PersonName("Doe").formatted() == "Doe"
    assert PersonName().formatted() == ""


@MANY
@given(st.text("AbÉ山 ^=", max_size=20))
def test_names_have_the_parts_that_pydicom_finds(text: str) -> None:
    name, theirs = PersonName(text), pydicom.valuerep.PersonName(text, validation_mode=pydicom.config.IGNORE)
    assert name.family_name == theirs.family_name
    assert name.given_name == theirs.given_name
    assert name.middle_name == theirs.middle_name
    assert name.prefix == theirs.name_prefix
    assert name.suffix == theirs.name_suffix
    assert name.alphabetic == theirs.alphabetic
    assert name.ideographic == theirs.ideographic
    assert name.phonetic == theirs.phonetic
