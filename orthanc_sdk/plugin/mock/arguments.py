"""Converts arguments: positional only, by type, and with the messages of the real module if they are wrong."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from orthanc_sdk.plugin.module_contents import ENUMERATIONS, METHODS, REFUSALS

_CONVERSION_ERRORS = (TypeError, ValueError, OverflowError)


def convert(name: str, types: Sequence[str], given: Sequence[object]) -> list[object]:
    """The arguments as the C++ code of the plugin gets them: numbers as int, data as bytes.

    Raises:
        TypeError: A wrong number of arguments, or a wrong type; for some functions that register callbacks, ValueError.
    """
    if not types:
        return []  # the real one ignores extra arguments, too
    if len(given) == len(types):
        try:
            return [_converter(type_)(value) for type_, value in zip(types, given, strict=True)]
        except _CONVERSION_ERRORS:
            pass
    error, message = REFUSALS.get(name, (TypeError, f"Bad types for the arguments ({len(types)} arguments expected)"))
    raise error(message)


def _converter(type_: str) -> Callable[[object], object]:
    if type_ in ENUMERATIONS or type_ == "int":
        return _integer
    if type_ in _CONVERTERS:
        return _CONVERTERS[type_]
    class_, _, optional = type_.partition(" | ")
    if class_ in METHODS:
        return lambda value: _handle(class_, value, is_optional=optional == "None")
    return _unchanged  # a callback: that it is not callable shows when it is called


def _unchanged(value: object) -> object:
    return value


def _integer(value: object) -> int:
    if isinstance(value, str | float):
        raise TypeError(value)
    return operator.index(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - raises for other types


def _byte(value: object) -> int:
    number = _integer(value)
    if not 0 <= number <= 255:
        raise OverflowError(value)
    return number


def _number(value: object) -> float:
    if isinstance(value, str | bytes | bytearray):
        raise TypeError(value)
    return float(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - raises for other types


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    value.encode()
    return value


def _filled_buffer(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    view = memoryview(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - raises for other types
    if not view.c_contiguous:
        raise TypeError(value)
    return view.tobytes()


def _buffer(value: object) -> bytes | None:
    return None if value is None else _filled_buffer(value)


def _handle(class_: str, value: object, *, is_optional: bool) -> object:
    if value is None and is_optional:
        return None
    if type(value).__name__ != class_ or type(value).__module__ != "orthanc":
        raise TypeError(value)
    return value


_CONVERTERS: dict[str, Callable[[object], object]] = {
    "str": _text,
    "byte": _byte,
    "float": _number,
    "Buffer": _buffer,
    "FilledBuffer": _filled_buffer,
}
