"""How the raw value of a DICOM tag is read, by its value representation (VR) and multiplicity (VM).

A reader never raises. It gives back the value and, if there is something wrong with it, the reason:

- What has to be converted (dates, times, ages, numbers) is there only if it is right. Otherwise it is None; of several
  values none is there, so that what is there can be unpacked: ``x, y, z = tags.image_position_patient``.
- Text can be used as it is, and is always there. If its form is against the rules, the reason says so nevertheless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from orthanc_models.values import (
    PADDING,
    PersonName,
    parse_age,
    parse_date,
    parse_datetime,
    parse_decimal,
    parse_integer,
    parse_time,
    parse_utc_offset,
)

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = [
    "DATE",
    "INTEGER",
    "LONG_TEXT",
    "PERSON_NAME",
    "TEXT",
    "TIME",
    "UID",
    "UNSIGNED_SHORT",
    "UTC_OFFSET",
    "Multiplicity",
    "Read",
    "SimpleValue",
    "TagReader",
    "reader_for",
    "scalar_reader",
    "text_reader",
    "texts_reader",
    "tuple_reader",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Text = TypeVar("Text", bound=str)

Read: TypeAlias = Callable[[object], tuple[T, str | None]]
"""Takes a raw value, gives the value and the reason why it is not right."""

NOT_TEXT: Final = "not text"
NOT_ITEMS: Final = "not the items of a sequence"
SEVERAL: Final = "several values where one is expected"


class TagReader(Generic[T_co]):
    """A DICOM tag, and how its raw value is read.

    Attributes:
        keyword: Its keyword, such as ``StudyDate``; the number if it has none.
        number: Its number in Orthanc's spelling, such as ``0008,0020``; empty if it is not known.
        vr: Its value representation, such as ``DA``; ``UN`` if it is not known.
        vm: Its multiplicity, such as ``1`` or ``2-n``.
    """

    __slots__ = ("keyword", "number", "read", "vm", "vr")

    def __init__(self, keyword: str, number: str, vr: str, vm: str, read: Read[T_co]) -> None:
        self.keyword: Final = keyword
        self.number: Final = number
        self.vr: Final = vr
        self.vm: Final = vm
        self.read: Final = read

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.keyword} ({self.number}) {self.vr} {self.vm}>"


# ---------------------------------------------------------------------------------------------------------------------
# How many values
# ---------------------------------------------------------------------------------------------------------------------


class Multiplicity:
    """How many values a tag may have (VM): ``1``, ``3``, ``1-n``, ``2-2n``, ``4-5``."""

    __slots__ = ("least", "most", "step", "written")

    def __init__(self, written: str) -> None:
        least, _, most = written.partition("-")
        self.written: Final = written
        self.least: Final = int(least)
        self.most: Final = None if most.endswith("n") else int(most or least)
        self.step: Final = int(most.removesuffix("n") or 1) if most.endswith("n") else 1

    @property
    def is_single(self) -> bool:
        """Whether there can be one value only."""
        return self.most == 1

    def reason(self, count: int) -> str | None:
        """What is wrong with that many values; None if nothing is."""
        if count >= self.least and (self.most is None or count <= self.most) and count % self.step == 0:
            return None
        return f"{count} value{'' if count == 1 else 's'} where {self.written} are expected"


# ---------------------------------------------------------------------------------------------------------------------
# What is converted
# ---------------------------------------------------------------------------------------------------------------------


def scalar_reader(parse: Callable[[str], T]) -> Read[T | None]:
    """For a tag with one value, which is converted."""

    def read(raw: object) -> tuple[T | None, str | None]:
        if not isinstance(raw, str):
            return None, None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return None, None
        if "\\" in raw:
            return None, SEVERAL
        try:
            return parse(raw), None
        except ValueError as error:
            return None, str(error)

    return read


def tuple_reader(parse: Callable[[str], T], vm: str) -> Read[tuple[T, ...]]:
    """For a tag with several values, which are converted: all of them, or none if one is not right."""
    multiplicity = Multiplicity(vm)

    def read(raw: object) -> tuple[tuple[T, ...], str | None]:
        if not isinstance(raw, str):
            return (), None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return (), None
        parts = raw.split("\\")
        reason = multiplicity.reason(len(parts))
        if reason is not None:
            return (), reason
        found: list[T] = []
        for part in parts:
            try:
                found.append(parse(part))
            except ValueError as error:
                return (), f"value {len(found) + 1} of {len(parts)}: {error}"
        return tuple(found), None

    return read


# ---------------------------------------------------------------------------------------------------------------------
# What is text
# ---------------------------------------------------------------------------------------------------------------------


def text_reader(
    make: Callable[[str], Text], check: Callable[[str], str | None], *, may_split: bool
) -> Read[Text | None]:
    """For a tag with one text. A backslash divides values if `may_split`; then the whole is given, and a reason."""

    def read(raw: object) -> tuple[Text | None, str | None]:
        if not isinstance(raw, str):
            return None, None if raw is None else NOT_TEXT
        text = make(raw)
        if not text:
            return None, None
        return text, SEVERAL if may_split and "\\" in text else check(raw)

    return read


def texts_reader(make: Callable[[str], Text], check: Callable[[str], str | None], vm: str) -> Read[tuple[Text, ...]]:
    """For a tag with several texts. Those that are empty are there too, since what is at which place may matter."""
    multiplicity = Multiplicity(vm)

    def read(raw: object) -> tuple[tuple[Text, ...], str | None]:
        if not isinstance(raw, str):
            return (), None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return (), None
        parts = raw.split("\\")
        texts = tuple([make(part) for part in parts])
        if texts == ("",):
            return (), None
        reason = multiplicity.reason(len(texts))
        for number, text in enumerate(texts):
            if reason is None and text:
                reason = check(parts[number])
                if reason is not None and len(texts) > 1:
                    reason = f"value {number + 1} of {len(texts)}: {reason}"
        return texts, reason

    return read


def padded(text: str) -> str:
    """Without the padding at the end. Blanks at the beginning stay: Orthanc and pydicom mind them in identifiers."""
    return text.rstrip(PADDING)


def stripped(text: str) -> str:
    """Without blanks at either end."""
    return text.rstrip(PADDING).lstrip(" ")


def person_name(text: str) -> PersonName:
    """A name, without groups that are empty at the end."""
    return PersonName(text.rstrip(PADDING).rstrip("="))


def anything(_: str) -> None:
    """Nothing to find fault with."""


def check_uid(text: str) -> str | None:
    """What is wrong with the form of a UID."""
    text = text.rstrip(PADDING)
    if len(text) > 64:
        return "a UID of more than 64 characters"
    if _UID.fullmatch(text) is None:
        return "not a UID (numbers without leading zeros, divided by points)"
    return None


def check_name(text: str) -> str | None:
    """What is wrong with the form of a name."""
    groups = person_name(text).split("=")
    if len(groups) > 3:
        return "a name in more than three ways of writing"
    if any(group.count("^") > 4 for group in groups):
        return "a name of more than five parts"
    return None


def check_offset(text: str) -> str | None:
    """What is wrong with an offset from UTC."""
    try:
        parse_utc_offset(text)
    except ValueError as error:
        return str(error)
    return None


def check_number(text: str) -> str | None:
    """What is wrong with the number of a tag."""
    return None if NUMBER.fullmatch(text.rstrip(PADDING)) else "not the number of a tag (gggg,eeee)"


_UID: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")

NUMBER: Final = re.compile(r"[0-9a-f]{4},[0-9a-f]{4}")
"""The number of a tag as Orthanc writes it."""


# ---------------------------------------------------------------------------------------------------------------------
# By value representation
# ---------------------------------------------------------------------------------------------------------------------

SimpleValue: TypeAlias = "str | int | float | date | time | datetime | relativedelta | PersonName"
"""One value of any tag that is no sequence."""

_RANGES: Final = {
    "IS": (-(2**31), 2**31 - 1),
    "SL": (-(2**31), 2**31 - 1),
    "SS": (-(2**15), 2**15 - 1),
    "SV": (-(2**63), 2**63 - 1),
    "UL": (0, 2**32 - 1),
    "US": (0, 2**16 - 1),
    "US or SS": (-(2**15), 2**16 - 1),
    "UV": (0, 2**64 - 1),
}


def integer_parser(vr: str) -> Callable[[str], int]:
    """Reads whole numbers in the bounds of a value representation."""
    least, most = _RANGES[vr]
    return partial(parse_integer, least=least, most=most)


def parse_float(text: str) -> float:
    """Reads a binary number (FL, FD), which Orthanc writes with all its digits; it may be ``nan`` and ``inf`` too."""
    text = text.rstrip(PADDING)
    return float(text) if text in ("nan", "-nan", "inf", "-inf") else parse_decimal(text)


DATE: Final = scalar_reader(parse_date)
TIME: Final = scalar_reader(parse_time)
INTEGER: Final = scalar_reader(integer_parser("IS"))
UNSIGNED_SHORT: Final = scalar_reader(integer_parser("US"))
PERSON_NAME: Final = text_reader(person_name, check_name, may_split=True)
TEXT: Final = text_reader(padded, anything, may_split=True)
LONG_TEXT: Final = text_reader(padded, anything, may_split=False)
UID: Final = text_reader(stripped, check_uid, may_split=True)
UTC_OFFSET: Final = text_reader(padded, check_offset, may_split=True)

_CONVERTED: Final[Mapping[str, Callable[[str], SimpleValue]]] = {
    "AS": parse_age,
    "DA": parse_date,
    "DS": parse_decimal,
    "DT": parse_datetime,
    "FD": parse_float,
    "FL": parse_float,
    "TM": parse_time,
    **{vr: integer_parser(vr) for vr in _RANGES},
}

_TEXTS: Final[Mapping[str, tuple[Callable[[str], str], Callable[[str], str | None]]]] = {
    "AE": (stripped, anything),
    "AT": (padded, check_number),
    "CS": (padded, anything),
    "LO": (padded, anything),
    "PN": (person_name, check_name),
    "SH": (padded, anything),
    "UC": (padded, anything),
    "UI": (stripped, check_uid),
}


@cache
def reader_for(vr: str, vm: str) -> Read[SimpleValue | tuple[SimpleValue, ...] | None]:
    """How a tag of that value representation and multiplicity is read, if it is no sequence.

    What is not known, and what is binary (Orthanc gives null for that), is left as it is.
    """
    single = Multiplicity(vm).is_single
    if vr in _CONVERTED:
        return scalar_reader(_CONVERTED[vr]) if single else tuple_reader(_CONVERTED[vr], vm)
    if vr not in _TEXTS:
        return LONG_TEXT
    make, check = _TEXTS[vr]
    return text_reader(make, check, may_split=True) if single else texts_reader(make, check, vm)
