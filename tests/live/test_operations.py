"""Calls every operation on every version that has it; on the others it must say so, with both versions."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk import NotSupportedByServer, Orthanc
from orthanc_sdk.http.operation import Operation
from tests.live.registry import CASES
from tests.live.world import VERSIONS, World
from tests.recordings.replay import operations

for file in sorted(Path(__file__).parent.glob("cases_*.py")):
    importlib.import_module(f"tests.live.{file.stem}")


def test_every_operation_has_a_case() -> None:
    assert len(operations()) == 299
    assert sorted(CASES) == sorted(operations())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(operations()))
def test_operation(
    name: str,
    version: str,
    shared_world: Callable[[str], World],
    own_world: Callable[[str], World],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[name]
    operation = operations()[name]
    world = (own_world if case.destructive else shared_world)(version)
    ran: list[Operation[object]] = []
    run = Orthanc._execute

    def record(self: Orthanc, operation: Operation[object], *path: object, **arguments: object) -> object:
        answer = run(self, operation, *path, **arguments)  # type: ignore[arg-type]  # passed on as they came
        ran.append(operation)  # only what has come back without an error counts
        return answer

    monkeypatch.setattr(Orthanc, "_execute", record)
    if operation.since is not None and not world.at_least(operation.since):
        with pytest.raises(NotSupportedByServer) as caught:
            case.run(world)
        assert operation.since in str(caught.value)
        assert world.server.version in str(caught.value)
    else:
        case.run(world)
        assert operation in ran, f"the case of {name} does not call it"
