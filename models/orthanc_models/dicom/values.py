"""DICOM values as Python values: exact readers and writers for dates, times, numbers, names.

A reader takes the text of one value, as a DICOM file has it, and gives back a Python value; if the text is no such
value, it raises a ``ValueError`` whose message says why without quoting the text, which may be about a patient. Nothing
is guessed: ``12`` is no date, ``1990`` is no date, a range is no date. Digits are those of ASCII only. Blanks and NULs
that pad the end of a value are not part of it.

What :func:`pydicom.dcmread` accepts and a reader accepts too, both read as the same value.

::

    parse_date("20240131")              datetime.date(2024, 1, 31)
    parse_time("1230")                  datetime.time(12, 30)
    parse_age("034Y")                   relativedelta(years=+34)
    PersonName("Doe^Jane").given_name   "Jane"
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
    "PersonName",
    "format_date",
    "format_datetime",
    "format_time",
    "parse_age",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "parse_integer",
    "parse_loose_date",
    "parse_time",
    "parse_utc_offset",
]

PADDING: Final = " \0"
"""What fills a value up to an even length."""

_OLD_DATE: Final = re.compile(r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?")
_OLD_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
_DATETIME: Final = re.compile(r"([0-9]{8})([0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?)?([+-][0-9]{4})?")
_OFFSET: Final = re.compile(r"([+-])([0-9]{2})([0-9]{2})")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,64}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_AGE: Final = re.compile(r"([0-9]{3})([DWMY])")

_RANGE: Final = re.compile(r"^-|-$|\s-|-\s")
_FRACTION: Final = re.compile(r"(?<![0-9.:])[0-9]{1,3}[.,][0-9]{1,3}(?![0-9.])")
_LONG_NUMBER: Final = re.compile(r"[0-9]{4,}")

_EARLIEST_OFFSET: Final = timedelta(hours=-12)
_LATEST_OFFSET: Final = timedelta(hours=14)


# ---------------------------------------------------------------------------------------------------------------------
# Dates and times
# ---------------------------------------------------------------------------------------------------------------------


def parse_date(text: str) -> date:
    """Reads a date (DA): ``20240131``, or ``2024.01.31`` as files from before 1993 have it.

    Raises:
        ValueError: if it is anything else: a part of a date, a range, a day that the calendar does not have.
    """
    text = text.rstrip(PADDING)
    if len(text) == 10 and _OLD_DATE.fullmatch(text):
        text = text.replace(".", "")
    # isdecimal() and the length come first: fromisoformat() takes other forms too, such as 2024W053.
    if len(text) != 8 or not text.isascii() or not text.isdecimal():
        raise ValueError("not a date (YYYYMMDD)")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date that the calendar does not have") from None


def parse_time(text: str) -> time:
    """Reads a time of day (TM): ``101530.123456``, or less of it, down to ``10``; also the old ``10:15:30``.

    What is left out counts as zero. A leap second, ``235960``, becomes ``23:59:59``, since Python has no second 60.

    Raises:
        ValueError: if it is anything else.
    """
    text = text.rstrip(PADDING)
    if _TIME.fullmatch(text) is None and _OLD_TIME.fullmatch(text) is None:
        raise ValueError("not a time (HHMMSS.FFFFFF)")
    seconds = 6 if ":" in text else 4
    if text[seconds : seconds + 2] == "60":
        text = f"{text[:seconds]}59{text[seconds + 2 :]}"
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError("a time that the clock does not have") from None


def parse_datetime(text: str) -> datetime:
    """Reads date and time (DT): ``20240131101530.123456+0100``, or less of it, down to a complete date.

    With an offset from UTC it is aware, otherwise naive: local time of an unknown place. Parts of the time that are
    left out count as zero, and a leap second is read as :func:`parse_time` does.

    Raises:
        ValueError: if it is anything else. DICOM allows ``2024`` and ``202401``, but these are no points in time.
    """
    match = _DATETIME.fullmatch(text.rstrip(PADDING))
    if match is None:
        raise ValueError("not a date with a time (YYYYMMDDHHMMSS.FFFFFF+ZZXX), or not a complete date")
    day, clock, offset = match.groups()
    zone = parse_utc_offset(offset) if offset else None
    return datetime.combine(parse_date(day), parse_time(clock) if clock else time(), zone)


def parse_utc_offset(text: str) -> timezone:
    """Reads an offset from UTC, such as ``+0100``, from ``-1200`` to ``+1400``.

    Raises:
        ValueError: if it is anything else; ``-0000`` is what DICOM forbids by name.
    """
    text = text.rstrip(PADDING)
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[3]) > 59 or text == "-0000":
        raise ValueError("not an offset from UTC (+HHMM)")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if match[1] == "-":
        offset = -offset
    if not _EARLIEST_OFFSET <= offset <= _LATEST_OFFSET:
        raise ValueError("an offset from UTC that no place has")
    return timezone(offset) if offset else UTC


def parse_age(text: str) -> relativedelta:
    """Reads an age (AS): ``034Y``, ``011M``, ``003W`` or ``005D``.

    The result can be added to and subtracted from dates, and knows how long the months are:
    ``study_date - parse_age("034Y")``.

    Raises:
        ValueError: if it is anything else; ``34Y`` lacks a digit.
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


