"""What a character set can hold, and what Orthanc has to be sent so that it writes that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

UTF_8_NAME: Final = "ISO_IR 192"

_ESCAPE: Final = "\x1b"
_NOT_DECODED: Final = "\ufffd"
_JIS_X_0201: Final = "shift_jis"
"""The codec that pydicom has for ISO_IR 13; the set itself only has those characters of it that are a single byte."""

_UNKNOWN_TO_ORTHANC: Final = frozenset(("ISO 2022 IR 159", "ISO 2022 GBK", "ISO 2022 58"))
_ASCII_NAMES: Final = frozenset(("", "ISO_IR 6", "ISO 2022 IR 6"))

# Code extensions begin anew behind these (PS3.5, 6.1.2.5.3); in a person's name behind ^ and = as well.
_DELIMITED: Final = re.compile(r"[^\\^=\r\n\f\t]+")

_ONE_VALUE: Final = frozenset(("ST", "LT", "UT"))
"""Value representations where a backslash is text; in others it separates values."""


def is_plain(text: str, vr: str | None = None) -> bool:
    """Whether every character set holds the text.

    That is ASCII without what is another character in JIS X 0201, and without the escape character, which switches
    between sets.
    """
    return text.isascii() and _ESCAPE not in text and not differs_in_jis(text, vr)


def differs_in_jis(text: str, vr: str | None = None) -> bool:
    """Whether there are characters in it whose bytes are others in JIS X 0201.

    There, that of ``~`` is an overline, and that of a backslash, where it does not separate values, is a yen sign.
    """
    return "~" in text or (vr in _ONE_VALUE and "\\" in text)


@dataclass(frozen=True)
class CharacterSet:
    """A value of ``SpecificCharacterSet``.

    Attributes:
        terms: Its defined terms; several with code extensions, none if the file does not say it, which means ASCII.
    """

    terms: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: object) -> CharacterSet:
        """The set of that name: text as Orthanc writes it, or one or several terms as pydicom has them."""
        if isinstance(value, str) or not isinstance(value, Sequence):
            # Orthanc before 1.13 reads backslashes as yen signs in JIS X 0201, here as well.
            values: Sequence[object] = "" if value is None else str(value).replace("\xa5", "\\").split("\\")
        else:
            values = cast("Sequence[object]", value)
        terms = tuple(str(term).strip(" \0") for term in values)
        return cls(terms if any(terms) else ())

    def __str__(self) -> str:
        return "\\".join(self.terms) or "no SpecificCharacterSet (ASCII)"

    def written(self, text: str, vr: str | None = None) -> str | None:
        """What Orthanc has to be sent so that the file has the text; None if the set, or Orthanc, cannot hold it.

        That is the text itself, but for Korean: Orthanc writes its characters, but not the escape sequence that must go
        before them. Sent as part of the text, it gets to the file, and Orthanc ignores it when it reads.
        """
        if is_plain(text, vr) or (text.isascii() and _ESCAPE not in text and not self.is_jis_x_0201):
            return text
        if _ESCAPE in text or not self.is_known:
            return None
        for candidate in (text, self._with_escapes(text)):
            try:
                encoded = candidate.encode(self._codec)
            except UnicodeError:
                continue
            if self._is_conformant(encoded, text, vr) and self._decoded(encoded) == text:
                return candidate
        return None

    def encoded(self, text: str, vr: str | None = None) -> bytes | None:
        """The bytes of the text in a file, without padding; None if the set cannot hold it."""
        written = self.written(text, vr)
        if written is None:
            return None
        return written.encode("ascii" if written.isascii() and not self.is_known else self._codec)

    def decoded(self, value: bytes, vr: str | None = None) -> str | None:
        """The text of bytes in a file; None if the set does not tell what it is."""
        text = value.decode("latin-1")
        if text.isascii() and _ESCAPE not in text and not (self.is_jis_x_0201 and differs_in_jis(text, vr)):
            return text
        if not (self.is_known and self.is_declared) or (self.is_jis_x_0201 and differs_in_jis(text, vr)):
            return None
        if _ESCAPE not in text and len(self.terms) > 1 and self.terms[0] in _ASCII_NAMES:
            return None
        if not self._has_escapes_of(value):
            return None
        try:
            found = self._decoded(value)
        except UnicodeError:
            return None
        return None if _NOT_DECODED in found else found

    @cached_property
    def shows_all_bytes(self) -> bool:
        """Whether each byte beyond ASCII is a character of its own.

        What Orthanc reads is ASCII then if the bytes of the file are: it leaves out those that are none.
        """
        if len(self.terms) != 1 or not self.is_known or self._codec == "ascii":
            return False
        try:
            return len(bytes(range(0x80, 0x100)).decode(self._codec)) == 0x80
        except UnicodeError:
            return False

    @cached_property
    def is_jis_x_0201(self) -> bool:
        """Whether it is JIS X 0201, alone or before others: see :func:`differs_in_jis`."""
        return self.is_known and self._python_codec(next(filter(None, self.terms), "")) == _JIS_X_0201

    @cached_property
    def is_read_rightly(self) -> bool:
        """Whether Orthanc, too, reads what is written in it: of several sets, it knows one beside ASCII."""
        return self.is_known and (len(self.terms) < 2 or (not self.terms[0] and self._codec != "ascii"))

    @property
    def is_declared(self) -> bool:
        """Whether there may be more than ASCII."""
        return any(term not in _ASCII_NAMES for term in self.terms)

    # -- what Orthanc does --------------------------------------------------------------------------------------------

    @cached_property
    def _codec(self) -> str:
        """What Orthanc writes in: the first term that is not empty decides alone."""
        term = next(filter(None, self.terms), "")
        return "ascii" if term in _ASCII_NAMES or term in _UNKNOWN_TO_ORTHANC else self._python_codec(term)

    def _with_escapes(self, text: str) -> str:
        """The text with the escape sequence for the set that Orthanc writes in, where that is not the initial one."""
        if len(self.terms) < 2 or self.terms[0]:
            return text
        from pydicom.charset import ENCODINGS_TO_CODES

        escape = ENCODINGS_TO_CODES.get(self._codec, b"").decode("ascii")
        return _DELIMITED.sub(lambda part: part[0] if part[0].isascii() else escape + part[0], text)

    # -- what readers get ---------------------------------------------------------------------------------------------

    @cached_property
    def is_known(self) -> bool:
        """Whether it is a set of DICOM."""
        from pydicom.charset import STAND_ALONE_ENCODINGS, python_encoding

        alone = len(self.terms) < 2 or not any(term in STAND_ALONE_ENCODINGS for term in self.terms)
        return alone and all(term in python_encoding for term in self.terms)

    def _is_conformant(self, encoded: bytes, text: str, vr: str | None) -> bool:
        """Whether these bytes are of the set, and not only of the codec, which may have more."""
        if self._codec == _JIS_X_0201:
            return len(encoded) == len(text) and not differs_in_jis(text, vr)
        return b"\x1b(J" not in encoded or "ISO 2022 IR 13" in self.terms

    def _decoded(self, encoded: bytes) -> str:
        """What pydicom reads."""
        if len(self.terms) < 2:
            return encoded.decode(self._codec)
        from pydicom.charset import decode_bytes
        from pydicom.valuerep import TEXT_VR_DELIMS

        return decode_bytes(encoded, [self._python_codec(term) for term in self.terms], TEXT_VR_DELIMS)

    def _has_escapes_of(self, value: bytes) -> bool:
        """Whether all escape sequences switch to one of the sets."""
        from pydicom.charset import CODES_TO_ENCODINGS, default_encoding

        codecs = {default_encoding, *(self._python_codec(term) for term in self.terms)}
        found = [value[at.start() : at.start() + 4] for at in re.finditer(b"\x1b", value)]
        return all(CODES_TO_ENCODINGS.get(one, CODES_TO_ENCODINGS.get(one[:3])) in codecs for one in found)

    @staticmethod
    def _python_codec(term: str) -> str:
        from pydicom.charset import python_encoding

        return python_encoding[term]


UTF_8: Final = CharacterSet((UTF_8_NAME,))

_ENCODINGS: Final = {
    "Utf8": UTF_8_NAME, "Latin1": "ISO_IR 100", "Latin2": "ISO_IR 101", "Latin3": "ISO_IR 109", "Latin4": "ISO_IR 110",
    "Latin5": "ISO_IR 148", "Cyrillic": "ISO_IR 144", "Arabic": "ISO_IR 127", "Greek": "ISO_IR 126",
    "Hebrew": "ISO_IR 138", "Thai": "ISO_IR 166", "Japanese": "ISO_IR 13", "Chinese": "GB18030",
    "Korean": "ISO 2022 IR 149", "JapaneseKanji": "ISO 2022 IR 87", "SimplifiedChinese": "ISO 2022 IR 58",
}  # fmt: skip


def of_encoding(name: str) -> CharacterSet:
    """The set that Orthanc declares for an encoding of its own, such as ``DefaultEncoding``; some have none."""
    return CharacterSet.of(_ENCODINGS.get(name))
