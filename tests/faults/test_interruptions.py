"""Transfers through a proxy that cuts, to and from real servers: reports are right, nothing is left, one goes on."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from orthanc_sdk import (
    DownloadReport,
    Orthanc,
    OrthancConnectionError,
    OrthancError,
    Study,
    TransferFailed,
    UploadReport,
    download_tree,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes
from tests.faults.interruptions import FILES, INTERRUPTIONS, Interruption, change_archive
from tests.faults.proxy import Passing, Proxy
from tests.transfers.conftest import VERSIONS

CONTENTS = frozenset(to_bytes(one) for one in make_study(instances=FILES, rows=200, columns=200, modality="CT"))
UPLOADS = [case for case in INTERRUPTIONS if case.what == "upload"]
ARCHIVES = [case for case in INTERRUPTIONS if case.what in ("archive", "job")]
TREES = [case for case in INTERRUPTIONS if case.what in ("tree", "md5")]


def name_of(case: Interruption) -> str:
    return f"{case.what}: {case.name}"


def through(proxy: Proxy, server: LocalOrthanc) -> Orthanc:
    return Orthanc(proxy.url, server.username, server.password, proxies={})


def told(report: UploadReport | DownloadReport) -> str:
    """What a report counts, as `INTERRUPTIONS` has it."""
    return ", ".join(f"{number} {status}" for status, number in report.counts.items() if number)


def honest(passing: Passing) -> bytes:
    """Passes on what comes."""
    return passing.data


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """A server of each version."""
    with LocalOrthanc(request.param) as server:
        yield server


@pytest.mark.parametrize("case", UPLOADS, ids=name_of)
def test_uploads(case: Interruption, server: LocalOrthanc, tmp_path: Path) -> None:
    server.reset()
    for number, content in enumerate(CONTENTS):
        (tmp_path / str(number)).write_bytes(content)
    with Proxy(server.http_port, case.rule(), b"POST /instances ") as proxy, through(proxy, server) as client:
        report = UploadReport(client)
        upload(client, tmp_path, workers=1, report=report)
        assert proxy.requests == FILES  # each was sent once
        assert told(report) == case.first
        there = {id_: server.client.get_instances_id_file(id_) for id_ in server.client.get_instances()}
        assert len(CONTENTS & set(there.values())) == case.there
        assert {instance.id for instance in report} <= set(there)  # what is told to be stored is
        assert proxy.cuts == len(report.failures)
        assert all(isinstance(file.error, OrthancConnectionError) for file in report.failures)
        failed = len(report.failures)
        if failed:
            with pytest.raises(TransferFailed):
                report.raise_for_failures()

        proxy.rule = honest
        upload(client, tmp_path, workers=1, report=report)
        assert proxy.requests == FILES + failed
        assert told(report) == case.again
        assert {instance.id for instance in report} == set(server.client.get_instances())
        assert len(report) == FILES


@pytest.fixture(scope="module", params=VERSIONS)
def full(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """A server of each version, with one study."""
    with LocalOrthanc(request.param) as server:
        upload(server.client, list(CONTENTS)).raise_for_failures()
        yield server


@pytest.mark.parametrize("before", [None, b"what was there before"], ids=["new", "over another one"])
@pytest.mark.parametrize("case", ARCHIVES, ids=name_of)
def test_archives(case: Interruption, before: bytes | None, full: LocalOrthanc, tmp_path: Path) -> None:
    target = tmp_path / "study.zip"
    if before is not None:
        target.write_bytes(before)
    (id_,) = full.client.get_studies()
    with Proxy(full.http_port, case.rule(), b"archive ") as proxy, through(proxy, full) as client:
        with pytest.raises(OrthancError) as caught:
            Study(id_, client).download(target, as_job=case.what == "job")
        assert type(caught.value).__name__ == case.first
        assert proxy.cuts == 1
        assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if before is None else [before])

        proxy.rule = honest
        Study(id_, client).download(target, as_job=case.what == "job")
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert {archive.read(name) for name in archive.namelist()} == CONTENTS
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("case", TREES, ids=name_of)
def test_trees(case: Interruption, full: LocalOrthanc, tmp_path: Path) -> None:
    verify: Literal["md5", "size"] = "md5" if case.what == "md5" else "size"
    (id_,) = full.client.get_studies()
    with Proxy(full.http_port, case.rule(), b"/file ") as proxy, through(proxy, full) as client:
        first = download_tree(Study(id_, client), tmp_path, workers=1, verify=verify)
        assert told(first) == case.first
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert set(files) == set(first)  # no part of anything
        assert len(CONTENTS & {path.read_bytes() for path in files}) == case.there

        proxy.rule = honest
        again = download_tree(Study(id_, client), tmp_path, workers=1, verify=verify)
        assert told(again) == case.again
        assert proxy.requests == FILES + len(first.failures)
        again.raise_for_failures()


def test_a_slow_network_is_slow_and_nothing_else(full: LocalOrthanc, tmp_path: Path) -> None:
    def slow(passing: Passing) -> bytes:
        time.sleep(0.002)
        return passing.data

    (id_,) = full.client.get_studies()
    with Proxy(full.http_port, slow, b"/file ") as proxy, through(proxy, full) as client:
        assert download_tree(Study(id_, client), tmp_path).counts["downloaded"] == FILES
        assert upload(client, tmp_path).counts["already stored"] == FILES
    assert {path.read_bytes() for path in tmp_path.rglob("*.dcm")} == CONTENTS


def test_the_archive_tells_what_was_changed_to_those_who_check_it(full: LocalOrthanc, tmp_path: Path) -> None:
    """The download looks at its end only: that it is whole, not that it is unchanged."""
    (id_,) = full.client.get_studies()
    with Proxy(full.http_port, change_archive(), b"archive ") as proxy, through(proxy, full) as client:
        path = Study(id_, client).download(tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is not None
