"""An Orthanc in a container, for machines with Docker, but without Debian's packages."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orthanc_sdk.testing.commands import CommandFailed, output_of
from orthanc_sdk.testing.installation.binary import PLUGINS, Binary, Unusable

__all__ = ["DockerBinary", "docker_image"]

_IMAGE = "jodogne/orthanc-python"  # its tags are versions of Orthanc; those of orthancteam/orthanc are dates
_PLUGINS = "/usr/local/share/orthanc/plugins"


@dataclass(frozen=True)
class DockerBinary(Binary):
    """Runs an image as this user, on the host network, with access to the folder of the server only.

    So plugins and scripts that are given by path must be in the image.
    """

    image: str = ""

    def command_line(self, arguments: Sequence[str], *, folder: Path) -> list[str]:
        user = ["--user", f"{os.getuid()}:{os.getgid()}"] if hasattr(os, "getuid") else []
        return [
            *self.command, "run", "--rm", "--network", "host", "--name", _container(folder), *user,
            "--volume", f"{folder}:{folder}", self.image, *arguments,
        ]  # fmt: skip

    def kill_command(self, folder: Path) -> list[str] | None:
        return [*self.command, "kill", _container(folder)]

    def plugin(self, name: str) -> str:
        return name if "/" in name else f"{_PLUGINS}/{PLUGINS.get(name, name)}"


def docker_image(version: str) -> Binary:
    """The image of a complete version, such as "1.13.0".

    Raises:
        Unusable: Docker is not running, or the image cannot be pulled.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise Unusable("Docker: there is no docker command")
    image = f"{_IMAGE}:{version}"
    _run([docker, "version"], "the engine is not running", timeout=30)
    try:
        _run([docker, "image", "inspect", image], "no such image", timeout=30)
    except Unusable:
        _run([docker, "pull", "--quiet", image], f"{image} cannot be pulled", timeout=900)
    return DockerBinary(version=version, command=(docker,), origin=f"Docker image {image}", image=image)


def _run(command: Sequence[str], failure: str, *, timeout: float) -> None:
    try:
        output_of(command, timeout=timeout)
    except CommandFailed as error:
        raise Unusable(f"Docker: {failure}: {error}") from error


def _container(folder: Path) -> str:
    """A unique name for the container of each server, made from its folder."""
    return "orthanc-sdk-" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
