"""Values that are searched for, as DICOM writes them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from orthanc_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from orthanc_sdk import models

Moment: TypeAlias = dt.date | dt.time | dt.datetime
Value: TypeAlias = str | int | float | Moment
QueryValue: TypeAlias = Value | tuple[Moment | None, Moment | None] | list[Value] | None
"""What is searched for: text with ``*`` and ``?``, a number, a date or time, a pair of them for a range (None for an open
end), or a list of which one has to match. None and the empty text mean anything."""


def written(query: Mapping[str, QueryValue] | None) -> dict[str, str]:
    """The query as Orthanc takes it.

    Example:
        >>> written({"StudyDate": (dt.date(2024, 1, 1), None), "Modality": ["CT", "MR"]})
        {'StudyDate': '20240101-', 'Modality': 'CT\\\\MR'}

    Raises:
        InvalidArgument: names the tag whose value cannot be searched for.
    """
    return {tag: _write(tag, value) for tag, value in (query or {}).items()}


def _write(tag: str, value: QueryValue) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _range(tag, value)
    if isinstance(value, str):
        return _text(tag, value)
    if isinstance(value, list | set | frozenset):
        return "\\".join(_item(tag, item) for item in value)
    return _single(tag, value)


def _range(tag: str, value: tuple[Moment | None, ...]) -> str:
    if len(value) != 2 or value == (None, None):
        raise InvalidArgument(f"query: {tag}: a range is a pair, with None for an open end")
    first, last = value
    if first is not None and last is not None:
        if type(first) is not type(last):
            raise InvalidArgument(f"query: {tag}: both ends of a range must be of the same type")
        if first > last:  # type: ignore[operator]  # of the same type, as was just checked
            raise InvalidArgument(f"query: {tag}: the range ends before it begins")
    return "-".join("" if end is None else _single(tag, end) for end in (first, last))


def _item(tag: str, value: Value) -> str:
    if isinstance(value, str):
        if "\\" in value:
            raise InvalidArgument(f"query: {tag}: a value in a list must not have a backslash in it")
        return _text(tag, value)
    return _single(tag, value)


def _single(tag: str, value: object) -> str:
    from orthanc_models.values import format_date, format_datetime, format_time

    if isinstance(value, dt.datetime):
        return format_datetime(value)
    if isinstance(value, dt.date):
        return format_date(value)
    if isinstance(value, dt.time):
        return format_time(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise InvalidArgument(f"query: {tag}: cannot be {type(value).__name__}")


def _text(tag: str, value: str) -> str:
    """Text as it is; but dates that a person wrote become those of DICOM, which would match nothing otherwise."""
    if not _is_date(tag) or (
        re.fullmatch(r"[0-9*?\\.-]*", value) is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    ):
        return value
    from orthanc_models.values import format_date, parse_loose_date

    found = parse_loose_date(value)
    if found is None:
        raise InvalidArgument(f"query: {tag}: is no date; write it as 20240131, or give a datetime.date")
    return format_date(found)


def _is_date(tag: str) -> bool:
    return tag.endswith("Date") or tag.replace(",", "").lower() in (
        "00080020",
        "00080021",
        "00100030",
        "00080022",
        "00080012",
    )


Order: TypeAlias = "str | models.OrderBy"
"""A key to sort by: the name of a tag, with ``-`` before it for descending order, or the whole thing."""


def ordering(order_by: Order | Iterable[Order] | None) -> list[models.OrderBy]:
    """The sort order as Orthanc takes it."""
    from orthanc_sdk import models

    if order_by is None:
        return []
    keys = [order_by] if isinstance(order_by, str | models.OrderBy) else list(order_by)
    return [
        models.OrderBy(type="DicomTag", key=key.removeprefix("-"), direction="DESC" if key.startswith("-") else "ASC")
        if isinstance(key, str)
        else key
        for key in keys
    ]
