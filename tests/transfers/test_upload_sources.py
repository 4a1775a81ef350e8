"""What is DICOM, told by content."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pydicom
import pytest

from orthanc_sdk.testing import make_instance, to_bytes
from orthanc_sdk.transfers.upload_sources import Kind, items_of, kind_in_gzip, kind_of
from tests.transfers.data import dicomdir, without_preamble, zipped


def big_endian() -> bytes:
    dataset = make_instance()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, little_endian=False, implicit_vr=False)
    return buffer.getvalue()


def implicit() -> bytes:
    dataset = make_instance()
    del dataset.file_meta
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=True, little_endian=True)
    return buffer.getvalue()


FILES: dict[str, tuple[bytes, Kind]] = {
    "DICOM": (to_bytes(make_instance()), Kind.DICOM),
    "big endian": (big_endian(), Kind.DICOM),
    "without preamble": (without_preamble(make_instance()), Kind.DICOM),
    "without anything before": (implicit(), Kind.DICOM),
    "of old, explicit": (b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", Kind.DICOM),
    "of old, big endian": (b"\x00\x08\x00\x05CS\x00\x0aISO_IR 100", Kind.DICOM),
    "DICOMDIR": (dicomdir(), Kind.DICOMDIR),
    "zip": (zipped([("a", b"b")]), Kind.ZIP),
    "empty zip": (zipped([]), Kind.ZIP),
    "gzip": (gzip.compress(b"x"), Kind.GZIP),
    "nothing": (b"", Kind.OTHER),
    "text": (b"DICM is what DICOM files begin with", Kind.OTHER),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), Kind.OTHER),
    "photo": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200), Kind.OTHER),
    "zeros": (bytes(1000), Kind.OTHER),
    "preamble only": (bytes(128) + b"DIC", Kind.OTHER),
}


@pytest.mark.parametrize("name", FILES)
def test_kind(name: str) -> None:
    content, kind = FILES[name]
    file = io.BytesIO(b"before" + content)
    file.seek(6)
    assert kind_of(file) is kind
    assert file.tell() == 6


@pytest.mark.parametrize("name", FILES)
def test_kind_in_gzip(name: str) -> None:
    content, kind = FILES[name]
    file = io.BytesIO(gzip.compress(content))
    assert kind_in_gzip(file) is kind
    assert file.tell() == 0


def test_the_files_of_pydicom_are_dicom() -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    # One has a byte before its first element, and is no DICOM to Orthanc either.
    found = [path for path in folder.glob("*.dcm") if path.name != "no_meta.dcm"]
    assert len(found) > 70
    for path in found:
        with path.open("rb") as file:
            assert kind_of(file) in (Kind.DICOM, Kind.DICOMDIR), path.name


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a", "c/d/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [item.name for item in items_of(tmp_path)] == [str(tmp_path / name) for name in ("a", "b/1", "b/2", "c/d/e")]
    assert [item.stamp is not None for item in items_of(tmp_path)] == [True] * 4


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report names them the same, wherever one is."""
    (tmp_path / "x").touch()
    monkeypatch.chdir(tmp_path)
    assert [item.name for item in items_of("x")] == [str(tmp_path / "x")]
    assert [item.name for item in items_of(Path())] == [str(tmp_path / "x")]
