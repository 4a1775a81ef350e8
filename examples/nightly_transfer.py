"""Transfers the exams of a participant list from a PACS to a research Orthanc, night after night.

The list is a CSV file with one exam in each row. Its columns, of which each row needs PatientID or AccessionNumber:

    PatientID, AccessionNumber, StudyDate, StudyDateFrom, StudyDateTo

For each exam the PACS is searched (C-FIND), what it has found is reviewed, and fetched (C-MOVE). What it has promised
is compared with what has arrived, instance by instance, and what is missing is fetched again. What became of the exam
is written to a journal at once; the next run goes on from there, and tries again what has failed. Of 45,000 exams, one
at a time is in memory, besides the outcomes of those that are done.

    export ORTHANC_URL=http://localhost:8042 ORTHANC_USERNAME=orthanc ORTHANC_PASSWORD=orthanc
    python examples/nightly_transfer.py participants.csv --modality PACS --window 20:00-06:00 --limit 800

The Orthanc must know the PACS as a modality, and the PACS must know the Orthanc. List and journal identify patients:
keep them as safe as the images. What is printed only has the numbers of rows.

Exit status: 0 if every exam of the list is there, 1 if some are not, 2 if something is wrong with the arguments or the
list, 3 if there was no time for all of them, 4 if the PACS or the Orthanc fails again and again, 130 if interrupted.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from enum import IntEnum, StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self, TypeAlias

from orthanc_sdk import (
    Answer,
    Forbidden,
    InvalidArgument,
    Modality,
    NotFound,
    Orthanc,
    OrthancError,
    Retrieval,
    Unauthorized,
    retrieve_verified,
)

if sys.platform != "win32":
    import fcntl


class Outcome(StrEnum):
    """What became of an exam; ``FOUND`` is for dry runs."""

    TRANSFERRED = "transferred"
    ALREADY_THERE = "already there"
    NOT_FOUND = "not found"
    AMBIGUOUS = "ambiguous"
    REJECTED = "rejected"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    FOUND = "found"


ARRIVED: Final = frozenset({Outcome.TRANSFERRED, Outcome.ALREADY_THERE})
TRIED_AGAIN: Final = frozenset({Outcome.FAILED, Outcome.INCOMPLETE})


class Exit(IntEnum):
    """How a run ends, for the shell."""

    DONE = 0
    SOME_MISSING = 1
    WRONG_INPUT = 2
    OUT_OF_TIME = 3
    GAVE_UP = 4
    INTERRUPTED = 130


# ---------------------------------------------------------------------------------------------------------------------
# The list
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exam:
    """One row of the participant list.

    Attributes:
        row: Its number in the file; the header is row 1.
        first: The earliest day of the exam.
        last: The latest one.
    """

    row: int
    patient_id: str
    accession_number: str
    first: date | None
    last: date | None

    @property
    def key(self) -> str:
        """Tells the exams in the journal apart, however the list is sorted later on, and without names in it."""
        parts = [self.patient_id, self.accession_number, str(self.first), str(self.last)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def query(self) -> dict[str, str | tuple[date | None, date | None]]:
        """What the PACS is asked for; an empty value asks for the tag."""
        return {
            "PatientID": self.patient_id,
            "AccessionNumber": self.accession_number,
            "StudyDate": "" if self.first is None and self.last is None else (self.first, self.last),
            "StudyDescription": "",
            "ModalitiesInStudy": "",
            "NumberOfStudyRelatedInstances": "",
        }

    def is_meant_by(self, answer: Answer) -> bool:
        """Whether the answer is about this exam: some PACS ignore what they cannot search for, and find too much."""
        day = answer.study_tags.study_date
        return (
            self.patient_id in ("", answer.patient_tags.patient_id)
            and self.accession_number in ("", answer.study_tags.accession_number)
            and (self.first is None or (day is not None and day >= self.first))
            and (self.last is None or (day is not None and day <= self.last))
        )


class WrongRow(ValueError):
    """A row of the list that cannot be used. Its message does not quote the row."""


def read_exams(path: Path) -> Iterator[Exam | WrongRow]:
    """Reads the list, row by row; blank rows are left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        columns = [name.strip() for names in csv.reader([header], delimiter=_delimiter(header)) for name in names]
        unknown = set(columns) - {"PatientID", "AccessionNumber", "StudyDate", "StudyDateFrom", "StudyDateTo", ""}
        if not {"PatientID", "AccessionNumber"} & set(columns):
            raise WrongRow("the first row of the list must name its columns, PatientID or AccessionNumber among them")
        if unknown:
            raise WrongRow(f"the list has columns that mean nothing here: {', '.join(sorted(unknown))}")
        reader = csv.reader(file, delimiter=_delimiter(header))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _exam(reader.line_num + 1, dict(zip(columns, map(str.strip, cells), strict=False)))


