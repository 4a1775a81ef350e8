"""The base of `PluginHost`: the state of the mock, and calls of a script."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from orthanc_sdk.plugin.mock.errors import NotSetUp
from orthanc_sdk.plugin.mock.state import State
from orthanc_sdk.testing.plugin_host.results import CallbackNotRegistered


class HostBase:
    """The state of the mock, and the callbacks of the script."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stack: ExitStack | None = None

    @contextmanager
    def _calling(self) -> Generator[ExitStack]:
        """A context in which the script runs; at its end, a `NotSetUp` is raised even if the script has caught it."""
        if self._stack is None:
            raise RuntimeError("this host is not running: with PluginHost(...) as host: ...")
        self._state.not_set_up.clear()
        try:
            yield self._stack
        except NotSetUp:
            raise
        except Exception:
            if self._state.not_set_up:
                raise self._state.not_set_up[0] from None
            raise
        if self._state.not_set_up:
            raise self._state.not_set_up[0]

    def callbacks(self, *functions: str) -> tuple[Callable[..., Any], ...]:  # Any: callbacks of any kind
        """The callbacks that the script has registered with one of these functions of the module.

        For the callbacks of storage areas, which have no methods here: a test can call them directly.

        Args:
            functions: `RegisterStorageArea3`, for instance. If there are several, the first one with a registration.

        Raises:
            CallbackNotRegistered: The script has called none of them.
        """
        for function in functions:
            for registration in self._state.registered(function):
                return cast("tuple[Callable[..., Any], ...]", registration.arguments)  # Any: as above
        registered = ", ".join(map(str, self._state.registrations)) or "nothing"
        names = " or ".join(functions)
        raise CallbackNotRegistered(f"the script has not called {names}; it has registered {registered}")

    def _registered(self, function: str) -> bool:
        return bool(self._state.registered(function))
