"""Reads the YAML files of the overlay."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import yaml

from generator.specification.definitions import JsonObject, SpecificationError


def read_yaml(file: Path) -> JsonObject:
    """The mapping in a YAML file.

    Raises:
        SpecificationError: if it contains something else.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise SpecificationError(f"{file.name}: a mapping is expected")
    return cast(JsonObject, content)
