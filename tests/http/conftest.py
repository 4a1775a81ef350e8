"""No unit test knows the machine that it runs on, nor waits between attempts."""

from __future__ import annotations

import os

import pytest

from orthanc_sdk.http import connections, transport

_READ_BY_REQUESTS = ("proxy", "ca_bundle", "netrc")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith(_READ_BY_REQUESTS) or name.startswith("ORTHANC_"):
            monkeypatch.delenv(name)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps idle connections, however slow this machine is at the moment."""
    monkeypatch.setattr(connections, "MAX_IDLE", 60.0)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which are not made."""
    made: list[float] = []
    monkeypatch.setattr(transport, "sleep", made.append)
    return made
