"""PyOrthanc at work, as its documentation shows."""

from __future__ import annotations

from collections.abc import Mapping

import pyorthanc

from benchmarks.contenders.worker import Task, Work, files_in, files_of_archive, run


def prepare(task: Task) -> Mapping[str, Work]:
    """What can be done, with a client that is connected."""
    client = pyorthanc.Orthanc(task.url, task.username, task.password, trust_env=False, timeout=600)
    client.get_system()

    def find() -> list[object]:
        studies = pyorthanc.find_studies(client, {})
        return [(one.date, one.description, one.uid, one.accession_number) for one in studies]

    def walk() -> list[object]:
        return [
            (patient.name, study.date, series.modality, instance.uid)
            for patient in pyorthanc.find_patients(client, {})
            for study in patient.studies
            for series in study.series
            for instance in series.instances
        ]

    def upload() -> int:
        return len(pyorthanc.upload(client, task.folder, recursive=True))

    def series_as_files() -> Work:
        pyorthanc.retrieve_and_write_series(pyorthanc.Series(task.id, client), task.folder)
        return lambda: files_in(task.path)

    def archive() -> Work:
        path = task.path / "archive.zip"
        pyorthanc.Study(task.id, client).download(str(path))
        return lambda: files_of_archive(path)

    return {"find": find, "walk": walk, "upload": upload, "series as files": series_as_files, "archive": archive}


if __name__ == "__main__":
    run(prepare)
