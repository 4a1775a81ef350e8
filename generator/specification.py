"""Facts and overlay, merged: what every operation takes and answers.

The facts are those of Orthanc's own OpenAPI document (`models/openapi/orthanc-*.json`, made by :mod:`generator.spec`).
The overlay (`models/openapi/overlay`) says what they leave open or get wrong.  Whatever the two do not agree on is an
error here: an operation, a parameter or a field of a body that only one of them has, an entry that changes nothing.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

OPENAPI = Path(__file__).parent.parent / "models" / "openapi"
VERSION = "1.13.0"
OLDEST = (1, 10, 1)

JsonObject = dict[str, Any]  # Any: documents are checked piece by piece below, not by their types

_LEVELS = {"patients": "patient", "studies": "study", "series": "series", "instances": "instance"}
_OPERATION_KEYS = {
    "why", "summary", "description", "since", "deprecated", "parameters", "added", "body", "body-required", "texts",
    "returns", "cases", "raises", "example", "paged",
}  # fmt: skip
_PARAMETER_KEYS = {"in", "type", "sent", "since", "description", "enum", "required"}


class SpecificationError(Exception):
    """Facts and overlay do not fit, or one of them cannot be understood; the message names the entry."""


@dataclass(frozen=True)
class Parameter:
    """A query argument or a header."""

    wire: str
    location: str
    type: str
    sent: str
    description: str
    since: str | None = None
    enum: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Case:
    """An answer that depends on arguments."""

    when: Mapping[str, object]
    returns: str


@dataclass(frozen=True)
class Body:
    """The body of a request: `json` with the types that it may have, or `content` with a media type.

    `texts` says what is done with DICOM tags in it, whose text some character sets lack (`Kind` of the client).
    """

    kind: str
    types: tuple[str, ...]
    media_type: str
    enum: tuple[str, ...] = ()
    required: bool = False
    texts: str = ""


@dataclass(frozen=True)
class OperationSpec:
    """One operation, as facts and overlay together describe it."""

    method: str
    path: str
    tag: str
    summary: str
    description: str
    path_parameters: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    body: Body | None
    returns: str
    cases: tuple[Case, ...]
    raises: Mapping[str, str]
    example: str
    since: str | None
    deprecated: bool
    paged: bool

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Specification:
    """All operations and all schemas; `modules` says which file of the overlay a schema stands in."""

    version: str
    source_sha256: str
    operations: tuple[OperationSpec, ...]
    schemas: Mapping[str, JsonObject]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load(folder: Path = OPENAPI, version: str = VERSION) -> Specification:
    """Reads and merges facts and overlay.

    Raises:
        SpecificationError: if they do not fit together.
    """
    facts = cast(JsonObject, json.loads((folder / f"orthanc-{version}.json").read_text(encoding="utf-8")))
    overlay = folder / "overlay"
    schemas: dict[str, JsonObject] = {}
    modules: dict[str, tuple[str, ...]] = {}
    for file in sorted((overlay / "schemas").glob("*.yaml")):
        entries = _yaml(file)
        for name in entries:
            if name in schemas:
                raise SpecificationError(f"{file.name}: {name} is defined twice")
        schemas.update(entries)
        modules[file.stem] = tuple(entries)
    _copy_schemas(schemas)
    _check_schemas(schemas)
    return Specification(
        version=facts["info"]["version"],
        source_sha256=facts["x-source-sha256"],
        operations=tuple(_operations(facts, overlay, schemas)),
        schemas=schemas,
        modules=modules,
    )


def _yaml(file: Path) -> JsonObject:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise SpecificationError(f"{file.name}: a mapping is expected")
    return cast(JsonObject, content)


# ---------------------------------------------------------------------------------------------------------------------
# Schemas
# ---------------------------------------------------------------------------------------------------------------------


def references(schema: object) -> Iterator[str]:
    """The names of the schemas that a schema refers to."""
    if isinstance(schema, dict):
        for key, value in cast(JsonObject, schema).items():
            if key == "$ref":
                yield value
            elif key != "discriminator":
                yield from references(value)
    elif isinstance(schema, list):
        for item in cast(list[object], schema):
            yield from references(item)


def _copy_schemas(schemas: dict[str, JsonObject]) -> None:
    """`x-copy` takes the fields of another schema, of which fewer are required."""
    for name, schema in schemas.items():
        if original := schema.get("x-copy"):
            copied = {**copy.deepcopy(schemas[original]), **schema}
            del copied["x-copy"]
            schemas[name] = copied


def _check_schemas(schemas: Mapping[str, JsonObject]) -> None:
    for name, schema in schemas.items():
        if not schema.get("description"):
            raise SpecificationError(f"{name}: has no description")
        for reference in references(schema):
            if reference not in schemas:
                raise SpecificationError(f"{name}: refers to {reference}, which is not defined")
        for field_name, part in schema.get("properties", {}).items():
            if not part.get("description") and "const" not in part:
                raise SpecificationError(f"{name}.{field_name}: has no description")
            _refuse_anonymous(f"{name}.{field_name}", part)
        for what, part in schema.items():
            if what != "properties":
                _refuse_anonymous(name, part)


def _refuse_anonymous(where: str, part: object) -> None:
    """Every object with fields must be a schema of its own, so that its class gets a name that means something."""
    if isinstance(part, dict):
        if "properties" in part:
            raise SpecificationError(f"{where}: an object without a name; make it a schema of its own")
        for value in cast(JsonObject, part).values():
            _refuse_anonymous(where, value)
    elif isinstance(part, list):
        for value in cast(list[object], part):
            _refuse_anonymous(where, value)


def fields_of(schemas: Mapping[str, JsonObject], name: str) -> dict[str, JsonObject]:
    """The fields of a schema, those that it inherits included."""
    schema = schemas[name]
    fields: dict[str, JsonObject] = {}
    for base in schema.get("allOf", []):
        fields.update(fields_of(schemas, base["$ref"]))
    fields.update(schema.get("properties", {}))
    return fields


# ---------------------------------------------------------------------------------------------------------------------
# Operations
# ---------------------------------------------------------------------------------------------------------------------


def expand_levels(key: str, entry: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """An entry for several levels of the hierarchy, such as `GET /{patients,studies}/{id}`, as one entry for each."""
    match = re.search(r"\{(\w+(?:,\w+)+)\}", key)
    if match is None:
        yield key, entry
        return
    for levels in match[1].split(","):
        level = _LEVELS[levels]
        text = json.dumps(entry)
        if level == "instance":
            text = re.sub(r"\b([Aa]) <level>", r"\1n <level>", text)
        text = text.replace("<levels>", levels).replace("<level>", level).replace("<Level>", level.capitalize())
        yield key.replace(match[0], levels), json.loads(text)


def _operations(facts: JsonObject, overlay: Path, schemas: Mapping[str, JsonObject]) -> Iterator[OperationSpec]:
    entries: dict[str, JsonObject] = {}
    for file in sorted((overlay / "operations").glob("*.yaml")):
        content = _yaml(file)
        if not content.pop("why", None):
            raise SpecificationError(f"{file.name}: says no `why`")
        for key, entry in content.items():
            for expanded, specific in expand_levels(key, entry):
                if expanded in entries:
                    raise SpecificationError(f"{expanded}: is described twice")
                entries[expanded] = specific
    known = _yaml(overlay / "parameters.yaml")
    paths = _yaml(overlay / "paths.yaml")
    used: set[str] = set()
    for path, methods in facts["paths"].items():
        for method, fact in methods.items():
            key = f"{method.upper()} {path}"
            if key not in entries:
                raise SpecificationError(f"{key}: Orthanc has this operation, the overlay has not")
            operation = _operation(key, fact, entries.pop(key), known, paths, schemas)
            used.update(parameter.wire for parameter in operation.parameters)
            yield operation
    if entries:
        raise SpecificationError(f"the overlay has operations that Orthanc has not: {', '.join(sorted(entries))}")
    if unused := sorted(set(known) - used):
        raise SpecificationError(f"parameters.yaml: no operation has {', '.join(unused)}")


def _operation(
    key: str,
    fact: JsonObject,
    entry: JsonObject,
    known: JsonObject,
    paths: JsonObject,
    schemas: Mapping[str, JsonObject],
) -> OperationSpec:
    if unknown := sorted(set(entry) - _OPERATION_KEYS):
        raise SpecificationError(f"{key}: unknown keys {', '.join(unknown)}")
    for needed in ("summary", "returns"):
        if not entry.get(needed):
            raise SpecificationError(f"{key}: says no {needed}")
    if entry.get("deprecated") and fact.get("deprecated"):
        raise SpecificationError(f"{key}: deprecated is what Orthanc's document says already")
    method, path = key.split(" ")
    body = _body(key, fact, entry, schemas)
    parameters = tuple(_parameters(key, fact, entry, known))
    cases = tuple(Case(case["when"], case["returns"]) for case in entry.get("cases", []))
    known_words = {parameter.wire for parameter in parameters}
    if body is not None and body.types and body.types[0] in schemas:
        known_words |= {f"json.{name}" for name in fields_of(schemas, body.types[0])}
    for word in [word for case in cases for word in case.when]:
        if word not in known_words:
            raise SpecificationError(f"{key}: has a case for {word}, which it does not have")
    return OperationSpec(
        method=method,
        path=path,
        tag=fact["tags"][0],
        summary=entry["summary"],
        description=entry.get("description", ""),
        path_parameters=_path_parameters(key, path, paths),
        parameters=parameters,
        body=body,
        returns=entry["returns"],
        cases=cases,
        raises=entry.get("raises", {}),
        example=entry.get("example", ""),
        since=_newer(entry.get("since")),
        deprecated=bool(entry.get("deprecated") or fact.get("deprecated")),
        paged=bool(entry.get("paged")),
    )


def _newer(version: str | None) -> str | None:
    """The version, if it is newer than the oldest one that is supported."""
    if version is None or tuple(map(int, str(version).split("."))) <= OLDEST:
        return None
    return str(version)


def _path_parameters(key: str, path: str, paths: JsonObject) -> dict[str, str]:
    root = path.split("/")[1]
    texts = {**paths["*"], **paths.get(root, {})}
    found: dict[str, str] = {}
    for name in re.findall(r"\{(\w+)\}", path):
        if name not in texts:
            raise SpecificationError(f"{key}: paths.yaml does not say what {name} is")
        found[name] = texts[name]
    return found


def _parameters(key: str, fact: JsonObject, entry: JsonObject, known: JsonObject) -> Iterator[Parameter]:
    documented = [part["name"] for part in fact.get("parameters", []) if part["in"] != "path"]
    added = list[str](entry.get("added", []))
    if added and not entry.get("why"):
        raise SpecificationError(f"{key}: adds {', '.join(added)} without saying why")
    if superfluous := sorted(set(added) & set(documented)):
        raise SpecificationError(f"{key}: adds {', '.join(superfluous)}, which Orthanc's document has already")
    own = dict[str, JsonObject](entry.get("parameters", {}))
    if unknown := sorted(set(own) - set(documented) - set(added)):
        raise SpecificationError(f"{key}: describes {', '.join(unknown)}, which it does not have")
    order = list(known)  # the order in which parameters.yaml lists them reads better than the alphabet
    for name in sorted(itertools.chain(documented, added), key=lambda name: order.index(name) if name in order else -1):
        common = known.get(name, {})
        special = own.get(name, {})
        for what, value in special.items():
            if what not in _PARAMETER_KEYS:
                raise SpecificationError(f"{key}: {name}: unknown key {what}")
            if common.get(what) == value:
                raise SpecificationError(f"{key}: {name}: {what} is what parameters.yaml says already")
        merged = {**common, **special}
        for needed in ("in", "type", "sent", "description"):
            if needed not in merged:
                raise SpecificationError(f"{key}: {name}: says no {needed}")
        yield Parameter(
            wire=name,
            location=merged["in"],
            type=merged["type"],
            sent=merged["sent"],
            description=merged["description"],
            since=_newer(merged.get("since")),
            enum=tuple(merged.get("enum", ())),
            required=bool(merged.get("required")),
        )


def _body(key: str, fact: JsonObject, entry: JsonObject, schemas: Mapping[str, JsonObject]) -> Body | None:
    documented = fact.get("requestBody", {}).get("content", {})
    written = entry.get("body")
    if written is None:
        if documented:
            raise SpecificationError(f"{key}: Orthanc's document has a body, the overlay has not")
        return None
    kind, _, rest = written.partition(" ")
    required = bool(entry.get("body-required"))
    if kind == "content":
        media_type, _, choices = rest.partition(" one of ")
        media_type, _, enum_name = media_type.partition(" ")
        enum = tuple(choices.split(", ")) if choices else ()
        if enum_name:
            enum = tuple(schemas[enum_name]["enum"])
        return Body("content", (), media_type, enum, required)
    if kind != "json":
        raise SpecificationError(f"{key}: a body is `json ...` or `content ...`, not {written!r}")
    types = tuple(rest.split(" | "))
    if types[0] in schemas and "properties" in schemas[types[0]]:
        fields = fields_of(schemas, types[0])
        is_open = "x-base" in schemas[types[0]]
        missing = set(documented.get("application/json", {}).get("schema", {}).get("properties", {})) - set(fields)
        if missing and not is_open:
            raise SpecificationError(f"{key}: {types[0]} lacks {', '.join(sorted(missing))} of Orthanc's document")
    texts = entry.get("texts", "")
    if texts not in ("", "change", "creation", "query"):
        raise SpecificationError(f"{key}: texts are of a change, a creation or a query, not of {texts!r}")
    return Body("json", types, "application/json", (), required, texts)
