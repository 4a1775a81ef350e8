"""The folder with installed servers, and the lock to install into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_folder", "locked"]


def cache_folder() -> Path:
    """`$ORTHANC_SDK_CACHE`, or `orthanc-sdk` in `$XDG_CACHE_HOME`, or `~/.cache/orthanc-sdk`."""
    own = os.environ.get("ORTHANC_SDK_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache").absolute() / "orthanc-sdk"


@contextmanager
def locked(file: Path) -> Generator[None]:
    """A context with an exclusive lock, for which other processes wait. It ends with the process at the latest."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
