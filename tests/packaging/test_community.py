"""What a visitor of the repository finds: how to cite it, how to report, how to behave."""

from __future__ import annotations

import re
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packaging.builds import run
from tests.packaging.release_check import version_of
from tests.packaging.tree import ROOT

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
REQUEST = ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md"

SCHEMAS = {
    "CITATION.cff": "citation-file-format",
    ".github/dependabot.yml": "dependabot",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    **{file.relative_to(ROOT).as_posix(): "github-issue-forms" for file in FORMS},
}


def validate(file: Path, schema: str, *, allowed: int = 0) -> str:
    command = Path(sysconfig.get_path("scripts")) / "check-jsonschema"
    options = ("--builtin-schema", f"vendor.{schema}", "--force-filetype", "yaml")
    return run([command, *options, file], cwd=ROOT, allowed=(allowed,)).stdout


def load(file: Path) -> dict[str, Any]:  # Any: YAML
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_the_file_is_valid(name: str, schema: str) -> None:
    validate(ROOT / name, schema)


def test_an_invalid_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "CITATION.cff"
    file.write_text((ROOT / "CITATION.cff").read_text(encoding="utf-8").replace("authors:", "writers:"))
    assert "authors" in validate(file, "citation-file-format", allowed=1)


def test_the_citation_is_of_this_project() -> None:
    citation = load(ROOT / "CITATION.cff")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == version_of(ROOT)
    assert citation["license"] == project["license"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in project["authors"]]


def test_these_are_the_forms() -> None:
    assert [file.stem for file in FORMS] == ["bug", "feature", "wrong-answer"]
    assert load(FORMS[0].parent / "config.yml") == {"blank_issues_enabled": False}  # so that each has the reminder


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_each_form_keeps_patients_out(file: Path) -> None:
    """It says so first, and asks for it at the end."""
    first, *_, last = load(file)["body"]
    assert first["type"] == "markdown"
    assert "**Paste no data of patients**" in first["attributes"]["value"]
    assert last["type"] == "checkboxes"
    (option,) = last["attributes"]["options"]
    assert "real patient" in option["label"]
    assert option["required"] is True


def test_each_change_keeps_patients_out() -> None:
    assert re.search(r"^- \[ \] No data of a real patient", REQUEST.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "file", [ROOT / "CODE_OF_CONDUCT.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *FORMS, REQUEST]
)
def test_what_it_refers_to_is_there(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (file.parent / target).exists(), target
    for name in re.findall(r"(?<![/\w])[A-Z_]+\.md\b", text):
        assert (ROOT / name).exists(), name
    for name, heading in re.findall(r'(\w+\.md), "([^"]+)"', text):
        assert f"## {heading}\n" in (ROOT / name).read_text(encoding="utf-8")


def test_the_code_of_conduct_says_who_to_turn_to() -> None:
    text = (ROOT / "CODE_OF_CONDUCT.md").read_text(encoding="utf-8")
    assert "## Who to turn to" in text
    assert "[SECURITY.md](SECURITY.md)" in text
