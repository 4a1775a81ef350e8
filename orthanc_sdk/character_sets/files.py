"""Text in DICOM files: which of it not every character set holds, and writing it in another set.

Values are dealt with as bytes. What pydicom would make of them, or object to, is of no account: values that are not as
DICOM wants them stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from orthanc_sdk.character_sets.requests import CHARACTER_SET, TEXT_VRS, shown, vr_of
from orthanc_sdk.character_sets.sets import UTF_8, CharacterSet, is_plain
from orthanc_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from pydicom.dataelem import RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

_DECLARED: Final = 0x00080005
_ITEM: Final = b"\xfe\xff\x00\xe0"


@dataclass(frozen=True)
class Element:
    """An element of a file that holds text, or may do so.

    Attributes:
        path: Where it is, as Orthanc takes it: ``0008,1032[0].0008,0104``.
        vr: Its value representation; UN if it is not known.
        value: Its bytes, without padding.
        declared: The character set that the file says for it.
        is_public: Whether it is in tags of DICOM only, and not in private ones.
        dataset: The dataset, or item of a sequence, that it is in.
        tag: Its tag.
    """

    path: str
    vr: str
    value: bytes = field(repr=False)
    declared: CharacterSet
    is_public: bool
    dataset: Dataset = field(repr=False)
    tag: BaseTag = field(repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing but text that every character set holds."""
        if self.vr == "UN" and not self._may_be_text:
            return True
        text = self.value.decode("latin-1")
        return is_plain(text, self.vr) or (text.isascii() and self.declared.decoded(self.value, self.vr) == text)

    @property
    def _may_be_text(self) -> bool:
        """Whether it may be text, or a sequence with text in it, although the file does not say so."""
        return self.value.startswith(_ITEM) or not any(
            byte < 0x20 and byte not in b"\t\n\f\r\x1b" for byte in self.value
        )

    @property
    def text(self) -> str | None:
        """Its text; None if what the file declares does not tell which text it is."""
        return None if self.vr == "UN" else self.declared.decoded(self.value, self.vr)


def elements_of(
    dataset: Dataset, declared: CharacterSet | None = None, path: str = "", *, is_public: bool = True
) -> Iterator[Element]:
    """The elements of a dataset that hold text, or may do so, those in sequences as well.

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
            yield Element(path + number, vr, raw.value.rstrip(b"\0 "), declared, public, dataset, tag)


def declared_in(dataset: Dataset) -> CharacterSet | None:
    """The character set that a dataset, or an item of a sequence, says; None if it says none."""
    return CharacterSet.of(dataset[_DECLARED].value) if _DECLARED in dataset else None


def with_texts(file: bytes, texts: Mapping[str, str], wanted: CharacterSet | None) -> bytes:
    """A DICOM file with other texts, in its own character set if that holds them, and in UTF-8 otherwise.

    Args:
        file: The file.
        texts: The new texts, by those that they stand in for.
        wanted: The set that the file is to have; None leaves that to this function.

    Raises:
        InvalidArgument: if a set does not hold all texts of the file, or if these cannot be told.
    """
    dataset = _read(file)
    elements = {element.path: element for element in elements_of(dataset)}
    new = {
        path: texts[word] for path, element in elements.items() if (word := element.value.decode("latin-1")) in texts
    }
    kept = wanted in (None, declared_in(dataset) or CharacterSet()) and all(
        elements[path].declared.encoded(text, elements[path].vr) is not None for path, text in new.items()
    )
    target = None if kept else wanted or UTF_8
    then = new if kept else {path: element.text for path, element in elements.items() if not element.is_plain} | new
    values = {path: _checked(elements[path], text, target) for path, text in then.items()}
    if target is not None:
        _declare(dataset, target)
    for path, (text, value) in values.items():
        _set(elements[path], text, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    written = buffer.getvalue()
    if any(word.encode() in written for word in texts):
        raise InvalidArgument("replace: a tag with characters beyond ASCII is no text to the server")
    found = {element.path: element for element in elements_of(_read(written))}
    if any(found[path].declared.decoded(found[path].value) != text.rstrip("\0 ") for path, (text, _) in values.items()):
        raise InvalidArgument("replace: the file cannot be written with all of its text")
    return written


def _read(file: bytes) -> Dataset:
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

    return dcmread(io.BytesIO(file), force=True)


def _checked(element: Element, text: str | None, target: CharacterSet | None) -> tuple[str, bytes]:
    """The text, and its bytes in the set that it is to be in."""
    if text is None:
        raise InvalidArgument(
            f"{shown(element.path)}: the file does not tell which characters it has: replace it as well"
        )
    declared = target or element.declared
    value = declared.encoded(text, element.vr)
    if value is None:
        raise InvalidArgument(f"{shown(element.path)}: has characters that are not in {declared}")
    return text, value + (b"\0" if element.vr == "UN" else b" ") * (len(value) % 2)


def _declare(dataset: Dataset, target: CharacterSet) -> None:
    """Makes a dataset declare another set, with its elements as they are."""
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
        # Otherwise pydicom would decode all elements, and encode them anew.
        is_implicit, is_little = part.original_encoding
        part.set_original_encoding(is_implicit, is_little, codecs)


def _with_items(dataset: Dataset) -> Iterator[Dataset]:
    yield dataset
    for tag in list(dataset.keys()):
        if dataset.get_item(tag).VR == "SQ":
            for item in dataset[tag].value or ():
                yield from _with_items(item)


def _set(element: Element, text: str, value: bytes) -> None:
    from pydicom.dataelem import DataElement

    if element.tag.is_private:  # pydicom would take its bytes for those of the set that the file had
        new = DataElement(element.tag, element.vr, value if element.vr == "UN" else text)
        element.dataset[element.tag] = new
    else:
        raw = cast("RawDataElement", element.dataset.get_item(element.tag))
        element.dataset[element.tag] = raw._replace(value=value, length=len(value))
