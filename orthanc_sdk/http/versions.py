"""Versions of Orthanc: ``1.13.0``, ``1.12.5``, ``mainline``."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

Version: TypeAlias = tuple[int, ...]

MAINLINE: Final[Version] = (2**31,)
"""What the builds from the development branch call themselves; newer than every release."""


def parse_version(text: str) -> Version | None:
    """A version that can be compared; None if it is not one.

    Versions are compared as numbers: 1.12.10 is newer than 1.12.9, and 1.13.0 newer than 1.12.10.

    Example:
        >>> parse_version("1.12.10") > parse_version("1.12.9")
        True
        >>> parse_version("mainline") > parse_version("1.13.0")
        True
        >>> parse_version("1.10.1+dfsg")
        (1, 10, 1)
    """
    if text.strip().lower().startswith("mainline"):
        return MAINLINE
    found = re.match(r"\s*v?([0-9]{1,9}(?:\.[0-9]{1,9})*)", text)
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:  # 1.13 is 1.13.0
        numbers.pop()
    return tuple(numbers)
