"""What is generated in the tree is what the generator writes, and is as it should be."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from generator import __main__ as command
from generator.specification.load import load
from generator.writers.models import HEADER
from orthanc_sdk import models
from orthanc_sdk.routes import AllRoutes
from tests.generator.tiny import ROOT
from tests.meta.test_routes import documented

GENERATED = ("models/orthanc_models/schemas/resources.py", "orthanc_sdk/routes/studies.py")


@pytest.fixture(scope="module")
def files() -> Mapping[Path, str]:
    return command.outputs(load())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    skip = shutil.ignore_patterns("__pycache__")
    for folder in ("generator", "models", "orthanc_sdk"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skip)
    return tmp_path


# ---------------------------------------------------------------------------------------------------------------------
# The command
# ---------------------------------------------------------------------------------------------------------------------


def check(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "generator", "--check"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_tree_is_what_the_generator_writes(files: Mapping[Path, str]) -> None:
    assert list(command.differences(ROOT, files)) == []


@pytest.mark.slow
def test_the_command_finds_no_difference() -> None:
    status, output = check(ROOT)
    assert (status, output.splitlines()[-1]) == (0, f"{len(generated())} generated files, 0 of them differ"), output


@pytest.mark.slow
def test_the_check_names_all_that_differs(tree: Path) -> None:
    with (tree / "orthanc_sdk/routes/studies.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    (tree / "models/orthanc_models/schemas/resources.py").unlink()
    (tree / "orthanc_sdk/routes/stray.py").write_text("", encoding="utf-8")
    # Settings of other tools change nothing.
    (tree / "pyproject.toml").write_text("[tool.ruff]\nline-length = 60\n[tool.black]\nline-length = 60\n")
    status, output = check(tree)
    assert status == 1
    assert "orthanc_sdk/routes/studies.py: differs" in output
    assert "-# by hand" in output
    assert "models/orthanc_models/schemas/resources.py: is missing" in output
    assert "orthanc_sdk/routes/stray.py: is not generated any more" in output
    assert "3 of them differ" in output
    # Nothing was written.
    assert not (tree / "models/orthanc_models/schemas/resources.py").exists()


def by_hand(tree: Path) -> None:
    file = tree / "orthanc_sdk/routes/studies.py"
    file.write_text(file.read_text(encoding="utf-8").replace("Study", "Study ", 1), encoding="utf-8")


def older_header(tree: Path) -> None:
    """A generated module of the models that is not generated any more is known by its header."""
    (tree / "models/orthanc_models/schemas/old.py").write_text(f"{HEADER}\n", encoding="utf-8")


DAMAGES = {
    "changed by hand": (by_hand, "orthanc_sdk/routes/studies.py: differs"),
    "a model is missing": (
        lambda tree: (tree / "models/orthanc_models/schemas/resources.py").unlink(),
        "models/orthanc_models/schemas/resources.py: is missing",
    ),
    "a stray route": (
        lambda tree: (tree / "orthanc_sdk/routes/stray.py").write_text("", encoding="utf-8"),
        "orthanc_sdk/routes/stray.py: is not generated any more",
    ),
    "a stray model": (older_header, "models/orthanc_models/schemas/old.py: is not generated any more"),
    "the document is missing": (
        lambda tree: (tree / "models/openapi/orthanc-1.13.0-merged.json").unlink(),
        "models/openapi/orthanc-1.13.0-merged.json: is missing",
    ),
    "stubs are missing": (
        lambda tree: (tree / "models/orthanc-stubs/__init__.pyi").unlink(),
        "models/orthanc-stubs/__init__.pyi: is missing",
    ),
    "stray stubs": (
        lambda tree: (tree / "models/orthanc-stubs/other.pyi").write_text("", encoding="utf-8"),
        "models/orthanc-stubs/other.pyi: is not generated any more",
    ),
    "a document of another version": (
        lambda tree: (tree / "models/openapi/orthanc-1.12.0-merged.json").write_text("{}", encoding="utf-8"),
        "models/openapi/orthanc-1.12.0-merged.json: is not generated any more",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_a_difference_is_found_and_mended(
    damage: Any, message: str, tree: Path, files: Mapping[Path, str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(command, "ROOT", tree)
    monkeypatch.setattr(command, "load", lambda: None)
    monkeypatch.setattr(command, "outputs", lambda _: files)
    assert command.main(["--check"]) == 0
    damage(tree)
    capsys.readouterr()
    assert command.main(["--check"]) == 1
    output = capsys.readouterr().out
    assert message in output
    assert f"{len(files)} generated files, 1 of them differ" in output
    assert command.main([]) == 0
    assert "1 of them changed" in capsys.readouterr().out
    assert command.main(["--check"]) == 0
    assert command.main([]) == 0
    assert "0 of them changed" in capsys.readouterr().out.splitlines()[-1]


def test_what_is_written_by_hand_stays(tree: Path, files: Mapping[Path, str]) -> None:
    kept = {path for path in tree.rglob("*") if path.is_file() and path.relative_to(tree) not in files}
    before = {path: path.read_bytes() for path in kept}
    assert tree / "models/orthanc_models/base.py" in kept
    command.write(tree, files)
    assert {path: path.read_bytes() for path in kept} == before


@pytest.mark.slow
def test_the_order_of_hashes_changes_nothing(files: Mapping[Path, str]) -> None:
    code = (
        "import hashlib, json; from generator.__main__ import outputs; from generator.specification.load import load\n"
        "files = outputs(load()).items()\n"
        "print(json.dumps({str(path): hashlib.sha256(text.encode()).hexdigest() for path, text in files}))"
    )
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        expected = {str(path): hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}
        assert json.loads(done.stdout) == expected


# ---------------------------------------------------------------------------------------------------------------------
# The files
# ---------------------------------------------------------------------------------------------------------------------


def generated() -> list[Path]:
    return sorted(command.generated_files(ROOT))


def test_all_generated_files_are_known() -> None:
    found = {path.as_posix() for path in generated()}
    assert set(GENERATED) <= found
    assert "models/orthanc_models/base.py" not in found
    assert len(found) >= 24


@pytest.mark.parametrize("path", [path for path in generated() if path.suffix in (".py", ".pyi")], ids=str)
def test_a_generated_file_says_so(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    header = text.partition("\n")[0]
    source = "plugin" if "plugin" in path.parts or path.suffix == ".pyi" else "openapi"
    assert header.startswith(f'# Generated by "make generate" from models/{source}')
    assert header.endswith("Do not edit.")
    assert "make generate" in HEADER
    assert "Do not edit" in HEADER
    # No time, no machine, no other generator's own words.
    assert not re.search(r"#   timestamp|datamodel-codegen|Item1|InlineResponse|/home/|/tmp/", text)


def fields() -> Iterator[tuple[str, str, str]]:
    """Model, field and Orthanc's spelling of it."""
    for name in models.__all__:
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, BaseModel):
            for field, info in model.model_fields.items():
                yield name, field, info.alias or field


