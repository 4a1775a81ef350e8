"""An Orthanc in a folder of unpacked packages, which runs with the loader and the libraries of that folder."""

from __future__ import annotations

import platform
from pathlib import Path

from orthanc_sdk.testing.installation.binary import Binary, Unusable, version_of

__all__ = ["binary_in_prefix"]

_ARCHITECTURES = {"x86_64": "x86_64-linux-gnu", "amd64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu",
                  "arm64": "aarch64-linux-gnu"}  # fmt: skip


def architecture() -> str:
    """Debian's name of this machine's architecture, as in the paths of libraries.

    Raises:
        Unusable: It is neither x86_64 nor aarch64.
    """
    try:
        return _ARCHITECTURES[platform.machine().lower()]
    except KeyError:
        raise Unusable(f"this machine is a {platform.machine()}, and only x86_64 and aarch64 are known") from None


def binary_in_prefix(prefix: Path, *, version: str | None = None) -> Binary:
    """The Orthanc in `prefix`, the root of unpacked Debian packages.

    It uses the C library of its own release instead of this machine's, so it runs on any Linux.

    Args:
        prefix: The folder.
        version: Its version; by default, the Orthanc is run to get it.

    Raises:
        Unusable: A file is missing, or the Orthanc does not run.
    """
    arch = architecture()
    candidates = (prefix / "usr" / "lib" / arch, prefix / "lib" / arch, prefix / "usr" / "lib")
    libraries = [folder for folder in candidates if folder.is_dir()]
    executable = prefix / "usr" / "sbin" / "Orthanc"
    loader = _first(libraries, "ld-linux-*.so.*")
    dictionary = _first([prefix / "usr" / "share"], "**/dicom.dic")
    command = (str(loader), "--library-path", ":".join(map(str, libraries)), str(executable))
    environment = {
        "DCMDICTPATH": str(dictionary),
        "LOCPATH": str(prefix / "usr" / "lib" / "locale"),
        "PYTHONHOME": str(prefix / "usr"),
    }
    return Binary(
        version=version or version_of(command, environment),
        command=command,
        environment=environment,
        plugin_folders=(prefix / "usr" / "share" / "orthanc" / "plugins",),
        origin=str(prefix),
    )


def _first(folders: list[Path], pattern: str) -> Path:
    for folder in folders:
        for found in sorted(folder.glob(pattern)):
            return found
    raise Unusable(f"there is no {pattern} in {', '.join(map(str, folders)) or 'the unpacked packages'}")
