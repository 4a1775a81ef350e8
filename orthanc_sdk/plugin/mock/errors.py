"""Errors of the test, not of the plugin."""

from __future__ import annotations


class NotSetUp(Exception):
    """A script asks the mock for something that only a real Orthanc knows, and the test has not set up an answer.

    The message says how to set it up. A `PluginHost` raises it in the test even if the script catches it.
    """
