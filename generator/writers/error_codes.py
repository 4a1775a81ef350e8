"""Writes the numbers that Orthanc gives to errors (models/openapi/error-codes.json) as an enumeration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http import HTTPStatus

from generator.models import HEADER
from generator.specification import OPENAPI, JsonObject, SpecificationError

_DOCSTRING = (
    '''"""The numbers that Orthanc gives to what goes wrong: `OrthancStatus` of an error, `ErrorCode` of a job."""'''
)

_CLASS = '''class ErrorCode(IntEnum):
    """A number that Orthanc gives to what goes wrong.

    Numbers that are not here are those of versions to come, or of plugins (from 1,000,000 on).
    """
'''

_FUNCTION = '''def http_status(code: int) -> int:
    """The HTTP status that Orthanc answers with for an error of this number."""
    return _HTTP_STATUS.get(code, 500)
'''

_ALIAS = '''ErrorNumber: TypeAlias = Annotated[ErrorCode | int, Field(union_mode="left_to_right")]
"""A code that is known, or any other number."""
'''


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of the generated module."""
    entries: list[JsonObject] = json.loads((OPENAPI / "error-codes.json").read_text(encoding="utf-8"))
    lines = [HEADER, "", _DOCSTRING, "", "from __future__ import annotations", "", "from enum import IntEnum"]
    lines += ["from typing import Annotated, Final, TypeAlias", "", "from pydantic import Field", "", "", _CLASS]
    seen = set[object]()
    statuses = ["_HTTP_STATUS: Final = {  # all the others, those of plugins among them, are 500"]
    for entry in entries:
        name = constant_name(entry["name"])
        if entry["code"] in seen or name in seen:
            raise SpecificationError(f"error-codes.json: {entry['name']} is there twice")
        seen.update((entry["code"], name))
        status = HTTPStatus(entry["http_status"])
        if status is not HTTPStatus.INTERNAL_SERVER_ERROR:
            statuses.append(f"    {entry['code']}: {status.value},")
        since = f"; not in Orthanc {entry['not_in']}" if "not_in" in entry else ""
        lines += [f"    {name} = {entry['code']}", f'    """HTTP status {status.value} ({status.phrase}){since}."""']
    yield "error_codes", "\n".join([*lines, "", "", _ALIAS, *statuses, "}", "", "", _FUNCTION])


def constant_name(name: str) -> str:
    """`SQLiteNotOpened` is `SQLITE_NOT_OPENED`, `DicomGetUnavailable` is `DICOM_GET_UNAVAILABLE`."""
    name = name.replace("SQLite", "Sqlite").replace("CFind", "Cfind").replace("CMove", "Cmove")
    name = name.replace("CStore", "Cstore").replace("CGet", "Cget")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
