"""The same surroundings as those of the unit tests: no proxies or passwords of this machine, no pauses."""

from __future__ import annotations

from tests.http.conftest import patient, pauses, plain_environment

__all__ = ["patient", "pauses", "plain_environment"]
