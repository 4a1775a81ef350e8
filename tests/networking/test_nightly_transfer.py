"""The example that transfers a participant list, between two real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from datetime import time as time_of_day
from pathlib import Path

import pytest

from examples import nightly_transfer
from examples.nightly_transfer import Exam, Exit, Journal, JournalError, Outcome, Pace, Result, Window, WrongRow
from orthanc_sdk import Orthanc
from orthanc_sdk.testing import make_study, to_bytes
from tests.live.waiting import eventually
from tests.live.world import VERSIONS, World
from tests.networking.conftest import start

SCRIPT = Path(nightly_transfer.__file__)


class Site:
    """A PACS, a research Orthanc, a list and its journal."""

    def __init__(self, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.folder = folder
        self.list = folder / "participants.csv"
        self.rows: list[str] = []
        self.environment = {
            "ORTHANC_URL": world.server.url,
            "ORTHANC_USERNAME": str(world.server.username),
            "ORTHANC_PASSWORD": str(world.server.password),
            "no_proxy": "127.0.0.1",
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)

    def exam(self, patient: str, *, series: int = 1, instances: int = 1, listed: bool = True, **tags: object) -> None:
        """An exam on the PACS, and in the list."""
        tags = {"PatientID": patient, "AccessionNumber": f"A-{patient}", **tags}
        for dataset in make_study(series=series, instances=instances, **tags):  # type: ignore[arg-type]  # see make_study
            self.world.partner.client.post_instances(to_bytes(dataset))
        if listed:
            self.row(patient)

    def row(self, patient: str, accession: str = "", day: str = "") -> None:
        self.rows.append(f"{patient},{accession},{day}")
        self.list.write_text("\n".join(["PatientID,AccessionNumber,StudyDate", *self.rows]) + "\n")

    def run(self, *more: str) -> int:
        before = self.world.client.get_queries()
        status = nightly_transfer.main([str(self.list), "--modality", "partner", "--patience", "0", *more])
        assert self.world.client.get_queries() == before  # none is left
        return status

    @property
    def journal(self) -> list[dict[str, object]]:
        file = self.folder / "participants.csv.journal.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def outcomes(self) -> list[object]:
        return [entry["outcome"] for entry in self.journal]

    def arrived(self) -> set[str]:
        return {
            str(patient.main_dicom_tags.raw["PatientID"]) for patient in self.world.client.get_patients(expand=True)
        }


def sites(version: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(start(stack, version), folder, monkeypatch)


@pytest.fixture(params=VERSIONS)
def site(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from sites(request.param, tmp_path, monkeypatch)


@pytest.fixture
def newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from sites(VERSIONS[-1], tmp_path, monkeypatch)


def test_a_night(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.exam("P1", series=2, instances=2)
    site.exam("P2", listed=False)
    site.row("", "A-P2", "2024-01-15")
    site.row("P3")  # the PACS does not have it
    for study in ("first", "second"):
        site.exam("P4", listed=False, AccessionNumber=study)
    site.row("P4")
    site.row("P4", "second")
    site.row("P1", "A-P1", "20230101")  # another day
    site.row("P*")
    site.row("", "", "2024-01-15")

    assert site.run() == Exit.SOME_MISSING
    assert site.outcomes == ["transferred", "transferred", "not found", "ambiguous", "transferred", "not found"]
    assert site.arrived() == {"P1", "P2", "P4"}
    assert site.world.client.get_statistics().count_studies == 3
    assert site.world.client.get_statistics().count_instances == 6
    first = site.journal[0]
    assert (first["row"], first["instances"], first["reason"]) == (2, 4, "")
    assert str(first["finished"]).endswith("+00:00")
    assert site.journal[3]["reason"] == "2 studies were found"
    printed = capsys.readouterr().out
    assert "row 2: transferred, 4 instances\n" in printed
    assert "row 8: *, ? and \\ would find the exams of others; left out\n" in printed
    assert "row 9: neither PatientID nor AccessionNumber; left out\n" in printed
    assert "This run: 3 transferred, 2 not found, 1 ambiguous\n" in printed
    assert "P1" not in printed

    # The next night: nothing is left to be done.
    assert site.run() == Exit.SOME_MISSING
    assert len(site.journal) == 6
    assert "This run: nothing was done\nAltogether: 3 transferred" in capsys.readouterr().out


def test_all_is_well(newest: Site) -> None:
    newest.exam("P1")
    newest.exam("P2")
    newest.world.client.post_instances(to_bytes(make_study(seed="other", PatientID="P2")[0]))
    assert newest.run() == Exit.DONE
    (newest.folder / "participants.csv.journal.jsonl").unlink()
    assert newest.run() == Exit.DONE
    assert newest.outcomes == ["already there", "already there"]


def test_the_pacs_stops_half_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """That exam fails, and the next night it is there; those before are not touched again."""
    for number in range(1, 5):
        site.exam(f"P{number}")
    partner = site.world.partner
    transfer = nightly_transfer.Transfer.__call__

    def interrupted(self: nightly_transfer.Transfer, exam: Exam) -> Result:
        if exam.patient_id == "P2":
            partner.kill()
        result = transfer(self, exam)
        if exam.patient_id == "P2":
            partner.start()
            partner.client.put_modalities_id("world", dict(site.world.server.modality_configuration()))
        return result

    with monkeypatch.context() as patch:
        patch.setattr(nightly_transfer.Transfer, "__call__", interrupted)
        assert site.run() == Exit.SOME_MISSING
    assert site.outcomes == ["transferred", "failed", "transferred", "transferred"]
    assert "TCP Initialization Error" in str(site.journal[1]["reason"])
    assert site.arrived() == {"P1", "P3", "P4"}

    assert site.run() == Exit.DONE
    assert site.outcomes[4:] == ["transferred"]
    assert site.journal[4]["key"] == site.journal[1]["key"]
    assert site.arrived() == {"P1", "P2", "P3", "P4"}


def test_the_pacs_stops_in_the_middle_of_an_exam(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found, and gone before it is fetched."""
    site.exam("P1", instances=3)
    partner = site.world.partner
    with monkeypatch.context() as patch:

        def stop(*_: object) -> None:
            patch.undo()
            partner.kill()

        patch.setattr(nightly_transfer.Filter, "__call__", stop)
        assert site.run() == Exit.SOME_MISSING
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    partner.start()
    partner.client.put_modalities_id("world", dict(site.world.server.modality_configuration()))
    assert site.outcomes == ["failed"]
    assert site.run() == Exit.DONE
    assert site.outcomes == ["failed", "transferred"]