def parse_loose_date(text: str) -> date | None:
    """Reads a date that somebody wrote in a form of their own: ``31.01.2024``, ``Jan 31, 2024``, ``2024-01-31 10:15``.

    DICOM has no such dates, and nothing in this package reads one of its own accord; this is for fields of text, and
    for the raw values in ``tags.problems``, if a person looks at the result.

    Returns:
        The date; None if there is none, or if it can be understood in more than one way. So ``01/02/2024`` is None,
        and so is everything without day, month and a year of four digits, and a range.
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

    # dateutil takes what is missing from a default: so it is asked twice, with defaults that have nothing in common.
    # Which of 01/02 is the day it cannot know either; only behind the year it is always the second.
    found: set[date] = set()
    for default in (datetime(2000, 1, 1), datetime(2003, 12, 31)):  # noqa: DTZ001 - days, without a time zone
        for day_first in (False,) if re.match(r"[0-9]{4}", text) else (False, True):
            try:
                found.add(parser.parse(text, default=default, dayfirst=day_first, ignoretz=True).date())
            except (ValueError, ArithmeticError):  # of decimal numbers, too, for times such as 99:999...
                return None
    day = found.pop()
    return day if not found and f"{day.year:04}" in text else None


def format_date(value: date) -> str:
    """Writes a date as DICOM has it (DA): ``20240131``."""
    return f"{value.year:04}{value.month:02}{value.day:02}"


def format_time(value: time) -> str:
    """Writes a time of day as DICOM has it (TM): ``101530``, with six more digits if there are microseconds.

    Raises:
        ValueError: if it has a time zone, for which DICOM has no place there.
    """
    if value.tzinfo is not None:
        raise ValueError("DICOM times have no time zone: convert it to the local time of the files first")
    written = f"{value.hour:02}{value.minute:02}{value.second:02}"
    return f"{written}.{value.microsecond:06}" if value.microsecond else written


def format_datetime(value: datetime) -> str:
    """Writes date and time as DICOM has them (DT): ``20240131101530``, with the offset if there is a time zone.

    Raises:
        ValueError: if the offset from UTC is one that DICOM cannot write: with seconds, or beyond -1200 and +1400.
    """
    written = format_date(value) + format_time(value.time())
    offset = value.utcoffset()
    if offset is None:
        return written
    minutes, rest = divmod(abs(offset), timedelta(minutes=1))
    if rest or not _EARLIEST_OFFSET <= offset <= _LATEST_OFFSET:
        raise ValueError("an offset from UTC that DICOM cannot write")
    return f"{written}{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"


# ---------------------------------------------------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------------------------------------------------


def parse_integer(text: str, least: int = -(2**31), most: int = 2**31 - 1) -> int:
    """Reads a whole number; without bounds it is one of 32 bits, as that of an integer string (IS) is.

    Raises:
        ValueError: if it is anything else, ``12.0`` and ``1e3`` included, or out of the bounds.
    """
    text = text.rstrip(PADDING).lstrip(" ")
    if _INTEGER.fullmatch(text) is None:
        raise ValueError("not a whole number")
    number = int(text)
    if not least <= number <= most:
        raise ValueError(f"a number that is not from {least} to {most}")
    return number


def parse_decimal(text: str) -> float:
    """Reads a decimal number (DS), such as ``-1.5`` or ``1.5e-3``.

    Raises:
        ValueError: if it is anything else, ``nan`` and ``inf`` included, or too large for a ``float``.
    """
    text = text.rstrip(PADDING).lstrip(" ")
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("not a decimal number")
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number that is too large")
    return number


# ---------------------------------------------------------------------------------------------------------------------
# Names
# ---------------------------------------------------------------------------------------------------------------------


class PersonName(str):
    """A name (PN): text as DICOM has it, such as ``Doe^Jane^^Dr``, that knows its parts.

    It equals that text, and can be used wherever text can. A name may be written in up to three ways, divided by ``=``;
    the parts are those of the first one, and the others are names of their own::

        name = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
        name.family_name == "Yamada"
        name.ideographic.family_name == "山田"
        PersonName("Doe^Jane^^Dr").formatted() == "Dr Jane Doe"

    Parts that are not there are empty.
    """

    __slots__ = ()

    @property
    def alphabetic(self) -> PersonName:
        """The name in the way that is written first, mostly in Latin letters."""
        return self._group(0)

    @property
    def ideographic(self) -> PersonName:
        """The name in ideographic characters, such as Chinese, Japanese or Korean ones; empty if there are none."""
        return self._group(1)

    @property
    def phonetic(self) -> PersonName:
        """The name in phonetic characters, such as hiragana or hangul; empty if there are none."""
        return self._group(2)

    @property
    def family_name(self) -> str:
        """Family name; for an animal that of the person who is responsible for it."""
        return self._part(0)

    @property
    def given_name(self) -> str:
        """Given name, or several of them, divided by blanks; for an animal its name."""
        return self._part(1)

    @property
    def middle_name(self) -> str:
        """Middle name, or several of them, divided by blanks."""
        return self._part(2)

    @property
    def prefix(self) -> str:
        """What stands before the name, such as ``Dr``."""
        return self._part(3)

    @property
    def suffix(self) -> str:
        """What stands behind the name, such as ``Jr``."""
        return self._part(4)

    def formatted(self, style: str = "{prefix} {given_name} {middle_name} {family_name} {suffix}") -> str:
        """The name as people write it.

        Args:
            style: Where each part goes. Blanks that parts which are not there leave behind are taken out:
                ``name.formatted("{family_name}, {given_name}")``.
        """
        parts = ("family_name", "given_name", "middle_name", "prefix", "suffix")
        return " ".join(style.format_map({part: self._part(number) for number, part in enumerate(parts)}).split())

    def _group(self, number: int) -> PersonName:
        groups = self.split("=")
        return PersonName(groups[number]) if number < len(groups) else PersonName()

    def _part(self, number: int) -> str:
        parts = self.split("=", 1)[0].split("^")
        return parts[number] if number < len(parts) else ""
