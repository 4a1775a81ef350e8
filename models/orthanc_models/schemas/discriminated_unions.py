"""Responses of several forms: unions of models, and how to tell which one a response is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypeAlias, cast

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    RootModel,
    Tag,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from orthanc_models.base import AnswerModel
from orthanc_models.schemas.job_contents import (
    ArchiveContent,
    BulkModificationContent,
    DicomGetScuContent,
    DicomModalityStoreContent,
    DicomMoveScuContent,
    MergeStudyContent,
    OrthancPeerStoreContent,
    ResourceModificationContent,
    SequenceOfOperationsContent,
    SplitStudyContent,
    StorageCommitmentScpContent,
)
from orthanc_models.schemas.resources import (
    InstanceInfo,
    PartialInstance,
    PartialPatient,
    PartialSeries,
    PartialStudy,
    PatientInfo,
    SeriesInfo,
    StudyInfo,
)

ResourceInfo: TypeAlias = Annotated[PatientInfo | StudyInfo | SeriesInfo | InstanceInfo, Field(discriminator="type")]
"""Information about a resource of any level."""

PartialResource: TypeAlias = Annotated[
    PartialPatient | PartialStudy | PartialSeries | PartialInstance, Field(discriminator="type")
]
"""Part of the information about a resource of any level."""


class PluginJobContent(RootModel[dict[str, JsonValue]]):
    """The content of a job of a plugin: any JSON object."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, defer_build=True)

    def __getitem__(self, key: str) -> Any:  # Any: only the plugin knows, as for the other contents
        return self.root[key]

    def __contains__(self, key: object) -> bool:
        return key in self.root


_AnyJobContent: TypeAlias = (
    ArchiveContent
    | BulkModificationContent
    | DicomGetScuContent
    | DicomModalityStoreContent
    | DicomMoveScuContent
    | MergeStudyContent
    | OrthancPeerStoreContent
    | ResourceModificationContent
    | SequenceOfOperationsContent
    | SplitStudyContent
    | StorageCommitmentScpContent
    | PluginJobContent
)

_CONTENT_OF_TYPE: Final[Mapping[str, type[AnswerModel]]] = {
    "Archive": ArchiveContent,
    "DicomGetScu": DicomGetScuContent,
    "DicomModalityStore": DicomModalityStoreContent,
    "DicomMoveScu": DicomMoveScuContent,
    "Media": ArchiveContent,
    "MergeStudy": MergeStudyContent,
    "OrthancPeerStore": OrthancPeerStoreContent,
    "SequenceOfOperations": SequenceOfOperationsContent,
    "SplitStudy": SplitStudyContent,
    "StorageCommitmentScp": StorageCommitmentScpContent,
}


def _is_bulk(content: Mapping[str, object]) -> bool:
    """Whether it is a bulk job: these list the created resources, with paths; others their sources, without paths."""
    resources = content.get("Resources")
    if not isinstance(resources, list):
        return False
    return all(isinstance(item, dict) and "Path" in item for item in cast("list[object]", resources))


def _by_job_type(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """Selects the class by the type of the job, which is a field beside the content, not in it."""
    if not isinstance(value, dict):
        return handler(value)
    job_type = info.data.get("type")
    if job_type == "ResourceModification":
        is_bulk = _is_bulk(cast("dict[str, object]", value))
        model: type[AnswerModel] | None = BulkModificationContent if is_bulk else ResourceModificationContent
    else:
        model = _CONTENT_OF_TYPE.get(str(job_type))
    if model is None:
        return PluginJobContent.model_validate(value)
    try:
        return model.model_validate(value)
    except ValidationError:  # a job that failed early, or a newer Orthanc: keep what the server sent
        return PluginJobContent.model_validate(value)


JobContent: TypeAlias = Annotated[_AnyJobContent, WrapValidator(_by_job_type)]
"""The content of a job; its class depends on ``JobInfo.type``."""


def _by_target(value: object) -> str:
    """Only a C-MOVE has a target, which Orthanc sends since 1.11.0; both have details since 1.12.10.

    Without either it is a C-MOVE of Orthanc 1.10.1. (A C-GET of 1.12.6 to 1.12.9 looks the same: it is recognized only
    if the request named the method.)
    """
    if isinstance(value, dict):
        return "get" if "Details" in value and "TargetAet" not in value else "move"
    return "get" if isinstance(value, DicomGetScuContent) else "move"


RetrieveResult: TypeAlias = Annotated[
    Annotated[DicomMoveScuContent, Tag("move")] | Annotated[DicomGetScuContent, Tag("get")], Discriminator(_by_target)
]
"""The outcome of a retrieval by C-MOVE or by C-GET."""
