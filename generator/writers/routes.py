"""Writes the route modules: for each operation a constant that describes it, and a typed method that executes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.specification.definitions import OperationSpec, Specification
from generator.writers.jinja import render
from generator.writers.models import HEADER
from generator.writers.route_method import MethodWriter

_IMPORTS = [
    ("collections.abc", ["Iterable", "Mapping", "Sequence"]),
    ("datetime", ["datetime"]),
    ("typing", ["BinaryIO", "Literal", "overload"]),
    ("orthanc_sdk", ["models"]),
    (
        "orthanc_sdk.http.encoders",
        ["boolean", "flag", "header_text", "integer", "joined", "number", "one_of", "signed", "text", "unset_flag"],
    ),
    ("orthanc_sdk.http.executor", ["OperationExecutor"]),
    ("orthanc_sdk.http.operation", ["Argument", "Operation"]),
    (
        "orthanc_sdk.http.readers",
        [
            "BINARY", "BOOLEAN", "INTEGER", "LOCAL_TIME", "NOTHING", "TEXT", "UTC_TIME", "ByContentType", "Json",
            "OrNothing", "When",
        ],
    ),
    ("orthanc_sdk.http.request_body", ["Content", "JsonBody"]),
    ("orthanc_sdk.http.timeouts", ["CLIENT_TIMEOUT", "Timeout"]),
]  # fmt: skip


def modules(specification: Specification) -> Iterator[tuple[str, str]]:
    """Name and source of each generated module of orthanc_sdk.routes."""
    tags: dict[str, list[OperationSpec]] = {}
    for operation in specification.operations:
        tags.setdefault(operation.tag, []).append(operation)
    classes: list[tuple[str, str]] = []
    for tag, operations in sorted(tags.items()):
        module = tag.lower().replace(" ", "_")
        class_name = "".join(word.capitalize() for word in tag.split()) + "Routes"
        classes.append((module, class_name))
        methods = [MethodWriter(operation, specification.schemas).write() for operation in operations]
        body = render("module.py.jinja", tag=tag, class_name=class_name, methods=methods)
        code = re.sub(r'""".*?"""|"[^"\n]*"', "", body, flags=re.DOTALL)
        yield module, render("header.py.jinja", header=HEADER, tag=tag, imports=_imports(code)) + "\n" + body
    yield "__init__", render("package.py.jinja", header=HEADER, classes=classes)


def _imports(code: str) -> list[tuple[str, list[str]]]:
    """What the code of a module uses."""
    return [
        (module, used)
        for module, names in _IMPORTS
        if (used := [name for name in names if re.search(rf"\b{name}\b(?!=)", code)])
    ]
