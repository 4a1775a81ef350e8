"""What imports what: the order of the house, and what `import orthanc_sdk` costs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta import sources

HEAVY = {"pydicom", "numpy", "PIL", "pydantic_settings", "requests_toolbelt", "email_validator", "dateutil", "pytest"}


def loaded(code: str) -> set[str]:
    """The modules that a fresh Python has loaded in the end, without those that it has at its start."""
    script = f"before = set(sys.modules)\n{code}\nimport json\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    paths = [str(sources.ROOT), str(sources.ROOT / "models")]
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", f"import sys\nsys.path[:0] = {paths!r}\n{script}"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    """The packages that are not of the standard library."""
    tops = {module.split(".")[0] for module in modules}
    return {top for top in tops if top not in sys.stdlib_module_names and not top.startswith("_")}


# ---------------------------------------------------------------------------------------------------------------------
# At run time
# ---------------------------------------------------------------------------------------------------------------------


def test_the_package_itself_loads_nothing_else() -> None:
    assert {module for module in loaded("import orthanc_sdk") if module.startswith("orthanc")} == {"orthanc_sdk"}
    assert packages(loaded("import orthanc_sdk")) == {"orthanc_sdk"}
    assert packages(loaded("from orthanc_sdk import models")) == {"orthanc_sdk", "orthanc_models"}
    assert packages(loaded("import orthanc_sdk.testing")) == {"orthanc_sdk"}
    assert packages(loaded("from orthanc_sdk import plugin\nplugin.ComputeMd5('')")) == {"orthanc_sdk"}


def test_a_client_loads_no_models_before_the_first_answer() -> None:
    found = loaded("from orthanc_sdk import Orthanc\nOrthanc('http://localhost')")
    assert "orthanc_sdk.routes.studies" in found
    assert packages(found) <= {
        "orthanc_sdk", "orthanc_models", "requests", "urllib3", "certifi", "idna", "charset_normalizer",
        "cython_runtime", "backports",  # of urllib3, for zstd
    }  # fmt: skip
    models = {module for module in found if module.startswith("orthanc_models")}
    # The errors, and how they are printed, which are no models.
    assert models <= {
        "orthanc_models", "orthanc_models.orthanc_error", "orthanc_models.redaction",
        "orthanc_models.dicom", "orthanc_models.dicom.invalid_tags",
    }  # fmt: skip


def test_a_model_loads_only_what_it_is_made_of() -> None:
    found = loaded("from orthanc_sdk.models import ErrorInfo")
    assert "orthanc_models.schemas.errors" in found
    assert not {"orthanc_models.schemas.requests", "orthanc_models.schemas.system", "requests"} & found
    assert not packages(found) & HEAVY


def test_the_models_load_nothing_of_the_client() -> None:
    found = loaded("import orthanc_models\n[getattr(orthanc_models, name) for name in orthanc_models.__all__]")
    assert "orthanc_models.schemas.requests" in found
    assert "orthanc_models.schemas.discriminated_unions" in found
    unwanted = {"orthanc_sdk", "requests", "urllib3", "pydicom", "numpy", "generator", "tests"}
    assert not packages(found) & unwanted


def test_nothing_heavy_is_loaded_by_all_of_the_client() -> None:
    code = "import orthanc_sdk, orthanc_models\n" + "\n".join(
        f"[getattr({module}, name) for name in {module}.__all__]" for module in ("orthanc_sdk", "orthanc_models")
    )
    found = loaded(code)
    assert not packages(found) & (HEAVY - {"dateutil"})
    assert "generator" not in packages(found)


# ---------------------------------------------------------------------------------------------------------------------
# In the sources
# ---------------------------------------------------------------------------------------------------------------------


def all_modules() -> list[str]:
    return [name for package in sources.PACKAGES for name in sources.modules(package)]


@pytest.mark.parametrize("name", all_modules())
def test_nobody_imports_the_generator_or_the_tests(name: str) -> None:
    for found in sources.imports(name, sources.module(name)):
        assert found.module.split(".")[0] not in {"generator", "tests", "models", "yaml", "jinja2"}


@pytest.mark.parametrize("name", all_modules())
def test_pydicom_is_imported_where_it_is_used(name: str) -> None:
    """It takes more time and memory than all the rest."""
    for found in sources.imports(name, sources.module(name), for_checkers=False):
        if found.module.split(".")[0] in ("pydicom", "numpy"):
            assert not found.at_start


def test_the_rooms_are_in_order() -> None:
    """What may import what is in pyproject.toml, and `make lint` says what breaks it; here, that it is looked at."""
    done = lint_imports()
    assert done.returncode == 0, done.stdout
    assert "kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("orthanc_sdk.http.retries", "orthanc_sdk.transfers.upload"),
        ("orthanc_sdk.plugin.mock.state", "orthanc_sdk.plugin.in_process.client"),
        ("orthanc_sdk.testing.installation.cache", "orthanc_sdk.testing.server.process"),
        ("orthanc_models.dicom.values", "orthanc_models.schemas.field_types"),
        ("generator.specification.load", "generator.writers.models"),
    ],
)
def test_an_import_upwards_is_seen(lower: str, upper: str, tmp_path: Path) -> None:
    """That the test above can fail: for types and inside functions, too."""
    for package in ("orthanc_sdk", "models/orthanc_models", "generator"):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(sources.ROOT / package, tmp_path / Path(package).name, ignore=skip)
    shutil.copy(sources.ROOT / "pyproject.toml", tmp_path)
    package, _, module = upper.rpartition(".")
    wrong = tmp_path / f"{lower.replace('.', '/')}.py"
    wrong.write_text(wrong.read_text() + f"\n\ndef late() -> None:\n    from {package} import {module}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout
    assert f"{lower} -> {upper}" in done.stdout


def lint_imports(root: Path = sources.ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(sources.ROOT / "models")])}
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_search_finds_imports() -> None:
    """That the tests above can fail."""
    found = list(sources.imports("orthanc_sdk.client", sources.module("orthanc_sdk.client")))
    assert any(one.module == "requests" and one.at_start for one in found)
    assert any(one.module == "pydantic" and not one.at_start for one in found)
    testing = list(sources.imports("orthanc_sdk.testing", sources.module("orthanc_sdk.testing")))
    assert any(one.module == "orthanc_sdk.testing.dicom.instances" for one in testing)
