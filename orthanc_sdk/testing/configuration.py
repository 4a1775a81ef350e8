"""The configuration of a local server: harmless defaults, and what the user wants on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

__all__ = ["JsonInput", "default_configuration", "merged"]

JsonInput: TypeAlias = "Mapping[str, JsonInput] | Sequence[JsonInput] | str | bool | int | float | None"
"""Anything that can be written as JSON."""


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
) -> dict[str, JsonInput]:
    """A configuration in which everything is in `folder` and HTTP is for this machine only.

    What is not named here is as Orthanc has it by default.
    """
    configuration: dict[str, JsonInput] = {
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
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "StableAge": 1,
        "SyncStorageArea": False,  # survives the end of the process, if not of the machine
    }
    if python_script is not None:
        configuration["PythonScript"] = str(python_script)
    return configuration


def merged(base: Mapping[str, JsonInput], over: Mapping[str, JsonInput]) -> dict[str, JsonInput]:
    """`base` with `over` on top: objects are merged key by key, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result
