"""What a fault is, and what is to be seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tests.faults.replies import Answering

LARGEST_ANSWER: Final = 2 * 1024 * 1024
"""The limit of the client in these tests, in bytes."""

TIME_LIMIT: Final = 0.3
"""Seconds: that of the client where the server is slow."""

Where = Literal["http", "nobody", "unknown", "plain", "tls", "untrusted", "reset", "proxy"]


@dataclass(frozen=True)
class Seen:
    """What the user sees.

    Attributes:
        error: The class of the error; None for the right value.
        requests: How many requests reach the server.
    """

    error: str | None
    requests: int = 1


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        name: What it is, in words.
        answering: What the server does with a request.
        get: What a GET sees that reads JSON.
        download: What a download of an archive to a file sees, if not the same.
        post: What a POST sees, if not the same error after one request.
        where: ``nobody``: the port is closed; ``unknown``: there is no such name; ``plain``: it does not speak the TLS
            that it is asked for; ``tls``: the other way round; ``untrusted``: nobody vouches for its certificate;
            ``reset``: it hangs up on all who come; ``proxy``: it is a proxy, and the server is behind it.
        slow: Lets the client wait for `TIME_LIMIT` only.
        reads_body: Whether the server reads the body of a request.
        of_system: Whether the system decides what the error says: its words differ, and so does what it notices first.
    """

    name: str
    answering: Answering
    get: Seen
    download: Seen | None = None
    post: Seen | None = None
    where: Where = "http"
    slow: bool = False
    reads_body: bool = True
    of_system: bool = False

    @property
    def of_download(self) -> Seen:
        """What the download sees."""
        return self.download or self.get

    @property
    def of_post(self) -> Seen:
        """What the POST sees."""
        return self.post or Seen(self.get.error, min(self.get.requests, 1))


@dataclass(frozen=True)
class Section:
    """Some of them, under one heading."""

    title: str
    text: str
    faults: Sequence[Fault]
