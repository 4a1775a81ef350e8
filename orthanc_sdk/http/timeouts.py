"""How long a client waits for its server."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from orthanc_sdk.errors import InvalidArgument


class ClientDefault(Enum):
    """Stands for the setting of the client, since None means no limit."""

    TIMEOUT = "the timeout of the client"

    def __repr__(self) -> str:
        return "CLIENT_TIMEOUT"


CLIENT_TIMEOUT: Final = ClientDefault.TIMEOUT

Timeout: TypeAlias = float | tuple[float | None, float | None] | ClientDefault | None
"""Seconds to wait for the server: one number for connecting and for each pause of the answer, a pair of both, None for
no limit, or the client's own by default."""

Limits: TypeAlias = tuple[float | None, float | None]
"""Seconds for connecting and for each pause of the answer; None for no limit."""

DEFAULT_TIMEOUT: Final[Limits] = (5.0, 60.0)


def check_timeout(timeout: Timeout, default: Limits) -> Limits:
    """Seconds for connecting and for reading.

    Raises:
        InvalidArgument: if these are not positive numbers, or None.
    """
    if isinstance(timeout, ClientDefault):
        return default
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != 2 or not all(_is_limit(seconds) for seconds in pair):
        raise InvalidArgument("timeout must be seconds, a pair of them (connect, read), or None for no limit")
    connect, read = pair
    return _finite(connect), _finite(read)


def _is_limit(seconds: object) -> bool:
    return seconds is None or (isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0)


def _finite(seconds: float | None) -> float | None:
    return None if seconds is None or seconds == float("inf") else float(seconds)
