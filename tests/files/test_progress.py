"""How far an upload or a download is."""

from __future__ import annotations

import importlib.util
import io
import sys

import pytest

from orthanc_sdk import InvalidArgument
from orthanc_sdk.files.progress import Progress, check_progress, reporting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(progress: Progress, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, unit: str = "files") -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with reporting(progress, unit, "upload") as tell:  # type: ignore[arg-type]  # one of both
        if tell is not None:
            tell(1, None)
            tell(2, 4)
            tell(4, 4)
    return stream.getvalue()


def test_a_bar_is_shown_on_terminals_only_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "4/4" in shown(None, Terminal(), monkeypatch)
    assert shown(None, io.StringIO(), monkeypatch) == ""
    assert "4/4" in shown(True, io.StringIO(), monkeypatch)
    assert shown(False, Terminal(), monkeypatch) == ""
    assert "upload" in shown(True, io.StringIO(), monkeypatch)
    assert "4.00/4.00" in shown(True, io.StringIO(), monkeypatch, unit="B")


def test_without_a_stream_for_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs with windows have none."""
    monkeypatch.setattr(sys, "stderr", None)
    with reporting(None, "files", "upload") as tell:
        assert tell is None


def test_a_function_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int | None]] = []
    assert shown(lambda done, total: told.append((done, total)), Terminal(), monkeypatch) == ""
    assert told == [(1, None), (2, 4), (4, 4)]


def test_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("orthanc_sdk.files.progress.find_spec", lambda _: None)
    assert shown(None, Terminal(), monkeypatch) == ""
    with pytest.raises(InvalidArgument, match=r"pip install 'orthanc-sdk\[progress\]'"):
        check_progress(True)
    check_progress(None)
    check_progress(False)


@pytest.mark.parametrize("progress", ["yes", 1, 0, object()])
def test_what_is_none(progress: object) -> None:
    with pytest.raises(InvalidArgument, match="progress must be"):
        check_progress(progress)
