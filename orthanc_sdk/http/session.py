"""The ``requests.Session`` of a client, and the settings that it takes from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from importlib import metadata
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import get_netrc_auth, resolve_proxies

from orthanc_sdk.http.auth import BasicAuth, NoAuth
from orthanc_sdk.http.connections import IdleAwareAdapter
from orthanc_sdk.http.options import Options


def make_session(options: Options) -> requests.Session:
    """A session for a client; never changed afterwards, so that threads can share it."""
    session = requests.Session()
    session.headers.update({"User-Agent": user_agent(), "Accept": "*/*"})
    session.auth = _NoCredentials() if options.auth is None else options.auth
    session.verify = options.verify
    session.cert = options.cert
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # cookies of one thread must not reach another
    for scheme in ("http://", "https://"):
        session.mount(scheme, IdleAwareAdapter(options.pool_size))
    return session


@cache
def user_agent() -> str:
    """``orthanc-sdk/VERSION``."""
    try:
        return f"orthanc-sdk/{metadata.version('orthanc-sdk')}"
    except metadata.PackageNotFoundError:  # not installed
        return "orthanc-sdk"


class Environment:
    """Proxies, certificates and netrc of the environment, read once: that takes a tenth of the time of a request."""

    def __init__(self, options: Options, session: requests.Session) -> None:
        self.proxies: dict[str, str] = {}
        self.certificates: str | None = None
        self.auth: AuthBase = NoAuth()
        if session.trust_env:
            if options.auth is None and has_no_auth(session):
                # As requests does; but any credentials of the user take precedence, those in headers included.
                login = get_netrc_auth(options.url)
                self.auth = NoAuth() if login is None else BasicAuth(*login)
            server = urlsplit(options.url)
            for scheme in ("http", "https"):  # a server may redirect from one to the other
                self.proxies |= resolve_proxies(requests.Request("GET", server._replace(scheme=scheme).geturl()), {})
            self.certificates = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")


def has_no_auth(session: requests.Session) -> bool:
    """Whether the session has no authentication of the user."""
    return session.auth is None or isinstance(session.auth, _NoCredentials)


def has_authorization_header(headers: Mapping[str, str | bytes]) -> bool:
    """Whether there is an ``Authorization`` header."""
    return any(name.lower() == "authorization" for name in headers)


class _NoCredentials(NoAuth):
    """Of a session made here, for a user who has given no credentials."""
