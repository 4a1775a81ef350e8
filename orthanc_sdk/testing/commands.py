"""Runs commands of this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

__all__ = ["CommandFailed", "output_of"]


class CommandFailed(Exception):
    """A command could not be run, or failed; the message has the end of its output. Never leaves this package."""


def output_of(command: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None) -> str:
    """The output of a command, with `environment` added to that of this process.

    Raises:
        CommandFailed: The command could not be run, or failed, or took longer than `timeout` seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the commands are our own
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(f"{command[0]} could not be run: {error}") from error
    if done.returncode:
        output = " ".join(f"{done.stderr} {done.stdout}".split())[-500:]
        raise CommandFailed(f"{command[0]} failed: {output or f'exit status {done.returncode}'}")
    return done.stdout
