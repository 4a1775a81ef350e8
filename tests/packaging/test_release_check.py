"""`make release-check` finds each mistake that is planted here, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.packaging import release_check
from tests.packaging.builds import run
from tests.packaging.release_check import (
    changelog_problems,
    citation_problems,
    commit_problems,
    notes,
    version_of,
    version_problems,
)

TODAY = date(2026, 3, 1)

CHANGELOG = """# Changelog

## Unreleased

## 1.2.0 - 2026-03-01

### Added

- A thing.

## 1.1.0 - 2026-01-31

- The first thing.
"""
FILES = {
    "pyproject.toml": '[project]\nname = "some"\nversion = "1.2.0"\n',
    "CHANGELOG.md": CHANGELOG,
    "CITATION.cff": "cff-version: 1.2.0\nversion: 1.2.0\ndate-released: 2026-03-01\n",
    ".gitignore": "dist/\n",
}


def git(root: Path, *arguments: str) -> None:
    run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of which all is in order."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    git(tmp_path, "tag", "v1.2.0")
    return tmp_path


def found(root: Path, tag: str | None = "v1.2.0") -> list[str]:
    version = version_of(root)
    return [
        *version_problems(version),
        *changelog_problems(root, version, TODAY),
        *citation_problems(root, version),
        *commit_problems(root, version, tag),
    ]


def commit_all(root: Path) -> None:
    """The mistake is committed, and the tag is where it should be."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Mistake", "--allow-empty")
    git(root, "tag", "--force", "v1.2.0")


def test_nothing_is_found_where_all_is_in_order(root: Path) -> None:
    (root / "dist").mkdir()
    (root / "dist" / "ignored.whl").touch()
    assert found(root) == found(root, tag=None) == []
    git(root, "tag", "--delete", "v1.2.0")
    assert found(root, tag=None) == []  # before the tag is set
    git(root, "tag", "--annotate", "v1.2.0", "--message", "1.2.0")
    git(root, "tag", "some-other-tag")
    assert found(root) == []
    assert notes(root) == "### Added\n\n- A thing."


Replacement = tuple[str, str, str]
MISTAKES: dict[str, tuple[Replacement, str]] = {
    "the version was not raised": (
        ("pyproject.toml", "1.2.0", "1.1.0"),
        "CHANGELOG.md: the newest section is 1.2.0 - 2026-03-01, not 1.1.0",
    ),
    "the version is in no section": (
        ("pyproject.toml", "1.2.0", "1.3.0"),
        'CHANGELOG.md: no section "## 1.3.0 - 2026-03-01"',
    ),
    "no version at all": (("pyproject.toml", "1.2.0", "1.2.x"), "pyproject.toml: 1.2.x is no version of PEP 440"),
    "a version in another spelling": (
        ("pyproject.toml", "1.2.0", "1.2.0-rc1"),
        "pyproject.toml: the version 1.2.0-rc1 is written as 1.2.0rc1",
    ),
    "a version for development": (
        ("pyproject.toml", "1.2.0", "1.2.0.dev1"),
        "pyproject.toml: 1.2.0.dev1 is a version for development",
    ),
    "a local version": (
        ("pyproject.toml", "1.2.0", "1.2.0+mine"),
        "pyproject.toml: 1.2.0+mine is a version for development",
    ),
    "not released yet": (
        ("CHANGELOG.md", "\n## 1.2.0 - 2026-03-01\n", ""),
        "CHANGELOG.md: changes stand under Unreleased, not under 1.2.0",
    ),
    "something came after the release": (
        ("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n- One more thing.\n"),
        "CHANGELOG.md: changes stand under Unreleased, not under 1.2.0",
    ),
    "a section without a date": (
        ("CHANGELOG.md", "1.2.0 - 2026-03-01", "1.2.0"),
        'CHANGELOG.md: "## 1.2.0" is not of the form "## 1.2.3 - 2026-01-31"',
    ),
    "a date that the calendar does not have": (
        ("CHANGELOG.md", "2026-03-01", "2026-02-30"),
        "CHANGELOG.md: day is out of range for month",
    ),
    "a date in the future": (("CHANGELOG.md", "2026-03-01", "2026-03-10"), "CHANGELOG.md: 2026-03-10 is in the future"),
    "a date before that of the last release": (
        ("CHANGELOG.md", "2026-03-01", "2025-03-01"),
        "CHANGELOG.md: the dates are not in order",
    ),
    "a section without entries": (
        ("CHANGELOG.md", "- A thing.", ""),
        "CHANGELOG.md: nothing stands under 1.2.0 - 2026-03-01",
    ),
    "the citation is of the last version": (
        ("CITATION.cff", "version: 1.2.0\ndate", "version: 1.1.0\ndate"),
        "CITATION.cff: version is 1.1.0, not 1.2.0",
    ),
    "the citation is of another day": (
        ("CITATION.cff", "2026-03-01", "2026-01-31"),
        "CITATION.cff: date-released is 2026-01-31, not 2026-03-01",
    ),
    "the citation has no day": (
        ("CITATION.cff", "date-released: 2026-03-01\n", ""),
        "CITATION.cff: date-released is None, not 2026-03-01",
    ),
}


