"""Which requests are sent again, and when.

A retry is safe where the first attempt cannot have changed anything, or where doing it twice has the same effect *and*
gets the same answer:

========================== ============= ============================ ==============================
what happened              GET           PUT                          POST, DELETE
========================== ============= ============================ ==============================
no connection              repeated      repeated                     repeated: nothing was sent
connection lost            repeated      repeated, without ``If-...`` never: it may have been done
502, 504 of a proxy        repeated      repeated, without ``If-...`` never: it may have been done
429, 503                   repeated      repeated, without ``If-...`` never
no answer in time          never: the caller has set that limit
========================== ============= ============================ ==============================

After a DELETE that was carried out, a repeated one would answer "not found"; a repeated PUT with ``If-Match`` would
conflict with the first.  A body that can be read only once (a generator) is not sent again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from orthanc_sdk.errors import InvalidArgument

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is retried where that is safe, and after which pauses.

    Args:
        total: Number of retries; 0 for none.
        backoff: Seconds before the first retry, doubled before each further one, plus a random part of up to a half so
            that many clients do not return at once.
        longest_pause: Longest pause in seconds; if the server asks for more (``Retry-After``), there is no retry.
        statuses: The HTTP statuses that are retried.

    Example:
        >>> client = Orthanc(retries=Retries(total=5, backoff=1.0))  # doctest: +SKIP
    """

    total: int = 3
    backoff: float = 0.2
    longest_pause: float = 30.0
    statuses: Set[int] = frozenset({429, 502, 503, 504})

    def __post_init__(self) -> None:
        if type(self.total) is not int or self.total < 0:
            raise InvalidArgument("retries: total must be a whole number, 0 or more")
        if not 0 <= self.backoff < float("inf") or not 0 <= self.longest_pause < float("inf"):
            raise InvalidArgument("retries: backoff and longest_pause must be seconds, 0 or more")

    @staticmethod
    def is_safe(method: str, headers: Mapping[str, str]) -> bool:
        """Whether a request may be sent again although the first attempt may have been carried out."""
        if method == "PUT":
            return not any(name.lower().startswith("if-") for name in headers)
        return method in READING

    def pause(self, attempt: int, retry_after: str | None = None) -> float | None:
        """Seconds to wait after an attempt (the first one is 1); None for no further attempt.

        Args:
            attempt: How many attempts there were.
            retry_after: The ``Retry-After`` header.
        """
        if attempt > self.total:
            return None
        asked = None if retry_after is None else _seconds(retry_after)
        if asked is not None:
            return asked if asked <= self.longest_pause else None
        pause = self.backoff * 2.0 ** (attempt - 1) * random.uniform(1.0, 1.5)  # noqa: S311  # it is no secret
        return min(pause, self.longest_pause)


def sleep(seconds: float) -> None:
    """Waits for so many seconds."""
    time.sleep(seconds)


def _seconds(retry_after: str) -> float | None:
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", retry_after) is not None:
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
