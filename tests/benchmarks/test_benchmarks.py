"""The benchmarks run, on little data, and compare what is the same. What they measure is no matter of tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import data, growth
from benchmarks.contest import Entry, Figures, Measured, hold
from benchmarks.environments import FLOOR, OURS
from benchmarks.report import Result, Target, page
from benchmarks.rows import ROWS, task_for
from orthanc_sdk import upload
from orthanc_sdk.testing import LocalOrthanc


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrthanc]:
    with LocalOrthanc("1.13") as server:
        yield server


def both(work: str) -> list[Entry]:
    return [Entry(one.name, one, work) for one in (OURS, FLOOR)]


@pytest.mark.slow
@pytest.mark.parametrize("work", ["find", "walk", "upload", "series as files", "archive"])
def test_both_do_the_same(work: str, server: LocalOrthanc, tmp_path: Path) -> None:
    server.reset()
    data.write_files(tmp_path / "in", 15)  # of five series
    task = replace(task_for(server), folder=str(tmp_path / "in"))
    if work in ("find", "walk"):
        data.put_studies(server.client, 12)
    elif work != "upload":
        upload(server.client, tmp_path / "in", progress=False).raise_for_failures()
        level = "series" if work == "series as files" else "studies"
        id_ = server.client.request("GET", f"/{level}").json()[0]
        task = replace(task, folder=str(tmp_path / "out"), id=id_)
    figures = hold(
        both(work),
        task,
        1,
        before_each=server.reset if work == "upload" else lambda: None,
        empties_folder=task.path.name == "out",
    )
    assert set(figures) == {"orthanc-sdk", "floor"}
    for one in figures.values():
        assert one.seconds > 0
        number, _ = one.runs[0].found.split()
        assert int(number) == {"find": 12, "walk": 24, "upload": 1, "series as files": 3, "archive": 15}[work]
    assert (figures["orthanc-sdk"].first is None) is (work not in ("find", "walk"))


def test_who_does_something_else_is_found_out(
    server: LocalOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["3 aaa", "3 aaa", "3 aaa", "2 bbb"])
    monkeypatch.setattr("benchmarks.contest.do", lambda *_: Measured(1.0, None, 0.0, None, next(answers)))
    with pytest.raises(RuntimeError, match="have not done the same"):
        hold(both("find"), replace(task_for(server), folder=str(tmp_path)), 1)


@pytest.mark.slow
def test_growth(server: LocalOrthanc, tmp_path: Path) -> None:
    section = growth.measure(server, tmp_path, 0.002)
    rows = [line.split("|") for line in section.splitlines() if line.startswith(("| `", "| find"))]
    assert len(rows) >= 8
    assert all(int(row[3].replace(",", "")) > 0 for row in rows)


def figures(*seconds: float) -> Figures:
    return Figures([Measured(one, None, 1.0, None, "x") for one in seconds])


def test_targets() -> None:
    result = Result(
        "work",
        {"ours": figures(2, 2, 3), "floor": figures(1, 2, 2), "other": figures(10, 12, 9)},
        [Target("ours", "floor", 1.4), Target("ours", "other", 5, at_least=True)],
        most_grown=20,
    )
    assert result.lines() == [
        "| work | at most 1.4 times the time of floor | **1.50** | **no** |",
        "| work | at least 5 times as fast as other | **5.00** | yes |",
        "| work | memory at most 20 MB above an idle client | **1.0 MB** | yes |",
    ]
    text = page([result], [], [], {"requests": "2"}, "1.13.0", 3)
    assert "Orthanc 1.13.0" in text
    assert all(line in text for line in result.lines() + result.details())


def test_each_row_of_the_contest_is_there() -> None:
    assert set(ROWS) == {"find", "walk", "upload", "series", "archive"}
