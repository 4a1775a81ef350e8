"""The servers and the data that the live tests work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from pydicom.dataset import Dataset

from orthanc_sdk import Orthanc, models
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes

VERSIONS = ("1.10", "1.12", "1.13")


@dataclass(frozen=True)
class Tree:
    """Orthanc identifiers of one uploaded study, with the datasets that were uploaded."""

    patient: str
    study: str
    series: tuple[str, ...]
    instances: tuple[str, ...]
    datasets: tuple[Dataset, ...]

    def id_of(self, level: str) -> str:
        """The identifier for the first part of a path: `patients`, `studies`, `series` or `instances`."""
        return {
            "patients": self.patient,
            "studies": self.study,
            "series": self.series[0],
            "instances": self.instances[0],
        }[level]


def upload(client: Orthanc, datasets: Sequence[Dataset]) -> Tree:
    """Uploads the instances of one study."""
    stored: list[models.UploadedInstance] = []
    for dataset in datasets:
        answer = client.post_instances(to_bytes(dataset))
        assert isinstance(answer, models.UploadedInstance)
        assert answer.status == "Success"
        stored.append(answer)
    assert len({answer.parent_study for answer in stored}) == 1
    return Tree(
        patient=stored[0].parent_patient,
        study=stored[0].parent_study,
        series=tuple(dict.fromkeys(answer.parent_series for answer in stored)),
        instances=tuple(answer.id for answer in stored if answer.id is not None),
        datasets=tuple(datasets),
    )


def new_study(series: int = 1, instances: int = 1, **tags: object) -> list[Dataset]:
    """The instances of a study of a patient of its own; `tags` as in `make_instance`."""
    number = uuid4().hex
    own = {"PatientID": number, "AccessionNumber": number[:16]}
    return make_study(series=series, instances=instances, **own | tags)  # type: ignore[arg-type]  # see make_instance


class World:
    """One server with data, a second one beside it as modality and peer, and what the tests of a version share.

    Tests leave the shared `tree` as it is; what they change they make for themselves, by `new_tree()`.
    """

    def __init__(self, version: str, server: LocalOrthanc, partner: LocalOrthanc) -> None:
        self.version = version
        self.server = server
        self.partner = partner

    @property
    def client(self) -> Orthanc:
        return self.server.client

    @cached_property
    def tree(self) -> Tree:
        """A study of two series with two images each."""
        return upload(self.client, make_study(series=2, instances=2, seed=f"world {self.version}"))

    def new_tree(self, series: int = 1, instances: int = 1, **tags: object) -> Tree:
        """A study that no other test knows, nor its patient; `tags` as in `make_instance`."""
        return upload(self.client, new_study(series, instances, **tags))

    def at_least(self, version: str) -> bool:
        """Whether the server is of this version or newer."""
        return _numbers(self.server.version) >= _numbers(version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def configuration(partner: LocalOrthanc, partner_name: str = "partner") -> Mapping[str, object]:
    """What a server of the tests is configured by, so that every operation can be called."""
    return {
        "DicomModalities": {partner_name: partner.modality_configuration()},
        "OrthancPeers": {partner_name: partner.peer_configuration()},
        "ExecuteLuaEnabled": True,
        "RestApiWriteToFileSystemEnabled": True,
        "LogExportedResources": True,
        "MetricsEnabled": True,
        "UserMetadata": {"colour": 1030},
        "UserContentType": {"notes": 1030},
        "StableAge": 1,
        "MaximumStorageCacheSize": 0,  # a file that a test damages on the disk must not be read from memory
    }
