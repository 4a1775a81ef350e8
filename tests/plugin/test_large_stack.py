"""Threads with a small stack, as Orthanc's for HTTP have in some builds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import pytest

from orthanc_sdk import plugin
from orthanc_sdk.plugin.large_stack import SUFFICIENT_STACK, on_calling_thread, stack_size, with_room

T = TypeVar("T")

SMALL = 256 * 1024


def on_small_stack(function: Callable[[], T]) -> T:
    """What the function returns or raises on a thread with a small stack."""
    outcome: Future[T] = Future()
    is_restored = threading.Event()  # the stack size is one setting for the process: only one thread may change it

    def run() -> None:
        is_restored.wait(20)
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    before = threading.stack_size(SMALL)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    is_restored.set()
    thread.join(20)
    assert not thread.is_alive()
    return outcome.result()


@with_room
def where(*extra: object, **more: object) -> tuple[int, int, int, tuple[object, ...], dict[str, object]]:
    """Where it runs, and at home; and what it got."""
    return threading.get_ident(), stack_size(), on_calling_thread(threading.get_ident), extra, more


def test_enough_room_is_used() -> None:
    assert stack_size() >= SUFFICIENT_STACK
    here = threading.get_ident()
    assert where() == (here, stack_size(), here, (), {})


def test_another_thread_has_it() -> None:
    def both() -> tuple[int, int, object]:
        return threading.get_ident(), stack_size(), where(1, a=2)

    home, size, there = on_small_stack(both)
    assert SMALL <= size < SUFFICIENT_STACK
    assert isinstance(there, tuple)
    thread, its_size, calling, extra, more = there
    assert thread != home
    assert its_size == 8 * 1024 * 1024
    assert calling == home
    assert (extra, more) == ((1,), {"a": 2})
    assert threading.stack_size() == 0


def test_it_is_that_thread_for_all_that_is_called() -> None:
    @with_room
    def nested() -> tuple[int, int]:
        return threading.get_ident(), where()[0]

    first, second = on_small_stack(nested)
    assert first == second


def test_home_may_need_room_itself() -> None:
    """As when Orthanc calls a callback because of a call that was made at home."""

    @with_room
    def outer() -> tuple[int, int, int]:
        return on_calling_thread(inner)

    def inner() -> tuple[int, int, int]:
        return threading.get_ident(), *where()[0:3:2]

    home, thread, home_of_thread = on_small_stack(outer)
    assert home == home_of_thread
    assert thread != home


def test_errors_come_back() -> None:
    @with_room
    def fail() -> None:
        raise KeyError("mine")

    @with_room
    def fail_on_calling_thread() -> None:
        on_calling_thread(fail)

    for function in (fail, fail_on_calling_thread):
        with pytest.raises(KeyError, match="mine"):
            on_small_stack(function)
        with pytest.raises(KeyError, match="mine"):
            function()


def test_it_is_part_of_the_module() -> None:
    assert plugin.with_room is with_room
    assert where.__doc__ == "Where it runs, and at home; and what it got."
