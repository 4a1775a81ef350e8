"""A place for plugin scripts to run in without Orthanc: it loads them, and calls their callbacks as Orthanc would.

```python
from orthanc_sdk.testing import PluginHost

with PluginHost("my_plugin.py") as host:
    host.answer("GET", "/statistics", {"CountStudies": 3})
    assert host.get("/my/route").json() == {"studies": 3}
```

With pytest, the fixture `plugin_host` is one that is ready. In the script, `import orthanc` and
`from orthanc_sdk import plugin` are the same mock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from orthanc_sdk.plugin.mock import routes
from orthanc_sdk.plugin.mock.state import AuditRecord, Handler, LogEntry, Registration, State, enter, leave
from orthanc_sdk.testing.plugin_dicom import DicomCallbacks
from orthanc_sdk.testing.plugin_http import HttpCallbacks
from orthanc_sdk.testing.plugin_loading import loaded, with_module

if TYPE_CHECKING:
    from orthanc_sdk import Orthanc, plugin

__all__ = ["PluginHost"]


class PluginHost(HttpCallbacks, DicomCallbacks):
    """Runs plugin scripts outside Orthanc, in a test.

    What a callback raises reaches the test, as it was raised; only where HTTP says something about it (`get`, `post`,
    `put`, `delete`), that is status 500, and the exception is in `HttpAnswer.error`. A `NotSetUp` always reaches the
    test: the script has asked for something that the mock cannot know.

    Args:
        script: The plugin script, loaded when the host is entered; `load` loads more.
        client: An Orthanc that answers `RestApiGet` and the like: `LocalOrthanc(...).client`, for instance.
        handlers: What answers a function of the module: `{"GetFontName": lambda font: "Arial"}`. A handler of a method
            (`"Image.DrawText"`) gets the object first.
        configuration: What `GetConfiguration` answers.
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
            stack.enter_context(with_module())
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

    # --- what a test sets up ------------------------------------------------------------------------------------

    @property
    def client(self) -> Orthanc | None:
        """The Orthanc that answers `RestApiGet` and the like, where neither `handlers` nor `answer` do."""
        return self._state.client

    @client.setter
    def client(self, client: Orthanc | None) -> None:
        self._state.client = client

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers a function of the module, by its name; to be changed at any time."""
        return self._state.handlers

    def answer(self, method: str, uri: str, value: object) -> None:
        """Set what Orthanc's REST API answers to a request of the script (`RestApiGet` and the like).

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            uri: The path, with the query if the script sends one: `/studies?expand`.
            value: Bytes, text, or what becomes JSON. An exception is raised: `plugin.OrthancException(17, "Unknown
                resource")`. A function is called; for POST and PUT it gets the body as bytes.
        """
        if method not in routes.METHODS or not uri.startswith("/"):
            raise ValueError(
                f"no request of a script: {method} {uri}; it is one of {', '.join(routes.METHODS)} and a path"
            )
        self._state.answers[method, uri] = value

    def load(self, script: str | Path | ModuleType) -> ModuleType:
        """Load a plugin script, as Orthanc does at its start: the database cannot be used meanwhile.

        The folder of the script is on `sys.path` as long as the host runs. A module that was imported before is loaded
        anew.

        Returns:
            The module, with all that the script defines.
        """
        with self._calling() as stack:
            self._state.is_loading = True
            try:
                return stack.enter_context(loaded(script))
            finally:
                self._state.is_loading = False

    # --- changes ------------------------------------------------------------------------------------------------

    def change(
        self,
        change_type: plugin.ChangeType,
        resource_type: plugin.ResourceType | None = None,
        resource_id: str = "",
    ) -> None:
        """Tell the script of a change (`RegisterOnChangeCallback`).

        Args:
            change_type: What happened: `plugin.ChangeType.STABLE_STUDY`.
            resource_type: What it happened to; `plugin.ResourceType.NONE` by default, as for jobs and the start.
            resource_id: The Orthanc identifier, or the one of the job.
        """
        from orthanc_sdk.plugin.tables import ENUMERATIONS

        with self._calling():
            (callback,) = self.callbacks("RegisterOnChangeCallback")
            level = ENUMERATIONS["ResourceType"]["NONE"] if resource_type is None else int(resource_type)
            callback(int(change_type), level, resource_id)

    # --- what the script has done -------------------------------------------------------------------------------

    @property
    def registrations(self) -> Sequence[Registration]:
        """What the script has registered, in order."""
        return tuple(self._state.registrations)

    @property
    def log(self) -> Sequence[LogEntry]:
        """What it has written to the log, and what Orthanc writes about its errors."""
        return tuple(self._state.log)

    @property
    def audit_log(self) -> Sequence[AuditRecord]:
        """What it has given to `EmitAuditLog`."""
        return tuple(self._state.audit_log)

    @property
    def key_values(self) -> dict[str, dict[str, bytes]]:
        """The key-value stores, by their identifiers; to be filled by the test as well."""
        return self._state.key_values

    @property
    def global_properties(self) -> dict[int, str]:
        """The global properties, by their numbers; to be filled by the test as well."""
        return self._state.global_properties

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics that it has set, by their names."""
        return dict(self._state.metrics)

    @property
    def description(self) -> str | None:
        """What it has said with `SetDescription`."""
        return self._state.descriptions.get("")

    @property
    def root_uri(self) -> str | None:
        """What it has said with `SetRootUri`."""
        return self._state.root_uris.get("")

    def queue(self, queue_id: str) -> Sequence[bytes]:
        """The values that are in a queue, the oldest first, with those that are reserved."""
        found = self._state.queues.get(queue_id)
        return () if found is None else tuple(found.values.values())
