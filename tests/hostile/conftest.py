"""The surroundings of the unit tests, and servers of all versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orthanc_sdk.testing import LocalOrthanc
from tests.http.conftest import patient, pauses, plain_environment
from tests.live.world import VERSIONS

__all__ = ["patient", "pauses", "plain_environment"]


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """A server of each version in turn."""
    with LocalOrthanc(request.param) as server:
        yield server
