"""The results of callbacks that a `PluginHost` has called."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class CallbackNotRegistered(LookupError):
    """The script has not registered the callback that a test needs. The message lists those that it has."""


class NoHttpAnswer(ConnectionError):
    """A REST callback has not responded, or with a status unknown to Orthanc, which then closes the connection."""


@dataclass(frozen=True)
class HttpAnswer:
    """The response that an HTTP client would get."""

    status: int
    headers: Mapping[str, str]
    """The headers set by the script, and `Content-Type`; their names are case-insensitive."""
    body: bytes
    error: BaseException | None = None
    """The error that the callback has raised; the client only sees status 500."""

    @property
    def text(self) -> str:
        """The body as text, in UTF-8."""
        return self.body.decode()

    def json(self) -> Any:  # Any: as in `requests.Response.json()`
        """The body as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.body)

    def raise_error(self) -> None:
        """Raises the error that the callback has raised, if any."""
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class Received:
    """The outcome of a received DICOM file."""

    dicom: bytes
    """The file, as it is stored."""
    instance_id: str | None
    """Its Orthanc identifier; None if it was not stored."""
    dimse_status: int = 0
    """The status of the C-STORE filter: 0 if there is no filter, or if it accepts the file."""

    @property
    def is_stored(self) -> bool:
        """Whether the file is stored: no callback has rejected it."""
        return self.instance_id is not None


@dataclass(frozen=True)
class FindResult:
    """The answers of the script to a C-FIND; Orthanc reduces those for worklists to the requested tags."""

    answers: Sequence[bytes]
    """DICOM files."""
    is_complete: bool
    """False if the script has marked the answers as incomplete."""

    @property
    def datasets(self) -> list[Dataset]:
        """The answers as datasets of pydicom."""
        from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

        return [dcmread(io.BytesIO(answer)) for answer in self.answers]


@dataclass(frozen=True)
class MoveResult:
    """The outcome of a C-MOVE."""

    steps: int
    """The number of steps; 0 with `RegisterMoveCallback`, which has none."""
    result: object
    """The result of the callback; with steps, the driver."""
