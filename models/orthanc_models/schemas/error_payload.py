"""What Orthanc tells of a DICOM failure beside the error itself."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue

from orthanc_models.dimse import DimsePayload, RetrievePayload

ErrorPayload: TypeAlias = Annotated[
    DimsePayload | RetrievePayload | dict[str, JsonValue], Field(union_mode="left_to_right")
]
"""The DIMSE status of one command, or what became of each command of a retrieval; anything else in versions to come."""
