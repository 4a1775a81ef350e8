"""Errors of local servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["LocalOrthancError", "OrthancFailed", "OrthancNotAvailable"]


class LocalOrthancError(RuntimeError):
    """Base class of the errors of `orthanc_sdk.testing`."""


class OrthancNotAvailable(LocalOrthancError):
    """No Orthanc of the requested version is available on this machine.

    The message says what was tried, why each attempt failed, and what would help.

    Attributes:
        version: The requested version.
        attempts: The reason why each attempt failed, in order.
    """

    def __init__(self, version: str, attempts: Sequence[str]) -> None:
        self.version = version
        self.attempts: tuple[str, ...] = tuple(attempts)
        tried = "\n".join(f"  - {attempt}" for attempt in self.attempts)
        variable = variable_of(version)
        super().__init__(
            f"no Orthanc {version} is available on this machine. Tried:\n{tried}\n"
            f"Any of these helps: set {variable} to the path of an Orthanc {version} executable; put one on PATH; "
            f"use a machine with Debian's apt (once, then it is cached); or start a Docker engine."
        )

    def __reduce__(self) -> tuple[type[OrthancNotAvailable], tuple[str, tuple[str, ...]]]:
        return type(self), (self.version, self.attempts)


class OrthancFailed(LocalOrthancError):
    """An Orthanc was found, but it failed to start, or terminated unexpectedly.

    Attributes:
        log_file: Its log, which is kept for this error; None if it has not written any.
    """

    def __init__(self, message: str, log_file: Path | None = None) -> None:
        self.message = message
        self.log_file = log_file
        super().__init__(f"{message}\nIts log is kept in {log_file}" if log_file else message)

    def __reduce__(self) -> tuple[type[OrthancFailed], tuple[str, Path | None]]:
        return type(self), (self.message, self.log_file)


def variable_of(version: str) -> str:
    """Name of the environment variable with the path of an executable of that version."""
    return "ORTHANC_SDK_TEST_BINARY_" + version.replace(".", "_")
