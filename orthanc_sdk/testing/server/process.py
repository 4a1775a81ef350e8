"""A child process that ends with this process, even if this one is killed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from orthanc_sdk.testing.commands import CommandFailed, output_of

__all__ = ["Process"]

_log = logging.getLogger("orthanc_sdk.testing")

# Blocks until the pipe to this process is closed: when this process ends, even by SIGKILL.
_WATCHDOG = 'read -r _; kill "$1" "$2"'


class Process:
    """A running command whose output goes to a file.

    It has its own session, so that Ctrl-C in the terminal reaches this process only, which then ends it gracefully. If
    this process is killed, a watchdog (an `sh` of a few hundred KB) ends it.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path,
        kill_command: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Starts `command` in `folder`.

        Raises:
            OSError: It cannot be started.
        """
        self._kill_command = kill_command
        with output.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - no shell, and the command is Orthanc's
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # A container survives the SIGKILL of the command that started it; on SIGTERM, that command ends it.
        self._watchdog = _watch(self._child.pid, "-KILL" if kill_command is None else "-TERM")
        self._finalizer = weakref.finalize(self, _end, self._child, self._watchdog, kill_command, os.getpid(), 0.0)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def exit_status(self) -> int | None:
        """The exit status, or minus the signal that killed it; None while it runs."""
        if not hasattr(os, "waitid"):
            return self._child.poll()
        if self._child.returncode is not None:
            return self._child.returncode
        # WNOWAIT leaves the zombie to `stop`: until then no other process gets its id, which the watchdog uses.
        ended = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def stop(self, timeout: float) -> int:
        """Terminates it, and kills it if it has not ended after `timeout` seconds; returns the exit status."""
        self._finalizer.detach()
        return _end(self._child, self._watchdog, self._kill_command, os.getpid(), timeout)

    def kill(self) -> None:
        """Kills it, as in a crash."""
        self._finalizer.detach()
        _end(self._child, self._watchdog, self._kill_command, os.getpid(), 0.0)


def _watch(pid: int, signal_option: str) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - a constant script
            ["/bin/sh", "-c", _WATCHDOG, "sh", signal_option, str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:  # a machine without sh: only after a SIGKILL of this process, the child goes on
        _log.debug("no watchdog: %s", error)
        return None


def _end(
    child: subprocess.Popen[bytes],
    watchdog: subprocess.Popen[bytes] | None,
    kill_command: Sequence[str] | None,
    owner: int,
    timeout: float,
) -> int:
    """Ends the child within `timeout` seconds, immediately if that is 0; then the watchdog."""
    if os.getpid() != owner:  # a fork of the owner: the child is not its own
        return 0
    if child.poll() is None and timeout > 0:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            _log.warning("process %d did not end within %.0f s of SIGTERM: killed", child.pid, timeout)
    if child.poll() is None:
        if kill_command is not None:
            with suppress(CommandFailed):  # it may have ended already
                output_of(kill_command, timeout=30)
        child.kill()
    status = child.wait()
    if watchdog is not None:
        watchdog.kill()
        watchdog.wait()
        if watchdog.stdin is not None:
            watchdog.stdin.close()
    return status
