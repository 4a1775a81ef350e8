"""Answers of several forms, and how to tell which one it is."""

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

from orthanc_models._base import AnswerModel
from orthanc_models.contents import (
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
from orthanc_models.resources import (
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
"""Partial information about a resource of any level."""


class PluginJobContent(RootModel[dict[str, JsonValue]]):
    """What a job of a plugin tells of itself: any JSON object."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, defer_build=True)

    def __getitem__(self, key: str) -> Any:  # Any: only the plugin knows; the same as for the other contents
        return self.root[key]

    def __contains__(self, key: object) -> bool:
        return key in self.root


_AnyContent: TypeAlias = (
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

_CONTENTS: Final[Mapping[str, type[AnswerModel]]] = {
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
    """Bulk jobs list the resources that they made, each with its path; the others list their sources, without."""
    resources = content.get("Resources")
    if not isinstance(resources, list):
        return False
    return all(isinstance(item, dict) and "Path" in item for item in cast("list[object]", resources))


def _by_job_type(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """Takes the class from the type of the job, which stands beside its content, not in it."""
    if not isinstance(value, dict):
        return handler(value)
    job_type = info.data.get("type")
    if job_type == "ResourceModification":
        is_bulk = _is_bulk(cast("dict[str, object]", value))
        model: type[AnswerModel] | None = BulkModificationContent if is_bulk else ResourceModificationContent
    else:
        model = _CONTENTS.get(str(job_type))
    if model is None:
        return PluginJobContent.model_validate(value)
    try:
        return model.model_validate(value)
    except ValidationError:  # a job that failed early, or a version to come: what the server sent is kept as it is
        return PluginJobContent.model_validate(value)


JobContent: TypeAlias = Annotated[_AnyContent, WrapValidator(_by_job_type)]
"""What a job tells of itself; ``JobInfo.type`` says which class it is."""


def _by_target(value: object) -> str:
    """Only a C-MOVE has a target, and Orthanc names it since 1.11.0; both have details since 1.12.10.

    What has neither is a C-MOVE of Orthanc 1.10.1. (A C-GET of 1.12.6 to 1.12.9 looks the same, if the request did not
    ask for one.)
    """
    if isinstance(value, dict):
        return "get" if "Details" in value and "TargetAet" not in value else "move"
    return "get" if isinstance(value, DicomGetScuContent) else "move"


RetrieveResult: TypeAlias = Annotated[
    Annotated[DicomMoveScuContent, Tag("move")] | Annotated[DicomGetScuContent, Tag("get")], Discriminator(_by_target)
]
"""What became of a retrieval, by C-MOVE or by C-GET."""
