"""The DIMSE status with which a modality refused."""

from __future__ import annotations

import re

from orthanc_sdk.errors import JobFailed, NetworkProtocolError


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
