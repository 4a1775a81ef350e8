"""Versions of Orthanc: ``1.13.0``, ``1.12.5``, ``mainline``."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Final, TypeAlias, cast

Version: TypeAlias = tuple[int, ...]

MAINLINE: Final[Version] = (2**31,)
"""Version of builds from the development branch; newer than every release."""


def parse_version(text: str) -> Version | None:
    """Parses a version, for comparisons; None if it is not one.

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


class ServerVersion:
    """The version of a server, asked for once by any number of threads; again if there was no answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version: str | None = None

    def get(self, ask: Callable[[], str]) -> str:
        with self._lock:
            if self._version is None:
                self._version = ask()
            return self._version


def version_in(content: bytes) -> str | None:
    """The version in an answer of ``GET /system``; None if it has none."""
    # Not by the models, which are loaded when they are needed: a client may be used for plugins only.
    try:
        system: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    version = cast("dict[str, object]", system).get("Version") if isinstance(system, dict) else None
    return version if isinstance(version, str) else None
