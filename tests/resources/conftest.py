"""Servers of all versions, started when they are asked for first; a server that cannot be had is a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc
from tests.resources.data import VERSIONS

CONFIGURATION = {
    "ExecuteLuaEnabled": True,
    "UserMetadata": {"colour": 1030},
    "UserContentType": {"notes": 1030},
    "StableAge": 1,
}

Start = Callable[..., Orthanc]


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    """A client of the server of that version and configuration; the same one each time."""
    with ExitStack() as stack:
        servers: dict[str, LocalOrthanc] = {}

        def get(version: str = "1.13", config: Mapping[str, object] | None = None) -> Orthanc:
            key = f"{version} {config}"
            if key not in servers:
                server = LocalOrthanc(version, config={**CONFIGURATION, **(config or {})}, dicom_aet="RESOURCES")
                servers[key] = stack.enter_context(server)
            return servers[key].client

        yield get


@pytest.fixture(params=VERSIONS)
def client(request: pytest.FixtureRequest, start: Start) -> Orthanc:
    """A server of each version, that does not overwrite instances: what tests put there has patients of its own."""
    return start(request.param)


@pytest.fixture(params=VERSIONS)
def overwriting(request: pytest.FixtureRequest, start: Start) -> Orthanc:
    """A server of each version that overwrites instances."""
    return start(request.param, {"OverwriteInstances": True})


@pytest.fixture
def newest(start: Start) -> Orthanc:
    """The server of the newest version."""
    return start("1.13")
