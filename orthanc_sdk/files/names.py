"""Safe names of files and folders, made of untrusted texts such as DICOM values."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

_LONGEST: Final = 100
"""Bytes of a name in UTF-8; file systems allow 255, and paths are limited, too."""

# Not allowed on Windows, or separators of a path; other systems allow nearly everything.
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)")
_MARKED: Final = re.compile(r"~[0-9a-f]{8}$")


def safe_name(text: str) -> str:
    """A name for a file or a folder that every system accepts, and that never leads to another folder.

    A text that is a valid name stays as it is. Any other one is changed and gets a part of its checksum, so that
    different texts never get the same name: ``../../evil`` becomes ``.._.._evil~5c2f5ffa``.

    Args:
        text: A patient identifier, for instance; must not be empty.
    """
    name = "".join("_" if unicodedata.category(character)[0] == "C" else character for character in text)
    name = _FORBIDDEN.sub("_", name)
    if _DEVICES.match(name) or name.startswith((" ", "~")) or name.strip(". ") == "":
        name = f"_{name}"
    name = name.rstrip(". ")
    if name == text and len(name.encode()) <= _LONGEST and not _MARKED.search(name):
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_shortened(name, _LONGEST - 9)}~{digest}"


def _shortened(name: str, size: int) -> str:
    return name.encode()[:size].decode("utf-8", "ignore").rstrip(". ")
