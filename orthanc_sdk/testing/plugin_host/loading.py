"""Loads plugin scripts, and unloads them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def mocked_module() -> Generator[None]:
    """A context in which `import orthanc` imports the mock.

    Raises:
        RuntimeError: This runs inside Orthanc.
    """
    from orthanc_sdk.plugin import module

    if module.real() is not None:
        raise RuntimeError("inside Orthanc, the module is the real one: PluginHost is for tests outside")
    before = sys.modules.get("orthanc")
    sys.modules["orthanc"] = module.module()
    try:
        yield
    finally:
        _restore("orthanc", before)


@contextmanager
def loaded_script(script: str | Path | ModuleType) -> Generator[ModuleType]:
    """A context with the module of a script. At its end, the script and its imports from its folder are unloaded.

    Raises:
        FileNotFoundError: There is no such script.
    """
    if isinstance(script, ModuleType):
        yield importlib.reload(script)
        return
    path = Path(script).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"there is no plugin script {path}")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} is not a Python script")
    module = importlib.util.module_from_spec(specification)
    before, modules = sys.modules.get(path.stem), set(sys.modules)
    folder = str(path.parent)
    sys.path.insert(0, folder)
    sys.modules[path.stem] = module
    try:
        specification.loader.exec_module(module)
        yield module
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
        for name in set(sys.modules) - modules:
            if (file := getattr(sys.modules[name], "__file__", None)) and Path(file).is_relative_to(path.parent):
                del sys.modules[name]
        _restore(path.stem, before)


def _restore(name: str, before: ModuleType | None) -> None:
    if before is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = before
