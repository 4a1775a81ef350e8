"""Where the names of `orthanc_sdk.plugin` come from: the real module inside Orthanc, the mock outside."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.machinery import BuiltinImporter
from types import ModuleType


@cache
def real() -> ModuleType | None:
    """The module of the Python plugin, if this runs inside Orthanc: there it is built into the interpreter."""
    return import_module("orthanc") if BuiltinImporter.find_spec("orthanc") is not None else None


def module() -> ModuleType:
    """The module that `import orthanc` gives inside Orthanc; outside, the mock of it."""
    found = real()
    if found is None:
        from orthanc_sdk.plugin.mock.module import mock

        found = mock()
    return found


def find(name: str) -> object:
    """A name of the module.

    Raises:
        AttributeError: there is no such name; it says so if only the plugin of this Orthanc is too old for it.
    """
    if not name[:1].isupper():  # all names of the module are; this is asked for our own submodules, too
        raise AttributeError(f"module 'orthanc_sdk.plugin' has no attribute {name!r}")
    found = module()
    try:
        value: object = getattr(found, name)
    except AttributeError:
        raise AttributeError(missing(name)) from None
    return value


def missing(name: str) -> str:
    """Why there is no such name."""
    from orthanc_sdk.plugin.tables import ENUMERATIONS, FUNCTIONS, METHODS, PLUGIN, SINCE

    if name in FUNCTIONS or name in METHODS or name in ENUMERATIONS:
        others = {"5.0": "plugin 4.0 has not", "7.1": "plugin 5.0 has not"}.get(SINCE.get(name, ""))
        too_old = f", {others}" if others else ""
        return f"the Python plugin of this Orthanc has no {name!r}: plugin {PLUGIN} has it{too_old}"
    return f"module 'orthanc_sdk.plugin' has no attribute {name!r}: the Python plugin {PLUGIN} has no such name either"


def names() -> list[str]:
    """The names of the module, as they are here."""
    return [name for name in dir(module()) if not name.startswith("_")]
