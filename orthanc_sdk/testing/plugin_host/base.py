"""What the parts of `PluginHost` share: the state of the mock, and how a script is called."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from orthanc_sdk.plugin.mock.errors import NotSetUp
from orthanc_sdk.plugin.mock.state import State
from orthanc_sdk.testing.plugin_results import CallbackNotRegistered


class HostBase:
    """A host, once it runs."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stack: ExitStack | None = None

    @contextmanager
    def _calling(self) -> Generator[ExitStack]:
        """While the script runs; in the end, what it has asked for in vain is raised."""
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

    def callbacks(self, *functions: str) -> tuple[Callable[..., Any], ...]:  # any callbacks, as they were registered
        """The functions that the script has registered with one of these functions of the module.

        There are no methods here to call the callbacks of storage areas; a test can call them as they are.

        Args:
            functions: `RegisterStorageArea3`, for instance; of several, the first one that was called.

        Raises:
            CallbackNotRegistered: The script has called none of them.
        """
        for function in functions:
            for registration in self._state.registered(function):
                return cast("tuple[Callable[..., Any], ...]", registration.arguments)  # likewise
        there = ", ".join(map(str, self._state.registrations)) or "nothing"
        raise CallbackNotRegistered(f"the script has not called {' or '.join(functions)}; it has registered {there}")

    def _registered(self, function: str) -> bool:
        return bool(self._state.registered(function))
