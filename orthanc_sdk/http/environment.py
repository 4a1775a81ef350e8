"""What the variables of the environment say about a client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.options import DEFAULT_URL
from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """The variables that :meth:`orthanc_sdk.Orthanc.from_env` reads; its repr has no secrets."""

    url: str = field(repr=False)  # there may be a password in it
    username: str | None
    password: str | None = field(repr=False)
    token: str | None = field(repr=False)
    verify: bool | str
    cert: str | tuple[str, str] | None
    timeout: Timeout
    retries: int

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """Reads the variables; empty ones count as unset.

        Raises:
            InvalidArgument: names the variable that cannot be used.
        """

        def variable(name: str) -> str | None:
            return variables.get(name, "").strip() or None

        return cls(
            url=variable("ORTHANC_URL") or DEFAULT_URL,
            username=variable("ORTHANC_USERNAME"),
            password=variables.get("ORTHANC_PASSWORD") or None,  # blanks may belong to it
            token=variable("ORTHANC_TOKEN"),
            verify=_read_verify(variable("ORTHANC_VERIFY")),
            cert=_read_cert(variable("ORTHANC_CERT")),
            timeout=_read_timeout(variable("ORTHANC_TIMEOUT")),
            retries=_read_retries(variable("ORTHANC_RETRIES")),
        )


def _read_verify(text: str | None) -> bool | str:
    if text is None:
        return True
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)


def _read_cert(text: str | None) -> str | tuple[str, str] | None:
    if text is None or "," not in text:
        return text
    certificate, _, key = text.partition(",")
    return certificate.strip(), key.strip()


def _read_timeout(text: str | None) -> Timeout:
    if text is None:
        return CLIENT_TIMEOUT
    try:
        limits = [None if part.strip().lower() == "none" else float(part) for part in text.split(",")]
    except ValueError:
        limits = []
    if len(limits) == 1:
        return limits[0]
    if len(limits) != 2:
        raise InvalidArgument("ORTHANC_TIMEOUT must be seconds, such as '30', or '5,60', or 'none'")
    return limits[0], limits[1]


def _read_retries(text: str | None) -> int:
    if text is None:
        return 3
    if re.fullmatch(r"[0-9]{1,3}", text) is None:
        raise InvalidArgument("ORTHANC_RETRIES must be a whole number")
    return int(text)
