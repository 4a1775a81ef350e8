"""The report of an upload, kept on the disk: what is done is not done again, not even after a crash."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from orthanc_sdk import InvalidArgument, Orthanc, TransferFailed, UploadReport, upload
from orthanc_sdk.testing import make_instance, make_study, to_bytes
from tests.resources.data import counted
from tests.transfers.data import dicomdir, write_small_files, zipped


def fill(folder: Path) -> None:
    """A file of each fate."""
    folder.mkdir()
    for number, dataset in enumerate(make_study(instances=3)):
        (folder / f"{number}.dcm").write_bytes(to_bytes(dataset))
    (folder / "DICOMDIR").write_bytes(dicomdir())
    (folder / "bad.dcm").write_bytes(to_bytes(make_instance())[:200])
    (folder / "dangling").symlink_to("nobody")
    (folder / "a.zip").write_bytes(zipped([("x", to_bytes(make_instance())), ("ü\n", b"junk")]))


def test_a_report_on_the_disk(client: Orthanc, tmp_path: Path) -> None:
    folder, path = tmp_path / "files", tmp_path / "report.jsonl"
    fill(folder)
    first = UploadReport(client, path)
    upload(client, [folder, to_bytes(make_instance())], report=first)
    assert len(path.read_text().splitlines()) == len(first.files) == 9

    second = UploadReport(client, path)
    assert sorted(second.files, key=lambda file: file.name) == sorted(first.files, key=lambda file: file.name)
    assert set(second) == set(first)
    assert second.counts == first.counts
    assert [file.error for file in second.failures] == [None, None]
    with pytest.raises(TransferFailed, match="2 of 9 files were not uploaded"):
        second.raise_for_failures()

    with counted(client) as sent:
        upload(client, folder, report=second)
    assert len(sent) == 0  # only the link to nowhere was tried again
    assert second.counts == first.counts

    (folder / "dangling").unlink()
    (folder / "dangling").write_bytes(to_bytes(make_instance()))
    with counted(client) as sent:
        upload(client, folder, report=second)
    assert sent.sent == ["POST /instances"]
    for report in (second, UploadReport(client, path)):
        assert [Path(file.name).name for file in report.failures] == ["bad.dcm"]  # the link leads somewhere now
        assert report.counts["stored"] == first.counts["stored"] + 1


def test_a_file_that_has_changed_is_sent_again(newest: Orthanc, tmp_path: Path) -> None:
    file, archive = tmp_path / "one.dcm", tmp_path / "a.zip"
    file.write_bytes(to_bytes(make_instance()))
    archive.write_bytes(zipped([("x", to_bytes(make_instance()))]))
    report = UploadReport(newest)
    upload(newest, [file, archive], report=report)
    file.write_bytes(to_bytes(make_instance(rows=20)))
    archive.write_bytes(zipped([("x", to_bytes(make_instance(rows=20)))]))
    upload(newest, [file, archive], report=report)
    assert report.counts["stored"] == 4
    assert len(newest.get_instances()) == 4


def test_what_has_no_path_is_told_apart(newest: Orthanc, tmp_path: Path) -> None:
    """The first item of a second upload is not that of the first one."""
    path = tmp_path / "report.jsonl"
    for _ in range(2):
        report = UploadReport(newest, path)
        for _ in range(2):
            upload(newest, make_instance(), report=report)
    assert len(report) == 4
    assert set(UploadReport(newest, path)) == set(report)
    assert len(newest.get_instances()) == 4


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_crash_in_the_middle_of_a_line(newest: Orthanc, tmp_path: Path, cut: int) -> None:
    folder, path = tmp_path / "files", tmp_path / "report.jsonl"
    folder.mkdir()
    write_small_files(folder, 5)
    upload(newest, folder, report=UploadReport(newest, path)).raise_for_failures()
    path.write_bytes(path.read_bytes()[:-cut])
    report = UploadReport(newest, path)
    assert len(report.files) == (5 if cut == 1 else 4)  # a line that lacks nothing but its end is whole
    upload(newest, folder, report=report)
    assert len(UploadReport(newest, path)) == 5
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    "content",
    [
        "not a report\nat all\n",
        "{}\n{}\n",
        '[1]\n""\n',
        '{"file": ["a"], "member": [], "status": "lost"}\n{}\n',
        "é\n",
        "one line",
    ],
)
def test_what_is_no_report(newest: Orthanc, tmp_path: Path, content: str) -> None:
    path = tmp_path / "precious.txt"
    path.write_text(content)
    with pytest.raises(InvalidArgument, match=r"precious\.txt: line 1 is no line of a report"):
        UploadReport(newest, path)
    assert path.read_text() == content


def test_a_report_that_cannot_be_written_stops_before_anything_is_lost(newest: Orthanc, tmp_path: Path) -> None:
    report = UploadReport(newest, tmp_path / "no folder" / "report.jsonl")
    with pytest.raises(FileNotFoundError):
        upload(newest, make_instance(), report=report)


def test_pickled(newest: Orthanc, tmp_path: Path) -> None:
    report = UploadReport(newest, tmp_path / "report.jsonl")
    upload(newest, [make_instance(), b"junk", to_bytes(make_instance())[:200]], report=report)
    copy = pickle.loads(pickle.dumps(report))
    assert copy.files == report.files
    assert list(copy) == list(report)
    with pytest.raises(TransferFailed) as caught:
        copy.raise_for_failures()
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.report.files == report.files
