"""Installs servers into the cache: each one once, by the first process that needs it; then it works offline."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from pathlib import Path

from orthanc_sdk.testing.installation.apt import unpack_suite
from orthanc_sdk.testing.installation.binary import Binary, Unusable
from orthanc_sdk.testing.installation.cache import cache_folder, locked
from orthanc_sdk.testing.installation.prefix import architecture, binary_in_prefix
from orthanc_sdk.testing.installation.releases import Release, matches

__all__ = ["cached", "install"]

_log = logging.getLogger("orthanc_sdk.testing")
_MANIFEST = "orthanc-sdk.json"
_LAYOUT = 1  # of the folders: with a new number, existing ones are not used


def cached(release: Release, wanted: str) -> Binary:
    """The server that is installed in the cache.

    Raises:
        Unusable: There is none of the wanted version.
    """
    prefix = _prefix(release)
    try:
        version = str(json.loads((prefix / _MANIFEST).read_text())["version"])
    except FileNotFoundError:
        raise Unusable(f"cache: there is no {prefix}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"cache: {prefix / _MANIFEST} cannot be read: {error}") from error
    if not matches(wanted, version):
        raise Unusable(f"cache: the one in {prefix} is {version}, not {wanted}")
    return binary_in_prefix(prefix, version=version)


def install(release: Release, wanted: str) -> Binary:
    """Installs the server into the cache, with apt; or waits for another process that is installing it.

    Raises:
        Unusable: That is not possible; then nothing is left in the cache.
    """
    prefix = _prefix(release)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with locked(prefix.with_name(prefix.name + ".lock")):
        try:
            return cached(release, wanted)
        except Unusable:
            pass
        reasons: list[str] = []
        for suite in release.suites:
            try:
                _install(suite, wanted, prefix)
                return cached(release, wanted)
            except Unusable as reason:
                reasons.append(str(reason))
        raise Unusable("; ".join(reasons))


def _install(suite: str, wanted: str, prefix: Path) -> None:
    started = time.monotonic()
    _log.info("installing Orthanc %s of Debian %s into %s", wanted, suite, prefix)
    for leftover in prefix.parent.glob(prefix.name + ".*/"):  # of a killed process: this one has the lock
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix.name + ".", dir=prefix.parent, ignore_cleanup_errors=True) as folder:
        fresh, scratch = Path(folder, "prefix"), Path(folder, "scratch")
        fresh.mkdir()
        scratch.mkdir()
        archives = unpack_suite(suite, wanted=wanted, prefix=fresh, scratch=scratch)
        version = binary_in_prefix(fresh).version  # runs it: an Orthanc that fails does not get into the cache
        if not matches(wanted, version):
            raise Unusable(f"apt: the Orthanc {wanted} of Debian {suite} prints the version {version}")
        manifest = {"version": version, "suite": suite, "archives": archives}
        (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        if prefix.exists():
            prefix.rename(Path(folder, "replaced"))
        fresh.rename(prefix)
    _log.info("installed Orthanc %s in %.1f s", version, time.monotonic() - started)


def _prefix(release: Release) -> Path:
    arch = architecture().split("-", 1)[0]
    return cache_folder() / "orthanc" / f"{release.name}-debian-{arch}-v{_LAYOUT}"
