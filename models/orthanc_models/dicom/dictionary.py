"""The DICOM data dictionary: looks up tags by keyword and by number.

Its table is loaded on first use; the main DICOM tags are known without it.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

__all__ = ["DictionaryEntry", "by_keyword", "by_number"]


class DictionaryEntry(NamedTuple):
    """A tag of the DICOM standard.

    Attributes:
        number: Number in Orthanc's format, such as ``0008,0020``; ``60xx,0022`` for a tag of repeating groups.
        vr: Value representation, such as ``DA``; ``US or SS`` and the like if it depends on other tags.
        vm: Value multiplicity, such as ``1-n``.
        keyword: Keyword, such as ``StudyDate``.
    """

    number: str
    vr: str
    vm: str
    keyword: str


def by_keyword(keyword: str) -> DictionaryEntry | None:
    """The tag with that keyword; None if the standard has none."""
    line = _tables()[0].get(keyword)
    return None if line is None else _entry(line)


def by_number(number: str) -> DictionaryEntry | None:
    """The tag with that number, such as ``0008,0020`` (in lower case); None if it is private or unknown."""
    _, numbers, patterns = _tables()
    line = numbers.get(number)
    if line is None and number[3:4] in _EVEN_DIGITS:  # groups with an odd number are private
        line = next((patterns[pattern] for pattern in patterns if _matches(number, pattern)), None)
    return None if line is None else _entry(line)


_EVEN_DIGITS: Final = frozenset("02468ace")


def _matches(number: str, pattern: str) -> bool:
    return len(number) == len(pattern) and all(
        wanted in (digit, "x") for digit, wanted in zip(number, pattern, strict=True)
    )


def _entry(line: str) -> DictionaryEntry:
    number, vr, vm, keyword = line.split(" ")
    return DictionaryEntry(number, vr.replace("|", " or "), vm, keyword)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The lines of the table by keyword, by number, and by number with placeholders (repeating groups)."""
    from orthanc_models.dicom.dictionary_table import TABLE

    keywords: dict[str, str] = {}
    numbers: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for line in TABLE.splitlines():
        number = line[:9]
        keywords[line[line.rindex(" ") + 1 :]] = line
        (patterns if "x" in number else numbers)[number] = line
    return keywords, numbers, patterns
