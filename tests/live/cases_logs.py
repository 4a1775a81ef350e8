"""The cases of the log levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orthanc_sdk import InvalidArgument
from tests.live.registry import operation
from tests.live.world import World

CATEGORIES = ("", "_dicom", "_generic", "_http", "_jobs", "_lua", "_plugins", "_sqlite")
"""What comes after `log_level` in the names of the methods; the first one is about all of them."""

Call = Callable[..., Any]  # Any: the same method of all categories


def _methods(world: World, category: str) -> tuple[Call, Call]:
    get: Call = getattr(world.client, f"get_tools_log_level{category}")
    put: Call = getattr(world.client, f"put_tools_log_level{category}")
    return get, put


def _reads(category: str) -> Callable[[World], None]:
    def run(world: World) -> None:
        get, put = _methods(world, category)
        assert get() == "default"
        try:
            put("verbose")
            assert get() == "verbose"
        finally:
            put("default")

    return run


def _writes(category: str) -> Callable[[World], None]:
    def run(world: World) -> None:
        get, put = _methods(world, category)
        others = [_methods(world, other)[0] for other in CATEGORIES[1:] if other != category]
        try:
            for level in ("trace", "default", "verbose"):
                assert put(level) is None
                assert get() == level
                # Of one category, the others know nothing; that of all of them is theirs, too.
                assert {other() for other in others} == {"default" if category else level}
            with pytest.raises(InvalidArgument, match="content must be one of 'default', 'verbose', 'trace'"):
                put("debug")
            assert get() == "verbose"
        finally:
            put("default")
        assert get() == "default"

    return run


for _category in CATEGORIES:
    operation(f"get_tools_log_level{_category}")(_reads(_category))
    if _category != "_http":
        operation(f"put_tools_log_level{_category}")(_writes(_category))


@operation("put_tools_log_level_http")
def _(world: World) -> None:
    _writes("_http")(world)
    client, server = world.client, world.server

    def logged(identifier: str) -> str:
        length = len(server.log)
        client.post_tools_lookup(identifier)
        return server.log[length:]

    assert "(http) POST /tools/lookup" not in logged("before")
    client.put_tools_log_level_http("verbose")
    try:
        assert "(http) POST /tools/lookup" in logged("during")
        assert client.get_tools_log_level() == "verbose"
    finally:
        client.put_tools_log_level_http("default")
    assert "(http) POST /tools/lookup" not in logged("after")
