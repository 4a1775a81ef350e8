"""The log of changes: the end of a page is not the end of the log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from orthanc_sdk import Orthanc, upload
from orthanc_sdk.testing import LocalOrthanc
from tests.transfers.conftest import VERSIONS
from tests.transfers.data import small_file

LONG = [pytest.mark.long, pytest.mark.timeout(900)]


def follow(client: Orthanc, since: int, limit: int) -> tuple[list[str], int]:
    """The new instances from there on, as the documentation of `get_changes` says, and how far it was read."""
    found: list[str] = []
    while True:
        page = client.get_changes(since=since, limit=limit)
        assert len(page.changes) <= limit
        assert page.done or page.changes
        found += [change.id for change in page.changes if change.change_type == "NewInstance" and change.id]
        since = page.last
        if page.done:
            return found, since


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("count", [150, pytest.param(3_000, marks=LONG)])
def test_nothing_is_missed_by_those_who_follow(version: str, count: int) -> None:
    """While it is written, with pages that are too small for it."""
    files = [small_file(number) for number in range(count)]
    with LocalOrthanc(version) as server, ThreadPoolExecutor(1) as pool:
        client = server.client
        uploading = pool.submit(upload, client, files)
        followed: list[str] = []
        since = 0
        while not uploading.done():
            new, since = follow(client, since, 7)
            followed += new
        followed += follow(client, since, 7)[0]
        assert sorted(followed) == sorted(client.get_instances())
        assert len(followed) == count

        page = client.get_changes(since=0, limit=count - 1)
        assert not page.done
        assert len(page.changes) == count - 1
        whole = client.get_changes(since=0, limit=10 * count + 100)
        assert whole.done
        assert client.get_changes(last=True).last == whole.last == whole.changes[-1].seq


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_log_that_was_cleared_goes_on_where_it_was(version: str) -> None:
    with LocalOrthanc(version) as server:
        client = server.client
        upload(client, [small_file(number) for number in range(5)]).raise_for_failures()
        before, since = follow(client, 0, 3)
        assert len(before) == 5
        client.delete_changes()
        page = client.get_changes(since=since)
        assert (page.changes, page.done) == ([], True)
        upload(client, small_file(5)).raise_for_failures()
        after, last = follow(client, max(since, page.last), 3)
        assert (len(after), last > since) == (1, True)
