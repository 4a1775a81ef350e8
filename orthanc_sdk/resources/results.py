"""From names of levels and results of jobs to resources."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from typing import TYPE_CHECKING

from orthanc_sdk.errors import InvalidArgument, NotFound

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource


def class_of(level: str) -> type[AnyResource]:
    """The class of the resources of a level."""
    from orthanc_sdk.resources.instance import Instance
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.series import Series
    from orthanc_sdk.resources.study import Study

    classes: dict[str, type[AnyResource]] = {"Patient": Patient, "Study": Study, "Series": Series, "Instance": Instance}
    if level not in classes:
        raise InvalidArgument(f"level must be one of {', '.join(classes)}, not {level!r}")
    return classes[level]


def resource_of(level: str, id_: str, client: Orthanc) -> AnyResource:
    """The resource of that level and identifier."""
    return class_of(level)(id_, client)


def result_of(info: models.JobInfo, client: Orthanc) -> AnyResource | list[AnyResource] | None:
    """What came of a job that has ended: the resources that it made, if it is of a kind that makes some."""
    from orthanc_sdk import models

    content = info.content
    if isinstance(content, models.ResourceModificationContent):
        if content.id is None or content.type is None:
            raise NotFound(f"job {info.id} has made nothing: {content.failed_instances_count} instances failed")
        return resource_of(content.type, content.id, client)
    if isinstance(content, models.BulkModificationContent):
        return [resource_of(made.type, made.id, client) for made in content.resources]
    if isinstance(content, models.MergeStudyContent | models.SplitStudyContent):
        if content.target_study is None:
            raise NotFound(f"job {info.id} has made nothing: {content.failed_instances_count} instances failed")
        return resource_of("Study", content.target_study, client)
    return None
