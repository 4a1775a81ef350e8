"""Each fault happens: the error, how many requests there were, what is on the disk, in messages and in the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk import Instance, Orthanc, OrthancHTTPError, UnexpectedAnswer, errors
from tests.faults.catalogue import SECTIONS, STATUSES
from tests.faults.fault import LARGEST_ANSWER, Fault, Seen
from tests.faults.replies import HTML, document, sends
from tests.faults.seeing import BEFORE, SECRETS, Sight, download, get, post, see
from tests.faults.table import PAGE, lines, row
from tests.http.fake_server import FakeServer, Reply

FAULTS = [fault for section in SECTIONS for fault in section.faults]
MEMORY = 5 * LARGEST_ANSWER


def name_of(fault: Fault) -> str:
    return fault.name


def check(sight: Sight, expected: Seen) -> None:
    """What holds for each of them."""
    assert sight.seen == expected, sight.message
    assert sight.elsewhere == 0
    assert sight.told  # or there would be nothing to look for secrets in
    assert not [secret for secret in SECRETS if secret in sight.told]
    assert sight.message.isprintable()
    assert len(sight.message) < 1200


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_get(fault: Fault) -> None:
    sight = see(fault, get, measure=True)
    check(sight, fault.get)
    assert sight.peak < MEMORY
    assert row(fault, sight.message) in PAGE.read_text(encoding="utf-8").split("\n"), (
        "docs/faults.md is not what is seen: python -m tests.faults.table --write"
    )


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_post(fault: Fault) -> None:
    sight = see(fault, post, measure=True)
    check(sight, fault.of_post)
    assert sight.peak < MEMORY + 10_000_000  # its own body
    assert len(sight.bodies) <= (2 if fault.name == "307 on the same server" else 1)
    if fault.reads_body:
        assert {len(body) > 3_000_000 for body in sight.bodies} <= {True}


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_download(fault: Fault, tmp_path: Path) -> None:
    for before in (None, BEFORE):
        folder = tmp_path / str(before)
        folder.mkdir()
        if before is not None:
            (folder / "study.zip").write_bytes(before)
        sight = see(fault, download(folder), measure=True)
        check(sight, fault.of_download)
        assert sight.peak < MEMORY
        if sight.seen.error is not None:
            assert [path.read_bytes() for path in folder.iterdir()] == ([] if before is None else [before])


def test_the_page_has_these_faults_and_no_others() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names)) > 90
    written = PAGE.read_text(encoding="utf-8")
    found = {line.split(" | ")[0].removeprefix("| "): line for line in written.split("\n") if line.startswith("| ")}
    messages = {name: found[name].split(" | ", 4)[4].removesuffix(" |").strip("`") for name in names}
    assert "\n".join(lines(messages)) + "\n" == written


def test_the_classes_that_there_are() -> None:
    classes = {seen.error for fault in FAULTS for seen in (fault.get, fault.of_post, fault.of_download)} - {None}
    assert classes - {"OSError"} <= set(errors.__all__)
    assert {"OrthancConnectionError", "OrthancTimeout", "UnexpectedAnswer", "Redirected", "NotFound"} <= classes


BODIES: list[tuple[Callable[[int], bytes], str]] = [
    (document, "application/json"),
    (document, ""),
    (lambda _: HTML, "text/html"),
    (lambda _: HTML, "application/json"),
    (lambda _: b'["DOE^JANE"]', "application/json"),
    (lambda status: document(status)[:30], "application/json"),
    (lambda _: b"\xff\xfe\x00" * 1000, "application/octet-stream"),
]


@pytest.mark.parametrize("status", STATUSES)
def test_the_body_of_an_error_decides_nothing(status: int) -> None:
    """None but Orthanc's own code does, and that is another one here."""
    for make, type_ in BODIES:
        sight = see(Fault("", sends(status, make(status), type_), Seen(None)), post)
        check(sight, Seen(STATUSES[status]))
        assert f"POST /tools/find: {status}" in sight.message


def test_what_comes_late_is_not_the_answer_to_the_next_request() -> None:
    """After an interim answer the real one comes; another request must not take it for its own."""
    late = b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n["DOE"]'
    for first in (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"):

        def script(_: object, first: bytes = first) -> Reply:
            if len(server.requests) == 1:
                return Reply(raw=first + late, drip=0.002)
            return Reply(200, b'["b"]')

        with FakeServer(script) as server, Orthanc(server.url, proxies={}) as client:
            with pytest.raises((OrthancHTTPError, UnexpectedAnswer)):
                client.get_studies()
            assert client.get_studies() == ["b"]
            time.sleep(0.2)
            assert client.get_studies() == ["b"]
        assert server.connections >= 2


def test_what_is_beyond_the_answer_is_not_the_next_one() -> None:
    surplus = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n["a"]HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n["DOE"]'

    def script(_: object) -> Reply:
        return Reply(raw=surplus) if len(server.requests) == 1 else Reply(200, b'["b"]')

    with FakeServer(script) as server, Orthanc(server.url, proxies={}) as client:
        assert client.get_studies() == ["a"]
        assert client.get_studies() == ["b"]


def test_a_file_of_which_nobody_knows_how_long_it_is(tmp_path: Path) -> None:
    """An archive can be checked; a single file cannot."""
    target = tmp_path / "one.dcm"
    target.write_bytes(BEFORE)
    with FakeServer(Reply(200, b"DICM" * 100, no_length=True)) as server, Orthanc(server.url, proxies={}) as client:
        with pytest.raises(UnexpectedAnswer, match=r"^GET /instances/a{44}/file: the answer has no length"):
            Instance("a" * 44, client).download(target)
        assert len(server.requests) == 1
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [BEFORE]
