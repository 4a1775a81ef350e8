"""The type stubs of Orthanc's Python plugin are written from facts and texts, and from nothing else."""

from __future__ import annotations

import ast
import copy
import itertools
import json
from typing import Any

import pytest
import yaml

from generator.specification.definitions import SpecificationError
from generator.writers import python_plugin
from tests.generator.tiny import ROOT

FOLDER = ROOT / "models" / "plugin"


@pytest.fixture
def facts() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "module-7.1.json").read_text(encoding="utf-8")))


@pytest.fixture
def texts() -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / "texts.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def stub() -> ast.Module:
    return ast.parse((ROOT / "models/orthanc-stubs/__init__.pyi").read_text(encoding="utf-8"))


def test_how_much_there_is(facts: dict[str, Any]) -> None:
    assert {kind: len(facts[kind]) for kind in ("functions", "classes", "enumerations")} == {
        "functions": 105, "classes": 16, "enumerations": 28,
    }  # fmt: skip
    assert sum(len(class_["methods"]) for class_ in facts["classes"].values()) == 64


def test_the_stubs_have_all_names_and_no_other_public_ones(stub: ast.Module, facts: dict[str, Any]) -> None:
    defined = {node.name for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    public = {name for name in defined if not name.startswith("_")}
    assert public == {*facts["functions"], *facts["classes"], *facts["enumerations"], "OrthancException"}
    assigned = {ast.unparse(node.target) for node in stub.body if isinstance(node, ast.AnnAssign)}
    assert all(name.startswith("_") for name in assigned)


def test_every_argument_is_positional_and_everything_is_told(stub: ast.Module) -> None:
    functions = [node for node in ast.walk(stub) if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 200
    for function in functions:
        if function.name.startswith("_"):
            continue
        arguments = function.args
        assert [argument.arg for argument in arguments.args if argument.arg != "self"] == [], function.name
        assert not arguments.defaults
        assert all(argument.annotation or argument.arg == "self" for argument in arguments.posonlyargs)
        assert function.returns is not None
        text = ast.get_docstring(function)
        assert text is not None, function.name
        assert text.partition("\n\n")[0].endswith((".", ":")), function.name


def test_the_members_of_an_enumeration_are_of_its_type_and_told_with_their_number(
    stub: ast.Module, facts: dict[str, Any]
) -> None:
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    members = 0
    for name, enumeration in facts["enumerations"].items():
        body = classes[name].body
        for node, following in itertools.pairwise(body):
            if isinstance(node, ast.AnnAssign):
                assert ast.unparse(node.annotation) == f"Final[{name}]"
                assert isinstance(following, ast.Expr)
                number = enumeration["values"][ast.unparse(node.target)]
                assert ast.literal_eval(following.value).startswith(f"{number}: ")
                members += 1
    assert members == sum(len(enumeration["values"]) for enumeration in facts["enumerations"].values()) > 250


@pytest.mark.parametrize(
    ("kind", "name"), [("functions", "RestApiGet"), ("classes", "Image"), ("enumerations", "ChangeType")]
)
def test_a_name_without_a_text_is_a_mistake(kind: str, name: str, facts: dict[str, Any], texts: dict[str, Any]) -> None:
    python_plugin.check(facts, texts)
    poorer = copy.deepcopy(texts)
    del poorer[kind][name]
    with pytest.raises(SpecificationError, match=rf"only in facts, or only in texts: .*{name}"):
        python_plugin.check(facts, poorer)
    poorer = copy.deepcopy(facts)
    del poorer[kind][name]
    with pytest.raises(SpecificationError, match=rf"only in facts, or only in texts: .*{name}"):
        python_plugin.check(poorer, texts)


def test_a_value_without_a_text_is_a_mistake(facts: dict[str, Any], texts: dict[str, Any]) -> None:
    del texts["enumerations"]["ChangeType"]["values"]["NEW_STUDY"]
    with pytest.raises(SpecificationError, match=r"ChangeType\.NEW_STUDY"):
        python_plugin.check(facts, texts)