def test_killed_and_resumed(newest: Site) -> None:
    for number in range(8):
        newest.exam(f"P{number}")
    command = [sys.executable, str(SCRIPT), str(newest.list), "--modality", "partner", "--pause", "0.3"]
    environment = {**os.environ, **newest.environment}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: len(newest.journal) >= 3)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait(20)
    done = newest.journal
    assert 3 <= len(done) < 8
    # The line that was being written is cut off.
    with (newest.folder / "participants.csv.journal.jsonl").open("a") as file:
        file.write('{"key": "00')

    assert newest.run() == Exit.DONE
    assert newest.journal[: len(done)] == done
    assert len(newest.journal) == 8
    assert len({entry["key"] for entry in newest.journal}) == 8
    assert set(newest.outcomes) <= {"transferred", "already there"}
    assert newest.arrived() == {f"P{number}" for number in range(8)}


def test_ctrl_c(newest: Site) -> None:
    for number in range(5):
        newest.exam(f"P{number}")
    command = [sys.executable, str(SCRIPT), str(newest.list), "--modality", "partner", "--pause", "30"]
    environment = {**os.environ, **newest.environment}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            eventually(lambda: len(newest.journal) >= 1)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == Exit.INTERRUPTED
    assert "This run: 1 transferred\n" in printed
    assert newest.run("--limit", "2") == Exit.OUT_OF_TIME
    assert newest.outcomes == ["transferred"] * 3
    assert newest.run() == Exit.DONE


def test_incomplete(site: Site) -> None:
    """The PACS lists an instance that it cannot send; once it can, the next night has it."""
    site.exam("P1", instances=2)
    before = files(site)
    site.exam("P2", instances=1, listed=True)
    (place,) = files(site) - before
    for dataset in make_study(instances=3, PatientID="P3"):
        site.world.partner.client.post_instances(to_bytes(dataset))
    hidden = max(files(site) - before - {place})
    hidden.rename(site.folder / "hidden")
    place.rename(site.folder / "all of P2")
    site.row("P3")

    assert site.run() == Exit.SOME_MISSING
    assert site.outcomes == ["transferred", "failed", "incomplete"]
    assert "1 of 1 instances are missing" in str(site.journal[1]["reason"])
    assert "1 of 3 instances are missing" in str(site.journal[2]["reason"])
    assert site.journal[2]["instances"] == 2
    (site.folder / "hidden").rename(hidden)
    (site.folder / "all of P2").rename(place)
    assert site.run() == Exit.DONE
    assert site.outcomes[3:] == ["transferred", "transferred"]


def files(site: Site) -> set[Path]:
    folder = site.world.partner.storage_folder
    return {file for file in folder.rglob("*") if file.is_file() and len(file.name) == 36}


