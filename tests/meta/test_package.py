"""What ``import orthanc_sdk`` offers, and what it costs."""

from __future__ import annotations

import ast
import importlib
import logging
import subprocess
import sys
from pathlib import Path

import pytest

import orthanc_sdk
from orthanc_sdk import errors

SOURCE = Path(orthanc_sdk.__file__)


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=SOURCE.parents[1],
    )
    assert run.stderr == ""
    return run.stdout.strip()


def test_importing_it_loads_nothing_else() -> None:
    heavy = {"requests", "pydicom", "pydantic", "numpy", "orthanc_models"}
    assert fresh(f"import sys, orthanc_sdk; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_a_client_needs_neither_pydicom_nor_pydantic() -> None:
    heavy = {"pydicom", "pydantic", "numpy"}
    code = f"import sys; from orthanc_sdk import Orthanc; Orthanc(); print(sorted({heavy} & set(sys.modules)))"
    assert fresh(code) == "[]"


@pytest.mark.parametrize("name", orthanc_sdk.__all__)
def test_each_name_is_there(name: str) -> None:
    assert getattr(orthanc_sdk, name) is not None
    assert name in dir(orthanc_sdk)


@pytest.mark.parametrize("name", ["Orthanc", "raw_response", "NotFound", "CLIENT_TIMEOUT", "__version__"])
def test_each_name_can_be_the_first_one(name: str) -> None:
    assert fresh(f"import orthanc_sdk; print(orthanc_sdk.{name})") != ""


@pytest.mark.parametrize("module", ["errors", "models", "plugin", "routes", "testing"])
def test_the_modules_are_there_too(module: str) -> None:
    assert fresh(f"import orthanc_sdk; print(orthanc_sdk.{module}.__name__)") == f"orthanc_sdk.{module}"


def test_what_is_not_there_is_said_not_to_be() -> None:
    with pytest.raises(AttributeError, match=r"module 'orthanc_sdk' has no attribute 'Orthank'"):
        _ = orthanc_sdk.Orthank  # type: ignore[attr-defined]  # wrong on purpose
    assert not hasattr(orthanc_sdk, "__wrapped__")


def test_type_checkers_see_what_is_there() -> None:
    """The imports under TYPE_CHECKING are the names of ``__all__``, from the modules in which they really are."""
    seen: dict[str, str] = {}
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("orthanc_sdk."):
            seen |= {alias.name: node.module for alias in node.names}
    assert {*seen, "__version__"} == set(orthanc_sdk.__all__)
    for name, module in seen.items():
        assert getattr(orthanc_sdk, name) is getattr(importlib.import_module(module), name)


def test_all_errors_are_offered() -> None:
    assert errors.__all__
    assert set(errors.__all__) <= set(orthanc_sdk.__all__)


def test_the_version() -> None:
    assert orthanc_sdk.__version__[0].isdigit()


def test_it_logs_nothing_unless_asked() -> None:
    code = (
        "import orthanc_sdk\n"
        "try: orthanc_sdk.Orthanc('http://127.0.0.1:9', retries=0).get_system()\n"
        "except orthanc_sdk.OrthancError: print('raised')"
    )
    assert fresh(code) == "raised"
    assert logging.getLogger("orthanc_sdk").handlers == []
