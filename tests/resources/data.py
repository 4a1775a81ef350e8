"""What the tests put into their servers, and how they count what is asked of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from unittest.mock import patch
from uuid import uuid4

import requests
from pydicom.dataset import Dataset

from orthanc_sdk import Instance, Orthanc, Patient, Series, Study, models
from orthanc_sdk.testing import make_instance, make_studies, make_study, to_bytes

VERSIONS = ("1.10", "1.12", "1.13")


@dataclass
class Requests:
    """The requests that were sent, as method and path."""

    sent: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sent)


@contextmanager
def counted(client: Orthanc) -> Iterator[Requests]:
    """Counts what is sent through the session of a client."""
    requests_ = Requests()
    send = client.session.send

    def counting(request: requests.PreparedRequest, **arguments: object) -> requests.Response:
        requests_.sent.append(f"{request.method} {request.path_url}")
        return send(request, **arguments)

    with patch.object(client.session, "send", counting):
        yield requests_


@dataclass(frozen=True)
class Tree:
    """One study, as resources that have read nothing yet, and the datasets that it was made of."""

    client: Orthanc
    ids: Sequence[models.UploadedInstance]
    datasets: Sequence[Dataset]

    @property
    def patient(self) -> Patient:
        return Patient(self.ids[0].parent_patient, self.client)

    @property
    def study(self) -> Study:
        return Study(self.ids[0].parent_study, self.client)

    @property
    def series(self) -> Series:
        return Series(self.ids[0].parent_series, self.client)

    @property
    def instance(self) -> Instance:
        return Instance(self.ids[0].id or "", self.client)

    @property
    def each(self) -> tuple[Patient, Study, Series, Instance]:
        """One of each level."""
        return self.patient, self.study, self.series, self.instance


def put(client: Orthanc, dataset: Dataset) -> models.UploadedInstance:
    stored = client.post_instances(to_bytes(dataset))
    assert isinstance(stored, models.UploadedInstance)
    assert stored.status == "Success"
    return stored


def new(client: Orthanc, series: int = 1, instances: int = 1, **tags: object) -> Tree:
    """A study of a patient that no other test knows; `tags` as in `make_study`."""
    number = uuid4().hex
    own = {"PatientID": number, "AccessionNumber": number[:16]}
    datasets = make_study(series=series, instances=instances, **own | tags)  # type: ignore[arg-type]  # see make_study
    return Tree(client, [put(client, dataset) for dataset in datasets], datasets)


@lru_cache(maxsize=8)
def many(patients: int, studies: int = 1, series: int = 1) -> tuple[tuple[Dataset, ...], bytes]:
    """The instances of many patients, and a ZIP archive with all of them."""
    datasets = tuple(make_studies(patients=patients, studies=studies, series=series, rows=1, columns=2, seed="many"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, dataset in enumerate(datasets):
            archive.writestr(f"{number}.dcm", to_bytes(dataset))
    return datasets, buffer.getvalue()


def fill(client: Orthanc, patients: int, studies: int = 1, series: int = 1) -> tuple[Dataset, ...]:
    """Puts many patients into a server; the same ones each time."""
    datasets, archive = many(patients, studies, series)
    client.post_instances(archive, timeout=120)
    return datasets


def has_labels(client: Orthanc) -> bool:
    return client.supports("1.12.0")


def fill_with_studies(client: Orthanc, studies: int) -> set[str]:
    """Puts that many small studies of a patient into a server, and returns their UIDs."""
    stem = "2.25.100000"
    dataset = make_instance(
        rows=1,
        columns=2,
        PatientID="many studies",
        StudyInstanceUID=f"{stem}000000.1",
        SeriesInstanceUID=f"{stem}000000.1.1",
        SOPInstanceUID=f"{stem}000000.1.1.1",
    )
    file = to_bytes(dataset)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(studies):
            archive.writestr(f"{number}.dcm", file.replace(f"{stem}000000".encode(), f"{stem}{number:06}".encode()))
    client.post_instances(buffer.getvalue(), timeout=120)
    return {f"{stem}{number:06}.1" for number in range(studies)}
