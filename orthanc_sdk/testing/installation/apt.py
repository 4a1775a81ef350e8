"""Downloads Debian's packages of Orthanc, and unpacks them into a folder: without root, without installing anything.

apt gets a state of its own, in which no package is installed, so that it downloads everything down to the C library;
the packages are then only unpacked. The mirror is that of this machine's apt.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from orthanc_sdk.testing.commands import CommandFailed, output_of
from orthanc_sdk.testing.installation.binary import Unusable
from orthanc_sdk.testing.installation.releases import matches

__all__ = ["PACKAGES", "unpack_suite"]

PACKAGES = ("orthanc", "orthanc-dicomweb", "orthanc-python")
"""Without orthanc-gdcm, with which these builds crash when they transcode."""

_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
_DOCUMENTATION = ("doc", "doc-base", "info", "lintian", "locale", "man")
_TOOLS = ("apt-get", "apt-cache", "dpkg-deb")
_TIMEOUT = 900.0


def unpack_suite(suite: str, *, wanted: str, prefix: Path, scratch: Path) -> list[str]:
    """Unpacks the Orthanc of a suite of Debian.

    Args:
        suite: The suite, such as `bookworm`.
        wanted: The version of Orthanc.
        prefix: An empty folder to unpack into.
        scratch: An empty folder for the private state of apt.

    Returns:
        The file names of the packages.

    Raises:
        Unusable: The suite does not have that version, or anything else fails.
    """
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise Unusable(f"apt: this machine has no {' and no '.join(missing)}")
    options = _private_state(scratch, f"deb [signed-by={_keyring()}] {_mirror()} {suite} main")
    _run(["apt-get", *options, "-q", "update"])
    available = _available(options)
    if not any(matches(wanted, version) for version in available):
        raise Unusable(f"apt: Debian {suite} has Orthanc {' and '.join(available) or '(none)'}, not {wanted}")
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
    """Options that keep apt from using the state of the machine."""
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
    raise Unusable("apt: this machine does not have Debian's keys (package debian-archive-keyring)")


def _mirror() -> str:
    """The URL of Debian's main archive in the configuration of this machine's apt."""
    # Unlike `indextargets`, this works before the first update of the machine. To print, no lock is needed.
    printed = _run(["apt-get", "-o", "Debug::NoLocking=true", "update", "--print-uris"])
    archives = re.findall(r"^'(\S+?)/dists/\S+'", printed, re.MULTILINE)
    for archive in archives:
        if archive.rstrip("/").endswith("/debian"):
            return str(archive)
    raise Unusable("apt: this machine's apt has no archive of Debian in its sources (a URL that ends in /debian)")


def _available(options: Sequence[str]) -> list[str]:
    """The available versions of Orthanc: `1.13.0` for the package version `1.13.0+dfsg-1`."""
    printed = _run(["apt-cache", *options, "madison", "orthanc"])
    return re.findall(r"^ *orthanc \| *(\d+(?:\.\d+)*)", printed, re.MULTILINE)


def _run(command: Sequence[str]) -> str:
    try:
        return output_of(command, timeout=_TIMEOUT, environment={"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})
    except CommandFailed as error:
        raise Unusable(f"apt: {error}") from error
