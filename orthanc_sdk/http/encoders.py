"""Encoders of arguments: from a Python value to the text that is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import cast

Encoder = Callable[[object], "str | None"]
"""From an argument to its text; None sends nothing; ValueError says what was expected."""


def flag(value: object) -> str | None:
    """Sent only if True: for many flags, their mere presence means yes to Orthanc, even ``=false``."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return "true" if value else None


def unset_flag(value: object) -> str | None:
    """For what is on by default: sent only if False."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return None if value else "false"


def boolean(value: object) -> str:
    """``true`` or ``false``, for arguments whose value the server does read."""
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return "true" if value else "false"


def integer(value: object) -> str:
    """A whole number, 0 or more: Orthanc reads a negative one as a huge one."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return str(value)


def signed(value: object) -> str:
    """A whole number that may be negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return str(value)


def number(value: object) -> str:
    """A number, whole or not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in (1e999, -1e999):
        raise ValueError("a finite number")
    return repr(value)


def text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def header_text(value: object) -> str:
    """Text of a header: no line breaks, nothing outside Latin-1."""
    if not isinstance(value, str) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) or value != value.strip():
        raise ValueError("a string without line breaks and without blanks around it")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a string of Latin-1 characters, as HTTP headers are") from None
    return value


def joined(separator: str) -> Encoder:
    """A list of words in one argument; a plain string is sent as it is."""

    def encode(value: object) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, Iterable):
            raise ValueError("a list of strings")
        words = list(cast("Iterable[object]", value))  # checked below, one by one
        for word in words:
            if not isinstance(word, str) or not word or separator in word:
                raise ValueError(f"a list of strings, none of them empty or with {separator!r} in it (not {word!r})")
        return separator.join(str(word) for word in words)

    return encode


def one_of(*choices: str) -> Encoder:
    """One of a few words; True and False stand for ``1`` and ``0`` where these are among them."""

    def encode(value: object) -> str:
        if isinstance(value, bool):
            value = "1" if value else "0"
        elif isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if not isinstance(value, str) or value not in choices:
            raise ValueError("one of " + ", ".join(map(repr, choices)))
        return value

    return encode


def is_unicode(text: str) -> bool:
    """Whether it can be encoded as UTF-8: lone surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shortened(value: object) -> str:
    """The ``repr`` of a value for a message, cut off at 80 characters."""
    written = repr(value)
    return written if len(written) <= 80 else written[:77] + "..."
