"""Nothing in the project points to where it was made."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.packaging import tree
from tests.packaging.tree import ROOT

# Written so that this file does not match itself.
PLACES = [
    r"\.\./shared",
    r"(?<![\w.}])/[w]ork(?![\w-])",
    r"/opt[/]wheels",
    r"/root[/]",
    r"pypi[.]org",
    r"pythonhosted[.]org",
    r"npmjs[.]",
    r"(?<![\w.])registry[.]\w",
    r"deb[.]debian[.]org",
    r"archive[.]ubuntu[.]com",
    r"anaconda[.]org",
    r"(docker|ghcr|quay)[.]io",
    r"--(extra-)?index[-]url",
    r"--find[-]links",
]
# Where tools are told of the mirrors of this machine.
SETTINGS = ["/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/pip.conf", "~/.pip/pip.conf",
            "~/.config/pip/pip.conf", "~/.config/uv/uv.toml", "/etc/uv/uv.toml"]  # fmt: skip
VARIABLES = r"(PIP|UV|NPM|APT|HTTPS?|ALL|FTP)_.*|.*_PROXY|.*_INDEX.*"


def own_hosts() -> set[str]:
    """The hosts that this machine fetches packages from."""
    texts = [value for name, value in os.environ.items() if re.fullmatch(VARIABLES, name, re.IGNORECASE)]
    for setting in SETTINGS:
        path = Path(setting).expanduser()
        for file in sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []:
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
    found = {host.lower() for text in texts for host in re.findall(r"://(?:[^/@\s]*@)?([\w.-]+)", text)}
    return {host for host in found if host not in ("localhost", "127.0.0.1")}


def mentions(pattern: str) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tree.files()
        if (match := expression.search(tree.content(file)))
    ]


def test_all_files_are_looked_at() -> None:
    found = {file.relative_to(ROOT).as_posix() for file in tree.files()}
    assert {"README.md", ".ci/run", "tests/recordings/answers-1.13.0.jsonl.gz", "requirements-dev.txt"} <= found
    assert not any(name.startswith((".git/", ".venv/")) for name in found)
    # That it can fail: a word that is there, also in a compressed file.
    assert "tests/recordings/answers-1.13.0.jsonl.gz: MainDicomTags" in mentions("MainDicomTags")


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_the_place_where_it_was_made(place: str) -> None:
    assert mentions(place) == []


def test_no_file_names_a_host_that_this_machine_fetches_from() -> None:
    for host in sorted(own_hosts()):
        assert mentions(re.escape(host)) == []
