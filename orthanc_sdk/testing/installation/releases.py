"""The versions of Orthanc that can be had without compiling, and how versions are compared."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RELEASES", "Release", "matches", "release_of"]


@dataclass(frozen=True)
class Release:
    """A version of Orthanc by its short name, and where it comes from."""

    name: str
    """Major and minor version: `1.13`."""
    suites: tuple[str, ...]
    """Suites of Debian that have it, the first choice first."""
    image_tag: str
    """Tag of the Docker images of it."""


RELEASES = (
    Release("1.10", ("bookworm",), "1.10.1"),
    Release("1.12", ("trixie",), "1.12.7"),
    Release("1.13", ("sid", "testing"), "1.13.0"),
)
"""From the oldest version that is supported to the newest."""


def matches(wanted: str, version: str) -> bool:
    """Whether `version`, such as "1.13.0", is what somebody means who asks for "1.13" or for "1.13.0"."""
    wanted_parts, parts = wanted.split("."), version.split(".")
    return parts[: len(wanted_parts)] == wanted_parts


def release_of(wanted: str) -> Release | None:
    """The release that "1.13" or "1.13.0" belongs to, or None if it is not among `RELEASES`."""
    for release in RELEASES:
        if matches(release.name, wanted):
            return release
    return None
