"""Places in scripts at which people wait for their editor, and what it has to offer there."""

from __future__ import annotations

from dataclasses import dataclass

BEGINNING = """\
import datetime as dt

import orthanc_sdk
from orthanc_sdk import (
    Job,
    Modality,
    NotFound,
    Orthanc,
    Patient,
    Study,
    download_tree,
    find_instances,
    find_patients,
    find_series,
    find_studies,
    models,
    plugin,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc

client = Orthanc("http://localhost:8042")
patient = find_patients(client)[0]
study = find_studies(client)[0]
instance = find_instances(client)[0]
job = patient.anonymize_as_job()
report = upload(client, "scans")
modality = Modality(client, "PACS")
query = modality.query(level="Study")
"""
"""What stands above each of the places."""


@dataclass(frozen=True)
class Place:
    """A place in a script.

    Attributes:
        code: The script up to the cursor.
        names: What has to be offered there, among others.
        not_jedi: Why jedi cannot know it, if it cannot.
    """

    code: str
    names: tuple[str, ...]
    not_jedi: str = ""


_LITERALS = "jedi does not complete the values of arguments and keys"

PLACES = (
    Place("orthanc_sdk.", ("Orthanc", "find_studies", "models", "errors", "NotFound", "upload")),
    Place("find_studies(client, que", ("query=",)),
    Place('find_studies(client, query={"Stu', ("StudyDate", "StudyDescription", "StudyInstanceUID"), _LITERALS),
    Place("find_studies(client, order", ("order_by=",)),
    Place('find_series(client, prefetch="', ("instances",), _LITERALS),
    Place("study.", ("date", "description", "series", "patient", "labels", "download", "anonymize", "uid")),
    Place("study.tags.", ("study_date", "study_description", "problems", "raw", "check")),
    Place('models.FindRequest(level="', ("Study", "Series"), _LITERALS),
    Place("study.patient.na", ("name",)),
    Place("study.series[0].mod", ("modality", "modify", "modify_as_job")),
    Place("for series in study.series:\n    series.instances[0].get_", ("get_pydicom", "get_numpy", "get_file")),
    Place("patient.anonymize(kee", ("keep=", "keep_source=", "keep_labels=", "keep_private_tags=")),
    Place("patient.modify(re", ("replace=", "remove=", "remove_private_tags=")),
    Place("job.", ("result", "wait_until_completion", "cancel", "progress", "state")),
    Place("job.result().", ("name", "birth_date", "studies", "patient_id")),
    Place("job.content.", ("id", "type", "failed_instances_count", "is_anonymization")),
    Place("models.FindRequest(", ("level=", "query=", "expand=", "labels=")),
    Place("client.get_studies_id_", ("get_studies_id_archive", "get_studies_id_statistics")),
    Place("client.get_system().", ("version", "dicom_aet", "overwrite_instances")),
    Place("client.get_studies(expand=True)[0].main_dicom_tags.study_", ("study_date", "study_datetime")),
    Place('upload(client, "scans", ', ("workers=", "labels=", "progress=", "check_before_upload=")),
    Place("report.", ("raise_for_failures", "failures", "files")),
    Place('download_tree(study, "export", ver', ("verify=",)),
    Place("modality.", ("query", "echo", "move", "store", "get", "request_storage_commitment")),
    Place('modality.query(level="', ("Study", "Series", "Patient", "Instance"), _LITERALS),
    Place("modality.store(study, ", ("called_aet=", "timeout=", "storage_commitment=", "move_originator_aet=")),
    Place("query[0].study_tags.study_", ("study_date", "study_description")),
    Place("query[0].retrieve(", ("target_aet=", "timeout=", "priority=")),
    Place("try:\n    pass\nexcept NotFound as error:\n    error.orthanc_", ("orthanc_status",)),
    Place("study.metadata.", ("get", "items", "keys")),
    Place('instance.attachments["dicom"].', ("read", "download", "info", "verify")),
    Place('LocalOrthanc("1.13").', ("client", "url", "start", "stop")),
    Place("plugin.client().get_ser", ("get_series", "get_series_id")),
)
