"""The schemas of the overlay: references between them, and what every schema must have."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import cast

from generator.specification.definitions import JsonObject, SpecificationError


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


def copy_schemas(schemas: dict[str, JsonObject]) -> None:
    """Resolves `x-copy`: the fields of another schema, fewer of them required."""
    for name, schema in schemas.items():
        if original := schema.get("x-copy"):
            copied = {**copy.deepcopy(schemas[original]), **schema}
            del copied["x-copy"]
            schemas[name] = copied


def check_schemas(schemas: Mapping[str, JsonObject]) -> None:
    """Checks that everything is described, that references resolve, and that no object is anonymous.

    Raises:
        SpecificationError: if that is not so.
    """
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
    """An object with fields must be a schema of its own, so that its class gets a meaningful name."""
    if isinstance(part, dict):
        if "properties" in part:
            raise SpecificationError(f"{where}: an object without a name; make it a schema of its own")
        for value in cast(JsonObject, part).values():
            _refuse_anonymous(where, value)
    elif isinstance(part, list):
        for value in cast(list[object], part):
            _refuse_anonymous(where, value)


def fields_of(schemas: Mapping[str, JsonObject], name: str) -> dict[str, JsonObject]:
    """The fields of a schema, including inherited ones."""
    schema = schemas[name]
    fields: dict[str, JsonObject] = {}
    for base in schema.get("allOf", []):
        fields.update(fields_of(schemas, base["$ref"]))
    fields.update(schema.get("properties", {}))
    return fields
