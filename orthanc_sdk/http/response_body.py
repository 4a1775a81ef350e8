"""Reads the bodies of answers into memory, and never without a limit."""

from __future__ import annotations

from typing import Final

import requests
import urllib3.exceptions

LARGEST_ERROR: Final = 1024 * 1024
"""Bytes of an answer that refuses something; what is beyond them explains nothing any more."""

_PIECE: Final = 64 * 1024


class TooLarge(Exception):
    """The body of an answer goes beyond the limit."""


def read_fully(response: requests.Response, limit: int | None) -> None:
    """Reads the body; ``response.content`` has it then.

    Args:
        response: The answer, whose body was not read yet.
        limit: How many bytes it may have, decompressed; None for any number.

    Raises:
        TooLarge: if it has more; the connection is closed.
        requests.RequestException: if it is cut short or damaged, or does not come in time.
    """
    length = response.headers.get("Content-Length", "")
    if limit is not None and length.isdecimal() and int(length[:20]) > limit:
        response.close()
        raise TooLarge
    if not _read(response, limit):
        raise TooLarge


def read_partly(response: requests.Response, limit: int) -> None:
    """Reads the body as far as it comes, and no further than the limit; ``response.content`` has it then."""
    _read(response, limit, ignore_errors=True)


def _read(response: requests.Response, limit: int | None, *, ignore_errors: bool = False) -> bool:
    """Whether there was no more than the limit."""
    if response.raw is None:
        # An adapter that stands in for a server has given the content itself.
        _set_content(response, response.content or b"")
        return True
    content = bytearray()
    try:
        for piece in response.iter_content(_PIECE):
            content += piece
            if limit is not None and len(content) > limit:
                response.close()
                return False
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        response.close()
        if not ignore_errors:
            raise
    finally:
        _set_content(response, bytes(content if limit is None else content[:limit]))
    return True


def _set_content(response: requests.Response, content: bytes) -> None:
    # Where requests keeps what it has read itself, without any limit; there is no other way to put it there.
    response._content = content  # pyright: ignore[reportPrivateUsage]  # as above
    response._content_consumed = True  # pyright: ignore[reportPrivateUsage]  # as above
