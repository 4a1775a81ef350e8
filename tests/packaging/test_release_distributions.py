"""`make release-check` finds what is wrong with the files that are uploaded."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.packaging import release_check
from tests.packaging.builds import Distributions
from tests.packaging.release_check import distribution_problems, version_of
from tests.packaging.tree import ROOT

pytestmark = pytest.mark.slow

VERSION = version_of(ROOT)
WHEEL = f"orthanc_sdk-{VERSION}-py3-none-any.whl"
SDIST = f"orthanc_sdk-{VERSION}.tar.gz"


@pytest.fixture
def dist(distributions: Distributions, tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    shutil.copy(distributions.wheel, folder)
    shutil.copy(distributions.sdist, folder)
    return folder


def without(file: Path, names: Iterable[str]) -> None:
    """Takes files out of a wheel, and out of its list of files."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    dropped = [name for name in contents if name.startswith(tuple(names))]
    assert dropped
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            if name.endswith("/RECORD"):
                lines = content.decode().splitlines(keepends=True)
                content = "".join(line for line in lines if not line.startswith(tuple(names))).encode()
            if name not in dropped:
                archive.writestr(name, content)


def metadata(file: Path, change: Callable[[str], str]) -> None:
    """Writes the metadata of a wheel anew."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, change(content.decode()) if name.endswith("/METADATA") else content)


def sdist_without(file: Path, name: str) -> None:
    with tarfile.open(file) as archive:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers() if member.isfile()]
        kept = [(member, data.read() if data else b"") for member, data in members]
    left = [(member, data) for member, data in kept if not member.name.partition("/")[2].startswith(name)]
    assert 0 < len(left) < len(kept)
    with tarfile.open(file, "w:gz") as archive:
        for member, data in left:
            archive.addfile(member, io.BytesIO(data))


def test_nothing_is_found_in_what_is_built(dist: Path) -> None:
    assert list(distribution_problems(dist, VERSION)) == []


def test_files_that_are_missing_or_too_many_are_found(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_check, "smoke", lambda *_: None)
    (dist / "orthanc-1.13.0-merged.json").touch()
    (dist / SDIST).unlink()
    assert list(distribution_problems(dist, VERSION)) == [
        f"dist: {SDIST} is missing",
        "dist: orthanc-1.13.0-merged.json does not belong there",
    ]
    assert f"dist: {WHEEL} does not belong there" in list(distribution_problems(dist, "9.9.9"))
    assert len(list(distribution_problems(dist / "nowhere", VERSION))) == 2


def no_marker(dist: Path) -> None:
    without(dist / WHEEL, ["orthanc_models/py.typed"])


def no_models(dist: Path) -> None:
    without(dist / WHEEL, ["orthanc_models/"])


def no_stubs(dist: Path) -> None:
    without(dist / WHEEL, ["orthanc-stubs/"])


def no_licence(dist: Path) -> None:
    without(dist / WHEEL, [f"orthanc_sdk-{VERSION}.dist-info/licenses/"])


def one_requirement_less(dist: Path) -> None:
    metadata(dist / WHEEL, lambda text: "".join(line for line in text.splitlines(True) if "pydicom" not in line))


def older(dist: Path) -> None:
    metadata(dist / WHEEL, lambda text: text.replace(f"\nVersion: {VERSION}\n", "\nVersion: 0.0.1\n"))


def no_readme(dist: Path) -> None:
    metadata(dist / WHEEL, lambda text: text.partition("\n\n")[0] + "\n\n")


def unreadable(dist: Path) -> None:
    metadata(dist / WHEEL, lambda text: text.replace("text/markdown", "text/x-rst"))


def no_models_in_the_sdist(dist: Path) -> None:
    sdist_without(dist / SDIST, "models/orthanc_models/")


def no_stubs_in_the_sdist(dist: Path) -> None:
    sdist_without(dist / SDIST, "models/orthanc-stubs/")


def no_licence_in_the_sdist(dist: Path) -> None:
    sdist_without(dist / SDIST, "LICENSE")


def no_readme_in_the_sdist(dist: Path) -> None:
    sdist_without(dist / SDIST, "README.md")


DAMAGES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "the marker of types": (no_marker, WHEEL, "not installed: ['orthanc_models/py.typed']"),
    "the models": (no_models, WHEEL, "No module named 'orthanc_models'"),
    "the stubs": (no_stubs, WHEEL, "not installed: ['orthanc-stubs/__init__.pyi']"),
    "the licence": (no_licence, WHEEL, "licenses/LICENSE"),
    "a requirement": (one_requirement_less, WHEEL, "No module named 'pydicom'"),
    "another version inside": (older, WHEEL, "0.0.1"),
    "no text for PyPI": (no_readme, WHEEL, "twine refuses"),
    "a text that PyPI cannot show": (unreadable, WHEEL, "twine refuses"),
    "no models in the sdist": (no_models_in_the_sdist, SDIST, "No module named 'orthanc_models'"),
    "no stubs in the sdist": (no_stubs_in_the_sdist, SDIST, "not installed: ['orthanc-stubs/__init__.pyi']"),
    "no licence in the sdist": (no_licence_in_the_sdist, SDIST, "licenses/LICENSE"),
    "no readme in the sdist": (no_readme_in_the_sdist, SDIST, "README.md"),
}


@pytest.mark.parametrize(("damage", "file", "message"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_found(dist: Path, damage: Callable[[Path], None], file: str, message: str) -> None:
    damage(dist)
    other = SDIST if file == WHEEL else WHEEL
    (dist / other).unlink()
    missing, *problems = distribution_problems(dist, VERSION)
    assert missing == f"dist: {other} is missing"
    assert problems
    assert all(file in problem for problem in problems)
    assert any(message in problem for problem in problems), problems
