"""What became of each file of a download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args, overload

from orthanc_sdk.errors import TransferFailed

if TYPE_CHECKING:
    from orthanc_sdk.resources.base import AnyResource

DownloadStatus: TypeAlias = Literal["downloaded", "already there", "failed"]
"""What became of a file: ``already there`` is one that an earlier download has written, and that is whole."""


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """What became of one file.

    Attributes:
        path: The file; the folder, if not even the name of the file is known. It is made of
            identifiers of the patient, so it is in no text.
        resource: The instance; of what could not be listed, the patient, the study or the series.
        status: What became of it.
        error: Why it is not there; None if it is.
    """

    path: Path = field(repr=False)
    resource: AnyResource
    status: DownloadStatus
    error: Exception | None = field(default=None, compare=False)

    @property
    def reason(self) -> str | None:
        """The error in words, without the path."""
        if isinstance(self.error, OSError) and self.error.strerror:
            return self.error.strerror
        return None if self.error is None else str(self.error)


class DownloadReport(Sequence[Path]):
    """What became of the files of a download: a list of the files that are there now, and more."""

    def __init__(self) -> None:
        self._files: list[DownloadedFile] = []

    @property
    def files(self) -> list[DownloadedFile]:
        """All files, in the order in which they were done."""
        return list(self._files)

    @property
    def paths(self) -> list[Path]:
        """The files that are there now."""
        return [file.path for file in self._files if file.status != "failed"]

    @property
    def failures(self) -> list[DownloadedFile]:
        """The files that are not there."""
        return [file for file in self._files if file.status == "failed"]

    @property
    def counts(self) -> Mapping[DownloadStatus, int]:
        """How many files there are of each status, zeros included."""
        counted = Counter(file.status for file in self._files)
        return {status: counted[status] for status in get_args(DownloadStatus)}

    def raise_for_failures(self) -> None:
        """Raises an error if a file is not there.

        Raises:
            TransferFailed: it names the first of them, and has this report.
        """
        failures = self.failures
        if failures:
            named = [(str(file.resource), file.reason) for file in failures]
            raise TransferFailed.of_files(named, len(self._files), "downloaded", self)

    def add(self, file: DownloadedFile) -> None:
        """Notes what became of a file."""
        self._files.append(file)

    @overload
    def __getitem__(self, index: int, /) -> Path: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[Path]: ...
    def __getitem__(self, index: int | slice, /) -> Path | list[Path]:
        return self.paths[index]

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        told = ", ".join(f"{number} {status}" for status, number in self.counts.items() if number)
        return f"DownloadReport({told or 'no files'})"
