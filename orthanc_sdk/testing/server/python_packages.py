"""Packages for the Python plugin of a local server.

That plugin brings a Python of its own, seldom the one that runs the tests: packages with compiled parts, pydantic among
them, have to be those of that Python. They are installed once into the cache, and the server is told where they are.
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

from .binary import Binary, Unusable
from .cache import cache_folder, locked
from .commands import CommandFailed, output_of
from .errors import LocalOrthancError

__all__ = ["python_environment"]

_SDK = "orthanc-sdk"
_SDK_PACKAGES = ("orthanc_sdk", "orthanc_models")
_TIMEOUT = 600.0


def python_environment(
    binary: Binary, packages: Sequence[str], paths: Sequence[Path], *, folder: Path
) -> dict[str, str]:
    """The variables that let the scripts of a server import `packages`, and what is in `paths`.

    Args:
        binary: The server.
        packages: Requirements, as pip takes them; see `LocalOrthanc`.
        paths: Folders for its `sys.path`; they come first.
        folder: An existing folder of the server alone.

    Raises:
        LocalOrthancError: The packages cannot be installed for the Python of that server.
    """
    search = [path.absolute() for path in paths]
    wanted = [package.strip() for package in packages if _name(package) != _SDK]
    if len(wanted) < len(packages):
        wanted += _needs_of_sdk()
        search.append(_linked_sdk(folder))
    if wanted:
        search.append(_installed(wanted, _python_version(binary)))
    if not search:
        return {}
    return {
        "PYTHONPATH": os.pathsep.join(map(str, search)),
        # Compiled once for all servers; and nothing is written beside the sources.
        "PYTHONPYCACHEPREFIX": str(cache_folder() / "python" / "pycache"),
    }


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", requirement.strip()).lower()


def _python_version(binary: Binary) -> str:
    """The Python that the plugin of the server is linked with: `3.14`."""
    try:
        plugin = Path(binary.plugin("python"))
        found = re.search(rb"libpython(3\.\d+)\w*\.so", plugin.read_bytes())
    except (Unusable, OSError) as error:
        raise LocalOrthancError(
            f"python_packages: the Python plugin of {binary.origin} cannot be read: {error}"
        ) from None
    if found is None:
        raise LocalOrthancError(f"python_packages: {plugin} does not say which Python it is for")
    return found[1].decode()


def _needs_of_sdk() -> list[str]:
    try:
        requirements = metadata.requires(_SDK) or []
    except metadata.PackageNotFoundError:
        raise LocalOrthancError("python_packages: orthanc-sdk runs from a folder, and is not installed here") from None
    return [requirement for requirement in requirements if "extra ==" not in requirement]


def _linked_sdk(folder: Path) -> Path:
    """A folder with nothing but the packages of the orthanc-sdk that runs this."""
    links = folder / "python"
    links.mkdir(exist_ok=True)
    for name in _SDK_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise LocalOrthancError(f"python_packages: the package {name} is not here")
        link = links / name
        link.unlink(missing_ok=True)
        link.symlink_to(Path(spec.origin).parent, target_is_directory=True)
    return links


def _installed(requirements: Sequence[str], version: str) -> Path:
    """The folder in the cache with these packages for this Python, filled by whoever comes first."""
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
    # Wheels only: to build anything, that Python itself would have to run here.
    options = ["--quiet", "--python-version", version, "--only-binary", ":all:", "--target", str(target), *requirements]
    uv = _uv()
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable, *options]
    if importlib.util.find_spec("pip") is None:
        raise LocalOrthancError("python_packages: there is neither uv nor pip here to install them with")
    return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *options]


def _uv() -> str | None:
    """The tool that takes a tenth of the time of pip, if it is there."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")
