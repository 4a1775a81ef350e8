"""A real Orthanc on this machine for tests, without Docker or root; and DICOM files to store in it.

```python
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes

with LocalOrthanc("1.13") as server:
    for instance in make_study(series=2, instances=3):
        server.client.post_instances(to_bytes(instance))
```

With pytest, use the fixtures `orthanc`, `orthanc_server` or `local_orthanc` (see `pytest_plugin`).

Scripts for Orthanc's Python plugin are tested without Orthanc in a `PluginHost` (fixture `plugin_host`).

The server is the first of these that is available:

1. the executable in the environment variable `ORTHANC_SDK_TEST_BINARY_1_13` (or `_1_12`, `_1_13_0` and so on), or in
   `ORTHANC_SDK_TEST_BINARY` if it is of the requested version;
2. an `Orthanc` on `PATH` of the requested version;
3. the one installed earlier in the cache: in `$ORTHANC_SDK_CACHE`, or `orthanc-sdk` in `$XDG_CACHE_HOME`, or
   `~/.cache/orthanc-sdk`;
4. that of Debian's packages (1.10 of bookworm, 1.12 of trixie, 1.13 of sid), downloaded by apt from this machine's
   mirror, and unpacked into the cache: some 15 seconds and 230 MB, once. It needs no root and changes nothing on the
   machine, and it includes all libraries, so that it runs wherever there is apt and a mirror of Debian;
5. the image `jodogne/orthanc-python`, if Docker is running.

If none is available, `OrthancNotAvailable` says what was tried.

``server`` runs it, ``installation`` finds or installs it, ``dicom`` makes files, ``plugin_host`` runs plugin scripts.
May import all other rooms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orthanc_sdk.testing.dicom.instances import Alphabet, make_instance, make_studies, make_study, to_bytes
    from orthanc_sdk.testing.dicom.pydicom_files import pydicom_test_files
    from orthanc_sdk.testing.errors import LocalOrthancError, OrthancFailed, OrthancNotAvailable
    from orthanc_sdk.testing.plugin_host.host import PluginHost
    from orthanc_sdk.testing.plugin_host.results import (
        CallbackNotRegistered,
        FindResult,
        HttpAnswer,
        MoveResult,
        NoHttpAnswer,
        Received,
    )
    from orthanc_sdk.testing.pytest_plugin import StartLocalOrthanc
    from orthanc_sdk.testing.server.local_orthanc import LocalOrthanc
    from orthanc_sdk.testing.server.tls import Tls

__all__ = [
    "Alphabet",
    "CallbackNotRegistered",
    "FindResult",
    "HttpAnswer",
    "LocalOrthanc",
    "LocalOrthancError",
    "MoveResult",
    "NoHttpAnswer",
    "OrthancFailed",
    "OrthancNotAvailable",
    "PluginHost",
    "Received",
    "StartLocalOrthanc",
    "Tls",
    "make_instance",
    "make_studies",
    "make_study",
    "pydicom_test_files",
    "to_bytes",
]

_MODULES = {
    "Alphabet": "dicom.instances",
    "CallbackNotRegistered": "plugin_host.results",
    "FindResult": "plugin_host.results",
    "HttpAnswer": "plugin_host.results",
    "LocalOrthanc": "server.local_orthanc",
    "LocalOrthancError": "errors",
    "MoveResult": "plugin_host.results",
    "NoHttpAnswer": "plugin_host.results",
    "OrthancFailed": "errors",
    "OrthancNotAvailable": "errors",
    "PluginHost": "plugin_host.host",
    "Received": "plugin_host.results",
    "StartLocalOrthanc": "pytest_plugin",
    "Tls": "server.tls",
    "make_instance": "dicom.instances",
    "make_studies": "dicom.instances",
    "make_study": "dicom.instances",
    "pydicom_test_files": "dicom.pydicom_files",
    "to_bytes": "dicom.instances",
}


if not TYPE_CHECKING:  # type checkers would accept any name

    def __getattr__(name: str) -> object:
        # On first use: pytest imports this package at every start, for the fixtures, and mostly does not use them.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
