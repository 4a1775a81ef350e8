"""Authentication: Basic, bearer tokens, secrets in a header of their own, and none.

All of them are ``requests`` authentication objects: ``requests`` would overwrite a header of the session by what
``~/.netrc`` says about the host.  No ``repr`` shows a secret.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TypeAlias

import requests
from requests.auth import AuthBase

from orthanc_sdk.errors import InvalidArgument

Token: TypeAlias = str | Callable[[], str]
"""A token, or a function that returns the one that is valid now; it is called before each request."""


class NoAuth(AuthBase):
    """No authentication; it also keeps ``requests`` from using ``~/.netrc``."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r

    def __repr__(self) -> str:
        return "NoAuth()"


class BasicAuth(AuthBase):
    """A user and a password, in UTF-8 as Orthanc reads them (``requests`` itself writes Latin-1).

    Args:
        username: Name of the user.
        password: Password; it may be empty.

    Raises:
        InvalidArgument: if the name has a colon in it, which HTTP cannot express.
    """

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            del password  # tracebacks may show variables
            raise InvalidArgument("username must not have a colon in it")
        self._header = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = self._header
        return r

    def __repr__(self) -> str:
        return "BasicAuth(...)"


class BearerAuth(AuthBase):
    """A bearer token, as an OAuth or OpenID Connect proxy wants it.

    Args:
        token: The token, or a function that returns the one that is valid now: it is called before each request, by
            whatever thread sends it, and should keep the token until shortly before it expires.
    """

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = "Bearer " + _current("token", self._token)
        return r

    def __repr__(self) -> str:
        return "BearerAuth(...)"


class HeaderAuth(AuthBase):
    """A secret in a header of its own, such as ``HeaderAuth("api-key", "...")``.

    Args:
        name: Name of the header.
        value: Its value, or a function that returns the one that is valid now.
    """

    def __init__(self, name: str, value: Token) -> None:
        self._name = name
        self._value = value
        del value  # tracebacks may show variables
        header_name(name)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers[self._name] = _current(self._name, self._value)
        return r

    def __repr__(self) -> str:
        return f"HeaderAuth({self._name!r}, ...)"


def _current(name: str, token: Token) -> str:
    """The current token, checked to be a valid header value."""
    value = token() if callable(token) else token
    problem = _problem(value)
    if problem is None:
        return value
    del token, value  # tracebacks may show variables
    raise InvalidArgument(f"{name} must be {problem}")


def header_name(name: object) -> str:
    """Checks the name of a header.

    Raises:
        InvalidArgument: if it is not a valid one.
    """
    if not isinstance(name, str) or re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is None:
        raise InvalidArgument(f"headers: {name!r} cannot be the name of a header")
    return name


def header_value(name: str, value: object) -> str:
    """Checks the value of a header.

    Raises:
        InvalidArgument: if it is not a valid one; the message never quotes it.
    """
    problem = _problem(value)
    if problem is None and isinstance(value, str):
        return value
    del value  # tracebacks may show variables
    raise InvalidArgument(f"{name} must be {problem}")


def _problem(value: object) -> str | None:
    """What is wrong with the value of a header; None if nothing is."""
    if not isinstance(value, str):
        return f"a string, not {type(value).__name__}"
    if value != value.strip() or re.search(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]", value) is not None:
        return "Latin-1 text without line breaks or blanks around it"
    return None
