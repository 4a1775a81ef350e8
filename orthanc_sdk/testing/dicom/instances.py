"""Synthetic DICOM: small, valid instances for tests, without data of real patients.

```python
files = [to_bytes(instance) for instance in make_study(series=2, instances=3, seed="example")]
```

The same `seed` always makes the same instances, UIDs included; without one, UIDs are new each time. pydicom is imported
when something is made.
"""

from __future__ import annotations

import hashlib
import io
import random
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Alphabet", "make_instance", "make_studies", "make_study", "to_bytes"]

Alphabet: TypeAlias = Literal[
    "ascii", "accents", "arabic", "chinese", "cyrillic", "greek", "hebrew", "japanese", "korean", "utf-8"
]
"""The script of names, and with it the DICOM character set."""

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
    """A DICOM instance with file meta information, so that `to_bytes` or `dataset.save_as(path)` writes a file.

    Instances of the same `seed` belong together: the same `patient` number is the same patient, and so on.

    Args:
        seed: Anything with a repr; the same one makes the same instance. None makes a new one each time.
        rows: Height of the image.
        columns: Width of the image.
        frames: Number of frames; more than one makes a multi-frame secondary capture.
        modality: "CT" and "MR" are slices of 16 bits with a position in space, all others secondary captures of 8 bits.
        alphabet: The script of the patient's name.
        pdf: A PDF document instead of an image; True for one with an empty page.
        patient: Number of the patient.
        study: Number of the study of that patient.
        series: Number of the series in that study.
        instance: Number of the instance in that series.
        tags: DICOM tags by keyword, which replace the synthetic ones: `PatientName="Doe^John"`. None removes a tag.
    """
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    root = repr(seed) if seed is not None else uuid.uuid4().hex
    identity = _Identity(root, patient, study, series, instance)
    day = date(2024, 1, 15) + timedelta(days=31 * (patient - 1) + study - 1)
    character_set, name = _NAMES[alphabet]

    dataset = Dataset()
    if character_set:
        dataset.SpecificCharacterSet = character_set
    dataset.SOPClassUID = _sop_class(modality, frames, pdf=bool(pdf))
    dataset.SOPInstanceUID = identity.uid("instance")
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
    dataset.StudyInstanceUID = identity.uid("study")
    dataset.SeriesInstanceUID = identity.uid("series")
    dataset.StudyID = str(study)
    dataset.SeriesNumber = series
    dataset.InstanceNumber = instance
    if pdf:
        _add_pdf(dataset, _EMPTY_PDF if pdf is True else pdf)
    else:
        _add_image(dataset, identity, rows, columns, frames, instance)
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
    """The instances of one study: `series` x `instances` of them. Other arguments are those of `make_instance`.

    Without a `modality`, series are MR, CT and OT in turn.
    """
    return list(
        make_studies(
            patients=1, studies=1, series=series, instances=instances, seed=seed, rows=rows, columns=columns,
            frames=frames, modality=modality, alphabet=alphabet, pdf=pdf, **tags,
        )
    )  # fmt: skip


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

    Other arguments are those of `make_instance`. Without a `modality`, series are MR, CT and OT in turn.
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


_EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class _Identity:
    """The UIDs and the pixels of an instance; a UID depends on its level and the levels above only."""

    def __init__(self, root: str, patient: int, study: int, series: int, instance: int) -> None:
        self._levels = {
            "patient": f"{root}|{patient}",
            "study": f"{root}|{patient}|{study}",
            "series": f"{root}|{patient}|{study}|{series}",
            "instance": f"{root}|{patient}|{study}|{series}|{instance}",
        }

    def uid(self, level: str) -> str:
        """A UID derived from a UUID (DICOM PS3.5 B.2)."""
        digest = hashlib.sha256(f"{level}|{self._levels[level]}".encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big') + 1}"

    def random_bytes(self, size: int) -> bytes:
        """Pixels."""
        return random.Random(self._levels["instance"]).randbytes(size)  # noqa: S311 - pixels


def _modality_of(series: int) -> str:
    return _MODALITIES[(series - 1) % len(_MODALITIES)]


def _sop_class(modality: str, frames: int, *, pdf: bool) -> str:
    if pdf:
        return _ENCAPSULATED_PDF
    if frames > 1:
        return _MULTI_FRAME
    return {"CT": _CT, "MR": _MR}.get(modality, _SECONDARY_CAPTURE)


def _add_image(dataset: Dataset, identity: _Identity, rows: int, columns: int, frames: int, instance: int) -> None:
    is_slice = dataset.SOPClassUID in (_CT, _MR)
    if is_slice:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.SliceThickness = "2.5"
        dataset.PatientPosition = "HFS"
        dataset.ImagePositionPatient = [0, 0, 2.5 * (instance - 1)]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.FrameOfReferenceUID = identity.uid("study")
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
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (16, 16, 15) if is_slice else (8, 8, 7)
    dataset.PixelRepresentation = 0
    pixels = identity.random_bytes(rows * columns * frames * (2 if is_slice else 1))
    dataset.PixelData = pixels + bytes(len(pixels) % 2)
    dataset["PixelData"].VR = "OW" if is_slice else "OB"


def _add_pdf(dataset: Dataset, document: bytes) -> None:
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.DocumentTitle = "A document"
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(document)
    dataset.EncapsulatedDocument = document + bytes(len(document) % 2)


def _numbered(name: str, number: int) -> str:
    """The name with a number after the family name, in each representation."""
    return "=".join(f"{group.split('^', 1)[0]} {number}^{group.split('^', 1)[1]}" for group in name.split("="))


def _set(dataset: Dataset, keyword: str, value: object) -> None:
    from pydicom.datadict import tag_for_keyword

    if tag_for_keyword(keyword) is None:
        raise TypeError(f"{keyword!r} is neither an argument nor the keyword of a DICOM tag")
    if value is not None:
        setattr(dataset, keyword, value)
    elif keyword in dataset:
        delattr(dataset, keyword)
