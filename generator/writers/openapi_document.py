"""Writes facts and overlay as one OpenAPI 3.1 document, from which clients in other languages can be generated."""

from __future__ import annotations

import copy
import json
from http import HTTPStatus
from typing import Any, cast

from generator.specification.definitions import Body, JsonObject, OperationSpec, Parameter, Specification
from generator.specification.type_notation import parse_json_type, parse_return_type
from generator.writers.naming import method_name

_SCALARS = {"string", "integer", "number", "boolean"}


def openapi_document(specification: Specification) -> str:
    """The document as JSON."""
    schemas = {name: _schema(schema) for name, schema in sorted(specification.schemas.items())}
    tags = sorted({operation.tag for operation in specification.operations})
    paths: JsonObject = {}
    for operation in specification.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, specification)
    document: JsonObject = {
        "openapi": "3.1.0",
        "info": {
            "title": "Orthanc REST API",
            "version": specification.version,
            "description": (
                "What the operations of Orthanc really take and answer. The interface facts are those of Orthanc's own "
                "OpenAPI document; types, schemas and texts are those of the orthanc-sdk project."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://localhost:8042"}],
        "security": [{"basic": []}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "responses": {
                "Error": {
                    "description": "What went wrong. Some errors have no body.",
                    "content": {"text/plain": {"schema": {"$ref": "#/components/schemas/ErrorInfo"}}},
                }
            },
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _schema(schema: JsonObject) -> JsonObject:
    """A schema in JSON Schema: references as pointers, and no keys that only this generator understands."""

    def walk(part: object) -> object:
        if isinstance(part, dict):
            return {
                key: named(key, value)
                for key, value in cast(JsonObject, part).items()
                if key not in ("x-python", "x-base")
            }
        if isinstance(part, list):
            return [walk(value) for value in cast(list[object], part)]
        return part

    def named(key: str, value: Any) -> object:  # Any: JSON
        if key == "$ref":
            return f"#/components/schemas/{value}"
        return with_mapping(value) if key == "discriminator" else walk(value)

    def with_mapping(discriminator: JsonObject) -> JsonObject:
        mapping = {word: f"#/components/schemas/{name}" for word, name in discriminator.get("mapping", {}).items()}
        return {**discriminator, "mapping": mapping}

    return cast(JsonObject, walk(copy.deepcopy(schema)))


def _operation(operation: OperationSpec, specification: Specification) -> JsonObject:
    result: JsonObject = {
        "operationId": method_name(operation.method, operation.path),
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.description:
        result["description"] = " ".join(operation.description.split())
    if operation.deprecated:
        result["deprecated"] = True
    if operation.since:
        result["x-since"] = operation.since
    parameters: list[JsonObject] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "integer" if name in ("frame", "index") else "string"},
        }
        for name, text in operation.path_parameters.items()
    ]
    parameters += [_parameter(parameter) for parameter in operation.parameters]
    if parameters:
        result["parameters"] = parameters
    if operation.body is not None:
        result["requestBody"] = _body(operation.body, specification)
    result["responses"] = _responses(operation, specification)
    return result


def _parameter(parameter: Parameter) -> JsonObject:
    result: JsonObject = {
        "name": parameter.wire_name,
        "in": parameter.location,
        "required": parameter.required,
        "description": parameter.description,
        "schema": {"type": parameter.type},
    }
    if parameter.enum:
        result["schema"] = {"type": "string", "enum": list(parameter.enum)}
    elif parameter.sent == "flag":
        # To leave it out is no. Present, most of them mean yes, whatever the value.
        result["schema"] = {"type": "boolean", "const": True}
    elif parameter.type not in _SCALARS:  # a list
        result["schema"] = {"type": "string"}
        separator = parameter.sent.split('"')[1]
        result["description"] += f" Several are separated by `{separator}`."
    if parameter.since:
        result["x-since"] = parameter.since
    return result


def _body(body: Body, specification: Specification) -> JsonObject:
    if body.kind == "content":
        schema: JsonObject = {"type": "string", "enum": list(body.enum)} if body.enum else {"type": "string"}
        if body.media_type != "text/plain":
            schema = {"type": "string", "format": "binary"}
        return {"required": body.required, "content": {body.media_type: {"schema": schema}}}
    types = [type_.partition(" unless ")[0].partition(" as ")[0] for type_ in body.types]
    schemas = [parse_json_type(type_, specification.schemas).schema for type_ in types]
    return {
        "required": body.required,
        "content": {"application/json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }


def _responses(operation: OperationSpec, specification: Specification) -> JsonObject:
    content: JsonObject = {}
    for notation in [operation.returns, *(case.returns for case in operation.cases)]:
        for media_type, described in parse_return_type(notation, specification.schemas).content.items():
            known = content.setdefault(media_type, {"schema": {"anyOf": []}})["schema"]["anyOf"]
            for schema in described["schema"].get("anyOf", [described["schema"]]):
                if schema not in known:
                    known.append(schema)
    for described in content.values():
        if len(described["schema"]["anyOf"]) == 1:
            described["schema"] = described["schema"]["anyOf"][0]
    success: JsonObject = {"description": "Success."}
    if content:
        success["content"] = content
    responses: JsonObject = {"200": success}
    names = {parameter.wire_name for parameter in operation.parameters}
    if "Range" in names:
        responses["206"] = {"description": "A part of the bytes.", "content": content}
    if "If-None-Match" in names:
        responses["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase + "."}
    responses["default"] = {"$ref": "#/components/responses/Error"}
    return responses
