"""Reserves free ports of this machine."""

from __future__ import annotations

import socket
import weakref

__all__ = ["Reservation"]


class Reservation:
    """A TCP port of 127.0.0.1 that no other process gets, but on which our server can listen.

    The port is bound, but nothing listens on it: the system gives it to no process that asks for any free port, but
    lets Orthanc listen on it, which (like this class) sets SO_REUSEADDR. So the port stays ours from one start of the
    server to the next.
    """

    def __init__(self, port: int = 0) -> None:
        """Reserves `port`, or any free one.

        Raises:
            OSError: The port is in use.
        """
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
        except BaseException:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._finalizer = weakref.finalize(self, self._socket.close)

    def release(self) -> None:
        """Frees the port."""
        self._finalizer()
