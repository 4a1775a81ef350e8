"""What the routes answer, as a user of a type checker sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, assert_type

from orthanc_sdk import Orthanc, models


def lists(client: Orthanc, expanded: bool) -> None:
    assert_type(client.get_studies(), list[str])
    assert_type(client.get_studies(since=0, limit=10), list[str])
    assert_type(client.get_studies(expand=False), list[str])
    assert_type(client.get_studies(expand=True), list[models.StudyInfo])
    assert_type(client.get_studies(expand=True, requested_tags=["PatientAge"]), list[models.StudyInfo])
    assert_type(client.get_studies(response_content=["Labels", "Metadata"]), list[models.PartialStudy])
    assert_type(client.get_studies(expand=True, response_content=("Labels",)), list[models.PartialStudy])
    assert_type(
        client.get_studies(expand=expanded),
        list[str] | list[models.StudyInfo] | list[models.PartialStudy],
    )
    assert_type(client.get_patients(expand=True), list[models.PatientInfo])
    assert_type(client.get_series(expand=True), list[models.SeriesInfo])
    assert_type(client.get_instances(expand=True), list[models.InstanceInfo])
    assert_type(client.get_instances(response_content=["Children"]), list[models.PartialInstance])


def wanted(client: Orthanc, content: Sequence[models.ResponseContent]) -> list[models.PartialPatient]:
    return client.get_patients(response_content=content)


def children(client: Orthanc, id_: str, expanded: bool) -> None:
    assert_type(client.get_patients_id_studies(id_), list[models.StudyInfo])
    assert_type(client.get_patients_id_studies(id_, expand=True), list[models.StudyInfo])
    assert_type(client.get_patients_id_studies(id_, expand=False), list[str])
    assert_type(client.get_patients_id_studies(id_, expand=expanded), list[models.StudyInfo] | list[str])
    assert_type(client.get_studies_id_series(id_, expand=False), list[str])
    assert_type(client.get_studies_id_instances(id_), list[models.InstanceInfo])
    assert_type(client.get_series_id_instances(id_, expand=False), list[str])
    assert_type(client.get_series_id_study(id_), models.StudyInfo)
    assert_type(client.get_instances_id_patient(id_), models.PatientInfo)


def information(client: Orthanc, id_: str) -> None:
    study = client.get_studies_id(id_)
    assert_type(study, models.StudyInfo)
    assert_type(study.id, str)
    assert_type(study.type, Literal["Study"])
    assert_type(study.series, list[str])
    assert_type(study.is_stable, bool)
    assert_type(study.last_update, datetime | None)
    assert_type(study.labels, list[str] | None)
    assert_type(study.anonymized_from, str | None)
    assert_type(client.get_series_id(id_).expected_number_of_instances, int | None)
    assert_type(client.get_series_id(id_).status, models.SeriesStatus)
    assert_type(client.get_instances_id(id_).file_size, int)
    assert_type(client.get_patients_id_protected(id_), bool)


def tags(client: Orthanc, id_: str, simplified: bool) -> None:
    full = client.get_instances_id_tags(id_)
    assert_type(full, dict[str, models.DicomTag])
    assert_type(full["0010,0010"].name, str)
    assert_type(full["0010,0010"].private_creator, str | None)
    value = full["0008,1140"].value
    if isinstance(value, list):
        assert_type(value[0]["0008,1155"], models.DicomTag)

    simple = client.get_instances_id_tags(id_, simplify=True)
    assert_type(simple, dict[str, models.TagValue])
    name = simple["PatientName"]
    if isinstance(name, str):
        assert_type(name.upper(), str)
    elif name is not None:
        items: list[dict[str, models.TagValue]] = name
        assert_type(len(items), int)

    assert_type(client.get_instances_id_tags(id_, short=True), dict[str, models.TagValue])
    assert_type(client.get_instances_id_tags(id_, simplify=False, short=False), dict[str, models.DicomTag])
    assert_type(
        client.get_instances_id_tags(id_, simplify=simplified),
        dict[str, models.DicomTag] | dict[str, models.TagValue],
    )
    assert_type(client.get_instances_id_simplified_tags(id_), dict[str, models.TagValue])
    assert_type(client.get_studies_id_shared_tags(id_, simplify=True), models.DicomTagsSimplified)
    assert_type(client.get_studies_id_instances_tags(id_, short=True), dict[str, models.DicomTagsShort])
    assert_type(client.get_studies_id_instances_tags(id_), dict[str, models.DicomTagsFull])


def files(client: Orthanc, id_: str) -> None:
    assert_type(client.get_instances_id_file(id_), bytes)
    assert_type(client.get_instances_id_file(id_, accept="application/dicom"), bytes)
    assert_type(client.get_instances_id_file(id_, accept="application/dicom+json"), dict[str, models.DicomWebElement])
    assert_type(client.get_instances_id_file(id_, accept="application/dicom+xml"), str)
    assert_type(client.get_instances_id_preview(id_, accept="image/png"), bytes)
    assert_type(client.get_instances_id_frames_frame_raw(id_, 0), bytes)
    assert_type(client.get_instances_id_frames(id_), list[int])
    assert_type(client.get_studies_id_archive(id_, transcode="1.2.840.10008.1.2.1"), bytes)
    assert_type(client.get_instances_id_content_path(id_, "PatientName"), bytes | list[str])


def conditional(client: Orthanc, id_: str, etag: str | None) -> None:
    assert_type(client.get_studies_id_metadata_name(id_, "AnonymizedFrom"), str)
    assert_type(client.get_studies_id_metadata_name(id_, "AnonymizedFrom", if_none_match=None), str)
    assert_type(client.get_studies_id_metadata_name(id_, "AnonymizedFrom", if_none_match='"0"'), str | None)
    assert_type(client.get_studies_id_metadata_name(id_, "AnonymizedFrom", if_none_match=etag), str | None)
    assert_type(client.get_instances_id_attachments_name_data(id_, "dicom"), bytes)
    assert_type(client.get_instances_id_attachments_name_data(id_, "dicom", if_none_match=etag), bytes | None)
    assert_type(client.get_instances_id_attachments_name_size(id_, "dicom"), int)
    assert_type(client.get_instances_id_attachments_name_info(id_, "dicom"), models.AttachmentInfo)


def metadata(client: Orthanc, id_: str) -> None:
    assert_type(client.get_instances_id_metadata(id_), list[str])
    assert_type(client.get_instances_id_metadata(id_, expand=True), dict[str, str])
    assert_type(client.get_instances_id_metadata(id_, numeric=True), list[int])
    assert_type(client.get_studies_id_attachments(id_), list[str])
    assert_type(client.get_studies_id_attachments(id_, full=True), dict[str, int])
    assert_type(client.get_studies_id_labels(id_), list[str])


def server(client: Orthanc) -> None:
    assert_type(client.get_system(), models.SystemInfo)
    assert_type(client.get_statistics().total_disk_size, int)
    assert_type(client.get_studies_id_statistics("id").disk_size, int)
    assert_type(client.get_tools_now(), datetime)
    assert_type(client.get_tools_metrics(), bool)
    assert_type(client.get_tools_generate_uid(level="study"), str)
    assert_type(client.get_modalities(), list[str])
    assert_type(client.get_modalities(expand=True), dict[str, models.ModalityInfo])
    assert_type(client.get_changes(limit=10).changes, list[models.Change])
    assert_type(client.version, str)
    assert_type(client.supports("1.12.5"), bool)
