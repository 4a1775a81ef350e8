"""No `Any` and nothing that is not said, in any signature of the routes and in any field of the models."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from pydantic import BaseModel, JsonValue
from typing_extensions import TypeAliasType

from orthanc_sdk import models
from orthanc_sdk.http.executor import OperationExecutor
from orthanc_sdk.routes import AllRoutes

GENERIC = (list, dict, tuple, set, Mapping, Sequence, Iterable, Iterator, Collection, Callable)


def routes() -> dict[str, Callable[..., object]]:
    found: dict[str, Callable[..., object]] = {}
    for name, method in inspect.getmembers(AllRoutes, inspect.isfunction):
        if not hasattr(OperationExecutor, name):
            found[name] = method
    return found


def signatures(method: Callable[..., object]) -> list[Callable[..., object]]:
    """The method and all its overloads."""
    return [*typing.get_overloads(method), method]


def vague(type_: Any, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """What a type leaves open."""
    if type_ is Any:
        yield "Any"
    elif type_ is object:
        yield "object"
    elif type_ is JsonValue or id(type_) in seen:
        return  # any JSON, which is exact; a recursive type
    elif isinstance(type_, TypeAliasType):
        value = type_.__value__
        value = eval(value, vars(sys.modules[str(type_.__module__)])) if isinstance(value, str) else value
        yield from vague(value, seen | {id(type_)})
    elif isinstance(type_, str | typing.TypeVar | typing.ForwardRef):
        yield f"{type_!r}"
    elif any(type_ is generic for generic in GENERIC):
        yield f"bare {type_.__name__}"
    elif typing.get_origin(type_) is not typing.Literal:
        for argument in typing.get_args(type_):
            if argument is not Ellipsis:
                yield from vague(argument, seen)


def test_the_search_finds_what_is_vague() -> None:
    """That the tests below can fail."""
    assert list(vague(list[dict[str, Any]] | None)) == ["Any"]
    assert list(vague(Mapping[str, list])) == ["bare list"]  # type: ignore[type-arg]
    assert list(vague(typing.Annotated[Sequence[object], 5])) == ["object"]
    assert list(vague(TypeAliasType("Vague", list[Any]))) == ["Any"]
    assert list(vague(models.DicomTagsSimplified | typing.Literal["a"] | tuple[int, ...])) == []


def test_there_are_299_routes() -> None:
    assert len(routes()) == 299
    assert sum(len(typing.get_overloads(method)) for method in routes().values()) > 200


@pytest.mark.parametrize("name", routes())
def test_a_route_says_exactly_what_it_takes_and_answers(name: str) -> None:
    for signature in signatures(routes()[name]):
        hints = typing.get_type_hints(signature, include_extras=True)
        parameters = [parameter for parameter in inspect.signature(signature).parameters if parameter != "self"]
        assert set(hints) == {*parameters, "return"}
        problems = {argument: found for argument, type_ in hints.items() if (found := list(vague(type_)))}
        # A plain mapping as the body is checked against the model that stands beside it.
        if problems.get("json") == ["object"]:
            members = typing.get_args(hints["json"])
            assert any(isinstance(member, type) and issubclass(member, models.RequestModel) for member in members)
            assert Mapping[str, object] in members
            del problems["json"]
        assert problems == {}


@pytest.mark.parametrize("name", routes())
def test_the_overloads_of_a_route_are_what_it_takes_and_answers_as_a_whole(name: str) -> None:
    method = routes()[name]
    overloads = typing.get_overloads(method)
    if not overloads:
        return
    whole = typing.get_type_hints(method, include_extras=True)
    for number, overload in enumerate(overloads):
        hints = typing.get_type_hints(overload, include_extras=True)
        assert list(hints) == list(whole)
        answers, all_answers = members(hints["return"]), members(whole["return"])
        assert all(answer in all_answers for answer in answers)
        if number == len(overloads) - 1:  # the last one takes everything, so it has to promise nothing
            assert hints == whole
    promised = [answer for overload in overloads[:-1] for answer in members(typing.get_type_hints(overload)["return"])]
    for answer in members(typing.get_type_hints(method)["return"]):
        assert answer in promised or ("if_none_match" in whole and answer is types.NoneType)


def members(type_: Any) -> list[Any]:
    """What a union is made of."""
    if typing.get_origin(type_) in (typing.Union, types.UnionType):
        return [member for argument in typing.get_args(type_) for member in members(argument)]
    return [type_]


@pytest.mark.parametrize("name", [name for name in models.__all__ if isinstance(getattr(models, name), type)])
def test_a_model_says_exactly_what_its_fields_are(name: str) -> None:
    model = getattr(models, name)
    if not issubclass(model, BaseModel):
        return
    model.model_rebuild()
    fields = model.model_fields
    problems = {name: found for name, field in fields.items() if (found := list(vague(field.annotation)))}
    assert problems == {}
