"""Reads the raw value of a DICOM tag, by its value representation (VR) and multiplicity (VM).

Reading never raises. It returns the value and, if that is invalid, the reason:

- What is parsed (dates, times, ages, numbers) is None if it is invalid. Of several values, one invalid value makes the
  whole tuple empty, so that a tuple can be unpacked: ``x, y, z = tags.image_position_patient``.
- Text is returned even if its form is invalid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from orthanc_models.dicom.multiplicity import Multiplicity
from orthanc_models.dicom.person_name import PersonName
from orthanc_models.dicom.values import (
    PADDING,
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
    "ReadFunction",
    "SimpleValue",
    "TagReader",
    "parsed_reader",
    "parsed_tuple_reader",
    "reader_for",
    "text_reader",
    "text_tuple_reader",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Text = TypeVar("Text", bound=str)

ReadFunction: TypeAlias = Callable[[object], tuple[T, str | None]]
"""Takes a raw value; returns the value, and the reason if it is invalid."""

NOT_TEXT: Final = "not text"
NOT_ITEMS: Final = "not the items of a sequence"
SEVERAL_VALUES: Final = "several values where one is expected"


class TagReader(Generic[T_co]):
    """A DICOM tag, and the function that reads its raw value.

    Attributes:
        keyword: Keyword, such as ``StudyDate``; the number if it has none.
        number: Number in Orthanc's format, such as ``0008,0020``; empty if unknown.
        vr: Value representation, such as ``DA``; ``UN`` if unknown.
        vm: Value multiplicity, such as ``1`` or ``2-n``.
    """

    __slots__ = ("keyword", "number", "read", "vm", "vr")

    def __init__(self, keyword: str, number: str, vr: str, vm: str, read: ReadFunction[T_co]) -> None:
        self.keyword: Final = keyword
        self.number: Final = number
        self.vr: Final = vr
        self.vm: Final = vm
        self.read: Final = read

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.keyword} ({self.number}) {self.vr} {self.vm}>"


# ---------------------------------------------------------------------------------------------------------------------
# Parsed values
# ---------------------------------------------------------------------------------------------------------------------


def parsed_reader(parse: Callable[[str], T]) -> ReadFunction[T | None]:
    """Reads a tag with one value, which is parsed."""

    def read(raw: object) -> tuple[T | None, str | None]:
        if not isinstance(raw, str):
            return None, None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return None, None
        if "\\" in raw:
            return None, SEVERAL_VALUES
        try:
            return parse(raw), None
        except ValueError as error:
            return None, str(error)

    return read


def parsed_tuple_reader(parse: Callable[[str], T], vm: str) -> ReadFunction[tuple[T, ...]]:
    """Reads a tag with several values, which are parsed: all of them, or none if one is invalid."""
    multiplicity = Multiplicity(vm)

    def read(raw: object) -> tuple[tuple[T, ...], str | None]:
        if not isinstance(raw, str):
            return (), None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return (), None
        parts = raw.split("\\")
        reason = multiplicity.check(len(parts))
        if reason is not None:
            return (), reason
        values: list[T] = []
        for part in parts:
            try:
                values.append(parse(part))
            except ValueError as error:
                return (), f"value {len(values) + 1} of {len(parts)}: {error}"
        return tuple(values), None

    return read


# ---------------------------------------------------------------------------------------------------------------------
# Text
# ---------------------------------------------------------------------------------------------------------------------


def text_reader(
    convert: Callable[[str], Text], check: Callable[[str], str | None], *, backslash_separates: bool
) -> ReadFunction[Text | None]:
    """Reads a tag with one text. If a backslash separates values, text with one is invalid, and returned as it is."""

    def read(raw: object) -> tuple[Text | None, str | None]:
        if not isinstance(raw, str):
            return None, None if raw is None else NOT_TEXT
        text = convert(raw)
        if not text:
            return None, None
        return text, SEVERAL_VALUES if backslash_separates and "\\" in text else check(raw)

    return read


def text_tuple_reader(
    convert: Callable[[str], Text], check: Callable[[str], str | None], vm: str
) -> ReadFunction[tuple[Text, ...]]:
    """Reads a tag with several texts. Empty ones are kept, since the position of the others may matter."""
    multiplicity = Multiplicity(vm)

    def read(raw: object) -> tuple[tuple[Text, ...], str | None]:
        if not isinstance(raw, str):
            return (), None if raw is None else NOT_TEXT
        if not raw.rstrip(PADDING):
            return (), None
        parts = raw.split("\\")
        texts = tuple([convert(part) for part in parts])
        if texts == ("",):
            return (), None
        reason = multiplicity.check(len(texts))
        for index, text in enumerate(texts):
            if reason is None and text:
                reason = check(parts[index])
                if reason is not None and len(texts) > 1:
                    reason = f"value {index + 1} of {len(texts)}: {reason}"
        return texts, reason

    return read


def strip_padding(text: str) -> str:
    """Removes the padding. Leading spaces are kept: in identifiers, Orthanc and pydicom do not ignore them."""
    return text.rstrip(PADDING)


def strip_spaces(text: str) -> str:
    """Removes the padding and leading spaces."""
    return text.rstrip(PADDING).lstrip(" ")


def to_person_name(text: str) -> PersonName:
    """A person name without empty representations at its end."""
    return PersonName(text.rstrip(PADDING).rstrip("="))


def no_check(_: str) -> None:
    """Any text is valid."""


def check_uid(text: str) -> str | None:
    """What is wrong with the form of a UID."""
    text = text.rstrip(PADDING)
    if len(text) > 64:
        return "a UID of more than 64 characters"
    if _UID.fullmatch(text) is None:
        return "not a UID (numbers without leading zeros, separated by dots)"
    return None


def check_person_name(text: str) -> str | None:
    """What is wrong with the form of a person name."""
    representations = to_person_name(text).split("=")
    if len(representations) > 3:
        return "a name with more than three representations"
    if any(representation.count("^") > 4 for representation in representations):
        return "a name with more than five components"
    return None


def check_utc_offset(text: str) -> str | None:
    """What is wrong with an offset from UTC."""
    try:
        parse_utc_offset(text)
    except ValueError as error:
        return str(error)
    return None


def check_tag_number(text: str) -> str | None:
    """What is wrong with a tag number."""
    return None if TAG_NUMBER.fullmatch(text.rstrip(PADDING)) else "not a tag number (gggg,eeee)"


_UID: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")

TAG_NUMBER: Final = re.compile(r"[0-9a-f]{4},[0-9a-f]{4}")
"""A tag number as Orthanc writes it."""


# ---------------------------------------------------------------------------------------------------------------------
# By value representation
# ---------------------------------------------------------------------------------------------------------------------

SimpleValue: TypeAlias = "str | int | float | date | time | datetime | relativedelta | PersonName"
"""One value of any tag that is not a sequence."""

_INTEGER_BOUNDS: Final = {
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
    """Parses integers within the bounds of a value representation."""
    minimum, maximum = _INTEGER_BOUNDS[vr]
    return partial(parse_integer, minimum=minimum, maximum=maximum)


def parse_float(text: str) -> float:
    """Parses a binary number (FL, FD), which Orthanc writes in decimal, with all digits, or as ``nan`` or ``inf``."""
    text = text.rstrip(PADDING)
    return float(text) if text in ("nan", "-nan", "inf", "-inf") else parse_decimal(text)


DATE: Final = parsed_reader(parse_date)
TIME: Final = parsed_reader(parse_time)
INTEGER: Final = parsed_reader(integer_parser("IS"))
UNSIGNED_SHORT: Final = parsed_reader(integer_parser("US"))
PERSON_NAME: Final = text_reader(to_person_name, check_person_name, backslash_separates=True)
TEXT: Final = text_reader(strip_padding, no_check, backslash_separates=True)
LONG_TEXT: Final = text_reader(strip_padding, no_check, backslash_separates=False)
UID: Final = text_reader(strip_spaces, check_uid, backslash_separates=True)
UTC_OFFSET: Final = text_reader(strip_padding, check_utc_offset, backslash_separates=True)

_PARSERS: Final[Mapping[str, Callable[[str], SimpleValue]]] = {
    "AS": parse_age,
    "DA": parse_date,
    "DS": parse_decimal,
    "DT": parse_datetime,
    "FD": parse_float,
    "FL": parse_float,
    "TM": parse_time,
    **{vr: integer_parser(vr) for vr in _INTEGER_BOUNDS},
}

_TEXTS: Final[Mapping[str, tuple[Callable[[str], str], Callable[[str], str | None]]]] = {
    "AE": (strip_spaces, no_check),
    "AT": (strip_padding, check_tag_number),
    "CS": (strip_padding, no_check),
    "LO": (strip_padding, no_check),
    "PN": (to_person_name, check_person_name),
    "SH": (strip_padding, no_check),
    "UC": (strip_padding, no_check),
    "UI": (strip_spaces, check_uid),
}


@cache
def reader_for(vr: str, vm: str) -> ReadFunction[SimpleValue | tuple[SimpleValue, ...] | None]:
    """The function that reads tags of that value representation and multiplicity, unless they are sequences.

    Values of other representations are read as text; binary ones are None, since Orthanc sends null for them.
    """
    single = Multiplicity(vm).is_single
    if vr in _PARSERS:
        return parsed_reader(_PARSERS[vr]) if single else parsed_tuple_reader(_PARSERS[vr], vm)
    if vr not in _TEXTS:
        return LONG_TEXT
    convert, check = _TEXTS[vr]
    return text_reader(convert, check, backslash_separates=True) if single else text_tuple_reader(convert, check, vm)