def _delimiter(header: str) -> str:
    return ";" if ";" in header else ","


def _exam(row: int, cells: dict[str, str]) -> Exam | WrongRow:
    patient_id, accession_number = cells.get("PatientID", ""), cells.get("AccessionNumber", "")
    if not patient_id and not accession_number:
        return WrongRow(f"row {row}: neither PatientID nor AccessionNumber")
    if re.search(r"[*?\\]", patient_id + accession_number) is not None:
        return WrongRow(f"row {row}: *, ? and \\ would find the exams of others")
    try:
        day = _day(cells.get("StudyDate", ""))
        first, last = _day(cells.get("StudyDateFrom", "")) or day, _day(cells.get("StudyDateTo", "")) or day
    except ValueError:
        return WrongRow(f"row {row}: dates must be written as 2024-01-31 or 20240131")
    if first is not None and last is not None and first > last:
        return WrongRow(f"row {row}: the last day is before the first one")
    return Exam(row, patient_id, accession_number, first, last)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# ---------------------------------------------------------------------------------------------------------------------
# One exam
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What became of an exam: a line of the journal.

    Attributes:
        key: The exam.
        row: Its row in the list at that time.
        outcome: What became of it.
        reason: Why, if it is not there.
        study_uid: ``StudyInstanceUID``, if one study was found.
        instances: How many instances of it are there.
        finished: When, in UTC.
    """

    key: str
    row: int
    outcome: Outcome
    reason: str = ""
    study_uid: str = ""
    instances: int = 0
    finished: str = ""


Review: TypeAlias = Callable[[Exam, Answer], str | None]
"""Says why a study that was found is not to be transferred; None if it is. The place for rules of your own."""


@dataclass(frozen=True)
class Filter:
    """A review by simple rules.

    Attributes:
        modalities: Take only studies that have one of these; any if empty.
        description: A regular expression that ``StudyDescription`` must match.
        most_instances: Leave out studies with more instances.
    """

    modalities: frozenset[str] = frozenset()
    description: re.Pattern[str] | None = None
    most_instances: int | None = None

    def __call__(self, exam: Exam, answer: Answer) -> str | None:  # noqa: ARG002  # other reviews may look at it
        there = set(str(answer.raw.get("ModalitiesInStudy") or "").split("\\"))
        if self.modalities and not self.modalities & there:
            return f"modalities are {', '.join(sorted(there)) or 'unknown'}"
        if self.description is not None and not self.description.search(answer.study_tags.study_description or ""):
            return "StudyDescription does not match"
        if self.most_instances is not None and (answer.instance_count or 0) > self.most_instances:
            return f"it has {answer.instance_count} instances"
        return None


@dataclass(frozen=True)
class Transfer:
    """How exams are transferred.

    Attributes:
        modality: The PACS.
        review: What is taken.
        attempts: How often to fetch what is missing.
        patience: Seconds to wait for instances that come after the PACS has reported a success.
        dry_run: Only search and review.
    """

    modality: Modality
    review: Review
    attempts: int = 3
    patience: float = 5.0
    dry_run: bool = False

    def __call__(self, exam: Exam) -> Result:
        """Transfers one exam; what goes wrong with it is its outcome.

        Raises:
            Unauthorized: or Forbidden, as no other exam would fare better.
        """
        try:
            return self._transfer(exam)
        except (Unauthorized, Forbidden):
            raise
        except OrthancError as error:
            return Result(exam.key, exam.row, Outcome.FAILED, f"{type(error).__name__}: {error}")

    def _transfer(self, exam: Exam) -> Result:
        result = Result(exam.key, exam.row, Outcome.NOT_FOUND)
        with self.modality.query(level="Study", query=exam.query()) as found:
            # Some PACS tell of a study twice, once for each archive that has it.
            studies = {answer.identifiers["StudyInstanceUID"]: answer for answer in found if exam.is_meant_by(answer)}
            answers = list(studies.values())
            if not answers:
                return result
            if len(answers) > 1:
                return replace(result, outcome=Outcome.AMBIGUOUS, reason=f"{len(answers)} studies were found")
            result = replace(result, study_uid=answers[0].identifiers["StudyInstanceUID"])
            objection = self.review(exam, answers[0])
            if objection is not None:
                return replace(result, outcome=Outcome.REJECTED, reason=objection)
            if self.dry_run:
                return replace(result, outcome=Outcome.FOUND, instances=answers[0].instance_count or 0)
            retrieval = retrieve_verified(answers[0], attempts=self.attempts, patience=self.patience)
            return _judged(result, answers[0], retrieval)


def _judged(result: Result, answer: Answer, retrieval: Retrieval) -> Result:
    result = replace(result, instances=len(retrieval.promised) - len(retrieval.missing))
    counted = answer.instance_count or 0
    if not retrieval.is_complete:
        nothing_came = result.instances == 0 and bool(retrieval.failures)
        return replace(result, outcome=Outcome.FAILED if nothing_came else Outcome.INCOMPLETE, reason=retrieval.reason)
    if counted > len(retrieval.promised):
        reason = f"the PACS counts {counted} instances, but lists {len(retrieval.promised)}"
        return replace(result, outcome=Outcome.INCOMPLETE, reason=reason)
    return replace(result, outcome=Outcome.TRANSFERRED if retrieval.attempts else Outcome.ALREADY_THERE)


# ---------------------------------------------------------------------------------------------------------------------
# The journal
# ---------------------------------------------------------------------------------------------------------------------


class JournalError(Exception):
    """The journal cannot be used."""


class Journal:
    """What became of the exams, one line of JSON each; lines are only ever added.

    A line is on the disk before the next exam begins. One that was cut off by a crash is removed when the journal is
    opened again: that exam is done once more.

    Args:
        path: The file; it is made if there is none, for its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._lock(path)
            self._read(path)
        except BaseException:
            os.close(self._file)
            raise

    def _lock(self, path: Path) -> None:
        if sys.platform != "win32":
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise JournalError(f"{path} is in use: another run is still at work") from None

    def _read(self, path: Path) -> None:
        end = 0
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    os.truncate(self._file, end)
                    break
                end += len(line)
                try:
                    entry = json.loads(line)
                    self.outcomes[str(entry["key"])] = Outcome(entry["outcome"])
                except (ValueError, KeyError, TypeError):
                    raise JournalError(f"{path}: line {number} is no line of a journal") from None

    def is_settled(self, exam: Exam) -> bool:
        """Whether nothing is left to be done for an exam."""
        outcome = self.outcomes.get(exam.key)
        return outcome is not None and outcome not in TRIED_AGAIN

    def add(self, result: Result) -> None:
        """Writes down what became of an exam."""
        line = json.dumps(asdict(replace(result, finished=datetime.now(UTC).isoformat(timespec="seconds"))))
        data = line.encode() + b"\n"
        if os.write(self._file, data) != len(data):
            raise JournalError("the disk is full")
        os.fsync(self._file)
        self.outcomes[result.key] = result.outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._file)


