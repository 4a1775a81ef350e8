"""Downloading into folders: every file once, whole, and in its place, whatever the DICOM values are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orthanc_sdk import (
    DownloadReport,
    Instance,
    InvalidArgument,
    NotFound,
    Orthanc,
    Patient,
    Study,
    TransferFailed,
    Unauthorized,
    UnexpectedAnswer,
    download_tree,
    find_instances,
    find_patients,
    find_series,
    find_studies,
    upload,
)
from orthanc_sdk.resources.base import AnyResource
from orthanc_sdk.testing import LocalOrthanc, make_instance, make_studies, make_study, to_bytes
from tests.http.fake_server import FakeServer, Reply
from tests.resources.data import counted, fill
from tests.transfers.conftest import VERSIONS, Start
from tests.transfers.test_download import files_of_at_most

UNKNOWN = "00000000-00000000-00000000-00000000-00000000"


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_two_patients(client: Orthanc) -> dict[str, bytes]:
    """Eight instances of two patients; their files, by where they should be."""
    datasets = list(make_studies(patients=2, studies=2, series=1, instances=2))
    upload(client, datasets).raise_for_failures()
    return {
        f"{one.PatientID}/{one.StudyInstanceUID}/{one.SeriesInstanceUID}/{one.SOPInstanceUID}.dcm": to_bytes(one)
        for one in datasets
    }


def test_of_each_level(client: Orthanc, tmp_path: Path) -> None:
    expected = put_two_patients(client)
    found: list[list[AnyResource]] = [
        [*find_patients(client)],
        [*find_studies(client)],
        [*find_series(client)],
        [*find_instances(client)],
    ]
    for resources in found:
        level = resources[0].level
        report = download_tree(resources, tmp_path / level)
        assert files_below(tmp_path / level) == expected
        assert report.counts == {"downloaded": 8, "already there": 0, "failed": 0}
        assert {str(path.relative_to(tmp_path / level)) for path in report} == set(expected)
        report.raise_for_failures()
        by_id = download_tree((type(one)(one.id, client) for one in resources), tmp_path / level)
        assert by_id.counts == {"downloaded": 0, "already there": 8, "failed": 0}
    mixed = [found[0][0], *found[1], found[3][0]]
    download_tree(mixed, tmp_path / "mixed").raise_for_failures()
    assert files_below(tmp_path / "mixed") == expected
    one = download_tree(found[0][0], tmp_path / "one")
    assert len(one) == 4
    assert isinstance(one[0], Path)
    assert one[1:3] == one.paths[1:3]
    assert repr(one) == "DownloadReport(4 downloaded)"


def test_it_costs_one_request_a_file_and_few_others(newest: Orthanc, tmp_path: Path) -> None:
    fill(newest, patients=40)
    patients = find_patients(newest)
    with counted(newest) as sent:
        assert download_tree(patients, tmp_path).counts["downloaded"] == 40
    files = [request for request in sent.sent if request.endswith("/file")]
    assert len(files) == len(set(files)) == 40
    assert len(sent) - len(files) <= 10
    with counted(newest) as sent:
        assert download_tree(patients, tmp_path).counts["already there"] == 40
    assert not [request for request in sent.sent if request.endswith("/file")]


def test_it_is_what_the_server_has_now(newest: Orthanc, tmp_path: Path) -> None:
    """Not what the resource remembers; and the resource remembers no more for it."""
    first, second = make_study(instances=2)
    upload(newest, first)
    patient = find_patients(newest)[0]
    assert len(patient.studies[0].series[0].instances) == 1
    upload(newest, second)
    assert download_tree(patient, tmp_path).counts["downloaded"] == 2
    assert len(patient.studies[0].series[0].instances) == 1  # as it remembers
    fresh = Patient(patient.id, newest)
    download_tree(fresh, tmp_path)
    with counted(newest) as sent:
        assert len(fresh.studies) == 1
    assert len(sent) == 1


@pytest.mark.parametrize("verify", ["size", "md5"])
def test_what_is_not_whole_is_fetched_again(client: Orthanc, tmp_path: Path, verify: str) -> None:
    expected = put_two_patients(client)
    download_tree(find_patients(client), tmp_path, verify=verify)  # type: ignore[arg-type]  # one of both
    short, changed, missing, *_ = sorted(tmp_path.rglob("*.dcm"))
    short.write_bytes(short.read_bytes()[:-1])
    changed.write_bytes(changed.read_bytes()[:-1] + b"!")
    missing.unlink()
    report = download_tree(find_patients(client), tmp_path, verify=verify)  # type: ignore[arg-type]  # as above
    again = {file.path for file in report.files if file.status == "downloaded"}
    assert again == ({short, missing} if verify == "size" else {short, missing, changed})
    if verify == "md5":
        assert files_below(tmp_path) == expected


EVIL = [
    "../../evil",
    "..",
    "a/b",
    "a_b",
    "a\\b",
    "/etc/passwd",
    "CON",
    "nul.txt",
    "trailing.",
    "C:\\x",
    "-rf",
    "~",
    "x" * 64,
    "ä" * 64,
    "\x1b[31mred",
    "new\nline",
    "=cmd|'/c calc'!A0",
    '?*<>|"',
    "no-PatientID",
    "",
    None,
]


def test_names_that_would_lead_elsewhere(client: Orthanc, tmp_path: Path) -> None:
    """Each patient has a folder of its own, in the folder that was asked for."""
    datasets = [
        make_instance(
            SpecificCharacterSet="ISO_IR 192", PatientID=value, PatientName=str(number), rows=1, columns=2,
            SeriesInstanceUID="2.25.31415926" if number == 0 else f"2.25.3.{number}",
        )
        for number, value in enumerate(EVIL)
    ]  # fmt: skip
    report = upload(client, [to_bytes(one).replace(b"2.25.31415926", b"../../../evil") for one in datasets])
    stored = len(report.instances)
    assert stored >= len(EVIL) - 3
    folder = tmp_path / "deep" / "down"
    done = download_tree(find_patients(client), folder)
    done.raise_for_failures()
    assert len(done) == len(set(done)) == stored
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert set(everything) == set(done)
    for path in done:
        assert path.resolve().is_relative_to(folder.resolve())
        assert len(path.relative_to(folder).parts) == 4
        assert all(part.isprintable() for part in path.parts)
    assert len(list(folder.iterdir())) >= len(find_patients(client)) - 1  # without PatientID, and with that name


def test_one_that_fails_never_stops_the_rest(client: Orthanc, tmp_path: Path) -> None:
    put_two_patients(client)
    instances = find_instances(client)
    _ = [instance.series for instance in instances]
    instances[3].delete()
    report = download_tree([*instances, Patient(UNKNOWN, client), *find_studies(client)], tmp_path)
    assert report.counts == {"downloaded": 7, "already there": 7, "failed": 2}
    gone, nobody = report.failures
    assert {gone.resource, nobody.resource} == {instances[3], Patient(UNKNOWN, client)}
    assert all(isinstance(file.error, NotFound) for file in report.failures)
    assert all("404" in (file.reason or "") for file in report.failures)
    with pytest.raises(TransferFailed, match=r"^2 of 16 files were not downloaded: ") as caught:
        report.raise_for_failures()
    assert caught.value.report is report
    assert len(list(tmp_path.rglob("*.*"))) >= 7
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_stops_half_way_and_starts_again(version: str, tmp_path: Path) -> None:
    with LocalOrthanc(version) as server:
        fill(server.client, patients=120)
        with Orthanc(server.url, server.username, server.password, proxies={}, retries=0) as client:

            def kill(done: int, _total: int | None) -> None:
                if done == 40:
                    server.kill()

            patients = find_patients(client)
            first = download_tree(patients, tmp_path, progress=kill)
            assert first.counts["failed"] > 20
            assert first.counts["downloaded"] >= 40
            assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(first)
            server.restart()
            second = download_tree(patients, tmp_path)
            assert second.counts == {
                "downloaded": 120 - first.counts["downloaded"],
                "already there": first.counts["downloaded"],
                "failed": 0,
            }
        assert len(files_below(tmp_path)) == 120


def test_a_full_disk(newest: Orthanc, tmp_path: Path) -> None:
    upload(newest, [make_instance(), make_instance(rows=500, columns=500)]).raise_for_failures()
    with files_of_at_most(100_000):
        report = download_tree(find_instances(newest), tmp_path)
    assert report.counts == {"downloaded": 1, "already there": 0, "failed": 1}
    assert report.failures[0].reason is not None
    assert "File too large" in report.failures[0].reason
    assert set(files_below(tmp_path)) == {str(path.relative_to(tmp_path)) for path in report}


def test_an_interruption(newest: Orthanc, tmp_path: Path) -> None:
    fill(newest, patients=100)

    def interrupt(done: int, _total: int | None) -> None:
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_tree(find_patients(newest), tmp_path, progress=interrupt)
    files = files_below(tmp_path)
    assert 30 <= len(files) < 60
    assert all(name.endswith(".dcm") for name in files)
    assert download_tree(find_patients(newest), tmp_path).counts["already there"] == len(files)


def test_credentials_that_are_wrong_end_it(newest: Orthanc, tmp_path: Path) -> None:
    stranger = Orthanc(newest.url, "orthanc", "wrong", proxies={})
    with counted(stranger) as sent, pytest.raises(Unauthorized):
        download_tree([Patient(UNKNOWN, stranger)] * 100, tmp_path)
    assert len(sent) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_compresses_its_files(version: str, start: Start, tmp_path: Path) -> None:
    client = start(version, {"StorageCompression": True}).reset().client
    expected = put_two_patients(client)
    for verify in ("size", "md5"):
        download_tree(find_patients(client), tmp_path, verify=verify).raise_for_failures()
    assert files_below(tmp_path) == expected


def test_a_file_that_comes_shorter_than_it_should(newest: Orthanc, tmp_path: Path) -> None:
    """A proxy may have cut it, and told so."""
    upload(newest, make_instance())
    instance = find_instances(newest)[0]
    _ = instance.series.study.info

    def cutting(request: object) -> Reply:
        del request
        return Reply(body=instance.get_file()[:-10], headers={"Content-Type": "application/dicom"})

    with FakeServer(cutting) as fake, Orthanc(fake.url, proxies={}) as client:
        copy = Instance._from_info(instance.info, client)
        copy._relatives["Series"] = [instance.series]
        report = download_tree([copy], tmp_path)
    (file,) = report.failures
    assert isinstance(file.error, UnexpectedAnswer)
    assert "bytes came, of" in str(file.error)
    assert files_below(tmp_path) == {}


def test_arguments(newest: Orthanc, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with counted(newest) as sent:
        for arguments in (
            (Study(UNKNOWN, newest), tmp_path / "file"),
            ("a string", tmp_path),
            (None, tmp_path),
        ):
            with pytest.raises(InvalidArgument):
                download_tree(*arguments)
        for options in ({"workers": 0}, {"verify": "crc"}, {"progress": 3}):
            with pytest.raises(InvalidArgument):
                download_tree([Study(UNKNOWN, newest)], tmp_path, **options)
    assert len(sent) == 0
    nothing = download_tree([], tmp_path / "new")
    assert isinstance(nothing, DownloadReport)
    assert nothing.files == []


def test_an_iterator_is_read_as_it_goes(newest: Orthanc, tmp_path: Path) -> None:
    fill(newest, patients=100)
    taken = 0

    def endless() -> Iterator[Patient]:
        nonlocal taken
        for patient in find_patients(newest):
            taken += 1
            yield patient

    seen: list[int] = []
    download_tree(endless(), tmp_path, workers=2, progress=lambda done, _: seen.append(taken - done))
    assert taken == 100
    assert max(seen) < 50
    assert threading.active_count() < 8
