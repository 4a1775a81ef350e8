"""Some files of an upload or a download are not where they should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from orthanc_models.orthanc_error import OrthancError

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk.transfers.download_report import DownloadReport
    from orthanc_sdk.transfers.upload_report import UploadReport

_NAMED: Final = 3
"""How many of the files that failed a message names."""


class TransferFailed(OrthancError):
    """Some files of an upload or a download are not where they should be.

    Attributes:
        report: What became of each file.
    """

    def __init__(self, description: str = "", *, report: UploadReport | DownloadReport | None = None) -> None:
        super().__init__(description)
        self.report: UploadReport | DownloadReport | None = report

    @classmethod
    def of_files(
        cls, failures: Sequence[tuple[str, str | None]], total: int, done: str, report: UploadReport | DownloadReport
    ) -> Self:
        """The error for some files.

        Args:
            failures: Name and reason of each.
            total: How many files there were.
            done: What was to be done with them, such as ``uploaded``.
            report: What became of each.
        """
        # Names are quoted: what is in them is not ours, and may not be good for a terminal.
        named = "; ".join(f"{name!r}: {reason}" for name, reason in failures[:_NAMED])
        more = f"; and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
        return cls(f"{len(failures)} of {total} files were not {done}: {named}{more}", report=report)
