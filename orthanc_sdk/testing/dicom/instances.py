"""Synthetic DICOM: small, valid instances for tests, of which nothing ever was a patient.

```python
files = [to_bytes(instance) for instance in make_study(series=2, instances=3, seed="whatever")]
```

With a `seed` everything is the same each time, UIDs included; without one, UIDs are new each time. pydicom is imported
only when something is made.
"""

from __future__ import annotations

import hashlib
import io
import random
import uuid
import warnings
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Alphabet", "make_instance", "make_studies", "make_study", "pydicom_test_files", "to_bytes"]

Alphabet: TypeAlias = Literal[
    "ascii", "accents", "arabic", "chinese", "cyrillic", "greek", "hebrew", "japanese", "korean", "utf-8"
]
"""How names are written, and with which DICOM character set."""

_NAMES: dict[str, tuple[str | list[str], str]] = {
    "ascii": ("", "Doe^Jane"),
    "accents": ("ISO_IR 100", "Müller^Zoé"),
    "arabic": ("ISO_IR 127", "قباني^لنزار"),
    "chinese": ("GB18030", "Wang^XiaoDong=王^小东"),
    "cyrillic": ("ISO_IR 144", "Иванова^Анна"),
    "greek": ("ISO_IR 126", "Διονύσιος^Άννα"),
    "hebrew": ("ISO_IR 138", "שרון^דבורה"),
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Hanako=山田^花子=やまだ^はなこ"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    "utf-8": ("ISO_IR 192", "Doe^Jané=王^小东"),
}

_CT = "1.2.840.10008.5.1.4.1.1.2"
_MR = "1.2.840.10008.5.1.4.1.1.4"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.7.2"
_ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"

_SEXES = ("F", "M", "O")
_MODALITIES = ("MR", "CT", "OT")

_BROKEN = (
    "MR_truncated.dcm",
    "SC_rgb_jpeg.dcm",
    "rtplan_truncated.dcm",
)  # on purpose: pydicom tests its errors on them


def make_instance(
    *,
    seed: object = None,
    rows: int = 8,
    columns: int = 8,
    frames: int = 1,
    modality: str = "MR",
    alphabet: Alphabet = "ascii",
    pdf: bool | bytes = False,
    patient: int = 1,
    study: int = 1,
    series: int = 1,
    instance: int = 1,
    **tags: object,
) -> Dataset:
    """One DICOM instance, complete with its file header, so that `to_bytes` or `dataset.save_as(path)` writes a file.

    Instances of the same `seed` belong together: the same `patient` number is the same patient, and so on.

    Args:
        seed: Anything with a repr; the same one makes the same instance. None makes a new one each time.
        rows: Height of the image.
        columns: Width of the image.
        frames: Number of images; more than one makes a multi-frame secondary capture.
        modality: "CT" and "MR" are slices, with 16 bits and a position in space; all others are 8-bit captures.
        alphabet: How the name of the patient is written.
        pdf: A PDF document, or True for an empty page, instead of an image.
        patient: Number of the patient.
        study: Number of the study of that patient.
        series: Number of the series in that study.
        instance: Number of the instance in that series.
        tags: DICOM tags by keyword, instead of what would be made up: `PatientName="Doe^John"`. None leaves a tag out.
    """
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    root = repr(seed) if seed is not None else uuid.uuid4().hex
    names = _Names(root, patient, study, series, instance)
    day = date(2024, 1, 15) + timedelta(days=31 * (patient - 1) + study - 1)
    character_set, name = _NAMES[alphabet]

    dataset = Dataset()
    if character_set:
        dataset.SpecificCharacterSet = character_set
    dataset.SOPClassUID = _sop_class(modality, frames, pdf=bool(pdf))
    dataset.SOPInstanceUID = names.uid("instance")
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = f"{day:%Y%m%d}"
    dataset.StudyTime = f"10{study % 60:02}00"
    dataset.SeriesTime = f"10{study % 60:02}{series % 60:02}"
    dataset.ContentTime = f"10{study % 60:02}{series % 60:02}.{instance % 1000:03}"
    dataset.AccessionNumber = f"ACC{patient:04}{study:02}"
    dataset.Modality = "DOC" if pdf else modality
    dataset.Manufacturer = "orthanc-sdk"
    dataset.ReferringPhysicianName = "House^Gregory^^Dr"
    dataset.StudyDescription = f"Study {study}"
    dataset.SeriesDescription = f"Series {series}"
    dataset.PatientName = name if patient == 1 else _numbered(name, patient)
    dataset.PatientID = f"PATIENT{patient:04}"
    dataset.PatientBirthDate = f"{date(1950, 1, 1) + timedelta(days=1000 * (patient % 20)):%Y%m%d}"
    dataset.PatientSex = _SEXES[patient % 3]
    dataset.StudyInstanceUID = names.uid("study")
    dataset.SeriesInstanceUID = names.uid("series")
    dataset.StudyID = str(study)
    dataset.SeriesNumber = series
    dataset.InstanceNumber = instance
    if pdf:
        _add_pdf(dataset, _EMPTY_PDF if pdf is True else pdf)
    else:
        _add_image(dataset, names, rows, columns, frames, instance)
    for keyword, value in tags.items():
        _set(dataset, keyword, value)

    header = FileMetaDataset()
    header.TransferSyntaxUID = ExplicitVRLittleEndian
    header.MediaStorageSOPClassUID = UID(dataset.SOPClassUID)
    header.MediaStorageSOPInstanceUID = UID(dataset.SOPInstanceUID)
    dataset.file_meta = header
    return dataset


