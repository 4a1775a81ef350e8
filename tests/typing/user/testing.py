"""Tests of a user's own program, with the fixtures of this package."""

from pathlib import Path
from typing import assert_type

from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc, OrthancNotAvailable, StartLocalOrthanc, make_study, to_bytes


def test_upload(orthanc: Orthanc) -> None:
    for instance in make_study(series=2, instances=3):
        data = to_bytes(instance)
        assert_type(data, bytes)
        orthanc.post_instances(data)
    assert len(orthanc.get_instances()) == 6


def test_versions(local_orthanc: StartLocalOrthanc) -> None:
    server = local_orthanc("1.12", config={"CaseSensitivePN": True}, plugins=["dicom-web"])
    assert_type(server, LocalOrthanc)
    assert_type(server.client, Orthanc)
    assert_type(server.url, str)


def start(script: Path) -> str:
    try:
        with LocalOrthanc("1.13", python_script=script) as server:
            return server.client.get_system().version
    except OrthancNotAvailable as error:
        assert_type(error.attempts, tuple[str, ...])
        return str(error)
