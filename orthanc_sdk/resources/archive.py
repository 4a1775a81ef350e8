"""Patients, studies and series as ZIP archives."""

# pyright: reportPrivateUsage=false
# A friend of the jobs that make archives.

from __future__ import annotations

import io
import zipfile
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from orthanc_sdk.errors import InvalidArgument, NotFound, OrthancError, UnexpectedAnswer
from orthanc_sdk.files.progress import Progress
from orthanc_sdk.files.save import Saver, StrPath, Writable, check_archive
from orthanc_sdk.http.raw import raw_stream
from orthanc_sdk.resources.base import TagsT
from orthanc_sdk.resources.container import Container
from orthanc_sdk.resources.job import Job, started
from orthanc_sdk.resources.results import id_of_job
from orthanc_sdk.resources.routes_of_level import HolderInfoT

if TYPE_CHECKING:
    from orthanc_sdk import models


class ArchivableResource(Container[HolderInfoT, TagsT]):
    """A patient, a study or a series: what can be downloaded as one archive."""

    @property
    @abstractmethod
    def statistics(self) -> models.PatientStatistics | models.StudyStatistics | models.SeriesStatistics:
        """Sizes in bytes, and how much there is; asked each time."""

    @overload
    def download(
        self,
        target: StrPath,
        *,
        media: bool = False,
        extended: bool = False,
        transcode: str | None = None,
        filename: str | None = None,
        as_job: bool = False,
        progress: Progress = None,
    ) -> Path: ...
    @overload
    def download(
        self,
        target: Writable,
        *,
        media: bool = False,
        extended: bool = False,
        transcode: str | None = None,
        filename: str | None = None,
        as_job: bool = False,
        progress: Progress = None,
    ) -> None: ...
    def download(
        self,
        target: StrPath | Writable,
        *,
        media: bool = False,
        extended: bool = False,
        transcode: str | None = None,
        filename: str | None = None,
        as_job: bool = False,
        progress: Progress = None,
    ) -> Path | None:
        """Downloads all files as a ZIP archive, piece by piece: memory does not depend on how large it is.

        A file gets its name when it is complete, and is checked before: if anything goes wrong, nothing is left behind,
        and a file that was there stays as it was.

        :func:`orthanc_sdk.download_tree` gives single files, several times as fast.

        Args:
            target: The file to write, a folder in which it is called as ``filename`` says, or something to write to,
                such as an open file.
            media: With a DICOMDIR, as on a CD.
            extended: With more tags in the DICOMDIR.
            transcode: Transfer syntax UID of the files.
            filename: What it is called in a folder; the identifier by default.
            as_job: Let the server make the archive first, and fetch it when it is ready: a proxy that allows an answer
                some minutes only does not cut it off. The server keeps the newest archives only
                (``MediaArchiveSize``, one by default).
            progress: See :data:`orthanc_sdk.Progress`; counted are bytes. How many there will be is known with
                ``as_job`` only.

        Returns:
            The file; None if it was not a path that was given.

        Raises:
            InvalidArgument: if the target cannot be written to; nothing was sent.
            NotFound: if the server does not have the resource (any more).
            UnexpectedAnswer: if the archive was cut short, or if instances are missing since the server cannot
                transcode them.
            JobFailed: if the server cannot make the archive, with ``as_job``.
            OSError: if it cannot be written.

        Example:
            >>> study.download("/data/archives", filename="study.zip")  # doctest: +SKIP
            PosixPath('/data/archives/study.zip')
        """
        if extended and not media:
            raise InvalidArgument("extended is about the DICOMDIR, which comes with media=True only")
        saver = Saver(target, f"{self.id}.zip", filename=filename, progress=progress)
        instances = None if transcode is None else self.statistics.count_instances
        check = check_archive(instances, more=1 if media else 0)
        if as_job:
            job = (
                self.media_as_job(transcode=transcode, extended=extended)
                if media
                else self.archive_as_job(transcode=transcode)
            )
            return _fetched(job, saver, check)
        route = (self._routes.media if media else self._routes.archive).__get__(self._client)
        options = {"extended": extended} if media else {}
        with raw_stream(route, self._id, transcode=transcode, **options) as response:
            return saver.save(response, check)

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

    def archive_as_job(self, *, transcode: str | None = None, priority: int = 0) -> Job[bytes, models.ArchiveContent]:
        """Starts to make the archive on the server; ``result()`` of the job is the archive, in memory."""
        return self._archive_job(self._routes.post_archive, {"Transcode": transcode, "Priority": priority})

    def media_as_job(
        self, *, transcode: str | None = None, priority: int = 0, extended: bool = False
    ) -> Job[bytes, models.ArchiveContent]:
        """Starts to make the archive with DICOMDIR on the server; ``result()`` of the job is the archive, in memory."""
        return self._archive_job(
            self._routes.post_media, {"Transcode": transcode, "Priority": priority, "Extended": extended}
        )

    def _archive_job(
        self,
        post: Callable[..., bytes | models.JobReference],
        body: dict[str, Any],  # Any: JSON
    ) -> Job[bytes, models.ArchiveContent]:
        from orthanc_sdk import models

        reference = post(self._client, self._id, {**body, "Asynchronous": True})
        return started(id_of_job(reference), self._client, models.ArchiveContent, self._archive_of)

    def _archive_of(self, info: models.JobInfo) -> bytes:
        return _whole(self._client.get_jobs_id_key(info.id, "archive", timeout=None))


def _fetched(job: Job[bytes, models.ArchiveContent], saver: Saver, check: Callable[[bytes], None]) -> Path | None:
    """Waits for a job that makes an archive, and fetches it; nothing of it stays on the server."""
    try:
        job.wait_until_completion()
        try:
            return job._save(saver, "archive", check)
        except NotFound as error:
            error.add_note("the server keeps the newest archives only: see MediaArchiveSize in its configuration")
            raise
    finally:
        with suppress(OrthancError):  # what went wrong before matters more
            job._clear("archive")


def _whole(archive: bytes) -> bytes:
    """The archive, if all of it has come: most come without their length, so that HTTP does not miss the rest."""
    if not zipfile.is_zipfile(io.BytesIO(archive)):
        raise UnexpectedAnswer(f"the ZIP archive was cut short, after {len(archive)} bytes")
    return archive