# ---------------------------------------------------------------------------------------------------------------------
# All exams
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """The hours in which exams may be transferred; it may go over midnight."""

    begin: time_of_day
    end: time_of_day

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads ``20:00-06:00``."""
        begin, separator, end = text.partition("-")
        if not separator:
            raise ValueError("a window is written as 20:00-06:00")
        return cls(time_of_day.fromisoformat(begin.strip()), time_of_day.fromisoformat(end.strip()))

    def contains(self, moment: time_of_day) -> bool:
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


@dataclass(frozen=True)
class Pace:
    """How fast, and for how long.

    Attributes:
        pause: Seconds between two exams, for the PACS to do its other work.
        limit: The most exams in one run.
        window: The hours of the day; a run ends with them, after the exam that it is at.
        give_up_after: So many failures one after the other end the run: the PACS is down, or the Orthanc is.
    """

    pause: float = 0.0
    limit: int | None = None
    window: Window | None = None
    give_up_after: int = 10

    def allows(self, done: int) -> bool:
        """Whether another exam may begin."""
        if self.limit is not None and done >= self.limit:
            return False
        return self.window is None or self.window.contains(datetime.now().time())  # noqa: DTZ005  # as the clock on the wall


def run(
    exams: Iterable[Exam | WrongRow], transfer: Callable[[Exam], Result], journal: Journal, pace: Pace
) -> tuple[Exit, Counter[Outcome]]:
    """Transfers exam after exam, and tells of each.

    Args:
        exams: The list.
        transfer: Transfers one.
        journal: Where it is written down; what is settled there is left out.
        pace: How fast, and for how long.

    Returns:
        How it ended, and what became of the exams of this run.
    """
    new: Counter[Outcome] = Counter()
    failures, end = 0, Exit.DONE
    try:
        for exam in exams:
            if isinstance(exam, WrongRow):
                print(f"{exam}; left out")
                end = Exit.SOME_MISSING
                continue
            if not journal.is_settled(exam):
                if not pace.allows(new.total()):
                    return Exit.OUT_OF_TIME, new
                if new and pace.pause:
                    time.sleep(pace.pause)
                result = transfer(exam)
                journal.add(result)
                new[result.outcome] += 1
                print(_line(result), flush=True)
                failures = failures + 1 if result.outcome is Outcome.FAILED else 0
                if failures >= pace.give_up_after:
                    return Exit.GAVE_UP, new
            if journal.outcomes[exam.key] not in ARRIVED:
                end = Exit.SOME_MISSING
    except KeyboardInterrupt:
        return Exit.INTERRUPTED, new
    return end, new


def _line(result: Result) -> str:
    said = f"row {result.row}: {result.outcome}"
    if result.instances:
        said += f", {result.instances} instances"
    return f"{said} ({result.reason})" if result.reason else said


def summary(counts: Counter[Outcome]) -> str:
    """How many exams there are of each outcome."""
    said = [f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]]
    return ", ".join(said) or "nothing was done"


# ---------------------------------------------------------------------------------------------------------------------
# The command line
# ---------------------------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    made.add_argument("exams", type=Path, help="the participant list, a CSV file")
    made.add_argument("--modality", required=True, help="the name by which the Orthanc knows the PACS")
    made.add_argument("--journal", type=Path, help="where outcomes are kept (default: LIST.journal.jsonl)")
    made.add_argument("--dry-run", action="store_true", help="only search and review; nothing is fetched or kept")
    taken = made.add_argument_group("review")
    taken.add_argument(
        "--only-modalities",
        type=_codes,
        default=frozenset(),
        metavar="CT,MR",
        help="take only studies with one of these",
    )
    taken.add_argument("--description", type=re.compile, metavar="REGEX", help="take only studies described so")
    taken.add_argument("--most-instances", type=int, metavar="N", help="leave out larger studies")
    pace = made.add_argument_group("pace")
    pace.add_argument("--pause", type=float, default=0.0, metavar="SECONDS", help="between two exams")
    pace.add_argument("--limit", type=int, metavar="N", help="the most exams in this run")
    pace.add_argument("--window", type=Window.parse, metavar="20:00-06:00", help="hours in which exams may begin")
    pace.add_argument("--give-up-after", type=int, default=10, metavar="N", help="failures in a row (default: 10)")
    pace.add_argument("--attempts", type=int, default=3, metavar="N", help="to fetch what is missing (default: 3)")
    pace.add_argument("--patience", type=float, default=5.0, metavar="SECONDS", help="for latecomers (default: 5)")
    return made


def _codes(text: str) -> frozenset[str]:
    return frozenset(code.strip() for code in text.split(",") if code.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the script.

    Returns:
        The exit status.
    """
    args = parser().parse_args(arguments)
    try:
        with Orthanc.from_env() as client:
            modality = Modality(client, args.modality)
            modality.check_echo()
            return _carry_out(args, modality)
    except (InvalidArgument, NotFound) as error:  # an argument or a variable; an unknown modality
        problem, status = str(error), Exit.WRONG_INPUT
    except OrthancError as error:
        problem, status = f"cannot begin or go on: {error}", Exit.GAVE_UP
    except (OSError, UnicodeDecodeError, csv.Error, WrongRow, JournalError) as error:
        problem, status = str(error), Exit.WRONG_INPUT
    print(problem, file=sys.stderr)
    return status


def _carry_out(args: argparse.Namespace, modality: Modality) -> Exit:
    review = Filter(args.only_modalities, args.description, args.most_instances)
    transfer = Transfer(modality, review, args.attempts, args.patience, args.dry_run)
    pace = Pace(args.pause, args.limit, args.window, args.give_up_after)
    with TemporaryDirectory() as folder:
        path = args.journal or args.exams.with_name(f"{args.exams.name}.journal.jsonl")
        if args.dry_run:  # it has a journal of its own, which is thrown away
            path = Path(folder) / "journal.jsonl"
        with Journal(path) as journal:
            end, new = run(read_exams(args.exams), transfer, journal, pace)
            print(f"This run: {summary(new)}")
            print(f"Altogether: {summary(Counter(journal.outcomes.values()))}")
    return end


if __name__ == "__main__":
    sys.exit(main())
