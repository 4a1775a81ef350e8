"""The response of a REST callback, by the methods of `RestOutput`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from http import HTTPStatus

from orthanc_sdk.plugin.mock.functions.images import png
from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.mock.state import LogEntry, current

# Known to Python, but not to Orthanc, which closes the connection.
_UNKNOWN_STATUSES = frozenset({103, 418, 421, 425, 428, 429, 431, 451, 511})


@dataclass
class Output:
    """The response so far."""

    status: int | None = None
    """None until there is a response."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    details: str = ""
    is_broken: bool = False
    """Whether Orthanc closes the connection instead of responding."""
    boundary: str = ""
    part_type: str = ""
    is_expired: bool = False
    """Whether the callback has returned."""

    def header(self, name: str, value: str) -> None:
        """Adds a header; a second value is appended to the first one."""
        self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value

    def answer(self, status: int, body: bytes = b"", content_type: str | None = None) -> None:
        """Responds, unless there was a response before."""
        if self.status is not None:
            current().log.append(LogEntry("ERROR", "Exception while invoking plugin service: Bad sequence of calls"))
            return
        if status in _UNKNOWN_STATUSES or status not in list(HTTPStatus):
            current().log.append(LogEntry("ERROR", "Exception while invoking plugin service: Parameter out of range"))
            self.is_broken = True
            return
        self.status, self.body = status, b"" if status in (204, 304) else body
        if content_type is not None:
            self.headers["Content-Type"] = content_type

    def finish(self) -> None:
        """Called when the callback has returned."""
        if self.boundary:
            self.body += f"--{self.boundary}--\r\n".encode()
            self.boundary = ""
        self.is_expired = True


@implements("RestOutput.AnswerBuffer")
def answer_buffer(output: Output, answer: bytes | None, mime_type: str) -> None:
    output.answer(200, answer or b"", mime_type)


@implements("RestOutput.SendHttpStatus")
def send_http_status(output: Output, status: int, body: bytes | None) -> None:
    output.answer(status, body or b"", "text/plain")


@implements("RestOutput.SendHttpStatusCode")
def send_http_status_code(output: Output, status: int) -> None:
    output.answer(status)


@implements("RestOutput.Redirect")
def redirect(output: Output, redirection: str) -> None:
    if output.status is None:
        output.headers["Location"] = redirection
    output.answer(307)


@implements("RestOutput.SendMethodNotAllowed")
def send_method_not_allowed(output: Output, allowed_methods: str) -> None:
    if output.status is None:
        output.headers["Allow"] = allowed_methods
    output.answer(405)


@implements("RestOutput.SendUnauthorized")
def send_unauthorized(output: Output, realm: str) -> None:
    if output.status is None:
        output.headers["WWW-Authenticate"] = f'Basic realm="{realm}"'
    output.answer(401)


@implements("RestOutput.SetHttpHeader")
def set_http_header(output: Output, key: str, value: str) -> None:
    output.header(key, value)


@implements("RestOutput.SetCookie")
def set_cookie(output: Output, cookie: str, value: str) -> None:
    output.header("Set-Cookie", f"{cookie}={value}")


@implements("RestOutput.SetHttpErrorDetails")
def set_http_error_details(output: Output, details: str, log: int) -> None:
    output.details = details
    if log:
        current().log.append(LogEntry("ERROR", details))


@implements("RestOutput.CompressAndAnswerPngImage")
def answer_png(output: Output, pixel_format: int, width: int, height: int, pitch: int, buffer: bytes | None) -> None:
    output.answer(200, png(pixel_format, width, height, pitch, buffer or b""), "image/png")


@implements("RestOutput.StartMultipartAnswer")
def start_multipart_answer(output: Output, sub_type: str, content_type: str) -> None:
    boundary = f"{uuid.uuid4()}-{uuid.uuid4()}"
    output.answer(200, b"", f'multipart/{sub_type}; type="{content_type}"; boundary={boundary}')
    output.boundary, output.part_type = boundary, content_type


@implements("RestOutput.SendMultipartItem")
def send_multipart_item(output: Output, answer: bytes | None) -> None:
    data = answer or b""
    head = f"--{output.boundary}\r\nContent-Type: {output.part_type}\r\nContent-Length: {len(data)}\r\n"
    output.body += head.encode() + b"MIME-Version: 1.0\r\n\r\n" + data + b"\r\n"


@implements("RestOutput.StartStreamAnswer")
def start_stream_answer(output: Output, content_type: str) -> None:
    output.answer(200, b"", content_type)


@implements("RestOutput.SendStreamChunk")
def send_stream_chunk(output: Output, answer: bytes | None) -> None:
    output.body += answer or b""
