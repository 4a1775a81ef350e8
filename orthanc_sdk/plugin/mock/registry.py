"""The implementations of functions and methods, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.state import State

P = ParamSpec("P")
R = TypeVar("R")

IMPLEMENTATIONS: dict[str, Callable[..., object]] = {}
"""By name: that of a function, `RestApiGet`, or of a method, `RestOutput.AnswerBuffer`."""


def implements(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Registers an implementation. It gets converted arguments; that of a method gets the data of its object first."""

    def register(function: Callable[P, R]) -> Callable[P, R]:
        IMPLEMENTATIONS.update(dict.fromkeys(names, function))
        return function

    return register


def internal_error() -> OrthancException:
    """The error of functions that fail to return something."""
    return OrthancException(-1, "Internal error")


def no_database(state: State) -> OrthancException | None:
    """The error of functions that cannot be called while the script is being loaded; None after that."""
    return OrthancException(2038, NO_DATABASE) if state.is_loading else None


NO_DATABASE = "Plugin trying to call the database during its initialization"
