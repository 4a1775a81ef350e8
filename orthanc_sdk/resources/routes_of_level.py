"""The routes that the four levels have in common, level by level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from orthanc_sdk.client import Orthanc

if TYPE_CHECKING:
    from orthanc_sdk import models

InfoT = TypeVar("InfoT", bound="models.ResourceInfo")
HolderInfoT = TypeVar("HolderInfoT", bound="models.PatientInfo | models.StudyInfo | models.SeriesInfo")

LevelName = Literal["Patient", "Study", "Series", "Instance"]

LEVELS: tuple[LevelName, ...] = ("Patient", "Study", "Series", "Instance")


@dataclass(frozen=True)
class LevelRoutes(Generic[InfoT]):
    """The route methods of one level, as functions of a client, an identifier, and what else they take."""

    level: LevelName
    info: Callable[..., InfoT]
    delete: Callable[..., models.DeleteResult]
    labels: Callable[..., list[str]]
    add_label: Callable[..., None]
    remove_label: Callable[..., None]
    metadata: Callable[[Orthanc, str], dict[str, str]]
    metadata_value: Callable[..., str | None]
    set_metadata: Callable[..., None]
    delete_metadata: Callable[..., None]
    attachments: Callable[[Orthanc, str], list[str]]
    attachment_info: Callable[..., models.AttachmentInfo | None]
    attachment_data: Callable[..., bytes | None]
    attachment_compressed_data: Callable[..., bytes | None]
    put_attachment: Callable[..., None]
    delete_attachment: Callable[..., None]
    verify_attachment: Callable[..., None]
    compress_attachment: Callable[..., None]
    uncompress_attachment: Callable[..., None]
    reconstruct: Callable[..., None]


@dataclass(frozen=True)
class ContainerRoutes(LevelRoutes[HolderInfoT]):
    """The same for patients, studies and series, which hold what is below them."""

    shared_tags: Callable[[Orthanc, str], models.DicomTagsSimplified]
    anonymize: Callable[..., models.ResourceModificationContent | models.JobReference]
    modify: Callable[..., models.ResourceModificationContent | models.JobReference]
    archive: Callable[..., bytes]
    media: Callable[..., bytes]
    post_archive: Callable[..., bytes | models.JobReference]
    post_media: Callable[..., bytes | models.JobReference]


PATIENT: ContainerRoutes[models.PatientInfo] = ContainerRoutes(
    level="Patient",
    info=Orthanc.get_patients_id,
    delete=Orthanc.delete_patients_id,
    labels=Orthanc.get_patients_id_labels,
    add_label=Orthanc.put_patients_id_labels_label,
    remove_label=Orthanc.delete_patients_id_labels_label,
    metadata=lambda client, id_: client.get_patients_id_metadata(id_, expand=True),
    metadata_value=Orthanc.get_patients_id_metadata_name,
    set_metadata=Orthanc.put_patients_id_metadata_name,
    delete_metadata=Orthanc.delete_patients_id_metadata_name,
    attachments=lambda client, id_: client.get_patients_id_attachments(id_),
    attachment_info=Orthanc.get_patients_id_attachments_name_info,
    attachment_data=Orthanc.get_patients_id_attachments_name_data,
    attachment_compressed_data=Orthanc.get_patients_id_attachments_name_compressed_data,
    put_attachment=Orthanc.put_patients_id_attachments_name,
    delete_attachment=Orthanc.delete_patients_id_attachments_name,
    verify_attachment=Orthanc.post_patients_id_attachments_name_verify_md5,
    compress_attachment=Orthanc.post_patients_id_attachments_name_compress,
    uncompress_attachment=Orthanc.post_patients_id_attachments_name_uncompress,
    reconstruct=Orthanc.post_patients_id_reconstruct,
    shared_tags=lambda client, id_: client.get_patients_id_shared_tags(id_, simplify=True),
    anonymize=Orthanc.post_patients_id_anonymize,
    modify=Orthanc.post_patients_id_modify,
    archive=Orthanc.get_patients_id_archive,
    media=Orthanc.get_patients_id_media,
    post_archive=Orthanc.post_patients_id_archive,
    post_media=Orthanc.post_patients_id_media,
)

STUDY: ContainerRoutes[models.StudyInfo] = ContainerRoutes(
    level="Study",
    info=Orthanc.get_studies_id,
    delete=Orthanc.delete_studies_id,
    labels=Orthanc.get_studies_id_labels,
    add_label=Orthanc.put_studies_id_labels_label,
    remove_label=Orthanc.delete_studies_id_labels_label,
    metadata=lambda client, id_: client.get_studies_id_metadata(id_, expand=True),
    metadata_value=Orthanc.get_studies_id_metadata_name,
    set_metadata=Orthanc.put_studies_id_metadata_name,
    delete_metadata=Orthanc.delete_studies_id_metadata_name,
    attachments=lambda client, id_: client.get_studies_id_attachments(id_),
    attachment_info=Orthanc.get_studies_id_attachments_name_info,
    attachment_data=Orthanc.get_studies_id_attachments_name_data,
    attachment_compressed_data=Orthanc.get_studies_id_attachments_name_compressed_data,
    put_attachment=Orthanc.put_studies_id_attachments_name,
    delete_attachment=Orthanc.delete_studies_id_attachments_name,
    verify_attachment=Orthanc.post_studies_id_attachments_name_verify_md5,
    compress_attachment=Orthanc.post_studies_id_attachments_name_compress,
    uncompress_attachment=Orthanc.post_studies_id_attachments_name_uncompress,
    reconstruct=Orthanc.post_studies_id_reconstruct,
    shared_tags=lambda client, id_: client.get_studies_id_shared_tags(id_, simplify=True),
    anonymize=Orthanc.post_studies_id_anonymize,
    modify=Orthanc.post_studies_id_modify,
    archive=Orthanc.get_studies_id_archive,
    media=Orthanc.get_studies_id_media,
    post_archive=Orthanc.post_studies_id_archive,
    post_media=Orthanc.post_studies_id_media,
)

SERIES: ContainerRoutes[models.SeriesInfo] = ContainerRoutes(
    level="Series",
    info=Orthanc.get_series_id,
    delete=Orthanc.delete_series_id,
    labels=Orthanc.get_series_id_labels,
    add_label=Orthanc.put_series_id_labels_label,
    remove_label=Orthanc.delete_series_id_labels_label,
    metadata=lambda client, id_: client.get_series_id_metadata(id_, expand=True),
    metadata_value=Orthanc.get_series_id_metadata_name,
    set_metadata=Orthanc.put_series_id_metadata_name,
    delete_metadata=Orthanc.delete_series_id_metadata_name,
    attachments=lambda client, id_: client.get_series_id_attachments(id_),
    attachment_info=Orthanc.get_series_id_attachments_name_info,
    attachment_data=Orthanc.get_series_id_attachments_name_data,
    attachment_compressed_data=Orthanc.get_series_id_attachments_name_compressed_data,
    put_attachment=Orthanc.put_series_id_attachments_name,
    delete_attachment=Orthanc.delete_series_id_attachments_name,
    verify_attachment=Orthanc.post_series_id_attachments_name_verify_md5,
    compress_attachment=Orthanc.post_series_id_attachments_name_compress,
    uncompress_attachment=Orthanc.post_series_id_attachments_name_uncompress,
    reconstruct=Orthanc.post_series_id_reconstruct,
    shared_tags=lambda client, id_: client.get_series_id_shared_tags(id_, simplify=True),
    anonymize=Orthanc.post_series_id_anonymize,
    modify=Orthanc.post_series_id_modify,
    archive=Orthanc.get_series_id_archive,
    media=Orthanc.get_series_id_media,
    post_archive=Orthanc.post_series_id_archive,
    post_media=Orthanc.post_series_id_media,
)

INSTANCE: LevelRoutes[models.InstanceInfo] = LevelRoutes(
    level="Instance",
    info=Orthanc.get_instances_id,
    delete=Orthanc.delete_instances_id,
    labels=Orthanc.get_instances_id_labels,
    add_label=Orthanc.put_instances_id_labels_label,
    remove_label=Orthanc.delete_instances_id_labels_label,
    metadata=lambda client, id_: client.get_instances_id_metadata(id_, expand=True),
    metadata_value=Orthanc.get_instances_id_metadata_name,
    set_metadata=Orthanc.put_instances_id_metadata_name,
    delete_metadata=Orthanc.delete_instances_id_metadata_name,
    attachments=lambda client, id_: client.get_instances_id_attachments(id_),
    attachment_info=Orthanc.get_instances_id_attachments_name_info,
    attachment_data=Orthanc.get_instances_id_attachments_name_data,
    attachment_compressed_data=Orthanc.get_instances_id_attachments_name_compressed_data,
    put_attachment=Orthanc.put_instances_id_attachments_name,
    delete_attachment=Orthanc.delete_instances_id_attachments_name,
    verify_attachment=Orthanc.post_instances_id_attachments_name_verify_md5,
    compress_attachment=Orthanc.post_instances_id_attachments_name_compress,
    uncompress_attachment=Orthanc.post_instances_id_attachments_name_uncompress,
    reconstruct=Orthanc.post_instances_id_reconstruct,
)
