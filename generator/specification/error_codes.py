"""The error codes of Orthanc: `models/openapi/error-codes.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus

from generator.specification.definitions import OPENAPI, SpecificationError


@dataclass(frozen=True)
class ErrorCode:
    """An error code, and the HTTP status of the responses with it."""

    name: str
    number: int
    status: HTTPStatus
    not_in: str | None
    """A version of Orthanc that does not have it."""

    @property
    def description(self) -> str:
        return f"HTTP status {self.status.value} ({self.status.phrase})"


def read_error_codes() -> list[ErrorCode]:
    """All error codes, in the order of the file.

    Raises:
        SpecificationError: if a name or a number appears twice.
    """
    codes: list[ErrorCode] = []
    seen = set[object]()
    for entry in json.loads((OPENAPI / "error-codes.json").read_text(encoding="utf-8")):
        code = ErrorCode(
            constant_name(entry["name"]), entry["code"], HTTPStatus(entry["http_status"]), entry.get("not_in")
        )
        if code.number in seen or code.name in seen:
            raise SpecificationError(f"error-codes.json: {entry['name']} appears twice")
        seen.update((code.number, code.name))
        codes.append(code)
    return codes


def constant_name(name: str) -> str:
    """`SQLiteNotOpened` is `SQLITE_NOT_OPENED`, `DicomGetUnavailable` is `DICOM_GET_UNAVAILABLE`."""
    name = name.replace("SQLite", "Sqlite").replace("CFind", "Cfind").replace("CMove", "Cmove")
    name = name.replace("CStore", "Cstore").replace("CGet", "Cget")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
