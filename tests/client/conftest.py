"""As of the room below: no test knows the machine that it runs on, nor waits between attempts."""

from tests.http.conftest import patient, pauses, plain_environment

__all__ = ["patient", "pauses", "plain_environment"]
