"""Whoever builds the same sources gets the same files, to the byte."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.packaging import tree
from tests.packaging.builds import Distributions, build, only

pytestmark = pytest.mark.slow


def test_another_time_place_and_umask(
    distributions: Distributions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "elsewhere" / "another name"
    for file in sorted(tree.files(distributions.source), reverse=True):
        copy = source / file.relative_to(distributions.source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
        copy.chmod(0o700 if os.access(file, os.X_OK) else 0o600)
        os.utime(copy, (1_000_000_000, 1_000_000_000))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = os.umask(0o077)
    try:
        build(source, tmp_path)
    finally:
        os.umask(before)
    for first, pattern in ((distributions.sdist, "*.tar.gz"), (distributions.wheel, "*.whl")):
        second = only(tmp_path, pattern)
        assert second.name == first.name
        assert sha256(second.read_bytes()).hexdigest() == sha256(first.read_bytes()).hexdigest()
