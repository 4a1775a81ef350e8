"""Free ports of this machine, kept free until they are used."""

from __future__ import annotations

import socket
import weakref

__all__ = ["Reservation"]


class Reservation:
    """A TCP port of 127.0.0.1 that nobody else is given, while a server of ours may listen on it.

    The port is bound, but nobody listens: the system gives it to no other process that asks for a free one, but it lets
    Orthanc listen on it, which (like this class) says SO_REUSEADDR. So the port also stays ours between the end of a
    server and its next start.
    """

    def __init__(self, port: int = 0) -> None:
        """Reserve `port`, or any free one; raises OSError if it is in use."""
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
        """Give the port back."""
        self._finalizer()
