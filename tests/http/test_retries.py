"""What may be repeated, and the pauses in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.retries import Retries


@pytest.mark.parametrize(
    ("method", "headers", "safe"),
    [
        ("GET", {}, True),
        ("GET", {"If-None-Match": '"1"'}, True),
        ("HEAD", {}, True),
        ("PUT", {}, True),
        ("PUT", {"Content-Type": "text/plain"}, True),
        ("PUT", {"If-Match": '"1"'}, False),
        ("PUT", {"if-match": '"1"'}, False),
        ("DELETE", {}, False),
        ("POST", {}, False),
        ("PATCH", {}, False),
    ],
)
def test_what_may_be_repeated(method: str, headers: dict[str, str], safe: bool) -> None:
    assert Retries.is_safe(method, headers) is safe


def test_pauses_grow_up_to_a_limit_and_end() -> None:
    retries = Retries(total=4, backoff=1.0, longest_pause=5.0)
    pauses = [retries.pause(attempt) for attempt in range(1, 6)]
    assert pauses[4] is None
    for pause, (low, high) in zip(pauses, [(1, 1.5), (2, 3), (4, 5), (5, 5)], strict=False):
        assert pause is not None
        assert low <= pause <= high


def test_pauses_differ() -> None:
    assert len({Retries(total=1).pause(1) for _ in range(20)}) > 10


def test_the_server_may_choose_the_pause() -> None:
    retries = Retries(total=3, longest_pause=10.0)
    assert retries.pause(1, "7") == 7.0
    assert retries.pause(1, " 0 ") == 0.0
    assert retries.pause(1, "11") is None  # longer than anybody wants to wait
    assert retries.pause(4, "1") is None
    soon = retries.pause(1, format_datetime(datetime.now(UTC) + timedelta(seconds=5), usegmt=True))
    assert soon is not None
    assert 3 < soon <= 5
    assert retries.pause(1, "Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retries.pause(1, "Wed, 21 Oct 2015 07:28:00") == 0.0
    for nonsense in ("", "soon", "-1", "1e9", "٣"):
        pause = retries.pause(1, nonsense)
        assert pause is not None
        assert pause < 1


def test_none_at_all() -> None:
    assert Retries(0).pause(1) is None
    assert Retries(0).pause(1, "0") is None


@pytest.mark.parametrize(
    "wrong",
    [{"total": -1}, {"total": 1.5}, {"total": True}, {"total": None}, {"backoff": -1}, {"longest_pause": float("nan")}],
)
def test_what_cannot_be(wrong: dict[str, Any]) -> None:  # Any: wrong types on purpose
    with pytest.raises(InvalidArgument, match="retries"):
        Retries(**wrong)
