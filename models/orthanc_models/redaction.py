"""What reprs and error messages show: enough to recognize a value, but no patient data and no secrets.

They end up in logs, error reports and shared notebooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

_MAX_KEYS: Final = 8
"""How many keys of a mapping are shown."""

_MAX_LENGTH: Final = 80
"""How many characters of a text are shown."""

REDACTED_FIELDS: Final = frozenset(
    {
        # Secrets, and what may contain them.
        "password",
        "certificate_key_password",
        # DICOM values, and text written by users.
        "value",
        "inline_binary",
        "patient_id",
        "content",
        "user_data",
        "filename",
    }
)
"""Fields whose text is not shown. Other text in models is identifiers, addresses and constants of Orthanc."""


class _Unquoted(str):
    """A placeholder for a value: its repr has no quotation marks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_REDACTED: Final = _Unquoted("...")


def escape_unprintable(text: str) -> str:
    """Escapes the characters that are not printable: ``\\x1b`` would be a command to the terminal.

    Line breaks are escaped, too, since they would begin a new line of a log, and so are characters that change the
    direction of the text.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def redacted_repr_args(model: BaseModel) -> Iterator[tuple[str, object]]:
    """The fields that are set, with what may be shown of each: for pydantic's ``__repr_args__``.

    Numbers, times, flags and identifiers are shown, lists by their length, mappings by their keys. DICOM values, text
    written by users, passwords, and text in unknown fields are not shown.
    """
    fields = type(model).model_fields
    for name, value in model:
        if name not in model.model_fields_set:
            continue
        shows_text = name in fields and name not in REDACTED_FIELDS
        yield escape_unprintable(name), _redacted(value, shows_text=shows_text)


def _redacted(value: object, *, shows_text: bool) -> object:
    if isinstance(value, str):
        return _shortened(value) if shows_text else _REDACTED
    if isinstance(value, bytes | bytearray):
        return _Unquoted(f"<{len(value)} bytes>")
    if type(value).__module__.startswith("orthanc_models"):  # models and tags redact themselves
        return value
    if isinstance(value, Mapping):
        keys = [repr(key) for key in cast("Mapping[object, object]", value)]
        more = [f"and {len(keys) - _MAX_KEYS} more"] if len(keys) > _MAX_KEYS else []
        return _Unquoted("{" + ", ".join([f"{key[:_MAX_LENGTH]}: ..." for key in keys[:_MAX_KEYS]] + more) + "}")
    if isinstance(value, list | tuple | Set):
        count = len(cast("list[object]", value))
        return _Unquoted(f"[{count} item{'' if count == 1 else 's'}]")
    if value is None or isinstance(value, bool | int | float) or hasattr(value, "isoformat"):
        return value
    return _REDACTED


def _shortened(text: str) -> str:
    text = re.sub(r"(?<=://)[^/@]*@", "", text)  # user and password in a URL
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 3] + "..."