@pytest.mark.parametrize(("replacement", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_file_is_found(root: Path, replacement: Replacement, problem: str) -> None:
    name, old, new = replacement
    file = root / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    commit_all(root)
    assert problem in found(root)


def edit(root: Path) -> None:
    (root / "CHANGELOG.md").write_text(CHANGELOG + "\n", encoding="utf-8")


def forget(root: Path) -> None:
    (root / "module.py").touch()


def stage(root: Path) -> None:
    forget(root)
    git(root, "add", "--all")


def go_on(root: Path) -> None:
    git(root, "commit", "--quiet", "--message", "One more", "--allow-empty")


def untag(root: Path) -> None:
    git(root, "tag", "--delete", "v1.2.0")


def tag_twice(root: Path) -> None:
    git(root, "tag", "v1.3.0")


def nothing(root: Path) -> None:
    pass


STATES: dict[str, tuple[Callable[[Path], None], str | None, str]] = {
    "an edited file": (edit, None, "git: not committed: CHANGELOG.md"),
    "a forgotten file": (forget, None, "git: not committed: module.py"),
    "a staged file": (stage, None, "git: not committed: module.py"),
    "a commit after the tag": (go_on, None, "git: the tag v1.2.0 is on another commit: was 1.2.0 published before?"),
    "started by a tag that is elsewhere": (
        go_on, "v1.2.0", "git: the tag v1.2.0 is on another commit: was 1.2.0 published before?",
    ),
    "started by a tag that is not there": (untag, "v1.2.0", "git: this commit has no tag v1.2.0"),
    "two versions": (tag_twice, None, "git: this commit has the tag v1.3.0, but the version is 1.2.0"),
    "started by the tag of another version": (
        nothing, "v1.3.0", "git: the release is started by the tag v1.3.0, but the version is 1.2.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "tag", "problem"), STATES.values(), ids=STATES)
def test_a_mistake_in_the_commit_is_found(
    root: Path, damage: Callable[[Path], None], tag: str | None, problem: str
) -> None:
    damage(root)
    assert found(root, tag) == [problem]


def test_the_command_tells_all_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release_check, "ROOT", root)
    monkeypatch.setattr(release_check, "distribution_problems", lambda dist, version: [f"{dist.name} of {version}"])
    monkeypatch.setenv("RELEASE_TAG", "v9")
    forget(root)
    assert release_check.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "- git: not committed: module.py",
        "- git: the release is started by the tag v9, but the version is 1.2.0",
        "- dist of 1.2.0",
        "1.2.0 cannot be published, see above",
    ]
    monkeypatch.setattr(release_check, "distribution_problems", lambda *_: [])
    monkeypatch.setenv("RELEASE_TAG", "")
    (root / "module.py").unlink()
    assert release_check.main([]) == 0
    assert capsys.readouterr().out == "1.2.0 can be published\n"
    assert release_check.main(["--notes"]) == 0
    assert capsys.readouterr().out == "### Added\n\n- A thing.\n"