def test_review(newest: Site, capsys: pytest.CaptureFixture[str]) -> None:
    newest.exam("P1", series=2)
    newest.exam("P2", StudyDescription="Brain")
    newest.exam("P3", StudyDescription="Brain", instances=4)
    arguments = ["--description", "(?i)brain", "--most-instances", "3", "--only-modalities", "MR,PT"]
    assert newest.run("--dry-run", *arguments) == Exit.SOME_MISSING
    assert newest.journal == []
    assert newest.arrived() == set()
    assert "This run: 2 rejected, 1 found\n" in capsys.readouterr().out
    assert newest.run(*arguments) == Exit.SOME_MISSING
    assert newest.outcomes == ["rejected", "transferred", "rejected"]
    assert [entry["reason"] for entry in newest.journal] == [
        "StudyDescription does not match",
        "",
        "it has 4 instances",
    ]
    assert newest.arrived() == {"P2"}
    newest.exam("P4")
    assert newest.run("--only-modalities", "US") == Exit.SOME_MISSING
    assert newest.journal[-1]["reason"] == "modalities are MR"


def test_giving_up(newest: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The PACS answers to C-ECHO, but to no C-FIND."""
    for number in range(6):
        newest.exam(f"P{number}")
    newest.world.partner.client.post_tools_execute_script("function IncomingFindRequestFilter(a, b) error('no') end")
    assert newest.run("--give-up-after", "3") == Exit.GAVE_UP
    assert newest.outcomes == ["failed"] * 3
    assert "DicomQueryRefused" in capsys.readouterr().out
    newest.world.partner.kill()
    assert newest.run() == Exit.GAVE_UP
    assert "cannot begin or go on" in capsys.readouterr().err
    assert len(newest.journal) == 3


def test_wrong_input(newest: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(status: Exit, said: str, *arguments: str) -> None:
        assert nightly_transfer.main(arguments) == status
        assert said in capsys.readouterr().err

    newest.row("P1")
    fails(Exit.WRONG_INPUT, "No such file", str(newest.folder / "nothing.csv"), "--modality", "partner")
    fails(Exit.WRONG_INPUT, "No modality with symbolic name", str(newest.list), "--modality", "nobody")
    newest.list.write_text("Name,PatientID\nx,y\n")
    fails(Exit.WRONG_INPUT, "columns that mean nothing here: Name", str(newest.list), "--modality", "partner")
    newest.list.write_text("P1\nP2\n")
    fails(Exit.WRONG_INPUT, "must name its columns", str(newest.list), "--modality", "partner")
    monkeypatch.setenv("ORTHANC_PASSWORD", "wrong")
    fails(Exit.GAVE_UP, "401", str(newest.list), "--modality", "partner")
    monkeypatch.setenv("ORTHANC_TIMEOUT", "soon")
    fails(Exit.WRONG_INPUT, "ORTHANC_TIMEOUT", str(newest.list), "--modality", "partner")


def test_a_wrong_password_ends_the_run(newest: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the fault of the exam: nothing is written down."""
    newest.exam("P1")

    def locked_out(*_: object) -> None:
        Orthanc(newest.world.server.url, "orthanc", "wrong", proxies={}).get_system()

    monkeypatch.setattr(nightly_transfer.Transfer, "_transfer", locked_out)
    assert newest.run() == Exit.GAVE_UP
    assert newest.journal == []


def test_help() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "--window" in done.stdout


# ---------------------------------------------------------------------------------------------------------------------
# Its parts
# ---------------------------------------------------------------------------------------------------------------------


def exams(folder: Path, text: str) -> list[Exam | WrongRow]:
    file = folder / "list.csv"
    file.write_text(text, encoding="utf-8")
    return list(nightly_transfer.read_exams(file))


def test_the_list(tmp_path: Path) -> None:
    text = "\ufeffPatientID; AccessionNumber ;StudyDateFrom;StudyDateTo\n 1 ;;2024-01-31;\n;;;\n\n2;B;;20240201\n"
    assert exams(tmp_path, text) == [
        Exam(2, "1", "", date(2024, 1, 31), None),
        Exam(5, "2", "B", None, date(2024, 2, 1)),
    ]
    assert exams(tmp_path, "AccessionNumber,StudyDate\nA,2024-01-31\n") == [
        Exam(2, "", "A", date(2024, 1, 31), date(2024, 1, 31))
    ]
    for wrong in ("PatientID,StudyDate\n1,31.01.2024\n", "PatientID,StudyDateFrom,StudyDateTo\n1,20240201,20240131\n"):
        (found,) = exams(tmp_path, wrong)
        assert isinstance(found, WrongRow)
        assert "row 2" in str(found)


def test_keys(tmp_path: Path) -> None:
    """They are of what is looked for, not of where it stands in the list."""
    rows = "1,,\n,1,\n1,1,\n1,1,2024-01-31\n2,,\n"
    found = exams(tmp_path, "PatientID,AccessionNumber,StudyDate\n" + rows)
    keys = [exam.key for exam in found if isinstance(exam, Exam)]
    assert len(set(keys)) == 5
    again = exams(tmp_path, "PatientID,AccessionNumber,StudyDate\n\n\n" + rows)
    assert [exam.key for exam in again if isinstance(exam, Exam)] == keys


def result(exam: Exam, outcome: Outcome) -> Result:
    return Result(exam.key, exam.row, outcome)


def test_the_journal(tmp_path: Path) -> None:
    exam, other = Exam(2, "1", "", None, None), Exam(3, "2", "", None, None)
    path = tmp_path / "journal"
    with Journal(path) as journal:
        assert path.stat().st_mode & 0o077 == 0
        journal.add(result(exam, Outcome.FAILED))
        assert not journal.is_settled(exam)
        with pytest.raises(JournalError, match="in use"):
            Journal(path)
        journal.add(result(exam, Outcome.TRANSFERRED))
        journal.add(result(other, Outcome.NOT_FOUND))
    with Journal(path) as journal:
        assert journal.is_settled(exam)
        assert journal.is_settled(other)
        assert list(journal.outcomes.values()) == [Outcome.TRANSFERRED, Outcome.NOT_FOUND]
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with Journal(path) as journal:
        assert not journal.is_settled(other)
        journal.add(result(other, Outcome.NOT_FOUND))
    assert path.read_bytes().count(b"\n") == 3
    path.write_bytes(b"something else\n" + whole)
    with pytest.raises(JournalError, match="line 1"):
        Journal(path)
    assert path.read_bytes() == b"something else\n" + whole


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [("20:00-06:00", ["20:00", "23:59", "05:59"], ["06:00", "19:59"]), ("01:00-02:00", ["01:30"], ["00:59", "02:00"])],
)
def test_windows(window: str, inside: Sequence[str], outside: Sequence[str]) -> None:
    parsed = Window.parse(window)
    assert all(parsed.contains(time_of_day.fromisoformat(moment)) for moment in inside)
    assert not any(parsed.contains(time_of_day.fromisoformat(moment)) for moment in outside)


