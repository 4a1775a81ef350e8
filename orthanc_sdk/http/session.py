"""The session of ``requests`` that a client sends through, and what the environment says about it."""

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
    """A session for a client; nothing of it is changed later on, so that threads may share it."""
    session = requests.Session()
    session.headers.update({"User-Agent": user_agent(), "Accept": "*/*"})
    session.auth = _NoCredentials() if options.auth is None else options.auth
    session.verify = options.verify
    session.cert = options.cert
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one thread's must not become another one's
    for scheme in ("http://", "https://"):
        session.mount(scheme, IdleAwareAdapter(options.pool_size))
    return session


@cache
def user_agent() -> str:
    """``orthanc-sdk/VERSION``."""
    try:
        return f"orthanc-sdk/{metadata.version('orthanc-sdk')}"
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "orthanc-sdk"


class Environment:
    """What the environment says; asking it for each request takes a tenth of the time of the request."""

    def __init__(self, options: Options, session: requests.Session) -> None:
        self.proxies: dict[str, str] = {}
        self.certificates: str | None = None
        self.auth: AuthBase = NoAuth()
        if session.trust_env:
            if options.auth is None and has_no_auth(session):
                # As with requests; but what a user says in whatever way wins over it, headers included.
                login = get_netrc_auth(options.url)
                self.auth = NoAuth() if login is None else BasicAuth(*login)
            server = urlsplit(options.url)
            for scheme in ("http", "https"):  # a server may redirect from one to the other
                self.proxies |= resolve_proxies(requests.Request("GET", server._replace(scheme=scheme).geturl()), {})
            self.certificates = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")


def has_no_auth(session: requests.Session) -> bool:
    """Whether the user has given the session no authentication."""
    return session.auth is None or isinstance(session.auth, _NoCredentials)


def has_authorization_header(headers: Mapping[str, str | bytes]) -> bool:
    """Whether the headers say who is asking."""
    return any(name.lower() == "authorization" for name in headers)


class _NoCredentials(NoAuth):
    """The session is ours, and the user has given no credentials."""
