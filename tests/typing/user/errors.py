"""What goes wrong, and what it knows."""

from collections.abc import Mapping
from typing import assert_type

import requests

import orthanc_sdk
from orthanc_sdk import (
    InvalidArgument,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancConnectionError,
    OrthancError,
    OrthancHTTPError,
    OrthancTimeout,
    UnexpectedAnswer,
    models,
)


def refused(client: Orthanc) -> str:
    try:
        client.get_studies_id("missing")
    except NotFound as error:
        assert_type(error.status, int)
        assert_type(error.status_code, int)
        assert_type(error.orthanc_status, int | None)
        assert_type(error.message, str | None)
        assert_type(error.details, str | None)
        assert_type(error.method, str)
        assert_type(error.uri, str)
        assert_type(error.route, str)
        assert_type(error.payload, Mapping[str, object] | None)
        assert_type(error.response, requests.Response | None)
        assert_type(error.info, models.ErrorInfo | None)
        return error.route
    except OrthancHTTPError as error:
        raise SystemExit(error.status) from error
    except OrthancTimeout:
        return "late"
    except OrthancConnectionError:
        return "away"
    except (NotSupportedByServer, UnexpectedAnswer) as error:
        return str(error)
    except OrthancError as error:
        return str(error)
    return ""


def as_requests_has_it(client: Orthanc) -> None:
    try:
        client.get_system()
    except requests.HTTPError as error:
        assert_type(error.response, requests.Response | None)


def as_python_has_it(client: Orthanc) -> None:
    try:
        client.get_studies(limit=-1)
    except ValueError as error:
        if isinstance(error, InvalidArgument):
            assert_type(error, InvalidArgument)


def by_module(client: Orthanc) -> None:
    try:
        client.get_system()
    except orthanc_sdk.JobFailed as error:
        assert_type(error.job_id, str)
        assert_type(error.error_code, int | None)
    except orthanc_sdk.errors.ServerError as error:
        assert_type(error.status, int)
