"""One client, 32 threads, all kinds of work on a real server: nothing is wrong, lost or left behind."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc
from tests.long.process import memory, open_files, sockets_to, threads
from tests.long.worker import UNREACHABLE, Worker

THREADS = 32
CONFIGURATION = {
    # Each job must be there until its thread has seen how it ended; 10 are kept by default.
    "JobsHistorySize": 1000,
    "MediaArchiveSize": 100,
    "DicomModalities": {UNREACHABLE: {"AET": UNREACHABLE, "Host": "127.0.0.1", "Port": 1}},
}


def work_until(worker: Worker, end: float) -> None:
    """Goes on until then, with one more step at least."""
    worker.step()
    while time.monotonic() < end:
        worker.step()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "rounds"), [(6, 3), pytest.param(300, 10, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_mixed_work(seconds: int, rounds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, folder = tmp_path / "temporary", tmp_path / "files"
    temporary.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before_threads, before_files = threads(), open_files()
    with LocalOrthanc("1.13", config=CONFIGURATION) as server:
        in_the_beginning = sockets_to(server.http_port)
        client = Orthanc(server.url, server.username, server.password, proxies={}, pool_size=THREADS)
        workers = [Worker(client, number, folder) for number in range(THREADS)]
        memories: list[float] = []
        most_sockets = 0
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in range(rounds):
                end = time.monotonic() + seconds / rounds
                running = [pool.submit(work_until, worker, end) for worker in workers]
                time.sleep(seconds / rounds / 2)
                most_sockets = max(most_sockets, sockets_to(server.http_port))
                for future in running:
                    future.result()
                memories.append(memory())
        done = sum((worker.done for worker in workers), Counter[str]())

        # Nothing is wrong on the server, and nothing is lost.
        expected = {id_ for worker in workers for files in worker.studies.values() for id_ in files}
        assert expected
        assert set(client.get_instances()) == expected
        logged = new_instances(client)
        uploaded = {id_ for worker in workers for id_ in worker.uploaded}
        assert len(logged) == len(set(logged))
        assert expected <= set(logged)  # the log loses what is deleted

        # Nothing is left behind.
        client.close()
        assert sockets_to(server.http_port) == in_the_beginning
        assert most_sockets <= 3 * THREADS  # some steps upload or download with two threads of their own
        assert [path for path in folder.rglob("*") if path.is_file()] == []
        assert [path.name for path in temporary.iterdir()] == [server.folder.name]
    assert threads() - before_threads == set()
    assert {file for file in open_files() - before_files if str(tmp_path) in file} == set()

    print(f"{seconds} s, {sum(done.values())} steps: {dict(sorted(done.items()))}")
    print(f"at most {most_sockets} sockets; {len(uploaded)} instances uploaded, {len(expected)} there in the end")
    print(f"MiB of memory after each round: {[round(value) for value in memories]}")
    assert min(done[name] for name in ("uploads", "modifies", "anonymizes", "deletes", "is_refused")) > 0
    # What was learnt in the beginning is kept: models, pages of the heap.
    assert memories[-1] - memories[rounds // 3] < 15


def new_instances(client: Orthanc) -> list[str]:
    """All new instances of the log of changes, page after page."""
    found: list[str] = []
    page = client.get_changes(since=0, limit=100)
    while True:
        found += [change.id for change in page.changes if change.change_type == "NewInstance" and change.id]
        if page.done:
            return found
        assert page.changes
        page = client.get_changes(since=page.last, limit=100)
