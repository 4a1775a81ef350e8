"""The classes of the module: none can be made by a script, and none can be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

Method = Callable[..., object]

_SLOT = "_data"


class OrthancException(Exception):
    """What Orthanc refuses: error code and description."""


OrthancException.__module__ = "orthanc"


class _Fixed(type):
    """The type of a class that is as it is: the real ones are immutable and cannot be derived from."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")

    def __delattr__(cls, name: str) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")


def _not_a_base(cls: type, **_: object) -> NoReturn:
    raise TypeError(f"type 'orthanc.{cls.__mro__[1].__name__}' is not an acceptable base type")


def _not_made(*_: object, **__: object) -> NoReturn:
    raise ValueError("Expected a pair (pointer, borrowed) in the constructor")


def _made_in_vain(cls: type[object], *_: object, **__: object) -> object:
    return object.__new__(cls)


def enumeration(name: str, values: dict[str, int]) -> type:
    """A class of plain numbers."""
    body = {"__module__": "orthanc", "__slots__": (), "__new__": _made_in_vain, "__init_subclass__": _not_a_base}
    return _Fixed(name, (), {**body, **values})


def handle(name: str, methods: dict[str, Method]) -> type:
    """A class of objects that only Orthanc makes; `data` is what the mock keeps in one."""
    body = {"__module__": "orthanc", "__slots__": (_SLOT,), "__new__": _not_made, "__init_subclass__": _not_a_base}
    return _Fixed(name, (), {**body, **methods})


_classes: dict[str, type[object]] = {}


def define(name: str, class_: type[object]) -> None:
    """Remember the class of a name, for `make`."""
    _classes[name] = class_


def make(name: str, data: object) -> object:
    """An object of a class, as Orthanc makes it."""
    made = object.__new__(_classes[name])
    setattr(made, _SLOT, data)
    return made


def data_of(made: object) -> object:
    """What `make` has put into it."""
    data: object = getattr(made, _SLOT)
    return data
