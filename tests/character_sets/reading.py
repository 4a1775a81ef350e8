"""The text of DICOM files, as pydicom reads it: what all the tests here go by."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import cast

from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue

from orthanc_sdk import Orthanc

TEXT = ("PN", "LO", "SH", "UC", "ST", "LT", "UT")


def read(file: bytes) -> FileDataset:
    dataset: FileDataset = dcmread(io.BytesIO(file), force=True)
    return dataset


def stored(client: Orthanc, id_: str) -> FileDataset:
    """The file that a server has of an instance."""
    return read(client.get_instances_id_file(id_))


def files_of(client: Orthanc, study: str) -> list[FileDataset]:
    """The files that a server has of a study, by series and number."""
    found = [stored(client, instance.id) for instance in client.get_studies_id_instances(study)]
    return sorted(found, key=lambda dataset: (dataset.SeriesNumber, dataset.InstanceNumber))


def text_of(value: object) -> str:
    several = cast("Iterable[object]", value) if isinstance(value, MultiValue | list) else (value,)
    return "\\".join(str(one).rstrip() for one in several)


def texts(dataset: Dataset) -> dict[str, str]:
    """All text by its path: `ProcedureCodeSequence[0].CodeMeaning`; that of unknown tags as the file's set has it."""
    return dict(_texts(dataset, "", None))


def _texts(dataset: Dataset, path: str, declared: object) -> Iterator[tuple[str, str]]:
    declared = dataset.get("SpecificCharacterSet", declared)
    for element in dataset:
        name = path + (element.keyword or f"{element.tag.group:04x},{element.tag.element:04x}")
        if element.VR == "SQ":
            for index, item in enumerate(element.value):
                yield from _texts(item, f"{name}[{index}].", declared)
        elif element.VR in TEXT:
            yield name, text_of(element.value)
        elif element.VR == "UN" and isinstance(element.value, bytes):
            value = element.value.rstrip(b"\0 ")
            if min(value, default=0) >= 0x20 or b"\x1b" in value:  # or it is no text
                codecs = convert_encodings(declared)  # type: ignore[arg-type]  # what pydicom itself has read
                yield name, decode_bytes(value, codecs, set())
