"""Extracts the facts about the interface from the OpenAPI document of Orthanc.

`Orthanc --openapi=-` prints a document of facts (paths, parameters, types, media types), prose (under the GPL) and
samples (resources of the demo server). Only the facts are committed here, and only they feed the generator; of a
sample, only its *shape* is kept.

The result is a valid OpenAPI document itself, with three additions:

`x-source-sha256`
    the SHA-256 of the original document without samples (see `source_hash`);
`x-since`
    in an operation, parameter, property or body: the first version of Orthanc that has it, if the prose says so
    ("new in Orthanc 1.12.5");
`x-sample-shape`
    in the media type of a response: a JSON Schema of Orthanc's sample, names and types without values. Orthanc
    truncates samples with many fields: such an object has `x-truncated`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from generator.facts.json_values import JsonObject, JsonValue, as_list, as_object
from generator.facts.sample_shapes import merge_shapes, shape_of

METHODS = ("get", "put", "post", "delete", "head", "options", "patch")

_NEW_IN = re.compile(r"new\s+in\s+Orthanc\s+(\d+(?:\.\d+)+)", re.IGNORECASE)


class NotOpenApi(ValueError):
    """The document is not what `Orthanc --openapi` prints."""


def extract_facts(document: Mapping[str, JsonValue]) -> JsonObject:
    """The facts of a document: the same ones, byte for byte, for documents that differ in samples only.

    Raises:
        NotOpenApi: The document has no paths or no version.
    """
    info = as_object(document.get("info"))
    version = info.get("version")
    paths = as_object(document.get("paths"))
    if not paths or not isinstance(version, str):
        raise NotOpenApi("an OpenAPI document has `info.version` and `paths`, but this one does not")
    result: JsonObject = {
        "openapi": document.get("openapi", "3.0.0"),
        "info": {"title": "Orthanc REST API", "version": version},
        "x-source-sha256": source_hash(document),
        "paths": {_path(path): _path_item(path, as_object(item)) for path, item in paths.items()},
    }
    return as_object(_sorted(result))


def source_hash(document: Mapping[str, JsonValue]) -> str:
    """The SHA-256 of the document as canonical JSON, without its samples, which differ from run to run."""
    text = json.dumps(_without_samples(dict(document)), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def dumps(document: Mapping[str, JsonValue]) -> str:
    """The text that is committed: sorted, indented, ending with a newline."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def operations(document: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """(METHOD, path) of every operation, sorted by path."""
    paths = as_object(document.get("paths"))
    return sorted(
        ((method.upper(), path) for path, item in paths.items() for method in as_object(item) if method in METHODS),
        key=lambda operation: (operation[1], operation[0]),
    )


# --- the parts of a document --------------------------------------------------------------------------------------


def _path(path: str) -> str:
    """Orthanc's routes end in `...` where any further path may follow; OpenAPI has no notation for it: `{path}`."""
    return path.removesuffix("...") + "{path}" if path.endswith("/...") else path


def _path_item(path: str, item: JsonObject) -> JsonObject:
    return {method: _operation(path, as_object(item[method])) for method in item if method in METHODS}


def _operation(path: str, operation: JsonObject) -> JsonObject:
    result: JsonObject = {
        "deprecated": bool(operation.get("deprecated", False)),
        "parameters": list(_parameters(path, as_list(operation.get("parameters")))),
        "responses": {
            status: _response(as_object(response)) for status, response in as_object(operation.get("responses")).items()
        },
        "tags": as_list(operation.get("tags")),
        **_since(operation),
    }
    body = as_object(operation.get("requestBody"))
    if body:
        result["requestBody"] = {
            "content": {
                media_type: _media(as_object(media)) for media_type, media in as_object(body.get("content")).items()
            }
        }
    return result


def _parameters(path: str, parameters: Iterable[JsonValue]) -> Iterable[JsonValue]:
    found: dict[tuple[str, str], JsonObject] = {}
    for value in parameters:
        parameter = as_object(value)
        location, name = str(parameter.get("in")), str(parameter.get("name"))
        if location == "path" and name == "...":
            name = "path"
        found[location, name] = {
            "in": location,
            "name": name,
            "required": location == "path" or bool(parameter.get("required", False)),
            "schema": _schema(as_object(parameter.get("schema"))),
            **_since(parameter),
        }
    if path.endswith("/..."):
        found.setdefault(
            ("path", "path"), {"in": "path", "name": "path", "required": True, "schema": {"type": "string"}}
        )
    return [found[key] for key in sorted(found)]


def _response(response: JsonObject) -> JsonObject:
    result: JsonObject = {"description": ""}  # required by OpenAPI
    content = as_object(response.get("content"))
    if content:
        result["content"] = {media_type: _media(as_object(media)) for media_type, media in content.items()}
    headers = as_object(response.get("headers"))
    if headers:
        result["headers"] = {
            name: {"schema": {"type": "string"}, **_since(as_object(header))} for name, header in headers.items()
        }
    return result


def _media(media: JsonObject) -> JsonObject:
    schema = as_object(media.get("schema"))
    result: JsonObject = {"schema": _schema(schema)}
    samples = [*_samples(media), *_samples(schema)]
    if samples:
        result["x-sample-shape"] = merge_shapes(shape_of(sample) for sample in samples)
    return result


def _samples(holder: JsonObject) -> list[JsonValue]:
    found = [holder["example"]] if "example" in holder else []
    examples = holder.get("examples")
    if isinstance(examples, dict):
        found += [as_object(example).get("value", example) for example in examples.values()]
    elif isinstance(examples, list):
        found += examples
    return found


def _schema(schema: JsonObject) -> JsonObject:
    """The machine-readable parts of a schema."""
    result: JsonObject = {**_since(schema)}
    for key in ("type", "format", "enum", "nullable", "required", "minimum", "maximum"):
        if key in schema:
            result[key] = schema[key]
    for key in ("items", "additionalProperties"):
        value = schema.get(key)
        if isinstance(value, dict):
            result[key] = _schema(value)
        elif isinstance(value, bool):
            result[key] = value
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            result[key] = [_schema(as_object(one)) for one in as_list(schema[key])]
    properties = as_object(schema.get("properties"))
    if properties:
        result["properties"] = {name: _schema(as_object(properties[name])) for name in properties}
    return result


def _since(described: JsonObject) -> JsonObject:
    """`x-since` if the prose names exactly one first version: several of them are about parts of it."""
    prose = f"{described.get('summary', '')} {described.get('description', '')}"
    versions = set(_NEW_IN.findall(prose))
    return {"x-since": versions.pop()} if len(versions) == 1 else {}


# --- JSON ---------------------------------------------------------------------------------------------------------


def _without_samples(value: JsonValue, *, inside_properties: bool = False) -> JsonValue:
    if isinstance(value, list):
        return [_without_samples(one) for one in value]
    if isinstance(value, dict):
        return {
            key: _without_samples(one, inside_properties=key == "properties" and not inside_properties)
            for key, one in value.items()
            if inside_properties or key not in ("example", "examples")
        }
    return value


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_sorted(one) for one in value]
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value
