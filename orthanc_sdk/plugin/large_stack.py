"""Runs functions on a thread with a large stack, for calls of Orthanc and for callbacks.

Debian's builds answer HTTP on threads with 100 KB of stack, and call the callbacks of plugins on them. Some routes need
more than that, and so does Python: creating an archive, or importing pydantic, ends such a server with a segmentation
fault. So a function that is called on a thread with a small stack runs on a new thread, which ends with the call;
except for what must run on the calling thread (:func:`on_calling_thread`).
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

SUFFICIENT_STACK: Final = 1024 * 1024
"""A stack of so many bytes needs no new thread. On Linux, threads have 8 MB unless somebody asks for less."""

_LARGE_STACK: Final = 8 * 1024 * 1024
_ATTRIBUTES_SIZE: Final = 256  # bytes: more than pthread_attr_t needs on any platform
_local = threading.local()
_start_lock: Final = threading.Lock()


def with_room(function: Callable[P, T]) -> Callable[P, T]:
    """Makes a function run on a thread with a large stack, if the current one has a small stack; for callbacks.

    The client inside Orthanc does that by itself. A callback that answers HTTP needs it if it does anything else with
    deep calls: imports large packages, reads DICOM files, uses pydantic models.

    Args:
        function: The function; it may be called on another thread, while its caller waits.

    Example:
        >>> @plugin.with_room  # doctest: +SKIP
        ... def frames(output, uri, **request): ...
        >>> plugin.RegisterRestCallback("/frames", frames)  # doctest: +SKIP
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        if stack_size() >= SUFFICIENT_STACK:
            return function(*args, **kwargs)
        return _on_new_thread(lambda: function(*args, **kwargs))

    return wrapper


def on_calling_thread(function: Callable[[], T]) -> T:
    """Calls the function on the thread that called :func:`with_room`, if the current one was started for it.

    Orthanc may hold locks there that only the same thread can acquire again: a callback for stored instances can store
    another one, but on a second thread the two would deadlock.
    """
    calls: SimpleQueue[Callable[[], None] | None] | None = getattr(_local, "calls", None)
    if calls is None:
        return function()
    result: Future[T] = Future()
    calls.put(lambda: _set_result(result, function))
    return result.result()


def _on_new_thread(function: Callable[[], T]) -> T:
    """Calls the function on a new thread; meanwhile, makes the calls for this one (:func:`on_calling_thread`)."""
    calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
    result: Future[T] = Future()

    def run() -> None:
        _local.calls = calls
        try:
            _set_result(result, function)
        finally:
            calls.put(None)

    thread = threading.Thread(target=run, name="orthanc-sdk", daemon=True)
    _start(thread)
    while (call := calls.get()) is not None:
        call()
    thread.join()
    return result.result()


def _set_result(result: Future[T], function: Callable[[], T]) -> None:
    try:
        result.set_result(function())
    except BaseException as error:  # any error is for the caller
        result.set_exception(error)


def stack_size() -> int:
    """The stack size of the current thread in bytes; 0 if unknown."""
    size: int | None = getattr(_local, "size", None)
    if size is None:
        size = _local.size = _query_stack_size()
    return size


def _start(thread: threading.Thread) -> None:
    with _start_lock:  # the stack size is one setting for the whole process
        before = threading.stack_size(_LARGE_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


def _query_stack_size() -> int:
    if sys.platform != "linux":
        return 0
    library = ctypes.CDLL(None)
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_SIZE)
    address, size = ctypes.c_void_p(), ctypes.c_size_t()
    library.pthread_self.restype = ctypes.c_void_p
    try:
        failed = library.pthread_getattr_np(ctypes.c_void_p(library.pthread_self()), attributes)
        if failed:
            return 0
        library.pthread_attr_getstack(attributes, ctypes.byref(address), ctypes.byref(size))
        library.pthread_attr_destroy(attributes)
    except AttributeError:  # a C library without these functions
        return 0
    return size.value
