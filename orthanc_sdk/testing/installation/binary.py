"""How to run an installed Orthanc: its command, its environment and its plugins."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orthanc_sdk.testing.commands import CommandFailed, output_of

__all__ = ["Binary", "Unusable", "binary_at", "version_of"]

PLUGINS = {
    "delayed-deletion": "libDelayedDeletion.so",
    "dicom-web": "libOrthancDicomWeb.so",
    "housekeeper": "libHousekeeper.so",
    "multitenant-dicom": "libMultitenantDicom.so",
    "python": "libOrthancPython.so",
    "serve-folders": "libServeFolders.so",
    "worklists": "libModalityWorklists.so",
}
"""Short names of the plugins in Debian's packages."""


class Unusable(Exception):
    """An attempt to get an Orthanc has failed; the message says why. Never leaves this package."""


@dataclass(frozen=True)
class Binary:
    """An Orthanc that can be run."""

    version: str
    """The version that `Orthanc --version` prints: `1.13.0`."""
    command: tuple[str, ...]
    """The command, without the arguments of Orthanc."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables that it needs in addition."""
    plugin_folders: tuple[Path, ...] = ()
    """Folders with its plugins."""
    origin: str = ""
    """Where it was found, for messages."""

    def command_line(self, arguments: Sequence[str], *, folder: Path) -> list[str]:
        """The command with `arguments`; all files that they name are in `folder`."""
        del folder  # only a container needs it
        return [*self.command, *arguments]

    def kill_command(self, folder: Path) -> list[str] | None:
        """A command that kills the server in `folder`; None if a signal to its process is enough."""
        del folder
        return None

    def plugin(self, name: str) -> str:
        """The path of a plugin, by its short name (see `PLUGINS`) or by path.

        Raises:
            Unusable: There is no such file.
        """
        if os.sep in name:
            candidates = [Path(name)]
        else:
            file = PLUGINS.get(name, name)
            candidates = [folder / file for folder in self.plugin_folders]
        for candidate in candidates:
            if candidate.is_file():
                return str(candidate.absolute())
        raise Unusable(
            f"there is no plugin {name!r}: looked for {', '.join(map(str, candidates)) or 'nothing'}. "
            f"Give a path, or one of {', '.join(PLUGINS)}."
        )


_SYSTEM_PLUGINS = ("/usr/share/orthanc/plugins", "/usr/local/share/orthanc/plugins")


def binary_at(path: Path) -> Binary:
    """The Orthanc at `path`.

    Raises:
        Unusable: It is not an executable file, or does not print its version.
    """
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise Unusable(f"{path} is not an executable file")
    beside = path.resolve().parent.parent / "share" / "orthanc" / "plugins"
    return Binary(
        version=version_of([str(path)]),
        command=(str(path),),
        plugin_folders=(path.resolve().parent, beside, *map(Path, _SYSTEM_PLUGINS)),
        origin=str(path),
    )


def version_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """The version that `Orthanc --version` prints.

    Raises:
        Unusable: The command fails, or prints something else.
    """
    try:
        printed = output_of([*command, "--version"], timeout=60, environment=environment)
    except CommandFailed as error:
        raise Unusable(f"{command[-1]} --version: {error}") from error
    first = (printed.splitlines() or [""])[0]
    found = re.search(r"Orthanc (\d+\.\d+(?:\.\d+)*)", first)
    if not found:
        raise Unusable(f"{command[-1]} --version does not print a version of Orthanc: {first[:300]!r}")
    return found[1]
