from __future__ import annotations

import pytest

from orthanc_sdk.testing.installation.releases import RELEASES, Release, matches, release_of


@pytest.mark.parametrize(
    ("wanted", "version", "expected"),
    [
        ("1.13", "1.13.0", True),
        ("1.13.0", "1.13.0", True),
        ("1.13.0", "1.13.1", False),
        ("1.1", "1.13.0", False),
        ("1.13", "1.1.3", False),
        ("1.13.0", "1.13", False),
        ("1", "1.13.0", True),
    ],
)
def test_a_version_matches_part_by_part(wanted: str, version: str, expected: bool) -> None:
    assert matches(wanted, version) is expected


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_a_release_is_found_by_its_short_and_by_its_complete_name(release: Release) -> None:
    assert release_of(release.name) is release
    assert release_of(release.image_tag) is release
    assert matches(release.name, release.image_tag)


@pytest.mark.parametrize("wanted", ["1.11", "1.9.7", "2", "", "latest"])
def test_no_release_is_made_up(wanted: str) -> None:
    assert release_of(wanted) is None
