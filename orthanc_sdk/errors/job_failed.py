"""A job of the server ended without success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orthanc_models.orthanc_error import OrthancError
from orthanc_sdk.errors.answer import quoted

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk.models import JobInfo


class JobFailed(OrthancError):
    """A job of the server ended without success.

    Attributes:
        job_id: Its identifier.
        error_code: Orthanc's error code, such as 9 for an error of the DICOM network; None if unknown.
        details: What Orthanc says about it; None if it says nothing.
        content: Content of the job, in JSON.
        info: The job as the server described it when it had failed; None if unknown.
    """

    def __init__(
        self,
        description: str = "",
        *,
        job_id: str = "",
        error_code: int | None = None,
        details: str | None = None,
        content: Mapping[str, object] | None = None,
        info: JobInfo | None = None,
    ) -> None:
        super().__init__(description)
        self.info: JobInfo | None = info
        self.job_id: str = job_id
        self.error_code: int | None = error_code
        self.details: str | None = details
        self.content: Mapping[str, object] | None = content

    @classmethod
    def from_info(cls, info: JobInfo) -> Self:
        """The error of a job, from what ``GET /jobs/{id}`` tells of it."""
        # Jobs that were interrupted by a stop of Orthanc have the reason "Success" after its restart.
        description = info.error_description if info.error_code else "no reason is given, as after a restart"
        said = ": ".join(quoted(text) for text in [description, info.error_details] if text)
        return cls(
            f"job {info.id} ({info.type}) failed: {said}",
            job_id=info.id,
            error_code=info.error_code,
            details=info.error_details or None,
            content=info.content.model_dump(mode="json", by_alias=True, exclude_unset=True),
            info=info,
        )
