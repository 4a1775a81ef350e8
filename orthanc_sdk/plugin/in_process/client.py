"""The client inside Orthanc.

``requests`` sends through adapters, and :class:`InProcessAdapter` is one that calls ``orthanc.RestApiGet()`` and the
like. So routes, models, resources, errors, streams and :meth:`orthanc_sdk.Orthanc.request` are those of any client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final, TypeVar

import requests

from orthanc_sdk.client import Orthanc, Scalar
from orthanc_sdk.http.operation import Operation
from orthanc_sdk.http.request_body import Body
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout
from orthanc_sdk.plugin.in_process.adapter import InProcessAdapter
from orthanc_sdk.plugin.large_stack import with_room

T = TypeVar("T")

URL: Final = "orthanc://inside"
"""Stands for this server, where other clients have a URL."""


def client(*, after_plugins: bool = False, strict: bool = False) -> Orthanc:
    """A client of the Orthanc that this plugin runs in, without HTTP, authentication or TLS.

    It may be created while the script is being loaded, and used in callbacks, by any number of threads. It cannot be
    used before the script is loaded: wait for ``ChangeType.ORTHANC_STARTED``, or for the first callback.

    It differs from a client over HTTP where Orthanc's functions for plugins do:

    - Calls have no time limit: ``timeout`` is ignored.
    - Headers cannot be sent: ``if_match``, ``if_none_match``, ``range_`` and an ``accept`` other than the default of
      the route raise :class:`orthanc_sdk.InvalidArgument`, and there is no ``ETag``.
    - Errors have their code and HTTP status, but no details, and no status chosen by a plugin.

    Args:
        after_plugins: Let plugins answer first, as over HTTP: their own routes, and those of Orthanc that they replace.
            Otherwise there are only Orthanc's own routes, and a plugin cannot call itself.
        strict: As in :class:`orthanc_sdk.Orthanc`.

    Example:
        >>> from orthanc_sdk import plugin  # doctest: +SKIP
        >>> plugin.client().get_system().version  # doctest: +SKIP
        '1.13.0'
    """
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount(URL, InProcessAdapter(after_plugins=after_plugins))
    _preload()
    return InProcessOrthanc(URL, session=session, timeout=None, retries=0, strict=strict)


class InProcessOrthanc(Orthanc):
    """The class of :func:`client`: it validates responses on a large stack, too, as pydantic needs one."""

    @with_room
    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Scalar | Iterable[Scalar] | None] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        data: Body | str | None = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        stream: bool = False,
        raise_for_status: bool = True,
    ) -> requests.Response:
        """Sends any request: see :meth:`orthanc_sdk.Orthanc.request`."""
        return super().request(
            method,
            path,
            params=params,
            headers=headers,
            json=json,
            data=data,
            timeout=timeout,
            stream=stream,
            raise_for_status=raise_for_status,
        )

    @with_room
    def _execute(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        return super()._execute(operation, *path, body=body, timeout=timeout, **arguments)


@with_room
def _preload() -> None:
    """Imports what the first response or the first error would import, so that no callback has to wait for it."""
    for module in ("pydantic.type_adapter", "orthanc_models.schemas.error_codes"):
        import_module(module)
