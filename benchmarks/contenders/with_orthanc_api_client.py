"""orthanc-api-client at work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from orthanc_api_client import OrthancApiClient

from benchmarks.contenders.worker import Task, Work, files_in, files_of_archive, run


def prepare(task: Task) -> Mapping[str, Work]:
    """What can be done, with a client that is connected."""
    client = OrthancApiClient(task.url, user=task.username, pwd=task.password)
    client.get_system()

    def find() -> list[object]:
        tags = [one.main_dicom_tags for one in client.studies.find({})]
        return [
            (
                _date(one.get("StudyDate")),
                one.get("StudyDescription"),
                one.get("StudyInstanceUID"),
                one.get("AccessionNumber"),
            )
            for one in tags
        ]

    def walk() -> list[object]:
        walked: list[object] = []
        for patient_id in client.patients.get_all_ids():
            patient = client.patients.get(patient_id)
            for study_id in patient.info.studies_ids:  # patient.studies raises an AttributeError
                study = client.studies.get(study_id)
                for series in study.series:
                    walked += [
                        (
                            patient.main_dicom_tags.get("PatientName"),
                            _date(study.main_dicom_tags.get("StudyDate")),
                            series.main_dicom_tags.get("Modality"),
                            instance.dicom_id,
                        )
                        for instance in series.instances
                    ]
        return walked

    def upload() -> int:
        return len(client.upload_folder(task.folder))

    def series_as_files() -> Work:
        task.path.mkdir(exist_ok=True)
        client.series.download_instances(task.id, task.folder)
        return lambda: files_in(task.path)

    def archive() -> Work:
        path = task.path / "archive.zip"
        client.studies.download_archive(task.id, str(path))
        return lambda: files_of_archive(path)

    return {"find": find, "walk": walk, "upload": upload, "series as files": series_as_files, "archive": archive}


def _date(text: str | None) -> dt.date | None:
    return dt.datetime.strptime(text, "%Y%m%d").date() if text else None  # noqa: DTZ007  # a day, as users write it


if __name__ == "__main__":
    run(prepare)
