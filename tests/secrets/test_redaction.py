"""What the reprs of models, resources and reports show: enough to recognize them, but no patient data."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

import orthanc_models
from orthanc_models.redaction import REDACTED_FIELDS, escape_unprintable
from orthanc_sdk import Instance, Orthanc, OrthancError, Patient, UploadedFile, models
from orthanc_sdk.errors import InvalidTags, NotSupportedByServer, OrthancHTTPError, TransferFailed
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.encoders import text
from orthanc_sdk.transfers.download_report import DownloadedFile, DownloadReport
from tests.recordings.replay import VERSIONS, Recording, operation_of, operations, recordings

CLIENT = Orthanc("http://h")

# -- models -----------------------------------------------------------------------------------------------------------

VALUES = frozenset(
    {"PatientName", "PatientID", "PatientBirthDate", "OtherPatientIDs", "StudyDescription", "SeriesDescription",
     "AccessionNumber", "StudyDate", "ReferringPhysicianName", "RequestingPhysician", "InstitutionName", "StudyID",
     "0010,0010", "0010,0020", "0010,0030", "0008,0050", "0008,1030"}
)  # fmt: skip
WORDS = frozenset({"modified"})  # "modified_from" is a field


def values_in(answer: object) -> Iterator[str]:
    """The DICOM values in a recorded answer that are about somebody."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if (
                key in VALUES
                and isinstance(value, str)
                and re.fullmatch("(?:[0-9a-f]{8}-){4}[0-9a-f]{8}", value) is None
            ):
                yield value  # in jobs, what is called PatientID is an identifier of Orthanc
            elif key in VALUES and isinstance(value, dict) and isinstance(value.get("Value"), str):
                yield value["Value"]
            else:
                yield from values_in(value)
    elif isinstance(answer, list):
        for item in answer:
            yield from values_in(item)


def read(recording: Recording) -> object:
    found = operation_of(recording)
    if found is None or not recording.is_success or not recording.is_json:
        return None
    operation = operations()[found[0]]
    fields = recording.body if isinstance(recording.body, dict) else {}
    reader = operation._reader({**fields, **{name: True for name, _ in recording.query}})
    try:
        return reader.read(Answer(recording.status, {"content-type": "application/json"}, recording.content))
    except OrthancError:
        return None  # the arguments of this test are coarse; others check that all is read


def models_in(value: object) -> list[BaseModel]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, BaseModel)]


@pytest.mark.parametrize("version", VERSIONS)
def test_no_recorded_value_is_shown(version: str) -> None:
    checked = 0
    for recording in recordings(version):
        values = {value for value in values_in(recording.answer) if len(value) > 3} - WORDS
        for model in models_in(read(recording)) if values else ():
            for shown in (repr(model), str(model)):
                assert not [value for value in values if value in shown], shown
                assert type(model).__name__ in repr(model)
            checked += 1
    assert checked > 250


def test_what_is_shown_of_a_patient() -> None:
    patient = models.PatientInfo.model_validate_json(
        '{"ID": "0a1b", "Type": "Patient", "IsStable": true, "LastUpdate": "20260102T030405", "Labels": ["vip"],'
        ' "MainDicomTags": {"PatientName": "Doe^Jane", "\\u001b[2J": "x"}, "Metadata": {"Note": "HIV"},'
        ' "Studies": ["a", "b"], "New\\u001bField": "Doe", "NewNumber": 5, "NewList": ["Doe"]}'
    )
    assert repr(patient) == (
        "PatientInfo(id='0a1b', labels=[1 item], metadata={'Note': ...}, type='Patient',"
        " main_dicom_tags=<PatientTags: PatientName, \\x1b[2J>,"
        " last_update=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),"
        " is_stable=True, studies=[2 items], New\\x1bField=..., NewNumber=5, NewList=[1 item])"
    )
    assert "HIV" in str(patient.model_dump())


def test_requests_show_neither_values_nor_passwords() -> None:
    request = models.AnonymizeRequest(replace={"PatientName": "Doe^Jane"}, keep=["PatientSex"], user_data={"a": "Doe"})
    assert repr(request) == "AnonymizeRequest(user_data={'a': ...}, replace={'PatientName': ...}, keep=[1 item])"
    peer = models.PeerRequest(
        url="http://jane:s3cret@pacs/", username="jane", password="s3cret", http_headers={"api-key": "s3cret"},
        certificate_key_password="s3cret",
    )  # fmt: skip
    assert "s3cret" not in repr(peer) + str(peer)
    assert "http://pacs/" in repr(peer)
    many = models.FindRequest(level="Study", query={f"Tag{number}": "Doe" for number in range(20)})
    assert repr(many).endswith("'Tag7': ..., and 12 more})")
    create = models.CreateDicomRequest(tags={"PatientName": "Doe"}, content="data:image/png;base64,AAAA")
    assert "AAAA" not in repr(create)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: models.FindRequest.model_validate({"Level": "Study", "Query": {"PatientName": ["Doe^Jane"]}}),
        lambda: models.FindRequest.model_validate({"Level": "Doe^Jane", "Query": {}}),
        lambda: models.PatientInfo.model_validate({"ID": ["Doe^Jane"]}),
        lambda: models.PatientInfo.model_validate_json('{"ID": ["Doe^Jane"]}'),
        lambda: models.PeerRequest.model_validate({"Url": "http://h", "Password": ["Doe^Jane"]}),
    ],
)
def test_the_errors_of_pydantic_quote_nothing(wrong: object) -> None:
    with pytest.raises(ValidationError) as caught:
        wrong()  # type: ignore[operator]  # a function
    assert "Doe" not in str(caught.value) + repr(caught.value)


