"""The shapes of samples: names and types as JSON Schema, without the values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydicom.datadict import tag_for_keyword

from generator.facts.json_values import JsonObject, JsonValue, as_list, as_object

_DATA_KEY = re.compile(
    r"""
      [0-9a-f]{8}(-[0-9a-f]{8}){4}                    # an Orthanc identifier
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}   # a UUID
    | [0-9a-f]{4}[,-]?[0-9a-f]{4}                     # a DICOM tag
    | \d+(\.\d+)*                                     # a number, a version, a DICOM UID
    """,
    re.IGNORECASE | re.VERBOSE,
)

_TRUNCATED = ("{...}", "...")  # the key or the element that Orthanc puts where it has truncated a sample


def shape_of(sample: JsonValue) -> JsonObject:
    """A JSON Schema of one sample. Fields whose names are data become `additionalProperties` (see `is_data`)."""
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
            items = merge_shapes(shape_of(one) for one in sample if one not in _TRUNCATED)
            return {"type": "array", "items": items} if items else {"type": "array"}
        case dict():
            return _object_shape(sample)


def _object_shape(sample: JsonObject) -> JsonObject:
    keys = [key for key in sample if key not in _TRUNCATED]
    are_tags = all(tag_for_keyword(key) is not None for key in keys)  # "PatientID", "StudyDate", ...
    data = [key for key in keys if are_tags or is_data(key)]
    names: JsonObject = {key: shape_of(sample[key]) for key in keys if key not in data}
    result: JsonObject = {"type": "object"}
    if names:
        result["properties"] = names
        if len(keys) < len(sample):
            result["x-truncated"] = True
    if data:
        result["additionalProperties"] = merge_shapes(shape_of(sample[key]) for key in data)
    return result


def is_data(key: str) -> bool:
    """Whether the key of an object is data (an identifier, UID, hexadecimal tag, number), not the name of a field."""
    return _DATA_KEY.fullmatch(key) is not None


def merge_shapes(shapes: Iterable[JsonObject]) -> JsonObject:
    """One shape for all the given ones; several types become an `anyOf`, sorted by name."""
    by_type: dict[str, JsonObject] = {}
    for one in shapes:
        for part in _alternatives(one):
            type_ = str(part["type"])
            by_type[type_] = _merge_same_type(by_type[type_], part) if type_ in by_type else part
    if "integer" in by_type and "number" in by_type:
        del by_type["integer"]
    merged = [by_type[type_] for type_ in sorted(by_type)]
    return merged[0] if len(merged) == 1 else {"anyOf": list(merged)} if merged else {}


def _alternatives(one: JsonObject) -> Iterable[JsonObject]:
    return map(as_object, as_list(one["anyOf"])) if "anyOf" in one else [one] if one else []


def _merge_same_type(left: JsonObject, right: JsonObject) -> JsonObject:
    result: JsonObject = {"type": left["type"]}
    for key in ("items", "additionalProperties"):
        both = [as_object(side[key]) for side in (left, right) if key in side]
        if both:
            result[key] = merge_shapes(both)
    mine, theirs = as_object(left.get("properties")), as_object(right.get("properties"))
    if mine or theirs:
        result["properties"] = {
            name: merge_shapes(as_object(side[name]) for side in (mine, theirs) if name in side)
            for name in sorted({*mine, *theirs})
        }
    if "x-truncated" in left or "x-truncated" in right:
        result["x-truncated"] = True
    return result
