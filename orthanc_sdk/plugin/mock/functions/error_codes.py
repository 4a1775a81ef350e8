"""Descriptions of error codes, and registration of new ones."""

from __future__ import annotations

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.mock.state import current
from orthanc_sdk.plugin.module_contents import ENUMERATIONS


@implements("GetErrorDescription")
def get_error_description(error: int) -> str:
    registered = current().error_codes
    if error in registered:
        return registered[error]
    names = {number: name for name, number in ENUMERATIONS["ErrorCode"].items()}
    if error not in names:
        return "Unknown error code"
    raise current().missing(
        f"GetErrorDescription({error})",
        f"It is ErrorCode.{names[error]}; the mock does not have Orthanc's description of it. "
        'Set one: host.handlers["GetErrorDescription"] = lambda error: ...',
    )


@implements("RegisterErrorCode")
def register_error_code(code: int, http_status: int, message: str) -> None:  # noqa: ARG001
    """Always raises, as the real one does, with the number of the new error."""
    registered = current().error_codes
    number = 1_000_000 + len(registered)
    registered[number] = message
    raise OrthancException(number, "Error encountered within some plugin")
