"""What a server answered, free of any HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orthanc_models.redaction import escape_unprintable


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent, free of any HTTP library: status, headers (names in lower case) and the whole body."""

    status: int
    # May be patient data or a cookie: tracebacks with variables show the repr.
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    strict: bool = False
    """Whether invalid main DICOM tags are an error."""

    @property
    def is_json(self) -> bool:
        """Whether Content-Type says JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def is_html(self) -> bool:
        """Whether the body is an HTML page, which no route of Orthanc's REST API ever answers."""
        start = self.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start.startswith((b"<!doctype html", b"<html"))

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are not UTF-8 survive as surrogates, so that nothing is lost."""
        return self.content.decode("utf-8", "surrogateescape")


def quoted(text: str, longest: int = 1000) -> str:
    """A text of the server for a message: of limited length, control characters escaped."""
    plain = escape_unprintable(text[:longest])
    return plain if len(text) <= longest else f"{plain}..."
