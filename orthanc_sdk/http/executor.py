"""What the generated routes are written against: something that executes operations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from orthanc_sdk.http.operation import Operation
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout

T = TypeVar("T")


class OperationExecutor(ABC):
    """Executes operations: over HTTP, or inside Orthanc.

    The classes that inherit from it directly have a method for each operation: the routes.
    """

    @abstractmethod
    def _execute(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        """Checks the arguments, sends the request and returns the value of the answer."""
