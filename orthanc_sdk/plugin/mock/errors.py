"""What goes wrong in a test, not in a plugin."""

from __future__ import annotations


class NotSetUp(Exception):
    """A script has asked the mock for something that only a real Orthanc knows, and that the test does not answer.

    The text says how it can be answered. A `PluginHost` raises it in the test even if the script has caught it.
    """
