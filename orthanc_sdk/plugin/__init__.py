"""The `orthanc` module of Orthanc's Python plugin, for scripts that run inside Orthanc and for their tests outside.

```python
from orthanc_sdk import plugin


def on_change(change_type: plugin.ChangeType, level: plugin.ResourceType, resource_id: str) -> None:
    if change_type == plugin.ChangeType.STABLE_STUDY:
        plugin.LogWarning(f"study {resource_id} is complete")


plugin.RegisterOnChangeCallback(on_change)
```

Inside Orthanc every name is the one of the real module: `plugin.RestApiGet is orthanc.RestApiGet`. Outside it is a
mock that behaves like plugin 7.1 where it can, and says where it cannot: `NotSetUp` instead of a made-up answer.
`orthanc_sdk.testing.PluginHost` sets it up: it loads a script, calls its callbacks as Orthanc would, and gives back
what came of it.

`import orthanc` is as good: type checkers find its types in `orthanc-stubs`, which comes with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The real module is there inside Orthanc only.
    from orthanc import *  # noqa: F403  # pyright: ignore[reportMissingModuleSource]

    from orthanc_sdk.plugin.inside import client as client
    from orthanc_sdk.plugin.mock.errors import NotSetUp as NotSetUp
    from orthanc_sdk.plugin.requests import FilterRequest as FilterRequest
    from orthanc_sdk.plugin.requests import MoveRequest as MoveRequest
    from orthanc_sdk.plugin.requests import RestRequest as RestRequest
    from orthanc_sdk.plugin.room import with_room as with_room

_HOMES = {
    "NotSetUp": "mock.errors",
    "FilterRequest": "requests",
    "MoveRequest": "requests",
    "RestRequest": "requests",
    "client": "inside",
    "with_room": "room",
}


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _HOMES:
            value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        else:
            from orthanc_sdk.plugin.module import find

            value = find(name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    from orthanc_sdk.plugin.module import names

    return sorted({*globals(), *_HOMES, *names()})