def test_a_window_that_is_closed(tmp_path: Path) -> None:
    never = Window(time_of_day(0), time_of_day(0))
    exam = Exam(2, "1", "", None, None)
    with Journal(tmp_path / "journal") as journal:
        ended = nightly_transfer.run([exam], lambda _: pytest.fail("it is not the time"), journal, Pace(window=never))
        assert ended[0] is Exit.OUT_OF_TIME
        always = Window(time_of_day(0), time_of_day.max)
        one = nightly_transfer.run([exam], lambda exam: result(exam, Outcome.TRANSFERRED), journal, Pace(window=always))
        assert one[0] is Exit.DONE


def test_45000_exams(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time: the list is never in memory."""
    import tracemalloc

    monkeypatch.setattr(os, "fsync", lambda _: None)

    def listed() -> Iterator[Exam]:
        for number in range(45_000):
            yield Exam(number, str(number), "", None, None)

    def transfer(exam: Exam) -> Result:
        return result(exam, Outcome.TRANSFERRED if int(exam.patient_id) % 9 else Outcome.FAILED)

    with Journal(tmp_path / "journal") as journal:
        tracemalloc.start()
        end, new = nightly_transfer.run(listed(), transfer, journal, Pace())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    capsys.readouterr()
    assert (end, new.total(), new[Outcome.FAILED]) == (Exit.SOME_MISSING, 45_000, 5_000)
    assert peak < 25e6  # keys and outcomes, and what was printed


def test_answers_about_others_are_left_out(newest: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a PACS that ignores what it cannot search for, and tells of all it has."""
    newest.exam("P1")
    newest.exam("P2", listed=False)
    monkeypatch.setattr(Exam, "query", lambda _: {"PatientID": "", "AccessionNumber": "", "StudyDate": ""})
    newest.row("", "A-P2", "2024-01-15")
    newest.row("P1", "A-P2")
    newest.row("P1", "", "2024-01-16")
    assert newest.run() == Exit.SOME_MISSING
    assert newest.outcomes == ["transferred", "transferred", "not found", "not found"]


def test_the_pacs_counts_more_than_it_lists(newest: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    newest.exam("P1")
    monkeypatch.setattr("orthanc_sdk.Answer.instance_count", 3)
    assert newest.run() == Exit.SOME_MISSING
    assert newest.journal[0]["reason"] == "the PACS counts 3 instances, but lists 1"
