"""Several threads that work on a stream of tasks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from orthanc_sdk import InvalidArgument
from orthanc_sdk.http.concurrency import number_of_workers, work


def nothing(_task: object, _result: object) -> list[int]:
    return []


def test_all_is_done_by_as_many_threads_as_there_are() -> None:
    together = threading.Barrier(4, timeout=30)  # passed by four at once only
    results: dict[int, int] = {}

    def do(task: int) -> int:
        together.wait()
        return task * task

    def done(task: int, result: int) -> list[int]:
        results[task] = result
        return []

    work(range(100), do, done, 4)
    assert results == {number: number * number for number in range(100)}


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken = 0
    finished = 0
    ahead: list[int] = []

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            ahead.append(taken - finished)
            yield number

    def done(_task: int, _result: None) -> list[int]:
        nonlocal finished
        finished += 1
        return []

    work(tasks(), lambda _: None, done, 3)
    assert finished == 1000
    assert max(ahead) <= 2 * 3 + 3


def test_more_tasks_come_of_tasks() -> None:
    seen: list[int] = []

    def done(task: int, _result: None) -> list[int]:
        seen.append(task)
        return [10 * task + digit for digit in (1, 2)] if task < 100 else []

    work([1, 2], lambda _: None, done, 2)
    assert sorted(seen) == sorted([1, 2, 11, 12, 21, 22, 111, 112, 121, 122, 211, 212, 221, 222])


@pytest.mark.parametrize("where", ["do", "done", "tasks"])
def test_an_error_ends_it_and_what_was_under_way_is_told(where: str) -> None:
    begun: list[int] = []
    told: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            if where == "tasks" and number == 50:
                raise KeyboardInterrupt
            yield number

    def do(task: int) -> int:
        begun.append(task)
        if where == "do" and task == 50:
            raise KeyboardInterrupt
        return task

    def done(task: int, _result: int) -> list[int]:
        told.append(task)
        if where == "done" and task == 50:
            raise KeyboardInterrupt
        return []

    with pytest.raises(KeyboardInterrupt):
        work(tasks(), do, done, 4)
    assert set(told) == set(begun) - ({50} if where == "do" else set())
    assert len(told) == len(set(told)) < 100


def test_nothing_to_do() -> None:
    work([], lambda _: None, nothing, 4)


def test_number_of_workers() -> None:
    assert number_of_workers(None) == 8
    assert number_of_workers(3) == 3
    for wrong in (0, -1, True, 1.0, "8"):
        with pytest.raises(InvalidArgument, match="workers"):
            number_of_workers(wrong)  # type: ignore[arg-type]  # wrong on purpose