def make_study(
    *,
    series: int = 1,
    instances: int = 1,
    seed: object = None,
    rows: int = 8,
    columns: int = 8,
    frames: int = 1,
    modality: str | None = None,
    alphabet: Alphabet = "ascii",
    pdf: bool | bytes = False,
    **tags: object,
) -> list[Dataset]:
    """The instances of one study: `series` times `instances` of them. The arguments are those of `make_instance`.

    Without a `modality`, series are MR, CT and OT in turn.
    """
    root = seed if seed is not None else uuid.uuid4().hex
    return [
        make_instance(
            seed=root, rows=rows, columns=columns, frames=frames, alphabet=alphabet, pdf=pdf,
            modality=modality or _modality_of(number), patient=1, study=1, series=number, instance=instance, **tags,
        )
        for number in range(1, series + 1)
        for instance in range(1, instances + 1)
    ]  # fmt: skip


def make_studies(
    *,
    patients: int = 1,
    studies: int = 1,
    series: int = 1,
    instances: int = 1,
    seed: object = None,
    rows: int = 8,
    columns: int = 8,
    frames: int = 1,
    modality: str | None = None,
    alphabet: Alphabet = "ascii",
    pdf: bool | bytes = False,
    **tags: object,
) -> Iterator[Dataset]:
    """The instances of several patients, one at a time: `patients` x `studies` x `series` x `instances` of them.

    The arguments are those of `make_instance`; without a `modality`, series are MR, CT and OT in turn.
    """
    root = seed if seed is not None else uuid.uuid4().hex
    for patient in range(1, patients + 1):
        for study in range(1, studies + 1):
            for number in range(1, series + 1):
                for instance in range(1, instances + 1):
                    yield make_instance(
                        seed=root, rows=rows, columns=columns, frames=frames, alphabet=alphabet, pdf=pdf,
                        modality=modality or _modality_of(number),
                        patient=patient, study=study, series=number, instance=instance, **tags,
                    )  # fmt: skip