SHOWN = frozenset(
    {"accession", "aet", "anonymized_from", "api_version", "bulk_data_uri", "called_aet", "certificate_file",
     "certificate_key_file", "change_type", "compressed_md5", "database_backend_plugin",
     "database_server_identifier", "default_retrieve_method", "description", "details", "dicom_aet",
     "dicom_default_retrieve_method", "dicom_version", "direction", "error_description", "error_details",
     "file_uuid", "host", "http_error", "id", "ingest_transcoding", "instance", "key", "labels_constraint", "level",
     "local_aet", "manufacturer", "maximum_storage_mode", "message", "method", "modified_from",
     "move_originator_aet", "name", "orthanc_error", "overwrite_instances_mode", "parent", "parent_patient",
     "parent_series", "parent_study", "path", "patient", "plugin_name", "port", "private_creator", "remote_aet",
     "remote_ip", "remote_modality", "resource_type", "retrieve_method", "root_uri", "series", "series_instance_uid",
     "sop_class_uid", "sop_instance_uid", "state", "status", "storage_area_plugin",
     "storage_commitment_transaction_uid", "study", "study_instance_uid", "target_aet", "target_study",
     "target_study_uid", "transaction_uid", "transcode", "type", "uncompressed_md5", "uri", "url", "username",
     "uuid", "version", "vr"}
)  # fmt: skip
"""Fields with texts that are Orthanc's own: identifiers, UIDs, titles, addresses, states, sentences of the server."""


def all_models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        if model.__module__.startswith("orthanc_models"):
            yield model
            yield from all_models(model)


def has_text(annotation: object) -> bool:
    if annotation is str or isinstance(annotation, str):
        return True
    arguments = get_args(annotation)
    containers = getattr(annotation, "__origin__", None)
    if containers is not None and "Union" not in str(containers) and "Literal" not in str(containers):
        return False  # a list or a mapping, of which no text is shown
    return any(has_text(argument) for argument in arguments)


def test_each_text_is_decided_on() -> None:
    """A new field with a text in it fails here: is it Orthanc's own, or could it be about a patient, or a secret?"""
    for module in pkgutil.walk_packages(orthanc_models.__path__, "orthanc_models."):
        importlib.import_module(module.name)
    found = {
        name
        for model in all_models(BaseModel)
        for name, field in model.model_fields.items()
        if has_text(field.annotation)
    }
    assert found >= {"password", "id", "patient_id"}
    assert sorted(found - SHOWN - REDACTED_FIELDS) == []
    assert not SHOWN & REDACTED_FIELDS


def test_no_dicom_value_goes_into_a_url() -> None:
    """The arguments of typed routes that may be any text; urllib3 logs URLs when it is told to log everything."""
    free = {
        name
        for operation in operations().values()
        for name, argument in operation.query.items()
        if argument.encode is text
    }
    assert free == {"filename", "transcode"}  # what a file is to be called, and a transfer syntax


# -- errors, resources, reports ---------------------------------------------------------------------------------------


def test_what_is_escaped() -> None:
    assert escape_unprintable("Müller^Zoé 王 ok") == "Müller^Zoé 王 ok"
    assert escape_unprintable("a\x1b[2Jb\r\nc\u202e\ud800\x00") == "a\\x1b[2Jb\\r\\nc\\u202e\\ud800\\x00"


def test_the_words_of_a_server_are_written_out() -> None:
    body = b'{"HttpStatus": 400, "OrthancStatus": 8, "Message": "\\u001b[31mred", "Details": "line\\nforged: \\u202e"}'
    error = OrthancHTTPError.from_answer(Answer(400, {}, body), route="GET /x", method="GET", uri="/x")
    tags = InvalidTags(models.StudyTags({"\x1b]0;title\x07": "x", "StudyDate": "12"}).problems)
    version = NotSupportedByServer.needs("labels", "1.12.0", "1.10\x1b[2J")
    job = TransferFailed.of_files([("\x1b[2J.dcm", str(error))], 1, "uploaded", DownloadReport())
    for shown in (str(error), str(tags), str(version), str(job), repr(error), repr(job)):
        assert shown.isprintable()
    assert error.message == "\x1b[31mred"  # as it came, for those who ask


def test_reports_name_no_patient() -> None:
    path = Path("/export/DOE-JANE/1.2/1.2.3/1.2.3.4.dcm")
    denied = PermissionError(13, "Permission denied", str(path))
    report = DownloadReport()
    report.add(DownloadedFile(path, Patient("p", CLIENT), "failed", denied))
    with pytest.raises(TransferFailed) as caught:
        report.raise_for_failures()
    for shown in (repr(report), repr(report.files), str(caught.value), repr(caught.value)):
        assert "DOE" not in shown
        assert "failed" in shown or "not downloaded" in shown
    assert "Permission denied" in str(caught.value)
    assert report.failures[0].path == path
    stored = UploadedFile("a\x1b.dcm", "stored", Instance("i\x1b", CLIENT))
    assert repr(stored).isprintable()
