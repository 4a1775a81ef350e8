"""Finds an Orthanc, in the order that `orthanc_sdk.testing` documents."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from orthanc_sdk.testing.errors import OrthancNotAvailable, variable_of
from orthanc_sdk.testing.installation.binary import Binary, Unusable, binary_at
from orthanc_sdk.testing.installation.docker import docker_image
from orthanc_sdk.testing.installation.install import cached, install
from orthanc_sdk.testing.installation.releases import RELEASES, Release, matches, release_of

__all__ = ["VARIABLE", "find_binary"]

VARIABLE = "ORTHANC_SDK_TEST_BINARY"
"""Environment variable with the path of an executable of any version."""


def find_binary(wanted: str) -> Binary:
    """An Orthanc of the `wanted` version, such as "1.13" or "1.13.0".

    Raises:
        OrthancNotAvailable: There is none, and none can be installed.
    """
    release = release_of(wanted)
    attempts: list[str] = []
    sources: list[Callable[[], Binary]] = [
        *(lambda name=name: _from_variable(name, wanted) for name in _variables(wanted)),
        lambda: _from_variable(VARIABLE, wanted),
        lambda: _from_path(wanted),
        lambda: cached(_installable(release), wanted),
        lambda: install(_installable(release), wanted),
        lambda: docker_image(_image_tag(wanted, release)),
    ]
    for source in sources:
        try:
            return source()
        except Unusable as reason:
            attempts.append(str(reason))
    raise OrthancNotAvailable(wanted, attempts)


def _variables(wanted: str) -> list[str]:
    """The variables of the complete version and of the minor version, if they differ."""
    short = ".".join(wanted.split(".")[:2])
    return list(dict.fromkeys((variable_of(wanted), variable_of(short))))


def _from_variable(variable: str, wanted: str) -> Binary:
    value = os.environ.get(variable)
    if not value:
        raise Unusable(f"${variable} is not set")
    try:
        binary = binary_at(Path(value).expanduser().absolute())
    except Unusable as reason:
        if variable == VARIABLE:
            raise
        raise OrthancNotAvailable(wanted, [f"${variable}: {reason}"]) from None
    return _checked(binary, wanted, f"${variable}")


def _from_path(wanted: str) -> Binary:
    found = shutil.which("Orthanc")
    if found is None:
        raise Unusable("there is no Orthanc on PATH")
    return _checked(binary_at(Path(found)), wanted, "PATH")


def _checked(binary: Binary, wanted: str, where: str) -> Binary:
    if not matches(wanted, binary.version):
        raise Unusable(f"{where}: {binary.origin} is {binary.version}, not {wanted}")
    return binary


def _installable(release: Release | None) -> Release:
    if release is None:
        raise Unusable(f"Debian: only {', '.join(one.name for one in RELEASES)} can be installed")
    return release


def _image_tag(wanted: str, release: Release | None) -> str:
    if release is not None and matches(wanted, release.image_tag):
        return release.image_tag
    if wanted.count(".") == 2:
        return wanted
    raise Unusable(f"Docker: the tag of an image is a complete version, such as {wanted}.0")
