"""What runs in the process of a contender, in whichever environment: one piece of work, measured."""

from __future__ import annotations

import hashlib
import json
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

PIECE: Final = 256 * 1024
READING: Final = frozenset({"find", "walk", "walk, prefetch"})
"""What can be done again in the same process: what counts is the second time."""


@dataclass(frozen=True)
class Task:
    """What to do it with.

    Attributes:
        url: The server.
        username: Its user.
        password: Of that user.
        folder: What to upload, or where to download to.
        id: The resource that it is about.
    """

    url: str
    username: str
    password: str
    folder: str = ""
    id: str = ""

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder)


Work: TypeAlias = Callable[[], Any]  # Any: what was found, or a function that looks it up, which is not counted
Prepare: TypeAlias = Callable[[Task], Mapping[str, Work]]


def run(prepare: Prepare, requests_sent: Callable[[], int] | None = None) -> None:
    """Does the work that the command line names, and prints what it took.

    Imports and making the client are not counted, nor is the first request. What only reads is done twice: the first
    time is told apart, since what a client makes ready once (the models of ours, for instance) belongs to no search.

    Args:
        prepare: Makes the client, and tells what it can do.
        requests_sent: How many requests were sent so far, if that is known.
    """
    work = prepare(Task(**json.loads(sys.argv[2])))[sys.argv[1]]
    first = _timed(work)[0] if sys.argv[1] in READING else None
    before, sent = _peak(), requests_sent() if requests_sent is not None else 0
    seconds, found = _timed(work)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "first": first,
                "grown": _peak() - before,
                "requests": requests_sent() - sent if requests_sent is not None else None,
                "found": _digest(found() if callable(found) else found),
            }
        )
    )


def _timed(work: Work) -> tuple[float, Any]:  # Any: as of the work
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def files_in(folder: Path) -> list[str]:
    """The checksums of all files in a folder, whatever they are called: what is compared of downloads."""
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()]


def files_of_archive(path: Path) -> list[str]:
    """The same of a ZIP archive."""
    with zipfile.ZipFile(path) as archive:
        return [hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()]


def _digest(found: object) -> str:
    """The same for the same findings, in whatever order they come."""
    lines = sorted(json.dumps(one, default=_plain) for one in found) if isinstance(found, list) else [str(found)]
    return f"{len(lines)} {hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:12]}"


def _plain(value: object) -> str:
    """Dates as DICOM has them."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text[:10].replace("-", "")


def _peak() -> float:
    """Peak memory in MB: of this process alone, while getrusage() counts the one that has started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:"))
