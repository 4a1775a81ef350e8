"""Waits for what a server does in its own time, but never for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from orthanc_sdk import Orthanc, models

T = TypeVar("T")


def eventually(read: Callable[[], T | None], *, seconds: float = 20) -> T:
    """What `read` returns once that is neither None nor False nor empty."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.02)


def ended(client: Orthanc, reference: object) -> models.JobInfo:
    """The job that an asynchronous answer refers to, once it has ended, well or badly."""
    assert isinstance(reference, models.JobReference)
    assert reference.path == f"/jobs/{reference.id}"
    id_ = reference.id

    def read() -> models.JobInfo | None:
        job = client.get_jobs_id(id_)
        assert job.id == id_
        return job if job.state in ("Success", "Failure") else None

    return eventually(read)


def succeeded(client: Orthanc, reference: object) -> models.JobInfo:
    """The same of a job that must end well."""
    job = ended(client, reference)
    assert (job.state, job.error_code, job.progress) == ("Success", 0, 100), job.error_details
    return job
