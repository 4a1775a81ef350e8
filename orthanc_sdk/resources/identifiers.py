"""Orthanc identifiers, computed without a server."""

from __future__ import annotations

import hashlib

from orthanc_sdk.errors import InvalidArgument


def orthanc_id(
    patient_id: str,
    study_uid: str | None = None,
    series_uid: str | None = None,
    instance_uid: str | None = None,
) -> str:
    """The identifier that Orthanc gives to a patient, a study, a series or an instance.

    Args:
        patient_id: ``PatientID``, empty if there is none.
        study_uid: ``StudyInstanceUID``, for a study and what is below.
        series_uid: ``SeriesInstanceUID``, for a series and what is below.
        instance_uid: ``SOPInstanceUID``, for an instance.

    Example:
        >>> orthanc_id("")
        'da39a3ee-5e6b4b0d-3255bfef-95601890-afd80709'

    Raises:
        InvalidArgument: if one is given without those above it.
    """
    parts = [patient_id]
    names = ["study_uid", "series_uid", "instance_uid"]
    uids = [study_uid, series_uid, instance_uid]
    while uids and uids[-1] is None:
        uids.pop()
    for name, uid in zip(names, uids, strict=False):
        if uid is None:
            raise InvalidArgument(f"{name} must be given, too")
        parts.append(uid)
    # Padding behind a value is no part of it; blanks before it are.
    text = "|".join(part.rstrip(" \0") for part in parts)
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return "-".join(digest[start : start + 8] for start in range(0, 40, 8))
