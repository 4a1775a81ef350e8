"""Text in DICOM files: which of it not every character set holds, and writing it in another set."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from orthanc_sdk.character_sets.requests import CHARACTER_SET, TEXT_VRS, shown, vr_of
from orthanc_sdk.character_sets.sets import UTF_8, CharacterSet, differs_in_jis, is_plain
from orthanc_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

_DECLARED: Final = 0x00080005
_ITEM: Final = "\xfe\xff\x00\xe0"
_NOT_DECODED: Final = "\ufffd"


@dataclass(frozen=True)
class Element:
    """An element of a file that holds text, or may do so.

    Attributes:
        path: Where it is, as Orthanc takes it: ``0008,1032[0].0008,0104``.
        vr: Its value representation; UN if it is not known.
        value: Its bytes, each as a character.
        declared: The character set that the file says for it.
        is_public: Whether it is in tags of DICOM only, and not in private ones.
        dataset: The dataset, or item of a sequence, that it is in.
        tag: Its tag.
    """

    path: str
    vr: str
    value: str = field(repr=False)
    declared: CharacterSet
    is_public: bool
    dataset: Dataset = field(repr=False)
    tag: BaseTag = field(repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing but text that every character set holds."""
        if self.vr == "UN" and not self._may_be_text:
            return True
        return is_plain(self.value, self.vr) or (
            self.value.isascii() and "\x1b" not in self.value and not self.declared.is_jis_x_0201
        )

    @property
    def _may_be_text(self) -> bool:
        """Whether it may be text, or a sequence with text in it, although the file does not say so."""
        text = self.value.rstrip("\0 ")
        return text.startswith(_ITEM) or not any(byte < " " and byte not in "\t\n\f\r\x1b" for byte in text)

    @property
    def text(self) -> str | None:
        """Its text; None if what the file declares does not tell which text it is."""
        if self.vr == "UN" or not (self.declared.is_declared and self.declared.is_known):
            return None
        if self.declared.is_jis_x_0201 and differs_in_jis(self.value, self.vr):
            return None
        found = _text_of(self.dataset[self.tag].value)
        return None if _NOT_DECODED in found else found


def elements_of(
    dataset: Dataset, declared: CharacterSet | None = None, path: str = "", *, is_public: bool = True
) -> Iterator[Element]:
    """The elements of a dataset that hold text, or may do so, those in sequences as well.

    What is no text is not interpreted, so that values that are not as DICOM wants them do no harm.

    Args:
        dataset: As it was read.
        declared: The set of what it is in, for the items of sequences.
        path: The path of what it is in.
        is_public: Whether that is no private tag.
    """
    declared = declared_in(dataset) or declared or CharacterSet()
    for tag in sorted(dataset.keys()):
        number = f"{tag.group:04x},{tag.element:04x}"
        raw = dataset.get_item(tag)
        vr = str(raw.VR or "UN")  # in files of implicit VR, it has none yet
        if vr == "UN":
            vr = vr_of(number) or "UN"
        public = is_public and not tag.is_private
        if vr == "SQ":
            for index, item in enumerate(dataset[tag].value or ()):
                yield from elements_of(item, declared, f"{path}{number}[{index}].", is_public=public)
        elif (vr in TEXT_VRS or vr == "UN") and number != CHARACTER_SET and isinstance(raw.value, bytes):
            yield Element(path + number, vr, raw.value.decode("latin-1"), declared, public, dataset, tag)


def declared_in(dataset: Dataset) -> CharacterSet | None:
    """The character set that a dataset, or an item of a sequence, says; None if it says none."""
    return CharacterSet.of(dataset[_DECLARED].value) if _DECLARED in dataset else None


def with_texts(file: bytes, texts: Mapping[str, str], wanted: CharacterSet | None) -> bytes:
    """A DICOM file with other texts, in its own character set if that holds them, and in UTF-8 otherwise.

    What has been written is read again: each text is there as it should be.

    Args:
        file: The file.
        texts: The new texts, by those that they stand in for.
        wanted: The set that the file is to have; None leaves that to this function.

    Raises:
        InvalidArgument: if a set does not hold all texts of the file, or if these cannot be told.
    """
    dataset = _read(file)
    elements = list(elements_of(dataset))
    new = {element.path: texts[word] for element in elements if (word := element.value.rstrip("\0 ")) in texts}
    added = [element for element in elements if element.path in new]
    texts_then: Mapping[str, str | None] = new
    changed = wanted not in (None, declared_in(dataset) or CharacterSet()) or not all(
        element.declared.written(new[element.path], element.vr) is not None for element in added
    )
    target = wanted or UTF_8
    if changed:
        # Those that are not plain are decoded here, by the set that they are in.
        texts_then = {element.path: element.text for element in elements if not element.is_plain} | new
        for path, text in texts_then.items():
            if text is None:
                raise InvalidArgument(
                    f"{shown(path)}: the file does not tell which characters it has: replace it as well"
                )
            if target.written(text) is None:
                raise InvalidArgument(f"{shown(path)}: has characters that are not in {target}")
        _declare(dataset, target)
    for element in added:
        _set(element, new[element.path], target if changed else element.declared)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    written = buffer.getvalue()
    _verify(written, texts_then)
    if any(word.encode() in written for word in texts):
        raise InvalidArgument("replace: a tag with characters beyond ASCII is no text to the server")
    return written


def _read(file: bytes) -> Dataset:
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

    return dcmread(io.BytesIO(file), force=True)


def _declare(dataset: Dataset, target: CharacterSet) -> None:
    """Makes a dataset be written in another set; what was decoded before is then encoded in that, the rest stays."""
    from pydicom.charset import convert_encodings, default_encoding

    for part in _with_items(dataset):
        codecs: str | list[str] = convert_encodings(list(target.terms))
        if target.terms and (part is dataset or _DECLARED in part):
            part.SpecificCharacterSet = list(target.terms)
        elif part is dataset and _DECLARED in part:
            del part[_DECLARED]
            codecs = default_encoding
        else:
            continue
        # Otherwise all elements would be decoded and encoded anew, those too that are not as DICOM wants them.
        is_implicit, is_little = part.original_encoding
        part.set_original_encoding(is_implicit, is_little, codecs)


def _with_items(dataset: Dataset) -> Iterator[Dataset]:
    yield dataset
    for tag in list(dataset.keys()):
        if dataset.get_item(tag).VR == "SQ":
            for item in dataset[tag].value or ():
                yield from _with_items(item)


def _set(element: Element, text: str, declared: CharacterSet) -> None:
    found = element.dataset[element.tag]
    if found.VR != "UN":
        found.value = text
        return
    from pydicom.charset import convert_encodings, encode_string

    encoded = encode_string(text, convert_encodings(list(declared.terms)))
    found.value = encoded + b"\0" * (len(encoded) % 2)


def _verify(file: bytes, expected: Mapping[str, str | None]) -> None:
    from pydicom.dataelem import DataElement

    for element in elements_of(_read(file)):
        if element.vr != "UN" and element.path in expected:
            wanted = DataElement(element.tag, element.vr, expected[element.path]).value
            if _text_of(element.dataset[element.tag].value) != _text_of(wanted):
                raise InvalidArgument(f"{shown(element.path)}: its text cannot be written in {element.declared}")


def _text_of(value: object) -> str:
    """The value of an element, without the blanks that pad it."""
    from pydicom.multival import MultiValue

    values = cast("Iterable[object]", value) if isinstance(value, MultiValue) else (value,)
    return "\\".join(str(one).rstrip(" \0") for one in values)
