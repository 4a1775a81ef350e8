"""What is distributed, built and installed as users have it; each once for all the workers of a session."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging import tree
from tests.packaging.tree import ROOT


@dataclass(frozen=True)
class Distributions:
    """What `make build` makes, the wheel that is made of the sources at once, and the sources: as a clone has them."""

    source: Path
    sdist: Path
    wheel: Path
    wheel_of_tree: Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment that shares nothing with the one that the tests run in."""

    folder: Path

    @property
    def scripts(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        return self.scripts / "python"

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """What this Python writes; a warning is an error."""
        return run([self.python, "-I", "-W", "error", *arguments], cwd=cwd or self.folder).stdout

    def site_packages(self) -> Path:
        return Path(self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


class CommandFailed(Exception):
    """A command ended in another way than allowed; the message has all that it wrote."""


def variables(**more: str) -> dict[str, str]:
    """The environment without what would lead Python or a tool back to this project."""
    hidden = ("PYTHON", "VIRTUAL_ENV", "MYPY", "PYTEST", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, **more}


def run(
    command: Sequence[str | Path], *, cwd: Path, allowed: Sequence[int] = (0,), env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command; raises `CommandFailed` if it ends in another way than allowed."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env or variables(), capture_output=True, text=True, timeout=240
    )
    if done.returncode not in allowed:
        raise CommandFailed(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker of the session fills, and that all of them use."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = shared / f"{name}.unfinished"
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


def only(folder: Path, pattern: str) -> Path:
    """The one file of that pattern."""
    (found,) = folder.glob(pattern)
    return found


def build(source: Path, target: Path, *arguments: str) -> None:
    run([sys.executable, "-m", "build", "--no-isolation", *arguments, "--outdir", target, source], cwd=target)


def _uv() -> Path:
    found = Path(sysconfig.get_path("scripts")) / "uv"
    assert found.exists(), "uv is not there: make install"
    return found


def create(folder: Path, *packages: str | Path) -> None:
    """A virtual environment with these packages and what they depend on, of the versions that are pinned.

    They come from uv's cache, which `make install` has filled; from the index only if they are not there any more.
    """
    uv = _uv()
    # --relocatable: the folder gets its name when it is finished.
    run([uv, "venv", "--quiet", "--offline", "--relocatable", "--python", sys.executable, folder], cwd=folder.parent)
    install = [
        uv, "pip", "install", "--quiet", "--python", folder, "--constraint", ROOT / "requirements-dev.txt", *packages,
    ]  # fmt: skip
    if run([*install, "--offline"], cwd=folder.parent, allowed=(0, 1, 2)).returncode != 0:
        run(install, cwd=folder.parent)


# Fixtures; conftest.py of the folders that use them imports them.


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The wheel is made of the sdist, as `python -m build` makes those that are published."""

    def make(folder: Path) -> None:
        for file in tree.files():
            copy = folder / "source" / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        build(folder / "source", folder)
        (folder / "tree").mkdir()
        build(folder / "source", folder / "tree", "--wheel")

    folder = once(tmp_path_factory, "distributions", make)
    return Distributions(
        source=folder / "source",
        sdist=only(folder, "*.tar.gz"),
        wheel=only(folder, "*.whl"),
        wheel_of_tree=only(folder / "tree", "*.whl"),
    )


@pytest.fixture(scope="session")
def installed(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, what it depends on, and nothing else."""
    return Environment(
        once(tmp_path_factory, "installed", lambda folder: create(folder / "venv", distributions.wheel)) / "venv"
    )


@pytest.fixture(scope="session")
def with_pytest(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, pytest and numpy: what those have who use its fixtures and read pixels."""

    def make(folder: Path) -> None:
        create(folder / "venv", distributions.wheel, "pytest", "numpy")

    return Environment(once(tmp_path_factory, "with-pytest", make) / "venv")
