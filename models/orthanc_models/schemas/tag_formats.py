"""DICOM tags in the three formats that Orthanc writes."""

from __future__ import annotations

from typing import TypeAlias

from orthanc_models.tags import DicomTag
from orthanc_models.types import DicomTagsShort, DicomTagsSimplified

DicomTagsFull: TypeAlias = dict[str, DicomTag]
"""DICOM tags by number, with keyword and type: ``{"0010,0010": DicomTag(name="PatientName", ...)}``."""

DicomTags: TypeAlias = DicomTagsSimplified | DicomTagsShort | DicomTagsFull
"""DICOM tags in one of the three formats; the arguments ``simplify``, ``short`` and ``full`` choose."""
