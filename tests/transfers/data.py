"""What is uploaded and downloaded."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from orthanc_sdk import Orthanc, UploadReport
from orthanc_sdk.testing import make_instance, to_bytes


def zipped(files: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about several members of one name
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def small_file(number: int) -> bytes:
    """One of very many instances, which are of one study; made quickly."""
    return _TEMPLATE.replace(b"2.25.1000000", f"2.25.1{number:06}".encode())


_TEMPLATE = to_bytes(
    make_instance(
        seed="template",
        rows=1,
        columns=2,
        PatientID="many",
        StudyInstanceUID="2.25.7",
        SeriesInstanceUID="2.25.8",
        SOPInstanceUID="2.25.1000000",
    )
)


def write_small_files(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number:05}").write_bytes(small_file(number))


def dicomdir() -> bytes:
    """A DICOMDIR that comes with pydicom."""
    found = sorted((Path(pydicom.__file__).parent / "data").rglob("DICOMDIR"))
    assert found
    return found[0].read_bytes()


def without_preamble(dataset: Dataset) -> bytes:
    """A file of old: the dataset, and nothing before it."""
    return to_bytes(dataset)[132:]


def statuses(report: UploadReport, folder: Path) -> Mapping[str, str]:
    """What became of each file, by its name in the folder."""
    return {str(Path(file.name).relative_to(folder)): file.status for file in report.files}


def uids(client: Orthanc) -> set[str]:
    """The SOPInstanceUIDs of all that is on the server."""
    found = client.get_instances(expand=True)
    return {str(info.main_dicom_tags.raw["SOPInstanceUID"]) for info in found}
