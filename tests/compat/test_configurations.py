"""Servers that are set up in other ways: what one does with them works, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from orthanc_sdk import (
    BadRequest,
    JobFailed,
    MethodNotAllowed,
    Modality,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    ReadOnlyServer,
    RevisionConflict,
    ServerError,
    Study,
    download_tree,
    find_instances,
    find_patients,
    find_series,
    find_studies,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_studies, make_study, to_bytes
from tests.live.world import VERSIONS

WAYS: dict[str, tuple[Mapping[str, object], bool]] = {
    "usual": ({}, True),
    "without authentication": ({}, False),
    "terse": ({"HttpDescribeErrors": False}, True),
    "without patients": ({"PatientLevelEnabled": False}, True),
    "with revisions": ({"CheckRevisions": True}, True),
    "compressing": ({"HttpCompressionEnabled": True, "StorageCompression": True}, True),
    "overwriting": ({"OverwriteInstances": True}, True),
}

Start = Callable[[str, str], LocalOrthanc]


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """The server of a version that is set up in one of the ways; the same one each time, empty."""
    with ExitStack() as stack:
        servers: dict[tuple[str, str], LocalOrthanc] = {}

        def get(version: str, way: str) -> LocalOrthanc:
            if (version, way) not in servers:
                config, authentication = WAYS[way]
                server = LocalOrthanc(version, config=config, authentication=authentication)
                servers[version, way] = stack.enter_context(server)
            else:
                servers[version, way].reset()
            return servers[version, way]

        yield get


def one_study(client: Orthanc, seed: str = "configurations") -> Study:
    report = upload(client, [to_bytes(one) for one in make_study(series=2, instances=2, seed=seed)])
    assert report.counts["stored"] == 4
    report.raise_for_failures()
    (study,) = find_studies(client)
    return study


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_one_does_all_day(version: str, way: str, start: Start, tmp_path: Path) -> None:
    client = start(version, way).client
    study = one_study(client)
    walked = [
        (found.patient, found, series, instance)
        for found in find_studies(client)
        for series in found.series
        for instance in series.instances
    ]
    assert len(walked) == 4
    assert len({patient for patient, *_ in walked}) == 1
    assert len(find_series(client, query={"StudyInstanceUID": study.uid})) == 2
    assert study.patient.name == find_patients(client)[0].name
    if client.supports("1.12.0"):
        study.add_label("seen")
        assert study.labels == ["seen"]
        assert list(find_studies(client, labels="seen")) == [study]
    else:
        with pytest.raises(NotSupportedByServer, match=r"needs Orthanc 1\.12\.0; this server is Orthanc 1\.10\.1"):
            study.add_label("seen")
    study.metadata.write("1030", "one")
    value, revision = study.metadata.read("1030")
    assert value == "one"
    study.metadata.write("1030", "two", revision=revision)
    assert study.metadata["1030"] == "two"
    study.metadata.remove("1030", revision=study.metadata.read("1030")[1])
    assert "1030" not in study.metadata
    study.attachments["1030"].write(b"one")
    study.attachments["1030"].write(b"two", revision=study.attachments["1030"].revision)
    assert study.attachments["1030"].read() == b"two"
    study.attachments["1030"].delete(revision=study.attachments["1030"].revision)
    changed = study.modify(replace={"StudyDescription": "Changed"})
    assert changed.description == "Changed"
    anonymous = study.anonymize()
    assert anonymous.patient.tags.raw["PatientName"] != study.patient.tags.raw["PatientName"]
    assert (study.download(tmp_path)).read_bytes().startswith(b"PK")
    assert download_tree(study, tmp_path / "tree").counts["downloaded"] == 4
    with pytest.raises(NotFound, match=r"^GET /studies/\{id\}: 404"):
        client.get_studies_id("nope")
    with pytest.raises(BadRequest, match=r"^POST /instances: 400"):
        client.post_instances(b"no DICOM")
    study.delete()
    assert not study.exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_revisions_are_wanted(version: str, start: Start) -> None:
    study = one_study(start(version, "with revisions").client)
    study.metadata["1030"] = "one"
    with pytest.raises(RevisionConflict):
        study.metadata["1030"] = "two"
    old = study.metadata.read("1030")[1]
    study.metadata.write("1030", "two", revision=old)
    with pytest.raises(RevisionConflict):
        study.metadata.write("1030", "three", revision=old)
    with pytest.raises(RevisionConflict):
        del study.metadata["1030"]
    assert study.metadata["1030"] == "two"
    study.attachments["1030"].write(b"one")
    with pytest.raises(RevisionConflict):
        study.attachments["1030"].write(b"two")
    with pytest.raises(RevisionConflict):
        study.attachments["1030"].delete()
    assert study.attachments["1030"].read() == b"one"


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_without_words(version: str, start: Start) -> None:
    """The status is all that is left; what is told apart by Orthanc's own codes is of the class above."""
    client = start(version, "terse").client
    datasets = list(make_studies(patients=5, studies=1, series=1, instances=1))
    for dataset in datasets:
        dataset.PatientAge = "044Y"  # not in the database: newer versions do not page through such a search
    assert len(upload(client, [to_bytes(one) for one in datasets])) == 5
    assert len(find_instances(client, query={"PatientAge": "044Y"}, page_size=2)) == 5
    assert len(find_studies(client, query={"PatientAge": "044Y"}, page_size=2, since=1)) == 4
    with pytest.raises(BadRequest) as refused:
        client.post_instances(b"no DICOM")
    assert refused.value.body is None
    client.put_modalities_id("nobody", {"AET": "NOBODY", "Host": "127.0.0.1", "Port": 1})
    with pytest.raises(ServerError) as failed:
        Modality(client, "nobody").check_echo()
    assert failed.value.orthanc_status is None
    with pytest.raises(NotFound):
        _ = Study("nope", client).info
    assert not Study("nope", client).exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_lets_nothing_be_changed(version: str, tmp_path: Path) -> None:
    """Since 1.12.5; older ones do not know that they should be, so that the client has nothing to say."""
    storage = {"StorageDirectory": str(tmp_path / "storage"), "IndexDirectory": str(tmp_path / "storage")}
    with LocalOrthanc(version, config=storage) as server:
        one_study(server.client)
    with LocalOrthanc(version, config={**storage, "ReadOnly": True}) as server:
        client = server.client
        (study,) = find_studies(client)
        assert len([instance for series in study.series for instance in series.instances]) == 4
        assert study.get_zip().startswith(b"PK")
        assert download_tree(study, tmp_path / "tree").counts["downloaded"] == 4
        if not client.supports("1.12.5"):
            assert client.get_system().read_only is None
            assert study.modify(replace={"StudyDescription": "Changed"}).description == "Changed"
            return
        assert client.get_system().read_only is True
        changes: list[Callable[[], object]] = [
            lambda: upload(client, [to_bytes(one) for one in make_study(seed="another")]),
            lambda: study.add_label("a"),
            lambda: study.metadata.write("1030", "x"),
            lambda: study.attachments["1030"].write(b"x"),
            lambda: study.modify(replace={"StudyDescription": "Changed"}),
            lambda: study.anonymize(),
            lambda: study.delete(),
            lambda: client.delete_changes(),
        ]
        for change in changes:
            with pytest.raises((MethodNotAllowed, ReadOnlyServer, JobFailed), match="read-only"):
                change()
        assert [found.id for found in find_studies(client)] == [study.id]
        assert len(client.get_instances()) == 4


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_has_no_patients(version: str, start: Start) -> None:
    """Since 1.13.0; the studies know whose they are nevertheless."""
    client = start(version, "without patients").client
    study = one_study(client)
    assert study.patient.tags.raw["PatientID"]
    assert study.patient.studies == [study]
    if client.supports("1.13.0"):
        assert client.get_system().patient_level_enabled is False
        with pytest.raises(NotFound, match=r"^GET /patients: 404"):
            client.get_patients()
        with pytest.raises(NotFound, match=r"^POST /patients/\{id\}/anonymize: 404"):
            study.patient.anonymize()
    else:
        assert client.get_patients() == [study.patient.id]
