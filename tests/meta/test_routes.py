"""Every operation of Orthanc's own document has a method, with a text that names its route."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import typing
from collections.abc import Callable

import pytest

from orthanc_sdk import Orthanc, models
from orthanc_sdk.http.executor import OperationExecutor
from orthanc_sdk.http.operation import Operation
from orthanc_sdk.routes import AllRoutes
from tests.meta.sources import ROOT


def documented() -> dict[str, str]:
    """Method name and route of all the operations that Orthanc itself documents."""
    facts = json.loads((ROOT / "models" / "openapi" / "orthanc-1.13.0.json").read_text(encoding="utf-8"))
    return {
        "_".join([method, *re.findall(r"[0-9A-Za-z]+", path)]): f"{method.upper()} {path}"
        for path, methods in facts["paths"].items()
        for method in methods
    }


def methods() -> dict[str, Callable[..., object]]:
    return {
        name: method
        for name, method in inspect.getmembers(AllRoutes, inspect.isfunction)
        if not hasattr(OperationExecutor, name) and not name.startswith("_")
    }


def constant(name: str) -> tuple[Operation[object], object]:
    """The operation that a method runs, and the type that its annotation gives it."""
    module = importlib.import_module(methods()[name].__module__)
    annotation = vars(module)["__annotations__"][f"_{name.upper()}"]
    (type_,) = typing.get_args(eval(annotation, vars(module)))
    return vars(module)[f"_{name.upper()}"], type_


def test_there_is_a_method_for_each_operation_and_for_nothing_else() -> None:
    assert len(documented()) == 299
    assert set(methods()) == set(documented())
    assert all(getattr(Orthanc, name) is method for name, method in methods().items())


def test_no_method_is_written_twice() -> None:
    written = [name for class_ in AllRoutes.__mro__[1:] for name in vars(class_) if name in methods()]
    assert len(written) == len(set(written)) == 299


def explained(name: str) -> dict[str, str]:
    """What the text of a method says of each argument."""
    _, _, after = (inspect.getdoc(methods()[name]) or "").partition("\nArgs:\n")
    arguments = re.split(r"^    (?=\w+: )", after.split("\n\n")[0], flags=re.MULTILINE)
    return {argument: " ".join(text.split()) for argument, _, text in (part.partition(": ") for part in arguments)}


@pytest.mark.parametrize(("name", "route"), documented().items())
def test_a_method_is_explained(name: str, route: str) -> None:
    text = inspect.getdoc(methods()[name])
    assert text is not None
    summary, *_ = text.splitlines()
    assert re.fullmatch(r"[A-Z].{8,}\.", summary), "a first line that is a sentence"
    assert re.search(rf"\n``{re.escape(route)}``(, since Orthanc 1\.\d+\.\d+)?$", text), "the route at the end"
    # `timeout` is the same everywhere; what a body is that is no JSON, the description says.
    assert set(inspect.signature(methods()[name]).parameters) - {"self", "timeout", "content"} <= set(explained(name))
    assert not re.search(r"<level|<Level|TODO|XXX|None\.None", text)


@pytest.mark.parametrize(("name", "route"), documented().items())
def test_a_method_runs_the_operation_of_its_route(name: str, route: str) -> None:
    operation, type_ = constant(name)
    assert operation.route == route
    assert type_ == typing.get_type_hints(methods()[name], include_extras=True)["return"]
    parameters = inspect.signature(methods()[name]).parameters
    keywords = {name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}
    assert keywords == {*operation.arguments, "timeout"}
    positional = [name for name in parameters if name not in keywords]
    assert len(positional) == 1 + operation.path.count("{") + (operation.body is not None)
    if operation.since is not None:
        assert f"since Orthanc {operation.since}" in str(methods()[name].__doc__)
    for argument, sent in operation.arguments.items():
        if sent.since is not None:
            assert f"Since Orthanc {sent.since}." in explained(name)[argument]


def test_every_error_that_a_text_names_exists() -> None:
    from orthanc_sdk import errors

    named: set[str] = set()
    for method in methods().values():
        _, _, raises = (inspect.getdoc(method) or "").partition("\nRaises:\n")
        named.update(re.findall(r"^    (\w+): ", raises.split("\n\n")[0], re.MULTILINE))
    assert len(named) >= 3
    assert named <= set(errors.__all__)


def test_every_model_is_used_somewhere() -> None:
    """A model that no route takes or answers is a left-over."""
    reached: set[str] = set()

    def walk(type_: object) -> None:
        if isinstance(type_, type) and type_.__module__.startswith("orthanc_models") and type_.__name__ not in reached:
            reached.update(base.__name__ for base in type_.__mro__)
            if hasattr(type_, "model_rebuild"):
                type_.model_rebuild()
            for field in getattr(type_, "model_fields", {}).values():
                walk(field.annotation)
        for argument in typing.get_args(type_):
            walk(argument)

    for method in methods().values():
        for type_ in typing.get_type_hints(method, include_extras=True).values():
            walk(type_)
    walk(models.ErrorInfo)
    classes = {name for name in models.__all__ if isinstance(getattr(models, name), type)}
    left_over = {
        name
        for name in classes - reached
        if issubclass(getattr(models, name), (models.AnswerModel, models.RequestModel))
    }
    assert left_over == set()
