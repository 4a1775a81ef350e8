"""Translates the exceptions of ``requests`` and ``urllib3`` into the errors of this package.

Their messages quote the whole URL with its query, which may be patient data: no text of theirs is kept.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import requests
import urllib3.exceptions

from orthanc_sdk.errors import (
    InvalidArgument,
    OrthancConnectionError,
    OrthancConnectTimeout,
    OrthancError,
    OrthancTimeout,
)
from orthanc_sdk.errors.answer import quoted
from orthanc_sdk.http.timeouts import Limits

# Their messages quote what was received, perhaps the body of another response. The last one is for chunk lengths.
_QUOTING: Final = (
    http.client.BadStatusLine,
    http.client.UnknownProtocol,
    urllib3.exceptions.InvalidChunkLength,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed, and whether to try again.

    Attributes:
        kind: Name of the original exception.
        error: The error to raise.
        cause: What it is raised from; never quotes the URL.
        nothing_sent: The server cannot have seen the request.
        transient: Another attempt may succeed.
    """

    kind: str
    error: OrthancError
    cause: BaseException | None
    nothing_sent: bool
    transient: bool


def translate(error: BaseException, *, route: str, server: str, limits: Limits) -> Failure:
    """Translates an exception of ``requests`` or ``urllib3``.

    Args:
        error: What was raised.
        route: What was asked for: method and path, without the query.
        server: The URL of the server, without credentials.
        limits: The timeouts that were in force.
    """
    kind = type(error).__name__
    chain = list(_chain(error))
    request = next((e.request for e in chain if isinstance(e, requests.RequestException) and e.request), None)
    prepared = request if isinstance(request, requests.PreparedRequest) else None
    cause = next((e for e in chain if _is_from_operating_system(e)), error if len(chain) == 1 else None)
    quotes_answer = isinstance(cause, _QUOTING) and not isinstance(cause, http.client.RemoteDisconnected)
    if quotes_answer:
        cause = None
    _drop_tracebacks(chain)

    def has(*types: type[BaseException]) -> bool:
        return any(isinstance(e, types) for e in chain)

    def lost(what: str, *, nothing_sent: bool = False, transient: bool = True) -> Failure:
        return Failure(
            kind, OrthancConnectionError(f"{route}: {what}", request=prepared), cause, nothing_sent, transient
        )

    if has(requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError) and not has(
        urllib3.exceptions.NewConnectionError
    ):
        what = f"{route}: no connection to {server} within {_seconds(limits[0])}"
        return Failure(kind, OrthancConnectTimeout(what, request=prepared), None, nothing_sent=True, transient=False)
    if has(urllib3.exceptions.ReadTimeoutError, requests.Timeout):
        what = f"{route}: {server} did not answer within {_seconds(limits[1])}; timeout= sets how long to wait"
        return Failure(kind, OrthancTimeout(what, request=prepared), None, nothing_sent=False, transient=False)
    # With TLS, a connection closed by the server is a TLS error, too.
    if has(urllib3.exceptions.SSLError, ssl.SSLError) and not has(ssl.SSLEOFError, ssl.SSLZeroReturnError):
        hint = "; verify= takes the certificate of an authority to trust" if has(ssl.SSLCertVerificationError) else ""
        return lost(f"no secure connection to {server}: {_words(cause)}{hint}", nothing_sent=True, transient=False)
    if has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        # urllib3 calls any failure of a forwarded request a proxy error, not only an unreachable proxy.
        if has(urllib3.exceptions.NewConnectionError) or "Tunnel connection failed" in str(cause):
            return lost(f"no connection to {server} through the proxy: {_words(cause)}", nothing_sent=True)
        return lost(f"the connection to {server} through the proxy was lost: {_words(cause)}")
    if has(urllib3.exceptions.NewConnectionError):
        return lost(f"no connection to {server}: {_words(cause)}", nothing_sent=True)
    if quotes_answer:
        return lost(f"{server} sent no valid HTTP response")
    if isinstance(cause, http.client.LineTooLong) or type(cause) is http.client.HTTPException:
        return lost(f"{server} sent no valid HTTP response: {cause}")
    if has(urllib3.exceptions.InvalidHeader, requests.exceptions.InvalidHeader):
        return lost("the answer is damaged: its headers contradict each other", transient=False)
    if has(urllib3.exceptions.IncompleteRead, http.client.IncompleteRead, requests.exceptions.ChunkedEncodingError):
        return lost("the answer was cut short: the connection was lost in the middle of it")
    if has(requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
        return lost("the answer is damaged: it cannot be decompressed", transient=False)
    if isinstance(error, requests.RequestException) and isinstance(error, ValueError):  # InvalidSchema, ...
        what = f"{route}: cannot be sent ({kind})"
        return Failure(kind, InvalidArgument(what), None, nothing_sent=True, transient=False)
    if not isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        # An OSError of requests itself, which has looked for the files of certificates.
        return lost(f"no connection to {server}: {error}", nothing_sent=True, transient=False)
    known = cause is not None and cause is not error
    return lost(f"the connection to {server} was lost: {_words(cause)}", transient=known)


def _drop_tracebacks(errors: Iterable[BaseException]) -> None:
    """Removes tracebacks and contexts: with their variables they would show headers, passwords and responses."""
    for error in errors:
        error.__traceback__ = error.__context__ = error.__cause__ = None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all those wrapped in it, outermost first."""
    seen: list[BaseException] = []
    left = [error]
    while left:
        current = left.pop(0)
        if any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        inner: list[object] = [
            *current.args,
            getattr(current, "reason", None),
            getattr(current, "original_error", None),
        ]
        # Not __context__: that may be an unrelated exception which the caller is handling.
        left += [e for e in [*inner, current.__cause__] if isinstance(e, BaseException)]


def _is_from_operating_system(error: BaseException) -> bool:
    """Whether it is from the operating system or http.client, whose messages have no URLs."""
    return isinstance(error, OSError | http.client.HTTPException) and not isinstance(error, requests.RequestException)


def _words(cause: BaseException | None) -> str:
    if cause is None or isinstance(cause, requests.RequestException | urllib3.exceptions.HTTPError):
        return "for an unknown reason" if cause is None else type(cause).__name__
    words = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return quoted(words)


def _seconds(limit: float | None) -> str:
    return "the time of the operating system" if limit is None else f"{limit:g} s"
