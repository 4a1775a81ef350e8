"""Large answers are read without Python looking for garbage meanwhile."""

from __future__ import annotations

import gc
import json
import sys
import weakref
from collections.abc import Iterator

import pytest

from orthanc_sdk.errors import UnexpectedAnswer
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.readers import Json


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    READER.read(answer(1))  # loads what reading needs
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
    assert collections == 0
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


def test_what_was_frozen_stays_frozen() -> None:
    gc.enable()
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        assert frozen > 1000
        READER.read(answer(50_000))
        assert frozen * 0.9 < gc.get_freeze_count() <= frozen  # some of them are gone
    finally:
        gc.unfreeze()


def test_cycles_are_found_nevertheless() -> None:
    class Node:
        def __init__(self) -> None:
            self.me = self

    gc.enable()
    node = weakref.ref(Node())
    READER.read(answer(50_000))
    gc.collect()
    assert node() is None
