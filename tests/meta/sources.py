"""The source files of the two packages, as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {"orthanc_sdk": ROOT / "orthanc_sdk", "orthanc_models": ROOT / "models" / "orthanc_models"}


@dataclass(frozen=True)
class Import:
    """An import statement: what it imports, and when it is carried out."""

    module: str
    names: tuple[str, ...]
    at_start: bool


@cache
def modules(package: str) -> dict[str, ast.Module]:
    """The modules of a package, by their full names."""
    return dict(_modules(package))


def _modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    folder = PACKAGES[package]
    for file in sorted(folder.rglob("*.py")):
        parts = [package, *file.relative_to(folder).with_suffix("").parts]
        name = ".".join(part for part in parts if part != "__init__")
        yield name, ast.parse(file.read_text(encoding="utf-8"), str(file))


def module(name: str) -> ast.Module:
    return modules(name.split(".")[0])[name]


def imports(name: str, tree: ast.Module, *, for_checkers: bool = True) -> Iterator[Import]:
    """All imports of a module; those for type checkers only where they are wanted."""
    yield from _imports(name, tree.body, at_start=True, for_checkers=for_checkers)


def _imports(name: str, body: list[ast.stmt], *, at_start: bool, for_checkers: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, (), at_start) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                parent = name.split(".")[: len(name.split(".")) - node.level + (1 if _is_package(name) else 0)]
                origin = ".".join([*parent, origin] if origin else parent)
            yield Import(origin, tuple(alias.name for alias in node.names), at_start)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            if for_checkers:
                yield from _imports(name, node.body, at_start=False, for_checkers=True)
            yield from _imports(name, node.orelse, at_start=at_start, for_checkers=for_checkers)
        else:
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for field in ("body", "orelse", "finalbody"):
                yield from _imports(
                    name, getattr(node, field, []), at_start=at_start and not inside, for_checkers=for_checkers
                )
            for handler in getattr(node, "handlers", []):
                yield from _imports(name, handler.body, at_start=at_start and not inside, for_checkers=for_checkers)


def _is_package(name: str) -> bool:
    package, *parts = name.split(".")
    return (PACKAGES[package].joinpath(*parts) / "__init__.py").exists()


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "_typing.TYPE_CHECKING")


def explained(tree: ast.Module) -> set[str]:
    """The names at the top of a module that are followed by a text of their own."""
    found: set[str] = set()
    for node, following in zip(tree.body, tree.body[1:], strict=False):
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if is_text and isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found.add(ast.unparse(target))
        elif is_text and isinstance(node, ast.If):  # one way for type checkers, one for the run time
            found.update(explained(ast.Module([*node.body, following], [])))
    return found
