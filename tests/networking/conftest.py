"""Two servers of each version: `world.server`, which the tests talk to, and `world.partner`, which it talks to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from orthanc_sdk import Modality
from orthanc_sdk.testing import LocalOrthanc
from tests.live.world import VERSIONS, World


def start(stack: ExitStack, version: str) -> World:
    # Without a cache, a file that a test hides from the partner is gone at once.
    strange = {"ExecuteLuaEnabled": True, "MaximumStorageCacheSize": 0, "DicomCheckCalledAet": True}
    partner = LocalOrthanc(version, name="partner", dicom_aet="PARTNER", config=strange)
    server = LocalOrthanc(
        version,
        name="server",
        dicom_aet="WORLD",
        config={"DicomModalities": {"partner": partner.modality_configuration()}, "DicomScuTimeout": 5},
    )
    stack.enter_context(partner)
    stack.enter_context(server)
    partner.client.put_modalities_id("world", dict(server.modality_configuration()))
    return World(version, server, partner)


@pytest.fixture(scope="module", params=VERSIONS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Servers of each version in turn."""
    with ExitStack() as stack:
        yield start(stack, request.param)


@pytest.fixture(scope="module")
def newest() -> Iterator[World]:
    """Servers of the newest version."""
    with ExitStack() as stack:
        yield start(stack, VERSIONS[-1])


@pytest.fixture
def modality(world: World) -> Modality:
    return Modality(world.client, "partner")
