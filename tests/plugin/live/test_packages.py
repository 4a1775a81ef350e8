"""How the Python of the plugin, which is not the one of these tests, finds packages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from orthanc_sdk.testing import LocalOrthanc, LocalOrthancError
from orthanc_sdk.testing.installation.binary import Binary
from orthanc_sdk.testing.server import python_packages
from tests.live.world import VERSIONS
from tests.packaging.builds import Distributions, run

TELL = """
import json, sys
{imports}
import orthanc

def tell(output, uri, **request):
    output.AnswerBuffer(json.dumps({told}), "application/json")

orthanc.RegisterRestCallback("/tell", tell)
"""

WITH_SDK = """
import sys
{imports}
from orthanc_sdk import plugin

client = plugin.client()

def tell(output, uri, **request):
    system = client.get_system()
    output.AnswerBuffer(system.model_dump_json(by_alias=True), "application/json")

plugin.RegisterRestCallback("/tell", tell)
"""


def told(server: LocalOrthanc) -> object:
    answer: object = server.client.request("GET", "/tell").json()
    return answer


# --- LocalOrthanc -----------------------------------------------------------------------------------------------------


def test_nothing_by_default(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    found = "__import__('importlib.util').util.find_spec(name) is not None for name in ('orthanc_sdk', 'pydantic')"
    script.write_text(TELL.format(imports="", told=f"[{found}]"))
    with LocalOrthanc("1.13", python_script=script) as server:
        assert told(server) == [False, False]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_sdk_and_folders(version: str, tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "mine.py").write_text("NAME = 'mine'\n")
    script = tmp_path / "script.py"
    script.write_text(
        TELL.format(
            imports="import mine, orthanc_sdk, pydantic_core",
            told="[mine.NAME, orthanc_sdk.__file__, pydantic_core.__file__, list(sys.version_info[:2])]",
        )
    )
    with LocalOrthanc(
        version, python_script=script, python_packages=["orthanc-sdk"], python_path=[tmp_path / "modules"]
    ) as server:
        answer = told(server)
        assert isinstance(answer, list)
        name, sdk, core, python = answer
        assert name == "mine"
        assert Path(sdk).resolve() == Path(python_packages.__file__).resolve().parents[2] / "__init__.py"
        assert f"{python[0]}.{python[1]}-" in core
        assert python == {"1.10": [3, 11], "1.12": [3, 13], "1.13": [3, 14]}[version]


@pytest.fixture
def binary() -> Binary:
    """The server of the newest version."""
    from orthanc_sdk.testing.installation.find import find_binary

    return find_binary("1.13")


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_packages_are_installed_once(
    installer: str, binary: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANC_SDK_CACHE", str(tmp_path / "cache"))
    if installer == "pip":
        monkeypatch.setattr(python_packages, "_uv", lambda: None)
    first = python_packages.python_environment(binary, ["python-dateutil"], [], folder=tmp_path)
    monkeypatch.setattr(python_packages, "_install_command", lambda *_: pytest.fail("it is there already"))
    assert python_packages.python_environment(binary, [" python-dateutil"], [], folder=tmp_path) == first
    folder = Path(first["PYTHONPATH"])
    assert folder.name.startswith("3.14-")
    assert (folder / "dateutil" / "__init__.py").exists()
    assert sorted(path.name for path in folder.parent.iterdir() if path.suffix != ".lock") == [folder.name]


def test_nothing_is_left_of_what_cannot_be_installed(
    binary: Binary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANC_SDK_CACHE", str(tmp_path / "cache"))
    wanted = str(tmp_path / "nowhere.whl")
    with pytest.raises(LocalOrthancError, match=r"nowhere\.whl cannot be installed for Python 3\.14: .*nowhere"):
        python_packages.python_environment(binary, [wanted], [], folder=tmp_path)
    assert [path.suffix for path in (tmp_path / "cache" / "python").iterdir()] == [".lock"]


def test_a_server_without_the_plugin(tmp_path: Path) -> None:
    with pytest.raises(LocalOrthancError, match="the Python plugin of somewhere cannot be read: there is no plugin"):
        python_packages.python_environment(Binary("1.13.0", (), origin="somewhere"), ["a"], [], folder=tmp_path)
    plugin = tmp_path / "libOrthancPython.so"
    plugin.write_bytes(b"no Python")
    with pytest.raises(LocalOrthancError, match="is not linked with a known Python"):
        python_packages.python_environment(Binary("1.13.0", (), plugin_folders=(tmp_path,)), ["a"], [], folder=tmp_path)


# --- as docs/plugins.md says for a server of one's own ----------------------------------------------------------------


def test_installed_into_a_folder(distributions: Distributions, tmp_path: Path) -> None:
    """`pip install --target`, then PYTHONPATH or the script itself say where that is."""
    folder = tmp_path / "packages"
    install: list[str | Path] = [
        Path(sys.executable).with_name("uv"),
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
    ]
    run([*install, "--python-version", "3.14", "--only-binary", ":all:", "--target", folder, distributions.wheel],
        cwd=tmp_path, env=dict(os.environ))  # fmt: skip
    by_variable, by_script = tmp_path / "variable.py", tmp_path / "script.py"
    by_variable.write_text(WITH_SDK.format(imports=""))
    by_script.write_text(WITH_SDK.format(imports=f"sys.path.insert(0, {str(folder)!r})"))
    for script, path in ((by_variable, [folder]), (by_script, [])):
        with LocalOrthanc("1.13", python_script=script, python_path=path) as server:
            answer = told(server)
            assert isinstance(answer, dict)
            assert answer["Version"] == server.version
