"""The table of faults in the documentation: `python -m tests.faults.table --write` makes it from what is to be seen."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.faults.catalogue import SECTIONS
from tests.faults.fault import Fault, Seen
from tests.faults.interruptions import FILES, INTERRUPTIONS, Interruption
from tests.faults.seeing import get, see

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"

_BEGIN: Final = """\
<!-- Written by `python -m tests.faults.table --write`, from what the tests see. Do not edit. -->

# Faults, and what you see

What a server, a proxy or the network may do wrong, and what comes of it. Each line is a test: a server on a real
socket that does just that, a client with its usual three retries, a GET that reads a list, a POST with a body of 3 MB,
and a download of an archive to a file. Columns have the error that is raised, and how many requests reach the server,
if it is not one.

What holds for all of them:

- A POST that may have reached the server is sent once.
- A download leaves nothing behind when it fails, and a file that was there stays as it was.
- No message, traceback or log line has a password, a query, or anything of a body but Orthanc's own sentences.
- Memory is bounded: by `largest_answer` (2 GiB by default; 2 MiB in these tests) and not by what the server sends.
- All errors but those of the disk are an `OrthancError`.
"""

_INTERRUPTIONS: Final = f"""
## Transfers

Through a proxy, to and from Orthanc 1.10, 1.12 and 1.13: {FILES} files, one at a time. An upload that is done once more
has the report of the first one; what is *there* is whole.

| what happens | transfer | what you see | there | once more |
|---|---|---|---|---|
"""

_END: Final = """
HTTP has no checksums: what is changed on the way is noticed where TLS is used, by `download_tree(..., verify="md5")`,
and by those who read all of a ZIP archive.
"""

_CALLS: Final[Mapping[str, str]] = {
    "upload": "`upload`",
    "archive": "`study.download`",
    "job": "`study.download(as_job=True)`",
    "tree": "`download_tree`",
    "md5": '`download_tree(verify="md5")`',
}


def row(fault: Fault, message: str) -> str:
    """The line for a fault."""
    quoted = f"`{message}`" if message else ""
    if fault.of_system:
        quoted = "what the system says"
    return f"| {fault.name} | {_cell(fault.get)} | {_cell(fault.of_post)} | {_cell(fault.of_download)} | {quoted} |"


def _cell(seen: Seen) -> str:
    text = "the answer" if seen.error is None else f"`{seen.error}`"
    return text if seen.requests == 1 else f"{text} ({seen.requests})"


def _interrupted(case: Interruption) -> str:
    first = f"`{case.first}`" if case.first.isidentifier() else case.first
    return f"| {case.name} | {_CALLS[case.what]} | {first} | {case.there} | {case.again} |"


def lines(messages: Mapping[str, str]) -> Iterator[str]:
    """The page.

    Args:
        messages: What the error of the GET says, by the name of the fault.
    """
    yield _BEGIN
    for section in SECTIONS:
        yield f"## {section.title}\n\n{section.text}\n"
        yield "| what happens | GET | POST | download | what the error of the GET says |\n|---|---|---|---|---|"
        for fault in section.faults:
            yield row(fault, messages[fault.name])
        yield ""
    yield _INTERRUPTIONS.strip("\n")
    yield from map(_interrupted, INTERRUPTIONS)
    yield _END.rstrip("\n")


def main(arguments: Sequence[str]) -> int:
    """Writes the page."""
    if list(arguments) != ["--write"]:
        print("python -m tests.faults.table --write")
        return 2
    messages = {fault.name: see(fault, get).message for section in SECTIONS for fault in section.faults}
    PAGE.write_text("\n".join(lines(messages)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
