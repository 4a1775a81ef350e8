"""What `orthanc_sdk.plugin` is: the real module inside Orthanc, the mock outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orthanc_sdk import plugin
from orthanc_sdk.plugin import module_contents
from orthanc_sdk.testing import PluginHost

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "models/plugin/module-7.1.json").read_text(encoding="utf-8")
)
module: Any = plugin  # asked for names that are not there, and called wrongly


def test_all_names_are_there() -> None:
    wanted = {*FACTS["functions"], *FACTS["classes"], *FACTS["enumerations"], "OrthancException"}
    assert len(wanted) == 105 + 16 + 28 + 1
    assert wanted <= set(dir(plugin))
    for name in wanted:
        assert getattr(module, name) is getattr(module, name)
        assert getattr(module, name).__module__ == "orthanc"
    for name in FACTS["functions"]:
        assert callable(getattr(module, name))
        assert not isinstance(getattr(module, name), type)
    for name, class_ in FACTS["classes"].items():
        methods = {method for method in vars(getattr(module, name)) if not method.startswith("_")}
        assert methods == set(class_["methods"])


def test_the_enumerations_are_plain_numbers() -> None:
    checked = 0
    for name, enumeration in FACTS["enumerations"].items():
        for value, number in enumeration["values"].items():
            assert getattr(getattr(module, name), value) == number
            assert type(getattr(getattr(module, name), value)) is int
            checked += 1
    assert checked > 250


@pytest.mark.parametrize("name", sorted(module_contents.FUNCTIONS))
def test_keywords_and_wrong_numbers_of_arguments_are_refused(name: str) -> None:
    with PluginHost() as host:
        with pytest.raises(TypeError, match=rf"^{name}\(\) takes no keyword arguments$"):
            getattr(module, name)(uri="/")
        if module_contents.FUNCTIONS[name][0]:
            for arguments in ((), (object(),) * 9):
                with pytest.raises((TypeError, ValueError), match=r"arguments|string|callback"):
                    getattr(module, name)(*arguments)
        assert host.registrations == ()


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'RestApiPatch'.*plugin 7\.1 has no such name either"):
        _ = module.RestApiPatch
    with pytest.raises(ImportError):
        exec("from orthanc_sdk.plugin import RestApiPatch")
    with pytest.raises(AttributeError, match=r"no attribute 'rest'"):
        _ = module.rest
    assert not hasattr(plugin, "__wrapped__")


def inside(code: str) -> str:
    """What a Python prints that has a module `orthanc` built in, with one function only: an old plugin."""
    begin = """
import sys
from importlib.machinery import BuiltinImporter, ModuleSpec
from types import ModuleType
class Loader:
    def create_module(self, spec):
        module = ModuleType("orthanc")
        module.RestApiGet = lambda uri: b"real"
        return module
    def exec_module(self, module):
        pass
find = BuiltinImporter.find_spec
BuiltinImporter.find_spec = lambda name, *rest: ModuleSpec(name, Loader()) if name == "orthanc" else find(name, *rest)
"""
    root = Path(__file__).parents[2]
    paths = f"import sys; sys.path[:0] = {[str(root), str(root / 'models')]!r}"
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", f"{paths}\n{begin}\n{code}"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_inside_orthanc_it_is_the_real_module() -> None:
    assert inside("""
from orthanc_sdk import plugin
import orthanc
print(plugin.RestApiGet is orthanc.RestApiGet, plugin.RestApiGet("/"))
from orthanc_sdk.plugin import RestApiGet
print(RestApiGet is orthanc.RestApiGet, "orthanc_sdk.plugin.mock" in sys.modules, "RestApiGet" in dir(plugin))
""").splitlines() == ["True b'real'", "True False True"]


def test_inside_an_old_plugin_says_what_it_has_not() -> None:
    assert inside("""
from orthanc_sdk import plugin
for name in ("SetStableStatus", "LogMessage", "RestApiPatch"):
    try:
        getattr(plugin, name)
    except AttributeError as error:
        print(error)
print(hasattr(plugin, "SetStableStatus"))
""").splitlines() == [
        "the Python plugin of this Orthanc has no 'SetStableStatus': plugin 7.1 has it, plugin 5.0 does not",
        "the Python plugin of this Orthanc has no 'LogMessage': plugin 7.1 has it, plugin 4.0 does not",
        "module 'orthanc_sdk.plugin' has no attribute 'RestApiPatch': the Python plugin 7.1 has no such name either",
        "False",
    ]


def test_inside_orthanc_there_is_no_host() -> None:
    assert "inside Orthanc, the module is the real one" in inside("""
from orthanc_sdk.testing import PluginHost
try:
    PluginHost().__enter__()
except RuntimeError as error:
    print(error)
""")


def test_outside_it_is_there_without_a_warning_and_without_a_module_orthanc() -> None:
    root = Path(__file__).parents[2]
    code = f"import sys; sys.path[:0] = {[str(root), str(root / 'models')]!r}\n" + (
        "from orthanc_sdk import plugin\n"
        "print(plugin.ChangeType.NEW_STUDY, plugin.ComputeMd5('hello'))\n"
        "print('orthanc' in sys.modules, 'pydicom' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["6", "5d41402abc4b2a76b9719d911017c592", "False", "False"]
    assert done.stderr == ""
