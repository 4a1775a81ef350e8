"""The configuration of a local server: harmless defaults, and what the user wants on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

__all__ = ["default_configuration", "merged"]


def default_configuration(
    *,
    name: str,
    folder: Path,
    http_port: int,
    dicom_port: int,
    dicom_aet: str,
    users: Mapping[str, str] | None,
    plugins: Sequence[str],
    python_script: Path | None,
) -> dict[str, object]:
    """A configuration in which everything is in `folder` and HTTP is for this machine only.

    What is not named here is as Orthanc has it by default.
    """
    configuration: dict[str, object] = {
        "Name": name,
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "TemporaryDirectory": str(folder / "tmp"),
        "Plugins": list(plugins),
        "Locale": "C.UTF-8",  # there is no other on every machine
        "HttpPort": http_port,
        "HttpBindAddresses": ["127.0.0.1"],  # since 1.13; before, the next line has to do
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": users is not None,
        "RegisteredUsers": dict(users or {}),
        "DicomPort": dicom_port,  # Orthanc offers no way to bind it to one address
        "DicomAet": dicom_aet,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowFindWorklist": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "StableAge": 1,
        "SyncStorageArea": False,  # survives the end of the process, if not of the machine
    }
    if python_script is not None:
        configuration["PythonScript"] = str(python_script)
    return configuration


def merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`base` with `over` on top: objects are merged key by key, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(cast(Mapping[str, object], below), cast(Mapping[str, object], value))
        else:
            result[key] = value
    return result
