"""What Orthanc tells of a DICOM failure beside the error itself."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import JsonValue

from orthanc_models.dimse import DimsePayload, RetrievePayload

ErrorPayload: TypeAlias = DimsePayload | RetrievePayload | dict[str, JsonValue]
"""The DIMSE status of one command, or what became of each command of a retrieval; anything else in versions to come."""
