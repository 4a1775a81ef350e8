"""Servers of all versions, and folders full of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc

VERSIONS = ("1.10", "1.12", "1.13")

Start = Callable[..., LocalOrthanc]


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    """The server of that version and configuration; the same one each time."""
    with ExitStack() as stack:
        servers: dict[str, LocalOrthanc] = {}

        def get(version: str = "1.13", config: Mapping[str, object] | None = None) -> LocalOrthanc:
            key = f"{version} {config}"
            if key not in servers:
                servers[key] = stack.enter_context(LocalOrthanc(version, config=dict(config or {})))
            return servers[key]

        yield get


@pytest.fixture(params=VERSIONS)
def client(request: pytest.FixtureRequest, start: Start) -> Orthanc:
    """An empty server of each version."""
    return start(request.param).reset().client


@pytest.fixture
def newest(start: Start) -> Orthanc:
    """An empty server of the newest version."""
    return start().reset().client
