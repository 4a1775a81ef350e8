"""The stubs have the names that the real module has: no more, no less."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orthanc_sdk.plugin.module_contents import SINCE
from orthanc_sdk.testing import LocalOrthanc
from tests.plugin.live.servers import PROJECT, SCRIPTS

STUBS = PROJECT / "models" / "orthanc-stubs" / "__init__.pyi"

_RENAMED = {
    "FindMatcher.FindMatcherIsMatch",
    "StorageArea.StorageAreaCreate",
    "StorageArea.StorageAreaRead",
    "StorageArea.StorageAreaRemove",
}
OLD_NAMES = {"1.12": _RENAMED, "1.10": {*_RENAMED, "CreateMemoryBuffer"}}
"""What older plugins have and the newest has not."""

_SINCE_7_1 = {
    "CompressionType.NONE",
    "FindMatcher.IsMatch",
    "StorageArea.Create",
    "StorageArea.Read",
    "StorageArea.Remove",
}
NEW_MEMBERS = {
    "1.12": _SINCE_7_1,
    "1.10": {
        *_SINCE_7_1,
        "ErrorCode.DICOM_GET_UNAVAILABLE",
        "ErrorCode.DUPLICATE_RESOURCE",
        "ErrorCode.FORBIDDEN_ACCESS",
        "ErrorCode.INCOMPATIBLE_CONFIGURATIONS",
        "ErrorCode.MAIN_DICOM_TAGS_MULTIPLY_DEFINED",
        "RestOutput.SendStreamChunk",
        "RestOutput.StartStreamAnswer",
    },
}
"""Members that are not there although their class is."""

TOO_NEW = {"1.12": {"7.1"}, "1.10": {"5.0", "7.1"}}
"""The plugins whose names are not there."""


@dataclass
class Names:
    """What a module contains; methods and values with the name of their class."""

    functions: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    enumerations: set[str] = field(default_factory=set)
    values: dict[str, int] = field(default_factory=dict)
    exceptions: set[str] = field(default_factory=set)

    @property
    def all(self) -> set[str]:
        return self.functions | self.classes | self.methods | self.enumerations | set(self.values) | self.exceptions


@cache
def in_server(version: str) -> Names:
    with LocalOrthanc(version, python_script=SCRIPTS / "names.py") as server:
        dump: dict[str, Any] = server.client.request("GET", "/names").json()
    assert dump["others"] == []
    return Names(
        set(dump["functions"]),
        set(dump["classes"]),
        {f"{name}.{method}" for name, methods in dump["classes"].items() for method in methods},
        set(dump["enumerations"]),
        {f"{name}.{member}": value for name, own in dump["enumerations"].items() for member, value in own.items()},
        set(dump["exceptions"]),
    )


def in_stubs(file: Path) -> Names:
    """What is in a stub; what begins with an underscore is for annotations only."""
    names = Names()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            names.functions.add(node.name)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if "Exception" in bases:
                names.exceptions.add(node.name)
            elif "int" in bases:
                names.enumerations.add(node.name)
                names.values |= values(node)
            else:
                names.classes.add(node.name)
                names.methods |= {
                    f"{node.name}.{method.name}"
                    for method in node.body
                    if isinstance(method, ast.FunctionDef) and not method.name.startswith("__")
                }
    return names


def values(enumeration: ast.ClassDef) -> dict[str, int]:
    """The members, each with the number that its docstring begins with."""
    found: dict[str, int] = {}
    for member, text in zip(enumeration.body, enumeration.body[1:], strict=False):
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            assert isinstance(text, ast.Expr)
            assert isinstance(text.value, ast.Constant)
            number = re.match(r"(-?[0-9]+):", str(text.value.value))
            assert number is not None, f"{enumeration.name}.{member.target.id} does not tell its value"
            found[f"{enumeration.name}.{member.target.id}"] = int(number[1])
    return found


def test_the_newest_plugin() -> None:
    real, stubs = in_server("1.13"), in_stubs(STUBS)
    assert stubs == real
    assert (len(real.functions), len(real.classes), len(real.methods)) == (105, 16, 64)
    assert len(real.enumerations) == 28
    assert len(real.values) > 250
    assert real.exceptions == {"OrthancException"}


@pytest.mark.parametrize("version", ["1.12", "1.10"])
def test_older_plugins(version: str) -> None:
    """What they have not got is known to be new."""
    real, stubs = in_server(version), in_stubs(STUBS)
    assert real.all - stubs.all == OLD_NAMES[version]
    missing = stubs.all - real.all
    assert missing == {name for name in stubs.all if is_new(name, TOO_NEW[version])} | NEW_MEMBERS[version]
    assert len(real.functions) > 70
    shared = real.values.keys() & stubs.values.keys()
    assert len(shared) > 200
    assert {name: real.values[name] for name in shared} == {name: stubs.values[name] for name in shared}


def is_new(name: str, plugins: set[str]) -> bool:
    """Whether a name, or the class that it belongs to, came with one of these plugins."""
    return SINCE.get(name) in plugins or SINCE.get(name.partition(".")[0]) in plugins
