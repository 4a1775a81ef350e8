"""Errors that users meet with patients, studies, series and instances, as real servers give them."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests

from orthanc_sdk import (
    BadFileFormat,
    BadRequest,
    Forbidden,
    InvalidArgument,
    MethodNotAllowed,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancConnectionError,
    OrthancHTTPError,
    RangeNotSatisfiable,
    ReadOnlyServer,
    RevisionConflict,
    ServerError,
    StorageFull,
    Unauthorized,
    UnknownDicomTag,
    UnsupportedMediaType,
    models,
)
from orthanc_sdk.http.raw import raw_response
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from tests.live.levels import LEVELS, LEVELS_OF_MANY, route
from tests.live.world import VERSIONS, World, new_study, upload

UNKNOWN = "-".join(["00000000"] * 5)


@pytest.fixture(params=VERSIONS)
def world(request: pytest.FixtureRequest, shared_world: Callable[[str], World]) -> World:
    return shared_world(request.param)


@pytest.fixture
def start() -> Iterator[Callable[..., LocalOrthanc]]:
    """Starts servers of other configurations, which end with the test."""
    with ExitStack() as stack:
        yield lambda version, **config: stack.enter_context(LocalOrthanc(version, config=config))


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Orthanc:
    """A client that must not send anything."""

    def send(*_: object, **__: object) -> requests.Response:
        raise AssertionError("something is sent")

    client = Orthanc("http://nowhere.invalid")
    monkeypatch.setattr(client.session, "send", send)
    return client


# -- What there is not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_unknown_identifier(world: World, level: str) -> None:
    for verb in ("get", "delete"):
        with pytest.raises(NotFound, match=f"no such resource.*at /{level}/{UNKNOWN}") as caught:
            route(world, verb + "_{}_id", level)(UNKNOWN)
        assert caught.value.status == 404
        assert caught.value.orthanc_status is None
        assert caught.value.route == f"{verb.upper()} /{level}/{{id}}"
        assert caught.value.uri == f"/{level}/{UNKNOWN}"
    for name in ("get_{}_id_metadata", "get_{}_id_attachments", "get_{}_id_module", "post_{}_id_reconstruct"):
        with pytest.raises(NotFound, match="404 Not Found: Unknown resource") as caught:
            route(world, name, level)(UNKNOWN)
        assert caught.value.orthanc_status == 17
        assert caught.value.info is not None
        assert caught.value.info.uri == caught.value.uri
    with pytest.raises(NotFound):
        route(world, "put_{}_id_metadata_name", level)(UNKNOWN, "colour", "red")


@pytest.mark.parametrize("level", LEVELS_OF_MANY)
def test_unknown_identifier_in_archives_and_modifications(world: World, level: str) -> None:
    for name in ("get_{}_id_archive", "get_{}_id_media", "post_{}_id_archive", "post_{}_id_media"):
        with pytest.raises(NotFound) as caught:
            route(world, name, level)(UNKNOWN)
        assert caught.value.orthanc_status == (7 if world.at_least("1.12") else 17)
    for name in ("post_{}_id_modify", "post_{}_id_anonymize"):
        body = {"Replace": {"PatientID": "a"}, "Force": True}
        with pytest.raises(BadRequest if world.at_least("1.13") else NotFound):
            route(world, name, level)(UNKNOWN, body)


def test_unknown_identifier_without_a_404(world: World) -> None:
    with pytest.raises(BadRequest, match="Parameter out of range"):
        world.client.get_patients_id_protected(UNKNOWN)
    with pytest.raises(BadRequest, match="Parameter out of range"):
        world.client.put_patients_id_protected(UNKNOWN, True)
    if world.at_least("1.13"):
        assert world.client.get_studies_id_statistics(UNKNOWN).count_instances == 0
    else:
        with pytest.raises(NotFound):
            world.client.get_studies_id_statistics(UNKNOWN)


@pytest.mark.parametrize("level", LEVELS)
def test_identifier_of_another_level(world: World, level: str) -> None:
    for other in set(LEVELS) - {level}:
        with pytest.raises(NotFound):
            route(world, "get_{}_id", level)(world.tree.id_of(other))
        with pytest.raises(NotFound):
            route(world, "delete_{}_id", level)(world.tree.id_of(other))
        assert route(world, "get_{}_id", other)(world.tree.id_of(other)).id == world.tree.id_of(other)


@pytest.mark.parametrize("level", LEVELS)
def test_unknown_names(world: World, level: str) -> None:
    id_ = world.tree.id_of(level)
    for name in ("get_{}_id_metadata_name", "get_{}_id_attachments_name", "get_{}_id_attachments_name_data"):
        with pytest.raises(NotFound, match="inexistent item"):
            route(world, name, level)(id_, "no such name")
    with pytest.raises(NotFound):
        route(world, "get_{}_id_metadata_name", level)(id_, "colour")
    with pytest.raises(NotFound):
        route(world, "get_{}_id_attachments_name_data", level)(id_, "notes")


def test_strange_identifiers_stay_in_their_place(world: World) -> None:
    for id_ in (
        "a?b",
        "a#b",
        "%2e%2e",
        "..%2fchanges",
        "..%5cchanges",
        "..a",
        "a..b",
        " ",
        "é",
        ";",
        "&expand",
        "a\nb",
    ):
        with pytest.raises(NotFound, match="Unknown resource") as caught:
            world.client.get_patients_id_metadata(id_)
        assert caught.value.info is not None
        assert caught.value.info.uri == f"/patients/{id_}/metadata"


def test_why_backslashes_and_dots_are_refused(world: World) -> None:
    login = (world.server.username or "", world.server.password or "")
    for quoted in ("patients/..%5Csystem", "patients/x%5C..%5C..%5Csystem", ".../system.", "system..."):
        answer = requests.get(f"{world.server.url}/{quoted}", auth=login, timeout=10)
        assert answer.json()["Version"] == world.server.version


# -- What is not sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id_",
    [
        *("", ".", "..", "../changes", "a/b", "/", "a\0b", "\ud800", None, 7),
        # Orthanc takes a backslash for a slash, and leaves out dots at the end of a part of the path.
        *("..\\changes", "a\\b", "\\", "...", "....", "a.", "a.."),
    ],
)
def test_malformed_identifier(silent: Orthanc, id_: str) -> None:
    for call in (silent.get_patients_id, silent.delete_patients_id, silent.get_studies_id_archive):
        with pytest.raises(InvalidArgument, match=r"(GET|DELETE) /(patients|studies)/{id}.*: id "):
            call(id_)


def test_malformed_path(silent: Orthanc) -> None:
    for path in ("", "a//b", "../tags", "PatientName/..", "/PatientName", "..\\tags", "PatientName/..."):
        with pytest.raises(InvalidArgument, match=r"GET /instances/{id}/content/{path}: path "):
            silent.get_instances_id_content_path(UNKNOWN, path)
    for label in ("", "a/b", ".."):
        with pytest.raises(InvalidArgument, match="label must not be empty"):
            silent.put_studies_id_labels_label(UNKNOWN, label)
    for frame in (-1, 1.5, True, "x"):
        with pytest.raises(InvalidArgument, match="frame must be a whole number, 0 or more"):
            silent.get_instances_id_frames_frame_raw(UNKNOWN, frame)  # type: ignore[arg-type]  # that is the mistake


def test_malformed_arguments(silent: Orthanc) -> None:
    with pytest.raises(InvalidArgument, match="since needs limit too"):
        silent.get_studies(since=3)
    with pytest.raises(InvalidArgument, match="limit must be a whole number, 0 or more"):
        silent.get_studies(limit=-1)
    with pytest.raises(InvalidArgument, match="requested_tags must be a list of strings"):
        silent.get_studies_id(UNKNOWN, requested_tags=["PatientName;PatientID"])
    with pytest.raises(InvalidArgument, match="expand must be True or False"):
        silent.get_studies(expand="no")  # type: ignore[call-overload]  # that is the mistake
    with pytest.raises(InvalidArgument, match="if_match must be a string without line breaks"):
        silent.put_studies_id_metadata_name(UNKNOWN, "colour", "red", if_match="a\nb")
    with pytest.raises(InvalidArgument, match="one of '1', '0', 'true', 'false'"):
        silent.put_patients_id_protected(UNKNOWN, "yes")  # type: ignore[arg-type]  # that is the mistake


def test_malformed_bodies(silent: Orthanc) -> None:
    with pytest.raises(InvalidArgument, match=r"POST /studies/{id}/modify: json: Replcae: .*did you mean Replace\?"):
        silent.post_studies_id_modify(UNKNOWN, {"Replcae": {"PatientName": "A"}})
    with pytest.raises(InvalidArgument, match=r"Replace\.PatientName"):
        silent.post_studies_id_modify(UNKNOWN, {"Replace": {"PatientName": 12}})
    with pytest.raises(InvalidArgument, match="KeepSource"):
        silent.post_studies_id_anonymize(UNKNOWN, {"KeepSource": "false"})
    with pytest.raises(InvalidArgument, match="Resources: is missing"):
        silent.post_studies_id_merge(UNKNOWN, {"KeepSource": True})
    with pytest.raises(InvalidArgument, match="json must be ArchiveRequest or a mapping, not MediaRequest"):
        silent.post_studies_id_archive(UNKNOWN, models.MediaRequest())  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(InvalidArgument, match=r"opened in binary mode \('rb'\)"):
        silent.post_instances(io.StringIO("DICM"))  # type: ignore[arg-type]  # that is the mistake


# -- What the server does not let in ----------------------------------------------------------------------------------


def test_wrong_password(world: World) -> None:
    with (
        Orthanc(world.server.url, world.server.username, "wrong-secret", proxies={}) as client,
        pytest.raises(Unauthorized, match="401 Unauthorized: no credentials, or wrong ones") as caught,
    ):
        client.get_patients()
    assert "wrong-secret" not in str(caught.value)
    assert "no credentials were sent" not in str(caught.value)
    with (
        Orthanc(world.server.url, proxies={}) as client,
        pytest.raises(Unauthorized, match="no credentials were sent"),
    ):
        client.delete_patients_id(world.tree.patient)
    assert world.client.get_patients_id(world.tree.patient).id == world.tree.patient


def test_uploads_that_are_no_dicom_files(world: World) -> None:
    for content in (
        b"no DICOM at all",
        b'{"PatientName": "A"}',
        b"",
        b"PK\x03\x04 no archive",
        to_bytes(make_instance())[:200],
    ):
        with pytest.raises(BadFileFormat, match="400 Bad Request: Bad file format") as caught:
            world.client.post_instances(content)
        assert caught.value.orthanc_status == 15
    with pytest.raises(NotFound, match="Inexistent tag") as missing:
        world.client.post_instances(to_bytes(make_instance(StudyInstanceUID=None)))
    assert missing.value.orthanc_status == 21
    with pytest.raises(BadFileFormat if world.at_least("1.13") else ServerError):
        world.client.post_instances(b"no gzip", content_encoding="gzip")
    with pytest.raises(BadFileFormat):
        world.client.post_instances(gzip.compress(b"no DICOM"), content_encoding="gzip")


def test_labels_that_are_none(world: World) -> None:
    for label in ("with blank", "dot.ted", "ümlaut", "x" * 65):
        if world.at_least("1.12.0"):
            with pytest.raises(BadRequest, match="Parameter out of range") as caught:
                world.client.put_studies_id_labels_label(world.tree.study, label)
            assert caught.value.orthanc_status == 3
            assert world.client.get_studies_id_labels(world.tree.study) == []
        else:
            with pytest.raises(NotSupportedByServer):
                world.client.put_studies_id_labels_label(world.tree.study, label)


def test_unknown_tags(world: World) -> None:
    client, tree = world.client, world.tree
    unknown: list[Callable[[], object]] = [
        lambda: client.post_studies_id_modify(tree.study, {"Replace": {"NoSuchTag": "A"}}),
        lambda: client.post_studies_id_anonymize(tree.study, {"Keep": ["NoSuchTag"]}),
        lambda: client.post_instances_id_modify(tree.instances[0], {"Remove": ["NoSuchTag"]}),
        lambda: client.get_instances_id_tags(tree.instances[0], ignore_length=["NoSuchTag"]),
        lambda: client.get_instances_id_content_path(tree.instances[0], "NoSuchTag"),
    ]
    for call in unknown:
        with pytest.raises(UnknownDicomTag, match="Unknown DICOM tag") as caught:
            call()
        assert isinstance(caught.value, BadRequest)
        assert (caught.value.status, caught.value.orthanc_status) == (500, 27)
    if world.at_least("1.12.4"):
        with pytest.raises(BadRequest, match="NoSuchTag"):
            client.get_studies_id(tree.study, requested_tags=["NoSuchTag"])
    else:
        assert client.get_studies_id(tree.study, requested_tags=["NoSuchTag"]).requested_tags is None


def test_modifications_that_make_no_sense(world: World) -> None:
    client, tree = world.client, world.tree
    with pytest.raises(BadRequest, match='"Force"'):
        client.post_studies_id_modify(tree.study, {"Replace": {"StudyInstanceUID": "1.2.3"}})
    with pytest.raises(BadRequest, match="Unknown transfer syntax"):
        client.post_studies_id_modify(tree.study, {"Transcode": "1.2.3"})
    with pytest.raises(BadRequest):
        client.post_studies_id_split(tree.study)
    with pytest.raises(NotFound):
        client.post_studies_id_split(tree.study, {"Series": [UNKNOWN]})
    with pytest.raises(NotFound):
        client.post_studies_id_merge(tree.study, {"Resources": [tree.study]})
    assert len(client.get_patients_id(tree.patient).studies) == 1


def test_images_that_there_are_not(world: World) -> None:
    client, tree = world.client, world.tree
    with pytest.raises(UnsupportedMediaType if world.at_least("1.12") else NotFound):
        client.get_instances_id_frames_frame_preview(tree.instances[0], 7)
    with pytest.raises(BadRequest, match="Parameter out of range"):
        client.get_instances_id_frames_frame_numpy(tree.instances[0], 7)
    with pytest.raises(NotFound):
        client.get_instances_id_preview(tree.instances[0], accept="image/webp")
    with pytest.raises(UnsupportedMediaType, match="415 Unsupported Media Type"):
        client.get_instances_id_preview(tree.instances[0], quality=101)
    with pytest.raises(NotFound):
        client.get_instances_id_pdf(tree.instances[0])


def test_ranges_beyond_the_end(world: World) -> None:
    id_, size = world.tree.instances[0], len(to_bytes(world.tree.datasets[0]))
    for range_ in (f"bytes=0-{size}", f"bytes={size}-", "lines=0-1"):
        if world.at_least("1.12.5"):
            with pytest.raises(RangeNotSatisfiable) as caught:
                world.client.get_instances_id_attachments_name_data(id_, "dicom", range_=range_)
            assert (caught.value.status, caught.value.orthanc_status) == (416, 41)
        else:
            data = world.client.get_instances_id_attachments_name_data(id_, "dicom", range_=range_)
            assert data is not None
            assert len(data) == size


def test_etags_that_are_none(world: World) -> None:
    client = world.client
    id_ = world.new_tree().study
    client.put_studies_id_metadata_name(id_, "colour", "red")
    for etag in ("red", '"red"', "*"):
        with pytest.raises(BadRequest):
            client.get_studies_id_metadata_name(id_, "colour", if_none_match=etag)
        with pytest.raises(BadRequest):
            client.put_studies_id_metadata_name(id_, "colour", "blue", if_match=etag)
    assert client.get_studies_id_metadata_name(id_, "colour") == "red"


# -- Servers of other configurations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_somebody_else_was_faster(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version, CheckRevisions=True, UserMetadata={"colour": 1030}, UserContentType={"notes": 1030}).client
    id_ = upload(client, new_study()).study
    client.put_studies_id_metadata_name(id_, "colour", "red")
    mine = raw_response(client.get_studies_id_metadata_name, id_, "colour").headers["ETag"]
    client.put_studies_id_metadata_name(id_, "colour", "blue", if_match=mine)

    late: list[Callable[[], object]] = [
        lambda: client.put_studies_id_metadata_name(id_, "colour", "green", if_match=mine),
        lambda: client.put_studies_id_metadata_name(id_, "colour", "green"),
        lambda: client.delete_studies_id_metadata_name(id_, "colour", if_match=mine),
        lambda: client.delete_studies_id_metadata_name(id_, "colour"),
    ]
    for call in late:
        with pytest.raises(RevisionConflict, match="409 Conflict") as caught:
            call()
        assert caught.value.orthanc_status == 43
    assert client.get_studies_id_metadata_name(id_, "colour") == "blue"

    client.put_studies_id_attachments_name(id_, "notes", b"first")
    with pytest.raises(RevisionConflict):
        client.put_studies_id_attachments_name(id_, "notes", b"second")
    with pytest.raises(RevisionConflict):
        client.delete_studies_id_attachments_name(id_, "notes")
    mine = raw_response(client.get_studies_id_attachments_name_data, id_, "notes").headers["ETag"]
    client.delete_studies_id_attachments_name(id_, "notes", if_match=mine)
    assert client.get_studies_id_attachments(id_) == []


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_read_only_server(version: str, start: Callable[..., LocalOrthanc]) -> None:
    filled = start(version)
    tree = upload(filled.client, new_study())
    filled.client.put_patients_id_labels_label(tree.patient, "research")
    filled.kill()
    storage = str(filled.storage_folder)
    client = start(version, ReadOnly=True, StorageDirectory=storage, IndexDirectory=storage).client

    assert client.get_patients() == [tree.patient]
    assert client.get_instances_id_file(tree.instances[0]) == to_bytes(tree.datasets[0])
    refused: list[Callable[[], object]] = [
        lambda: client.post_instances(to_bytes(make_instance())),
        lambda: client.delete_patients_id(tree.patient),
        lambda: client.put_studies_id_labels_label(tree.study, "new"),
        lambda: client.delete_patients_id_labels_label(tree.patient, "research"),
        lambda: client.put_studies_id_attachments_name(tree.study, "1030", b"new"),
        lambda: client.put_patients_id_protected(tree.patient, True),
    ]
    for call in refused:
        with pytest.raises(MethodNotAllowed, match="read-only"):
            call()
    with pytest.raises(ReadOnlyServer):
        client.put_studies_id_metadata_name(tree.study, "1030", "new")
    with pytest.raises(NotFound):
        client.post_studies_id_reconstruct(tree.study)
    assert client.get_patients_id_labels(tree.patient) == ["research"]


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_full_storage(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version, MaximumPatientCount=1, MaximumStorageMode="Reject").client
    tree = upload(client, new_study())
    with pytest.raises(StorageFull, match="507 Insufficient Storage") as caught:
        client.post_instances(to_bytes(make_instance(PatientID="one too many")))
    assert caught.value.orthanc_status == 19
    assert client.get_patients() == [tree.patient]


@pytest.mark.parametrize("version", VERSIONS)
def test_export_that_is_not_allowed(version: str, start: Callable[..., LocalOrthanc]) -> None:
    server = start(version)
    tree = upload(server.client, new_study())
    with pytest.raises(Forbidden, match="403 Forbidden"):
        server.client.post_instances_id_export(tree.instances[0], str(server.folder / "exported.dcm"))
    assert not (server.folder / "exported.dcm").exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_without_description(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version, HttpDescribeErrors=False).client
    with pytest.raises(NotFound, match="404 Not Found: no such resource") as caught:
        client.get_studies_id_metadata(UNKNOWN)
    assert caught.value.info is None
    with pytest.raises(OrthancHTTPError):
        client.post_instances(b"no DICOM")


@pytest.mark.parametrize("version", VERSIONS)
def test_server_that_is_gone(version: str, start: Callable[..., LocalOrthanc]) -> None:
    server = start(version)
    with Orthanc(server.url, server.username, server.password, retries=0, proxies={}) as client:
        assert client.get_patients() == []
        server.kill()
        with pytest.raises(OrthancConnectionError, match=f"no connection to {server.url}"):
            client.get_patients()
        with pytest.raises(OrthancConnectionError):
            client.post_instances(to_bytes(make_instance()))


# -- Servers that are too old -----------------------------------------------------------------------------------------


def test_arguments_that_are_newer_than_the_server(shared_world: Callable[[str], World]) -> None:
    world = shared_world("1.10")
    client, tree = world.client, world.tree
    newer: list[tuple[str, str, Callable[[], object]]] = [
        ("response_content", "1.12.5", lambda: client.get_studies(response_content=["Metadata"])),
        ("expand", "1.12.2", lambda: client.get_patients_id_studies(tree.patient, expand=False)),
        ("numeric", "1.12.0", lambda: client.get_series_id_metadata(tree.series[0], numeric=True)),
    ]
    for argument, needed, call in newer:
        with pytest.raises(NotSupportedByServer) as caught:
            call()
        error = caught.value
        assert not isinstance(error, OrthancHTTPError)
        assert (error.argument, error.needed, error.server_version) == (argument, needed, "1.10.1")
        assert str(error) == f"{argument} of {error.route} needs Orthanc {needed}; this server is Orthanc 1.10.1"
        assert error.__cause__ is not None


def test_routes_that_are_newer_than_the_server(shared_world: Callable[[str], World]) -> None:
    world = shared_world("1.10")
    for level in LEVELS:
        with pytest.raises(NotSupportedByServer) as caught:
            route(world, "get_{}_id_labels", level)(world.tree.id_of(level))
        error = caught.value
        assert (error.route, error.argument, error.needed) == (f"GET /{level}/{{id}}/labels", None, "1.12.0")
        assert isinstance(error.__cause__, NotFound)
