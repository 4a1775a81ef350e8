"""What the library knows, nobody has to narrow, to cast or to ignore."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import assert_type

from orthanc_sdk import Job, Modality, Orthanc, Patient, Study, StudyQuery, find_series, find_studies, models


def started(patient: Patient, study: Study, modality: Modality) -> list[str]:
    """A job that was started here knows its content and its result."""
    anonymization = patient.anonymize_as_job(keep=["PatientSex"])
    assert_type(anonymization, Job[Patient, models.ResourceModificationContent])
    assert_type(anonymization.content.id, str)
    assert_type(anonymization.content.is_anonymization, bool)
    assert_type(anonymization.result().birth_date, date | None)
    assert_type(study.modify_as_job(remove=["StudyDescription"]).content.patient_id, str)
    assert_type(study.merge_as_job([]).content.target_study, str)
    assert_type(study.split_as_job().content.target_study_uid, str)
    assert_type(study.archive_as_job().content.archive_size, int)
    assert_type(study.archive_as_job().result(), bytes)
    assert_type(modality.store_as_job(study).content.remote_aet, str)
    moved = modality.move_resources_as_job("Study", ["1.2.3"])
    assert_type(moved.content, models.DicomMoveScuContent)
    assert_type(moved.result(), models.DicomMoveScuContent)
    assert_type(modality.get_as_job("Study", ["1.2.3"]).content, models.DicomGetScuContent)
    return [anonymization.content.id, moved.content.local_aet]


def by_id(client: Orthanc) -> None:
    """One that is made from its identifier has any content, and any result."""
    job = Job("4e9b6f3c-7a0e-4d0b-9b47-6a5b8d1e2f30", client)
    assert_type(job.result(), object)
    assert_type(job.info, models.JobInfo)


def tags(study: Study) -> None:
    """The keyword of a main tag is enough."""
    assert_type(study.tags["StudyDate"], date | None)
    assert_type(study.tags["StudyTime"], time | None)
    assert_type(study.tags["StudyDescription"], str | None)
    assert_type(study.series[0].tags["SeriesNumber"], int | None)
    assert_type(study.datetime, datetime | None)


def queries(client: Orthanc, since: date, more: dict[str, str]) -> None:
    query: StudyQuery = {"StudyDate": (since, None), "ModalitiesInStudy": ["CT", "MR"]}
    assert_type(find_studies(client, query=query)[0], Study)
    find_studies(client, query={"StudyDate": since, "PatientID": "A-1"})
    find_studies(client, query={"StudyDate": [since], "0009,1001": "private", "PatientAge": "042Y"})
    find_studies(client, query=more)
    find_series(client, query={"SeriesNumber": [1, 2], "StudyDate": ("2024", None)}, prefetch="instances")
