"""There was no answer: the errors of connections and of timeouts."""

from __future__ import annotations

from typing import Final

import requests

from orthanc_models.orthanc_error import OrthancError

NOT_PICKLED: Final = frozenset({"response", "request"})
"""Attributes that belong to a live connection."""


class OrthancConnectionError(OrthancError, requests.ConnectionError):
    """There was no answer, or only a part of one: no connection, a lost one, a certificate that is not trusted.

    A request that changes something may have been carried out nevertheless; it is never repeated by itself.
    """

    _not_pickled = NOT_PICKLED

    def __init__(self, message: str = "", *, request: requests.PreparedRequest | None = None) -> None:
        super().__init__(message)
        self.response: requests.Response | None = None
        self.request: requests.Request | requests.PreparedRequest | None = request


class OrthancTimeout(OrthancError, requests.Timeout):
    """There was no answer in time; the request may have been carried out nevertheless, or still be under way."""

    _not_pickled = NOT_PICKLED

    def __init__(self, message: str = "", *, request: requests.PreparedRequest | None = None) -> None:
        super().__init__(message)
        self.response: requests.Response | None = None
        self.request: requests.Request | requests.PreparedRequest | None = request


class OrthancConnectTimeout(OrthancConnectionError, OrthancTimeout, requests.ConnectTimeout):
    """There was no connection in time; nothing was sent."""
