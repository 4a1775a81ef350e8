"""Sending and fetching over the DICOM network: work of the server that is waited for as a job.

A transfer of a large study takes longer than any reasonable timeout of HTTP: it is submitted as a job, and its end is
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, TypedDict, TypeVar, cast

from orthanc_sdk.errors import InvalidArgument, JobFailed, NetworkProtocolError, OrthancError, UnexpectedAnswer
from orthanc_sdk.resources.job import Job, started

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.http.timeouts import Timeout

C = TypeVar("C", bound="models.AnswerModel")

Level = Literal["Patient", "Study", "Series", "Instance"]
"""A level of the DICOM hierarchy, from the top to the bottom."""

LEVELS: Final[tuple[Level, ...]] = ("Patient", "Study", "Series", "Instance")
_PLURALS: Final[Mapping[str, Level]] = {
    "patients": "Patient",
    "studies": "Study",
    "instances": "Instance",
    "image": "Instance",
    "images": "Instance",
}
# Orthanc's codes for what goes wrong on the DICOM network: NetworkProtocol and NoPresentationContext.
_OF_THE_NETWORK: Final = frozenset({9, 2015})


class TransferOptions(TypedDict, total=False):
    """What all transfers have in common.

    Attributes:
        timeout: Seconds that the *modality* may be silent, 0 for ever; that of the modality or the server by default.
        priority: Jobs of higher priority start first; 0 by default.
        permissive: Whether to go on after a failure. Orthanc does not tell then what has failed.
        user_data: To be found again in the job. Since Orthanc 1.12.9.
    """

    timeout: int
    priority: int
    permissive: bool
    user_data: JsonValue


class MoveOptions(TransferOptions, total=False):
    """How to fetch what was found by C-MOVE.

    Attributes:
        target_aet: DICOM title of who gets the instances; the server itself by default. The modality has to know it.
    """

    target_aet: str


class MoveResourcesOptions(MoveOptions, total=False):
    """How to fetch by C-MOVE what is named by its identifiers.

    Attributes:
        local_aet: What the server calls itself in this transfer.
    """

    local_aet: str


class GetOptions(TransferOptions, total=False):
    """How to fetch by C-GET.

    Attributes:
        local_aet: What the server calls itself in this transfer.
    """

    local_aet: str


class StoreOptions(TransferOptions, total=False):
    """How to send by C-STORE.

    Attributes:
        local_aet: What the server calls itself in this transfer.
        called_aet: Title to call instead of the configured one. Since Orthanc 1.11.3.
        host: Host to call instead of the configured one. Since Orthanc 1.11.3.
        port: Port to call instead of the configured one. Since Orthanc 1.11.3.
        move_originator_aet: Who asked for it by C-MOVE.
        move_originator_id: The message ID of that C-MOVE.
        storage_commitment: Whether to ask for storage commitment afterwards.
    """

    local_aet: str
    called_aet: str
    host: str
    port: int
    move_originator_aet: str
    move_originator_id: int
    storage_commitment: bool


def dimse_status(error: BaseException) -> int | None:
    """The DIMSE status with which a modality refused, such as ``0xC000``.

    Orthanc tells it in words, and since 1.12.10 as a number.

    Args:
        error: What was raised by an operation on a modality, or by a job.

    Returns:
        None if the error has none: if the modality could not be reached, for instance.

    Example:
        >>> try:  # doctest: +SKIP
        ...     modality.move(query, target_aet="NOBODY")
        ... except NetworkProtocolError as error:
        ...     print(hex(dimse_status(error) or 0))
        0xc000
    """
    if isinstance(error, NetworkProtocolError) and error.dimse_status is not None:
        return error.dimse_status
    if isinstance(error, JobFailed) and error.info is not None:
        from orthanc_sdk import models

        payload = error.info.error_payload
        if isinstance(payload, models.DimsePayload):
            return payload.content.dimse_error_status
    said = error.details if isinstance(error, NetworkProtocolError | JobFailed) else None
    match = re.search(r"with DIMSE status 0x([0-9A-Fa-f]{4})\b", said or "")
    return int(match[1], 16) if match else None


# ---------------------------------------------------------------------------------------------------------------------
# What is sent
# ---------------------------------------------------------------------------------------------------------------------


def level_named(name: object) -> Level:
    """The level of that name; Orthanc minds neither case nor plurals.

    Raises:
        InvalidArgument: if there is none.
    """
    lowered = name.lower() if isinstance(name, str) else ""
    for level in LEVELS:
        if lowered == level.lower():
            return level
    if lowered not in _PLURALS:
        raise InvalidArgument(f"level must be one of {', '.join(LEVELS)}")
    return _PLURALS[lowered]


def body_of(options: Mapping[str, object]) -> dict[str, object]:
    """Options in Orthanc's spelling."""
    return {_SPELLING.get(name, name.title().replace("_", "")): value for name, value in options.items()}


_SPELLING: Final[Mapping[str, str]] = {"move_originator_id": "MoveOriginatorID"}


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


# ---------------------------------------------------------------------------------------------------------------------
# What comes back
# ---------------------------------------------------------------------------------------------------------------------


def job_of(reference: object, client: Orthanc, content: type[C]) -> Job[C]:
    """The job that was submitted, whose result is what it tells of itself in the end."""
    from orthanc_sdk import models

    if not isinstance(reference, models.JobReference):  # for nothing else was asked
        raise UnexpectedAnswer("expected a reference to a job")

    def to_result(info: models.JobInfo) -> C:
        if not isinstance(info.content, content):
            raise UnexpectedAnswer(f"job {info.id} is a {info.type}, not a transfer")
        return info.content

    return started(reference.id, client, to_result)


def result_of(job: Job[C], route: str) -> C:
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
    if info is None or info.error_code not in _OF_THE_NETWORK:
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
