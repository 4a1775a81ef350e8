"""Installs packages for the Python plugin of a local server.

The plugin has its own Python, often of another version than the tests: packages with compiled extensions, such as
pydantic, must be those for that version. They are installed into the cache once, and put on the server's path.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from orthanc_sdk.testing.commands import CommandFailed, output_of
from orthanc_sdk.testing.errors import LocalOrthancError
from orthanc_sdk.testing.installation.binary import Binary, Unusable
from orthanc_sdk.testing.installation.cache import cache_folder, locked

__all__ = ["python_environment"]

_SDK = "orthanc-sdk"
_SDK_PACKAGES = ("orthanc_sdk", "orthanc_models")
_TIMEOUT = 600.0


def python_environment(
    binary: Binary, packages: Sequence[str], paths: Sequence[Path], *, folder: Path
) -> dict[str, str]:
    """The environment variables with which the scripts of a server can import `packages` and modules in `paths`.

    Args:
        binary: The server.
        packages: Requirements in pip's syntax; see `LocalOrthanc`.
        paths: Folders for its `sys.path`; they come first.
        folder: A folder of this server only.

    Raises:
        LocalOrthancError: The packages cannot be installed for the Python of that server.
    """
    search = [path.absolute() for path in paths]
    wanted = [package.strip() for package in packages if _name(package) != _SDK]
    if len(wanted) < len(packages):
        wanted += _requirements_of_sdk()
        search.append(_link_sdk(folder))
    if wanted:
        search.append(_install(wanted, _python_version(binary)))
    if not search:
        return {}
    return {
        "PYTHONPATH": os.pathsep.join(map(str, search)),
        # Shared by all servers; nothing is written to the folders of the sources.
        "PYTHONPYCACHEPREFIX": str(cache_folder() / "python" / "pycache"),
    }


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", requirement.strip()).lower()


def _python_version(binary: Binary) -> str:
    """The version of Python that the server's plugin is linked with: `3.14`."""
    try:
        plugin = Path(binary.plugin("python"))
        found = re.search(rb"libpython(3\.\d+)\w*\.so", plugin.read_bytes())
    except (Unusable, OSError) as error:
        raise LocalOrthancError(
            f"python_packages: the Python plugin of {binary.origin} cannot be read: {error}"
        ) from None
    if found is None:
        raise LocalOrthancError(f"python_packages: {plugin} is not linked with a known Python")
    return found[1].decode()


def _requirements_of_sdk() -> list[str]:
    try:
        requirements = metadata.requires(_SDK) or []
    except metadata.PackageNotFoundError:
        raise LocalOrthancError("python_packages: orthanc-sdk is not installed here: it runs from a folder") from None
    return [requirement for requirement in requirements if "extra ==" not in requirement]


def _link_sdk(folder: Path) -> Path:
    """A folder with links to the packages of this orthanc-sdk only."""
    links = folder / "python"
    links.mkdir(exist_ok=True)
    for name in _SDK_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise LocalOrthancError(f"python_packages: the package {name} is not found")
        link = links / name
        link.unlink(missing_ok=True)
        link.symlink_to(Path(spec.origin).parent, target_is_directory=True)
    return links


def _install(requirements: Sequence[str], version: str) -> Path:
    """The folder in the cache with these packages for that Python, installed by the first process that needs it."""
    names = sorted(set(requirements))
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    target = cache_folder() / "python" / f"{version}-{digest}"
    if target.is_dir():
        return target
    with locked(target.with_name(target.name + ".lock")):
        if target.is_dir():
            return target
        with tempfile.TemporaryDirectory(prefix=target.name + ".", dir=target.parent) as scratch:
            fresh = Path(scratch, "packages")
            try:
                output_of(_install_command(names, version, fresh), timeout=_TIMEOUT)
            except CommandFailed as error:
                raise LocalOrthancError(
                    f"python_packages: {', '.join(names)} cannot be installed for Python {version}: {error}"
                ) from None
            fresh.rename(target)
    return target


def _install_command(requirements: Sequence[str], version: str, target: Path) -> list[str]:
    # Wheels only: that Python is not available to build anything.
    options = ["--quiet", "--python-version", version, "--only-binary", ":all:", "--target", str(target), *requirements]
    uv = _uv()
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable, *options]
    if importlib.util.find_spec("pip") is None:
        raise LocalOrthancError("python_packages: neither uv nor pip is available to install them")
    return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *options]


def _uv() -> str | None:
    """The path of uv, which is ten times as fast as pip; None if it is not installed."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")
