"""All that can be read of an error: what is printed, logged, sent to a service that collects errors."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

TESTS = str(Path(__file__).parent.parent)


def texts_of(error: BaseException) -> str:
    """Everything about an error and about all that it holds on to, be it shown by a plain traceback or not."""
    return "\n".join(text for one in chain(error) for text in _texts(one))


def chain(error: BaseException) -> list[BaseException]:
    """The error, what it came from, and what was being handled, whether that is suppressed or not."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and not any(one is known for known in found):
            found.append(one)
            left += [one.__cause__, one.__context__]
    return found


def _texts(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
    yield repr(getattr(error, "__notes__", ()))
    trace = _without_tests(error.__traceback__)
    yield "".join(traceback.format_exception(type(error), error, trace))
    yield "".join(traceback.TracebackException(type(error), error, trace, capture_locals=True).format())
    twin = copy.copy(error)
    yield from (str(twin), repr(twin))
    thawed = pickle.loads(pickle.dumps(error))
    yield from (str(thawed), repr(thawed), repr(vars(thawed)))


def _without_tests(trace: TracebackType | None) -> TracebackType | None:
    """The frames below those of the test, which has the secrets in its own variables."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(TESTS):
        trace = trace.tb_next
    return trace
