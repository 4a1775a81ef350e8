"""Room on the stack for calls of Orthanc.

Debian's builds give a thread that answers HTTP 100 KB of stack, and the callback of a plugin runs on it.  Some routes
need more than that, and so does Python: making an archive, or importing pydantic, ends such a server with a
segmentation fault.  So what starts on a thread with a small stack is done on another one, which ends with the call;
but for what has to be done on the first one (:func:`at_home`).
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from queue import SimpleQueue
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ENOUGH: Final = 1024 * 1024
"""Bytes of stack on which a call is made at once; the threads of Linux have 8 MB unless somebody asks for less."""

_STACK: Final = 8 * 1024 * 1024
_ATTRIBUTES: Final = 256  # bytes, more than any platform's pthread_attr_t has
_local = threading.local()
_starting: Final = threading.Lock()


def with_room(function: Callable[P, T]) -> Callable[P, T]:
    """A function that does the same where there is room on the stack; a decorator for callbacks.

    The client inside Orthanc takes care of itself.  A callback that answers HTTP needs this if it does something else
    that is deep: imports large packages, reads DICOM files, works with models.

    Args:
        function: The function; it may be called on another thread, while its caller waits.

    Example:
        >>> @plugin.with_room  # doctest: +SKIP
        ... def frames(output, uri, **request): ...
        >>> plugin.RegisterRestCallback("/frames", frames)  # doctest: +SKIP
    """

    @wraps(function)
    def roomy(*args: P.args, **kwargs: P.kwargs) -> T:
        if stack_size() >= ENOUGH:
            return function(*args, **kwargs)
        return _on_another_thread(lambda: function(*args, **kwargs))

    return roomy


def at_home(function: Callable[[], T]) -> T:
    """Calls the function on the thread that Orthanc has called, if this is one that :func:`with_room` has made.

    Orthanc may have locks there that it takes a second time on the same thread only: a callback for stored instances
    can store another one, but a second thread would wait for that callback to end, and it for that thread.
    """
    errands: SimpleQueue[Callable[[], None] | None] | None = getattr(_local, "errands", None)
    if errands is None:
        return function()
    outcome: Future[T] = Future()
    errands.put(lambda: _settle(outcome, function))
    return outcome.result()


def _on_another_thread(function: Callable[[], T]) -> T:
    """Calls the function on a new thread, and does meanwhile what that has for this one (:func:`at_home`)."""
    errands: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
    outcome: Future[T] = Future()

    def run() -> None:
        _local.errands = errands
        try:
            _settle(outcome, function)
        finally:
            errands.put(None)

    thread = threading.Thread(target=run, name="orthanc-sdk", daemon=True)
    _start(thread)
    while (errand := errands.get()) is not None:
        errand()
    thread.join()
    return outcome.result()


def _settle(outcome: Future[T], function: Callable[[], T]) -> None:
    try:
        outcome.set_result(function())
    except BaseException as error:  # whatever it is, it is for the one who waits
        outcome.set_exception(error)


def stack_size() -> int:
    """Bytes of stack that the current thread has; 0 if that cannot be known."""
    size: int | None = getattr(_local, "size", None)
    if size is None:
        size = _local.size = _ask_stack_size()
    return size


def _start(thread: threading.Thread) -> None:
    with _starting:  # the size is one setting for all threads of the process
        before = threading.stack_size(_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


def _ask_stack_size() -> int:
    if sys.platform != "linux":
        return 0
    library = ctypes.CDLL(None)
    attributes = ctypes.create_string_buffer(_ATTRIBUTES)
    address, size = ctypes.c_void_p(), ctypes.c_size_t()
    library.pthread_self.restype = ctypes.c_void_p
    try:
        failed = library.pthread_getattr_np(ctypes.c_void_p(library.pthread_self()), attributes)
        if failed:
            return 0
        library.pthread_attr_getstack(attributes, ctypes.byref(address), ctypes.byref(size))
        library.pthread_attr_destroy(attributes)
    except AttributeError:  # a C library without this question
        return 0
    return size.value
