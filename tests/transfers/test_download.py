"""Downloading single files and archives from real servers: whole, or not at all."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pydicom
import pytest

from orthanc_sdk import (
    Instance,
    InvalidArgument,
    Job,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancError,
    Study,
    UnexpectedAnswer,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_instance, make_study, to_bytes
from tests.http.fake_server import FakeServer, Reply
from tests.resources.data import counted, new
from tests.transfers.conftest import VERSIONS, Start

IMPLICIT, MPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.100"
BEFORE = b"what was there before"


def large_study(client: Orthanc, instances: int, rows: int = 700) -> Study:
    """A study whose archive is of some size: 1 MB for each instance of 700 rows."""
    upload(client, make_study(instances=instances, rows=rows, columns=rows, modality="CT")).raise_for_failures()
    return Study(client.get_studies()[-1], client)


def content_of(archive: bytes | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive) if isinstance(archive, bytes) else archive) as files:
        assert files.testzip() is None
        return {name: files.read(name) for name in files.namelist()}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Lets the system refuse to write more than that to any file, as it does when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# ---------------------------------------------------------------------------------------------------------------------
# Archives
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("as_job", [False, True])
@pytest.mark.parametrize("media", [False, True])
def test_archives(client: Orthanc, tmp_path: Path, level: int, as_job: bool, media: bool) -> None:
    tree = new(client, series=2, instances=2)
    holder = tree.each[level]
    assert not isinstance(holder, Instance)
    expected = {to_bytes(dataset) for dataset in (tree.datasets[:2] if level == 2 else tree.datasets)}
    path = holder.download(tmp_path / "archive.zip", as_job=as_job, media=media)
    assert path == tmp_path / "archive.zip"
    files = content_of(path)
    assert ("DICOMDIR" in files) is media
    assert {content for name, content in files.items() if name != "DICOMDIR"} == expected
    buffer = io.BytesIO()
    assert holder.download(buffer, as_job=as_job, media=media) is None
    assert set(content_of(buffer.getvalue()).values()) >= expected
    assert [entry.name for entry in tmp_path.iterdir()] == ["archive.zip"]


def test_where_it_goes_to(newest: Orthanc, tmp_path: Path) -> None:
    study = new(newest).study
    assert study.download(tmp_path) == tmp_path / f"{study.id}.zip"
    assert study.download(str(tmp_path), filename="mine.zip") == tmp_path / "mine.zip"
    escaped = study.download(tmp_path, filename="../../evil.zip")
    assert escaped.parent == tmp_path
    (tmp_path / "link").symlink_to(tmp_path / "target.zip")
    assert study.download(tmp_path / "link") == tmp_path / "target.zip"
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "over").write_bytes(BEFORE)
    study.download(tmp_path / "over")
    for path in (tmp_path / "over", tmp_path / "target.zip", escaped, tmp_path / "mine.zip"):
        assert len(content_of(path)) == 1
    with (tmp_path / "raw").open("wb", buffering=0) as raw:
        study.download(raw)
    assert len(content_of(tmp_path / "raw")) == 1


class Reluctant:
    """Writes a few bytes at once, as a raw file may do."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes, /) -> int:
        self.content += data[:1000]
        return len(data[:1000])


def test_what_takes_less_at_once_gets_all(newest: Orthanc) -> None:
    target = Reluctant()
    instance = new(newest).instance
    instance.download(target)
    assert target.content == instance.get_file()


BAD_TARGETS: dict[str, Callable[[Path], object]] = {
    "no folder": lambda folder: folder / "missing" / "a.zip",
    "a file as folder": lambda folder: folder / "file" / "a.zip",
    "pipe": lambda folder: folder / "pipe",
    "device": lambda _: "/dev/null",
    "text": lambda _: io.StringIO(),
    "number": lambda _: 3,
    "none": lambda _: None,
}


