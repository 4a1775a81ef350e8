"""Several contenders do the same work in turn, each in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.contenders.worker import Task
from benchmarks.environments import ROOT, Contender


@dataclass(frozen=True)
class Entry:
    """A contender in a contest.

    Attributes:
        name: As it stands in the tables.
        contender: Who does the work.
        work: What it is called there.
    """

    name: str
    contender: Contender
    work: str


@dataclass(frozen=True)
class Measured:
    """What one run took.

    Attributes:
        seconds: Time of the work alone.
        first: Time of the same when it was done first in this process; None if it was done once.
        grown: MB by which the peak memory of the process grew meanwhile.
        requests: How many requests were sent; None if that was not counted.
        found: A digest of what was found: the same for all who have done the same.
    """

    seconds: float
    first: float | None
    grown: float
    requests: int | None
    found: str


@dataclass(frozen=True)
class Figures:
    """What the runs of one contender took, in the order of the rounds."""

    runs: Sequence[Measured]

    @property
    def seconds(self) -> float:
        """The median."""
        return median(run.seconds for run in self.runs)

    @property
    def grown(self) -> float:
        """MB, the median."""
        return median(run.grown for run in self.runs)

    @property
    def first(self) -> float | None:
        """The median of the first times."""
        first = [run.first for run in self.runs if run.first is not None]
        return median(first) if first else None

    def ratio(self, other: Figures) -> float:
        """How many times as long it takes as another one: the median of the rounds."""
        return median(mine.seconds / its.seconds for mine, its in zip(self.runs, other.runs, strict=True))


def do(entry: Entry, task: Task) -> Measured:
    """Lets a contender do it once."""
    command = [entry.contender.python, "-m", entry.contender.module, entry.work, json.dumps(asdict(task))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{entry.name}: {entry.work}: {done.stderr}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def hold(
    entries: Sequence[Entry],
    task: Task,
    rounds: int,
    *,
    before_each: Callable[[], object] = lambda: None,
    empties_folder: bool = False,
) -> Mapping[str, Figures]:
    """Lets all do it in turn, several times, after a first round that does not count.

    Args:
        entries: Who.
        task: What.
        rounds: How often.
        before_each: Makes everything as it was.
        empties_folder: Whether the folder of the task is a new one for each.

    Raises:
        RuntimeError: if they have not all done the same.
    """
    measured: dict[str, list[Measured]] = {entry.name: [] for entry in entries}
    for number in range(rounds + 1):
        shift = number % len(entries)
        for entry in (*entries[shift:], *entries[:shift]):  # who is first changes from round to round
            before_each()
            if empties_folder:
                shutil.rmtree(task.path, ignore_errors=True)
                task.path.mkdir()
            result = do(entry, task)
            if number > 0:
                measured[entry.name].append(result)
    found = {run.found for runs in measured.values() for run in runs}
    if len(found) != 1:
        differing = {name: runs[0].found for name, runs in measured.items()}
        raise RuntimeError(f"they have not done the same: {differing}")
    return {name: Figures(runs) for name, runs in measured.items()}
