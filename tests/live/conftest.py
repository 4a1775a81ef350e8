"""Servers of all versions for the live tests; a server that cannot be had is a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from orthanc_sdk.testing import LocalOrthanc
from tests.live.world import World, configuration


def _start(stack: ExitStack, version: str) -> World:
    partner = LocalOrthanc(version, name=f"partner {version}", dicom_aet="PARTNER", config={"ExecuteLuaEnabled": True})
    server = LocalOrthanc(version, name=f"world {version}", dicom_aet="WORLD", config=configuration(partner))
    stack.enter_context(partner)
    stack.enter_context(server)
    partner.client.put_modalities_id("world", dict(server.modality_configuration()))
    return World(version, server, partner)


@pytest.fixture(scope="session")
def shared_world() -> Iterator[Callable[[str], World]]:
    """One world for each version, started when it is asked for first."""
    with ExitStack() as stack:
        worlds: dict[str, World] = {}

        def get(version: str) -> World:
            if version not in worlds:
                worlds[version] = _start(stack, version)
            return worlds[version]

        yield get


@pytest.fixture
def own_world() -> Iterator[Callable[[str], World]]:
    """A world that only this test has."""
    with ExitStack() as stack:
        yield lambda version: _start(stack, version)
