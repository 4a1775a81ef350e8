"""Sending and fetching over the DICOM network: work of the server that is waited for as a job.

A transfer of a large study takes longer than any reasonable timeout of HTTP: it is submitted as a job, and its end is
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

from orthanc_sdk.errors import JobFailed, NetworkProtocolError, OrthancError, UnexpectedAnswer
from orthanc_sdk.resources.job import Job, started

if TYPE_CHECKING:
    from pydantic import BaseModel

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.http.timeouts import Timeout

C = TypeVar("C", bound="models.AnswerModel")

# Orthanc's codes for what goes wrong on the DICOM network: NetworkProtocol and NoPresentationContext.
_NETWORK_ERRORS: Final = frozenset({9, 2015})


def given_fields(**fields: object) -> dict[str, object]:
    """The fields of a body that were given; those that are None are left to the server."""
    return {name: value for name, value in fields.items() if value is not None}


def fields_of(json: BaseModel | Mapping[str, object] | None) -> dict[str, object]:
    """A body that was given in Orthanc's spelling, or as a model."""
    if json is None:
        return {}
    if isinstance(json, Mapping):
        return dict(json)
    return json.model_dump(by_alias=True, exclude_unset=True)


def without_http_timeout(client: Orthanc) -> Timeout:
    """For what lasts as long as it lasts: no limit to wait for the answer; that to connect stays."""
    return client.transport.options.timeout[0], None


def job_of(reference: object, client: Orthanc, content: type[C]) -> Job[C, C]:
    """The job that was submitted, whose result is what it tells of itself in the end."""
    from orthanc_sdk import models

    if not isinstance(reference, models.JobReference):  # for nothing else was asked
        raise UnexpectedAnswer("expected a reference to a job")

    def to_result(info: models.JobInfo) -> C:
        if not isinstance(info.content, content):
            raise UnexpectedAnswer(f"job {info.id} is a {info.type}, not a transfer")
        return info.content

    return started(reference.id, client, content, to_result)


def result_of(job: Job[C, C], route: str) -> C:
    """What came of a transfer, waited for.

    Raises:
        NetworkProtocolError: if it failed on the DICOM network: the error that the route itself would have raised. Its
            ``__cause__`` is the failure of the job, with all that is known.
        JobFailed: if it failed otherwise.
    """
    try:
        return job.result()
    except JobFailed as failed:
        error = _network_error(failed, route)
        if error is None:
            raise
        raise error from failed


def _network_error(failed: JobFailed, route: str) -> OrthancError | None:
    info = failed.info
    if info is None or info.error_code not in _NETWORK_ERRORS:
        return None
    said = ": ".join(filter(None, [info.error_description, failed.details]))
    uri = f"/jobs/{failed.job_id}"  # where it was seen
    body: dict[str, object] = {
        "HttpError": "Internal Server Error",
        "HttpStatus": 500,
        "Method": "POST",
        "Uri": uri,
        "OrthancStatus": int(info.error_code),
        "OrthancError": info.error_description,
        "Message": info.error_description,
        "Details": failed.details or "",
    }
    payload = _payload(failed, info)
    if payload is not None:
        body["ErrorPayload"] = payload
    return NetworkProtocolError(f"{route}: {said} (at {uri})", route=route, method="POST", uri=uri, body=body)


def _payload(failed: JobFailed, info: models.JobInfo) -> Mapping[str, object] | None:
    """The payload of the error that the route would have answered; the job has another one."""
    details = (failed.content or {}).get("Details")
    if isinstance(details, list):
        return {"Type": "RetrieveJob", "Content": cast("list[object]", details)}
    sent = info.model_dump(mode="json", by_alias=True, include={"error_payload"}).get("ErrorPayload")
    return cast("dict[str, object]", sent) if isinstance(sent, dict) else None
