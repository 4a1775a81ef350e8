"""The classes of the module: scripts can neither instantiate nor modify them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

Method = Callable[..., object]

_SLOT = "_data"


class OrthancException(Exception):
    """Orthanc refuses a call: error code and description."""


OrthancException.__module__ = "orthanc"


class _ImmutableType(type):
    """The type of an immutable class, like the real ones."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")

    def __delattr__(cls, name: str) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")


def _refuse_subclass(cls: type, **_: object) -> NoReturn:
    raise TypeError(f"type 'orthanc.{cls.__mro__[1].__name__}' is not an acceptable base type")


def _refuse_instance(*_: object, **__: object) -> NoReturn:
    raise ValueError("Expected a pair (pointer, borrowed) in the constructor")


def _new_without_arguments(cls: type[object], *_: object, **__: object) -> object:
    return object.__new__(cls)


_COMMON = {"__module__": "orthanc", "__init_subclass__": _refuse_subclass}


def enumeration(name: str, values: dict[str, int]) -> type:
    """A class of int constants."""
    return _ImmutableType(name, (), {"__slots__": (), "__new__": _new_without_arguments, **_COMMON, **values})


def handle(name: str, methods: dict[str, Method]) -> type:
    """A class of objects that only Orthanc creates: handles of the data behind them."""
    return _ImmutableType(name, (), {"__slots__": (_SLOT,), "__new__": _refuse_instance, **_COMMON, **methods})


_classes: dict[str, type[object]] = {}


def define(name: str, class_: type[object]) -> None:
    """Registers a class, for `make`."""
    _classes[name] = class_


def make(name: str, data: object) -> object:
    """Creates an object of a class, as Orthanc does."""
    handle_ = object.__new__(_classes[name])
    setattr(handle_, _SLOT, data)
    return handle_


def data_of(handle_: object) -> object:
    """The data with which `make` has created it."""
    data: object = getattr(handle_, _SLOT)
    return data
