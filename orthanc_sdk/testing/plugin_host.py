"""A place for plugin scripts to run in without Orthanc: it loads them, and calls their callbacks as Orthanc would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from orthanc_sdk import Orthanc


class PluginHost:
    """Skeleton: names are final, bodies follow."""

    handlers: dict[str, Callable[..., object]]
    """What answers a function of the module: `host.handlers["RestApiGet"] = lambda uri: b"{}"`."""

    def __init__(
        self,
        script: str | Path | None = None,
        *,
        client: Orthanc | None = None,
        handlers: Mapping[str, Callable[..., object]] | None = None,
        configuration: Mapping[str, object] | None = None,
    ) -> None: ...

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    def load(self, script: str | Path) -> ModuleType:
        """Load a plugin script and return its module."""
        raise NotImplementedError

    # host.get/post/put/delete(uri, body, headers=...) -> HttpAnswer(status, headers, body, .text, .json(), .content_type)
    # host.is_allowed(method, uri, ip=, headers=) -> bool        (RegisterIncomingHttpRequestFilter)
    # host.change(change_type, resource_type, resource_id)       (RegisterOnChangeCallback)
    # host.receive(dicom, instance_id=..., origin=..., metadata=...) -> Received (received-instance, C-STORE filter, OnStored)
    # host.worklist(query, ...) / host.find(query, ...) -> FindResult(answers: list[bytes], datasets, is_complete)
    # host.move(level, ..., ) -> MoveResult
    # host.log: list[LogEntry(level, message)]
