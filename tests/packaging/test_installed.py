"""The wheel where there is nothing but what it asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.packaging.builds import Distributions, Environment

pytestmark = pytest.mark.slow


def test_nothing_else_is_installed(installed: Environment) -> None:
    found = {
        path.name.split("-")[0].lower().replace("_", "-") for path in installed.site_packages().glob("*.dist-info")
    }
    asked_for = {"orthanc-sdk", "pydantic", "requests", "pydicom", "python-dateutil"}
    # What these four need, today; anything of ours would show up here.
    needed = {
        "annotated-types", "pydantic-core", "typing-extensions", "typing-inspection",
        "certifi", "charset-normalizer", "idna", "urllib3", "six", "tzdata",
    }  # fmt: skip
    assert asked_for <= found <= asked_for | needed


def test_every_module_can_be_imported(installed: Environment, distributions: Distributions) -> None:
    code = """
import importlib, json, pkgutil
import orthanc_models, orthanc_sdk
failed, imported = {}, []
for package in (orthanc_sdk, orthanc_models):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(module.name)
            imported.append(module.name)
        except ImportError as error:
            failed[module.name] = str(error)
print(json.dumps([failed, imported, orthanc_sdk.__file__, orthanc_models.__file__]))
"""
    failed, imported, sdk, models = json.loads(installed.run("-c", code))
    assert failed == {"orthanc_sdk.testing.pytest_plugin": "No module named 'pytest'"}
    written = {
        ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for folder in (distributions.source, distributions.source / "models")
        for package in ("orthanc_sdk", "orthanc_models")
        for file in (folder / package).rglob("*.py")
    }
    assert set(imported) == written - set(failed) - {"orthanc_sdk", "orthanc_models"}
    # Not those of the source tree.
    assert Path(sdk).is_relative_to(installed.folder)
    assert Path(models).is_relative_to(installed.folder)


def test_every_public_name_is_there(installed: Environment) -> None:
    code = """
import importlib, json
found = {}
for module in ("orthanc_sdk", "orthanc_sdk.errors", "orthanc_sdk.models", "orthanc_sdk.routes", "orthanc_models"):
    imported = importlib.import_module(module)
    found[module] = [name for name in imported.__all__ if getattr(imported, name) is not None]
    assert found[module] == list(imported.__all__)
    assert set(found[module]) <= set(dir(imported))
    exec(f"from {module} import *")
print(json.dumps({module: len(names) for module, names in found.items()}))
"""
    found = json.loads(installed.run("-c", code))
    assert found["orthanc_sdk.models"] == found["orthanc_models"] > 120
    assert found["orthanc_sdk"] > 40
    assert found["orthanc_sdk.errors"] > 30


def test_the_version_is_that_of_the_project(installed: Environment, distributions: Distributions) -> None:
    version = installed.run("-c", "import orthanc_sdk; print(orthanc_sdk.__version__)").strip()
    assert f'version = "{version}"' in (distributions.source / "pyproject.toml").read_text(encoding="utf-8")


def test_testing_works_without_pytest(installed: Environment) -> None:
    """Only the fixtures need it, and what says so names it."""
    code = """
import json
from orthanc_sdk import testing
failed = {}
for name in testing.__all__:
    try:
        getattr(testing, name)
    except ImportError as error:
        failed[name] = error.name
from orthanc_sdk.testing import make_study, to_bytes
files = [to_bytes(instance) for instance in make_study(series=2, instances=3)]
print(json.dumps([failed, len(testing.__all__), [file[128:132].decode() for file in files]]))
"""
    failed, count, files = json.loads(installed.run("-c", code))
    assert failed == {"StartLocalOrthanc": "pytest"}
    assert count > 10
    assert files == ["DICM"] * 6


def test_a_call_goes_all_the_way(installed: Environment) -> None:
    """The smallest use of all: the answer of a server, as a model."""
    code = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"ID": "a", "Path": "/jobs/a"}' if self.path == "/x" else b'["a", "b"]'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

from orthanc_sdk import Orthanc

with HTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Orthanc(f"http://127.0.0.1:{server.server_port}", proxies={}) as client:
        print(client.get_studies())
    server.shutdown()
"""
    assert installed.run("-c", code).strip() == "['a', 'b']"


def test_the_plugin_is_found_by_pytest(with_pytest: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_it(request):\n"
        "    assert request.config.getoption('--orthanc-version') == '1.12'\n"
        "    assert request.config.pluginmanager.has_plugin('orthanc_sdk')\n",
        encoding="utf-8",
    )
    pytest_arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--orthanc-version", "1.12")
    assert "1 passed" in with_pytest.run(*pytest_arguments, tmp_path, cwd=tmp_path)
    fixtures = with_pytest.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--fixtures", tmp_path, cwd=tmp_path)
    for name in ("orthanc", "orthanc_server", "local_orthanc", "plugin_host"):
        assert f"{name} " in fixtures
