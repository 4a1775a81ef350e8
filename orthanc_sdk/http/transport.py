"""Sends the requests of operations over HTTP: retries, redirects, and errors of one tree."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema
from requests.utils import requote_uri

from orthanc_sdk.errors import (
    InvalidArgument,
    MethodNotAllowed,
    NotFound,
    NotSupportedByServer,
    OrthancError,
    OrthancHTTPError,
    UnexpectedAnswer,
)
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.auth import NoAuth
from orthanc_sdk.http.error_translation import Failure, translate
from orthanc_sdk.http.executor import OperationExecutor
from orthanc_sdk.http.message import Message, message_of
from orthanc_sdk.http.operation import Request
from orthanc_sdk.http.options import Options, check_headers
from orthanc_sdk.http.request_body import Body, ReplayableBody
from orthanc_sdk.http.response_body import LARGEST_ERROR, TooLarge, read_fully, read_partly
from orthanc_sdk.http.retries import READING, Retries, sleep
from orthanc_sdk.http.session import Environment, has_authorization_header, has_no_auth, make_session
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Limits, Timeout, check_timeout
from orthanc_sdk.http.versions import ServerVersion, parse_version, version_in

T = TypeVar("T")

log: Final = logging.getLogger("orthanc_sdk")

_MAX_REDIRECTS: Final = 5
_KEEPING_METHOD: Final = frozenset({307, 308})


class Transport:
    """Sends requests through a ``requests.Session``; one object serves any number of threads.

    Proxies and certificates of the environment are read once.

    Args:
        options: What the client was made with.
        session: A session to send through; it is used as it is, and never closed.  None makes one.
        parent: Shares the session and what is known about the server with this one.
    """

    def __init__(
        self, options: Options, session: requests.Session | None = None, *, parent: Transport | None = None
    ) -> None:
        self.options: Final = options
        self.session: Final[requests.Session] = (
            parent.session if parent is not None else make_session(options) if session is None else session
        )
        self._version: ServerVersion = ServerVersion() if parent is None else parent._version
        self.is_custom: bool = session is not None if parent is None else parent.is_custom
        self.owns_session: bool = session is None and parent is None
        self._environment: Environment = Environment(options, self.session) if parent is None else parent._environment

    def with_options(self, *, timeout: Timeout = CLIENT_TIMEOUT, headers: Mapping[str, str] | None = None) -> Transport:
        """A view with another timeout or more headers, which shares the session."""
        merged = {name.lower(): (name, value) for name, value in self.options.headers.items()}
        merged |= {name.lower(): (name, value) for name, value in check_headers(headers).items()}
        return Transport(
            replace(self.options, timeout=check_timeout(timeout, self.options.timeout), headers=dict(merged.values())),
            parent=self,
        )

    def close(self) -> None:
        """Closes the connections, unless the session is the user's."""
        if self.owns_session:
            self.session.close()

    # -- operations ---------------------------------------------------------------------------------------------------

    def run(self, request: Request[T], timeout: Timeout = CLIENT_TIMEOUT) -> T:
        """Sends the request of an operation and reads the answer."""
        answer = replace(answer_of(self.send(request, timeout)), strict=self.options.strict)
        try:
            return request.read(answer)
        except UnexpectedAnswer as error:
            self._raise_if_too_old(request, error, arguments=True)
            raise

    def send(
        self, request: Request[T], timeout: Timeout = CLIENT_TIMEOUT, *, stream: bool = False
    ) -> requests.Response:
        """Sends the request of an operation and returns the response, which is a success."""
        try:
            return self.exchange(message_of(request), timeout, stream=stream)
        except (NotFound, MethodNotAllowed) as error:
            if error.orthanc_status in (None, 17):
                # Not the arguments: a server ignores those that it does not know.
                self._raise_if_too_old(request, error, arguments=False)
            raise

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def exchange(
        self, message: Message, timeout: Timeout = CLIENT_TIMEOUT, *, stream: bool = False, check_status: bool = True
    ) -> requests.Response:
        """Sends a request, with retries where these are safe, and returns the response.

        Args:
            message: What to send.
            timeout: How long to wait.
            stream: Leaves the body of a success to be read by the caller, who then must close the response.
            check_status: Raises an error for an answer that is not a success.

        Raises:
            OrthancHTTPError: if the server answers with an error.
            OrthancConnectionError: if there is no answer.
            OrthancTimeout: if there is none in time.
        """
        limits = check_timeout(timeout, self.options.timeout)
        body = ReplayableBody(message.body, message.route)
        retries = self.options.retries
        safe = Retries.is_safe(message.method, message.headers) and body.can_be_read_again
        attempt = 0
        while True:
            attempt += 1
            started = time.monotonic()
            try:
                came: requests.Response | Failure = self._send_once(
                    message, body, limits, stream=stream, check_status=check_status
                )
            except _ConnectionLost as lost:
                came = lost.failure
            if isinstance(came, Failure):
                log.debug("%s %s: %s after %.0f ms", message.method, message.path, came.kind, _since(started))
                again = came.transient and (came.nothing_sent or safe)
                pause = retries.pause(attempt) if again else None
                if pause is None:
                    # Not in the handler: __context__ would be the original error, with URL and headers in it.
                    raise came.error from came.cause
            else:
                log.debug("%s %s: %s in %.0f ms", message.method, message.path, came.status_code, _since(started))
                again = came.status_code in retries.statuses and safe
                pause = retries.pause(attempt, came.headers.get("Retry-After")) if again else None
                if pause is None:
                    if check_status:
                        self._check_status(message, came, attempt)
                    return came
                came.close()
            sleep(pause)

    @contextmanager
    def translated_errors(self, response: requests.Response, timeout: Timeout = CLIENT_TIMEOUT) -> Generator[None]:
        """Translates errors while the body of this response is read into errors of this package."""
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # An error of another request knows that request: it is left alone.
            other = getattr(error, "request", None)
            if isinstance(error, OrthancError) or (other is not None and other is not response.request):
                raise
            where = f"{response.request.method} {urlsplit(response.url).path}"
            limits = check_timeout(timeout, self.options.timeout)
            failure = translate(error, route=where, server=self.options.url, limits=limits)
            raise failure.error from failure.cause

    def _send_once(
        self, message: Message, body: ReplayableBody, limits: Limits, *, stream: bool, check_status: bool
    ) -> requests.Response:
        """One attempt, with the redirects that it is answered with."""
        url, redirects = self.options.url + message.target, 0
        while True:
            response = self._send_to(url, message, body, limits)
            try:
                self._read(message, response, stream=stream, check_status=check_status)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, OrthancError):
                    raise
                raise self._connection_lost(message, error, limits) from error
            target = self._redirection(message, response, body) if redirects < _MAX_REDIRECTS else None
            if target is None:
                return response
            response.close()
            url, redirects = target, redirects + 1

    def _send_to(self, url: str, message: Message, body: ReplayableBody, limits: Limits) -> requests.Response:
        """Sends it, without reading the body of the response."""
        options, session = self.options, self.session
        prepared = self._prepare(message, url, body.read())
        arrived = _ResponseHook()
        prepared.register_hook("response", arrived)
        try:
            return session.send(
                prepared,
                timeout=limits,
                allow_redirects=False,
                stream=True,
                verify=self._verify(),
                cert=session.cert if options.cert is None else options.cert,
                proxies={**self._environment.proxies, **session.proxies}
                if options.proxies is None
                else {**options.proxies},
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, OrthancError):
                raise  # for example of an authentication that itself asks Orthanc
            raise self._connection_lost(message, error, limits) from error
        except ValueError:
            if arrived.response is None or not arrived.response.is_redirect:
                raise  # of the body that is being sent, or of a hook
            # requests raises for some redirects even when it is told not to follow them.
            return arrived.response

    def _connection_lost(self, message: Message, error: Exception, limits: Limits) -> _ConnectionLost:
        return _ConnectionLost(translate(error, route=message.where, server=self.options.url, limits=limits))

    def _read(self, message: Message, response: requests.Response, *, stream: bool, check_status: bool) -> None:
        """Reads the body, unless it is streamed; of an error, the beginning."""
        wanted = not check_status or _is_success(message, response)
        if not wanted:
            read_partly(response, LARGEST_ERROR)
        elif not stream:
            limit = self.options.largest_answer
            try:
                read_fully(response, limit)
            except TooLarge:
                error = UnexpectedAnswer(
                    f"{message.route}: the answer has more than {limit} bytes: ask for less at once, or for a file"
                    " by download(); largest_answer= of the client sets the limit"
                )
                error.route = message.route
                raise error from None

    def _prepare(self, message: Message, url: str, body: Body | None) -> requests.PreparedRequest:
        headers = {**self.options.headers, **message.headers}
        auth = self.options.auth
        if auth is None and has_no_auth(self.session):
            given = has_authorization_header(headers) or has_authorization_header(self.session.headers)
            auth = NoAuth() if given else self._environment.auth
        try:
            return self.session.prepare_request(requests.Request(message.method, url, headers, data=body, auth=auth))
        except (InvalidURL, InvalidHeader, MissingSchema, InvalidSchema) as error:
            kind = type(error).__name__
        raise InvalidArgument(f"{message.where}: cannot be sent ({kind})")

    def _verify(self) -> bool | str:
        """``verify`` of a request, given with each: the environment would override that of the session."""
        verify: bool | str | None = self.options.verify
        if verify is True and self.is_custom:
            verify = self.session.verify
        if verify is False or isinstance(verify, str):
            return verify
        return self._environment.certificates or True

    def _redirection(self, message: Message, response: requests.Response, body: ReplayableBody) -> str | None:
        """The URL to follow: on the same server only, with the same method; None if there is none."""
        if not response.is_redirect:
            return None
        if message.method not in READING and response.status_code not in _KEEPING_METHOD:
            return None
        if not body.can_be_read_again:
            return None
        location = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
        try:
            target = urljoin(response.url, requote_uri(location))
            parts = urlsplit(target)
            elsewhere = not parts.hostname or self.session.should_strip_auth(response.url, target)
        except ValueError:
            return None
        return None if elsewhere or parts.scheme not in ("http", "https") else target

    def _check_status(self, message: Message, response: requests.Response, attempt: int) -> None:
        if _is_success(message, response):
            return
        response.close()
        raise OrthancHTTPError.from_answer(
            answer_of(response),
            route=message.route,
            method=message.method,
            uri=message.path,
            response=response,
            note=_note(response, attempt),
        )

    # -- versions -----------------------------------------------------------------------------------------------------

    def server_version(self) -> str:
        """The version of the server, asked once."""
        return self._version.get(self._ask_version)

    def _ask_version(self) -> str:
        message = Message("GET", "/system", "", {"Accept": "application/json"}, None, "GET /system")
        answer = answer_of(self.exchange(message))
        version = version_in(answer.content)
        if version is not None:
            return version
        error = UnexpectedAnswer.from_text(answer.text, "a JSON object with the Version of Orthanc")
        error.add_request(message.route, answer)
        raise error

    def _raise_if_too_old(self, request: Request[T], error: OrthancError, *, arguments: bool) -> None:
        """Raises NotSupportedByServer if the server is older than the operation or an argument."""
        newer = [(None, request.operation.since)] if request.operation.since is not None else []
        wanted: list[tuple[str | None, str]] = [*newer, *(request.newer_arguments() if arguments else ())]
        if not wanted:
            return
        try:
            server_version = self.server_version()
        except OrthancError:
            return
        known = parse_version(server_version)
        for argument, needed in wanted:
            first = parse_version(needed)
            if known is not None and first is not None and known < first:
                what = request.route if argument is None else f"{argument} of {request.route}"
                raise NotSupportedByServer.needs(
                    what, needed, server_version, route=request.route, argument=argument
                ) from error


