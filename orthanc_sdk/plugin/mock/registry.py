"""What the mock does for which function: each implementation says its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.state import State

P = ParamSpec("P")
R = TypeVar("R")

IMPLEMENTATIONS: dict[str, Callable[..., object]] = {}
"""By the name of the function, `RestApiGet`, or of the method, `RestOutput.AnswerBuffer`."""


def implements(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function does what those of the module do; its arguments are converted. A method gets what its object keeps."""

    def remember(function: Callable[P, R]) -> Callable[P, R]:
        IMPLEMENTATIONS.update(dict.fromkeys(names, function))
        return function

    return remember


def internal_error() -> OrthancException:
    """What functions raise that return nothing where they should return something."""
    return OrthancException(-1, "Internal error")


def no_database(state: State) -> OrthancException | None:
    """The error for what cannot be used while the script is being loaded."""
    return OrthancException(2038, NO_DATABASE) if state.is_loading else None


NO_DATABASE = "Plugin trying to call the database during its initialization"
