"""The module `orthanc` of Orthanc's Python plugin, for scripts that run inside Orthanc, and for their tests outside.

```python
from orthanc_sdk import plugin


def on_change(change_type: plugin.ChangeType, level: plugin.ResourceType, resource_id: str) -> None:
    if change_type == plugin.ChangeType.STABLE_STUDY:
        plugin.LogWarning(f"study {resource_id} is complete")


plugin.RegisterOnChangeCallback(on_change)
```

Inside Orthanc, every name is that of the real module: `plugin.RestApiGet is orthanc.RestApiGet`. Outside, it is a mock
that behaves like plugin 7.1 where it can, and raises `NotSetUp` where it cannot, instead of making up an answer.
`orthanc_sdk.testing.PluginHost` sets the mock up: it loads a script, calls its callbacks as Orthanc would, and returns
their results.

`import orthanc` works as well: type checkers find its types in `orthanc-stubs`, which is part of this package.

``in_process`` is the client inside Orthanc, ``mock`` the mock of the module. May import ``client`` and the rooms below
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The real module exists inside Orthanc only.
    from orthanc import *  # noqa: F403  # pyright: ignore[reportMissingModuleSource]

    from orthanc_sdk.plugin.callback_arguments import FilterRequest as FilterRequest
    from orthanc_sdk.plugin.callback_arguments import MoveRequest as MoveRequest
    from orthanc_sdk.plugin.callback_arguments import RestRequest as RestRequest
    from orthanc_sdk.plugin.in_process.client import client as client
    from orthanc_sdk.plugin.large_stack import with_room as with_room
    from orthanc_sdk.plugin.mock.errors import NotSetUp as NotSetUp

_MODULES = {
    "FilterRequest": "callback_arguments",
    "MoveRequest": "callback_arguments",
    "NotSetUp": "mock.errors",
    "RestRequest": "callback_arguments",
    "client": "in_process.client",
    "with_room": "large_stack",
}
"""Names that are not those of the module `orthanc`, and where they are defined."""


if not TYPE_CHECKING:  # type checkers would accept any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _MODULES:
            value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        else:
            from orthanc_sdk.plugin.module import find

            value = find(name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    from orthanc_sdk.plugin.module import names

    return sorted({*globals(), *_MODULES, *names()})
