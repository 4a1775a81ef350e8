"""Makes a fault happen, and tells what is to be seen."""

from __future__ import annotations

import io
import logging
import re
import socket
import ssl
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import trustme

from orthanc_sdk import Orthanc, Study
from orthanc_sdk.http import transport
from tests.faults.fault import LARGEST_ANSWER, TIME_LIMIT, Fault, Seen
from tests.faults.replies import Asked
from tests.http.fake_server import FakeServer, Received, Reply
from tests.transfers.test_download import files_of_at_most

BEFORE = b"what was there before"
LARGEST_FILE = 4 * LARGEST_ANSWER
SECRETS = ("s3cret", "DOE", "c2VjcmV0")
JSON = b'["a", "b"]'


@dataclass(frozen=True)
class Sight:
    """What was seen.

    Attributes:
        seen: The class of the error, and how many requests reached the server.
        message: What the error says.
        told: All that a traceback and the log would show.
        elsewhere: How many requests reached another server.
        peak: The most memory that was in use at once, in bytes.
        bodies: The bodies of the requests.
    """

    seen: Seen
    message: str
    told: str
    elsewhere: int
    peak: int
    bodies: list[bytes]


def get(client: Orthanc) -> None:
    """Asks for a list."""
    assert client.get_studies() == ["a", "b"]


def post(client: Orthanc) -> None:
    """Asks for a list by POST, with a body that is larger than what the sockets take at once."""
    assert client.post_tools_find({"Level": "Study", "Query": {"PatientName": "s3cret" * 500_000}}) == ["a", "b"]


def download(folder: Path) -> Callable[[Orthanc], None]:
    """Downloads to files: a new one, and one that is there; what is there in the end must be whole."""

    def do(client: Orthanc) -> None:
        target = folder / "study.zip"
        before = target.read_bytes() if target.exists() else None
        try:
            Study("a" * 44, client).download(target)
        except Exception:
            assert [path.read_bytes() for path in folder.iterdir()] == ([] if before is None else [before])
            raise
        assert zipfile.is_zipfile(target)

    return do


def see(fault: Fault, action: Callable[[Orthanc], None], *, measure: bool = False) -> Sight:
    """Makes it happen while a client does something."""
    with ExitStack() as stack:
        elsewhere = stack.enter_context(FakeServer(Reply(200, JSON)))

        def script(_: Received) -> Reply:
            good = ARCHIVE if server.requests[0].path.endswith("archive") else JSON
            return fault.answering(Asked(good, len(server.requests), server.url, elsewhere.url))

        server = stack.enter_context(
            FakeServer(
                script,
                read_body=fault.reads_body,
                reset_at_once=fault.where == "reset",
                tls=_certificate() if fault.where in ("tls", "untrusted") else None,
            )
        )
        url = _url(fault, server)
        limit = TIME_LIMIT if fault.slow else 10
        proxies = {"http": server.url} if fault.where == "proxy" else {}
        client = Orthanc(url, "jane", "s3cret", timeout=limit, proxies=proxies, largest_answer=LARGEST_ANSWER)
        stack.enter_context(client)
        log = stack.enter_context(_logged())
        stack.enter_context(patch.object(transport, "sleep"))
        stack.enter_context(files_of_at_most(LARGEST_FILE))
        if measure:
            tracemalloc.start()
            stack.callback(tracemalloc.stop)
        error: Exception | None = None
        try:
            action(client)
        except Exception as caught:
            error = caught
        peak = tracemalloc.get_traced_memory()[1] if measure else 0
    name = None if error is None else type(error).__name__
    told = log.getvalue() + _chain(error)
    message = re.sub(r"study\.zip|/tmp/\S+", "FILE", str(error or "").replace(url, "http://server"))
    return Sight(
        Seen(name, len(server.requests)),
        message,
        told,
        len(elsewhere.requests),
        peak,
        [request.body for request in server.requests],
    )


def _url(fault: Fault, server: FakeServer) -> str:
    match fault.where:
        case "nobody":
            with socket.create_server(("127.0.0.1", 0)) as listener:
                return f"http://127.0.0.1:{listener.getsockname()[1]}"
        case "proxy":
            return "http://pacs.invalid"
        case "unknown":
            return "http://nobody.invalid"
        case "plain":
            return server.url.replace("http:", "https:")
        case "tls":
            return server.url.replace("https:", "http:")
        case _:
            return server.url


def _chain(error: BaseException | None) -> str:
    """The messages that a traceback prints, without the lines of code."""
    text = ""
    while error is not None:
        text += f"{error} {getattr(error, '__notes__', '')}\n"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return text


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """All that is logged, but for what the HTTP libraries say to those who debug them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    handler.addFilter(lambda record: record.name.startswith("orthanc_sdk") or record.levelno > logging.DEBUG)
    root, ours = logging.getLogger(), logging.getLogger("orthanc_sdk")
    before = root.level, ours.level
    root.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        ours.setLevel(before[1])


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("one.dcm", b"DICM" * 100)
    return buffer.getvalue()


ARCHIVE = _archive()


@cache
def _certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
        context.load_cert_chain(path)
    return context
