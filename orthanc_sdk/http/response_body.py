"""Reads response bodies into memory, up to a limit."""

from __future__ import annotations

from typing import Final

import requests
import urllib3.exceptions

LARGEST_ERROR: Final = 1024 * 1024
"""Bytes of an error response that are read; its explanation is at the beginning."""

_PIECE: Final = 64 * 1024


class TooLarge(Exception):
    """The body exceeds the limit."""


def read_fully(response: requests.Response, limit: int | None) -> None:
    """Reads the body into ``response.content``.

    Args:
        response: The response, whose body was not read yet.
        limit: How many bytes it may have, decompressed; None for any number.

    Raises:
        TooLarge: if it is larger; the connection is closed.
        requests.RequestException: if it is truncated, damaged or late.
    """
    length = response.headers.get("Content-Length", "")
    if limit is not None and length.isdecimal() and int(length[:20]) > limit:
        response.close()
        raise TooLarge
    if not _read(response, limit):
        raise TooLarge


def read_partly(response: requests.Response, limit: int) -> None:
    """Reads as much of the body as arrives, up to the limit, into ``response.content``; errors are ignored."""
    _read(response, limit, ignore_errors=True)


def _read(response: requests.Response, limit: int | None, *, ignore_errors: bool = False) -> bool:
    """Whether the body was within the limit."""
    if response.raw is None:
        # From an adapter that stands in for a server, with its content.
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
    # Where requests keeps a body that it has read without a limit; there is no public way to set it.
    response._content = content  # pyright: ignore[reportPrivateUsage]  # as above
    response._content_consumed = True  # pyright: ignore[reportPrivateUsage]  # as above
