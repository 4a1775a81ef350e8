"""How requests and memory grow with what there is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks import data
from benchmarks.contest import Entry, do
from benchmarks.environments import OURS
from benchmarks.rows import scaled, task_for
from orthanc_sdk.testing import LocalOrthanc


def measure(server: LocalOrthanc, folder: Path, scale: float) -> str:
    """A section with requests, memory and time against the number of resources."""
    rows: list[str] = []

    def row(title: str, count: int, work: str, place: Path | None = None) -> None:
        task = replace(task_for(server), folder="" if place is None else str(place))
        measured = do(Entry(title, OURS, work), task)
        rows.append(
            f"| {title} | {count:,} | {measured.requests:,} | {measured.grown:.0f} MB | {measured.seconds:.2f} s |"
        )

    for count in (scaled(number, scale) for number in (10, 100, 1_000, 10_000)):
        server.reset()
        data.put_studies(server.client, count)
        row("find studies, read four tags of each", count, "find")
        if count <= 1_000:
            row("walk patients to their instances (2 each)", count, "walk")
            row("the same with prefetch", count, "walk, prefetch")
            row("`download_tree` of all (2 files each)", count, "everything as files", _new(folder / "out"))
    for count in (scaled(number, scale) for number in (100, 1_000, 4_000)):
        server.reset()
        data.write_files(_removed(folder / "files"), count)
        row("`upload` of files of 33 KB", count, "upload", folder / "files")
    head = [
        "## How cost grows",
        "",
        "| work | number | requests | memory grows by | time |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *sorted(rows, key=lambda line: line.split("|")[1]), ""])


def _removed(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _new(folder: Path) -> Path:
    _removed(folder).mkdir()
    return folder
