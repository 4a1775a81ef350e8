"""A proxy that stands in for Orthanc's public demo server, with the resources of a local server.

To write its OpenAPI document, Orthanc fetches samples from its demo server over HTTPS, and leaves out each operation
whose sample it does not get. Through this proxy it gets all of them, without any other network.
"""

from __future__ import annotations

import http.client
import re
import ssl
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from generator.facts.http_client import basic_auth
from orthanc_sdk.testing import LocalOrthanc

# Protects nothing: its key is public. Orthanc does not verify certificates when it fetches samples.
_CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbybPglilldb4DaXK
fNnv9nVw140MLW8AIT+Pma8K4JihRANCAASqoJU7Tp6x7pfKtRBqkuftGBD3T0Ez
HxDh2050PdxXIvbRalCeC+6XqMiJJp+2sfWGarUCl7MgwiQFnS+uRrr5
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUDc6a2f8BommD2p4uQHYiiUS8WVEwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKdGhyb3ctYXdheTAgFw0yNjExMjIxMDA4MThaGA8yMTI2MTAy
OTEwMDgxOFowFTETMBEGA1UEAwwKdGhyb3ctYXdheTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABKqglTtOnrHul8q1EGqS5+0YEPdPQTMfEOHbTnQ93Fci9tFqUJ4L
7peoyIkmn7ax9YZqtQKXsyDCJAWdL65GuvmjUzBRMB0GA1UdDgQWBBQ0ManePFm+
aBapZCF7xdxKsMV2ZTAfBgNVHSMEGDAWgBQ0ManePFm+aBapZCF7xdxKsMV2ZTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIDWDNE+tQbLUU7We0G86
oBmtSfCCjLlDPYCsQb2FsB7hAiEA/8SYAbsgKytxfUebZYvmq8GBbzZvjXR5QO2R
85wlnM8=
-----END CERTIFICATE-----
"""

_RESOURCE = re.compile(r"^/(patients|studies|series|instances)/[0-9a-f-]{44}")


class DemoProxy:
    """The proxy; a context manager, during which it listens on 127.0.0.1.

    Attributes:
        unanswered: The paths for which the server had no sample, with its response.
    """

    def __init__(self, server: LocalOrthanc, resources: Mapping[str, str]) -> None:
        """Takes samples from `server`; `resources` has the identifier that replaces that of any patient, and so on."""
        self.unanswered: list[str] = []
        self._server = server
        self._resources = dict(resources)
        self._http = _Listener(self)

    @property
    def url(self) -> str:
        """The value for `https_proxy`."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def local_path(self, path: str) -> str:
        """The path on the local server for `path` on the demo server."""
        path = path.removeprefix("/demo")
        path = _RESOURCE.sub(lambda found: f"/{found[1]}/{self._resources[found[1]]}", path)
        # A bug of Orthanc 1.10: it fetches a path that no server has, and so leaves out an operation.
        return re.sub(r"^(/instances/[0-9a-f-]{44})/dicom/info$", r"\1/attachments/dicom/info", path)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body of the local server's response to a path of the demo server."""
        connection = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=60)
        try:
            connection.request("GET", self.local_path(path), headers={"Authorization": basic_auth(self._server)})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            self.unanswered.append(f"{path}: {response.status} {body[:200]!r}")
        return response.status, response.headers.get("Content-Type", ""), body


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: DemoProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "certificate.pem"  # the ssl module reads certificates from files only
            file.write_text(_CERTIFICATE)
            self.context.load_cert_chain(file)


class _Handler(BaseHTTPRequestHandler):
    protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc] # an instance variable in typeshed
    server: _Listener  # pyright: ignore[reportIncompatibleVariableOverride] - no other server uses it

    def do_CONNECT(self) -> None:
        """Opens a tunnel, and answers inside it."""
        self.send_response(200)
        self.end_headers()
        self.rfile.close()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_GET(self) -> None:
        """Answers one request inside a tunnel."""
        status, content_type, body = self.server.proxy.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        """Closes the tunnel, too: the server only knows the socket below it."""
        super().finish()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by http.server
        """Logs nothing."""
