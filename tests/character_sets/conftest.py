"""A server of each version; what tests put there has patients of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orthanc_sdk import Orthanc
from tests.live.world import VERSIONS
from tests.resources.conftest import Start, start

__all__ = ["start"]


@pytest.fixture(params=VERSIONS)
def client(request: pytest.FixtureRequest, start: Start) -> Orthanc:
    """A server of each version."""
    return start(request.param)


@pytest.fixture
def default_encoding(client: Orthanc) -> Iterator[Orthanc]:
    """The same, whose `DefaultEncoding` a test may change."""
    try:
        yield client
    finally:
        client.put_tools_default_encoding("Latin1")
