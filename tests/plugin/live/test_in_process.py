"""What is different inside Orthanc: files and metadata without their headers, errors, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from orthanc_sdk import (
    BadFileFormat,
    BadRequest,
    InvalidArgument,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancHTTPError,
    Study,
    raw_response,
)
from orthanc_sdk.testing import LocalOrthanc, Tls, make_study, to_bytes
from tests.live.waiting import succeeded
from tests.live.world import VERSIONS, Tree, upload
from tests.plugin.live.relay import SCRIPT, inside_client
from tests.plugin.live.servers import with_script


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    with with_script(request.param, SCRIPT) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: LocalOrthanc) -> Orthanc:
    return inside_client(server)


@pytest.fixture(scope="module")
def tree(server: LocalOrthanc) -> Tree:
    return upload(server.client, make_study(series=2, instances=2, seed="inside"))


# --- what has headers over HTTP ---------------------------------------------------------------------------------------


def test_files_and_metadata(client: Orthanc, tree: Tree) -> None:
    for get, put, delete in (
        (
            client.get_studies_id_metadata_name,
            client.put_studies_id_metadata_name,
            client.delete_studies_id_metadata_name,
        ),
        (
            lambda id_, name: client.get_studies_id_attachments_name_data(id_, name).decode(),
            client.put_studies_id_attachments_name,
            client.delete_studies_id_attachments_name,
        ),
    ):
        put(tree.study, "1030", "[first] é")
        assert get(tree.study, "1030") == "[first] é"
        put(tree.study, "1030", b"{}")
        assert get(tree.study, "1030") == "{}"
        delete(tree.study, "1030")
        with pytest.raises(NotFound):
            get(tree.study, "1030")
    many = bytes(range(256)) * 40_000
    client.put_studies_id_attachments_name(tree.study, "1030", iter([many[:1000], many[1000:]]))
    assert client.get_studies_id_attachments_name_data(tree.study, "1030") == many
    assert client.get_studies_id_attachments_name_size(tree.study, "1030") == len(many)
    client.post_studies_id_attachments_name_verify_md5(tree.study, "1030")


def test_archives(client: Orthanc, tree: Tree) -> None:
    """Without more stack than a thread for HTTP has, the first of these ends a server of Debian's 1.13."""
    for archive in (
        client.get_studies_id_archive(tree.study),
        client.post_studies_id_archive(tree.study, {}),
        client.get_studies_id_media(tree.study),
        client.post_tools_create_archive({"Resources": list(tree.series)}),
    ):
        assert isinstance(archive, bytes)
        names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
        assert len([name for name in names if "DICOMDIR" not in name]) == 4
    job = client.post_studies_id_archive(tree.study, {"Asynchronous": True})
    id_ = succeeded(client, job).id
    assert client.get_jobs_id_key(id_, "archive").startswith(b"PK")


def test_files(client: Orthanc, tree: Tree, tmp_path: Path) -> None:
    instance, dataset = tree.instances[0], tree.datasets[0]
    assert client.get_instances_id_file(instance) == to_bytes(dataset)
    assert client.get_instances_id_preview(instance).startswith(b"\x89PNG")
    assert client.get_instances_id_preview(instance, accept="image/png").startswith(b"\x89PNG")
    assert client.get_instances_id_content_path(instance, "0010-0010") == str(dataset.PatientName).encode()
    Study(tree.study, client).download(tmp_path)
    (archive,) = tmp_path.iterdir()
    assert len(zipfile.ZipFile(archive).namelist()) == 4


def test_responses_are_those_of_requests(client: Orthanc, tree: Tree) -> None:
    response = raw_response(client.get_instances_id_file, tree.instances[0])
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/dicom")
    assert response.content == to_bytes(tree.datasets[0])
    answer = client.request("GET", "/studies", params={"expand": True})
    assert answer.headers["Content-Type"] == "application/json"
    assert [study["ID"] for study in answer.json()] == [tree.study]


