"""The HTTP response of a typed method: status, headers, bytes.

For one call at a time; the client itself always returns typed values.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar, cast

import requests

from orthanc_sdk.errors import InvalidArgument, UnexpectedAnswer
from orthanc_sdk.http.executor import OperationExecutor
from orthanc_sdk.http.operation import Operation
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout
from orthanc_sdk.http.transport import HTTPExecutor, head_of

P = ParamSpec("P")
T = TypeVar("T")


def raw_response(method: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> requests.Response:
    """Calls a method of a client and returns the HTTP response instead of the typed value.

    Arguments are checked and errors are raised as usual.

    Args:
        method: A route of a client, such as ``client.get_studies_id``.
        args: Its arguments.
        kwargs: Its arguments.

    Raises:
        InvalidArgument: if ``method`` is not a route of an :class:`orthanc_sdk.Orthanc`.

    Example:
        >>> response = raw_response(client.get_instances_id_metadata_name, id_, "AnonymizedFrom")  # doctest: +SKIP
        >>> response.headers["ETag"]  # doctest: +SKIP
        '"0-9e107d9d372bb6826bd81d3542a419d6"'
    """
    return _Raw.call(method, args, kwargs, stream=False)[1]


@contextmanager
def raw_stream(method: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Generator[requests.Response]:
    """Calls a method of a client and streams the body of the response.

    The connection is released at the end of the block.  Errors while reading the body are errors of this package, too.
    A response without a length can be truncated without any error; most archives of Orthanc have none.

    Args:
        method: A route of a client, such as ``client.get_studies_id_archive``.
        args: Its arguments.
        kwargs: Its arguments.

    Raises:
        InvalidArgument: if ``method`` is not a route of an :class:`orthanc_sdk.Orthanc`.
        UnexpectedAnswer: if the answer is an HTML page, of a login for instance.

    Example:
        >>> with raw_stream(client.get_studies_id_archive, id_) as response:  # doctest: +SKIP
        ...     for piece in response.iter_content(256 * 1024):
        ...         file.write(piece)
    """
    raw, response = _Raw.call(method, args, kwargs, stream=True)
    with response, raw.client.transport.translated_errors(response, raw.timeout):
        yield response


class _Raw(OperationExecutor):
    """Stands in for the client during one call."""

    def __init__(self, client: HTTPExecutor, stream: bool) -> None:
        self.client = client
        self.timeout: Timeout = CLIENT_TIMEOUT
        self._stream = stream

    @staticmethod
    def call(
        method: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object], *, stream: bool
    ) -> tuple[_Raw, requests.Response]:
        client: object = getattr(method, "__self__", None)
        name: str = getattr(method, "__name__", "")
        function: object = getattr(method, "__func__", None)
        if not isinstance(client, HTTPExecutor) or not _is_route(client, name, function):
            raise InvalidArgument(
                f"method must be a route of a client, such as client.get_system, not {name or method}"
            )
        raw = _Raw(client, stream)
        # Every route returns what _execute returns.
        route = cast("Callable[..., requests.Response]", function)
        return raw, route(raw, *args, **kwargs)

    def _execute(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        request = operation.request(*path, body=body, **arguments)
        self.timeout = timeout
        response = self.client.transport.send(request, timeout, stream=self._stream)
        if self._stream:
            try:
                request.check_kind(head_of(response))
            except UnexpectedAnswer:
                response.close()
                raise
        return response  # type: ignore[return-value]  # instead of the typed value


def _is_route(client: HTTPExecutor, name: str, function: object) -> bool:
    """Whether it is a route: a method that only executes an operation."""
    groups = [base for base in type(client).__mro__ if OperationExecutor in base.__bases__]
    return function is not None and any(vars(group).get(name) is function for group in groups)
