"""Keeps installed servers in the cache: each is installed once, by whoever comes first, and then works offline."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from pathlib import Path

from .apt import unpack_suite
from .binary import Binary, Unusable
from .cache import cache_folder, locked
from .prefix import architecture, binary_in_prefix
from .releases import Release, matches

__all__ = ["cached", "install"]

_log = logging.getLogger("orthanc_sdk.testing")
_MANIFEST = "orthanc-sdk.json"
_LAYOUT = 1  # of what is in the folders: a new number leaves old ones alone


def cached(release: Release, wanted: str) -> Binary:
    """The server installed earlier; raises `Unusable` if there is none of the wanted version."""
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
    """Install the server with apt into the cache, unless another process does so right now: then wait for that.

    Raises `Unusable` if that is not possible; nothing is left in the cache then.
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
    for left_over in prefix.parent.glob(prefix.name + ".*/"):  # of one that was killed: who has the lock is alone here
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix.name + ".", dir=prefix.parent, ignore_cleanup_errors=True) as folder:
        fresh, scratch = Path(folder, "prefix"), Path(folder, "scratch")
        fresh.mkdir()
        scratch.mkdir()
        archives = unpack_suite(suite, wanted=wanted, prefix=fresh, scratch=scratch)
        version = binary_in_prefix(fresh).version  # runs it: what does not run does not get into the cache
        if not matches(wanted, version):
            raise Unusable(f"apt: what Debian {suite} offers as {wanted} says that it is {version}")
        manifest = {"version": version, "suite": suite, "archives": archives}
        (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        if prefix.exists():
            prefix.rename(Path(folder, "replaced"))
        fresh.rename(prefix)
    _log.info("installed Orthanc %s in %.1f s", version, time.monotonic() - started)


def _prefix(release: Release) -> Path:
    arch = architecture().split("-", 1)[0]
    return cache_folder() / "orthanc" / f"{release.name}-debian-{arch}-v{_LAYOUT}"
