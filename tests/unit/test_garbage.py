"""Large answers are read without Python looking for garbage meanwhile."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator

import pytest

from orthanc_sdk.errors import UnexpectedAnswer
from orthanc_sdk.operation import Answer, Json


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


def answer(count: int) -> Answer:
    return Answer(200, {}, json.dumps([{"number": [number]} for number in range(count)]).encode())


READER = Json(lambda: list[dict[str, list[int]]])


def collections_while_reading(answer: Answer) -> int:
    seen: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    try:
        found = READER.read(answer)
    finally:
        gc.callbacks.remove(note)
    assert isinstance(found, list)
    assert found[-1] == {"number": [len(found) - 1]}
    return seen.count("stop")


@pytest.mark.parametrize("is_on", [True, False])
def test_a_large_answer(is_on: bool) -> None:
    (gc.enable if is_on else gc.disable)()
    collections = collections_while_reading(answer(50_000))
    assert collections <= 1  # the one when it goes on may come before the answer is here
    assert gc.isenabled() is is_on


def test_a_small_answer() -> None:
    gc.enable()
    gc.collect()
    # Since Python 3.12 only between two steps of Python code: once, when all is there.
    assert collections_while_reading(answer(3_000)) > (1 if sys.version_info < (3, 12) else 0)
    assert gc.isenabled()


def test_a_large_answer_that_cannot_be_read() -> None:
    gc.enable()
    with pytest.raises(UnexpectedAnswer):
        READER.read(Answer(200, {}, answer(50_000).content[:-2]))
    assert gc.isenabled()
