"""Merges facts and overlay.

The facts are those of Orthanc's own OpenAPI document (`models/openapi/orthanc-*.json`, written by
:mod:`generator.facts.openapi`). The overlay (`models/openapi/overlay`) adds what they leave open, and corrects what
they get wrong. Contradictions are errors: an operation, a parameter or a field that only one of them has, an entry that
changes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from generator.specification.definitions import OPENAPI, VERSION, JsonObject, Specification, SpecificationError
from generator.specification.operations import read_operations
from generator.specification.schemas import check_schemas, copy_schemas
from generator.specification.yaml_files import read_yaml


def load(folder: Path = OPENAPI, version: str = VERSION) -> Specification:
    """Reads and merges facts and overlay.

    Raises:
        SpecificationError: if they contradict each other.
    """
    facts = cast(JsonObject, json.loads((folder / f"orthanc-{version}.json").read_text(encoding="utf-8")))
    overlay = folder / "overlay"
    schemas: dict[str, JsonObject] = {}
    modules: dict[str, tuple[str, ...]] = {}
    for file in sorted((overlay / "schemas").glob("*.yaml")):
        entries = read_yaml(file)
        for name in entries:
            if name in schemas:
                raise SpecificationError(f"{file.name}: {name} is defined twice")
        schemas.update(entries)
        modules[file.stem] = tuple(entries)
    copy_schemas(schemas)
    check_schemas(schemas)
    return Specification(
        version=facts["info"]["version"],
        source_sha256=facts["x-source-sha256"],
        operations=tuple(read_operations(facts, overlay, schemas)),
        schemas=schemas,
        modules=modules,
    )