def test_names_of_fields_read_well() -> None:
    """`other_patient_i_ds` is what comes of `OtherPatientIDs` by rule alone."""
    found = list(fields())
    assert len(found) > 500
    odd = {field for _, field, _ in found if re.search(r"(^|_)[a-z](_|$)", field)}
    assert odd == {"allow_n_action"}  # N-ACTION
    for name, field, alias in found:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*_?", field), (name, field)
        assert field.replace("_", "") == re.sub(r"[^0-9a-z]", "", alias.lower()), (name, field, alias)


def test_no_two_fields_have_one_name() -> None:
    spellings: dict[str, set[str]] = {}
    for _, field, alias in fields():
        spellings.setdefault(field, set()).add(alias)
    several = {field: aliases for field, aliases in spellings.items() if len(aliases) > 1}
    # Orthanc itself spells these differently from route to route.
    assert all(len({alias.lower() for alias in aliases}) == 1 for aliases in several.values()), several


# ---------------------------------------------------------------------------------------------------------------------
# The document for other languages
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def merged() -> dict[str, Any]:
    file = ROOT / "models" / "openapi" / "orthanc-1.13.0-merged.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))


def operations(merged: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Route and operation by their identifier."""
    found = [
        (operation["operationId"], (f"{method.upper()} {path}", operation))
        for path, methods in merged["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(found) == len(dict(found)) == 299
    return dict(found)


def strings(value: object, key: str) -> Iterator[str]:
    """All that stands under a key, wherever."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == key and isinstance(part, str):
                yield part
            yield from strings(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part, key)


@pytest.mark.slow
def test_the_document_is_valid(merged: Mapping[str, Any]) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    assert merged["openapi"].startswith("3.1.")
    validate(merged, cls=OpenAPIV31SpecValidator)
    with pytest.raises(Exception, match=r"is a required property"):
        validate({"openapi": "3.1.0", "info": {}, "paths": {}}, cls=OpenAPIV31SpecValidator)


def test_its_identifiers_are_the_names_of_the_methods(merged: Mapping[str, Any]) -> None:
    assert {name: route for name, (route, _) in operations(merged).items()} == documented()


def test_every_component_is_used(merged: Mapping[str, Any]) -> None:
    components = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in merged["components"][kind]
    }
    used = {*strings(merged, "$ref")}
    for schema in merged["components"]["schemas"].values():
        used.update(schema.get("discriminator", {}).get("mapping", {}).values())
        for part in [schema, *schema.get("properties", {}).values()]:
            used.update(part.get("discriminator", {}).get("mapping", {}).values())
    assert used == components
    assert len(components) > 100


