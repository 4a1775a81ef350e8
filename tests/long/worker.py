"""One of many threads that work on one server, and know what they must see there."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from orthanc_sdk import (
    BadRequest,
    Instance,
    Modality,
    NetworkProtocolError,
    NotFound,
    Orthanc,
    Patient,
    Study,
    download_tree,
    find_instances,
    find_studies,
    upload,
)
from orthanc_sdk.resources.identifiers import orthanc_id
from orthanc_sdk.testing import make_instance, to_bytes

UNREACHABLE: Final = "NOBODY"
"""A modality that the server knows, and that is not there."""

_PATIENT, _STUDY, _SERIES, _INSTANCE = "load-00", "2.25.70000000", "2.25.80000000", "2.25.900000000"
_TEMPLATE: Final = to_bytes(
    make_instance(
        seed="load",
        rows=64,
        columns=64,
        PatientID=_PATIENT,
        StudyInstanceUID=_STUDY,
        SeriesInstanceUID=_SERIES,
        SOPInstanceUID=_INSTANCE,
    )
)


def digest(content: bytes) -> bytes:
    """What stands for a file: the files themselves would be the memory that is measured."""
    return hashlib.sha256(content).digest()


class Worker:
    """Does one thing after the other with patients of its own, and checks each answer.

    Args:
        client: The one client of all of them.
        number: Which of them it is; less than 100.
        folder: Where it may put files.
    """

    def __init__(self, client: Orthanc, number: int, folder: Path) -> None:
        self.client = client
        self.number = number
        self.folder = folder / f"{number:02}"
        self.folder.mkdir()
        self.patient_id = f"load-{number:02}"
        self.done = Counter[str]()
        self.studies: dict[str, dict[str, bytes]] = {}  # of each study, the digests of its files by identifier
        self.uploaded: set[str] = set()
        self._made = 0
        self._random = random.Random(number)
        self._ways: dict[Callable[[], None], int] = {
            self.uploads: 4,
            self.reads: 12,
            self.fetches: 8,
            self.finds: 6,
            self.labels: 4,
            self.writes_metadata: 3,
            self.downloads: 2,
            self.downloads_a_tree: 1,
            self.modifies: 1,
            self.anonymizes: 1,
            self.deletes: 3,
            self.is_refused: 4,
        }

    def step(self) -> None:
        """Does something."""
        way = self.uploads if not self.studies else self._random.choices([*self._ways], [*self._ways.values()])[0]
        way()
        self.done[way.__name__] += 1

    def _any(self) -> tuple[Study, dict[str, bytes]]:
        id_ = self._random.choice(sorted(self.studies))
        return Study(id_, self.client), self.studies[id_]

    def uploads(self) -> None:
        """A new study of some instances."""
        self._made += 1
        study, series = (f"2.25.{kind}{self.number:02}{self._made:05}" for kind in "78")
        files: dict[str, bytes] = {}
        for number in range(self._random.randint(1, 5)):
            instance = f"2.25.9{self.number:02}{self._made:05}{number}"
            content = _TEMPLATE
            for old, new in ((_PATIENT, self.patient_id), (_STUDY, study), (_SERIES, series), (_INSTANCE, instance)):
                assert len(old) == len(new)
                content = content.replace(old.encode(), new.encode())
            files[orthanc_id(self.patient_id, study, series, instance)] = content
        report = upload(self.client, list(files.values()), workers=2)
        digests = {id_: digest(content) for id_, content in files.items()}
        assert report.counts["stored"] == len(files), report
        assert {instance.id for instance in report} == set(files)
        self.studies[orthanc_id(self.patient_id, study)] = digests
        self.uploaded |= set(files)

    def reads(self) -> None:
        """Tags of one instance, and of what it is in."""
        study, files = self._any()
        id_ = self._random.choice(sorted(files))
        instance = Instance(id_, self.client)
        assert instance.simplified_tags["PatientID"] == self.patient_id
        assert instance.study == study
        assert {other.id for other in instance.series.instances} == set(files)
        assert str(study.patient.patient_id) == self.patient_id

    def fetches(self) -> None:
        """A file."""
        _, files = self._any()
        id_ = self._random.choice(sorted(files))
        assert digest(Instance(id_, self.client).get_file()) == files[id_]

    def finds(self) -> None:
        """All that is its own, and nothing else."""
        found = find_studies(self.client, query={"PatientID": self.patient_id})
        assert {study.id for study in found} == set(self.studies)
        everything = find_instances(self.client, query={"PatientID": self.patient_id}, page_size=7)
        assert {instance.id for instance in everything} == {id_ for files in self.studies.values() for id_ in files}

    def labels(self) -> None:
        """One label, put and taken away."""
        study, _ = self._any()
        label = f"load-{self.number}"
        study.add_label(label)
        assert find_studies(self.client, labels=label) == [study]
        study.remove_label(label)
        assert Study(study.id, self.client).labels == []

    def writes_metadata(self) -> None:
        """Metadata of an instance."""
        _, files = self._any()
        instance = Instance(self._random.choice(sorted(files)), self.client)
        value = f"{self.number} {self._random.random()}"
        instance.metadata["1024"] = value
        assert Instance(instance.id, self.client).metadata["1024"] == value

    def downloads(self) -> None:
        """An archive."""
        study, files = self._any()
        path = study.download(self.folder, as_job=self._random.random() < 0.2)
        with zipfile.ZipFile(path) as archive:
            assert sorted(digest(archive.read(name)) for name in archive.namelist()) == sorted(files.values())
        path.unlink()

    def downloads_a_tree(self) -> None:
        """Single files."""
        study, files = self._any()
        report = download_tree(study, self.folder / "tree", workers=2)
        report.raise_for_failures()
        assert sorted(digest(path.read_bytes()) for path in report) == sorted(files.values())
        for path in report:
            path.unlink()

    def modifies(self) -> None:
        """A copy with another description, which is removed again."""
        study, files = self._any()
        text = f"by {self.number}, {self._random.random()}"
        copy = study.modify(replace={"StudyDescription": text})
        assert copy != study
        assert (copy.description, str(copy.patient.patient_id)) == (text, self.patient_id)
        assert len(copy.series[0].instances) == len(files)
        copy.delete()

    def anonymizes(self) -> None:
        """An anonymized copy, which is removed again."""
        study, files = self._any()
        copy = study.anonymize()
        assert str(copy.patient.patient_id) != self.patient_id
        assert copy.statistics.count_instances == len(files)
        copy.patient.delete()

    def deletes(self) -> None:
        """A study."""
        study, files = self._any()
        study.delete()
        del self.studies[study.id]
        assert not study.exists()
        with pytest.raises(NotFound):
            Instance(next(iter(files)), self.client).get_file()

    def is_refused(self) -> None:
        """What cannot be done is an error each time, and the right one."""
        unknown = orthanc_id(self.patient_id, "nothing")
        with pytest.raises(NotFound):
            self.client.get_studies_id(unknown)
        with pytest.raises(NotFound):
            Patient(unknown, self.client).download(self.folder / "nothing.zip")
        with pytest.raises(BadRequest):
            self.client.request("POST", "/tools/find", data=b'{"Level": "Nothing", "Query": {}}')
        with pytest.raises(NetworkProtocolError):
            Modality(self.client, UNREACHABLE).check_echo()
