"""Which test calls which operation.

A module `cases_*.py` registers for each operation a function that calls it for real and checks what comes back:

    @operation("get_patients_id_labels")
    def _(world: World) -> None:
        ...

`test_operations.py` runs all of them on all versions, and sees that each has called its operation and none is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.live.world import World


@dataclass(frozen=True)
class Case:
    """How an operation is tried."""

    run: Callable[[World], None]
    destructive: bool


CASES: dict[str, Case] = {}


def operation(name: str, *, destructive: bool = False) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Registers the case of an operation; a destructive one gets a server of its own."""

    def register(run: Callable[[World], None]) -> Callable[[World], None]:
        assert name not in CASES, f"{name} has two cases"
        CASES[name] = Case(run, destructive)
        return run

    return register
