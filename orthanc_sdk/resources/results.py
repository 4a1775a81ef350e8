"""From names of levels, and from what comes of jobs, to resources."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from orthanc_sdk.errors import InvalidArgument, JobFailed, UnexpectedAnswer

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource

T = TypeVar("T")


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


def check_level(infos: Iterable[models.ResourceInfo], level: str, route: str) -> None:
    """Makes sure that an answer is about the level that was asked for, before resources are made of it.

    Raises:
        UnexpectedAnswer: if it is about another one.
    """
    if any(info.type != level for info in infos):
        raise UnexpectedAnswer(f"{route}: the answer is not about the level {level} alone")


def resource_of(level: str, id_: str, client: Orthanc) -> AnyResource:
    """The resource of that level and identifier."""
    return class_of(level)(id_, client)


def result_of(info: models.JobInfo, client: Orthanc) -> AnyResource | list[AnyResource] | None:
    """What came of a job that has ended: the resources that it made, if it is of a kind that makes some."""
    from orthanc_sdk import models

    content = info.content
    if isinstance(content, models.ResourceModificationContent):
        if not content.id or content.type is None:
            raise nothing_made(info)
        return resource_of(content.type, content.id, client)
    if isinstance(content, models.BulkModificationContent):
        return [resource_of(made.type, made.id, client) for made in content.resources]
    if isinstance(content, models.MergeStudyContent | models.SplitStudyContent):
        if not content.target_study:
            raise nothing_made(info)
        return resource_of("Study", content.target_study, client)
    return None


def nothing_made(info: models.JobInfo) -> JobFailed | UnexpectedAnswer:
    """The error for a job that has ended well, and has nothing to show for it.

    A permissive one may have made nothing.  Of one that has lived through a restart of the server, Orthanc does not
    tell any more what it has made.  Orthanc 1.10 tells the two apart for nobody: it counts no failures.
    """
    content = info.content.model_dump(mode="json", by_alias=True, exclude_unset=True)
    failed, all_ = content.get("FailedInstancesCount"), content.get("InstancesCount")
    if isinstance(failed, int) and isinstance(all_, int) and failed < all_:
        return UnexpectedAnswer(
            f"job {info.id} ({info.type}) has ended well, with {all_} instances of which {failed} failed, but the"
            " server does not tell what it has made: it was restarted meanwhile, or (Orthanc 1.10) all have failed"
            " nevertheless"
        )
    why = f": {failed} instances failed" if failed else ""
    return JobFailed(f"job {info.id} ({info.type}) has made nothing{why}", job_id=info.id, content=content, info=info)


def id_of_job(reference: object) -> str:
    """The identifier of the job that was just submitted.

    Raises:
        UnexpectedAnswer: if the server has answered with something else.
    """
    from orthanc_sdk import models

    if not isinstance(reference, models.JobReference):
        raise UnexpectedAnswer(f"the server was asked to submit a job, and answered {type(reference).__name__}")
    return reference.id


def given(value: T | None) -> T:
    """The value of an answer that is None for ``If-None-Match`` only, which is not sent here.

    Raises:
        UnexpectedAnswer: if it is None nevertheless.
    """
    if value is None:
        raise UnexpectedAnswer("304 Not Modified, which was not asked for")
    return value
