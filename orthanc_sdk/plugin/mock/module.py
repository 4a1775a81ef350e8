"""Builds the mock: a module with the names of the real one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType

from orthanc_sdk.plugin import module_contents
from orthanc_sdk.plugin.mock import handles
from orthanc_sdk.plugin.mock.arguments import convert
from orthanc_sdk.plugin.mock.registry import IMPLEMENTATIONS
from orthanc_sdk.plugin.mock.state import current

_FUNCTION_MODULES = (
    "callbacks", "database", "dicom", "dictionary", "error_codes", "images", "logs_and_settings", "peers",
    "rest_api", "rest_output", "utilities",
)  # fmt: skip
_RESULTS: dict[str, type | tuple[type, ...]] = {
    "bytes": bytes,
    "bytes | None": (bytes, type(None)),
    "str": str,
    "str | None": (str, type(None)),
    "int": int,
    "bool": bool,
}


@cache
def mock() -> ModuleType:
    """The mock of the module. There is only one: its state depends on the current host (see `state`)."""
    for name in _FUNCTION_MODULES:
        import_module(f"orthanc_sdk.plugin.mock.functions.{name}")
    module = ModuleType("orthanc", "A mock of the module of Orthanc's Python plugin (orthanc_sdk.plugin).")
    content: dict[str, object] = {"OrthancException": handles.OrthancException}
    for name, values in module_contents.ENUMERATIONS.items():
        content[name] = handles.enumeration(name, values)
    for name, methods in module_contents.METHODS.items():
        implementations = {method: _method(name, method, signature) for method, signature in methods.items()}
        content[name] = class_ = handles.handle(name, implementations)
        handles.define(name, class_)
    for name, signature in module_contents.FUNCTIONS.items():
        content[name] = _function(name, signature)
    vars(module).update(content)
    return module


def _function(name: str, signature: module_contents.Signature) -> Callable[..., object]:
    types, returns = signature

    def function(*given: object, **keywords: object) -> object:
        if keywords:
            raise TypeError(f"{name}() takes no keyword arguments")
        converted = convert(name, types, given)
        return _answer(name, returns, given[: len(types)], converted)

    return _named(function, name, name)


def _method(class_: str, name: str, signature: module_contents.Signature) -> Callable[..., object]:
    types, returns = signature

    def method(self: object, *given: object, **keywords: object) -> object:
        if keywords:
            raise TypeError(f"{class_}.{name}() takes no keyword arguments")
        converted = convert(f"{class_}.{name}", types, given)
        data = handles.data_of(self)
        if getattr(data, "is_expired", False):
            raise RuntimeError(f"this {class_} was valid during its callback only: using it later can crash Orthanc")
        return _answer(f"{class_}.{name}", returns, (self, *given[: len(types)]), [data, *converted])

    return _named(method, name, f"{class_}.{name}")


def _named(function: Callable[..., object], name: str, qualified: str) -> Callable[..., object]:
    function.__name__, function.__qualname__, function.__module__ = name, qualified, "orthanc"
    function.__doc__ = f"The mock of orthanc.{qualified}()."
    return function


def _answer(name: str, returns: str, given: tuple[object, ...], converted: list[object]) -> object:
    state = current()
    if name in state.handlers:
        return _checked(name, returns, state.handlers[name](*given))
    if name in IMPLEMENTATIONS:
        return IMPLEMENTATIONS[name](*converted)
    call = f"{name}({', '.join(map(repr, given))})"
    arguments = ", ".join("abcdefgh"[: len(given)])
    raise state.missing(call, f'Set one: host.handlers["{name}"] = lambda {arguments}: ...')


def _checked(name: str, returns: str, result: object) -> object:
    """The result of a handler, if the real function could return it."""
    if name.startswith("RestApi") and returns == "bytes":
        from orthanc_sdk.plugin.mock.functions.rest_api import content

        return content(result, f"the handler of {name}")
    if returns == "None":
        return None
    expected = _RESULTS.get(returns)
    if expected is not None and not isinstance(result, expected):
        raise TypeError(f"the handler of {name} has returned {result!r}, but the function returns {returns}")
    return result
