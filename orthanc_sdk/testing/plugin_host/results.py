"""What came of it when a `PluginHost` has called the callbacks of a script."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class CallbackNotRegistered(LookupError):
    """The script has not registered a callback for what the test does. The text says what it has registered."""


class NoHttpAnswer(ConnectionError):
    """A REST callback has ended without an answer, or with a status that Orthanc does not know.

    Orthanc closes the connection then.
    """


@dataclass(frozen=True)
class HttpAnswer:
    """What an HTTP client would get."""

    status: int
    headers: Mapping[str, str]
    """The headers that the script has set, and `Content-Type`; upper and lower case make no difference."""
    body: bytes
    error: BaseException | None = None
    """What the callback has raised: the client sees no more of it than status 500."""

    @property
    def text(self) -> str:
        """The body as text, in UTF-8."""
        return self.body.decode()

    def json(self) -> Any:  # what JSON is, as in `requests.Response.json()`
        """The body as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.body)

    def raise_error(self) -> None:
        """Raise what the callback has raised, if it has."""
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class Received:
    """What became of a DICOM file that arrived."""

    dicom: bytes
    """The file, as it was stored if it was."""
    instance_id: str | None
    """Its Orthanc identifier; None if it was not stored."""
    dimse_status: int = 0
    """What the filter of C-STORE has said: 0 if there is none, or if it takes the file."""

    @property
    def is_stored(self) -> bool:
        """Whether no callback was against it."""
        return self.instance_id is not None


@dataclass(frozen=True)
class FindResult:
    """The answers to a C-FIND, as the script has given them; Orthanc reduces worklists to what was asked for."""

    answers: Sequence[bytes]
    """DICOM files."""
    is_complete: bool
    """False if the script has said that there are more."""

    @property
    def datasets(self) -> list[Dataset]:
        """The answers, read by pydicom."""
        from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

        return [dcmread(io.BytesIO(answer)) for answer in self.answers]


@dataclass(frozen=True)
class MoveResult:
    """What came of a C-MOVE."""

    steps: int
    """How many steps were done; 0 with `RegisterMoveCallback`, which has none."""
    result: object
    """What the callback has returned: with steps, the driver."""
