"""Documents of a few lines: facts and overlay in a folder of their own, as the generator reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from generator.specification.definitions import Specification
from generator.specification.load import load
from generator.writers import models, models_package, routes

ROOT = Path(__file__).parents[2]

FACTS: dict[str, object] = {
    "openapi": "3.0.0",
    "info": {"title": "Tiny", "version": "1.13.0"},
    "x-source-sha256": "0",
    "paths": {
        "/things": {"get": {"tags": ["Small things"], "parameters": [{"name": "expand", "in": "query"}]}},
        "/things/{id}": {
            "get": {
                "tags": ["Small things"],
                "parameters": [{"name": "id", "in": "path"}, {"name": "If-None-Match", "in": "header"}],
            },
            "delete": {"tags": ["Small things"]},
        },
        "/things/{id}/change": {
            "post": {
                "tags": ["Changes"],
                "requestBody": {
                    "content": {"application/json": {"schema": {"properties": {"NewName": {}, "Colour": {}}}}}
                },
            }
        },
        "/things/{id}/frames/{frame}/raw.gz": {"get": {"tags": ["Changes"]}},
    },
}

OVERLAY = {
    "schemas/enumerations.yaml": """
Colour: {description: A colour., type: string, enum: [red, blue]}
State: {description: A state., type: string, enum: [new, old]}
""",
    "schemas/hand_written.yaml": """
UtcDateTime: {description: A time., type: string, x-python: schemas.field_types.UtcDateTime}
""",
    "schemas/things.yaml": """
Thing:
  description: A thing.
  required: [ID, State]
  properties:
    ID: {description: Its identifier., type: string}
    State: {description: How it is., $ref: State}
    LastUpdate: {description: When it changed., $ref: UtcDateTime}
    SizeMB: {description: How large it is., type: integer, x-since: 1.12.0}
""",
    "schemas/requests.yaml": """
ChangeRequest:
  description: What to change.
  required: [NewName]
  properties:
    NewName: {description: The new name., type: string}
    Colour: {description: The new colour., $ref: Colour}
""",
    "parameters.yaml": """
expand: {in: query, type: boolean, sent: flag, description: Things instead of identifiers.}
If-None-Match: {in: header, type: string, sent: header_text, description: An ETag.}
""",
    "paths.yaml": """
things: {id: Identifier of the thing.}
'*': {frame: Number of the frame.}
""",
    "operations/things.yaml": """
why: Tiny.
GET /things:
  summary: List the things.
  returns: string[]
  cases: [{when: {expand: true}, returns: 'Thing[]'}]
GET /things/{id}: {summary: Get a thing., returns: Thing, raises: {NotFound: there is none}}
DELETE /things/{id}: {summary: Delete a thing., since: 1.12.0, returns: nothing}
POST /things/{id}/change:
  summary: Change a thing.
  body: json ChangeRequest
  body-required: true
  returns: Thing
GET /things/{id}/frames/{frame}/raw.gz: {summary: Get the pixels., returns: bytes application/gzip}
""",
}


class Tiny:
    """Facts and overlay in a folder; single passages can be replaced before they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "overlay" / "schemas").mkdir(parents=True)
        (folder / "overlay" / "operations").mkdir()
        self.facts(FACTS)
        for name, text in OVERLAY.items():
            self.write(name, text)

    def facts(self, facts: object) -> None:
        (self.folder / "orthanc-1.13.0.json").write_text(json.dumps(facts), encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.folder / "overlay" / name).write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        file = self.folder / "overlay" / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def replace_fact(self, old: str, new: str) -> None:
        text = json.dumps(FACTS)
        assert old in text, f"the facts have no {old!r}"
        (self.folder / "orthanc-1.13.0.json").write_text(text.replace(old, new), encoding="utf-8")

    def load(self) -> Specification:
        return load(self.folder)

    def sources(self) -> dict[str, str]:
        """Each generated file, as `routes/things`, `models/__init__` or `models/schemas/things`."""
        specification = self.load()
        found = {f"models/{name}": source for name, source in models_package.modules(specification)}
        found |= {f"models/schemas/{name}": source for name, source in models.modules(specification)}
        return found | {f"routes/{name}": source for name, source in routes.modules(specification)}

    def install(self, folder: Path) -> None:
        """Both packages as they would be if this was all that Orthanc had: what is written by hand stays."""
        skip = shutil.ignore_patterns("__pycache__", "routes")
        shutil.copytree(ROOT / "orthanc_sdk", folder / "orthanc_sdk", ignore=skip)
        (folder / "orthanc_sdk" / "routes").mkdir()
        here = ROOT / "models" / "orthanc_models"
        for file in here.rglob("*.py"):
            if not file.read_text(encoding="utf-8").startswith(models.HEADER):
                copy = folder / "orthanc_models" / file.relative_to(here)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
        for name, source in self.sources().items():
            package = "orthanc_models" if name.startswith("models/") else "orthanc_sdk/routes"
            (folder / package / f"{name.partition('/')[2]}.py").write_text(source, encoding="utf-8")
