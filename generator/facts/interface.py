"""The interface facts of an OpenAPI document that Orthanc wrote about itself.

`Orthanc --openapi=-` prints a document of three kinds of things: facts about the interface (paths, parameters, types,
media types), sentences (Orthanc's own prose, under the GPL) and samples (whatever was stored on the server that was
asked). Only the facts are committed here and only they feed the generator; of a sample only its *shape* is kept.

The result is again a valid OpenAPI document, with three additions:

`x-source-sha256`
    the sha256 of the document it was made from, samples aside (see `source_hash`);
`x-since`
    on an operation, parameter, property or body: the first version of Orthanc that knows it, where the prose says
    "new in Orthanc 1.12.5";
`x-sample-shape`
    on an answer's media type: a JSON Schema of the sample Orthanc gave there: names and types, no values. Orthanc cuts
    samples of many fields: an object that was cut says `x-truncated`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from pydicom.datadict import tag_for_keyword

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

METHODS = ("get", "put", "post", "delete", "head", "options", "patch")

_NEW_IN = re.compile(r"new\s+in\s+Orthanc\s+(\d+(?:\.\d+)+)", re.IGNORECASE)

_DATA_KEY = re.compile(
    r"""
      [0-9a-f]{8}(-[0-9a-f]{8}){4}                    # an Orthanc identifier
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}   # a UUID
    | [0-9a-f]{4}[,-]?[0-9a-f]{4}                     # a DICOM tag
    | \d+(\.\d+)*                                     # a number, a version, a DICOM UID
    """,
    re.IGNORECASE | re.VERBOSE,
)

_CUT = ("{...}", "...")  # what Orthanc puts, as a key or an element, where it has cut a sample


class NotOpenApi(ValueError):
    """The document is not what Orthanc prints with --openapi."""


def facts(document: Mapping[str, JsonValue]) -> JsonObject:
    """Strip `document` to its facts; the same document gives the same facts, byte for byte, whatever its samples are.

    Raises `NotOpenApi` when `document` has no paths or no version.
    """
    info = _object(document.get("info"))
    version = info.get("version")
    paths = _object(document.get("paths"))
    if not paths or not isinstance(version, str):
        raise NotOpenApi("an OpenAPI document has an `info.version` and `paths`, and this one has not")
    result: JsonObject = {
        "openapi": document.get("openapi", "3.0.0"),
        "info": {"title": "Orthanc REST API", "version": version},
        "x-source-sha256": source_hash(document),
        "paths": {_path(path): _path_item(path, _object(item)) for path, item in paths.items()},
    }
    return _object(_sorted(result))


def source_hash(document: Mapping[str, JsonValue]) -> str:
    """Sha256 of the document as canonical JSON without its samples, which differ from run to run."""
    text = json.dumps(_without_samples(dict(document)), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def dumps(document: Mapping[str, JsonValue]) -> str:
    """The text that is committed: sorted, indented, ending with a newline."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def operations(document: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """(METHOD, path) of every operation, sorted by path."""
    paths = _object(document.get("paths"))
    return sorted(
        ((method.upper(), path) for path, item in paths.items() for method in _object(item) if method in METHODS),
        key=lambda operation: (operation[1], operation[0]),
    )


# --- the parts of a document --------------------------------------------------------------------------------------


def _path(path: str) -> str:
    """Orthanc's routes end in `...` where any further path may follow; OpenAPI has no word for that: it is `{path}`."""
    return path.removesuffix("...") + "{path}" if path.endswith("/...") else path


def _path_item(path: str, item: JsonObject) -> JsonObject:
    return {method: _operation(path, _object(item[method])) for method in item if method in METHODS}


def _operation(path: str, operation: JsonObject) -> JsonObject:
    result: JsonObject = {
        "deprecated": bool(operation.get("deprecated", False)),
        "parameters": list(_parameters(path, _list(operation.get("parameters")))),
        "responses": {
            status: _response(_object(answer)) for status, answer in _object(operation.get("responses")).items()
        },
        "tags": _list(operation.get("tags")),
        **_since(operation),
    }
    body = _object(operation.get("requestBody"))
    if body:
        result["requestBody"] = {
            "content": {kind: _media(_object(media)) for kind, media in _object(body.get("content")).items()}
        }
    return result


def _parameters(path: str, parameters: Iterable[JsonValue]) -> Iterable[JsonValue]:
    found: dict[tuple[str, str], JsonObject] = {}
    for value in parameters:
        parameter = _object(value)
        place, name = str(parameter.get("in")), str(parameter.get("name"))
        if place == "path" and name == "...":
            name = "path"
        found[place, name] = {
            "in": place,
            "name": name,
            "required": place == "path" or bool(parameter.get("required", False)),
            "schema": _schema(_object(parameter.get("schema"))),
            **_since(parameter),
        }
    if path.endswith("/..."):
        found.setdefault(
            ("path", "path"), {"in": "path", "name": "path", "required": True, "schema": {"type": "string"}}
        )
    return [found[key] for key in sorted(found)]


