"""Certificates for a local server that speaks TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .binary import Binary

__all__ = ["Tls", "able_to_speak_tls"]

_MISSING: Final = b"\0SSL_get_peer_certificate\0"
_NOTHING: Final = b"\0SSL_get_srp_userinfo\0"


@dataclass(frozen=True, slots=True)
class Tls:
    """The files with which a local server speaks TLS, and its client with it; all are in PEM.

    Where they come from is up to you; `trustme` makes them in a moment. A server of a Docker image cannot read them.

    Attributes:
        certificate: Certificate and key of the server, in one file; it must be for 127.0.0.1.
        authority: Who vouches for it: what `verify=` of a client takes.
        client_certificate: Certificate and key of a client, in one file: what `cert=` takes.
        client_authority: Who vouches for clients; if it is given, the server takes no others.
    """

    certificate: Path
    authority: Path
    client_certificate: Path | None = None
    client_authority: Path | None = None

    @property
    def configuration(self) -> dict[str, object]:
        """What the configuration of the server says about it."""
        configuration: dict[str, object] = {"SslEnabled": True, "SslCertificate": str(self.certificate.absolute())}
        if self.client_authority is not None:
            configuration |= {
                "SslVerifyPeers": True,
                "SslTrustedClientCertificates": str(self.client_authority.absolute()),
            }
        return configuration

    @property
    def cert(self) -> str | None:
        """What `cert=` of a client takes."""
        return None if self.client_certificate is None else str(self.client_certificate)

    def context(self) -> ssl.SSLContext:
        """For a connection that is made by hand."""
        context = ssl.create_default_context(cafile=self.authority)
        if self.client_certificate is not None:
            context.load_cert_chain(self.client_certificate)
        return context


def able_to_speak_tls(binary: Binary, folder: Path) -> Binary:
    """The same Orthanc, with a copy of its web server that survives the first connection over TLS.

    That of Debian was built for OpenSSL 1.1 and looks the functions of OpenSSL 3 up by the names of those days: one is
    not there, and it calls it nevertheless.  The copy asks for another function that is there and finds nothing, so
    that all that is missing is what plugins are told about the certificate of a client.  It also looks for libraries
    by names that only packages for developers have.

    Args:
        binary: An Orthanc; one that is not from Debian's packages is returned as it is.
        folder: Where the copy may be.
    """
    if "--library-path" not in binary.command:
        return binary
    place = binary.command.index("--library-path") + 1
    libraries = [Path(library) for library in binary.command[place].split(":")]
    names = ("libcivetweb.so.1", "libssl.so.3", "libcrypto.so.3")
    found = {name: library / name for name in names for library in reversed(libraries) if (library / name).exists()}
    if len(found) < len(names):
        return binary
    content, available = found["libcivetweb.so.1"].read_bytes(), found["libssl.so.3"].read_bytes()
    if _MISSING in available or _NOTHING not in available:
        return binary
    copies = folder / "lib"
    if not copies.exists():
        copies.mkdir()
        (copies / "libcivetweb.so.1").write_bytes(content.replace(_MISSING, _NOTHING.ljust(len(_MISSING), b"\0")))
        for name in ("libssl.so", "libcrypto.so"):
            (copies / name).symlink_to(found[f"{name}.3"])
    path = ":".join(map(str, [copies, *libraries]))
    return replace(binary, command=(*binary.command[:place], path, *binary.command[place + 1 :]))
