"""Values that are searched for, as DICOM writes them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, TypeAlias, cast

from orthanc_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from orthanc_sdk import models

Moment: TypeAlias = dt.date | dt.time | dt.datetime
End: TypeAlias = Moment | str | None

TextQuery: TypeAlias = str | list[str] | Set[str] | None
"""Text with ``*`` and ``?``, or a list of texts of which one has to match."""

DateQuery: TypeAlias = (
    dt.date | str | tuple[dt.date | str | None, dt.date | str | None] | list[dt.date] | list[str] | Set[dt.date] | None
)
"""A day, a pair of days for a range (None for an open end), or a list of days of which one has to match."""

TimeQuery: TypeAlias = dt.time | str | tuple[dt.time | None, dt.time | None] | list[dt.time] | list[str] | None
"""A time of day, a pair of them for a range (None for an open end), or a list of which one has to match."""

NumberQuery: TypeAlias = int | float | str | list[int] | list[float] | list[str] | Set[int] | None
"""A number, or a list of numbers of which one has to match."""

QueryValue: TypeAlias = TextQuery | DateQuery | TimeQuery | dt.datetime | tuple[dt.datetime | None, dt.datetime | None]
"""What is searched for: text with ``*`` and ``?``, a date or time, a pair of them for a range (None for an open end),
or a list of which one has to match. None and the empty text mean anything. Dates may be text of whatever form, as long
as it can be understood in one way only. Tags whose values are numbers take numbers: see :class:`SeriesQuery`."""


def written(query: Mapping[str, object] | None) -> dict[str, str]:
    """The query as Orthanc takes it.

    Example:
        >>> written({"StudyDate": (dt.date(2024, 1, 1), None), "Modality": ["CT", "MR"]})
        {'StudyDate': '20240101-', 'Modality': 'CT\\\\MR'}

    Raises:
        InvalidArgument: names the tag whose value cannot be searched for.
    """
    for tag in query or {}:
        if not isinstance(tag, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
            raise InvalidArgument(f"query: a tag is named by text, not by {type(tag).__name__}")
    return {tag: _write(tag, value) for tag, value in (query or {}).items()}


def _write(tag: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _range(tag, cast("tuple[object, ...]", value))
    if isinstance(value, str):
        return _text(tag, value)
    if isinstance(value, list | Set):
        return "\\".join(_item(tag, item) for item in cast("Iterable[object]", value))
    return _single(tag, value)


def _range(tag: str, value: tuple[object, ...]) -> str:
    ends = [_end(tag, end) for end in value]
    given = [end for end in ends if end is not None]
    if len(ends) != 2 or not given:
        raise InvalidArgument(f"query: {tag}: a range is a pair, with None for an open end; alternatives are a list")
    if len({type(end) for end in given}) > 1:
        raise InvalidArgument(f"query: {tag}: both ends of a range must be of the same type")
    try:
        backwards = given[0] > given[-1]  # type: ignore[operator]  # of the same type, as was just checked
    except TypeError:  # one with a time zone, one without
        backwards = False
    if backwards:
        raise InvalidArgument(f"query: {tag}: the range ends before it begins")
    return "-".join("" if end is None else _single(tag, end) for end in ends)


def _end(tag: str, value: object) -> Moment | None:
    if value is None or isinstance(value, dt.date | dt.time):
        return value
    if not isinstance(value, str) or not _is_date(tag):
        raise InvalidArgument(f"query: {tag}: a range is a pair of dates or times; alternatives are a list")
    return _date_in(tag, value) if value else None


def _item(tag: str, value: object) -> str:
    if isinstance(value, str):
        if "\\" in value:
            raise InvalidArgument(f"query: {tag}: a value in a list must not have a backslash in it")
        return _text(tag, value)
    return _single(tag, value)


def _single(tag: str, value: object) -> str:
    from orthanc_models.dicom.values import format_date, format_datetime, format_time

    if isinstance(value, dt.datetime):
        return format_datetime(value)
    if isinstance(value, dt.date):
        return format_date(value)
    if isinstance(value, dt.time):
        return format_time(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and not _is_date(tag):
        return str(value)
    raise InvalidArgument(f"query: {tag}: cannot be {type(value).__name__}")


_DAY = r"(\d{8}|\d{4}\.\d\d\.\d\d)"  # the second one is of ACR-NEMA
_DAYS = re.compile(rf"{_DAY}|{_DAY}-|-{_DAY}|{_DAY}-{_DAY}", re.ASCII)


def _text(tag: str, value: str) -> str:
    """Text as it is; but dates that a person wrote become those of DICOM, which would match nothing otherwise."""
    if not _is_date(tag):
        return value
    if value.strip("* ") == "":
        return ""  # anything; Orthanc takes no wildcards there
    if re.search(r"[*?]", value):
        return value
    return "\\".join(_day(tag, part) for part in value.split("\\"))


def _day(tag: str, value: str) -> str:
    from orthanc_models.dicom.values import format_date

    return value if _DAYS.fullmatch(value) else format_date(_date_in(tag, value))


def _date_in(tag: str, value: str) -> dt.date:
    from orthanc_models.dicom.values import parse_free_text_date

    found = parse_free_text_date(value)
    if found is None:
        raise InvalidArgument(f"query: {tag}: is no date; write it as 20240131, or give a datetime.date")
    return found


def _is_date(tag: str) -> bool:
    return tag.endswith("Date") or re.sub("[,-]", "", tag) in _DATES


_DATES = frozenset(("00080012", "00080020", "00080021", "00080022", "00080023", "00100030", "00400002", "00400244"))


Order: TypeAlias = "str | models.OrderBy"
"""A key to sort by: the name of a tag, with ``-`` before it for descending order, or the whole thing."""


def ordering(order_by: Order | Iterable[Order]) -> list[models.OrderBy]:
    """The sort order as Orthanc takes it."""
    from orthanc_sdk import models

    keys = [order_by] if isinstance(order_by, str | models.OrderBy) else list(order_by)
    return [
        models.OrderBy(type="DicomTag", key=key.removeprefix("-"), direction="DESC" if key.startswith("-") else "ASC")
        if isinstance(key, str)
        else key
        for key in keys
    ]
