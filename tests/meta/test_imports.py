"""What imports what: the order of the house, and what `import orthanc_sdk` costs."""

from __future__ import annotations

import json
import subprocess
import sys

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
        "cython_runtime",
    }  # fmt: skip
    models = {module for module in found if module.startswith("orthanc_models")}
    # The errors, and how they are printed, which are no models.
    assert models <= {"orthanc_models", "orthanc_models.problems", "orthanc_models.shown"}


def test_a_model_loads_only_what_it_is_made_of() -> None:
    found = loaded("from orthanc_sdk.models import ErrorInfo")
    assert "orthanc_models.errors" in found
    assert not {"orthanc_models.requests", "orthanc_models.system", "requests"} & found
    assert not packages(found) & HEAVY


def test_the_models_load_nothing_of_the_client() -> None:
    found = loaded("import orthanc_models\n[getattr(orthanc_models, name) for name in orthanc_models.__all__]")
    assert "orthanc_models.requests" in found
    assert "orthanc_models.unions" in found
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


@pytest.mark.parametrize("name", [name for name in all_modules() if name.startswith("orthanc_models")])
def test_the_models_know_nothing_of_the_client(name: str) -> None:
    allowed = {"orthanc_models", "pydantic", "pydantic_core", "typing_extensions", "dateutil", *sys.stdlib_module_names}
    for found in sources.imports(name, sources.module(name)):
        assert found.module.split(".")[0] in allowed


@pytest.mark.parametrize("name", [name for name in all_modules() if name.startswith("orthanc_sdk.routes.")])
def test_the_routes_know_operations_and_models_only(name: str) -> None:
    for found in sources.imports(name, sources.module(name)):
        if found.module == "orthanc_sdk":
            assert found.names == ("models",)
        else:
            own = found.module in ("orthanc_sdk.http.operation", "orthanc_sdk.http.executor")
            assert own or found.module.split(".")[0] in sys.stdlib_module_names


def test_operations_know_nothing_of_http() -> None:
    """An asynchronous client will run the same ones."""
    for name in ("orthanc_sdk.http.operation", "orthanc_sdk.http.executor"):
        for found in sources.imports(name, sources.module(name)):
            assert found.module.split(".")[0] not in {"requests", "urllib3", "http"}
            assert found.module not in {"orthanc_sdk.http.transport", "orthanc_sdk.client"}


def test_resources_build_no_requests() -> None:
    """The upper floor goes through the routes."""
    for name in all_modules():
        if name.startswith("orthanc_sdk.resources"):
            for found in sources.imports(name, sources.module(name), for_checkers=False):
                assert found.module.split(".")[0] not in {"requests", "urllib3"}
                assert found.module not in {"orthanc_sdk.http.transport", "orthanc_sdk.http.operation"}


def test_the_search_finds_imports() -> None:
    """That the tests above can fail."""
    found = list(sources.imports("orthanc_sdk.client", sources.module("orthanc_sdk.client")))
    assert any(one.module == "requests" and one.at_start for one in found)
    assert any(one.module == "pydantic" and not one.at_start for one in found)
    testing = list(sources.imports("orthanc_sdk.testing", sources.module("orthanc_sdk.testing")))
    assert any(one.module == "orthanc_sdk.testing.dicom" for one in testing)
