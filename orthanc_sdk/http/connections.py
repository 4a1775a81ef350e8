"""Connections to a server that closes idle ones after a second.

Orthanc closes a connection that was idle for one second (``Keep-Alive: timeout=1``).  A client that reuses it at that
moment gets "Remote end closed connection without response", which a retry solves for GET only: whether a
POST was processed is unknown.  Polling a job once a second hits that moment again and again.  So connections that were
idle for longer than :data:`MAX_IDLE` are closed before the server does it.

The size of response headers is limited, too, and no connection is reused on which the next request could read a
leftover of the previous response as its own.
"""

from __future__ import annotations

import io
import os
import time
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection  # the type that the overridden methods have

MAX_IDLE: Final = 0.75
"""Seconds after which an idle connection is not used again."""

_LONGEST_LINE: Final = 65_537
"""Bytes; what http.client allows to the lines of headers, which the lines between chunks are not held to."""

_MOST_LINES: Final = 1_000
"""One after the other, without any content in between: an answer has 100 headers at most."""

_WITHOUT_BODY: Final = frozenset({204, 304})


class _Lines(io.BufferedReader):
    """The stream of a response, with a limit to the length and to the number of lines."""

    _come = 0

    def readline(self, size: int | None = -1) -> bytes:
        self._come += 1
        if self._come > _MOST_LINES:
            raise HTTPException("too many header lines")
        line = super().readline(_LONGEST_LINE if size is None or size < 0 else size)
        if len(line) >= _LONGEST_LINE:
            raise HTTPException("a header line that is too long")
        return line

    def read(self, size: int | None = -1) -> bytes:
        self._come = 0
        return super().read(size)


class _Answer(HTTPResponse):
    def begin(self) -> None:
        self.fp = _Lines(self.fp.detach())
        super().begin()
        # The parser drops all lines after an invalid header, perhaps the length of the body among them.
        if self.msg.get_payload():
            raise HTTPException("invalid headers")
        # After an interim response (1xx) the final one follows, perhaps late; 204 and 304 must not have a body, but
        # may.  The next request on this connection would read either as its own response.
        if self.status < 200 or self.status in _WITHOUT_BODY:
            self.will_close = True


class _Connection(HTTPConnection):
    response_class = _Answer


class _ConnectionTls(HTTPSConnection):
    response_class = _Answer


class _IdleAware(HTTPConnectionPool):
    ConnectionCls: Any = _Connection  # Any: its protocol wants of urllib3 what its own classes do not have

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: whatever the pool of urllib3 takes
        super().__init__(*args, **kwargs)
        self._released: WeakKeyDictionary[BaseHTTPConnection, tuple[float, int]] = WeakKeyDictionary()

    def _put_conn(self, conn: BaseHTTPConnection | None) -> None:
        if conn is not None:
            if self.pool is not None and self.pool.full():
                conn.close()  # urllib3 does so as well, but with a warning for each
                return
            self._released[conn] = time.monotonic(), os.getpid()
        super()._put_conn(conn)

    def _get_conn(self, timeout: float | None = None) -> BaseHTTPConnection:
        conn = super()._get_conn(timeout)
        when, process = self._released.pop(conn, (0.0, 0))
        # After a fork the connection belongs to the parent: two processes on one socket would mix up their responses.
        if not conn.is_closed and (time.monotonic() - when > MAX_IDLE or process != os.getpid()):
            conn.close()  # reopened when the request is sent
        return conn


class _IdleAwareTls(_IdleAware, HTTPSConnectionPool):
    ConnectionCls: Any = _ConnectionTls  # Any: as above


_POOLS: Final[dict[str, type]] = {"http": _IdleAware, "https": _IdleAwareTls}


class IdleAwareAdapter(HTTPAdapter):
    """A ``requests`` adapter that never reuses a connection which Orthanc may be about to close.

    :class:`orthanc_sdk.Orthanc` uses it by itself; a session of your own gets it by
    ``session.mount("http://", IdleAwareAdapter())``.

    It does not retry: that is up to :class:`orthanc_sdk.Retries`.

    Args:
        pool_size: How many connections are kept; at least as many as there are threads.
    """

    def __init__(self, pool_size: int = 10) -> None:
        super().__init__(pool_connections=4, pool_maxsize=pool_size, max_retries=Retry(0, read=False))

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        # Any: as in the base class
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def close(self) -> None:
        """Closes the connections now: urllib3 alone leaves that to the garbage collector."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  # it cannot be iterated over
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:  # Any: as in the base class
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if isinstance(manager, PoolManager) and not proxy.lower().startswith("socks"):  # which has pools of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager
