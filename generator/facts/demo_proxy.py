"""A proxy that answers for Orthanc's public demo server, out of a server on this machine.

While Orthanc writes its OpenAPI document, it fetches samples of answers from its demo server, over HTTPS, and leaves
out each operation whose sample it does not get. Behind this proxy it gets them all, and nothing leaves the machine.
"""

from __future__ import annotations

import base64
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

from orthanc_sdk.testing import LocalOrthanc

# Protects nothing: it is as public as this file. Orthanc does not verify who answers when it fetches samples.
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
    """The proxy, listening on 127.0.0.1 for as long as the `with` block lasts.

    Attributes:
        unanswered: The paths for which the server had no answer, with what it said instead.
    """

    def __init__(self, server: LocalOrthanc, resources: Mapping[str, str]) -> None:
        """Answer from `server`; of `resources`, the identifier at "patients" stands for any patient, and so on."""
        self.unanswered: list[str] = []
        self._server = server
        self._resources = dict(resources)
        self._http = _Listener(self)

    @property
    def url(self) -> str:
        """What belongs into `https_proxy`."""
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
        """The path on our server of what is at `path` on the demo server."""
        path = path.removeprefix("/demo")
        path = _RESOURCE.sub(lambda found: f"/{found[1]}/{self._resources[found[1]]}", path)
        # A slip of Orthanc 1.10, which asks for what no server has, and so leaves out an operation.
        return re.sub(r"^(/instances/[0-9a-f-]{44})/dicom/info$", r"\1/attachments/dicom/info", path)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body of our server for a path of the demo server."""
        connection = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=60)
        login = base64.b64encode(f"{self._server.username}:{self._server.password}".encode()).decode()
        try:
            connection.request("GET", self.local_path(path), headers={"Authorization": f"Basic {login}"})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            self.unanswered.append(f"{path}: {answer.status} {body[:200]!r}")
        return answer.status, answer.headers.get("Content-Type", ""), body


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
    protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc] # typeshed has it as a variable of instances
    server: _Listener  # pyright: ignore[reportIncompatibleVariableOverride] - only that makes handlers

    def do_CONNECT(self) -> None:
        """Let a tunnel begin, and answer in it."""
        self.send_response(200)
        self.end_headers()
        self.rfile.close()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_GET(self) -> None:
        """Answer one request inside a tunnel."""
        status, kind, body = self.server.proxy.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        """Close the tunnel, too: the server knows the socket below it only."""
        super().finish()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server has
        """Say nothing."""
