"""Versions are numbers, not text."""

from __future__ import annotations

import pytest

from orthanc_sdk.http.versions import parse_version


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.12.9", "1.12.10"),
        ("1.12.5", "1.13.0"),
        ("1.9.7", "1.10.1"),
        ("1.12", "1.12.1"),
        ("1.13.0", "2.0"),
        ("1.13.0", "mainline"),
        ("99.99.99", "mainline-1234"),
        ("1.10.1+dfsg", "1.10.2"),
    ],
)
def test_which_one_is_newer(older: str, newer: str) -> None:
    first, second = parse_version(older), parse_version(newer)
    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize("text", ["1.13", "1.13.0", "v1.13.0", " 1.13.0\n", "1.13.0+dfsg-2", "1.13.0.0"])
def test_the_same_version(text: str) -> None:
    assert parse_version(text) == (1, 13)


@pytest.mark.parametrize("text", ["", "unknown", "x1.2", "٣.1"])
def test_no_version(text: str) -> None:
    assert parse_version(text) is None
