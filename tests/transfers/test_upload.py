"""Uploading to real servers: what is DICOM is stored, what is not is told, and nothing stops the rest."""

from __future__ import annotations

import gzip
import io
import os
import threading
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pydicom
import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import (
    Instance,
    InvalidArgument,
    MethodNotAllowed,
    NotSupportedByServer,
    Orthanc,
    OrthancError,
    Study,
    TransferFailed,
    Unauthorized,
    UploadReport,
    UploadSource,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_instance, make_study, pydicom_test_files, to_bytes
from tests.resources.data import counted
from tests.transfers.conftest import VERSIONS, Start
from tests.transfers.data import dicomdir, small_file, statuses, uids, without_preamble, write_small_files, zipped


def uid_of(dataset: Dataset) -> str:
    return str(dataset.SOPInstanceUID)


# ---------------------------------------------------------------------------------------------------------------------
# A folder with everything in it
# ---------------------------------------------------------------------------------------------------------------------


def test_a_folder_with_everything(client: Orthanc, tmp_path: Path) -> None:
    good = [make_instance() for _ in range(9)]
    below = tmp_path / "below" / "and below"
    below.mkdir(parents=True)
    elsewhere = tmp_path.with_name("elsewhere")
    elsewhere.mkdir(exist_ok=True)
    files = {
        "no suffix": to_bytes(good[0]),
        "photo.jpg": to_bytes(good[1]),
        "below/IM0001": to_bytes(good[2]),
        "below/and below/IM0001": without_preamble(good[3]),
        "small.dcm.gz": gzip.compress(to_bytes(good[4])),
        "DICOMDIR": dicomdir(),
        "notes.dcm": b"no DICOM at all " * 100,
        "notes.txt.gz": gzip.compress(b"no DICOM either"),
        "empty.dcm": b"",
        "truncated.dcm": to_bytes(make_instance(rows=64, columns=64))[:4000],
        "no uids.dcm": to_bytes(make_instance(StudyInstanceUID=None)),
        "damaged.dcm.gz": gzip.compress(to_bytes(make_instance(rows=64, columns=64)))[:60],
        "archive": zipped(
            [
                ("DICOM/", b""),
                ("DICOM/one", to_bytes(good[5])),
                ("DICOM/one", to_bytes(good[6])),
                ("DICOM/two.gz", gzip.compress(to_bytes(good[7]))),
                ("DICOM/DICOMDIR", dicomdir()),
                ("readme.txt", b"read me"),
                ("../../evil", b"not written anywhere"),
                ("inner.zip", zipped([("hidden", to_bytes(make_instance()))])),
                ("bad", to_bytes(make_instance())[:200]),
            ]
        ),
        "nothing.zip": zipped([]),
        "damaged.zip": zipped([("one", to_bytes(make_instance(rows=64, columns=64)))])[:-40],
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (elsewhere / "linked").write_bytes(to_bytes(good[8]))
    (tmp_path / "link").symlink_to(elsewhere)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nobody")
    (tmp_path / "unreadable").symlink_to("/proc/self/mem")  # a file whose first byte cannot be read, by root neither
    os.mkfifo(tmp_path / "pipe")

    report = upload(client, tmp_path)

    assert statuses(report, tmp_path) == {
        "no suffix": "stored",
        "photo.jpg": "stored",
        "below/IM0001": "stored",
        "below/and below/IM0001": "stored",
        "link/linked": "stored",
        "small.dcm.gz": "stored",
        "archive/DICOM/one": "stored",
        "archive/DICOM/two.gz": "stored",
        "DICOMDIR": "not DICOM",
        "notes.dcm": "not DICOM",
        "notes.txt.gz": "not DICOM",
        "empty.dcm": "not DICOM",
        "archive/DICOM/DICOMDIR": "not DICOM",
        "archive/readme.txt": "not DICOM",
        "archive/../../evil": "not DICOM",
        "pipe": "not DICOM",
        "truncated.dcm": "rejected",
        "no uids.dcm": "rejected",
        "archive/bad": "rejected",
        "damaged.dcm.gz": "failed",
        "damaged.zip": "failed",
        "archive/inner.zip": "failed",
        "dangling": "failed",
        "unreadable": "failed",
    }
    assert [file.name.endswith("archive/DICOM/one") for file in report.files].count(True) == 2
    assert report.counts == {
        "stored": 9, "already stored": 0, "filtered out": 0, "not DICOM": 8, "rejected": 3, "failed": 5,
    }  # fmt: skip
    assert repr(report) == "UploadReport(9 stored, 8 not DICOM, 3 rejected, 5 failed)"
    assert uids(client) == {uid_of(dataset) for dataset in good}
    reasons = {Path(file.name).name: file.reason or "" for file in report.files}
    assert "Cannot parse an invalid DICOM file" in reasons["truncated.dcm"]
    assert "Inexistent tag" in reasons["no uids.dcm"]
    assert reasons["dangling"] == "it cannot be read: No such file or directory"
    assert reasons["unreadable"] == "it cannot be read: Input/output error"
    assert reasons["inner.zip"] == "a ZIP archive within another archive is not opened"
    assert reasons["DICOMDIR"] == "it is a DICOMDIR"
    assert reasons["pipe"] == "it is no regular file"
    assert all(reasons[name].startswith("it cannot be read: ") for name in ("damaged.dcm.gz", "damaged.zip"))

    # It is a list of the instances, as that of PyOrthanc.
    assert len(report) == len(report.instances) == 9
    assert {instance.id for instance in report} == set(client.get_instances())
    assert isinstance(report[0], Instance)
    assert report[0:2] == [report[0], report[1]]
    assert report[0] in report
    assert {str(instance.uid) for instance in report} == uids(client)
    assert [file.name for file in report.failures] == [
        file.name for file in report.files if file.status in ("rejected", "failed")
    ]
    with pytest.raises(TransferFailed, match=r"^8 of 25 files were not uploaded: ") as caught:
        report.raise_for_failures()
    assert caught.value.report is report
    assert "and 5 more" in str(caught.value)

    again = upload(client, tmp_path)
    assert again.counts["already stored"] == 9
    assert again.counts["stored"] == 0
    assert set(again) == set(report)


def test_the_files_of_pydicom(client: Orthanc) -> None:
    files = pydicom_test_files()
    assert len(files) > 100
    report = upload(client, files)
    report.raise_for_failures()
    assert [file.name for file in report.files] == [str(path) for path in files]
    assert set(client.get_instances()) == {instance.id for instance in report}
    for file in report.files:
        assert file.is_stored
        assert file.instance is not None
        info = file.instance.info
        assert (file.id_of("Instance"), file.id_of("Series")) == (info.id, info.parent_series)
    study = report.files[0].id_of("Study")
    assert study in client.get_studies()
    assert Study(study or "", client).patient.id == report.files[0].id_of("Patient")


def test_a_thousand_small_files(newest: Orthanc, tmp_path: Path) -> None:
    write_small_files(tmp_path, 1000)
    with counted(newest) as sent:
        report = upload(newest, tmp_path)
    assert sent.sent == ["POST /instances"] * 1000
    assert [Path(file.name).name for file in report.files] == [f"{number:05}" for number in range(1000)]
    assert report.counts["stored"] == 1000
    assert len(newest.get_instances()) == 1000
    # Each file is the one that its line is about.
    for number in (0, 500, 999):
        instance = report.files[number].instance
        assert instance is not None
        assert instance.get_file() == small_file(number)


# ---------------------------------------------------------------------------------------------------------------------
# Sources
# ---------------------------------------------------------------------------------------------------------------------


class OnlyReadable:
    """A file that has nothing but read(): a response, a socket."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 100) if size > 0 else -1)


def at_an_offset(content: bytes) -> io.BytesIO:
    file = io.BytesIO(b"something before it" + content)
    file.seek(len(b"something before it"))
    return file


SOURCES: dict[str, Callable[[bytes], object]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "BytesIO": io.BytesIO,
    "offset": at_an_offset,
    "read": OnlyReadable,
    "zip": lambda content: zipped([("a", content), ("b", b"junk")]),
    "zip file": lambda content: io.BytesIO(zipped([("a", content), ("b", b"junk")])),
    "gzip": gzip.compress,
    "dataset": lambda content: pydicom.dcmread(io.BytesIO(content)),
    "list": lambda content: [content, b"junk"],
    "tuple": lambda content: (content,),
    "iterator": lambda content: iter([content, io.BytesIO(b"junk")]),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_sources(newest: Orthanc, kind: str) -> None:
    dataset = make_instance()
    report = upload(newest, SOURCES[kind](to_bytes(dataset)))  # type: ignore[arg-type]  # it is one of them
    assert report.counts["stored"] == 1
    assert uids(newest) == {uid_of(dataset)}
    assert report[0].get_file() == to_bytes(dataset)
    assert len(report.files) == (2 if kind in ("zip", "zip file", "list", "iterator") else 1)
    assert all(file.name.startswith("item ") for file in report.files)


def test_a_pipe(newest: Orthanc) -> None:
    content = to_bytes(make_instance())
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        with os.fdopen(writing, "wb") as other_end:
            other_end.write(content)
        assert upload(newest, file)[0].get_file() == content


def test_an_open_file_is_left_open_and_not_changed(newest: Orthanc, tmp_path: Path) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(to_bytes(make_instance()))
    with path.open("rb") as file:
        assert upload(newest, file).counts["stored"] == 1
        assert not file.closed
    assert upload(newest, path).counts["already stored"] == 1
    assert upload(newest, str(path)).counts["already stored"] == 1


def test_datasets(client: Orthanc) -> None:
    with_header, without_header, unfinished = make_instance(), make_instance(), Dataset()
    del without_header.file_meta
    unfinished.PatientName = "Nobody^Knows"
    before = [str(dataset) for dataset in (with_header, without_header)]
    report = upload(client, (dataset for dataset in (with_header, without_header, unfinished)))
    assert [file.status for file in report.files] == ["stored", "stored", "failed"]
    assert "Nobody" not in (report.files[2].reason or "")
    assert [str(dataset) for dataset in (with_header, without_header)] == before
    assert not hasattr(without_header, "file_meta")
    assert report[0].get_file() == to_bytes(with_header)
    assert report[1].get_pydicom().PixelData == without_header.PixelData


@pytest.mark.parametrize(
    "source",
    [None, 3, {"path": "x"}, io.StringIO("text"), [b"fine", None], (b"fine", 3), "no such file", [io.StringIO("x")]],
    ids=["None", "number", "mapping", "text", "None in a list", "number in a tuple", "no file", "text in a list"],
)
def test_what_is_no_source(newest: Orthanc, source: UploadSource) -> None:
    with counted(newest) as sent, pytest.raises(InvalidArgument, match="source"):
        upload(newest, source)
    assert len(sent) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0}, {"workers": -1}, {"workers": True}, {"workers": "8"}, {"labels": "a b"}, {"labels": ["ok", ""]},
        {"labels": "x" * 65}, {"labels": [3]}, {"labels": "ok", "labels_level": "study"}, {"progress": "yes"},
        {"report": UploadReport(Orthanc("http://elsewhere"))},
    ],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_be(newest: Orthanc, options: dict[str, object]) -> None:
    with counted(newest) as sent, pytest.raises(InvalidArgument):
        upload(newest, b"", **options)  # type: ignore[arg-type]  # wrong on purpose
    assert len(sent) == 0


def test_a_missing_file_among_others_stops_nothing(newest: Orthanc, tmp_path: Path) -> None:
    report = upload(newest, [tmp_path / "missing", to_bytes(make_instance())])
    assert [file.status for file in report.files] == ["failed", "stored"]


def test_archives_that_cannot_be_read(newest: Orthanc) -> None:
    good, content = to_bytes(make_instance()), to_bytes(make_instance(rows=64, columns=64))
    secret = bytearray(zipped([("secret", content)]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # say that it is encrypted
        secret[secret.find(signature) + offset] |= 1
    odd = bytearray(zipped([("odd", content)]))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # a compression that nobody has
        odd[odd.find(signature) + offset] = 97
    damaged = bytearray(zipped([("fine", good), ("damaged", content)], zipfile.ZIP_STORED))
    damaged[damaged.find(content) + 1000] ^= 0xFF  # its checksum is wrong now
    report = upload(newest, [bytes(secret), bytes(odd), bytes(damaged)])
    assert [(file.name, file.status, file.reason) for file in report.files] == [
        ("item 1/secret", "failed", "it cannot be read: RuntimeError"),
        ("item 2/odd", "failed", "it cannot be read: NotImplementedError"),
        ("item 3/fine", "stored", None),
        ("item 3/damaged", "failed", "it cannot be read: Bad CRC-32 for file 'damaged'"),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# What servers do
# ---------------------------------------------------------------------------------------------------------------------


def test_filtered_out(start: Start, tmp_path_factory: pytest.TempPathFactory) -> None:
    script = tmp_path_factory.mktemp("lua") / "filter.lua"
    script.write_text("function ReceivedInstanceFilter(dicom) return dicom.PatientID ~= 'unwanted' end")
    client = start("1.13", {"LuaScripts": [str(script)]}).client
    report = upload(client, [make_instance(PatientID="unwanted"), make_instance()])
    assert [file.status for file in report.files] == ["filtered out", "stored"]
    assert report.files[0].reason == "the server answered FilteredOut"
    assert report.files[0].instance is None
    report.raise_for_failures()  # that is what the server was told to do
    assert len(report) == len(client.get_instances()) == 1


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_a_full_server(version: str, start: Start) -> None:
    client = start(version, {"MaximumStorageSize": 1, "MaximumStorageMode": "Reject"}).reset().client
    large = to_bytes(make_instance(rows=700, columns=700))  # 0.98 MB
    report = upload(client, [large, to_bytes(make_instance(rows=700, columns=700)), b"junk"], workers=1)
    assert [file.status for file in report.files] == ["stored", "failed", "not DICOM"]
    assert "507" in (report.files[1].reason or "")
    assert len(client.get_instances()) == 1


def test_credentials_that_are_wrong_end_it(newest: Orthanc, tmp_path: Path) -> None:
    write_small_files(tmp_path, 100)
    stranger = Orthanc(newest.url, "orthanc", "wrong", proxies={})
    report = UploadReport(stranger)
    with counted(stranger) as sent, pytest.raises(Unauthorized):
        upload(stranger, tmp_path, workers=4, report=report)
    assert 1 <= len(sent) <= 8
    assert report.files == []


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_a_read_only_server_ends_it(version: str, start: Start) -> None:
    client = start(version, {"ReadOnly": True}).client
    with pytest.raises(MethodNotAllowed):
        upload(client, to_bytes(make_instance()))


def test_check_before_upload(client: Orthanc, tmp_path: Path) -> None:
    there, new = make_instance(), make_instance(PatientID=None)
    upload(client, there).raise_for_failures()
    (tmp_path / "1").write_bytes(to_bytes(there))
    (tmp_path / "2").write_bytes(gzip.compress(to_bytes(there)))
    (tmp_path / "3").write_bytes(to_bytes(new))
    (tmp_path / "4").write_bytes(b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100")  # no identifiers
    with counted(client) as sent:
        report = upload(client, tmp_path, check_before_upload=True)
    assert [file.status for file in report.files] == ["already stored", "already stored", "stored", "rejected"]
    assert sorted(request.split("/")[0] for request in sent.sent) == ["GET "] * 3 + ["POST "] * 2
    assert report.files[0].instance == report.files[1].instance
    info = report[0].info
    assert (report.files[0].series_id, report.files[0].study_id) == (info.parent_series, report[0].study.id)
    assert upload(client, new, check_before_upload=True).counts["already stored"] == 1


@pytest.mark.parametrize("level", ["Patient", "Study", "Series", "Instance"])
def test_labels(start: Start, level: str) -> None:
    for version in ("1.12", "1.13"):
        client = start(version).reset().client
        with counted(client) as sent:
            report = upload(
                client,
                [*make_study(series=2, instances=2), b"junk"],
                labels=["one", "two", "one"],
                labels_level=level,  # type: ignore[arg-type]  # one of the four
            )
        number = {"Patient": 1, "Study": 1, "Series": 2, "Instance": 4}[level]
        labelled = report.resources(level)  # type: ignore[arg-type]  # likewise
        assert len(labelled) == number
        assert all(resource.labels == ["one", "two"] for resource in labelled)
        assert sum(request.startswith("PUT") for request in sent.sent) == 2 * number
        assert set(client.get_tools_labels()) == {"one", "two"}


def test_labels_that_the_server_does_not_know(start: Start) -> None:
    client = start("1.10").reset().client
    client.get_system()
    with counted(client) as sent, pytest.raises(NotSupportedByServer, match=r"1\.12\.0.*1\.10\.1"):
        upload(client, make_instance(), labels="one")
    assert not [request for request in sent.sent if request.startswith("POST")]
    assert client.get_instances() == []


# ---------------------------------------------------------------------------------------------------------------------
# Interrupted
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_stops_half_way_and_starts_again(version: str, tmp_path: Path) -> None:
    """Nothing is lost, nothing is told that is not so, and what is done is not sent again."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_small_files(folder, 400)
    with ExitStack() as stack:
        server = stack.enter_context(LocalOrthanc(version))
        client = stack.enter_context(Orthanc(server.url, server.username, server.password, proxies={}, retries=0))
        report = UploadReport(client)

        def stop(done: int, _total: int | None) -> None:
            if done == 150:
                server.kill()

        assert upload(client, folder, report=report, progress=stop) is report
        counts = report.counts
        assert counts["stored"] >= 140
        assert counts["stored"] + counts["failed"] == len(report.files) == 400
        assert counts["failed"] > 100
        server.restart()
        there = set(client.get_instances())
        assert {instance.id for instance in report} <= there  # what is told to be stored is
        with counted(client) as sent:
            upload(client, folder, report=report)
        assert sent.sent == ["POST /instances"] * counts["failed"]
        report.raise_for_failures()
        assert len(report.files) == len(report) == 400
        assert {instance.id for instance in report} == set(client.get_instances())
        # Those that were stored, but whose answer was lost, were found to be there already.
        assert report.counts["already stored"] == len(there) - counts["stored"]


def test_an_interruption_loses_nothing_of_the_report(newest: Orthanc, tmp_path: Path) -> None:
    write_small_files(tmp_path, 300)
    report = UploadReport(newest)

    def interrupt(done: int, _total: int | None) -> None:
        if done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload(newest, tmp_path, report=report, progress=interrupt)
    assert 100 <= len(report) < 130
    assert {instance.id for instance in report} == set(newest.get_instances())  # what was under way included
    stored = len(report)
    with counted(newest) as sent:
        upload(newest, tmp_path, report=report)
    assert len(sent) == 300 - stored
    assert report.counts["stored"] == 300
    assert len(newest.get_instances()) == 300


def test_an_error_in_the_source_does_not_lose_the_rest(newest: Orthanc) -> None:
    def source() -> Iterator[bytes]:
        yield to_bytes(make_instance())
        raise RuntimeError("of the user")

    report = UploadReport(newest)
    with pytest.raises(RuntimeError, match="of the user"):
        upload(newest, source(), report=report)
    assert report.counts["stored"] == 1
    assert len(newest.get_instances()) == 1


def test_a_file_whose_answer_was_lost_is_sent_once(newest: Orthanc) -> None:
    """Whether it was stored is unknown: that is for the user to find out, not to be tried blindly."""
    posts = 0
    send = newest.session.send

    def losing(*args: object, **arguments: object) -> object:
        nonlocal posts
        posts += 1
        send(*args, **arguments).close()  # type: ignore[arg-type]  # as it came
        raise ConnectionResetError("after it was stored")

    report = UploadReport(newest)
    with patch.object(newest.session, "send", losing):
        upload(newest, make_instance(), report=report)
    assert posts == 1
    assert [file.status for file in report.files] == ["failed"]
    assert isinstance(report.files[0].error, OrthancError)
    assert len(newest.get_instances()) == 1


# ---------------------------------------------------------------------------------------------------------------------
# Memory
# ---------------------------------------------------------------------------------------------------------------------


def test_an_iterator_is_read_as_it_goes(newest: Orthanc) -> None:
    """However many datasets there are, a few of them are in memory."""
    alive = weakref.WeakSet[io.BytesIO]()
    most = 0

    def source() -> Iterator[io.BytesIO]:
        nonlocal most
        for number in range(200):
            file = io.BytesIO(small_file(number))
            alive.add(file)
            most = max(most, len(alive))
            yield file

    assert upload(newest, source(), workers=4).counts["stored"] == 200
    assert most <= 2 * 4 + 4


def test_archives_are_closed(newest: Orthanc, tmp_path: Path) -> None:
    for number in range(40):
        files = [(str(member), small_file(10 * number + member)) for member in range(10)]
        (tmp_path / str(number)).write_bytes(zipped(files))
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir()))
    most = 0

    def watch(_done: int, _total: int | None) -> None:
        nonlocal most
        most = max(most, len(list(open_files.iterdir())) - before)

    report = UploadReport(newest)
    assert upload(newest, tmp_path, workers=4, progress=watch, report=report).counts["stored"] == 400
    assert most < 40
    upload(newest, tmp_path, report=report)  # nothing to do: the archives are opened, and closed again
    assert len(list(open_files.iterdir())) - before < 12  # connections that are kept


def test_many_clients_at_once(newest: Orthanc, tmp_path: Path) -> None:
    """One client serves several uploads."""
    write_small_files(tmp_path, 100)
    reports: list[UploadReport] = []
    with ExitStack() as stack:
        threads = [threading.Thread(target=lambda: reports.append(upload(newest, tmp_path))) for _ in range(3)]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
    assert [len(report) for report in reports] == [100] * 3
    assert sum(report.counts["stored"] for report in reports) == 100
    assert len(newest.get_instances()) == 100
