"""The small language in which the overlay writes types, and what it means in Python and in JSON Schema.

JSON: `StudyInfo`, `string`, `integer`, `number`, `boolean`, `X[]`, `map<X>`, `A | B`.
Other answers: `nothing`, `X | nothing`, `text`, `text Verbosity`, `bytes image/png`, `integer-text`, `boolean-text`,
`utc-time`, `local-time`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generator.specification import JsonObject, SpecificationError

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_TEXTS = {
    "text": ("str", "TEXT"),
    "integer-text": ("int", "INTEGER"),
    "boolean-text": ("bool", "BOOLEAN"),
    "utc-time": ("datetime", "UTC_TIME"),
    "local-time": ("datetime", "LOCAL_TIME"),
}


@dataclass(frozen=True)
class Json:
    """A JSON type: how Python writes it, and its schema."""

    python: str
    schema: JsonObject


def json_type(written: str, schemas: Mapping[str, JsonObject]) -> Json:
    """Reads a JSON type."""
    written = written.strip()
    parts = re.split(r" \| (?![^<(]*[>)])", written)
    if len(parts) > 1:
        members = [json_type(part, schemas) for part in parts]
        return Json(" | ".join(member.python for member in members), {"anyOf": [member.schema for member in members]})
    if written.endswith("[]"):
        item = json_type(written[:-2], schemas)
        return Json(f"list[{item.python}]", {"type": "array", "items": item.schema})
    if written.startswith("map<") and written.endswith(">"):
        item = json_type(written[4:-1], schemas)
        return Json(f"dict[str, {item.python}]", {"type": "object", "additionalProperties": item.schema})
    if written.startswith("(") and written.endswith(")"):
        return json_type(written[1:-1], schemas)
    if written in _SCALARS:
        return Json(_SCALARS[written], {"type": written})
    if written in schemas:
        return Json(f"models.{written}", {"$ref": f"#/components/schemas/{written}"})
    raise SpecificationError(f"there is no type {written!r}")


@dataclass(frozen=True)
class Returned:
    """What an operation returns: the Python type, the expression that reads it, and the content for OpenAPI."""

    python: str
    reader: str
    content: JsonObject


def returned(written: str, schemas: Mapping[str, JsonObject]) -> Returned:
    """Reads the type of an answer."""
    if written == "nothing":
        return Returned("None", "NOTHING", {})
    word, _, rest = written.partition(" ")
    if word == "bytes":
        media_type, _, others = rest.partition(" | ")
        content: JsonObject = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        if not others:
            return Returned("bytes", "BINARY", content)
        json = json_type(others, schemas)
        content["application/json"] = {"schema": json.schema}
        return Returned(f"bytes | {json.python}", f"ByContentType(Json(lambda: {json.python}))", content)
    if word in _TEXTS:
        python, reader = _TEXTS[word]
        schema: JsonObject = {"type": "string"}
        if rest:
            python = f"models.{rest}"
            schema = {"$ref": f"#/components/schemas/{rest}"}
        return Returned(python, reader, {"text/plain": {"schema": schema}})
    if written.endswith(" | nothing"):
        some = returned(written.removesuffix(" | nothing"), schemas)
        return Returned(f"{some.python} | None", f"OrNothing({some.reader})", some.content)
    json = json_type(written, schemas)
    return Returned(json.python, f"Json(lambda: {json.python})", {"application/json": {"schema": json.schema}})
