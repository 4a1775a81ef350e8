"""An upload during which the server dies twice: the report is right, file by file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from orthanc_sdk import Orthanc, OrthancError, UploadReport, upload
from orthanc_sdk.resources.identifiers import orthanc_id
from orthanc_sdk.testing import LocalOrthanc
from tests.transfers.data import small_file, write_small_files

LONG = [pytest.mark.long, pytest.mark.timeout(900)]


class Killer:
    """Kills a server each time when so many files are done, and starts it again a second later."""

    def __init__(self, server: LocalOrthanc, when: list[int]) -> None:
        self._server = server
        self._when = when
        self._starting: list[threading.Thread] = []
        self.kills = 0

    def __call__(self, done: int, _total: int | None) -> None:
        if self._when and done >= self._when[0] and self._server.is_running:
            self._when.pop(0)
            self._server.kill()
            self.kills += 1
            thread = threading.Thread(target=self._start)
            self._starting.append(thread)
            thread.start()

    def _start(self) -> None:
        time.sleep(1)
        self._server.start()

    def wait(self) -> None:
        """Waits until the server is there again."""
        for thread in self._starting:
            thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=LONG)])
def test_an_upload_during_which_the_server_dies_twice(count: int, tmp_path: Path) -> None:
    folder, journal = tmp_path / "files", tmp_path / "report.jsonl"
    folder.mkdir()
    write_small_files(folder, count)
    names = {orthanc_id("many", "2.25.7", "2.25.8", f"2.25.1{number:06}"): number for number in range(count)}
    with (
        LocalOrthanc("1.13") as server,
        Orthanc(server.url, server.username, server.password, proxies={}) as client,
    ):
        killer = Killer(server, [count // 4, count // 2])
        started = time.monotonic()
        report = UploadReport(client, journal)
        upload(client, folder, report=report, progress=killer)
        killer.wait()
        took = time.monotonic() - started
        assert killer.kills == 2

        there = set(client.get_instances())
        assert len(report.files) == count
        for file in report.files:
            if file.is_stored:
                assert file.instance is not None
                assert file.instance.id in there
                assert names[file.instance.id] == int(Path(file.name).name)
            else:
                assert file.status == "failed"
                assert isinstance(file.error, OrthancError)
        failed = {int(Path(file.name).name) for file in report.failures}
        assert failed  # what was under way, at least
        unheard = {number for id_, number in names.items() if id_ in there} & failed
        assert there == {instance.id for instance in report} | {id_ for id_ in there if names[id_] in unheard}
        first = dict(report.counts)

        # The process dies as well: another one goes on with what is on the disk.
        again = UploadReport(client, journal)
        assert again.counts == report.counts
        upload(client, folder, report=again)
        again.raise_for_failures()
        assert len(again) == len(again.files) == count
        assert set(client.get_instances()) == set(names)
        assert again.counts["already stored"] == first["already stored"] + len(unheard)
        for id_, number in names.items():
            if number in failed or number % (count // 200) == 0:
                assert client.get_instances_id_file(id_) == small_file(number)
    print(f"{count} files in {took:.0f} s: {first}; {len(unheard)} of those that failed were stored nevertheless")
