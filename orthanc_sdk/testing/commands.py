"""Runs a command of this machine to its end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

__all__ = ["CommandFailed", "output_of"]


class CommandFailed(Exception):
    """The command did not run, or not well; the message has its last words. Never leaves this package."""


def output_of(command: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None) -> str:
    """What `command` prints, with `environment` added to that of this process. Raises `CommandFailed`."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no part of a command comes from outside
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(f"{command[0]} did not run: {error}") from error
    if done.returncode:
        said = " ".join(f"{done.stderr} {done.stdout}".split())[-500:]
        raise CommandFailed(f"{command[0]} failed: {said or f'exit status {done.returncode}'}")
    return done.stdout
