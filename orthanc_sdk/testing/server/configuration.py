"""The configuration of a local server: safe defaults, and the options of the user; and its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from orthanc_sdk.testing.installation.binary import Binary

__all__ = ["default_configuration", "default_environment", "merged"]


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
    """A configuration with all files in `folder`, and HTTP for this machine only.

    Other options have Orthanc's own defaults.
    """
    configuration: dict[str, object] = {
        "Name": name,
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "TemporaryDirectory": str(folder / "tmp"),
        "Plugins": list(plugins),
        "Locale": "C.UTF-8",  # no other locale exists on every machine
        "HttpPort": http_port,
        "HttpBindAddresses": ["127.0.0.1"],  # since 1.13; older versions only have the next option
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": users is not None,
        "RegisteredUsers": dict(users or {}),
        "DicomPort": dicom_port,  # Orthanc cannot bind it to one address
        "DicomAet": dicom_aet,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowFindWorklist": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "StableAge": 1,
        "SyncStorageArea": False,  # files survive a crash of Orthanc, but not of the machine
    }
    if python_script is not None:
        configuration["PythonScript"] = str(python_script)
    return configuration


def merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`base`, overridden by `over`: objects are merged key by key, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = merged(cast(Mapping[str, object], old), cast(Mapping[str, object], value))
        else:
            result[key] = value
    return result


def default_environment(binary: Binary) -> dict[str, str]:
    """The environment of this process, without what makes servers behave differently from machine to machine."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LANG", "PYTHONPATH")}
    for name in ("no_proxy", "NO_PROXY"):  # other local servers are never behind a proxy
        environment[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))
    return {**environment, "LC_ALL": "C.UTF-8", **binary.environment}
