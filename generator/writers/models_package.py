"""Writes `orthanc_models/__init__.py`, which imports a module when one of its names is used first."""

from __future__ import annotations

from collections.abc import Iterator

from generator.specification.definitions import Specification
from generator.writers.models import HEADER, module_of

_OTHER_NAMES = {
    "AnswerModel": "base",
    "DicomValue": "dicom.typed_tags",
    "ErrorCode": "schemas.error_codes",
    "InvalidTags": "dicom.invalid_tags",
    "PersonName": "dicom.person_name",
    "PluginJobContent": "schemas.discriminated_unions",
    "RawValue": "dicom.typed_tags",
    "ReadContext": "dicom.read_context",
    "RequestModel": "base",
    "TagProblem": "dicom.invalid_tags",
}
"""Public names that are not those of schemas, and their modules."""


def modules(specification: Specification) -> Iterator[tuple[str, str]]:
    """Name and source of the package's module."""
    module_by_name = {name: module_of(specification, name)[0] for name in specification.schemas} | _OTHER_NAMES
    names = sorted(module_by_name)
    by_module: dict[str, list[str]] = {}
    for name in names:
        by_module.setdefault(module_by_name[name], []).append(name)
    lines = [
        HEADER, "", '"""What Orthanc answers and what it is sent, as pydantic models."""', "",
        "from __future__ import annotations", "", "from importlib import import_module",
        "from typing import TYPE_CHECKING", "", "if TYPE_CHECKING:",
    ]  # fmt: skip
    for module in sorted(by_module):
        lines.append(f"    from orthanc_models.{module} import (")
        lines += [f"        {name} as {name}," for name in by_module[module]]
        lines.append("    )")
    lines += ["", "__all__ = ["] + [f'    "{name}",' for name in names] + ["]", ""]
    lines += ["_MODULES = {"] + [f'    "{name}": "{module_by_name[name]}",' for name in names] + ["}", ""]
    lines += [
        "if not TYPE_CHECKING:  # type checkers would accept any name", "",
        "    def __getattr__(name: str) -> object:",
        "        if name not in _MODULES:",
        '            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
        '        value: object = getattr(import_module(f"orthanc_models.{_MODULES[name]}"), name)',
        "        globals()[name] = value", "        return value", "", "",
        "def __dir__() -> list[str]:", "    return __all__",
    ]  # fmt: skip
    yield "__init__", "\n".join(lines) + "\n"
