"""DICOM files, and queries of C-FIND, read and written by pydicom."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

from orthanc_sdk.plugin.mock import query_matching
from orthanc_sdk.plugin.mock.dicom_json import to_json
from orthanc_sdk.plugin.mock.functions.rest_api import ask
from orthanc_sdk.plugin.mock.handles import OrthancException, data_of, make
from orthanc_sdk.plugin.mock.registry import implements, internal_error
from orthanc_sdk.plugin.mock.state import current
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FULL, _HUMAN = ENUMERATIONS["DicomToJsonFormat"]["FULL"], ENUMERATIONS["DicomToJsonFormat"]["HUMAN"]
_PLUGIN = ENUMERATIONS["InstanceOrigin"]["PLUGIN"]


def read(data: bytes) -> Dataset:
    """The dataset of a DICOM file, or of a query, whose values need not be valid.

    Raises:
        OrthancException: It is not a DICOM file.
    """
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types
    from pydicom.config import disable_value_validation
    from pydicom.errors import InvalidDicomError

    try:
        with disable_value_validation():
            dataset = dcmread(io.BytesIO(data))
            for _ in dataset.iterall():  # converts the values
                pass
            return dataset
    except (InvalidDicomError, EOFError):
        raise internal_error() from None


@dataclass
class Instance:
    """A DICOM file, and how it arrived."""

    data: bytes
    origin: int = _PLUGIN
    remote_aet: str = ""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    is_expired: bool = False
    """Whether the callback that got it has returned."""

    @cached_property
    def dataset(self) -> Dataset:
        return read(self.data)


@implements("CreateDicomInstance")
def create_dicom_instance(buffer: bytes | None) -> object:
    return make("DicomInstance", Instance(buffer or b""))


@implements("LoadDicomInstance")
def load_dicom_instance(instance_id: str, mode: int) -> object:
    state = current()
    if mode != ENUMERATIONS["LoadDicomInstanceMode"]["WHOLE_DICOM"]:
        call = f"LoadDicomInstance({instance_id!r}, {mode})"
        raise state.missing(call, 'Set a handler: host.handlers["LoadDicomInstance"] = lambda instance_id, mode: ...')
    return make("DicomInstance", Instance(ask("GET", f"/instances/{instance_id}/file", None)))


@implements("DicomInstance.GetInstanceData", "DicomInstance.SerializeDicomInstance")
def get_instance_data(instance: Instance) -> bytes:
    return instance.data


@implements("DicomInstance.GetInstanceSize")
def get_instance_size(instance: Instance) -> int:
    return len(instance.data)


@implements("DicomInstance.GetInstanceOrigin")
def get_instance_origin(instance: Instance) -> int:
    return instance.origin


@implements("DicomInstance.GetInstanceRemoteAet")
def get_instance_remote_aet(instance: Instance) -> str:
    return instance.remote_aet


@implements("DicomInstance.GetInstanceMetadata")
def get_instance_metadata(instance: Instance, metadata: str) -> str | None:
    return instance.metadata.get(metadata)


@implements("DicomInstance.HasInstanceMetadata")
def has_instance_metadata(instance: Instance, metadata: str) -> int:  # noqa: ARG001
    """Plugin 7.1 returns 1 for any name."""
    return 1


@implements("DicomInstance.HasInstancePixelData")
def has_instance_pixel_data(instance: Instance) -> int:
    return int("PixelData" in instance.dataset)


@implements("DicomInstance.GetInstanceFramesCount")
def get_instance_frames_count(instance: Instance) -> int:
    return int(instance.dataset.get("NumberOfFrames", 1) or 1)


@implements("DicomInstance.GetInstanceTransferSyntaxUid")
def get_instance_transfer_syntax_uid(instance: Instance) -> str:
    return str(instance.dataset.file_meta.TransferSyntaxUID)


@implements("DicomInstance.GetInstanceJson")
def get_instance_json(instance: Instance) -> str:
    return json.dumps(to_json(instance.dataset, _FULL, 0), indent=3)


@implements("DicomInstance.GetInstanceSimplifiedJson")
def get_instance_simplified_json(instance: Instance) -> str:
    return json.dumps(to_json(instance.dataset, _HUMAN, 0), indent=3)


@implements("DicomInstance.GetInstanceAdvancedJson")
def get_instance_advanced_json(instance: Instance, form: int, flags: int, max_string_length: int) -> str:
    if flags or max_string_length:
        call = f"DicomInstance.GetInstanceAdvancedJson({form}, {flags}, {max_string_length})"
        raise current().missing(call, _ADVANCED.format("DicomInstance.GetInstanceAdvancedJson", "instance, "))
    return json.dumps(to_json(instance.dataset, form, flags))


@implements("DicomBufferToJson")
def dicom_buffer_to_json(buffer: bytes | None, form: int, flags: int, max_string_length: int) -> str:
    if flags or max_string_length:
        call = f"DicomBufferToJson(..., {form}, {flags}, {max_string_length})"
        raise current().missing(call, _ADVANCED.format("DicomBufferToJson", "buffer, "))
    return json.dumps(to_json(read(buffer or b""), form, flags))


_ADVANCED = (
    "The mock writes JSON with no flags and no limit. "
    'Set a handler: host.handlers["{0}"] = lambda {1}form, flags, limit: ...'
)


@implements("CreateDicom")
def create_dicom(text: str, pixel_data: object, flags: int) -> bytes:
    return create_dicom_2(text, pixel_data, flags, "")


@implements("CreateDicom2")
def create_dicom_2(text: str, pixel_data: object, flags: int, private_creator: str) -> bytes:
    from orthanc_sdk.plugin.mock.dicom_json import from_json

    if pixel_data is not None or flags & 1 or private_creator:
        raise current().missing(
            "CreateDicom() with pixel data, data URIs or private tags",
            'Set a handler: host.handlers["CreateDicom"] = lambda json, pixel_data, flags: ...',
        )
    try:
        tags = cast("object", json.loads(text))
    except ValueError:
        raise OrthancException(28, "Cannot parse a JSON document") from None
    if not isinstance(tags, dict):
        raise OrthancException(5, "Bad type for a parameter")
    generate_identifiers = bool(flags & ENUMERATIONS["CreateDicomFlags"]["GENERATE_IDENTIFIERS"])
    return from_json(cast("dict[str, object]", tags), generate_identifiers=generate_identifiers)


# Queries --------------------------------------------------------------------------------------------------------------


@dataclass
class Answers:
    """The answers to a query."""

    files: list[bytes] = field(default_factory=list[bytes])
    is_complete: bool = True
    is_expired: bool = False


@dataclass
class Query:
    """A query as a DICOM file."""

    data: bytes
    is_expired: bool = False

    @cached_property
    def dataset(self) -> Dataset:
        return read(self.data)


@dataclass
class Connection:
    """The peer of a DICOM association."""

    remote_ip: str
    remote_aet: str
    called_aet: str
    is_expired: bool = False


@implements("CreateFindMatcher")
def create_find_matcher(query: bytes | None) -> object:
    read(query or b"")
    return make("FindMatcher", Query(query or b""))


@implements("FindMatcher.IsMatch", "WorklistQuery.WorklistIsMatch")
def is_match(query: Query, dicom: bytes | None) -> int:
    return int(query_matching.is_match(query.dataset, read(dicom or b"")))


@implements("WorklistQuery.WorklistGetDicomQuery")
def get_dicom_query(query: Query) -> bytes:
    return query.data


@implements("WorklistAnswers.WorklistAddAnswer")
def add_worklist(answers: Answers, query: object, dicom: bytes | None) -> None:
    if query is not None:
        data_of(query)
    answers.files.append(dicom or b"")


@implements("FindAnswers.FindAddAnswer")
def add_answer(answers: Answers, dicom: bytes | None) -> None:
    answers.files.append(dicom or b"")


@implements("FindAnswers.FindMarkIncomplete", "WorklistAnswers.WorklistMarkIncomplete")
def mark_incomplete(answers: Answers) -> None:
    answers.is_complete = False


@implements("FindQuery.GetFindQuerySize")
def get_find_query_size(query: Query) -> int:
    return len(query.dataset)


@implements("FindQuery.GetFindQueryTagGroup")
def get_find_query_tag_group(query: Query, index: int) -> int:
    return query_matching.tag(query.dataset, index).tag.group


@implements("FindQuery.GetFindQueryTagElement")
def get_find_query_tag_element(query: Query, index: int) -> int:
    return query_matching.tag(query.dataset, index).tag.element


@implements("FindQuery.GetFindQueryTagName")
def get_find_query_tag_name(query: Query, index: int) -> str:
    return query_matching.tag(query.dataset, index).keyword


@implements("FindQuery.GetFindQueryValue")
def get_find_query_value(query: Query, index: int) -> str:
    return query_matching.text(query_matching.tag(query.dataset, index))


@implements("DicomConnection.GetConnectionRemoteIp")
def get_connection_remote_ip(connection: Connection) -> str:
    return connection.remote_ip


@implements("DicomConnection.GetConnectionRemoteAet")
def get_connection_remote_aet(connection: Connection) -> str:
    return connection.remote_aet


@implements("DicomConnection.GetConnectionCalledAet")
def get_connection_called_aet(connection: Connection) -> str:
    return connection.called_aet
