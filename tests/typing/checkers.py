"""Runs mypy and pyright over the code of users, as they would: with the installed wheel and no plugin."""

from __future__ import annotations

import json
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.packaging.builds import Environment, run, variables

FOLDER = Path(__file__).parent


@dataclass(frozen=True, order=True)
class Problem:
    """What a checker has against a line."""

    file: str
    line: int
    text: str

    @property
    def place(self) -> tuple[str, int]:
        return self.file, self.line


def copied(name: str, target: Path) -> Path:
    """The code of users, where nothing of this project is around."""
    return Path(shutil.copytree(FOLDER / name, target / name, ignore=shutil.ignore_patterns("__pycache__")))


def mypy(folder: Path, environment: Environment) -> list[Problem]:
    cache = environment.folder.parent / "mypy"
    command: list[str | Path] = [
        sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", cache,
        "--python-executable", environment.python, "--output", "json", "--no-error-summary", ".",
    ]  # fmt: skip
    done = run(command, cwd=folder, allowed=(0, 1))
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(
        Problem(Path(one["file"]).name, one["line"], f"{one['message']} [{one['code']}]")
        for one in found
        if one["severity"] == "error"
    )


def _pyright(environment: Environment, folder: Path, *arguments: str, allowed: tuple[int, ...] = (0, 1)) -> Any:
    # The Python that it asks for the packages is the first on the path.
    path = f"{environment.scripts}:{variables()['PATH']}"
    command: list[str | Path] = [Path(sysconfig.get_path("scripts")) / "pyright", "--outputjson", *arguments]
    done = run(command, cwd=folder, allowed=allowed, env=variables(PATH=path, PYRIGHT_PYTHON_IGNORE_WARNINGS="1"))
    return json.loads(done.stdout)


def pyright(folder: Path, environment: Environment) -> list[Problem]:
    settings: Mapping[str, object] = {"typeCheckingMode": "strict", "reportUnusedExpression": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    report = _pyright(environment, folder)
    assert report["summary"]["filesAnalyzed"] == len(list(folder.glob("*.py")))
    return sorted(
        Problem(Path(one["file"]).name, one["range"]["start"]["line"] + 1, f"{one['message']} [{one.get('rule')}]")
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    )


def type_completeness(package: str, folder: Path, environment: Environment) -> Any:
    """What `pyright --verifytypes` says of a package."""
    return _pyright(environment, folder, "--verifytypes", package, "--ignoreexternal")["typeCompleteness"]


def expected(folder: Path) -> set[tuple[str, int]]:
    """The lines that are marked as wrong."""
    return set(_marked(folder))


def _marked(folder: Path) -> Iterator[tuple[str, int]]:
    for file in folder.glob("*.py"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"# E: \w", line):
                yield file.name, number
