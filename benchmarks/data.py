"""Generated instances: small ones by the thousand, and images that compress as well as real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from orthanc_sdk import Orthanc, upload
from orthanc_sdk.testing import make_instance, to_bytes


def studies(count: int) -> Iterator[bytes]:
    """Instances of as many studies, each of a patient of its own, and with two instances in one series."""
    template = _template("2.25.3000000")
    second = _template("2.25.4000000")
    for number in range(count):
        for content in (template, second):
            yield _renumbered(content, number)


def put_studies(client: Orthanc, count: int) -> None:
    """Puts them into a server."""
    report = upload(client, studies(count), progress=False)
    report.raise_for_failures()
    if len(report) != 2 * count:
        raise RuntimeError(f"{len(report)} instances are there, of {2 * count}")


def write_files(folder: Path, count: int) -> None:
    """Files of 33 KB, of five series."""
    folder.mkdir()
    for number in range(count):
        dataset = make_instance(seed="files", modality="CT", rows=128, columns=128, series=number % 5, instance=number)
        (folder / f"{number:05}.dcm").write_bytes(to_bytes(dataset))


def write_series(folder: Path, count: int) -> None:
    """A series of CT images of 512 x 512 pixels (525 KB): 12 bits in 16, a smooth picture and some noise."""
    folder.mkdir()
    random = np.random.default_rng(seed=1)
    rows, columns = np.mgrid[0:512, 0:512]
    smooth = 1000 + 300 * np.sin(rows / 60) + 300 * np.cos(columns / 45)
    noise = random.normal(0, 20, (512, 512))
    for number in range(count):
        image = np.clip(smooth + np.roll(noise, 977 * number), 0, 4095).astype("<u2")
        dataset = make_instance(seed="series", modality="CT", rows=512, columns=512, instance=number)
        dataset.PixelData = image.tobytes()
        (folder / f"{number:05}.dcm").write_bytes(to_bytes(dataset))


def _template(uid: str) -> bytes:
    return to_bytes(
        make_instance(
            seed="studies",
            rows=1,
            columns=2,
            PatientID="PAT0000000",
            PatientName="Doe^0000000",
            AccessionNumber="ACC0000000",
            StudyInstanceUID="2.25.1000000",
            SeriesInstanceUID="2.25.2000000",
            SOPInstanceUID=uid,
        )
    )


def _renumbered(content: bytes, number: int) -> bytes:
    digits = f"{number:06}".encode()
    for stem in (b"PAT0", b"Doe^0", b"ACC0", b"2.25.1", b"2.25.2", b"2.25.3", b"2.25.4"):
        content = content.replace(stem + b"000000", stem + digits)
    return content
