"""An Orthanc that can be run: what to execute, in which environment, and where its plugins are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import CommandFailed, output_of

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
"""Short names of the plugins that come with the packages of Debian."""


class Unusable(Exception):
    """This way does not lead to an Orthanc; the message says why. Never leaves this package."""


@dataclass(frozen=True)
class Binary:
    """How to run one Orthanc."""

    version: str
    """What `Orthanc --version` says: `1.13.0`."""
    command: tuple[str, ...]
    """What to execute; the arguments of Orthanc follow."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """What it needs in its environment, besides what is there."""
    plugin_folders: tuple[Path, ...] = ()
    """Where its plugins are."""
    origin: str = ""
    """Where it was found, in words."""

    def command_line(self, arguments: Sequence[str], *, folder: Path) -> list[str]:
        """The command that runs it with `arguments`, all of whose files are in `folder`."""
        del folder  # a container has to be told
        return [*self.command, *arguments]

    def kill_command(self, folder: Path) -> list[str] | None:
        """A command that ends, at once, what was started for `folder`, where a signal to the process is not enough."""
        del folder
        return None

    def plugin(self, name: str) -> str:
        """The path of the plugin with a short name (see `PLUGINS`), or of the one at the path `name`.

        Raises `Unusable` if there is no such file.
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
    """The executable at `path`; raises `Unusable` if it is none, or does not say its version."""
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
    """What `Orthanc --version` says; raises `Unusable` if it says nothing of the kind."""
    try:
        printed = output_of([*command, "--version"], timeout=60, environment=environment)
    except CommandFailed as error:
        raise Unusable(f"{command[-1]} --version: {error}") from error
    first = (printed.splitlines() or [""])[0]
    found = re.search(r"Orthanc (\d+\.\d+(?:\.\d+)*)", first)
    if not found:
        raise Unusable(f"{command[-1]} --version is not the answer of an Orthanc: {first[:300]!r}")
    return found[1]
