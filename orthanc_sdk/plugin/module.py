"""The module behind `orthanc_sdk.plugin`: the real one inside Orthanc, its mock outside."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.machinery import BuiltinImporter
from types import ModuleType


@cache
def real() -> ModuleType | None:
    """The module of the Python plugin if this runs inside Orthanc, where it is built into the interpreter."""
    return import_module("orthanc") if BuiltinImporter.find_spec("orthanc") is not None else None


def module() -> ModuleType:
    """The module that `import orthanc` imports inside Orthanc; outside, its mock."""
    found = real()
    if found is None:
        from orthanc_sdk.plugin.mock.module import mock

        found = mock()
    return found


def find(name: str) -> object:
    """A name of the module.

    Raises:
        AttributeError: The module has no such name; the message says if the plugin of this Orthanc is too old for it.
    """
    if not name[:1].isupper():  # all names of the module are upper case; Python asks for our submodules, too
        raise AttributeError(f"module 'orthanc_sdk.plugin' has no attribute {name!r}")
    found = module()
    try:
        value: object = getattr(found, name)
    except AttributeError:
        raise AttributeError(_why_missing(name)) from None
    return value


def _why_missing(name: str) -> str:
    from orthanc_sdk.plugin.module_contents import ENUMERATIONS, FUNCTIONS, METHODS, PLUGIN, SINCE

    if name in FUNCTIONS or name in METHODS or name in ENUMERATIONS:
        older = {"5.0": "plugin 4.0 does not", "7.1": "plugin 5.0 does not"}.get(SINCE.get(name, ""))
        too_old = f", {older}" if older else ""
        return f"the Python plugin of this Orthanc has no {name!r}: plugin {PLUGIN} has it{too_old}"
    return f"module 'orthanc_sdk.plugin' has no attribute {name!r}: the Python plugin {PLUGIN} has no such name either"


def names() -> list[str]:
    """The names of the module in this Orthanc, or of its mock."""
    return [name for name in dir(module()) if not name.startswith("_")]
