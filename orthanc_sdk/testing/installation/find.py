"""Finds an Orthanc of a version, in the order that is documented at `orthanc_sdk.testing`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .binary import Binary, Unusable, binary_at
from .docker import docker_image
from .errors import OrthancNotAvailable, variable_of
from .install import cached, install
from .releases import RELEASES, Release, matches, release_of

__all__ = ["VARIABLE", "find_binary"]

VARIABLE = "ORTHANC_SDK_TEST_BINARY"
"""Environment variable that names an executable of any version."""


def find_binary(wanted: str) -> Binary:
    """An Orthanc of the `wanted` version: "1.13", or completely "1.13.0".

    Raises:
        OrthancNotAvailable: There is none, and none can be had.
    """
    release = release_of(wanted)
    attempts: list[str] = []
    ways: list[Callable[[], Binary]] = [
        *(lambda name=name: _named(name, wanted) for name in _variables(wanted)),
        lambda: _named(VARIABLE, wanted),
        lambda: _on_path(wanted),
        lambda: cached(_known(release), wanted),
        lambda: install(_known(release), wanted),
        lambda: docker_image(_image_tag(wanted, release)),
    ]
    for way in ways:
        try:
            return way()
        except Unusable as reason:
            attempts.append(str(reason))
    raise OrthancNotAvailable(wanted, attempts)


def _variables(wanted: str) -> list[str]:
    """The variables of the complete version and of its minor version, if both differ."""
    short = ".".join(wanted.split(".")[:2])
    return list(dict.fromkeys((variable_of(wanted), variable_of(short))))


def _named(variable: str, wanted: str) -> Binary:
    value = os.environ.get(variable)
    if not value:
        raise Unusable(f"${variable} is not set")
    try:
        binary = binary_at(Path(value).expanduser().absolute())
    except Unusable as reason:
        if variable == VARIABLE:
            raise
        raise OrthancNotAvailable(wanted, [f"${variable}: {reason}"]) from None
    return _right(binary, wanted, f"${variable}")


def _on_path(wanted: str) -> Binary:
    found = shutil.which("Orthanc")
    if found is None:
        raise Unusable("there is no Orthanc on PATH")
    return _right(binary_at(Path(found)), wanted, "PATH")


def _right(binary: Binary, wanted: str, where: str) -> Binary:
    if not matches(wanted, binary.version):
        raise Unusable(f"{where}: {binary.origin} is {binary.version}, not {wanted}")
    return binary


def _known(release: Release | None) -> Release:
    if release is None:
        raise Unusable(f"Debian: only {', '.join(one.name for one in RELEASES)} can be installed")
    return release


def _image_tag(wanted: str, release: Release | None) -> str:
    if release is not None and matches(wanted, release.image_tag):
        return release.image_tag
    if wanted.count(".") == 2:
        return wanted
    raise Unusable(f"Docker: an image has to be named by a complete version, such as {wanted}.0")
