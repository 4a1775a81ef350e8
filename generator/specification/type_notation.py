"""The notation in which the overlay writes types, and what it means in Python and in JSON Schema.

JSON: `StudyInfo`, `string`, `integer`, `number`, `boolean`, `X[]`, `map<X>`, `A | B`.
Other responses: `nothing`, `X | nothing`, `text`, `text Verbosity`, `bytes image/png`, `integer-text`, `boolean-text`,
`utc-time`, `local-time`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generator.specification.definitions import JsonObject, SpecificationError

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_TEXTS = {
    "text": ("str", "TEXT"),
    "integer-text": ("int", "INTEGER"),
    "boolean-text": ("bool", "BOOLEAN"),
    "utc-time": ("datetime", "UTC_TIME"),
    "local-time": ("datetime", "LOCAL_TIME"),
}


@dataclass(frozen=True)
class JsonType:
    """A JSON type: the Python type, and the JSON Schema."""

    python: str
    schema: JsonObject


def parse_json_type(notation: str, schemas: Mapping[str, JsonObject]) -> JsonType:
    """Parses a JSON type."""
    notation = notation.strip()
    parts = re.split(r" \| (?![^<(]*[>)])", notation)
    if len(parts) > 1:
        members = [parse_json_type(part, schemas) for part in parts]
        return JsonType(
            " | ".join(member.python for member in members), {"anyOf": [member.schema for member in members]}
        )
    if notation.endswith("[]"):
        item = parse_json_type(notation[:-2], schemas)
        return JsonType(f"list[{item.python}]", {"type": "array", "items": item.schema})
    if notation.startswith("map<") and notation.endswith(">"):
        item = parse_json_type(notation[4:-1], schemas)
        return JsonType(f"dict[str, {item.python}]", {"type": "object", "additionalProperties": item.schema})
    if notation.startswith("(") and notation.endswith(")"):
        return parse_json_type(notation[1:-1], schemas)
    if notation in _SCALARS:
        return JsonType(_SCALARS[notation], {"type": notation})
    if notation in schemas:
        return JsonType(f"models.{notation}", {"$ref": f"#/components/schemas/{notation}"})
    raise SpecificationError(f"there is no type {notation!r}")


@dataclass(frozen=True)
class ReturnType:
    """What an operation returns: the Python type, the expression of its reader, and the `content` for OpenAPI."""

    python: str
    reader: str
    content: JsonObject


def parse_return_type(notation: str, schemas: Mapping[str, JsonObject]) -> ReturnType:
    """Parses the return type of an operation."""
    if notation == "nothing":
        return ReturnType("None", "NOTHING", {})
    word, _, rest = notation.partition(" ")
    if word == "bytes":
        media_type, _, others = rest.partition(" | ")
        content: JsonObject = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        if not others:
            return ReturnType("bytes", "BINARY", content)
        json = parse_json_type(others, schemas)
        content["application/json"] = {"schema": json.schema}
        return ReturnType(f"bytes | {json.python}", f"ByContentType(Json(lambda: {json.python}))", content)
    if word in _TEXTS:
        python, reader = _TEXTS[word]
        schema: JsonObject = {"type": "string"}
        if rest:
            python = f"models.{rest}"
            schema = {"$ref": f"#/components/schemas/{rest}"}
        return ReturnType(python, reader, {"text/plain": {"schema": schema}})
    if notation.endswith(" | nothing"):
        some = parse_return_type(notation.removesuffix(" | nothing"), schemas)
        return ReturnType(f"{some.python} | None", f"OrNothing({some.reader})", some.content)
    json = parse_json_type(notation, schemas)
    return ReturnType(json.python, f"Json(lambda: {json.python})", {"application/json": {"schema": json.schema}})
