"""The workflows of the repository: what they say is valid, safe, and possible.

Their form is checked by the published schema, their safety by zizmor; what neither knows is checked here: the commands,
the versions, the jobs. (actionlint would be one more: its package is no more than a download from elsewhere.)
"""

from __future__ import annotations

import re
import shutil
import sysconfig
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packaging.builds import run
from tests.packaging.tree import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
SCRIPTS = Path(sysconfig.get_path("scripts"))
SCHEMA = (SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows")
ZIZMOR = (SCRIPTS / "zizmor", "--offline", "--no-progress", "--color=never", "--persona=auditor", "--strict-collection")

Workflow = Mapping[Any, Any]  # YAML


def load(name: str) -> Workflow:
    loaded: Workflow = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    return loaded


def steps(workflow: Workflow) -> Iterator[Mapping[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


NAMES = sorted(file.name for file in WORKFLOWS.iterdir())
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


# ---------------------------------------------------------------------------------------------------------------------
# What can be wrong; each yields what is
# ---------------------------------------------------------------------------------------------------------------------


def unknown_commands(workflow: Workflow) -> Iterator[str]:
    for step in steps(workflow):
        for command in re.findall(r"^ *make\b[^\n>]*", step.get("run", ""), re.MULTILINE):
            words = [word for word in command.split()[1:] if not word.startswith("-") and "=" not in word]
            yield from (f"make {word}" for word in words if word not in TARGETS)
            if not words:
                yield command.strip()


def unknown_jobs(workflow: Workflow) -> Iterator[str]:
    for job in workflow["jobs"].values():
        needs = job.get("needs", [])
        yield from ({needs} if isinstance(needs, str) else set(needs)) - set(workflow["jobs"])


def unknown_artifacts(workflow: Workflow) -> Iterator[str]:
    def names(action: str) -> set[str]:
        return {step["with"]["name"] for step in steps(workflow) if step.get("uses", "").startswith(f"{action}@")}

    yield from names("actions/download-artifact") - names("actions/upload-artifact")


def jobs_without_limits(workflow: Workflow) -> Iterator[str]:
    """Jobs that may run for hours, or that may do what nobody said."""
    for name, job in workflow["jobs"].items():
        if "permissions" not in job or ("timeout-minutes" not in job and "uses" not in job):
            yield name


def actions_without_versions(text: str) -> Iterator[str]:
    """Actions that are not named by commit, with the version beside it."""
    for line in text.splitlines():
        if "uses: " in line and "uses: ./" not in line and not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line):
            yield line.strip()


CHECKS: list[Callable[[Workflow], Iterator[str]]] = [
    unknown_commands,
    unknown_jobs,
    unknown_artifacts,
    jobs_without_limits,
]


# ---------------------------------------------------------------------------------------------------------------------
# Nothing is
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong(name: str, check: Callable[[Workflow], Iterator[str]]) -> None:
    assert list(check(load(name))) == []


def test_these_are_the_workflows() -> None:
    assert NAMES == ["audit.yml", "ci.yml", "release.yml"]
    commands = {step["run"] for name in NAMES for step in steps(load(name)) if "run" in step}
    assert {
        "make lint",
        "make typecheck",
        "make check-generated",
        "make test",
        "make build",
        "make release-check",
    } <= commands
    assert "test" in TARGETS


@pytest.mark.parametrize("name", NAMES)
def test_their_form_is_that_of_the_schema(name: str) -> None:
    run([*SCHEMA, WORKFLOWS / name], cwd=ROOT)


def test_zizmor_finds_nothing() -> None:
    done = run([*ZIZMOR, ROOT / ".github"], cwd=ROOT)
    assert "No findings to report" in done.stdout + done.stderr


def test_actions_are_named_by_commit_each_by_one() -> None:
    texts = [(WORKFLOWS / name).read_text(encoding="utf-8") for name in NAMES]
    assert [line for text in texts for line in actions_without_versions(text)] == []
    used = {action for text in texts for action in re.findall(r"uses: ([^.\s]\S+@\S+ # \S+)", text)}
    assert len(used) == len({action.partition("@")[0] for action in used}) > 5


def test_the_versions_of_python_are_those_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    classifiers = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert load("ci.yml")["jobs"]["offline"]["strategy"]["matrix"]["python"] == classifiers
    assert project["requires-python"] == f">={classifiers[0]}"
    assert f"| Python | {', '.join(classifiers)} |" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_a_release_is_published_by_trust() -> None:
    """Without any secret: the one job that PyPI trusts may do nothing else, and waits for all that is checked."""
    release = load("release.yml")
    assert release[True] == {"push": {"tags": ["v*"]}}  # `on` is a boolean in YAML 1.1
    assert release["permissions"] == {}
    jobs = release["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "test": None, "build": "test", "attest": "build", "publish": "attest", "announce": "publish",
    }  # fmt: skip
    publish = jobs["publish"]
    assert publish["environment"] == "pypi"
    assert publish["permissions"] == {"id-token": "write"}
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert "with" not in publish["steps"][1]  # no user, no password
    assert "secrets." not in (WORKFLOWS / "release.yml").read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# Mistakes are found
# ---------------------------------------------------------------------------------------------------------------------

Replacement = tuple[str, str, str]
MISTAKES: dict[str, tuple[Replacement, Callable[[Workflow], Iterator[str]], str]] = {
    "a target that is not there": (("ci.yml", "make lint", "make lints"), unknown_commands, "make lints"),
    "no target": (("ci.yml", "run: make lint", "run: make"), unknown_commands, "make"),
    "a second target": (("ci.yml", "make lint", "make lint typecheck tests"), unknown_commands, "make tests"),
    "a target after others": (
        ("release.yml", "make --silent release-notes", "make --silent notes"), unknown_commands, "make notes",
    ),
    "a job that is not there": (("release.yml", "needs: build", "needs: built"), unknown_jobs, "built"),
    "files that nobody uploads": (
        ("release.yml", "name: dist\n          path: dist/", "name: built\n          path: dist/"),
        unknown_artifacts,
        "dist",
    ),
    "a job without permissions": (
        ("audit.yml", "    permissions:\n      contents: read\n", ""), jobs_without_limits, "audit",
    ),
    "a job without an end": (("audit.yml", "    timeout-minutes: 10\n", ""), jobs_without_limits, "audit"),
}  # fmt: skip


def changed(replacement: Replacement) -> str:
    name, old, new = replacement
    text = (WORKFLOWS / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize(("replacement", "check", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found(replacement: Replacement, check: Callable[[Workflow], Iterator[str]], problem: str) -> None:
    assert list(check(yaml.safe_load(changed(replacement)))) == [problem]


@pytest.mark.parametrize("version", ["v7", "v7.0.1", "3d3c42e # v7.0.1", f"{'0' * 40}", "main # v7.0.1"])
def test_an_action_that_is_not_named_by_commit_is_found(version: str) -> None:
    line = f"uses: actions/checkout@{version}"
    assert list(actions_without_versions(f"    steps:\n      - {line}\n")) == [f"- {line}"]


UNSAFE: dict[str, tuple[Replacement, str]] = {
    "an action by tag": (
        ("release.yml", "gh-action-pypi-publish@dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "gh-action-pypi-publish@v1"),
        "unpinned-uses",
    ),
    "permissions for all jobs": (
        ("release.yml", "\npermissions: {}", "\npermissions: write-all"), "excessive-permissions",
    ),
    "credentials that stay": (
        ("audit.yml", "        with:\n          persist-credentials: false\n", ""), "artipacked",
    ),
    "the name of a tag as a command": (
        ("release.yml", "run: make release-check\n", "run: make release-check TAG=${{ github.ref_name }}\n"),
        "template-injection",
    ),
    "a workflow that strangers may run with all rights": (
        ("ci.yml", "  pull_request:", "  pull_request_target:"), "dangerous-triggers",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("replacement", "audit"), UNSAFE.values(), ids=UNSAFE)
def test_zizmor_finds_what_is_unsafe(replacement: Replacement, audit: str, tmp_path: Path) -> None:
    copy = tmp_path / ".github" / "workflows"
    shutil.copytree(WORKFLOWS, copy)
    (copy / replacement[0]).write_text(changed(replacement), encoding="utf-8")
    done = run([*ZIZMOR, copy], cwd=tmp_path, allowed=range(1, 20))
    assert f"[{audit}]" in done.stdout


def test_the_schema_finds_what_is_misspelt(tmp_path: Path) -> None:
    file = tmp_path / "audit.yml"
    file.write_text(changed(("audit.yml", "runs-on", "run-on")), encoding="utf-8")
    assert "run-on" in run([*SCHEMA, file], cwd=tmp_path, allowed=(1,)).stdout
