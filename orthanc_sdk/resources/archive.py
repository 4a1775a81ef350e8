"""Patients, studies and series as ZIP archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orthanc_sdk.errors import UnexpectedAnswer
from orthanc_sdk.jobs import Job, started
from orthanc_sdk.resources.base import TagsT
from orthanc_sdk.resources.container import Container
from orthanc_sdk.resources.results import id_of_job
from orthanc_sdk.resources.routes_of_level import HolderInfoT

if TYPE_CHECKING:
    from orthanc_sdk import models


class ArchivableResource(Container[HolderInfoT, TagsT]):
    """A patient, a study or a series: what can be downloaded as one archive."""

    def get_zip(self, *, transcode: str | None = None, filename: str | None = None) -> bytes:
        """All files as a ZIP archive, in memory.

        There is no limit to the time that the server may take.

        Args:
            transcode: Transfer syntax UID of the files. Orthanc 1.13.0 leaves out those that cannot be transcoded.
            filename: The name that the server is to propose.

        Raises:
            UnexpectedAnswer: if the archive was cut short.
        """
        return _whole(
            self._routes.archive(self._client, self._id, transcode=transcode, filename=filename, timeout=None)
        )

    def get_media(self, *, transcode: str | None = None, extended: bool = False) -> bytes:
        """All files with a DICOMDIR, as a ZIP archive, in memory.

        Args:
            transcode: Transfer syntax UID of the files.
            extended: More tags in the DICOMDIR.
        """
        return _whole(self._routes.media(self._client, self._id, transcode=transcode, extended=extended, timeout=None))

    def archive_as_job(self, *, transcode: str | None = None, priority: int = 0) -> Job[bytes]:
        """Starts to make the archive on the server; ``result()`` of the job is the archive, in memory."""
        return self._archive_job(self._routes.post_archive, {"Transcode": transcode, "Priority": priority})

    def media_as_job(self, *, transcode: str | None = None, priority: int = 0, extended: bool = False) -> Job[bytes]:
        """Starts to make the archive with DICOMDIR on the server; ``result()`` of the job is the archive, in memory."""
        return self._archive_job(
            self._routes.post_media, {"Transcode": transcode, "Priority": priority, "Extended": extended}
        )

    def _archive_job(
        self,
        post: Callable[..., bytes | models.JobReference],
        body: dict[str, Any],  # Any: JSON
    ) -> Job[bytes]:
        return started(
            id_of_job(post(self._client, self._id, {**body, "Asynchronous": True})), self._client, self._archive_of
        )

    def _archive_of(self, info: models.JobInfo) -> bytes:
        return _whole(self._client.get_jobs_id_key(info.id, "archive", timeout=None))


def _whole(archive: bytes) -> bytes:
    """The archive, if all of it has come: most come without their length, so that HTTP does not miss the rest."""
    if not zipfile.is_zipfile(io.BytesIO(archive)):
        raise UnexpectedAnswer(f"the ZIP archive was cut short, after {len(archive)} bytes")
    return archive
