"""The operations: the facts of each, merged with its entry in the overlay."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.specification.definitions import (
    OLDEST_VERSION,
    Body,
    Case,
    JsonObject,
    OperationSpec,
    Parameter,
    SpecificationError,
)
from generator.specification.schemas import fields_of
from generator.specification.yaml_files import read_yaml

_SINGULAR = {"patients": "patient", "studies": "study", "series": "series", "instances": "instance"}
_OPERATION_KEYS = {
    "why", "summary", "description", "since", "deprecated", "parameters", "added", "body", "body-required", "texts",
    "returns", "cases", "raises", "example", "paged",
}  # fmt: skip
_PARAMETER_KEYS = {"in", "type", "sent", "since", "description", "enum", "required"}


def expand_levels(key: str, entry: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Splits an entry for several levels, such as `GET /{patients,studies}/{id}`, into one entry for each."""
    match = re.search(r"\{(\w+(?:,\w+)+)\}", key)
    if match is None:
        yield key, entry
        return
    for levels in match[1].split(","):
        level = _SINGULAR[levels]
        text = json.dumps(entry)
        if level == "instance":
            text = re.sub(r"\b([Aa]) <level>", r"\1n <level>", text)
        text = text.replace("<levels>", levels).replace("<level>", level).replace("<Level>", level.capitalize())
        yield key.replace(match[0], levels), json.loads(text)


def read_operations(facts: JsonObject, overlay: Path, schemas: Mapping[str, JsonObject]) -> Iterator[OperationSpec]:
    """The operations in the order of the facts.

    Raises:
        SpecificationError: if facts and overlay contradict each other.
    """
    entries: dict[str, JsonObject] = {}
    for file in sorted((overlay / "operations").glob("*.yaml")):
        content = read_yaml(file)
        if not content.pop("why", None):
            raise SpecificationError(f"{file.name}: lacks `why`")
        for key, entry in content.items():
            for expanded, specific in expand_levels(key, entry):
                if expanded in entries:
                    raise SpecificationError(f"{expanded}: is described twice")
                entries[expanded] = specific
    known = read_yaml(overlay / "parameters.yaml")
    paths = read_yaml(overlay / "paths.yaml")
    used: set[str] = set()
    for path, methods in facts["paths"].items():
        for method, fact in methods.items():
            key = f"{method.upper()} {path}"
            if key not in entries:
                raise SpecificationError(f"{key}: is in the facts, but not in the overlay")
            operation = _operation(key, fact, entries.pop(key), known, paths, schemas)
            used.update(parameter.wire_name for parameter in operation.parameters)
            yield operation
    if entries:
        raise SpecificationError(f"in the overlay, but not in the facts: {', '.join(sorted(entries))}")
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
            raise SpecificationError(f"{key}: lacks `{needed}`")
    if entry.get("deprecated") and fact.get("deprecated"):
        raise SpecificationError(f"{key}: `deprecated` repeats Orthanc's document")
    method, path = key.split(" ")
    body = _body(key, fact, entry, schemas)
    parameters = tuple(_parameters(key, fact, entry, known))
    cases = tuple(Case(case["when"], case["returns"]) for case in entry.get("cases", []))
    known_words = {parameter.wire_name for parameter in parameters}
    if body is not None and body.types and body.types[0] in schemas:
        known_words |= {f"json.{name}" for name in fields_of(schemas, body.types[0])}
    for word in [word for case in cases for word in case.when]:
        if word not in known_words:
            raise SpecificationError(f"{key}: has a case for {word}, which is not an argument")
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
        since=_if_newer(entry.get("since")),
        deprecated=bool(entry.get("deprecated") or fact.get("deprecated")),
        paged=bool(entry.get("paged")),
    )


def _if_newer(version: str | None) -> str | None:
    """The version, if it is newer than the oldest supported one."""
    if version is None or tuple(map(int, str(version).split("."))) <= OLDEST_VERSION:
        return None
    return str(version)


def _path_parameters(key: str, path: str, paths: JsonObject) -> dict[str, str]:
    root = path.split("/")[1]
    texts = {**paths["*"], **paths.get(root, {})}
    found: dict[str, str] = {}
    for name in re.findall(r"\{(\w+)\}", path):
        if name not in texts:
            raise SpecificationError(f"{key}: paths.yaml does not describe {name}")
        found[name] = texts[name]
    return found


def _parameters(key: str, fact: JsonObject, entry: JsonObject, known: JsonObject) -> Iterator[Parameter]:
    documented = [part["name"] for part in fact.get("parameters", []) if part["in"] != "path"]
    added = list[str](entry.get("added", []))
    if added and not entry.get("why"):
        raise SpecificationError(f"{key}: adds {', '.join(added)} without a `why`")
    if superfluous := sorted(set(added) & set(documented)):
        raise SpecificationError(f"{key}: adds {', '.join(superfluous)}, which Orthanc's document already has")
    own = dict[str, JsonObject](entry.get("parameters", {}))
    if unknown := sorted(set(own) - set(documented) - set(added)):
        raise SpecificationError(f"{key}: describes {', '.join(unknown)}, which it does not have")
    order = list(known)  # that of parameters.yaml reads better than the alphabetical one
    for name in sorted(itertools.chain(documented, added), key=lambda name: order.index(name) if name in order else -1):
        common = known.get(name, {})
        special = own.get(name, {})
        for what, value in special.items():
            if what not in _PARAMETER_KEYS:
                raise SpecificationError(f"{key}: {name}: unknown key {what}")
            if common.get(what) == value:
                raise SpecificationError(f"{key}: {name}: `{what}` repeats parameters.yaml")
        merged = {**common, **special}
        for needed in ("in", "type", "sent", "description"):
            if needed not in merged:
                raise SpecificationError(f"{key}: {name}: lacks `{needed}`")
        yield Parameter(
            wire_name=name,
            location=merged["in"],
            type=merged["type"],
            sent=merged["sent"],
            description=merged["description"],
            since=_if_newer(merged.get("since")),
            enum=tuple(merged.get("enum", ())),
            required=bool(merged.get("required")),
        )


def _body(key: str, fact: JsonObject, entry: JsonObject, schemas: Mapping[str, JsonObject]) -> Body | None:
    documented = fact.get("requestBody", {}).get("content", {})
    written = entry.get("body")
    if written is None:
        if documented:
            raise SpecificationError(f"{key}: has a body in Orthanc's document, but not in the overlay")
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