class HTTPExecutor(OperationExecutor):
    """Executes operations over HTTP."""

    @property
    @abstractmethod
    def transport(self) -> Transport:
        """What sends the requests: for helpers that need more than :meth:`orthanc_sdk.Orthanc.request`."""


class _ResponseHook:
    """A hook of ``requests`` that remembers the response."""

    response: requests.Response | None = None

    def __call__(self, response: requests.Response, **_: object) -> None:
        self.response = response


class _ConnectionLost(Exception):
    """The connection failed: no response."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


def answer_of(response: requests.Response) -> Answer:
    """The response as operations read it."""
    return replace(head_of(response), content=response.content)


def head_of(response: requests.Response) -> Answer:
    """The same without the body."""
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, b"")


def _is_success(message: Message, response: requests.Response) -> bool:
    status = response.status_code
    return 200 <= status < 300 or (status == 304 and any(name.lower() == "if-none-match" for name in message.headers))


def _note(response: requests.Response, attempt: int) -> str | None:
    notes: list[str] = []
    if response.status_code == 401 and "Authorization" not in response.request.headers:
        notes.append("no credentials were sent")
    if response.is_redirect:
        notes.append(f"to {_host(response.headers['location'])}, which is not followed")
    if attempt > 1:
        notes.append(f"tried {attempt} times")
    return "; ".join(notes) or None


def _host(location: str) -> str:
    """The host of a URL: path and query may have secrets in them."""
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return host or "another path"


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000
