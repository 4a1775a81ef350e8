"""`RestApiGet` and the like: answered by the test, or by a client of a real Orthanc."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.registry import implements, internal_error, no_database
from orthanc_sdk.plugin.mock.state import current

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc

_UNKNOWN_RESOURCE = (17, "Unknown resource")


def content(answer: object, source: str) -> bytes:
    """The body of an answer: bytes as they are, text in UTF-8, anything else as JSON.

    Raises:
        TypeError: It is None, which no REST API answers, or cannot be written as JSON.
    """
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, str):
        return answer.encode()
    if answer is None:
        raise TypeError(f"{source} has returned None; it must be bytes, text, or JSON")
    return json.dumps(answer).encode()


def ask(method: str, uri: str, body: bytes | None) -> bytes:
    """The response of Orthanc's own REST API."""
    state = current()
    if (error := no_database(state)) is not None:
        raise error
    if not uri.startswith("/"):
        raise OrthancException(12, "Badly formatted URI")
    if (method, uri) in state.answers:
        answer = state.answers[method, uri]
        if callable(answer):
            answer = answer(body or b"") if method in ("POST", "PUT") else answer()
        if isinstance(answer, BaseException):
            raise answer
        return b"" if method == "DELETE" else content(answer, f"the answer to {method} {uri}")
    if state.client is not None:
        return _sent(state.client, method, uri, body)
    function = f"RestApi{method.capitalize()}"
    known = ", ".join(f"{one} {path}" for one, path in state.answers) or "none"
    raise state.missing(
        f"{function}({uri!r})",
        f"Set an answer: host.answer({method!r}, {uri!r}, ...), or a handler: host.handlers[{function!r}] = ..., or "
        f"give PluginHost a client of a real Orthanc. Answers that are set: {known}.",
    )


def _sent(client: Orthanc, method: str, uri: str, body: bytes | None) -> bytes:
    from orthanc_sdk.errors import OrthancHTTPError

    data = (body or b"") if method in ("POST", "PUT") else None
    try:
        return client.request(method, uri, data=data).content
    except OrthancHTTPError as error:
        if error.orthanc_status is not None:
            raise OrthancException(error.orthanc_status, error.message or "") from None
        if error.status == 404:
            raise OrthancException(*_UNKNOWN_RESOURCE) from None
        raise


def ask_after_plugins(method: str, uri: str, body: bytes | None) -> bytes:
    """The response of the script's own routes, or else of Orthanc's."""
    from orthanc_sdk.plugin.mock.functions import rest_dispatch

    state = current()
    if (error := no_database(state)) is not None:
        raise error
    route = rest_dispatch.match(state, uri)
    if route is None:
        return ask(method, uri, body)
    output, failure = rest_dispatch.run(route, method, uri, body or b"", {})
    if failure is not None:
        raise OrthancException(1, "Error encountered within the plugin engine")
    if output.status is None or output.status >= 400:
        raise OrthancException(*_UNKNOWN_RESOURCE)
    return output.body


@implements("RestApiGet")
def rest_api_get(uri: str) -> bytes:
    return ask("GET", uri, None)


@implements("RestApiDelete")
def rest_api_delete(uri: str) -> None:
    ask("DELETE", uri, None)


@implements("RestApiPost")
def rest_api_post(uri: str, body: bytes | None) -> bytes:
    return ask("POST", uri, body)


@implements("RestApiPut")
def rest_api_put(uri: str, body: bytes | None) -> bytes:
    return ask("PUT", uri, body)


@implements("RestApiGetAfterPlugins")
def rest_api_get_after_plugins(uri: str) -> bytes:
    return ask_after_plugins("GET", uri, None)


@implements("RestApiDeleteAfterPlugins")
def rest_api_delete_after_plugins(uri: str) -> None:
    ask_after_plugins("DELETE", uri, None)


@implements("RestApiPostAfterPlugins")
def rest_api_post_after_plugins(uri: str, body: bytes | None) -> bytes:
    return ask_after_plugins("POST", uri, body)


@implements("RestApiPutAfterPlugins")
def rest_api_put_after_plugins(uri: str, body: bytes | None) -> bytes:
    return ask_after_plugins("PUT", uri, body)


@implements("GetDicomForInstance")
def get_dicom_for_instance(instance_id: str) -> bytes:
    return ask("GET", f"/instances/{instance_id}/file", None)


def _lookup(function: str, value: str, level: str, tag: str) -> str:
    """The only resource with this value of a tag."""
    state = current()
    if state.is_loading:
        raise internal_error()
    if state.client is None and ("POST", "/tools/find") not in state.answers:
        raise state.missing(
            f"{function}({value!r})",
            f"Set a handler: host.handlers[{function!r}] = lambda value: ..., "
            "or give PluginHost a client of a real Orthanc.",
        )
    query = json.dumps({"Level": level, "Query": {tag: value}, "CaseSensitive": True})
    found = cast("list[str]", json.loads(ask("POST", "/tools/find", query.encode())))  # the response of that route
    if len(found) != 1:
        raise internal_error()
    return found[0]


@implements("LookupPatient")
def lookup_patient(patient_id: str) -> str:
    return _lookup("LookupPatient", patient_id, "Patient", "PatientID")


@implements("LookupStudy")
def lookup_study(study_uid: str) -> str:
    return _lookup("LookupStudy", study_uid, "Study", "StudyInstanceUID")


@implements("LookupStudyWithAccessionNumber")
def lookup_study_with_accession_number(accession_number: str) -> str:
    return _lookup("LookupStudyWithAccessionNumber", accession_number, "Study", "AccessionNumber")


@implements("LookupSeries")
def lookup_series(series_uid: str) -> str:
    return _lookup("LookupSeries", series_uid, "Series", "SeriesInstanceUID")


@implements("LookupInstance")
def lookup_instance(sop_instance_uid: str) -> str:
    return _lookup("LookupInstance", sop_instance_uid, "Instance", "SOPInstanceUID")