def test_its_components_are_the_models(merged: Mapping[str, Any]) -> None:
    names = set(merged["components"]["schemas"])
    assert {name for name in names if isinstance(getattr(models, name), type)} <= names <= set(models.__all__)


def test_it_has_nothing_of_the_generator_in_it(merged: Mapping[str, Any]) -> None:
    text = json.dumps(merged)
    assert not re.search(r'"x-(python|base|copy)"|<level|models\.', text)


def test_flags_can_only_be_true(merged: Mapping[str, Any]) -> None:
    """The server takes most of them for yes as soon as they are there, `?simplify=false` included."""
    flags = {
        (operation.path, parameter.wire_name)
        for operation in load().operations
        for parameter in operation.parameters
        if parameter.sent == "flag"
    }
    assert ("/instances/{id}/tags", "simplify") in flags
    only_true = {
        (path, parameter["name"])
        for path, methods in merged["paths"].items()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if parameter["schema"] == {"type": "boolean", "const": True}
    }
    assert only_true == flags


def test_lists_say_how_they_are_separated(merged: Mapping[str, Any]) -> None:
    (parameter,) = [
        parameter
        for parameter in merged["paths"]["/studies/{id}"]["get"]["parameters"]
        if parameter["name"] == "requested-tags"
    ]
    assert parameter["schema"] == {"type": "string"}
    assert parameter["description"].endswith(" Several are separated by `;`.")


def test_every_operation_is_described(merged: Mapping[str, Any]) -> None:
    for name, (route, operation) in operations(merged).items():
        assert operation["summary"].endswith("."), name
        assert operation["tags"], name
        assert {"200", "default"} <= set(operation["responses"]), name
        in_path = [one for one in operation.get("parameters", []) if one["in"] == "path"]
        assert [one["name"] for one in in_path] == re.findall(r"\{(\w+)\}", route), name
        assert all(one["description"] for one in operation.get("parameters", [])), name
        assert ("requestBody" in operation) == ("json" in parameters(name) or "content" in parameters(name))


def parameters(name: str) -> set[str]:
    return set(inspect.signature(getattr(AllRoutes, name)).parameters)
