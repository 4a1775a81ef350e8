"""Jobs: work that a server goes on with while the client does something else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, overload

from typing_extensions import TypeVar

from orthanc_models.redaction import escape_unprintable
from orthanc_sdk.errors import InvalidArgument, JobFailed, OrthancTimeout
from orthanc_sdk.files.progress import Progress
from orthanc_sdk.files.save import Saver, StrPath, Writable
from orthanc_sdk.http.raw import raw_stream
from orthanc_sdk.resources.job_properties import ENDED, ContentT_co, JobProperties

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

log: Final = logging.getLogger("orthanc_sdk")

T = TypeVar("T")
ContentT = TypeVar("ContentT")
T_co = TypeVar("T_co", covariant=True, default=object)

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 2.0


class Job(Generic[T_co, ContentT_co], JobProperties[ContentT_co]):
    """A job of a server: ``Job[Patient, ResourceModificationContent]`` has a patient as its result.

    Until the job has ended, each property asks the server; from then on the job remembers how it ended.

    Args:
        id_: Identifier of the job.
        client: The server.

    Example:
        >>> job = patient.anonymize_as_job()  # doctest: +SKIP
        >>> job.wait_until_completion(timeout=600)  # doctest: +SKIP
        >>> job.result()  # doctest: +SKIP
        Patient('0946fcb6-...')
    """

    def __init__(self, id_: str, client: Orthanc) -> None:
        super().__init__(id_, client)
        self._to_result: Callable[[models.JobInfo], T_co] | None = None

    # -- waiting ------------------------------------------------------------------------------------------------------

    def wait_until_completion(
        self,
        timeout: float | None = None,
        *,
        interval: float = _LONGEST_PAUSE,
        on_progress: Callable[[models.JobInfo], None] | None = None,
        raise_on_failure: bool = True,
    ) -> models.JobInfo:
        """Waits for the end of the job. Paused and waiting for another try are not the end.

        The server is asked after 0.05 s first, and ever more rarely then.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes.
            interval: The longest pause between two questions, in seconds.
            on_progress: Called with each answer.
            raise_on_failure: Whether a job that failed is an error here.

        Returns:
            How it ended.

        Raises:
            JobFailed: if it failed.
            OrthancTimeout: if it goes on after ``timeout``; it is not cancelled.
            NotFound: if the server has forgotten it; whether it has done its work is unknown then.
            OrthancConnectionError: if the server is away for longer than retries last; the job may go on nevertheless,
                also after a restart of the server, and can be waited for once more.
        """
        if timeout is not None and timeout < 0:
            raise InvalidArgument("timeout must be a number of seconds, 0 or more, or None")
        if interval <= 0:
            raise InvalidArgument("interval must be a number of seconds, more than 0")
        end = None if timeout is None else time.monotonic() + timeout
        pause = min(_FIRST_PAUSE, interval)
        try:
            while True:
                info = self.info
                if on_progress is not None:
                    on_progress(info)
                if info.state in ENDED:
                    break
                if end is not None and time.monotonic() + pause > end:
                    left = max(0.0, end - time.monotonic())
                    if left == 0.0:
                        raise OrthancTimeout(
                            f"job {self._id} ({info.type}) is {info.state}, at {info.progress} %, after {timeout} s;"
                            " it goes on"
                        )
                    pause = left
                time.sleep(pause)
                pause = min(pause * 1.5, interval)
        except KeyboardInterrupt as stopped:
            stopped.add_note(f"Job {escape_unprintable(self._id)} goes on on the server; cancel() ends it.")
            log.warning(
                "waiting for job %s was interrupted; the job goes on on the server", escape_unprintable(self._id)
            )
            raise
        if raise_on_failure:
            self._raise_if_failed(info)
        return info

    def result(self) -> T_co:
        """What came of the job, once it has ended: the new patient of an anonymization, for instance.

        Waits for the end if it is not there yet.

        Raises:
            JobFailed: if it failed, or if nothing came of it: all instances failed, and it was permissive.
            UnexpectedAnswer: if the server does not tell any more what came of it, since it was restarted; what the job
                has made is there.
            NotFound: if the server has forgotten the job; whether it has done its work is unknown then.
        """
        info = self.wait_until_completion()
        if self._to_result is None:
            from orthanc_sdk.resources.results import result_of

            return result_of(info, self._client)  # type: ignore[return-value]  # a Job made from an id is a Job[object]
        return self._to_result(info)

    def _raise_if_failed(self, info: models.JobInfo) -> None:
        if info.state == "Failure":
            raise JobFailed.from_info(info)

    # -- steering -----------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ends the job; it fails then. What it has done so far stays done."""
        self._client.post_jobs_id_cancel(self._id)

    def pause(self) -> None:
        """Lets the job rest, until :meth:`resume`."""
        self._client.post_jobs_id_pause(self._id)

    def resume(self) -> None:
        """Goes on with a paused job."""
        self._client.post_jobs_id_resume(self._id)

    def resubmit(self) -> None:
        """Starts a failed job anew."""
        self._client.post_jobs_id_resubmit(self._id)
        self._final = None

    def delete(self) -> None:
        """Removes the job from the history of the server. Since Orthanc 1.12.2."""
        self._client.delete_jobs_id(self._id)

    # -- outputs ------------------------------------------------------------------------------------------------------

    def output(self, key: str = "archive") -> bytes:
        """A file that the job has made, in memory: the ZIP archive of an archive job.

        Raises:
            NotFound: if there is none, or not any more.
        """
        return self._client.get_jobs_id_key(self._id, key)

    @overload
    def download(
        self, target: StrPath, key: str = "archive", *, filename: str | None = None, progress: Progress = None
    ) -> Path: ...
    @overload
    def download(
        self, target: Writable, key: str = "archive", *, filename: str | None = None, progress: Progress = None
    ) -> None: ...
    def download(
        self,
        target: StrPath | Writable,
        key: str = "archive",
        *,
        filename: str | None = None,
        progress: Progress = None,
    ) -> Path | None:
        """Downloads a file that the job has made, piece by piece; it is there whole, or not at all.

        Args:
            target: The file to write, a folder to put it in, or something to write to, such as an open file.
            key: Which file: the ZIP archive of an archive job.
            filename: What it is called in a folder; ``{id}.zip`` or ``{id}.{key}`` by default.
            progress: See :data:`orthanc_sdk.Progress`; counted are bytes.

        Returns:
            The file; None if it was not a path that was given.

        Raises:
            InvalidArgument: if the target cannot be written to; nothing was sent.
            NotFound: if there is no such file, or not any more.
            OSError: if it cannot be written.
        """
        ending = "zip" if key == "archive" else key
        saver = Saver(target, f"{self._id}.{ending}", filename=filename, progress=progress)
        return self._save(saver, key)

    def _save(self, saver: Saver, key: str, check: Callable[[bytes], None] | None = None) -> Path | None:
        with raw_stream(self._client.get_jobs_id_key, self._id, key) as response:
            return saver.save(response, check)

    def _clear(self, key: str) -> None:
        """Ends the job if it still runs, and removes what it has made."""
        if self._final is None:
            self.cancel()
        elif self._client.supports("1.12.1"):
            self.delete_output(key)

    def delete_output(self, key: str = "archive") -> None:
        """Removes a file that the job has made from the server. Since Orthanc 1.12.1."""
        self._client.delete_jobs_id_key(self._id, key)


def started(
    id_: str,
    client: Orthanc,
    content_type: type[ContentT],
    to_result: Callable[[models.JobInfo], T],
    when_ended: Callable[[], None] | None = None,
) -> Job[T, ContentT]:
    """A job that was just submitted.

    Args:
        id_: Its identifier.
        client: The server.
        content_type: What this kind of job tells of itself.
        to_result: From what the server tells of it in the end to its result.
        when_ended: Called as soon as its end is seen.
    """
    job: Job[T, ContentT] = Job(id_, client)
    job._content_type = content_type  # pyright: ignore[reportPrivateUsage]  # this is its other constructor
    job._to_result = to_result  # pyright: ignore[reportPrivateUsage]  # as above
    if when_ended is not None:
        job._when_ended.append(when_ended)  # pyright: ignore[reportPrivateUsage]  # as above
    return job
