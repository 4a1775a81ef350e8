"""One child process that does not outlive this one, whatever becomes of this one."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .commands import CommandFailed, output_of

__all__ = ["Process"]

_log = logging.getLogger("orthanc_sdk.testing")

# Blocks until the pipe to this process breaks: that is when it ends, be it by a SIGKILL.
_WATCHDOG = 'read -r _; kill "$1" "$2"'


class Process:
    """A running command whose output goes to a file.

    It has a session of its own, so that Ctrl-C in the terminal reaches this process only, which then ends it in order.
    Should this process not come to that, a watchdog (a few hundred KB of `sh`) ends it.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path,
        kill_command: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Start `command` in `folder`; raises OSError if it cannot be started."""
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
        # A container outlives the SIGKILL of the command that started it, to which a SIGTERM is a request to end it.
        self._watchdog = _watch(self._child.pid, "-KILL" if kill_command is None else "-TERM")
        self._finalizer = weakref.finalize(self, _end, self._child, self._watchdog, kill_command, os.getpid(), 0.0)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def exit_status(self) -> int | None:
        """How it ended: minus the number of the signal that killed it; None while it runs."""
        if not hasattr(os, "waitid"):
            return self._child.poll()
        if self._child.returncode is not None:
            return self._child.returncode
        # WNOWAIT leaves the dead process to `stop`: until then nobody else gets its number, and the watchdog has that.
        ended = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def stop(self, timeout: float) -> int:
        """Ask it to end, wait, and kill it if it has not ended after `timeout` seconds; returns the exit status."""
        self._finalizer.detach()
        return _end(self._child, self._watchdog, self._kill_command, os.getpid(), timeout)

    def kill(self) -> None:
        """End it at once, as a crash does."""
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
    except OSError as error:  # a machine without sh: all but the SIGKILL of this process is still taken care of
        _log.debug("no watchdog: %s", error)
        return None


def _end(
    child: subprocess.Popen[bytes],
    watchdog: subprocess.Popen[bytes] | None,
    kill_command: Sequence[str] | None,
    owner: int,
    patience: float,
) -> int:
    """End the child within `patience` seconds, at once if that is 0, and then the watchdog."""
    if os.getpid() != owner:  # a fork of the owner that ends: not its child
        return 0
    if child.poll() is None and patience > 0:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            _log.warning("process %d did not end within %.0f s of SIGTERM: killed", child.pid, patience)
    if child.poll() is None:
        if kill_command is not None:
            with suppress(CommandFailed):  # it may be gone already
                output_of(kill_command, timeout=30)
        child.kill()
    status = child.wait()
    if watchdog is not None:
        watchdog.kill()
        watchdog.wait()
        if watchdog.stdin is not None:
            watchdog.stdin.close()
    return status
