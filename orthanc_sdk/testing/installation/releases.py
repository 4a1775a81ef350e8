"""The versions of Orthanc that can be installed, and how versions are compared."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RELEASES", "Release", "matches", "release_of"]


@dataclass(frozen=True)
class Release:
    """A version of Orthanc, and where to get it."""

    name: str
    """Major and minor version: `1.13`."""
    suites: tuple[str, ...]
    """Suites of Debian that have it, in order of preference."""
    image_tag: str
    """Tag of its Docker image."""


RELEASES = (
    Release("1.10", ("bookworm",), "1.10.1"),
    Release("1.12", ("trixie",), "1.12.7"),
    Release("1.13", ("sid", "testing"), "1.13.0"),
)
"""From the oldest supported version to the newest."""


def matches(wanted: str, version: str) -> bool:
    """Whether `version` (such as "1.13.0") satisfies a request for `wanted` (such as "1.13" or "1.13.0")."""
    wanted_parts, parts = wanted.split("."), version.split(".")
    return parts[: len(wanted_parts)] == wanted_parts


def release_of(wanted: str) -> Release | None:
    """The release of a version such as "1.13" or "1.13.0"; None if it is not in `RELEASES`."""
    for release in RELEASES:
        if matches(release.name, wanted):
            return release
    return None
