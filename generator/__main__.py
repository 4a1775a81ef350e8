"""`python -m generator` writes everything that is generated; with `--check` it only compares, and fails on a difference."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator import error_codes, models, routes
from generator.document import document
from generator.specification import OPENAPI, Specification, SpecificationError, load

ROOT = Path(__file__).parent.parent
_MODELS = Path("models/orthanc_models")
_ROUTES = Path("orthanc_sdk/routes")


def outputs(specification: Specification) -> dict[Path, str]:
    """Every generated file, by its path below the root of the project."""
    files = {_MODELS / f"{name}.py": source for name, source in models.modules(specification)}
    files.update({_MODELS / f"{name}.py": source for name, source in error_codes.modules()})
    files.update({_ROUTES / f"{name}.py": source for name, source in routes.modules(specification)})
    merged = OPENAPI.relative_to(ROOT) / f"orthanc-{specification.version}-merged.json"
    files[merged] = document(specification)
    return files


def generated_files(root: Path) -> set[Path]:
    """The files that are there and say that they are generated, together with all route modules: those are all generated."""
    found = set[Path]()
    for folder in (_MODELS, _ROUTES):
        for file in (root / folder).rglob("*.py"):
            if folder == _ROUTES or file.read_text(encoding="utf-8").startswith(models.HEADER):
                found.add(file.relative_to(root))
    found.update(file.relative_to(root) for file in (root / "models" / "openapi").glob("*-merged.json"))
    return found


def differences(root: Path, files: Mapping[Path, str]) -> Iterator[str]:
    """What `make generate` would change, one text for each file."""
    for path, source in sorted(files.items()):
        there = root / path
        current = there.read_text(encoding="utf-8") if there.exists() else ""
        if current != source:
            diff = difflib.unified_diff(
                current.splitlines(), source.splitlines(), f"{path} (now)", f"{path} (generated)", lineterm="", n=1
            )
            yield f"{path}: {'differs' if there.exists() else 'is missing'}\n" + "\n".join(list(diff)[:20])
    for path in sorted(generated_files(root) - set(files)):
        yield f"{path}: is not generated any more"


def write(root: Path, files: Mapping[Path, str]) -> int:
    """Writes what differs and deletes what is not generated any more; returns how many files that were."""
    changed = 0
    for path in generated_files(root) - set(files):
        (root / path).unlink()
        changed += 1
    for path, source in files.items():
        there = root / path
        if not there.exists() or there.read_text(encoding="utf-8") != source:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(source, encoding="utf-8")
            changed += 1
    return changed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something differs")
    options = parser.parse_args(arguments)
    try:
        files = outputs(load())
    except SpecificationError as error:
        print(f"generator: {error}", file=sys.stderr)
        return 2
    if options.check:
        found = list(differences(ROOT, files))
        for text in found:
            print(text)
        print(f"{len(files)} generated files, {len(found)} of them differ" + ('; run "make generate"' if found else ""))
        return 1 if found else 0
    changed = write(ROOT, files)
    print(f"{len(files)} generated files, {changed} of them changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
