"""The DICOM dictionary: which tags there are, by keyword and by number.

The table behind it is loaded when it is asked for first; the main DICOM tags are known without it.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

__all__ = ["Entry", "by_keyword", "by_number"]


class Entry(NamedTuple):
    """A tag of the DICOM standard.

    Attributes:
        number: Its number in Orthanc's spelling, such as ``0008,0020``; ``60xx,0022`` for one that many groups have.
        vr: Its value representation, such as ``DA``; where that depends on other tags, such as ``US or SS``.
        vm: Its multiplicity, such as ``1-n``.
        keyword: Its keyword, such as ``StudyDate``.
    """

    number: str
    vr: str
    vm: str
    keyword: str


def by_keyword(keyword: str) -> Entry | None:
    """The tag of that keyword; None if DICOM has none."""
    line = _tables()[0].get(keyword)
    return None if line is None else _entry(line)


def by_number(number: str) -> Entry | None:
    """The tag of that number, such as ``0008,0020`` in lower case; None for private ones and if DICOM has none."""
    _, numbers, patterns = _tables()
    line = numbers.get(number)
    if line is None and number[3:4] in _EVEN:
        line = next((patterns[pattern] for pattern in patterns if _matches(number, pattern)), None)
    return None if line is None else _entry(line)


_EVEN: Final = frozenset("02468ace")


def _matches(number: str, pattern: str) -> bool:
    return len(number) == len(pattern) and all(
        wanted in (digit, "x") for digit, wanted in zip(number, pattern, strict=True)
    )


def _entry(line: str) -> Entry:
    number, vr, vm, keyword = line.split(" ")
    return Entry(number, vr.replace("|", " or "), vm, keyword)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The lines of the table by keyword, by number, and by number with placeholders."""
    from orthanc_models.dictionary_table import TABLE

    keywords: dict[str, str] = {}
    numbers: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for line in TABLE.splitlines():
        number = line[:9]
        keywords[line[line.rindex(" ") + 1 :]] = line
        (patterns if "x" in number else numbers)[number] = line
    return keywords, numbers, patterns
