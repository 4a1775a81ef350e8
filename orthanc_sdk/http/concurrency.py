"""Several threads that work on a stream of tasks, with bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final, TypeVar

from orthanc_sdk.errors import InvalidArgument

Task = TypeVar("Task")
Result = TypeVar("Result")

DEFAULT: Final = 8
"""How many requests at once keep an Orthanc on a few processors busy: more gain nothing."""


def number_of_workers(wanted: int | None) -> int:
    """How many threads to use.

    Raises:
        InvalidArgument: if it is no number of threads.
    """
    if wanted is None:
        return DEFAULT
    if type(wanted) is not int or wanted < 1:
        raise InvalidArgument("workers must be a whole number, 1 or more")
    return wanted


def work(
    tasks: Iterable[Task],
    do: Callable[[Task], Result],
    done: Callable[[Task, Result], Iterable[Task]],
    workers: int,
) -> None:
    """Does all tasks, several at once.

    Tasks are taken from their iterable when a worker is about to be free: there may be millions of them.

    Args:
        tasks: What is to be done.
        do: Does one; runs in a thread of its own. What it raises ends everything.
        done: Is told the result in the thread of the caller, in the order in which they come; what it returns are more
            tasks, which are next. When something ends everything, it is told what was under way, too.
        workers: How many threads there are.
    """
    sources = [iter(tasks)]
    pending: dict[Future[Result], Task] = {}
    # Not wait(), which goes through all that is pending for each that has ended.
    ended: SimpleQueue[Future[Result]] = SimpleQueue()

    def settle(future: Future[Result]) -> None:
        task = pending.pop(future)
        sources.append(iter(done(task, future.result())))

    with ThreadPoolExecutor(workers, thread_name_prefix="orthanc-sdk") as pool:
        try:
            while sources or pending:
                # One task in hand for each worker besides the one that it is at.
                while sources and len(pending) < 2 * workers:
                    try:
                        task = next(sources[-1])
                    except StopIteration:
                        sources.pop()
                    else:
                        future = pool.submit(do, task)
                        pending[future] = task
                        future.add_done_callback(ended.put)
                if pending:
                    ready = [ended.get()]
                    while not ended.empty():  # nobody else takes from it
                        ready.append(ended.get())
                    for future in ready:
                        settle(future)
        except BaseException:
            # What has not begun is left; what is under way is waited for, as it cannot be taken back.
            under_way = deque(future for future in pending if not future.cancel())
            while under_way:
                future = under_way.popleft()
                if future.exception() is None:
                    settle(future)
            raise
