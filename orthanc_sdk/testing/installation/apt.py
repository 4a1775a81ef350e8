"""Orthanc out of Debian's packages, unpacked into a folder: without root, without touching what is installed.

apt gets a state of its own, in which no package is installed, so that it fetches everything down to the C library; the
archives are then only unpacked. Where from is what apt of this machine already uses.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from .binary import Unusable
from .commands import CommandFailed, output_of
from .releases import matches

__all__ = ["PACKAGES", "unpack_suite"]

PACKAGES = ("orthanc", "orthanc-dicomweb", "orthanc-python")
"""Not orthanc-gdcm: it crashes these builds when they transcode."""

_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
_DOCUMENTATION = ("doc", "doc-base", "info", "lintian", "locale", "man")
_TOOLS = ("apt-get", "apt-cache", "dpkg-deb")
_TIMEOUT = 900.0


def unpack_suite(suite: str, *, wanted: str, prefix: Path, scratch: Path) -> list[str]:
    """Unpack the Orthanc of one suite of Debian into `prefix`, an empty folder.

    `scratch`, another empty folder, holds the private state of apt. Returns the names of the archives. Raises
    `Unusable` if the suite does not hold the `wanted` version, or if anything else is in the way.
    """
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise Unusable(f"apt: this machine has no {' and no '.join(missing)}")
    options = _private_state(scratch, f"deb [signed-by={_keyring()}] {_mirror()} {suite} main")
    _run(["apt-get", *options, "-q", "update"])
    offered = _offered(options)
    if not any(matches(wanted, version) for version in offered):
        raise Unusable(f"apt: Debian {suite} has Orthanc {' and '.join(offered) or 'in no version'}, not {wanted}")
    _run(["apt-get", *options, "-q", "-y", "--download-only", "install", *PACKAGES])
    archives = sorted((scratch / "cache" / "archives").glob("*.deb"))
    if not archives:
        raise Unusable(f"apt: nothing was downloaded from Debian {suite}")
    for archive in archives:
        _run(["dpkg-deb", "-x", str(archive), str(prefix)])
        archive.unlink()
    for folder in _DOCUMENTATION:
        shutil.rmtree(prefix / "usr" / "share" / folder, ignore_errors=True)
    return [archive.name for archive in archives]


def _private_state(scratch: Path, source: str) -> list[str]:
    """Options that keep apt away from the state of the machine."""
    (scratch / "lists" / "partial").mkdir(parents=True)
    (scratch / "cache" / "archives" / "partial").mkdir(parents=True)
    (scratch / "status").touch()
    (scratch / "sources.list").write_text(source + "\n")
    settings = {
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State": scratch,
        "Dir::State::status": scratch / "status",
        "Dir::State::lists": scratch / "lists",
        "Dir::State::extended_states": scratch / "extended_states",
        "Dir::Cache": scratch / "cache",
        "Dir::Cache::archives": scratch / "cache" / "archives",
        "Dir::Log": scratch / "log",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    hooks = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
    lines = [*(f'{name} "{value}";' for name, value in settings.items()), *(f"#clear {hook};" for hook in hooks)]
    (scratch / "apt.conf").write_text("\n".join(lines) + "\n")
    return ["-c", str(scratch / "apt.conf")]


def _keyring() -> str:
    for keyring in _KEYRINGS:
        if Path(keyring).is_file():
            return keyring
    raise Unusable("apt: the keys of Debian are not on this machine (package debian-archive-keyring)")


def _mirror() -> str:
    """The address of Debian's main archive that apt of this machine is set up with."""
    # Unlike `indextargets`, this works before the machine's first update. No lock is needed to print.
    printed = _run(["apt-get", "-o", "Debug::NoLocking=true", "update", "--print-uris"])
    archives = re.findall(r"^'(\S+?)/dists/\S+'", printed, re.MULTILINE)
    for archive in archives:
        if archive.rstrip("/").endswith("/debian"):
            return str(archive)
    raise Unusable("apt: this machine's apt is not set up with an archive of Debian (an address that ends in /debian)")


def _offered(options: Sequence[str]) -> list[str]:
    """The versions of Orthanc on offer, as Orthanc counts: `1.13.0` for the package version `1.13.0+dfsg-1`."""
    printed = _run(["apt-cache", *options, "madison", "orthanc"])
    return re.findall(r"^ *orthanc \| *(\d+(?:\.\d+)*)", printed, re.MULTILINE)


def _run(command: Sequence[str]) -> str:
    try:
        return output_of(command, timeout=_TIMEOUT, environment={"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})
    except CommandFailed as error:
        raise Unusable(f"apt: {error}") from error
