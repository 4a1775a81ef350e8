"""A real Orthanc on this machine, for tests, without Docker or root; and DICOM files to put into it.

```python
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes

with LocalOrthanc("1.13") as server:
    for instance in make_study(series=2, instances=3):
        server.client.post_instances(to_bytes(instance))
```

With pytest, ask for the fixtures `orthanc`, `orthanc_server` or `local_orthanc` (see `pytest_plugin`).

Scripts for Orthanc's Python plugin are tested without Orthanc in a `PluginHost` (fixture `plugin_host`).

The server is, in this order:

1. the executable that the environment variable `ORTHANC_SDK_TEST_BINARY_1_13` names (or `_1_12`, `_1_13_0` and so on),
   or `ORTHANC_SDK_TEST_BINARY` if it is of the wanted version;
2. an `Orthanc` on `PATH` if it is of the wanted version;
3. the one installed earlier in the cache: in `$ORTHANC_SDK_CACHE`, or `orthanc-sdk` in `$XDG_CACHE_HOME`, or
   `~/.cache/orthanc-sdk`;
4. the one of Debian's packages (1.10 of bookworm, 1.12 of trixie, 1.13 of sid), fetched by apt from where this
   machine's apt fetches, and unpacked into the cache: some 15 seconds and 230 MB, once. No root is needed, nothing is
   installed on the machine, and the libraries come along, so that it runs wherever there is apt and a Debian mirror;
5. the image `jodogne/orthanc-python` if a Docker engine answers.

If none can be had, `OrthancNotAvailable` says what was tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .dicom import Alphabet, make_instance, make_studies, make_study, pydicom_test_files, to_bytes
    from .errors import LocalOrthancError, OrthancFailed, OrthancNotAvailable
    from .plugin_host import PluginHost
    from .plugin_results import CallbackNotRegistered, FindResult, HttpAnswer, MoveResult, NoHttpAnswer, Received
    from .pytest_plugin import StartLocalOrthanc
    from .server import LocalOrthanc
    from .tls import Tls

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

_HOMES = {
    "Alphabet": "dicom",
    "CallbackNotRegistered": "plugin_results",
    "FindResult": "plugin_results",
    "HttpAnswer": "plugin_results",
    "LocalOrthanc": "server",
    "LocalOrthancError": "errors",
    "MoveResult": "plugin_results",
    "NoHttpAnswer": "plugin_results",
    "OrthancFailed": "errors",
    "OrthancNotAvailable": "errors",
    "PluginHost": "plugin_host",
    "Received": "plugin_results",
    "StartLocalOrthanc": "pytest_plugin",
    "Tls": "tls",
    "make_instance": "dicom",
    "make_studies": "dicom",
    "make_study": "dicom",
    "pydicom_test_files": "dicom",
    "to_bytes": "dicom",
}


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        # On demand: pytest imports this package at every start, for the fixtures, and mostly for nothing.
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
