"""TLS for a local server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orthanc_sdk.testing.installation.binary import Binary

__all__ = ["Tls", "with_working_tls"]

_MISSING_FUNCTION: Final = b"\0SSL_get_peer_certificate\0"
_HARMLESS_FUNCTION: Final = b"\0SSL_get_srp_userinfo\0"


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificates of a local server and its client, all in PEM format.

    Create them with a tool of your choice, such as `trustme`. A server in a Docker container cannot read them.

    Attributes:
        certificate: Certificate and private key of the server, in one file; it must be for 127.0.0.1.
        authority: Certificate of the authority that signed it: the `verify=` of a client.
        client_certificate: Certificate and private key of a client, in one file: the `cert=` of a client.
        client_authority: Certificate of the authority for clients; if given, the server accepts no others.
    """

    certificate: Path
    authority: Path
    client_certificate: Path | None = None
    client_authority: Path | None = None

    @property
    def configuration(self) -> dict[str, object]:
        """The options in the configuration of the server."""
        configuration: dict[str, object] = {"SslEnabled": True, "SslCertificate": str(self.certificate.absolute())}
        if self.client_authority is not None:
            configuration |= {
                "SslVerifyPeers": True,
                "SslTrustedClientCertificates": str(self.client_authority.absolute()),
            }
        return configuration

    @property
    def cert(self) -> str | None:
        """The `cert=` of a client."""
        return None if self.client_certificate is None else str(self.client_certificate)

    def context(self) -> ssl.SSLContext:
        """An SSL context for a connection without the client."""
        context = ssl.create_default_context(cafile=self.authority)
        if self.client_certificate is not None:
            context.load_cert_chain(self.client_certificate)
        return context


def with_working_tls(binary: Binary, folder: Path) -> Binary:
    """An Orthanc with a patched copy of its web server, which does not crash on the first TLS connection.

    Debian's web server was built for OpenSSL 1.1: it looks up functions of OpenSSL 3 by their old names, and calls one
    that does not exist any more. The patched copy calls another function instead, which returns nothing; all that is
    lost is the certificate of a client, which plugins could ask for. The web server also loads libraries by names that
    exist in development packages only, for which there are links beside the copy.

    Args:
        binary: An Orthanc. It is returned unchanged if it is not from Debian's packages.
        folder: A folder for the copy.
    """
    if "--library-path" not in binary.command:
        return binary
    index = binary.command.index("--library-path") + 1
    libraries = [Path(library) for library in binary.command[index].split(":")]
    names = ("libcivetweb.so.1", "libssl.so.3", "libcrypto.so.3")
    found = {name: library / name for name in names for library in reversed(libraries) if (library / name).exists()}
    if len(found) < len(names):
        return binary
    content, available = found["libcivetweb.so.1"].read_bytes(), found["libssl.so.3"].read_bytes()
    if _MISSING_FUNCTION in available or _HARMLESS_FUNCTION not in available:
        return binary
    copies = folder / "lib"
    if not copies.exists():
        copies.mkdir()
        replacement = _HARMLESS_FUNCTION.ljust(len(_MISSING_FUNCTION), b"\0")
        (copies / "libcivetweb.so.1").write_bytes(content.replace(_MISSING_FUNCTION, replacement))
        for name in ("libssl.so", "libcrypto.so"):
            (copies / name).symlink_to(found[f"{name}.3"])
    path = ":".join(map(str, [copies, *libraries]))
    return replace(binary, command=(*binary.command[:index], path, *binary.command[index + 1 :]))