@pytest.mark.parametrize("kind", BAD_TARGETS)
def test_what_cannot_be_written_to(newest: Orthanc, tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_bytes(BEFORE)
    os.mkfifo(tmp_path / "pipe")
    tree = new(newest)
    target = BAD_TARGETS[kind](tmp_path)
    with counted(newest) as sent:
        for download in (tree.patient.download, tree.instance.download, tree.instance.attachments["dicom"].download):
            with pytest.raises(InvalidArgument, match="target"):
                download(target)  # type: ignore[call-overload]  # wrong on purpose
        with pytest.raises(InvalidArgument, match="progress"):
            tree.study.download(tmp_path / "a", progress="yes")  # type: ignore[call-overload]  # likewise
        with pytest.raises(InvalidArgument, match="extended"):
            tree.study.download(tmp_path / "a", extended=True)
    assert len(sent) == 0


def test_transcoding(client: Orthanc, tmp_path: Path) -> None:
    study = new(client, instances=3).study
    for as_job in (False, True):
        for media in (False, True):
            path = study.download(tmp_path / "a.zip", transcode=IMPLICIT, as_job=as_job, media=media)
            files = [content for name, content in content_of(path).items() if name != "DICOMDIR"]
            assert len(files) == 3
            for content in files:
                assert pydicom.dcmread(io.BytesIO(content)).file_meta.TransferSyntaxUID == IMPLICIT


@pytest.mark.parametrize("as_job", [False, True])
def test_instances_that_cannot_be_transcoded_are_not_lost_silently(
    newest: Orthanc, tmp_path: Path, as_job: bool
) -> None:
    (tmp_path / "a.zip").write_bytes(BEFORE)
    study = new(newest, instances=2).study
    with pytest.raises(UnexpectedAnswer, match="0 of 2 instances"):
        study.download(tmp_path / "a.zip", transcode=MPEG, as_job=as_job)
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [BEFORE]


def test_jobs_leave_nothing_on_the_server(client: Orthanc, tmp_path: Path) -> None:
    study = new(client).study
    study.download(tmp_path / "a.zip", as_job=True)
    (job,) = [job for job in client.get_jobs(expand=True) if job.type == "Archive"]
    assert job.state == "Success"
    if client.supports("1.12.1"):
        with pytest.raises(NotFound):
            Job(job.id, client).download(tmp_path / "b.zip")


def test_an_archive_that_another_one_has_pushed_out(newest: Orthanc, tmp_path: Path) -> None:
    """The server keeps one archive."""
    first, second = new(newest).study.archive_as_job(), new(newest).study.archive_as_job()
    first.wait_until_completion()
    second.wait_until_completion()
    assert second.download(tmp_path) == tmp_path / f"{second.id}.zip"
    assert second.download(tmp_path, filename="kept.zip").is_file()  # it is still there
    with pytest.raises(NotFound):
        first.download(tmp_path / "first.zip")
    assert not (tmp_path / "first.zip").exists()


# ---------------------------------------------------------------------------------------------------------------------
# Single files
# ---------------------------------------------------------------------------------------------------------------------


def test_instances_and_attachments(client: Orthanc, tmp_path: Path) -> None:
    tree = new(client)
    content = to_bytes(tree.datasets[0])
    path = tree.instance.download(tmp_path)
    assert path == tmp_path / f"{tree.instance.id}.dcm"
    dicom = tree.instance.attachments["dicom"].download(tmp_path)
    assert dicom == tmp_path / "dicom"
    buffer = io.BytesIO()
    tree.instance.attachments["dicom"].download(buffer)
    assert path.read_bytes() == dicom.read_bytes() == buffer.getvalue() == content
    tree.study.attachments["1030"].write(CONTENT := b"\0" * 1000)
    assert tree.study.attachments["1030"].download(tmp_path, filename="notes.bin").read_bytes() == CONTENT
    if client.supports("1.12.2"):
        transcoded = tree.instance.download(tmp_path / "t.dcm", transcode=IMPLICIT)
        assert pydicom.dcmread(transcoded).file_meta.TransferSyntaxUID == IMPLICIT
    else:
        with pytest.raises(NotSupportedByServer, match=r"1\.12\.2"):
            tree.instance.download(tmp_path / "t.dcm", transcode=IMPLICIT)


def test_progress_of_a_file(newest: Orthanc, tmp_path: Path) -> None:
    upload(newest, make_instance(rows=700, columns=700)).raise_for_failures()
    instance = Instance(newest.get_instances()[0], newest)
    told: list[tuple[int, int | None]] = []

    def tell(done: int, total: int | None) -> None:
        told.append((done, total))

    instance.download(tmp_path, progress=tell)
    size = instance.file_size
    assert len(told) > 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {size}
    assert told[-1][0] == size
    streamed = instance.study.download(tmp_path, progress=tell)
    assert told.pop() == (streamed.stat().st_size, None)
    made_before = instance.study.download(tmp_path, as_job=True, progress=tell)
    assert set(told.pop()) == {made_before.stat().st_size}


# ---------------------------------------------------------------------------------------------------------------------
# What goes wrong leaves nothing behind
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["new", "over another one"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where to download to; nothing is there in the end, or what was there before."""
    path = tmp_path / "target"
    if request.param != "new":
        path.write_bytes(BEFORE)
    yield path
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == ([] if request.param == "new" else [BEFORE])


def test_what_is_not_there(client: Orthanc, target: Path) -> None:
    unknown = "00000000-00000000-00000000-00000000-00000000"
    for download in (
        Study(unknown, client).download,
        Instance(unknown, client).download,
        new(client).study.attachments["1030"].download,
    ):
        with pytest.raises(NotFound):
            download(target)
    with pytest.raises(NotFound):
        Study(unknown, client).download(target, as_job=True)
    with pytest.raises(NotFound):
        Job(unknown, client).download(target)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("whole", [True, False], ids=["archive", "instance"])
def test_a_server_that_stops_half_way(version: str, whole: bool, target: Path) -> None:
    with LocalOrthanc(version) as server:
        study = large_study(server.client, *((12, 700) if whole else (1, 3500)))

        def kill(done: int, _total: int | None) -> None:
            if done > 500_000 and server.is_running:
                server.kill()

        resource_: Study | Instance = study if whole else study.series[0].instances[0]
        with pytest.raises(OrthancError) as caught:
            resource_.download(target, progress=kill)
        assert "cut short" in str(caught.value)
        server.restart()  # so that it can be stopped in order


@pytest.mark.parametrize("keep", [0, 10, 1000, -1, -21])
def test_archives_that_are_cut_short(newest: Orthanc, target: Path, keep: int) -> None:
    """They come without their length: HTTP does not notice."""
    archive = new(newest).study.get_zip()
    cut = Reply(body=archive[:keep], no_length=True)
    with FakeServer(cut) as fake, Orthanc(fake.url, proxies={}) as client:
        with pytest.raises(UnexpectedAnswer, match="cut short"):
            Study("a" * 44, client).download(target)
        assert len(fake.requests) == 1


def test_a_page_of_a_proxy(target: Path) -> None:
    page = Reply(body=b"<html>please log in</html>", headers={"Content-Type": "text/html"})
    with FakeServer(page) as fake, Orthanc(fake.url, proxies={}) as client, pytest.raises(UnexpectedAnswer):
        Study("a" * 44, client).download(target)


def test_a_full_disk(newest: Orthanc, target: Path) -> None:
    study = large_study(newest, 2)
    instance = study.series[0].instances[0]
    with files_of_at_most(400_000):
        for download in (study.download, instance.download, instance.attachments["dicom"].download):
            with pytest.raises(OSError, match="File too large"):
                download(target)
        with pytest.raises(OSError, match="File too large"):
            study.download(target, as_job=True)


def test_a_full_device(newest: Orthanc) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        new(newest).study.download(full)


def test_an_interruption(newest: Orthanc, target: Path) -> None:
    study = large_study(newest, 2)

    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    for as_job in (False, True):
        with pytest.raises(KeyboardInterrupt):
            study.download(target, progress=interrupt, as_job=as_job)
    assert study.get_zip()  # its connections are as good as new


def test_an_interruption_while_the_server_makes_the_archive(newest: Orthanc, target: Path) -> None:
    """The job is ended: nobody would fetch what it makes."""
    study = large_study(newest, 8)
    with (
        patch.object(Job, "wait_until_completion", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
        counted(newest) as sent,
    ):
        study.download(target, as_job=True)
    assert [request.rsplit("/", 1)[1] for request in sent.sent] == ["archive", "cancel"]


# ---------------------------------------------------------------------------------------------------------------------
# Memory
# ---------------------------------------------------------------------------------------------------------------------

MEASURE = """
import sys
from pathlib import Path
from orthanc_sdk import Orthanc, Series, Study, download_tree, upload

url, user, password, what, folder, small, large = sys.argv[1:]
client = Orthanc(url, user, password, proxies={})
folder = Path(folder)

def do(number, id_):
    if what == "archive":
        Series(id_, client).download(folder / f"{number}.zip")
    elif what == "job":
        Series(id_, client).download(folder / f"{number}.zip", as_job=True)
    elif what == "tree":
        download_tree(Series(id_, client), folder / str(number)).raise_for_failures()
    else:
        upload(client, id_).raise_for_failures()

def peak():
    # Of this process alone: getrusage() begins with what the one that has started it had.
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024

do(1, small)  # loads all that is needed
idle = peak()
do(2, large)
print(peak() - idle)
"""


def grown(server: LocalOrthanc, what: str, folder: Path, small: object, large: object) -> float:
    """By how many MiB the memory of a process grows when it does something large after something small."""
    login = [server.url, str(server.username), str(server.password)]
    command = [sys.executable, "-c", MEASURE, *login, what, str(folder), str(small), str(large)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.slow
def test_memory_does_not_depend_on_size(start: Start, tmp_path: Path) -> None:
    """A series of 300 MB, up and down, and a single file of that size."""
    server = start().reset()
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    template = to_bytes(
        make_instance(rows=500, columns=1000, modality="CT", seed="memory", SOPInstanceUID="2.25.1000000")
    )
    (small / "one").write_bytes(to_bytes(make_instance()))
    for number in range(300):
        (large / str(number)).write_bytes(template.replace(b"2.25.1000000", f"2.25.1{number:06}".encode()))
    print("upload", up := grown(server, "upload", tmp_path, small, large))
    assert up < 20
    sizes = {info.id: len(info.instances) for info in server.client.get_series(expand=True)}
    assert sorted(sizes.values()) == [1, 300]
    ids = sorted(sizes, key=lambda id_: sizes[id_])
    for what in ("archive", "job", "tree"):
        (tmp_path / what).mkdir()
        print(what, down := grown(server, what, tmp_path / what, *ids))
        assert down < 20, what
    assert (tmp_path / "archive" / "2.zip").stat().st_size > 250_000_000
    assert len(list((tmp_path / "tree" / "2").rglob("*.dcm"))) == 300

    single = tmp_path / "single"
    single.mkdir()
    (single / "one").write_bytes(to_bytes(make_instance(rows=10_000, columns=10_000, modality="CT")))
    assert (single / "one").stat().st_size >= 200_000_000
    print("single", up := grown(server, "upload", tmp_path, small, single))
    assert up < 20
