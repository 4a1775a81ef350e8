"""The surroundings of the unit tests, and servers of all versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orthanc_sdk.testing import LocalOrthanc
from tests.live.world import VERSIONS
from tests.unit.conftest import patient, pauses, plain_environment

__all__ = ["patient", "pauses", "plain_environment"]


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """A server of each version in turn."""
    with LocalOrthanc(request.param) as server:
        yield server
