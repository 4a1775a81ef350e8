"""The answer itself, routes of plugins, and how a client is made."""

from typing import assert_type

import requests

from orthanc_sdk import (
    CLIENT_TIMEOUT,
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    Orthanc,
    Retries,
    Timeout,
    models,
    raw_response,
    raw_stream,
)


def made() -> None:
    client = Orthanc("http://localhost:8042", "orthanc", "orthanc", timeout=(5, None), retries=Retries(5), verify=False)
    assert_type(client, Orthanc)
    assert_type(client.session, requests.Session)
    assert_type(client.url, str)
    assert_type(client.with_options(timeout=None), Orthanc)
    assert_type(Orthanc.from_env(), Orthanc)
    with Orthanc(auth=BearerAuth("token")) as other:
        assert_type(other, Orthanc)
    Orthanc(auth=BasicAuth("orthanc", "orthanc"))
    Orthanc(auth=HeaderAuth("X-Key", "secret"))
    Orthanc(token=lambda: "token")


class Ours(Orthanc):
    """A client with a method more."""

    def first(self) -> models.StudyInfo:
        return self.get_studies(expand=True, limit=1)[0]


def inherited() -> None:
    with Ours("http://localhost:8042") as client:
        assert_type(client, Ours)
        assert_type(client.with_options(timeout=1).first(), models.StudyInfo)


def raw(client: Orthanc, id_: str) -> None:
    response = raw_response(client.get_studies_id, id_, requested_tags=["PatientAge"])
    assert_type(response, requests.Response)
    with raw_stream(client.get_studies_id_archive, id_, transcode="1.2.840.10008.1.2.1") as streamed:
        assert_type(streamed, requests.Response)


def plain(client: Orthanc) -> None:
    assert_type(client.request("GET", "/dicom-web/studies", params={"limit": 10}), requests.Response)


def with_limit(client: Orthanc, timeout: Timeout = CLIENT_TIMEOUT) -> models.SystemInfo:
    return client.get_system(timeout=timeout)
