"""`PluginHost` runs plugin scripts without Orthanc: it loads them, and calls their callbacks as Orthanc would.

```python
from orthanc_sdk.testing import PluginHost

with PluginHost("my_plugin.py") as host:
    host.answer("GET", "/statistics", {"CountStudies": 3})
    assert host.get("/my/route").json() == {"studies": 3}
```

With pytest, the fixture `plugin_host` is a running host. In the script, `import orthanc` and
`from orthanc_sdk import plugin` are the same mock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from orthanc_sdk.plugin.mock.functions import rest_dispatch
from orthanc_sdk.plugin.mock.state import AuditRecord, Handler, LogEntry, Registration, State, enter, leave
from orthanc_sdk.testing.plugin_host.dicom import DicomCallbacks
from orthanc_sdk.testing.plugin_host.http import HttpCallbacks
from orthanc_sdk.testing.plugin_host.loading import loaded_script, mocked_module

if TYPE_CHECKING:
    from orthanc_sdk import plugin
    from orthanc_sdk.client import Orthanc

__all__ = ["PluginHost"]


class PluginHost(HttpCallbacks, DicomCallbacks):
    """Runs plugin scripts outside Orthanc, in a test.

    Errors of callbacks are raised in the test; only for HTTP requests (`get`, `post`, `put`, `delete`) they are status
    500, with the exception in `HttpAnswer.error`. A `NotSetUp` is always raised in the test: the script asks for
    something that the mock cannot know.

    Args:
        script: The plugin script, loaded when the context is entered; `load` loads others.
        client: A client of an Orthanc that answers `RestApiGet` and the like, such as `LocalOrthanc(...).client`.
        handlers: Replacements for functions of the module: `{"GetFontName": lambda font: "Arial"}`. That of a method
            (`"Image.DrawText"`) gets the object first.
        configuration: The configuration that `GetConfiguration` returns.
    """

    def __init__(
        self,
        script: str | Path | None = None,
        *,
        client: Orthanc | None = None,
        handlers: Mapping[str, Handler] | None = None,
        configuration: Mapping[str, object] | None = None,
    ) -> None:
        self._script = script
        super().__init__(State(client=client, handlers=dict(handlers or {}), configuration=configuration))

    def __enter__(self) -> Self:
        if self._stack is not None:
            raise RuntimeError("this host is running already")
        with ExitStack() as stack:
            stack.enter_context(mocked_module())
            enter(self._state)
            stack.callback(leave, self._state)
            self._stack = stack.pop_all()
        if self._script is not None:
            try:
                self.load(self._script)
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.close()

    # --- set up by the test -------------------------------------------------------------------------------------

    @property
    def client(self) -> Orthanc | None:
        """The client that answers `RestApiGet` and the like, unless `handlers` or `answer` do."""
        return self._state.client

    @client.setter
    def client(self, client: Orthanc | None) -> None:
        self._state.client = client

    @property
    def handlers(self) -> dict[str, Handler]:
        """Replacements for functions of the module, by name; may be changed at any time."""
        return self._state.handlers

    def answer(self, method: str, uri: str, value: object) -> None:
        """Sets the answer of Orthanc's REST API to a request of the script (`RestApiGet` and the like).

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            uri: The path, with the query if the script sends one: `/studies?expand`.
            value: Bytes, text, or a value that is sent as JSON. An exception is raised:
                `plugin.OrthancException(17, "Unknown resource")`. A function is called; for POST and PUT it gets the
                body as bytes.
        """
        if method not in rest_dispatch.METHODS or not uri.startswith("/"):
            raise ValueError(
                f"not a request of a script: {method} {uri}; it is one of {', '.join(rest_dispatch.METHODS)} and a path"
            )
        self._state.answers[method, uri] = value

    def load(self, script: str | Path | ModuleType) -> ModuleType:
        """Loads a plugin script, as Orthanc does when it starts: meanwhile, the database cannot be used.

        The folder of the script is on `sys.path` as long as the host runs. A module that was imported before is
        reloaded.

        Returns:
            The module of the script.
        """
        with self._calling() as stack:
            self._state.is_loading = True
            try:
                return stack.enter_context(loaded_script(script))
            finally:
                self._state.is_loading = False

    # --- changes ------------------------------------------------------------------------------------------------

    def change(
        self,
        change_type: plugin.ChangeType,
        resource_type: plugin.ResourceType | None = None,
        resource_id: str = "",
    ) -> None:
        """Notifies the script of a change (`RegisterOnChangeCallback`).

        Args:
            change_type: Type of the change, such as `plugin.ChangeType.STABLE_STUDY`.
            resource_type: Level of the resource; by default `plugin.ResourceType.NONE`, as for jobs and the start.
            resource_id: Orthanc identifier of the resource, or identifier of the job.
        """
        from orthanc_sdk.plugin.module_contents import ENUMERATIONS

        with self._calling():
            (callback,) = self.callbacks("RegisterOnChangeCallback")
            level = ENUMERATIONS["ResourceType"]["NONE"] if resource_type is None else int(resource_type)
            callback(int(change_type), level, resource_id)

    # --- results ------------------------------------------------------------------------------------------------

    @property
    def registrations(self) -> Sequence[Registration]:
        """The registrations of the script, in order."""
        return tuple(self._state.registrations)

    @property
    def log(self) -> Sequence[LogEntry]:
        """The messages in the log: those of the script, and those of Orthanc about its errors."""
        return tuple(self._state.log)

    @property
    def audit_log(self) -> Sequence[AuditRecord]:
        """The calls of `EmitAuditLog`."""
        return tuple(self._state.audit_log)

    @property
    def key_values(self) -> dict[str, dict[str, bytes]]:
        """The key-value stores, by identifier; the test may fill them, too."""
        return self._state.key_values

    @property
    def global_properties(self) -> dict[int, str]:
        """The global properties, by number; the test may set them, too."""
        return self._state.global_properties

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics that the script has set, by name."""
        return dict(self._state.metrics)

    @property
    def description(self) -> str | None:
        """The description that the script has set with `SetDescription`."""
        return self._state.descriptions.get("")

    @property
    def root_uri(self) -> str | None:
        """The URI that the script has set with `SetRootUri`."""
        return self._state.root_uris.get("")

    def queue(self, queue_id: str) -> Sequence[bytes]:
        """The values in a queue, the oldest first, including reserved ones."""
        found = self._state.queues.get(queue_id)
        return () if found is None else tuple(found.values.values())
