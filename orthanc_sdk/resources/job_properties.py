"""What a server tells of a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Generic, cast

from typing_extensions import TypeVar

from orthanc_sdk.errors import NotFound, OrthancConnectionError, OrthancTimeout, UnexpectedAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

ContentT_co = TypeVar("ContentT_co", covariant=True, default="models.JobContent")

ENDED: Final = frozenset({"Success", "Failure"})


class JobProperties(Generic[ContentT_co]):
    """A job as it can be looked at: a part of :class:`orthanc_sdk.Job`."""

    def __init__(self, id_: str, client: Orthanc) -> None:
        self._id = id_
        self._client = client
        self._final: models.JobInfo | None = None
        self._when_ended: list[Callable[[], None]] = []
        self._content_type: type[ContentT_co] | None = None

    @property
    def id(self) -> str:
        """Identifier of the job."""
        return self._id

    @property
    def client(self) -> Orthanc:
        """The server."""
        return self._client

    @property
    def info(self) -> models.JobInfo:
        """All that the server tells of the job.

        Raises:
            NotFound: if the server does not know it: it keeps only the last jobs (``JobsHistorySize``), and none over a
                restart if ``SaveJobs`` is off.
        """
        if self._final is not None:
            return self._final
        try:
            info = self._client.get_jobs_id(self._id)
        except NotFound as error:
            error.add_note(f"Whether job {self._id} has done its work is unknown: the server has forgotten it.")
            raise
        except (OrthancConnectionError, OrthancTimeout) as error:
            error.add_note(f"Job {self._id} may go on nevertheless; it can be waited for once more.")
            raise
        if info.state in ENDED:
            self._final = info
            for action in self._when_ended:
                action()
        return info

    @property
    def state(self) -> models.JobState:
        """``Pending``, ``Running``, ``Success``, ``Failure``, ``Paused`` or ``Retry``."""
        return self.info.state

    @property
    def type(self) -> str:
        """What kind of job it is, such as ``ResourceModification``."""
        return self.info.type

    @property
    def content(self) -> ContentT_co:
        """What this kind of job tells of itself; ``job.content["ID"]`` works for all of them.

        A job that was started by a method of this package knows its content: that of :meth:`Patient.anonymize_as_job`
        is a ``ResourceModificationContent``. For any other one it is the union of all of them.

        Raises:
            UnexpectedAnswer: if it is not the content of that kind of job.
        """
        info = self.info
        if self._content_type is not None and not isinstance(info.content, self._content_type):
            raise UnexpectedAnswer(f"job {info.id} is a {info.type}, whose content is no {self._content_type.__name__}")
        return cast(ContentT_co, info.content)  # a job made from its id has the union, which is the default

    @property
    def progress(self) -> int:
        """Per cent done; 100 after a failure, too."""
        return self.info.progress

    @property
    def priority(self) -> int:
        """Jobs of higher priority start first."""
        return self.info.priority

    @property
    def creation_time(self) -> datetime:
        """When it was submitted, in UTC."""
        return self.info.creation_time

    @property
    def completion_time(self) -> datetime | None:
        """When it ended, in UTC; None before."""
        return self.info.completion_time

    @property
    def estimated_time_of_arrival(self) -> datetime | None:
        """When it may end, in UTC; None if the server cannot tell."""
        return self.info.estimated_time_of_arrival

    @property
    def timestamp(self) -> datetime:
        """When the server said all this, in UTC."""
        return self.info.timestamp

    @property
    def effective_runtime(self) -> float:
        """How long it has worked, in seconds."""
        return self.info.effective_runtime

    @property
    def error_code(self) -> models.ErrorNumber:
        """Orthanc's error code; 0 for none."""
        return self.info.error_code

    @property
    def error_description(self) -> str:
        """What the error code means, in Orthanc's words."""
        return self.info.error_description

    @property
    def error_details(self) -> str | None:
        """More about the error, in Orthanc's words."""
        return self.info.error_details

    @property
    def user_data(self) -> JsonValue:
        """What was given as ``user_data``. Since Orthanc 1.12.9."""
        return self.info.user_data

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JobProperties):
            return NotImplemented
        return (self._client.url, self._id) == (other._client.url, other._id)

    def __hash__(self) -> int:
        return hash((JobProperties, self._client.url, self._id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._id!r})"
