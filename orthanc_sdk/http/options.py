"""The options of a client, validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from requests.auth import AuthBase

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.auth import BasicAuth, BearerAuth, Token, header_name, header_value
from orthanc_sdk.http.retries import Retries
from orthanc_sdk.http.timeouts import DEFAULT_TIMEOUT, Limits, Timeout, check_timeout

Auth: TypeAlias = AuthBase | tuple[str, str] | Callable[[requests.PreparedRequest], requests.PreparedRequest]
"""Any authentication of ``requests``; a pair is a user and a password."""

DEFAULT_URL: Final = "http://localhost:8042"
LARGEST_ANSWER: Final = 2 * 1024**3
"""Bytes: more than any list that is needed at once, and less than exhausts a machine."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a client; the repr has no secrets."""

    url: str
    auth: AuthBase | Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    timeout: Limits
    retries: Retries
    verify: bool | str
    cert: str | tuple[str, str] | None = field(repr=False)
    proxies: Mapping[str, str] | None = field(repr=False)
    pool_size: int
    strict: bool = False
    largest_answer: int | None = LARGEST_ANSWER

    @classmethod
    def check(
        cls,
        url: str,
        *,
        username: str | None,
        password: str | None,
        token: Token | None,
        auth: Auth | None,
        headers: Mapping[str, str] | None,
        timeout: Timeout,
        retries: int | Retries,
        verify: bool | str,
        cert: str | tuple[str, str] | None,
        proxies: Mapping[str, str] | None,
        pool_size: int,
        strict: bool = False,
        largest_answer: int | None = LARGEST_ANSWER,
        any_scheme: bool = False,
    ) -> Options:
        """Validates the arguments of a client.

        Raises:
            InvalidArgument: names the argument and what it should be; never quotes a secret.
        """
        clean, user = split_url(url, any_scheme=any_scheme)
        checked_headers = check_headers(headers)
        if type(pool_size) is not int or pool_size < 1:
            raise InvalidArgument("pool_size must be a whole number, 1 or more")
        if largest_answer is not None and (type(largest_answer) is not int or largest_answer < 1):
            raise InvalidArgument("largest_answer must be a number of bytes, 1 or more, or None for no limit")
        if isinstance(verify, str):
            _check_path("verify", verify)
        if cert is not None:
            for path in (cert,) if isinstance(cert, str) else cert:
                _check_path("cert", path)
        return cls(
            url=clean,
            auth=_check_auth(user, username, password, token, auth, checked_headers),
            headers=checked_headers,
            timeout=check_timeout(timeout, DEFAULT_TIMEOUT),
            retries=retries if isinstance(retries, Retries) else Retries(retries),
            verify=verify,
            cert=cert,
            proxies=None if proxies is None else dict(proxies),
            pool_size=pool_size,
            strict=strict,
            largest_answer=largest_answer,
        )


def split_url(url: str, *, any_scheme: bool = False) -> tuple[str, tuple[str, str] | None]:
    """The URL without trailing slash and credentials, and the credentials.

    Case-insensitive parts become lower case, so that a server has one URL only.

    Args:
        url: Such as ``http://user:password@localhost:8042/orthanc/``.
        any_scheme: Takes other schemes than HTTP, for a session that has an adapter for them.

    Raises:
        InvalidArgument: if it is not the URL of a server; the message does not quote it, for it may hold a password.
    """
    _check_text("url", url)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidArgument(f"url is not a URL: {_reason(error)}") from None
    if parts.scheme not in ("http", "https") and not (any_scheme and parts.scheme and host):
        # localhost:8042 and pacs.example are parsed as a scheme, or as a path.
        raise InvalidArgument("url must start with http:// or https://, such as http://localhost:8042")
    if not host:
        raise InvalidArgument("url has no host; it should be such as http://localhost:8042")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise InvalidArgument("url must be that of the server alone, without '?' and '#'")
    if any(character.isspace() or not character.isprintable() for character in url.strip()):
        raise InvalidArgument("url must not have blanks in it")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and (parts.scheme, port) not in (("http", 80), ("https", 443)):
        netloc += f":{port}"
    return SplitResult(parts.scheme, netloc, parts.path.rstrip("/"), "", "").geturl(), _user(parts)


def check_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Checks the headers.

    Raises:
        InvalidArgument: names the header that is invalid; never quotes its value.
    """
    return {header_name(name): header_value(f"headers: {name}", value) for name, value in dict(headers or {}).items()}


def _check_auth(
    in_url: tuple[str, str] | None,
    username: str | None,
    password: str | None,
    token: Token | None,
    auth: Auth | None,
    headers: Mapping[str, str],
) -> AuthBase | Callable[[requests.PreparedRequest], requests.PreparedRequest] | None:
    if password is not None and username is None:
        raise InvalidArgument("password needs username too")
    given = {
        "username": username,
        "token": token,
        "auth": auth,
        "a user in url": in_url,
        "headers['Authorization']": next((name for name in headers if name.lower() == "authorization"), None),
    }
    ways = [name for name, value in given.items() if value is not None]
    if len(ways) > 1:
        raise InvalidArgument(f"credentials must be given in one way only, not as {' and '.join(ways)}")
    if username is not None:
        return _basic(username, password or "")
    if token is not None:
        return BearerAuth(token)
    if in_url is not None:
        return _basic(*in_url)
    if auth is None or isinstance(auth, AuthBase):
        return auth
    match auth:
        case (user, secret):
            return _basic(user, secret)
        case _ if callable(auth):
            return auth
        case _:
            raise InvalidArgument("auth must be a pair of user and password, or an authentication of requests")


def _basic(username: str, password: str) -> BasicAuth:
    _check_text("username", username)
    _check_text("password", password)
    return BasicAuth(username, password)


def _user(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be a string, not {type(value).__name__}")


def _check_path(name: str, path: str) -> None:
    _check_text(name, path)
    if not Path(path).exists():
        raise InvalidArgument(f"{name}: there is no file or folder {path!r}")


def _reason(error: ValueError) -> str:
    # urlsplit quotes the part that is wrong, which may be in the middle of a password ("http://user:pa#ss@host").
    return "the port is not a number" if "ort" in str(error) else "it cannot be taken apart"
