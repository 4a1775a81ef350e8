"""Text that Orthanc does not get to write: something stands in for it until the file is here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from orthanc_sdk.character_sets.files import with_texts as file_with_texts
from orthanc_sdk.character_sets.requests import (
    TEXT_VRS,
    Text,
    check_held,
    check_kind,
    texts_in,
    wanted_by,
    with_texts,
    without_character_set,
)
from orthanc_sdk.character_sets.sets import UTF_8


class Placeholders:
    """A change of a single file, of which the server answers the new one, with all of its text.

    The server never sees text that its character set may lack, but a word of ASCII; the text is written into the file
    that comes back, in the set of that or, if it lacks a character, in UTF-8 together with all other text.

    Args:
        body: How the file is changed, in Orthanc's spelling.

    Raises:
        InvalidArgument: if a text cannot be written at all; names the tag.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:  # Any: JSON
        texts = texts_in(body.get("Replace") or {})
        self._wanted = wanted_by(body)
        check_kind(texts, "replace")
        check_held(texts, self._wanted or UTF_8, "replace")
        self._texts: dict[str, str] = {}
        self.body: dict[str, Any] = without_character_set(body)  # Any: JSON
        """What the server is sent."""
        if texts:
            self.body["Replace"] = with_texts(self.body["Replace"], self._stand_in)

    def _stand_in(self, text: Text) -> str:
        if text.vr is not None and text.vr not in TEXT_VRS:
            return text.value
        word = f"T{secrets.token_hex(6)}".upper()
        self._texts[word] = text.value
        return word

    def filled(self, file: bytes) -> bytes:
        """The file with all of its text.

        Raises:
            InvalidArgument: if it cannot be written; names the tag.
        """
        if not self._texts and self._wanted is None:
            return file
        return file_with_texts(file, self._texts, self._wanted)
