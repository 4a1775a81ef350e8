"""DICOM values as Python values: exact parsers and formatters for dates, times, ages and numbers.

A parser takes the text of one value, as in a DICOM file. It raises a ``ValueError`` if the text is not such a value;
the message says why, but does not quote the text, which may be patient data. Nothing is guessed: ``12``, ``1990`` and a
range are not dates. Only ASCII digits are digits. Padding (trailing spaces and NULs) is ignored.

Whatever both :func:`pydicom.dcmread` and a parser accept, they read as the same value.

::

    parse_date("20240131")              datetime.date(2024, 1, 31)
    parse_time("1230")                  datetime.time(12, 30)
    parse_age("034Y")                   relativedelta(years=+34)
    format_date(date(2024, 1, 31))      "20240131"
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = [
    "PADDING",
    "format_date",
    "format_datetime",
    "format_time",
    "parse_age",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "parse_free_text_date",
    "parse_integer",
    "parse_time",
    "parse_utc_offset",
]

PADDING: Final = " \0"
"""The characters that pad a value to an even length."""

_DOTTED_DATE: Final = re.compile(r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?")
_TIME_WITH_COLONS: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
_DATETIME: Final = re.compile(r"([0-9]{8})([0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?)?([+-][0-9]{4})?")
_OFFSET: Final = re.compile(r"([+-])([0-9]{2})([0-9]{2})")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,64}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_AGE: Final = re.compile(r"([0-9]{3})([DWMY])")

_RANGE: Final = re.compile(r"^-|-$|\s-|-\s")
_FRACTION: Final = re.compile(r"(?<![0-9.:])[0-9]{1,3}[.,][0-9]{1,3}(?![0-9.])")
_LONG_NUMBER: Final = re.compile(r"[0-9]{4,}")

_MIN_OFFSET: Final = timedelta(hours=-12)
_MAX_OFFSET: Final = timedelta(hours=14)


# ---------------------------------------------------------------------------------------------------------------------
# Dates and times
# ---------------------------------------------------------------------------------------------------------------------


def parse_date(text: str) -> date:
    """Parses a date (DA): ``20240131``, or ``2024.01.31`` as in ACR-NEMA files (before 1993).

    Raises:
        ValueError: for anything else: an incomplete date, a range, a day that does not exist.
    """
    text = text.rstrip(PADDING)
    if len(text) == 10 and _DOTTED_DATE.fullmatch(text):
        text = text.replace(".", "")
    # The checks come first: fromisoformat() accepts other formats, such as 2024W053.
    if len(text) != 8 or not text.isascii() or not text.isdecimal():
        raise ValueError("not a date (YYYYMMDD)")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date that does not exist") from None


def parse_time(text: str) -> time:
    """Parses a time of day (TM): ``101530.123456``, or its beginning, down to ``10``; or the old ``10:15:30``.

    Missing components are zero. A leap second, ``235960``, becomes ``23:59:59``, since Python has no second 60.

    Raises:
        ValueError: for anything else.
    """
    text = text.rstrip(PADDING)
    if _TIME.fullmatch(text) is None and _TIME_WITH_COLONS.fullmatch(text) is None:
        raise ValueError("not a time (HHMMSS.FFFFFF)")
    seconds = 6 if ":" in text else 4
    if text[seconds : seconds + 2] == "60":
        text = f"{text[:seconds]}59{text[seconds + 2 :]}"
    try:
        if text.startswith("24"):  # fromisoformat() of Python 3.14 reads it as midnight; DICOM has no hour 24
            raise ValueError
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError("a time that does not exist") from None


def parse_datetime(text: str) -> datetime:
    """Parses a date with a time (DT): ``20240131101530.123456+0100``, or its beginning, down to a complete date.

    The result is aware if the text has an offset from UTC. Otherwise it is naive: local time, without saying where.
    Missing components of the time are zero, and a leap second is parsed as by :func:`parse_time`.

    Raises:
        ValueError: for anything else. DICOM allows ``2024`` and ``202401``, but these are not points in time.
    """
    match = _DATETIME.fullmatch(text.rstrip(PADDING))
    if match is None:
        raise ValueError("not a date with a time (YYYYMMDDHHMMSS.FFFFFF+ZZXX), or not a complete date")
    date_text, time_text, offset = match.groups()
    timezone_ = parse_utc_offset(offset) if offset else None
    return datetime.combine(parse_date(date_text), parse_time(time_text) if time_text else time(), timezone_)


def parse_utc_offset(text: str) -> timezone:
    """Parses an offset from UTC, such as ``+0100``, from ``-1200`` to ``+1400``.

    Raises:
        ValueError: for anything else, and for ``-0000``, which DICOM forbids.
    """
    text = text.rstrip(PADDING)
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[3]) > 59 or text == "-0000":
        raise ValueError("not an offset from UTC (+HHMM)")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if match[1] == "-":
        offset = -offset
    if not _MIN_OFFSET <= offset <= _MAX_OFFSET:
        raise ValueError("an offset from UTC that no place has")
    return timezone(offset) if offset else UTC


def parse_age(text: str) -> relativedelta:
    """Parses an age (AS): ``034Y``, ``011M``, ``003W`` or ``005D``.

    The result can be added to dates and subtracted from them, and respects the lengths of months:
    ``study_date - parse_age("034Y")``.

    Raises:
        ValueError: for anything else, such as ``34Y``, which lacks a digit.
    """
    from dateutil.relativedelta import relativedelta

    match = _AGE.fullmatch(text.rstrip(PADDING))
    if match is None:
        raise ValueError("not an age (nnnD, nnnW, nnnM or nnnY)")
    count = int(match[1])
    match match[2]:
        case "D":
            return relativedelta(days=count)
        case "W":
            return relativedelta(weeks=count)
        case "M":
            return relativedelta(months=count)
        case _:
            return relativedelta(years=count)


def parse_free_text_date(text: str) -> date | None:
    """Parses a date in any common format: ``31.01.2024``, ``Jan 31, 2024``, ``2024-01-31 10:15``.

    For dates that people write, as in queries, and for the raw values in ``tags.problems`` if a person checks the
    result. This package never parses a DICOM value with it: there, such a date is invalid.

    Returns:
        The date; None if the text is not a date, or is ambiguous: ``01/02/2024``, a range, and anything without a day,
        a month and a year of four digits.
    """
    text = text.strip(PADDING + "\t\r\n")
    if text.isdecimal():
        try:
            return parse_date(text)
        except ValueError:
            return None
    if not text.isascii() or _RANGE.search(text) or _FRACTION.search(text) or len(_LONG_NUMBER.findall(text)) != 1:
        return None
    from dateutil import parser

    # dateutil fills in missing components from a default: two defaults that share no component show what is missing.
    # It cannot know the order of 01/02 either, so both are tried; after a year, the month always comes first.
    found: set[date] = set()
    for default in (datetime(2000, 1, 1), datetime(2003, 12, 31)):  # noqa: DTZ001 - days, without a time zone
        for day_first in (False,) if re.match(r"[0-9]{4}", text) else (False, True):
            try:
                found.add(parser.parse(text, default=default, dayfirst=day_first, ignoretz=True).date())
            except (ValueError, ArithmeticError):  # the latter from decimal, for times such as 99:999...
                return None
    day = found.pop()
    return day if not found and f"{day.year:04}" in text else None


def format_date(value: date) -> str:
    """Formats a date as in DICOM (DA): ``20240131``."""
    return f"{value.year:04}{value.month:02}{value.day:02}"


def format_time(value: time) -> str:
    """Formats a time of day as in DICOM (TM): ``101530``, with six more digits if there are microseconds.

    Raises:
        ValueError: if it has a time zone, which DICOM times cannot express.
    """
    if value.tzinfo is not None:
        raise ValueError("DICOM times have no time zone: convert it to the local time of the files first")
    written = f"{value.hour:02}{value.minute:02}{value.second:02}"
    return f"{written}.{value.microsecond:06}" if value.microsecond else written


def format_datetime(value: datetime) -> str:
    """Formats a date with a time as in DICOM (DT): ``20240131101530``, with the offset from UTC if it is aware.

    Raises:
        ValueError: if DICOM cannot express the offset: it has seconds, or is not from -1200 to +1400.
    """
    written = format_date(value) + format_time(value.time())
    offset = value.utcoffset()
    if offset is None:
        return written
    minutes, rest = divmod(abs(offset), timedelta(minutes=1))
    if rest or not _MIN_OFFSET <= offset <= _MAX_OFFSET:
        raise ValueError("an offset from UTC that DICOM cannot express")
    return f"{written}{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"


# ---------------------------------------------------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------------------------------------------------


def parse_integer(text: str, minimum: int = -(2**31), maximum: int = 2**31 - 1) -> int:
    """Parses an integer; the default bounds are those of an integer string (IS): 32 bits.

    Raises:
        ValueError: for anything else, such as ``12.0`` and ``1e3``, and out of bounds.
    """
    text = text.rstrip(PADDING).lstrip(" ")
    if _INTEGER.fullmatch(text) is None:
        raise ValueError("not a whole number")
    number = int(text)
    if not minimum <= number <= maximum:
        raise ValueError(f"a number that is not from {minimum} to {maximum}")
    return number


def parse_decimal(text: str) -> float:
    """Parses a decimal number (DS), such as ``-1.5`` or ``1.5e-3``.

    Raises:
        ValueError: for anything else, such as ``nan`` and ``inf``, and if it is too large for a ``float``.
    """
    text = text.rstrip(PADDING).lstrip(" ")
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("not a decimal number")
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number that is too large")
    return number
