"""orthanc-sdk at work."""

from __future__ import annotations

from collections.abc import Mapping
from unittest.mock import patch

import requests

from benchmarks.contenders.worker import Task, Work, files_in, files_of_archive, run
from orthanc_sdk import Orthanc, Series, Study, download_tree, find_patients, find_studies, models, upload

_sent = 0


def prepare(task: Task) -> Mapping[str, Work]:
    """What can be done, with a client that is connected."""
    client = Orthanc(task.url, task.username, task.password, proxies={})
    client.get_system()

    def find() -> list[object]:
        return [(one.date, one.description, one.uid, one.accession_number) for one in find_studies(client)]

    def walk() -> list[object]:
        return _walked(client, prefetch=False)

    def walk_with_prefetch() -> list[object]:
        return _walked(client, prefetch=True)

    def upload_folder() -> int:
        return len(upload(client, task.path, progress=False))

    def series_as_files() -> Work:
        download_tree(Series(task.id, client), task.path, progress=False).raise_for_failures()
        return lambda: files_in(task.path)

    def everything_as_files() -> int:
        return len(download_tree(find_patients(client), task.path, progress=False))

    def series_as_archive() -> Work:
        path = Series(task.id, client).download(task.path / "archive.zip", progress=False)
        return lambda: files_of_archive(path)

    def archive() -> Work:
        path = Study(task.id, client).download(task.path / "archive.zip", progress=False)
        return lambda: files_of_archive(path)

    _ = models.StudyInfo, find_patients, upload  # are loaded when they are used first
    return {
        "find": find,
        "walk": walk,
        "walk, prefetch": walk_with_prefetch,
        "upload": upload_folder,
        "series as files": series_as_files,
        "series as archive": series_as_archive,
        "everything as files": everything_as_files,
        "archive": archive,
    }


def _walked(client: Orthanc, *, prefetch: bool) -> list[object]:
    patients = find_patients(client, prefetch="instances") if prefetch else find_patients(client)
    return [
        (patient.name, study.date, series.modality, instance.uid)
        for patient in patients
        for study in patient.studies
        for series in study.series
        for instance in series.instances
    ]


def _counting(send: object) -> object:
    def counted(*args: object, **arguments: object) -> object:
        global _sent
        _sent += 1
        return send(*args, **arguments)  # type: ignore[operator]  # Session.send, with whatever it was called

    return counted


if __name__ == "__main__":
    with patch.object(requests.Session, "send", _counting(requests.Session.send)):
        run(prepare, lambda: _sent)
