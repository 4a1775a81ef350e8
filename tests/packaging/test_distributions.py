"""The files of sdist and wheel, and what the wheel says of itself."""

from __future__ import annotations

import ast
import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from tests.packaging import tree
from tests.packaging.builds import Distributions

pytestmark = pytest.mark.slow

PACKAGES = {
    "orthanc_sdk": "orthanc_sdk",
    "orthanc_models": "models/orthanc_models",
    "orthanc-stubs": "models/orthanc-stubs",  # for type checkers only: its name cannot be imported
}

# What may be imported beside the standard library: what the wheel asks for, what these are made of and promise to bring
# along, and what only a user of pytest has.
ASKED_FOR = {"pydantic": "pydantic", "requests": "requests", "pydicom": "pydicom", "dateutil": "python-dateutil"}
OPTIONAL = {"numpy": "orthanc_sdk/resources/"}
BROUGHT_ALONG = {"pydantic_core": "pydantic", "typing_extensions": "pydantic", "urllib3": "requests"}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(distributions: Distributions) -> Message:
    return Parser().parsestr(contents(distributions.wheel)[f"{info(distributions)}/METADATA"].decode())


def sources(distributions: Distributions) -> dict[str, Path]:
    """The files of the packages, by the names that they should have in the wheel."""
    return {
        f"{package}/{file.relative_to(distributions.source / folder).as_posix()}": file
        for package, folder in PACKAGES.items()
        for file in tree.files(distributions.source / folder)
    }


def info(distributions: Distributions) -> str:
    (found,) = {name.split("/")[0] for name in contents(distributions.wheel) if ".dist-info/" in name}
    return found


def test_the_wheel_has_its_packages_and_all_their_files(distributions: Distributions) -> None:
    expected = set(sources(distributions))
    assert {"orthanc_sdk/py.typed", "orthanc_models/py.typed", "orthanc_sdk/routes/studies.py"} <= expected
    assert {name for name in expected if name.startswith("orthanc-stubs/")} == {"orthanc-stubs/__init__.pyi"}

    names = set(contents(distributions.wheel))

    assert {name.split("/")[0] for name in names} == {*PACKAGES, info(distributions)}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {Path(name).suffix for name in expected} == {".py", ".pyi", ".typed"}


def test_the_wheel_has_what_lies_in_the_tree(distributions: Distributions) -> None:
    found = contents(distributions.wheel)
    for name, file in sources(distributions).items():
        assert found[name] == file.read_bytes()


def test_the_wheel_of_the_sdist_is_that_of_the_tree(distributions: Distributions) -> None:
    assert distributions.wheel.name == distributions.wheel_of_tree.name
    assert contents(distributions.wheel) == contents(distributions.wheel_of_tree)


def test_the_sdist_has_all_that_is_needed_to_work_on_it(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    missing = {file.relative_to(distributions.source).as_posix() for file in tree.files(distributions.source)} - members
    assert missing == set()
    assert {"pyproject.toml", "PKG-INFO", "tests/packaging/test_distributions.py"} <= members


def test_all_that_the_sdist_asks_for_is_there(distributions: Distributions) -> None:
    settings = tomllib.loads((distributions.source / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    included = settings["build"]["targets"]["sdist"]["include"]
    assert "/.github" in included
    assert [name for name in included if not (distributions.source / name.lstrip("/")).exists()] == []


def test_what_the_wheel_asks_for(distributions: Distributions) -> None:
    asked = metadata(distributions)
    assert asked["Name"] == "orthanc-sdk"
    project = tomllib.loads((distributions.source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert asked["Version"] == project["version"]
    assert asked["Requires-Python"] == ">=3.11"
    assert asked["License-Expression"] == "MIT"
    lines: list[str] = asked.get_all("Requires-Dist", [])
    requirements = {re.split("[<>=!~; ]", text)[0]: text for text in lines if "extra ==" not in text}
    assert sorted(requirements) == sorted(ASKED_FOR.values())
    assert [text for text in lines if "extra ==" in text] == [
        "numpy>=1.26; extra == 'numpy'",
        "tqdm>=4.66; extra == 'progress'",
    ]
    # Of what does not promise to stay as it is, the next major version is kept out.
    assert all("<" in requirements[name] for name in ("pydantic", "requests", "pydicom"))


def test_the_wheel_has_a_licence_and_a_readme(distributions: Distributions) -> None:
    licence = contents(distributions.wheel)[f"{info(distributions)}/licenses/LICENSE"].decode()
    assert "MIT License" in licence
    assert metadata(distributions).get_payload() == (distributions.source / "README.md").read_text(encoding="utf-8")


def test_the_plugin_for_pytest_is_the_only_entry_point(distributions: Distributions) -> None:
    written = contents(distributions.wheel)[f"{info(distributions)}/entry_points.txt"].decode()
    assert written.split() == ["[pytest11]", "orthanc_sdk", "=", "orthanc_sdk.testing.pytest_plugin"]


def imports(source: str) -> Iterator[str]:
    """The top-level modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).split(".")[0]


def test_nothing_is_imported_that_the_wheel_does_not_ask_for(distributions: Distributions) -> None:
    found: dict[str, set[str]] = {}
    for name, source in contents(distributions.wheel).items():
        if name.endswith(".py"):
            for module in imports(source.decode()):
                found.setdefault(module, set()).add(name)
    others = {module for module in found if module not in sys.stdlib_module_names} - set(PACKAGES)
    assert others - {*ASKED_FOR, *BROUGHT_ALONG} <= {"pytest", "orthanc", *OPTIONAL}
    # The module of the plugin: there inside Orthanc, and its types for checkers.
    assert all(name.startswith("orthanc_sdk/plugin/") for name in found["orthanc"])
    assert found["pytest"] == {"orthanc_sdk/testing/pytest_plugin.py"}
    # What is left to the user is for a few functions; tests/meta holds that it is not imported before these are called.
    for module, folder in OPTIONAL.items():
        assert all(name.startswith(folder) for name in found.get(module, ()))


def test_the_models_are_a_leaf(distributions: Distributions) -> None:
    found = {
        module
        for name, source in contents(distributions.wheel).items()
        if name.startswith("orthanc_models/") and name.endswith(".py")
        for module in imports(source.decode())
    }
    allowed = {"orthanc_models", "pydantic", "pydantic_core", "typing_extensions", "dateutil"}
    assert {module for module in found if module not in sys.stdlib_module_names} <= allowed