def to_bytes(dataset: Dataset) -> bytes:
    """The DICOM file of `dataset`."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def pydicom_test_files() -> tuple[Path, ...]:
    """The files that come with the installed pydicom and that an Orthanc stores: some 160, of all kinds.

    Those are in the package of pydicom; nothing is downloaded. Left out are broken ones, and those that do not say
    which instance, series and study they are.
    """
    import pydicom

    folder = Path(pydicom.__file__).parent / "data"
    return tuple(path for path in sorted(folder.rglob("*")) if path.suffix in ("", ".dcm") and _is_storable(path))


def _is_storable(path: Path) -> bool:
    import pydicom
    from pydicom.errors import InvalidDicomError

    if not path.is_file() or path.name in _BROKEN:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about values that pydicom finds odd
        try:
            dataset = pydicom.dcmread(  # pyright: ignore[reportUnknownMemberType] - pydicom says PathLike, not of what
                path, stop_before_pixels=True, specific_tags=list(_IDENTIFIERS)
            )
        except (InvalidDicomError, OSError):
            return False
        return all(dataset.get(keyword) for keyword in _IDENTIFIERS)


_IDENTIFIERS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")

_EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class _Names:
    """The UIDs and the noise of one instance: those of a level depend on the levels above only."""

    def __init__(self, root: str, patient: int, study: int, series: int, instance: int) -> None:
        self._levels = {
            "patient": f"{root}|{patient}",
            "study": f"{root}|{patient}|{study}",
            "series": f"{root}|{patient}|{study}|{series}",
            "instance": f"{root}|{patient}|{study}|{series}|{instance}",
        }

    def uid(self, level: str) -> str:
        """A UID out of a UUID (DICOM PS3.5 B.2)."""
        digest = hashlib.sha256(f"{level}|{self._levels[level]}".encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big') + 1}"

    def noise(self, size: int) -> bytes:
        """Bytes of an image."""
        return random.Random(self._levels["instance"]).randbytes(size)  # noqa: S311 - pixels


def _modality_of(series: int) -> str:
    return _MODALITIES[(series - 1) % len(_MODALITIES)]


def _sop_class(modality: str, frames: int, *, pdf: bool) -> str:
    if pdf:
        return _ENCAPSULATED_PDF
    if frames > 1:
        return _MULTI_FRAME
    return {"CT": _CT, "MR": _MR}.get(modality, _SECONDARY_CAPTURE)


def _add_image(dataset: Dataset, names: _Names, rows: int, columns: int, frames: int, instance: int) -> None:
    wide = dataset.SOPClassUID in (_CT, _MR)
    if wide:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.SliceThickness = "2.5"
        dataset.PatientPosition = "HFS"
        dataset.ImagePositionPatient = [0, 0, 2.5 * (instance - 1)]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.FrameOfReferenceUID = names.uid("study")
        dataset.SliceLocation = 2.5 * (instance - 1)
        dataset.PixelSpacing = [0.5, 0.5]
        dataset.AcquisitionNumber = 1
    else:
        dataset.ConversionType = "SYN"
    if dataset.SOPClassUID == _CT:
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.KVP = -1024, 1, 120
    elif dataset.SOPClassUID == _MR:
        dataset.ScanningSequence, dataset.SequenceVariant, dataset.ScanOptions = "SE", "NONE", ""
        dataset.MRAcquisitionType, dataset.EchoTime, dataset.RepetitionTime = "2D", 20, 500
    if frames > 1:
        dataset.NumberOfFrames = frames
        dataset.FrameIncrementPointer = 0x00181063  # FrameTime
        dataset.FrameTime = 40
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (16, 16, 15) if wide else (8, 8, 7)
    dataset.PixelRepresentation = 0
    pixels = names.noise(rows * columns * frames * (2 if wide else 1))
    dataset.PixelData = pixels + bytes(len(pixels) % 2)
    dataset["PixelData"].VR = "OW" if wide else "OB"


def _add_pdf(dataset: Dataset, document: bytes) -> None:
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.DocumentTitle = "A document"
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(document)
    dataset.EncapsulatedDocument = document + bytes(len(document) % 2)


def _numbered(name: str, number: int) -> str:
    """The name with the number behind the family name, in each of its alphabets."""
    return "=".join(f"{group.split('^', 1)[0]} {number}^{group.split('^', 1)[1]}" for group in name.split("="))


def _set(dataset: Dataset, keyword: str, value: object) -> None:
    from pydicom.datadict import tag_for_keyword

    if tag_for_keyword(keyword) is None:
        raise TypeError(f"{keyword!r} is no argument, and not the keyword of a DICOM tag either")
    if value is not None:
        setattr(dataset, keyword, value)
    elif keyword in dataset:
        delattr(dataset, keyword)
