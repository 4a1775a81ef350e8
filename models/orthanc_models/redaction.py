"""What is shown when something is printed: enough to know it by, nothing about a patient, nothing that is secret.

What is printed ends up in logs, in the reports of errors and in notebooks that are passed on; nobody asks for that by
name, as those do who read a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

_NAMES: Final = 8
"""How many keys of a mapping are shown."""

_LONGEST: Final = 80

_HIDDEN: Final = frozenset(
    {
        # Secrets, and what may be in front of them.
        "password",
        "certificate_key_password",
        # DICOM values, and what users write.
        "value",
        "inline_binary",
        "patient_id",
        "content",
        "user_data",
        "filename",
    }
)
"""Fields whose texts are not shown; other texts in models are identifiers, names of Orthanc's own, and addresses."""


class Shown(str):
    """A text that stands for a value, and is printed without quotation marks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


HIDDEN: Final = Shown("...")


def printable(text: str) -> str:
    """The text with what is not to be seen written out: ``\\x1b`` would be an order to the terminal.

    That goes for line breaks as well, which would begin another line of a log, and for what changes the direction of
    writing.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shown_fields(model: BaseModel) -> Iterator[tuple[str, object]]:
    """The fields that are there, each with what may be seen of it: the ``__repr_args__`` of pydantic.

    Numbers, times, flags and identifiers are shown; lists as how many there are, mappings as their keys.  DICOM values,
    texts of users, passwords, and texts in fields that are not known here are not.
    """
    fields = type(model).model_fields
    for name, value in model:
        if name not in model.model_fields_set:
            continue
        known = name in fields and name not in _HIDDEN
        yield printable(name), _shown(value, known=known)


def _shown(value: object, *, known: bool) -> object:
    if isinstance(value, str):
        return _text(value) if known else HIDDEN
    if isinstance(value, bytes | bytearray):
        return Shown(f"<{len(value)} bytes>")
    if type(value).__module__.startswith("orthanc_models"):  # models and tags, which know what to show
        return value
    if isinstance(value, Mapping):
        keys = [repr(key) for key in cast("Mapping[object, object]", value)]
        more = [f"and {len(keys) - _NAMES} more"] if len(keys) > _NAMES else []
        return Shown("{" + ", ".join([f"{key[:_LONGEST]}: ..." for key in keys[:_NAMES]] + more) + "}")
    if isinstance(value, list | tuple | Set):
        count = len(cast("list[object]", value))
        return Shown(f"[{count} item{'' if count == 1 else 's'}]")
    if value is None or isinstance(value, bool | int | float) or hasattr(value, "isoformat"):
        return value
    return HIDDEN


def _text(value: str) -> str:
    # Whoever has written a password into a URL does not want to see it here.
    value = re.sub(r"(?<=://)[^/@]*@", "", value)
    return value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
