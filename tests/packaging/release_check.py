"""Whether this commit can be published as the version that it says: `make release-check`, after `make build`.

Version, changelog, citation and tag agree; nothing is uncommitted; and what lies in dist/ installs and works where
nothing else is. Everything that is wrong is told at once. RELEASE_TAG in the environment is the tag that starts the
release: the commit has to have it, and it has to be that of the version. Without it, the commit need not have a tag.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml
from packaging.version import InvalidVersion, Version

from tests.packaging.builds import CommandFailed, Environment, create, run
from tests.packaging.tree import ROOT

SMOKE = Path(__file__).parent / "smoke.py"
_RELEASE = re.compile(r"(?P<version>\S+) - (?P<day>\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Section:
    """A section of the changelog: `## 1.2.3 - 2026-01-31` and what stands below it."""

    heading: str
    text: str

    @property
    def version(self) -> str | None:
        """None for what is not released, and for headings of another form."""
        found = _RELEASE.fullmatch(self.heading)
        return found["version"] if found else None

    @property
    def day(self) -> str | None:
        found = _RELEASE.fullmatch(self.heading)
        return found["day"] if found else None

    @property
    def has_entries(self) -> bool:
        return re.search(r"^- \S", self.text, re.MULTILINE) is not None


def version_of(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def changelog(root: Path) -> list[Section]:
    _, *parts = re.split(r"^## +", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Section(heading.strip(), text.strip()) for heading, _, text in (part.partition("\n") for part in parts)]


def notes(root: Path) -> str:
    """What the changelog says of the version of the project."""
    version = version_of(root)
    for section in changelog(root):
        if section.version == version:
            return section.text
    raise LookupError(f"CHANGELOG.md: no section for {version}")


def version_problems(version: str) -> Iterator[str]:
    try:
        parsed = Version(version)
    except InvalidVersion:
        yield f"pyproject.toml: {version} is no version of PEP 440"
        return
    if str(parsed) != version:
        yield f"pyproject.toml: the version {version} is written as {parsed}"
    if parsed.is_devrelease or parsed.local:
        yield f"pyproject.toml: {version} is a version for development"


def changelog_problems(root: Path, version: str, today: date) -> Iterator[str]:
    sections = changelog(root)
    if sections and sections[0].heading == "Unreleased":
        if sections[0].text:
            yield f"CHANGELOG.md: changes stand under Unreleased, not under {version}"
        sections = sections[1:]
    for section in sections:
        if section.version is None:
            yield f'CHANGELOG.md: "## {section.heading}" is not of the form "## 1.2.3 - 2026-01-31"'
    if version not in [section.version for section in sections]:
        yield f'CHANGELOG.md: no section "## {version} - {today}"'
        return
    newest = sections[0]
    if newest.version != version:
        yield f"CHANGELOG.md: the newest section is {newest.heading}, not {version}"
    if not newest.has_entries:
        yield f"CHANGELOG.md: nothing stands under {newest.heading}"
    try:
        days = [date.fromisoformat(section.day) for section in sections if section.day]
    except ValueError as error:
        yield f"CHANGELOG.md: {error}"
        return
    if days != sorted(days, reverse=True):
        yield "CHANGELOG.md: the dates are not in order"
    if max(days) > today + timedelta(days=1):  # it may be tomorrow elsewhere
        yield f"CHANGELOG.md: {max(days)} is in the future"


def citation_problems(root: Path, version: str) -> Iterator[str]:
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    if str(citation["version"]) != version:
        yield f"CITATION.cff: version is {citation['version']}, not {version}"
    days = {section.version: section.day for section in changelog(root)}
    released = citation.get("date-released")
    if released is None or str(released) != days.get(version, str(released)):
        yield f"CITATION.cff: date-released is {released}, not {days.get(version, 'the day of the release')}"


def commit_problems(root: Path, version: str, tag: str | None) -> Iterator[str]:
    """Of the commit: its tags, and whether all is in it. `tag` is the one that starts the release, if any."""

    def git(*arguments: str) -> list[str]:
        return run(["git", *arguments], cwd=root).stdout.splitlines()

    if changed := git("status", "--porcelain"):
        yield f"git: not committed: {', '.join(line[3:] for line in changed[:5])}"
    wanted = f"v{version}"
    if tag is not None and tag != wanted:
        yield f"git: the release is started by the tag {tag}, but the version is {version}"
    here = git("tag", "--points-at", "HEAD")
    for other in here:
        if other != wanted and re.match(r"v\d", other):
            yield f"git: this commit has the tag {other}, but the version is {version}"
    if wanted not in here:
        if git("tag", "--list", wanted):
            yield f"git: the tag {wanted} is on another commit: was {version} published before?"
        elif tag is not None:
            yield f"git: this commit has no tag {wanted}"


def distribution_problems(dist: Path, version: str) -> Iterator[str]:
    """Of the files that will be uploaded: which there are, and whether PyPI can show them."""
    wheel, sdist = f"orthanc_sdk-{version}-py3-none-any.whl", f"orthanc_sdk-{version}.tar.gz"
    found = {file.name for file in dist.iterdir()} if dist.is_dir() else set[str]()
    for name in sorted({wheel, sdist} - found):
        yield f"dist: {name} is missing"
    for name in sorted(found - {wheel, sdist}):
        yield f"dist: {name} does not belong there"
    for name in sorted({wheel, sdist} & found):
        checked = run([sys.executable, "-m", "twine", "check", "--strict", dist / name], cwd=dist, allowed=(0, 1))
        if checked.returncode:
            yield f"dist: twine refuses {name}: {' '.join(checked.stdout.split())}"
        try:
            smoke(dist / name, version)
        except CommandFailed as error:
            yield f"dist: {name} does not work where nothing else is installed: {error}"


def smoke(distribution: Path, version: str) -> None:
    """Installs a file and what it depends on, and tries what any user needs; raises `CommandFailed`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(Path(folder, "venv"))
        create(environment.folder, distribution)
        environment.run(SMOKE, version, cwd=Path(folder))


def problems(root: Path, *, tag: str | None, today: date) -> Iterator[str]:
    """All that is in the way of a release."""
    version = version_of(root)
    yield from version_problems(version)
    yield from changelog_problems(root, version, today)
    yield from citation_problems(root, version)
    yield from commit_problems(root, version, tag)
    yield from distribution_problems(root / "dist", version)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packaging.release_check", description=__doc__)
    parser.add_argument(
        "--notes", action="store_true", help="print what the changelog says of this version, and check nothing"
    )
    options = parser.parse_args(arguments)
    if options.notes:
        print(notes(ROOT))
        return 0
    # By the environment, so that no shell and no make reads the name of a tag as a command.
    found = list(problems(ROOT, tag=os.environ.get("RELEASE_TAG") or None, today=datetime.now(UTC).date()))
    for problem in found:
        print(f"- {problem}")
    version = version_of(ROOT)
    print(f"{version} cannot be published, see above" if found else f"{version} can be published")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
