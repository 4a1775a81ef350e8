"""An Orthanc in a container, for machines that have a Docker engine and no Debian packages."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .binary import PLUGINS, Binary, Unusable
from .commands import CommandFailed, output_of

__all__ = ["DockerBinary", "docker_image"]

_IMAGE = "jodogne/orthanc-python"  # tagged by the version of Orthanc; orthancteam/orthanc is tagged by date
_PLUGINS = "/usr/local/share/orthanc/plugins"


@dataclass(frozen=True)
class DockerBinary(Binary):
    """Runs an image, as this user, on the network of this machine, with nothing of it but the folder of the server.

    So plugins and scripts that are given by path have to be in the image.
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
    """The image of the (complete) version; raises `Unusable` if no engine answers or the image cannot be had."""
    docker = shutil.which("docker")
    if docker is None:
        raise Unusable("Docker: there is no docker command")
    image = f"{_IMAGE}:{version}"
    _ask([docker, "version"], "no engine answers", timeout=30)
    try:
        _ask([docker, "image", "inspect", image], "no such image", timeout=30)
    except Unusable:
        _ask([docker, "pull", "--quiet", image], f"{image} cannot be pulled", timeout=900)
    return DockerBinary(version=version, command=(docker,), origin=f"Docker image {image}", image=image)


def _ask(command: Sequence[str], failure: str, *, timeout: float) -> None:
    try:
        output_of(command, timeout=timeout)
    except CommandFailed as error:
        raise Unusable(f"Docker: {failure}: {error}") from error


def _container(folder: Path) -> str:
    """A name of its own for each server: its folder is one."""
    return "orthanc-sdk-" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