# --- what cannot be passed on -----------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Callable[[Orthanc, Tree], object]]] = [
    (
        "headers cannot be sent: if-none-match",
        lambda client, tree: client.get_studies_id_metadata_name(tree.study, "LastUpdate", if_none_match='"1"'),
    ),
    (
        "headers cannot be sent: if-match",
        lambda client, tree: client.put_studies_id_metadata_name(tree.study, "1040", "a", if_match='"1"'),
    ),
    (
        "headers cannot be sent: the response is image/png, not image/jpeg",
        lambda client, tree: client.get_instances_id_preview(tree.instances[0], accept="image/jpeg"),
    ),
    (
        "headers cannot be sent: x-mine",
        lambda client, _: client.request("GET", "/system", headers={"X-Mine": "1"}),
    ),
    (
        "headers cannot be sent: authorization",
        lambda client, _: client.with_options(headers={"Authorization": "Bearer x"}).get_system(),
    ),
    (
        "multipart bodies are not possible",
        lambda client, _: client.request(
            "POST", "/instances", data=b"", headers={"Content-Type": "multipart/form-data"}
        ),
    ),
    ("only GET has query arguments", lambda client, _: client.request("POST", "/tools/find?a=b", json={})),
    ("GET cannot have a body", lambda client, _: client.request("GET", "/system", data=b"a")),
    ("there is only GET, POST, PUT, DELETE", lambda client, _: client.request("OPTIONS", "/system")),
    ("there must be no '?' in a path", lambda client, _: client.request("GET", "/instances/%3f")),
    ("no '&' in an argument", lambda client, _: client.request("GET", "/studies", params={"a": "b&c"})),
    ("the path and the query must be UTF-8", lambda client, _: client.request("GET", "/studies/%ff")),
    ("must not contain NUL", lambda client, _: client.request("GET", "/studies/%00")),
]


@pytest.mark.parametrize(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_refused(message: str, call: Callable[[Orthanc, Tree], object], client: Orthanc, tree: Tree) -> None:
    with pytest.raises(InvalidArgument, match=message.replace("?", r"\?")):
        call(client, tree)


def test_nothing_was_sent(client: Orthanc, tree: Tree) -> None:
    with pytest.raises(NotFound):
        client.get_studies_id_metadata_name(tree.study, "1040")


# --- errors -----------------------------------------------------------------------------------------------------------

WRONG: list[tuple[type[OrthancHTTPError], int | None, Callable[[Orthanc], object]]] = [
    (NotFound, 17, lambda client: client.get_studies_id("nope")),
    (NotFound, 17, lambda client: client.delete_studies_id("nope")),
    (NotFound, 17, lambda client: client.request("GET", "/nowhere")),
    (NotFound, 7, lambda client: client.post_modalities_id_echo("nobody")),
    (BadFileFormat, 15, lambda client: client.post_instances(b"no DICOM")),
    (BadRequest, 8, lambda client: client.request("POST", "/tools/find", data=b'{"Level": "x"}')),
]


@pytest.mark.parametrize(("class_", "code", "call"), WRONG)
def test_errors(
    class_: type[OrthancHTTPError], code: int, call: Callable[[Orthanc], object], client: Orthanc, server: LocalOrthanc
) -> None:
    """The same class and status as over HTTP; the code also where an answer over HTTP has none."""
    with pytest.raises(class_) as inside:
        call(client)
    with pytest.raises(class_) as over_http:
        call(server.client)
    assert (type(inside.value), inside.value.status) == (type(over_http.value), over_http.value.status)
    assert inside.value.orthanc_status == code
    assert over_http.value.orthanc_status in (code, None)
    assert inside.value.message
    assert (inside.value.route, inside.value.uri) == (over_http.value.route, over_http.value.uri)


def test_too_old(client: Orthanc, server: LocalOrthanc, tree: Tree) -> None:
    if server.version.startswith("1.10"):
        with pytest.raises(NotSupportedByServer, match=r"needs Orthanc 1\.12\.0; this server is Orthanc 1\.10"):
            client.put_studies_id_labels_label(tree.study, "a")
    else:
        client.put_studies_id_labels_label(tree.study, "a")
        assert client.get_studies_id_labels(tree.study) == ["a"]


# --- servers ----------------------------------------------------------------------------------------------------------


def test_with_tls_and_a_password(tmp_path: Path) -> None:
    """HTTP wants both, the client inside has neither."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    tls = Tls(tmp_path / "server.pem", tmp_path / "authority.pem")
    with with_script("1.13", "callbacks.py", tls=tls) as server:
        assert server.url.startswith("https://")
        assert server.password
        study = upload(server.client, make_study(seed="tls"))
        assert server.client.request("GET", f"/summary/{study.study}").json()["found"] == [study.study]


def test_without_a_password() -> None:
    with with_script("1.13", "callbacks.py", authentication=False) as server:
        study = upload(server.client, make_study(seed="open"))
        assert server.client.request("GET", f"/summary/{study.study}").json()["found"] == [study.study]
