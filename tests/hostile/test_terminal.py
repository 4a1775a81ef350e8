"""Orders to a terminal in DICOM values, file names and the words of a server: none of them reaches one."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

from orthanc_sdk import (
    Job,
    Modality,
    Orthanc,
    OrthancError,
    Query,
    TransferFailed,
    UploadReport,
    download_tree,
    find_patients,
    find_studies,
    models,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from tests.http.fake_server import FakeServer, Received, Reply, json_reply

EVIL = "\x1b[2J\x1b]0;owned\x07\r\nDoe\u202e\x9b31m"
"""Clears the screen, gives the window a title, forges another line, and turns the direction of writing."""


def is_clean(text: str) -> bool:
    return all(character.isprintable() or character in "\n\r " for character in text) and "\r\nDoe" not in text


def evil_server(received: Received) -> Reply:
    """Answers as Orthanc does, with an attack in each text."""
    if received.method == "DELETE" or received.path.startswith("/jobs"):
        body = {"HttpStatus": 400, "OrthancStatus": 8, "Message": EVIL, "Details": EVIL, "OrthancError": EVIL}
        return json_reply(json.dumps(body), 400)
    if received.path == "/system":
        return json_reply(json.dumps({"Version": EVIL, "Name": EVIL}))
    if received.path == "/tools/find":
        info = {
            "ID": EVIL, "Type": "Study", "IsStable": True, "LastUpdate": "20260101T000000", "ParentPatient": EVIL,
            "MainDicomTags": {"StudyDescription": EVIL, EVIL: EVIL, "StudyDate": EVIL}, "Series": [EVIL], EVIL: EVIL,
            "PatientMainDicomTags": {"PatientName": EVIL, "PatientID": EVIL}, "Labels": [EVIL], "Metadata": {EVIL: "x"},
        }  # fmt: skip
        return json_reply(json.dumps([info]))
    if received.path == "/instances":
        parents = {"ParentPatient": "p", "ParentStudy": "s", "ParentSeries": "e"}
        return json_reply(json.dumps({"ID": EVIL, "Status": EVIL, "Path": EVIL, **parents}))
    return Reply(200, b'{"a": 1}', {"Content-Type": f"text/plain; {EVIL[:3]}"})


def test_what_a_server_says(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeServer(evil_server) as server, Orthanc(server.url) as client:
        (study,) = find_studies(client)
        assert study.tags.raw["StudyDescription"] == EVIL  # as it came, for those who ask for it
        assert study.info.patient_main_dicom_tags.patient_name == EVIL
        shown: list[object] = [study, study.info, study.tags, study.tags.problems, study.metadata, study.attachments]
        shown += [[study], {study}, {"study": study}, *map(str, study.tags.problems), study.tags.raw.keys()]
        shown += [Job(EVIL, client), Modality(client, EVIL), Query(EVIL, client), models.StudyTags({EVIL: EVIL})]
        for problem in study.tags.problems:
            print(problem)
        for call in (study.delete, Job("a", client).cancel, lambda: client.get_studies_id("x"), study.tags.check):
            with pytest.raises(OrthancError) as caught:
                call()
            shown += [str(caught.value), caught.value]
            logging.getLogger("user").error("failed: %s", caught.value)
        report = upload(client, [to_bytes(make_instance())], progress=True)
        shown += [report, report.files, report.files[0].reason]
        with pytest.raises(TransferFailed) as failed:
            report.raise_for_failures()
        shown += [str(failed.value)]
        for one in shown:
            print(one)
    out, err = capsys.readouterr()
    assert "owned" in out
    assert "upload" in err
    for text in (out, err):
        assert is_clean(text), repr(text)
    assert "failed: DELETE" in caplog.text
    assert is_clean(caplog.text)
    assert not is_clean(f"a{EVIL}")


def test_values_and_files_of_a_real_server(
    server: LocalOrthanc, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = server.reset().client
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "\x1b[2J.dcm").write_bytes(to_bytes(make_instance(PatientName="X\x1b[2JY", PatientID="\x1b]0;owned\x07")))
    (folder / "\x1b[31mred.txt").write_text("no DICOM")
    (folder / "\x1b[32mcut.dcm").write_bytes(to_bytes(make_instance())[:200])
    journal = tmp_path / "report.jsonl"
    report = upload(client, folder, progress=True, report=UploadReport(client, journal))
    assert report.counts["stored"] == 1
    with pytest.raises(TransferFailed) as failed:
        report.raise_for_failures()
    print(report, report.files, failed.value, [file.reason for file in report.files])
    assert is_clean(journal.read_text())
    assert journal.read_text().isascii()
    patients = find_patients(client)
    print(patients, patients[0].info, patients[0].tags, patients[0].tags.problems)
    print(download_tree(patients, tmp_path / "tree", progress=True).files)
    (file,) = (tmp_path / "tree").rglob("*.dcm")
    assert is_clean(str(file.relative_to(tmp_path)))
    out, err = capsys.readouterr()
    assert "upload" in err
    assert "download" in err
    assert is_clean(out)
    assert is_clean(err), repr(err)
    assert is_clean(caplog.text)


def test_nothing_is_written_for_spreadsheets() -> None:
    """What starts with = + - @ is a formula there: whoever writes DICOM values into one has to see to that."""
    sources = Path(__file__).parent.parent.parent / "orthanc_sdk"
    found = [path for path in sources.rglob("*.py") if re.search(r"\bcsv\b", path.read_text(encoding="utf-8"), re.I)]
    assert len(list(sources.rglob("*.py"))) > 60
    assert found == []
