"""Writes Orthanc's error codes as an enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from generator.specification.error_codes import read_error_codes
from generator.writers.models import HEADER

_HEAD = '''"""The error codes of Orthanc: `OrthancStatus` of an error, `ErrorCode` of a job."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Final, TypeAlias

from pydantic import Field


class ErrorCode(IntEnum):
    """An error code of Orthanc.

    Other numbers are those of newer versions, or of plugins (from 1,000,000 on).
    """
'''

_ALIAS = '''ErrorNumber: TypeAlias = Annotated[ErrorCode | int, Field(union_mode="left_to_right")]
"""A known error code, or any other number."""
'''

_FUNCTION = '''def http_status(code: int) -> int:
    """The HTTP status of Orthanc's response to an error with this code."""
    return _HTTP_STATUS.get(code, 500)
'''


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of the generated module."""
    lines = [HEADER, "", _HEAD]
    statuses = ["_HTTP_STATUS: Final = {  # all others, including those of plugins, are 500"]
    for code in read_error_codes():
        if code.status is not HTTPStatus.INTERNAL_SERVER_ERROR:
            statuses.append(f"    {code.number}: {code.status.value},")
        since = f"; not in Orthanc {code.not_in}" if code.not_in else ""
        lines += [f"    {code.name} = {code.number}", f'    """{code.description}{since}."""']
    yield "error_codes", "\n".join([*lines, "", "", _ALIAS, *statuses, "}", "", "", _FUNCTION])
