"""What Orthanc adds to the error of a failed DICOM command."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue

from orthanc_models.schemas.dimse import DimsePayload, RetrievePayload

ErrorPayload: TypeAlias = Annotated[
    DimsePayload | RetrievePayload | dict[str, JsonValue], Field(union_mode="left_to_right")
]
"""The DIMSE status of a command, or the outcome of each command of a retrieval; any other object in future versions."""
