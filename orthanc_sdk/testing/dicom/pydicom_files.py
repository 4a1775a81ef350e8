"""The DICOM files that come with pydicom."""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path

__all__ = ["pydicom_test_files"]

_IDENTIFIERS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_BROKEN = (
    "MR_truncated.dcm",
    "SC_rgb_jpeg.dcm",
    "rtplan_truncated.dcm",
)  # on purpose, for pydicom's own tests


@lru_cache(maxsize=1)
def pydicom_test_files() -> tuple[Path, ...]:
    """The DICOM files in the installed pydicom that Orthanc can store: some 160, of many kinds.

    Nothing is downloaded. Broken files are left out, and so are those without the UIDs of instance, series and study.
    """
    import pydicom

    folder = Path(pydicom.__file__).parent / "data"
    return tuple(path for path in sorted(folder.rglob("*")) if path.suffix in ("", ".dcm") and _is_storable(path))


def _is_storable(path: Path) -> bool:
    import pydicom
    from pydicom.errors import InvalidDicomError

    if not path.is_file() or path.name in _BROKEN:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about unusual values
        try:
            dataset = pydicom.dcmread(  # pyright: ignore[reportUnknownMemberType] - pydicom's PathLike has no argument
                path, stop_before_pixels=True, specific_tags=list(_IDENTIFIERS)
            )
        except (InvalidDicomError, OSError):
            return False
        return all(dataset.get(keyword) for keyword in _IDENTIFIERS)
