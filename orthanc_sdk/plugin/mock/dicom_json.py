"""Converts DICOM files to Orthanc's JSON, and back."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.query_matching import text
from orthanc_sdk.plugin.mock.registry import internal_error
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset, FileDataset

_FORMATS = ENUMERATIONS["DicomToJsonFormat"]
_BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


def to_json(dataset: Dataset, form: int, flags: int) -> dict[str, object]:
    """The tags of a dataset, without private, unknown and binary ones."""
    if form not in _FORMATS.values() or flags:
        raise internal_error()
    return dict(
        sorted(
            _item(element, form)
            for element in dataset
            if not element.tag.is_private and element.keyword and element.VR not in _BINARY and element.tag.element != 0
        )
    )


def _item(element: DataElement, form: int) -> tuple[str, object]:
    number = f"{element.tag.group:04x},{element.tag.element:04x}"
    is_sequence = element.VR == "SQ"
    value: object = [to_json(item, form, 0) for item in element.value] if is_sequence else text(element)
    if form == _FORMATS["HUMAN"]:
        return element.keyword, value
    if form == _FORMATS["SHORT"]:
        return number, value
    return number, {"Name": element.keyword, "Type": "Sequence" if is_sequence else "String", "Value": value}


def from_json(tags: Mapping[str, object], *, generate_identifiers: bool) -> bytes:
    """The DICOM file of tags by keyword or number.

    Raises:
        OrthancException: There is no such tag.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    dataset = FileDataset("", {}, preamble=b"\0" * 128)
    _fill(dataset, tags)
    if generate_identifiers:
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            if not dataset.get(keyword):
                setattr(dataset, keyword, generate_uid())
        if not dataset.get("PatientID"):
            dataset.PatientID = generate_uid()
    if "SpecificCharacterSet" not in dataset:
        dataset.SpecificCharacterSet = "ISO_IR 100" if _is_latin(tags) else "ISO_IR 192"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "")
    dataset.file_meta = meta
    return to_file(dataset)


def to_file(dataset: FileDataset) -> bytes:
    """The DICOM file of a dataset."""
    from pydicom import dcmwrite  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

    buffer = io.BytesIO()
    dcmwrite(buffer, dataset)
    return buffer.getvalue()


def tag_number(name: str) -> int | None:
    """The number of a tag by its keyword (`PatientID`) or number (`0010,0020`); None if it is neither."""
    from pydicom.datadict import tag_for_keyword

    number = tag_for_keyword(name)
    if number is None and re.fullmatch("[0-9A-Fa-f]{8}", digits := name.replace(",", "")):
        return int(digits, 16)
    return number


def _fill(dataset: Dataset, tags: Mapping[str, object]) -> None:
    from pydicom.config import IGNORE
    from pydicom.datadict import dictionary_VR
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import Tag

    for name, value in tags.items():
        number = tag_number(name)
        if number is None:
            raise OrthancException(27, "Unknown DICOM tag")
        vr = dictionary_VR(Tag(number)).split(" or ", maxsplit=1)[0]
        if isinstance(value, list):
            items: list[Dataset] = []
            for item in cast("list[dict[str, object]]", value):
                items.append(Dataset())
                _fill(items[-1], item)
            dataset.add_new(number, "SQ", items)
        else:
            # Queries contain wildcards and ranges, which are not valid values.
            dataset.add(DataElement(number, vr, _value(vr, str(value)), validation_mode=IGNORE))


def _value(vr: str, written: str) -> object:
    if vr in ("US", "SS", "UL", "SL", "UV", "SV"):
        return [int(part) for part in written.split("\\")] if written else None
    if vr in ("FL", "FD"):
        return [float(part) for part in written.split("\\")] if written else None
    return written


def _is_latin(value: object) -> bool:
    try:
        str(value).encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
