"""The files of the project, as they lie in the source tree."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip("/") for line in lines if line.strip() and not line.startswith("#")] + [".git"]


def files(folder: Path = ROOT) -> Iterator[Path]:
    """All that git would take in, below the folder."""
    ignored = _ignored()
    for path in sorted(folder.iterdir()):
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def content(file: Path) -> str:
    """The text of a file; a compressed one is read as what is in it."""
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8", "replace")
