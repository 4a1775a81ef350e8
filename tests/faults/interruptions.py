"""What becomes of transfers that a network interrupts, between a client and a real Orthanc.

`test_interruptions.py` makes each of it happen on three versions, and `docs/faults.md` is written from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tests.faults.proxy import Passing, Rule

FILES: Final = 12
"""How many files there are, of some 80 kB each."""

NTH: Final = 7
"""Which request of the transfer meets the fault."""


@dataclass(frozen=True)
class Interruption:
    """Something that happens to a transfer.

    Attributes:
        name: What it is, in words.
        what: ``upload``, ``archive`` (a download of one), ``job`` (the same, made by a job first), ``tree``, or ``md5``
            (the same, verified by checksums).
        rule: Makes what a proxy does.
        first: What the user sees of it: the class of the error, or how many files there are of each status.
        there: How many files are where they should be then; what is there is whole.
        again: The same when it is done once more, without the fault, an upload with the report of the first one.
    """

    name: str
    what: Literal["upload", "archive", "job", "tree", "md5"]
    rule: Callable[[], Rule]
    first: str
    there: int
    again: str


def cut_before_the_answer(passing: Passing) -> bytes | None:
    """The server has done what it was asked for, and nobody hears of it."""
    return None if passing.to == "client" and passing.request == NTH else passing.data


def cut_within_the_request(passing: Passing) -> bytes | None:
    """The server gets the beginning."""
    return None if passing.to == "server" and passing.request == NTH and not passing.begins else passing.data


def cut_within_the_answer() -> Rule:
    """The client gets the beginning."""
    come = 0

    def rule(passing: Passing) -> bytes | None:
        nonlocal come
        if passing.to == "server" or passing.request < NTH:
            return passing.data
        come += len(passing.data)
        return passing.data if come < 60_000 or passing.request > NTH else None

    return rule


def cut_archive() -> Rule:
    """The client gets the first 200 kB of what is large."""
    come = 0

    def rule(passing: Passing) -> bytes | None:
        nonlocal come
        if passing.to == "server":
            return passing.data
        before, come = come, come + len(passing.data)
        return None if before <= 200_000 < come else passing.data

    return rule


def cut_every_third(passing: Passing) -> bytes | None:
    """Every third request reaches nobody."""
    return None if passing.begins and passing.request % 3 == 0 else passing.data


def changed() -> Rule:
    """A byte of a file is another one when it arrives."""
    done = False

    def rule(passing: Passing) -> bytes | None:
        nonlocal done
        if done or passing.request < NTH or passing.begins or len(passing.data) < 10_000:
            return passing.data
        done = True
        return passing.data[:5_000] + bytes([passing.data[5_000] ^ 0xFF]) + passing.data[5_001:]

    return rule


def change_archive() -> Rule:
    """A byte in the middle of what is large is another one."""
    come = 0

    def rule(passing: Passing) -> bytes | None:
        nonlocal come
        before, come = come, come + (len(passing.data) if passing.to == "client" else 0)
        if not before <= 500_000 < come:
            return passing.data
        at = 500_000 - before
        return passing.data[:at] + bytes([passing.data[at] ^ 0xFF]) + passing.data[at + 1 :]

    return rule


INTERRUPTIONS: Final[Sequence[Interruption]] = [
    Interruption(
        "the connection is lost after a file was stored, before the answer",
        "upload",
        lambda: cut_before_the_answer,
        "11 stored, 1 failed",
        12,
        "11 stored, 1 already stored",
    ),
    Interruption(
        "the connection is lost in the middle of a file",
        "upload",
        lambda: cut_within_the_request,
        "11 stored, 1 failed",
        11,
        "12 stored",
    ),
    Interruption(
        "every third connection is lost", "upload", lambda: cut_every_third, "8 stored, 4 failed", 8, "12 stored"
    ),
    Interruption("a byte is changed on the way", "upload", changed, "12 stored", 11, "12 stored"),
    Interruption("the connection is lost in the middle", "archive", cut_archive, "UnexpectedAnswer", 0, "whole"),
    Interruption("the connection is lost in the middle", "job", cut_archive, "OrthancConnectionError", 0, "whole"),
    Interruption(
        "the connection is lost in the middle of a file",
        "tree",
        cut_within_the_answer,
        "11 downloaded, 1 failed",
        11,
        "1 downloaded, 11 already there",
    ),
    Interruption("a byte is changed on the way", "tree", changed, "12 downloaded", 11, "12 already there"),
    Interruption(
        "a byte is changed on the way", "md5", changed, "11 downloaded, 1 failed", 11, "1 downloaded, 11 already there"
    ),
]
