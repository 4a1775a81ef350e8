"""The client: one server, and all of its routes."""

from __future__ import annotations

import json as json_module
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from urllib.parse import quote, urlencode

import requests

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.connections import IdleAwareAdapter
from orthanc_sdk.http.encoders import is_unicode
from orthanc_sdk.http.environment import EnvironmentSettings
from orthanc_sdk.http.message import Message
from orthanc_sdk.http.operation import QUERY_SAFE, Operation
from orthanc_sdk.http.options import DEFAULT_URL, LARGEST_ANSWER, Auth, Options, check_headers
from orthanc_sdk.http.request_body import Body, check_body
from orthanc_sdk.http.retries import Retries
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, DEFAULT_TIMEOUT, Timeout
from orthanc_sdk.http.transport import HTTPExecutor, Transport
from orthanc_sdk.http.versions import parse_version
from orthanc_sdk.routes import AllRoutes

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from orthanc_sdk.http.auth import Token

T = TypeVar("T")

Scalar: TypeAlias = str | int | float | bool
"""A value of a query argument; True and False are sent as ``true`` and ``false``."""


class Orthanc(AllRoutes, HTTPExecutor):
    """A client of one Orthanc server.

    Every operation of the REST API is a method, named by verb and path: ``GET /studies/{id}`` is
    :meth:`get_studies_id`.  One client serves any number of threads; nothing is sent before the first call.

    Args:
        url: The server, with the path under which a proxy may have put it.  A user and a password in it are used, and
            taken out of it.
        username: User of Orthanc.
        password: Its password.
        token: A bearer token, or a function that returns the one that is valid now.
        auth: Any other authentication of ``requests``; :class:`orthanc_sdk.HeaderAuth` for a secret in a header.
            Without any of these, and without a header ``Authorization``, what ``~/.netrc`` says about the host is used,
            as with ``requests``; ``auth=NoAuth()`` keeps it from that.
        headers: Headers to send with each request.
        timeout: Seconds to wait: one number for connecting and for each pause of the answer, a pair of both, or None
            for no limit.  Each method takes one of its own, too.
        retries: How often a request is sent again where that is safe, or a :class:`orthanc_sdk.Retries`.
        verify: Whether certificates are checked, or a file or folder with those of the authorities to trust.  True
            means those that ``REQUESTS_CA_BUNDLE`` names, if it does; anything else wins over the environment.
        cert: A client certificate: a file with certificate and key, or a pair of files.
        proxies: Proxies by scheme, such as ``{"https": "http://proxy:3128"}``, ``{}`` for none.  By default what the
            environment says.
        session: A session to send through instead of one of its own.  It is used as it is (mount
            :class:`orthanc_sdk.IdleAwareAdapter` on it, or POST requests fail now and then on connections
            that the server just closed), its ``auth``, ``verify``, ``cert`` and ``proxies`` hold where nothing else is
            given here, and :meth:`close` does not close it.
        pool_size: How many connections are kept; at least as many as there are threads.
        strict: Whether main DICOM tags that are not as DICOM wants them are an error: :class:`orthanc_sdk.InvalidTags`,
            with all of them. Otherwise they are None, and ``tags.problems`` lists them.
        largest_answer: How many bytes an answer may have (decompressed) that is read into memory; a longer one is an
            :class:`orthanc_sdk.UnexpectedAnswer`. 2 GiB by default, None for no limit. Downloads to files have none.

    Raises:
        InvalidArgument: if one of these cannot be used.

    Example:
        >>> client = Orthanc("http://localhost:8042", "orthanc", "orthanc")  # doctest: +SKIP
        >>> client.get_system().version  # doctest: +SKIP
        '1.13.0'
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        username: str | None = None,
        password: str | None = None,
        *,
        token: Token | None = None,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retries: int | Retries = 3,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        pool_size: int = 20,
        strict: bool = False,
        largest_answer: int | None = LARGEST_ANSWER,
    ) -> None:
        try:
            options = Options.check(
                url,
                username=username,
                password=password,
                token=token,
                auth=auth,
                headers=headers,
                timeout=timeout,
                retries=retries,
                verify=verify,
                cert=cert,
                proxies=proxies,
                pool_size=pool_size,
                strict=strict,
                largest_answer=largest_answer,
                any_scheme=session is not None,
            )
        except InvalidArgument as error:
            # A traceback with variables shows these, and the frames below have more of them.
            del url, username, password, token, auth, headers, proxies
            error.__context__ = None  # what urlsplit says quotes parts of the URL
            raise error.with_traceback(None) from None
        self._transport = Transport(options, session)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """A client as the environment describes it; empty variables count as unset.

        ========================  ==========================================================================
        ``ORTHANC_URL``           the server; ``http://localhost:8042`` by default
        ``ORTHANC_USERNAME``      user
        ``ORTHANC_PASSWORD``      its password
        ``ORTHANC_TOKEN``         bearer token, instead of these
        ``ORTHANC_VERIFY``        ``true``, ``false``, or a file or folder with certificates of authorities
        ``ORTHANC_CERT``          client certificate: a file, or two with a comma between them
        ``ORTHANC_TIMEOUT``       seconds: ``30``, or ``5,60`` for connecting and reading, or ``none``
        ``ORTHANC_RETRIES``       how often a request is sent again where that is safe
        ========================  ==========================================================================

        Args:
            environ: The variables; those of the process by default.

        Raises:
            InvalidArgument: names the variable that cannot be used.
        """
        try:
            settings = EnvironmentSettings.read(os.environ if environ is None else environ)
            return cls(
                settings.url,
                settings.username,
                settings.password,
                token=settings.token,
                verify=settings.verify,
                cert=settings.cert,
                timeout=settings.timeout,
                retries=settings.retries,
            )
        except InvalidArgument as error:
            # The name of an argument is that of its variable.
            problem = re.sub(r"^[a-z]+", lambda name: f"ORTHANC_{name[0].upper()}", str(error))
        del environ  # there are secrets in them, and tracebacks may show variables
        raise InvalidArgument(problem)

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The server, without credentials and without a trailing slash."""
        return self._transport.options.url

    @property
    def session(self) -> requests.Session:
        """The session that everything is sent through.

        Mount an adapter on it before the first request, to test without a server, for instance; change nothing of it
        while threads use it.
        """
        return self._transport.session

    @property
    def transport(self) -> Transport:
        """What sends the requests: for helpers that need more than :meth:`request`."""
        return self._transport

    @property
    def version(self) -> str:
        """The version of the server, such as ``1.13.0`` or ``mainline``; asked once.

        Raises:
            OrthancError: if the server does not say.
        """
        return self._transport.server_version()

    def supports(self, version: str) -> bool:
        """Whether the server is Orthanc of this version or newer.

        Example:
            >>> client.supports("1.12.5")  # doctest: +SKIP
            True

        Raises:
            InvalidArgument: if ``version`` is not one.
            OrthancError: if the server does not say which one it is.
        """
        wanted = parse_version(version)
        if wanted is None:
            raise InvalidArgument("version must be such as '1.12.5'")
        have = parse_version(self.version)
        return have is not None and have >= wanted

    def __repr__(self) -> str:
        if not hasattr(self, "_transport"):  # its arguments were wrong, and a traceback shows variables
            return f"<{type(self).__name__} that could not be made>"
        return f"{type(self).__name__}({self.url!r})"

    # -- other ways to ask --------------------------------------------------------------------------------------------

    def with_options(self, *, timeout: Timeout = CLIENT_TIMEOUT, headers: Mapping[str, str] | None = None) -> Self:
        """The same client with another timeout, or with more headers; both share the connections.

        Example:
            >>> patient = client.with_options(timeout=None)  # doctest: +SKIP

        Args:
            timeout: As of the client itself.
            headers: Added to those of the client; the same names are replaced.
        """
        view = type(self).__new__(type(self))
        vars(view).update(vars(self))
        view._transport = self._transport.with_options(timeout=timeout, headers=headers)
        return view

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Scalar | Iterable[Scalar] | None] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        data: Body | str | None = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        stream: bool = False,
        raise_for_status: bool = True,
    ) -> requests.Response:
        """Sends any request: for the routes of plugins, and for what has no method here.

        Credentials, timeouts, retries and errors are those of all the other methods.

        Args:
            method: HTTP method.
            path: Path on the server, such as ``/dicom-web/studies``, quoted where needed: an identifier that is put
                into it should go through :func:`urllib.parse.quote` first.
            params: Query arguments; None leaves one out, several values send it several times.
            headers: Headers of this request.
            json: Body to be sent as JSON; a model is written in Orthanc's own spelling.
            data: Body to be sent as it is: bytes, text, a binary file, or pieces of bytes.
            timeout: Seconds to wait, as of the client.
            stream: Leaves the body of the answer to be read by you; close the response when done.
            raise_for_status: False returns answers with an error, too.

        Raises:
            InvalidArgument: if it cannot be sent, or would go to another server.
            OrthancHTTPError: if the server answers with an error.
            OrthancConnectionError: if there is no answer.
            OrthancTimeout: if there is none in time.

        Example:
            >>> client.request("GET", "/dicom-web/studies", params={"limit": 10}).json()  # doctest: +SKIP
        """
        method = method.upper()
        if re.fullmatch(r"[A-Z]+", method) is None:
            raise InvalidArgument("method must be an HTTP method, such as 'GET'")
        clean, _, query = self._path(path).partition("?")
        sent = check_headers(headers)
        route = f"{method} {clean}"
        body: Body | None = None
        if json is not None:
            if data is not None:
                raise InvalidArgument(f"{route}: json and data exclude each other")
            body = _to_json(route, json)
            sent = {"Content-Type": "application/json", **sent}
        elif data is not None:
            body = check_body(route, "data", data)
        more = urlencode(list(_arguments(route, params or {})), quote_via=quote, safe=QUERY_SAFE)
        message = Message(method, clean, "&".join(filter(None, [query, more])), sent, body, route)
        return self._transport.exchange(message, timeout, stream=stream, check_status=raise_for_status)

    def _path(self, path: str) -> str:
        """The path as it is sent: under the URL of the server, whatever is in it."""
        if path.startswith(self.url + "/"):
            path = path[len(self.url) :]
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", path) is not None:
            raise InvalidArgument("path must be a path on the server, not the URL of another one")
        if "#" in path or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", path) is not None:
            raise InvalidArgument("path must be quoted: there must be no '#' and no control characters in it")
        # Blanks and letters beyond ASCII are quoted here; what is quoted already stays as it is.
        clean, mark, query = path.partition("?")
        clean = "/" + quote(clean.lstrip("/"), safe="/%:@!$&'()*+,;=-._~")
        for part in clean.split("/"):
            # Orthanc takes a backslash for a slash, and drops the dots at the end of a part of the path.
            if re.search(r"(\.|%2e)$|\\|%5c", part, re.IGNORECASE) is not None:
                raise InvalidArgument("path must not have '..', a part that ends in '.', or a backslash in it")
        return clean + mark + quote(query, safe="/%:@!$&'()*+,;=-._~?")

    def _execute(
        self,
        operation: Operation[T],
        *path: object,
        body: object = None,
        timeout: Timeout = CLIENT_TIMEOUT,
        **arguments: object,
    ) -> T:
        return self._transport.run(operation.request(*path, body=body, **arguments), timeout)

    # -- its life -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the connections; a client of :meth:`with_options` leaves them to the one that it comes from."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:  # Any: the attributes of any subclass
        adapters = self.session.adapters.values()
        if self._transport.is_custom or not all(isinstance(adapter, IdleAwareAdapter) for adapter in adapters):
            raise TypeError(
                "a client with a session or an adapter of your own cannot be pickled: make one in the other process"
            )
        return {**vars(self), "_transport": self._transport.options}

    def __setstate__(self, state: dict[str, Any]) -> None:  # Any: likewise
        vars(self).update(state)
        self._transport = Transport(state["_transport"])


def _arguments(route: str, params: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        if value is None:
            continue
        several = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        values = cast("Iterable[object]", value if several else [value])  # checked below, one by one
        for one in values:
            if not isinstance(one, str | int | float):
                raise InvalidArgument(f"{route}: params: {name} must be text or a number, not {type(one).__name__}")
            if not (is_unicode(name) and is_unicode(str(one))):
                raise InvalidArgument(f"{route}: params: {name} has characters that UTF-8 cannot express")
            yield name, str(one).lower() if isinstance(one, bool) else str(one)


def _to_json(route: str, value: object) -> bytes:
    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        return value.model_dump_json(by_alias=True, exclude_unset=True).encode()
    try:
        return json_module.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidArgument.from_error(route, "json", error) from None
