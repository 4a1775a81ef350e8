"""A mistake in the overlay is an error that names the entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import __main__ as command
from generator.specification.definitions import SpecificationError
from generator.writers import models, routes
from generator.writers.openapi_document import openapi_document
from tests.generator.tiny import Tiny

THINGS = "operations/things.yaml"

Edit = Callable[[Tiny], object]


def deprecated_twice(tiny: Tiny) -> None:
    tiny.replace_fact('"delete": {', '"delete": {"deprecated": true, ')
    tiny.replace(THINGS, "since: 1.12.0", "deprecated: true")


MISTAKES: dict[str, tuple[Edit, str]] = {
    "operation that Orthanc does not have": (
        lambda tiny: tiny.replace(
            THINGS, "DELETE /things/{id}:", "PUT /things/{id}: {summary: A., returns: nothing}\nDELETE /things/{id}:"
        ),
        r"in the overlay, but not in the facts: PUT /things/\{id\}",
    ),
    "operation that the overlay does not have": (
        lambda tiny: tiny.replace_fact('"delete": ', '"put": {"tags": ["Small things"]}, "delete": '),
        r"PUT /things/\{id\}: is in the facts, but not in the overlay",
    ),
    "operation that is described twice": (
        lambda tiny: tiny.write("operations/again.yaml", "why: No.\nGET /things: {summary: A., returns: nothing}\n"),
        "GET /things: is described twice",
    ),
    "new parameter that is not described": (
        lambda tiny: tiny.replace_fact('"name": "expand"', '"name": "limit"'),
        "GET /things: limit: lacks `in`",
    ),
    "parameter without a text": (
        lambda tiny: tiny.replace("parameters.yaml", ", description: Things instead of identifiers.", ""),
        "GET /things: expand: lacks `description`",
    ),
    "parameter that the operation does not have": (
        lambda tiny: tiny.replace(
            THINGS, "summary: Delete a thing.", "summary: A., parameters: {expand: {since: 1.12.0}}"
        ),
        r"DELETE /things/\{id\}: describes expand, which it does not have",
    ),
    "parameter that nobody has": (
        lambda tiny: tiny.replace("parameters.yaml", "If-None-Match:", "limit: {in: query}\nIf-None-Match:"),
        "no operation has limit",
    ),
    "unknown key of a parameter": (
        lambda tiny: tiny.replace(
            THINGS, "returns: string[]", "parameters: {expand: {sine: 1.12.0}}\n  returns: string[]"
        ),
        "GET /things: expand: unknown key sine",
    ),
    "entry that changes nothing": (
        lambda tiny: tiny.replace(
            THINGS, "returns: string[]", "parameters: {expand: {sent: flag}}\n  returns: string[]"
        ),
        "GET /things: expand: `sent` repeats parameters.yaml",
    ),
    "entry that says what the document says": (
        deprecated_twice,
        r"DELETE /things/\{id\}: `deprecated` repeats Orthanc's document",
    ),
    "case for an argument that is not there": (
        lambda tiny: tiny.replace(THINGS, "when: {expand: true}", "when: {expnd: true}"),
        "GET /things: has a case for expnd, which is not an argument",
    ),
    "added parameter without a reason": (
        lambda tiny: tiny.replace(THINGS, "summary: Delete a thing.", "summary: A., added: [expand]"),
        r"DELETE /things/\{id\}: adds expand without a `why`",
    ),
    "added parameter that is there": (
        lambda tiny: tiny.replace(THINGS, "returns: string[]", "why: So.\n  added: [expand]\n  returns: string[]"),
        "GET /things: adds expand, which Orthanc's document already has",
    ),
    "file without a reason": (
        lambda tiny: tiny.replace(THINGS, "why: Tiny.", ""),
        "things.yaml: lacks `why`",
    ),
    "operation without an answer": (
        lambda tiny: tiny.replace(THINGS, ", since: 1.12.0, returns: nothing", ""),
        r"DELETE /things/\{id\}: lacks `returns`",
    ),
    "unknown key of an operation": (
        lambda tiny: tiny.replace(THINGS, "since: 1.12.0", "sinse: 1.12.0"),
        r"DELETE /things/\{id\}: unknown keys sinse",
    ),
    "part of a path that is not described": (
        lambda tiny: tiny.replace("paths.yaml", "frame: Number", "other: Number"),
        r"raw\.gz: paths\.yaml does not describe frame",
    ),
    "unknown type of an answer": (
        lambda tiny: tiny.replace(THINGS, "returns: Thing\n", "returns: Thin\n"),
        "there is no type 'Thin'",
    ),
    "unknown type in a schema": (
        lambda tiny: tiny.replace("schemas/things.yaml", "$ref: State", "$ref: Stat"),
        "Thing: refers to Stat, which is not defined",
    ),
    "schema that is defined twice": (
        lambda tiny: tiny.write("schemas/again.yaml", "Thing: {description: A., type: object}\n"),
        r"things\.yaml: Thing is defined twice",
    ),
    "schema without a text": (
        lambda tiny: tiny.replace("schemas/things.yaml", "  description: A thing.\n", ""),
        "Thing: has no description",
    ),
    "field without a text": (
        lambda tiny: tiny.replace("schemas/things.yaml", "description: Its identifier., ", ""),
        "Thing.ID: has no description",
    ),
    "field that is an object without a name": (
        lambda tiny: tiny.replace(
            "schemas/things.yaml", "type: string}", "type: object, properties: {A: {type: string}}}"
        ),
        "Thing.ID: an object without a name",
    ),
    "list of objects without a name": (
        lambda tiny: tiny.replace(
            "schemas/things.yaml", "type: string}", "type: array, items: {properties: {A: {type: string}}}}"
        ),
        "Thing.ID: an object without a name",
    ),
    "schema that is a list of objects without a name": (
        lambda tiny: tiny.write(
            "schemas/others.yaml", "Others: {description: A., type: array, items: {properties: {A: {type: string}}}}\n"
        ),
        "Others: an object without a name",
    ),
    "body that the overlay does not have": (
        lambda tiny: tiny.replace(THINGS, "  body: json ChangeRequest\n  body-required: true\n", ""),
        r"POST /things/\{id\}/change: has a body in Orthanc's document, but not in the overlay",
    ),
    "field of the body that the model does not have": (
        lambda tiny: tiny.replace_fact('"NewName": {}', '"NewName": {}, "OldName": {}'),
        r"POST /things/\{id\}/change: ChangeRequest lacks OldName of Orthanc's document",
    ),
    "body of another kind": (
        lambda tiny: tiny.replace(THINGS, "body: json ChangeRequest", "body: xml ChangeRequest"),
        "a body is `json ...` or `content ...`, not 'xml ChangeRequest'",
    ),
    "file that is not a mapping": (
        lambda tiny: tiny.write("paths.yaml", "- things\n"),
        "paths.yaml: a mapping is expected",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(tiny: Tiny, edit: Edit, message: str) -> None:
    edit(tiny)
    with pytest.raises(SpecificationError, match=message):
        generate(tiny)


def generate(tiny: Tiny) -> None:
    specification = tiny.load()
    openapi_document(specification)
    list(routes.modules(specification))


def test_without_mistakes_there_is_no_error(tiny: Tiny) -> None:
    """That the errors above come from the mistakes."""
    generate(tiny)
    assert list(models.modules(tiny.load()))


def test_a_mistake_ends_the_command_without_a_traceback(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tiny.replace(THINGS, "since: 1.12.0", "sinse: 1.12.0")
    monkeypatch.setattr(command, "load", tiny.load)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main([]) == 2
    assert re.match(r"generator: DELETE /things/\{id\}: unknown keys sinse\n", capsys.readouterr().err)
    assert not list(tmp_path.rglob("*.py"))
