"""Servers with a plugin script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orthanc_sdk.testing import LocalOrthanc, Tls

PROJECT = Path(__file__).parents[3]
SCRIPTS = Path(__file__).parent / "scripts"


def with_script(
    version: str,
    script: str | Path,
    *,
    config: Mapping[str, object] | None = None,
    authentication: bool = True,
    name: str = "with a plugin",
    dicom_aet: str | None = None,
    tls: Tls | None = None,
) -> LocalOrthanc:
    """A server that runs a script of `scripts/`, or one by path, with the SDK of these tests."""
    return LocalOrthanc(
        version,
        config=config,
        python_script=SCRIPTS / script,
        python_packages=["orthanc-sdk"],
        python_path=[PROJECT],  # for tests and examples
        authentication=authentication,
        name=name,
        dicom_aet=dicom_aet,
        tls=tls,
    )
