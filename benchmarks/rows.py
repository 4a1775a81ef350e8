"""What is compared with floor and other clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import data
from benchmarks.contenders.worker import Task
from benchmarks.contest import Entry, hold
from benchmarks.environments import API_CLIENT, FLOOR, OURS, PYORTHANC
from benchmarks.report import Result, Target
from orthanc_sdk import Study, upload
from orthanc_sdk.testing import LocalOrthanc


def everybody(work: str) -> list[Entry]:
    """All four of them."""
    return [Entry(one.name, one, work) for one in (OURS, FLOOR, PYORTHANC, API_CLIENT)]


def find(server: LocalOrthanc, _folder: Path, rounds: int, scale: float) -> Result:
    """1,000 studies."""
    count = scaled(1000, scale)
    data.put_studies(server.client, count)
    title = f"find {count:,} studies, read date, description, UID, accession number of each"
    figures = hold(everybody("find"), task_for(server), rounds)
    return Result(title, figures, [Target(OURS.name, FLOOR.name, 1.5)])


def walk(server: LocalOrthanc, _folder: Path, rounds: int, scale: float) -> Result:
    """200 patients."""
    count = scaled(200, scale)
    data.put_studies(server.client, count)
    entries = [*everybody("walk"), Entry("orthanc-sdk, prefetch", OURS, "walk, prefetch")]
    figures = hold(entries, task_for(server), rounds)
    title = f"{count} patients walked to their {2 * count} instances, tags of each read"
    return Result(title, figures, [Target(OURS.name, PYORTHANC.name, 5, at_least=True)])


def upload_files(server: LocalOrthanc, folder: Path, rounds: int, scale: float) -> Result:
    """300 files."""
    count = scaled(300, scale)
    data.write_files(folder / "files", count)
    task = replace(task_for(server), folder=str(folder / "files"))
    figures = hold(everybody("upload"), task, rounds, before_each=server.reset)
    title = f"upload of {count} files of 33 KB"
    return Result(title, figures, [Target(OURS.name, PYORTHANC.name, 1.5, at_least=True)])


def series(server: LocalOrthanc, folder: Path, rounds: int, scale: float) -> Result:
    """A series of 500 files, as files and as archive."""
    count = scaled(500, scale)
    _put_series(server, folder, count)
    task = replace(task_for(server), folder=str(folder / "out"), id=server.client.get_series()[0])
    archive = "orthanc-sdk, its ZIP archive"
    entries = [
        Entry("orthanc-sdk, files", OURS, "series as files"),
        Entry(archive, OURS, "series as archive"),
        Entry("floor, files by 8 threads", FLOOR, "series as files"),
        Entry("pyorthanc, files", PYORTHANC, "series as files"),
    ]
    figures = hold(entries, task, rounds, empties_folder=True)
    title = f"a series of {count} files ({count * 0.525:.0f} MB) to disk"
    return Result(title, figures, [Target(entries[0].name, archive, 4, at_least=True)])


def archive(server: LocalOrthanc, folder: Path, rounds: int, scale: float) -> Result:
    """An archive of 80 MB."""
    _put_series(server, folder, scaled(250, scale))
    task = replace(task_for(server), folder=str(folder / "out"), id=server.client.get_studies()[0])
    figures = hold(everybody("archive"), task, rounds, empties_folder=True)
    size = _archive_size(server, task)
    title = f"download of a study archive of {size / 1e6:.0f} MB"
    return Result(title, figures, [Target(OURS.name, FLOOR.name, 1.1)], most_grown=20)


ROWS: Mapping[str, Callable[[LocalOrthanc, Path, int, float], Result]] = {
    "find": find,
    "walk": walk,
    "upload": upload_files,
    "series": series,
    "archive": archive,
}


def scaled(count: int, scale: float) -> int:
    """How many there are in a smaller run."""
    return max(2, round(count * scale))


def task_for(server: LocalOrthanc) -> Task:
    """How to reach the server."""
    return Task(server.url, str(server.username), str(server.password))


def _put_series(server: LocalOrthanc, folder: Path, count: int) -> None:
    data.write_series(folder / "in", count)
    upload(server.client, folder / "in", progress=False).raise_for_failures()


def _archive_size(server: LocalOrthanc, task: Task) -> int:
    return Study(task.id, server.client).download(task.path / "size.zip", progress=False).stat().st_size
