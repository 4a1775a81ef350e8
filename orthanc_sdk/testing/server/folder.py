"""The folder of a local server."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

__all__ = ["ServerFolder"]


class ServerFolder:
    """A new folder with everything that a server writes; it is deleted with this object, or at exit."""

    def __init__(self) -> None:
        self.path: Path = Path(tempfile.mkdtemp(prefix="orthanc-sdk-"))
        self._finalizer = weakref.finalize(self, _remove, self.path, os.getpid())
        self.storage.mkdir()
        self.temporary_files.mkdir()

    @property
    def storage(self) -> Path:
        """The folder of its files and its database."""
        return self.path / "storage"

    @property
    def temporary_files(self) -> Path:
        """The folder of its temporary files."""
        return self.path / "tmp"

    @property
    def log_file(self) -> Path:
        """The file with its log."""
        return self.path / "orthanc.log"

    def clear(self) -> None:
        """Deletes what is stored, but not the log."""
        for folder in (self.storage, self.temporary_files):
            shutil.rmtree(folder)
            folder.mkdir()

    def remove(self, *, keep_log: bool) -> None:
        """Deletes the folder, or everything in it but the log."""
        self._finalizer.detach()
        if not keep_log or not self.log_file.exists():
            _remove(self.path, os.getpid())
            return
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path != self.log_file:
                path.unlink()


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork of the process that owns the server
        shutil.rmtree(folder, ignore_errors=True)
