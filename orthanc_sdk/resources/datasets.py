"""DICOM files as datasets of pydicom."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

CHUNK: Final = 64 * 1024
"""Bytes that are received at once of a file of which only the head is wanted."""


def dataset_of(file: bytes) -> FileDataset:
    """The file as a dataset."""
    return _read(io.BytesIO(file), stop_before_pixels=False)


def head_of(chunks: Iterator[bytes]) -> FileDataset:
    """A file that is being received as a dataset without its pixels, which are not waited for."""
    return _read(_Head(chunks), stop_before_pixels=True)


def _read(file: io.BytesIO, *, stop_before_pixels: bool) -> FileDataset:
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

    # What Orthanc has stored is DICOM, with or without the four letters at its beginning.
    return dcmread(file, stop_before_pixels=stop_before_pixels, force=True)


class _Head(io.BytesIO):
    """A file that is fetched as far as it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    def read(self, size: int | None = -1, /) -> bytes:
        position = self.tell()
        while size is None or size < 0 or len(self.getbuffer()) < position + size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self.seek(0, io.SEEK_END)
            self.write(piece)
        self.seek(position)
        return super().read(size)
