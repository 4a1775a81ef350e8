"""Messages of pydantic's validation errors, short and without the values: these may be patient data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_SHOWN: Final = 4
_NAMELESS: Final = frozenset({"value_error", "assertion_error"})
"""Errors whose text is written by a validator, which may have quoted the value."""

_ALTERNATIVES: Final = frozenset(
    {"str", "int", "float", "bool", "none", "date", "datetime", "constrained-str", "bytes"}
)
"""What pydantic calls the simple types of a union."""


def validation_messages(error: ValidationError, model: type[BaseModel] | None) -> Iterator[str]:
    """One message for each invalid field; the alternatives of a union are one field.

    Args:
        error: What pydantic raised.
        model: The request model; None for an answer, of which no value is ever quoted.
    """
    places: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False):
        place, problem = _problem(detail, model)
        found = places.setdefault(place, [])
        if problem not in found:
            found.append(problem)
    for number, (place, found) in enumerate(places.items()):
        if number == _SHOWN:
            yield f"and {len(places) - _SHOWN} more"
            return
        yield " or ".join(found) if not place else f"{place}: " + " or ".join(found)


def _problem(detail: ErrorDetails, model: type[BaseModel] | None) -> tuple[str, str]:
    location, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        unknown = str(location[-1])
        known = _field_names(model, location[:-1])
        near = difflib.get_close_matches(unknown.lower(), [name.lower() for name in known], n=1)
        meant = [name for name in known if name.lower() in near]
        return _place(location, model), "unknown field" + (f", did you mean {meant[0]}?" if meant else "")
    if kind == "missing":
        return _place(location, model), "is missing"
    if kind in _NAMELESS:
        return _place(location, model), "is not valid"
    problem = detail["msg"].removeprefix("Input ")
    if (
        model is not None
        and kind in ("literal_error", "enum")
        and isinstance(detail["input"], str)
        and len(detail["input"]) <= 40
    ):
        problem += f", not {detail['input']!r}"
    return _place(location, model), problem[:1].lower() + problem[1:]


def _place(location: Sequence[int | str], model: type[BaseModel] | None) -> str:
    """``Replace.PatientName``, ``Resources[3]``; without the names of alternatives that pydantic puts in between."""
    place = ""
    classes = set[str]() if model is None else {nested.__name__ for nested in _models_of(model)}
    for number, step in enumerate(location):
        if isinstance(step, int):
            place += f"[{step}]"
        elif step in classes and number > 0 and isinstance(location[number - 1], int):
            continue  # the name of a model, which an item of the list may be
        # Anything else is an alternative such as "list[str]", or may be a value that was used as a key.
        elif re.fullmatch(r"[\w ,-]{1,64}", step) is not None and step not in _ALTERNATIVES:
            place += f".{step}" if place else step
    return place


def _field_names(model: type[BaseModel] | None, location: Iterable[int | str]) -> list[str]:
    """Orthanc's names of the fields of the model, or of the one in it that the location leads to."""
    for step in location:
        if model is not None and isinstance(step, str):
            for name, field in model.model_fields.items():
                if step in (name, field.alias):
                    model = next(_models_in(field.annotation), None)
                    break
    return [] if model is None else [field.alias or name for name, field in model.model_fields.items()]


def _models_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        yield from _models_in(field.annotation)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
