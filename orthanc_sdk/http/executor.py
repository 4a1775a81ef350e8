"""The one method that the generated routes are written against."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from orthanc_sdk.http.operation import Operation

T = TypeVar("T")


class ClientDefault(Enum):
    """Stands for what the client was made with; None would say "no limit"."""

    TIMEOUT = "the timeout of the client"

    def __repr__(self) -> str:
        return "CLIENT_TIMEOUT"


CLIENT_TIMEOUT: Final = ClientDefault.TIMEOUT

Timeout: TypeAlias = float | tuple[float | None, float | None] | ClientDefault | None
"""Seconds to wait for the server: one number for connecting and for each pause of the answer, a pair of both, None for
no limit, or the client's own by default."""


class Runner(ABC):
    """Runs operations: over HTTP, or inside Orthanc."""

    @abstractmethod
    def _run(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        """Checks the arguments, sends the request and returns what the answer stands for."""
