"""The three formats in which Orthanc writes DICOM tags."""

from __future__ import annotations

from typing import TypeAlias

from orthanc_models.schemas.field_types import DicomTagsShort, DicomTagsSimplified
from orthanc_models.schemas.tags import DicomTag

DicomTagsFull: TypeAlias = dict[str, DicomTag]
"""DICOM tags by number, with keyword and type: ``{"0010,0010": DicomTag(name="PatientName", ...)}``."""

DicomTags: TypeAlias = DicomTagsSimplified | DicomTagsShort | DicomTagsFull
"""DICOM tags in one of the three formats, which the arguments ``simplify``, ``short`` and ``full`` select."""
