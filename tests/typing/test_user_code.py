"""Code of users passes both checkers with the installed wheel, and each mistake is found by both."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.builds import Environment
from tests.typing import checkers
from tests.typing.checkers import Problem

pytestmark = pytest.mark.slow

CHECKERS = [pytest.param(checkers.mypy, id="mypy"), pytest.param(checkers.pyright, id="pyright")]
Checker = Callable[[Path, Environment], list[Problem]]


def listed(problems: list[Problem]) -> str:
    return "\n".join(f"{problem.file}:{problem.line}: {problem.text}" for problem in problems)


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_users_write_has_the_types_that_it_should(
    checker: Checker, with_pytest: Environment, tmp_path: Path
) -> None:
    folder = checkers.copied("user", tmp_path)
    problems = checker(folder, with_pytest)
    assert problems == [], listed(problems)


class Turned(ast.NodeTransformer):
    """Turns every type that is asserted into another one."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Name) and node.func.id == "assert_type":
            node.args[1] = ast.Name("complex")
        return node


@pytest.mark.parametrize("checker", CHECKERS)
def test_an_assertion_that_does_not_hold_is_found(checker: Checker, with_pytest: Environment, tmp_path: Path) -> None:
    """That the test before can fail, at every single assertion."""
    folder = checkers.copied("user", tmp_path)
    assertions = set[tuple[str, int]]()
    for file in folder.glob("*.py"):
        source = ast.unparse(Turned().visit(ast.parse(file.read_text(encoding="utf-8"))))
        file.write_text(source, encoding="utf-8")
        lines = enumerate(source.splitlines(), 1)
        assertions.update((file.name, number) for number, line in lines if "assert_type(" in line)
    assert len(assertions) >= 140
    assert assertions - {problem.place for problem in checker(folder, with_pytest)} == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_mistake_is_found(checker: Checker, with_pytest: Environment, tmp_path: Path) -> None:
    folder = checkers.copied("wrong", tmp_path)
    wrong = checkers.expected(folder)
    assert len(wrong) > 80
    problems = checker(folder, with_pytest)
    missed = sorted(wrong - {problem.place for problem in problems})
    assert missed == []
    others = [problem for problem in problems if problem.place not in wrong]
    assert others == [], listed(others)


def test_what_users_write_can_be_run(with_pytest: Environment, tmp_path: Path) -> None:
    """Types that exist for checkers only would pass above: every name must be there when the program runs, too."""
    folder = checkers.copied("user", tmp_path)
    code = """
import importlib.util, sys, typing
from orthanc_sdk.testing import PluginHost
host = PluginHost().__enter__()  # for plugin scripts
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("user_code", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for function in vars(module).values():
        if getattr(function, "__module__", None) == "user_code" and callable(function):
            typing.get_type_hints(function)
print(len(sys.argv) - 1)
"""
    files = sorted(folder.glob("*.py"))
    assert with_pytest.run("-c", code, *files, cwd=tmp_path).strip() == str(len(files))
