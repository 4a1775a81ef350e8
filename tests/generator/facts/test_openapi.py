"""`make spec`, with real servers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.facts import openapi
from generator.facts.demo_proxy import DemoProxy
from generator.facts.openapi_facts import dumps, extract_facts, operations
from orthanc_sdk.testing import LocalOrthanc

RESOURCES = {
    level: "-".join([letter * 8] * 5)
    for level, letter in {"patients": "a", "studies": "b", "series": "c", "instances": "d"}.items()
}


def test_the_committed_file_is_what_orthanc_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main(["--version", "1.13", "--check"]) == 0
    assert "299 operations" in capsys.readouterr().out


@pytest.mark.parametrize(("version", "complete", "count"), [("1.12", "1.12.7", 299), ("1.10", "1.10.1", 273)])
def test_other_versions_tell_about_themselves_too(version: str, complete: str, count: int) -> None:
    document = extract_facts(openapi.openapi(version))
    assert document["info"] == {"title": "Orthanc REST API", "version": complete}
    assert len(operations(document)) == count
    assert dumps(document) == dumps(extract_facts(openapi.openapi(version)))


def test_the_file_is_written_and_a_difference_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = {"openapi": "3.0.0", "info": {"version": "1.2.3"}, "paths": {"/a": {"get": {"tags": ["A"]}}}}
    monkeypatch.setattr(openapi, "openapi", lambda _: raw)
    monkeypatch.setattr(openapi, "FOLDER", tmp_path / "deep")
    file = tmp_path / "deep" / "orthanc-1.2.3.json"
    assert openapi.main(["--check"]) == 1
    assert not file.exists()
    assert openapi.main([]) == 0
    assert operations(json.loads(file.read_text())) == [("GET", "/a")]
    assert openapi.main(["--check"]) == 0
    raw["paths"] = {"/b": {"get": {"tags": ["A"]}}}
    capsys.readouterr()
    assert openapi.main(["--check"]) == 1
    printed = capsys.readouterr()
    assert '-  "/a": {' in printed.out
    assert '+  "/b": {' in printed.out
    assert "make spec" in printed.err


def test_an_operation_without_a_sample_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    real = openapi._store_samples
    monkeypatch.setattr(openapi, "_store_samples", lambda server: {**real(server), "series": RESOURCES["series"]})
    with pytest.raises(openapi.IncompleteDocument, match=r"no sample for\n  /demo/series/.*: 404"):
        openapi.openapi("1.13")


def test_paths_of_the_demo_server_are_paths_of_ours() -> None:
    with DemoProxy(LocalOrthanc(), RESOURCES) as proxy:
        demo = "7c92ce8e-bbf67ed2-ffa3b8c1-a3b35d94-7ff3ae26"
        for level, mine in RESOURCES.items():
            assert proxy.local_path(f"/demo/{level}/{demo}/statistics") == f"/{level}/{mine}/statistics"
            assert proxy.local_path(f"/demo/{level}?since=0&limit=2") == f"/{level}?since=0&limit=2"
        info = f"/instances/{RESOURCES['instances']}/attachments/dicom/info"
        assert proxy.local_path(f"/instances/{demo}/dicom/info") == info
        assert proxy.local_path(f"/demo/instances/{demo}/attachments/dicom/info") == info