def _response(response: JsonObject) -> JsonObject:
    result: JsonObject = {"description": ""}  # OpenAPI demands the key, not a text
    content = _object(response.get("content"))
    if content:
        result["content"] = {kind: _media(_object(media)) for kind, media in content.items()}
    headers = _object(response.get("headers"))
    if headers:
        result["headers"] = {name: {"schema": {"type": "string"}, **_since(_object(headers[name]))} for name in headers}
    return result


def _media(media: JsonObject) -> JsonObject:
    schema = _object(media.get("schema"))
    result: JsonObject = {"schema": _schema(schema)}
    samples = [*_samples(media), *_samples(schema)]
    if samples:
        result["x-sample-shape"] = merge_shapes(shape(sample) for sample in samples)
    return result


def _samples(holder: JsonObject) -> list[JsonValue]:
    found = [holder["example"]] if "example" in holder else []
    examples = holder.get("examples")
    if isinstance(examples, dict):
        found += [_object(example).get("value", example) for example in examples.values()]
    elif isinstance(examples, list):
        found += examples
    return found


def _schema(schema: JsonObject) -> JsonObject:
    """The parts of a schema that say something to a program."""
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
            result[key] = [_schema(_object(one)) for one in _list(schema[key])]
    properties = _object(schema.get("properties"))
    if properties:
        result["properties"] = {name: _schema(_object(properties[name])) for name in properties}
    return result


def _since(described: JsonObject) -> JsonObject:
    """`x-since` if the prose names exactly one version as the first: two of them speak of parts of the thing."""
    prose = f"{described.get('summary', '')} {described.get('description', '')}"
    versions = set(_NEW_IN.findall(prose))
    return {"x-since": versions.pop()} if len(versions) == 1 else {}


# --- the shape of samples -----------------------------------------------------------------------------------------


def shape(sample: JsonValue) -> JsonObject:
    """A JSON Schema of one sample: names and types; names that are data become `additionalProperties` (`is_data`)."""
    match sample:
        case None:
            return {"type": "null"}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list():
            items = merge_shapes(shape(one) for one in sample if one not in _CUT)
            return {"type": "array", "items": items} if items else {"type": "array"}
        case dict():
            return _object_shape(sample)


def _object_shape(sample: JsonObject) -> JsonObject:
    keys = [key for key in sample if key not in _CUT]
    tags = all(tag_for_keyword(key) is not None for key in keys)  # "PatientID", "StudyDate", ...
    data = [key for key in keys if tags or is_data(key)]
    names: JsonObject = {key: shape(sample[key]) for key in keys if key not in data}
    result: JsonObject = {"type": "object"}
    if names:
        result["properties"] = names
        if len(keys) < len(sample):
            result["x-truncated"] = True
    if data:
        result["additionalProperties"] = merge_shapes(shape(sample[key]) for key in data)
    return result


def is_data(key: str) -> bool:
    """Whether the key of an object is data (an identifier, UID, hexadecimal tag, number), not the name of a field."""
    return _DATA_KEY.fullmatch(key) is not None


def merge_shapes(shapes: Iterable[JsonObject]) -> JsonObject:
    """One shape that all the given ones fit: of several types, `anyOf` in the order of the types' names."""
    by_type: dict[str, JsonObject] = {}
    for one in shapes:
        for part in _alternatives(one):
            kind = str(part["type"])
            by_type[kind] = _merge_same(by_type[kind], part) if kind in by_type else part
    if "integer" in by_type and "number" in by_type:
        del by_type["integer"]
    merged = [by_type[kind] for kind in sorted(by_type)]
    return merged[0] if len(merged) == 1 else {"anyOf": list(merged)} if merged else {}


def _alternatives(one: JsonObject) -> Iterable[JsonObject]:
    return map(_object, _list(one["anyOf"])) if "anyOf" in one else [one] if one else []


def _merge_same(left: JsonObject, right: JsonObject) -> JsonObject:
    """Merge two shapes of one type."""
    result: JsonObject = {"type": left["type"]}
    for key in ("items", "additionalProperties"):
        both = [_object(side[key]) for side in (left, right) if key in side]
        if both:
            result[key] = merge_shapes(both)
    mine, theirs = _object(left.get("properties")), _object(right.get("properties"))
    if mine or theirs:
        result["properties"] = {
            name: merge_shapes(_object(side[name]) for side in (mine, theirs) if name in side)
            for name in sorted({*mine, *theirs})
        }
    if "x-truncated" in left or "x-truncated" in right:
        result["x-truncated"] = True
    return result


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


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
