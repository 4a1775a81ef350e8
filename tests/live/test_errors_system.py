"""Errors that users meet outside of patients, studies, series and instances, as real servers give them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from orthanc_sdk import (
    BadFileFormat,
    BadRequest,
    DicomQueryRefused,
    Forbidden,
    InvalidArgument,
    NetworkProtocolError,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancConnectionError,
    OrthancHTTPError,
    OrthancTimeout,
    ReadOnlyServer,
    ServerError,
    ServiceUnavailable,
    Unauthorized,
    UnexpectedAnswer,
    UnknownDicomTag,
    UnprocessableContent,
    models,
)
from orthanc_sdk.testing import LocalOrthanc, to_bytes
from tests.http.fake_server import FakeServer, Received, Reply
from tests.live.network import closed_port, holds, on_partner, silent_modality
from tests.live.waiting import ended
from tests.live.world import VERSIONS, World, new_study, upload

UNKNOWN = "4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f"
UNKNOWN_RESOURCE = "-".join(["00000000"] * 5)


@pytest.fixture(params=VERSIONS)
def world(request: pytest.FixtureRequest, shared_world: Callable[[str], World]) -> World:
    return shared_world(request.param)


@pytest.fixture
def start() -> Iterator[Callable[..., LocalOrthanc]]:
    """Starts servers of other configurations, which end with the test."""
    with ExitStack() as stack:
        yield lambda version, aet=None, **config: stack.enter_context(
            LocalOrthanc(version, dicom_aet=aet, config=config)
        )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, world: World) -> list[str]:
    """What goes to the server, while a test runs."""
    requests: list[str] = []
    send = world.client.session.send

    def record(request: object, **arguments: object) -> object:
        requests.append(str(getattr(request, "url", None)))
        return send(request, **arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(world.client.session, "send", record)
    return requests


# -- Before anything is sent ------------------------------------------------------------------------------------------

Call = Callable[[Orthanc], object]

UNKNOWN_FIELDS: list[tuple[Call, str]] = [
    (lambda c: c.post_tools_find({"Levl": "Study", "Query": {}}), "Levl: unknown field, did you mean Level?"),
    (lambda c: c.post_tools_find({"level": "Study", "Query": {}}), "level: unknown field, did you mean Level?"),
    (
        lambda c: c.post_tools_find(
            {"Level": "Study", "Query": {}, "OrderBy": [{"Type": "Metadata", "Key": "x", "Directon": "ASC"}]}
        ),
        "OrderBy[0].Directon: unknown field, did you mean Direction?",
    ),
    (lambda c: c.post_tools_bulk_content({"Resources": [], "Expand": True}), "json: Expand: unknown field"),
    (
        lambda c: c.post_modalities_id_store("partner", {"Resources": [], "Asynchrnous": True}),
        "json: Asynchrnous: unknown field, did you mean Asynchronous?",
    ),
    (
        lambda c: c.post_modalities_id_query("partner", {"Level": "Study", "TimeOut": 3}),
        "json: TimeOut: unknown field, did you mean Timeout?",
    ),
    (
        lambda c: c.put_modalities_id("new", {"AET": "X", "Host": "x", "Port": 104, "AllowStor": True}),
        "json: AllowStor: unknown field, did you mean AllowStore?",
    ),
    (
        lambda c: c.post_modalities_id_storage_commitment("partner", {"DicomInstances": [{"SopClassUid": "1.2"}]}),
        "DicomInstances[0].SopClassUid: unknown field, did you mean SOPClassUID?",
    ),
    (lambda c: c.post_tools_reconstruct({"ReconstructFile": True}), "did you mean ReconstructFiles?"),
]


@pytest.mark.parametrize(("call", "message"), UNKNOWN_FIELDS, ids=[message for _, message in UNKNOWN_FIELDS])
def test_unknown_field(world: World, sent: list[str], call: Call, message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)) as caught:
        call(world.client)
    assert isinstance(caught.value, ValueError)
    assert sent == []


WRONG_TYPES: list[tuple[Call, str]] = [
    (lambda c: c.post_tools_find({"Level": "Study", "Query": ["x"]}), "json: Query: should be a valid dictionary"),
    (lambda c: c.post_tools_find({"Level": "Study", "Query": {"PatientID": 7}}), "json: Query.PatientID: "),
    (lambda c: c.post_tools_find({"Level": "Study", "Query": {}, "Limit": "5"}), "json: Limit: should be a valid int"),
    (lambda c: c.post_tools_find({"Level": "Study", "Query": {}, "Limit": 5.0}), "json: Limit: should be a valid int"),
    (
        lambda c: c.post_tools_find({"Level": "Study", "Query": {}, "Expand": "yes"}),
        "json: Expand: should be a valid b",
    ),
    (lambda c: c.post_tools_find({"Level": "Study", "Query": {}, "Labels": "one"}), "json: Labels: "),
    (lambda c: c.post_tools_find({"Level": "Studie", "Query": {}}), "json: Level: should be 'Patient', 'Study'"),
    (lambda c: c.post_tools_find({"Query": {}}), "json: Level: is missing"),
    (lambda c: c.post_tools_find([]), "json must be FindRequest or a mapping, not list"),  # type: ignore[arg-type]
    (
        lambda c: c.post_tools_find(models.CountResourcesRequest(level="Study", query={})),  # type: ignore[arg-type]
        "json must be FindRequest or a mapping, not CountResourcesRequest",
    ),
    (lambda c: c.post_tools_bulk_delete({"Resources": "study"}), "json: Resources: "),
    (lambda c: c.post_tools_bulk_modify({"Resources": [], "Replace": {"PatientID": 7}}), "json: Replace.PatientID: "),
    (lambda c: c.post_tools_create_dicom({"Tags": {"InstanceNumber": 7}}), "json: Tags.InstanceNumber: "),
    (lambda c: c.post_tools_create_archive({"Resources": [7]}), "json: Resources[0]: should be a valid string"),
    (lambda c: c.post_modalities_id_echo("partner", {"Timeout": "3"}), "json: Timeout: should be a valid integer"),
    (lambda c: c.post_modalities_id_echo("partner", {"CheckFind": 1}), "json: CheckFind: should be a valid boolean"),
    (lambda c: c.put_modalities_id("new", {"AET": "X", "Host": "x", "Port": None}), "json: Port: "),
    (lambda c: c.put_modalities_id("new", ["X", "x", None]), "json: [2]: "),  # type: ignore[list-item]
    (lambda c: c.put_tools_metrics("on"), "content must be one of '0', '1', 'false', 'true'"),  # type: ignore[arg-type]
    (lambda c: c.get_changes(since=-1), "since must be a whole number, 0 or more, not -1"),
    (lambda c: c.get_changes(limit="5"), "limit must be a whole number"),  # type: ignore[arg-type]
    (lambda c: c.get_changes(last="no"), "last must be True or False, not 'no'"),  # type: ignore[arg-type]
    (lambda c: c.get_jobs_id("../changes"), "GET /jobs/{id}: id must not be empty, "),
    (lambda c: c.delete_queries_id(""), "id must not be empty"),
    (lambda c: c.delete_peers_id(".."), "id must not be empty"),
    (lambda c: c.get_queries_id_answers_index(UNKNOWN, -1), "index must be a whole number, 0 or more, not -1"),
]


@pytest.mark.parametrize(("call", "message"), WRONG_TYPES, ids=[message for _, message in WRONG_TYPES])
def test_wrong_type(world: World, sent: list[str], call: Call, message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        call(world.client)
    assert sent == []


# -- No answer, or none of Orthanc's ----------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    with Orthanc(url, retries=0, proxies={}) as client:
        for call in (client.get_system, client.post_tools_reset, lambda: client.put_tools_metrics(True)):
            with pytest.raises(OrthancConnectionError, match=f"no connection to {url}: Connection refused") as caught:
                call()
            assert not isinstance(caught.value, OrthancHTTPError)


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Orthanc(url, timeout=(5, 0.1), proxies={}) as client,
            pytest.raises(OrthancTimeout, match=f"GET /system: {url} did not answer within 0.1 s"),
        ):
            client.get_system()


def test_modality_that_is_slower_than_the_timeout(world: World) -> None:
    with (
        silent_modality(world) as name,
        pytest.raises(OrthancTimeout, match=r"POST /modalities/\w+/echo: .* within 0.2 s; timeout= sets how long"),
    ):
        world.client.post_modalities_id_echo(name, timeout=0.2)


def test_wrong_password(world: World) -> None:
    assert world.tree.study in world.client.get_studies()
    with Orthanc(world.server.url, "orthanc", "wrong-secret", proxies={}) as client:
        calls: list[Callable[[], object]] = [
            client.get_system,
            lambda: client.post_tools_find({"Level": "Study", "Query": {}}),
            client.delete_changes,
            lambda: client.post_tools_execute_script("print(1)"),
        ]
        for call in calls:
            with pytest.raises(Unauthorized, match="401 Unauthorized: no credentials, or wrong ones") as caught:
                call()
            assert caught.value.status == caught.value.status_code == 401
            assert (caught.value.orthanc_status, caught.value.info) == (None, None)
            assert "wrong-secret" not in repr(caught.value)
    with Orthanc(world.server.url, proxies={}) as client, pytest.raises(Unauthorized, match="no credentials were sent"):
        client.get_system()
    assert world.client.get_changes(limit=1).changes


PAGE = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Who are you?</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}

ANSWERS_OF_ALL_KINDS: dict[str, Call] = {
    "model": lambda c: c.get_system(),
    "list": lambda c: c.get_jobs(expand=True),
    "time": lambda c: c.get_tools_now(),
    "bool": lambda c: c.get_tools_metrics(),
    "text": lambda c: c.get_tools_dicom_conformance(),
    "bytes": lambda c: c.get_jobs_id_key(UNKNOWN, "archive"),
    "bytes or a model": lambda c: c.post_tools_create_archive([]),
    "nothing": lambda c: c.post_tools_reset(),
    "nothing of a DELETE": lambda c: c.delete_changes(),
    "union": lambda c: c.post_modalities_id_move("partner", {"Level": "Study", "Resources": []}),
}


@pytest.mark.parametrize("kind", ANSWERS_OF_ALL_KINDS)
def test_page_of_a_proxy(kind: str) -> None:
    with (
        FakeServer(Reply(200, PAGE, HTML)) as server,
        Orthanc(server.url, retries=0, proxies={}) as client,
        pytest.raises(UnexpectedAnswer, match="the answer is an HTML page: from a proxy, or a login page") as caught,
    ):
        ANSWERS_OF_ALL_KINDS[kind](client)
    assert caught.value.answer is not None
    assert caught.value.answer.content == PAGE
    assert "Who are you" not in str(caught.value)


def test_page_instead_of_an_error() -> None:
    with (
        FakeServer(Reply(502, PAGE, HTML)) as server,
        Orthanc(server.url, retries=0, proxies={}) as client,
        pytest.raises(ServiceUnavailable, match=r"502 Bad Gateway: .*an HTML page: a proxy's"),
    ):
        client.post_tools_find({"Level": "Study", "Query": {}})


def test_page_of_orthanc_itself(world: World) -> None:
    """The URL of what one sees in the browser is not that of the REST API."""
    with (
        Orthanc(world.server.url + "/app/explorer.html", "orthanc", world.server.password, proxies={}) as client,
        pytest.raises(NotFound, match="404 Not Found"),
    ):
        client.get_system()


def test_other_server_that_speaks_json() -> None:
    def answer(_: Received) -> Reply:
        return Reply(200, b'{"status": "ok"}', {"Content-Type": "application/json"})

    with FakeServer(answer) as server, Orthanc(server.url, proxies={}) as client:
        with pytest.raises(UnexpectedAnswer, match=r"GET /system: unexpected answer.*ApiVersion: is missing"):
            client.get_system()
        with pytest.raises(UnexpectedAnswer, match=r"GET /tools: .*should be a valid "):
            client.get_tools()


# -- Servers that are too old, or do not want -------------------------------------------------------------------------

NEWER: list[tuple[str, str, Call]] = [
    ("GET /tools/labels", "1.12.0", lambda c: c.get_tools_labels()),
    ("GET /tools/accepted-sop-classes", "1.12.6", lambda c: c.get_tools_accepted_sop_classes()),
    (
        "POST /tools/count-resources",
        "1.12.5",
        lambda c: c.post_tools_count_resources({"Level": "Study", "Query": {}}),
    ),
    ("GET /tools/create-archive", "1.12.2", lambda c: c.get_tools_create_archive(resources=[])),
    (
        "POST /modalities/{id}/get",
        "1.12.6",
        lambda c: c.post_modalities_id_get("partner", {"Level": "Study", "Resources": []}),
    ),
    ("DELETE /jobs/{id}", "1.12.2", lambda c: c.delete_jobs_id(UNKNOWN)),
    ("DELETE /jobs/{id}/{key}", "1.12.1", lambda c: c.delete_jobs_id_key(UNKNOWN, "archive")),
]


@pytest.mark.parametrize(("route", "since", "call"), NEWER, ids=[route for route, _, _ in NEWER])
def test_route_that_is_newer_than_the_server(
    route: str, since: str, call: Call, shared_world: Callable[[str], World]
) -> None:
    with pytest.raises(NotSupportedByServer) as caught:
        call(shared_world("1.10").client)
    error = caught.value
    assert str(error) == f"{route} needs Orthanc {since}; this server is Orthanc 1.10.1"
    assert (error.route, error.argument, error.needed, error.server_version) == (route, None, since, "1.10.1")
    assert isinstance(error.__cause__, OrthancHTTPError)
    assert error.__cause__.status in (404, 405)
    assert not isinstance(error, OrthancHTTPError)


def test_unknown_job_of_a_new_route_is_not_an_old_server(shared_world: Callable[[str], World]) -> None:
    with pytest.raises(NotFound):
        shared_world("1.13").client.delete_jobs_id(UNKNOWN)


@pytest.mark.parametrize("version", VERSIONS)
def test_scripts_are_not_allowed(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version).client
    with pytest.raises(Forbidden, match="POST /tools/execute-script: 403 Forbidden: not allowed") as caught:
        client.post_tools_execute_script("print(1)")
    assert (caught.value.status, caught.value.orthanc_status) == (403, None)


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_read_only_server(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version, ReadOnly=True).client
    for change in (client.delete_changes, client.delete_exports):
        with pytest.raises(ReadOnlyServer):
            change()
    tools: list[Callable[[], object]] = [
        lambda: client.post_tools_bulk_delete({"Resources": []}),
        client.post_tools_invalidate_tags,
        client.post_tools_reconstruct,
    ]
    for tool in tools:
        with pytest.raises(NotFound):
            tool()
    with pytest.raises(ReadOnlyServer):
        client.post_tools_create_dicom({"Tags": {"PatientID": "x"}})


@pytest.mark.parametrize("version", VERSIONS)
def test_server_that_forgets_its_jobs(version: str, start: Callable[..., LocalOrthanc]) -> None:
    client = start(version, JobsHistorySize=0).client
    tree = upload(client, new_study())
    with pytest.raises(NotFound, match="JobsHistorySize") as caught:
        client.post_tools_bulk_modify({"Resources": [tree.study], "Level": "Study", "Replace": {"StudyID": "x"}})
    assert caught.value.orthanc_status == 7
    assert len(client.get_studies()) == 2


# -- What there is not ------------------------------------------------------------------------------------------------


def test_unknown_modality(world: World) -> None:
    client = world.client
    calls: list[Callable[[], object]] = [
        lambda: client.get_modalities_id_configuration("nobody"),
        lambda: client.post_modalities_id_echo("nobody"),
        lambda: client.post_modalities_id_store("nobody", [world.tree.study]),
        lambda: client.post_modalities_id_query("nobody", {"Level": "Study"}),
        lambda: client.post_modalities_id_move("nobody", {"Level": "Study", "Resources": []}),
        lambda: client.post_modalities_id_find_worklist("nobody", {"Query": {}}),
        lambda: client.post_modalities_id_store_straight("nobody", to_bytes(world.tree.datasets[0])),
        lambda: client.post_modalities_id_storage_commitment("nobody", {"Resources": [world.tree.study]}),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=r"404 Not Found: .*: No modality with symbolic name: nobody") as caught:
            call()
        assert caught.value.orthanc_status == 7
        assert caught.value.route.split()[1].startswith("/modalities/{id}/")
        assert caught.value.info is not None
        assert caught.value.info.uri == caught.value.uri
    with pytest.raises(NotFound, match=r"GET /modalities/{id}: 404 Not Found: no such resource") as caught:
        client.get_modalities_id("nobody")
    assert (caught.value.info, caught.value.uri) == (None, "/modalities/nobody")


def test_unknown_peer(world: World) -> None:
    client = world.client
    calls: list[Callable[[], object]] = [
        lambda: client.get_peers_id_configuration("nobody"),
        lambda: client.get_peers_id_system("nobody"),
        lambda: client.post_peers_id_store("nobody", [world.tree.study]),
        lambda: client.post_peers_id_store_straight("nobody", to_bytes(world.tree.datasets[0])),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=r"404 Not Found: .*: No peer with symbolic name: nobody") as caught:
            call()
        assert caught.value.orthanc_status == 17
    for verb in (client.get_peers_id, client.delete_peers_id):
        with pytest.raises(NotFound):
            verb("nobody")


def test_unknown_job_query_and_commitment(world: World) -> None:
    client = world.client
    with pytest.raises(NotFound, match="no such resource"):
        client.get_jobs_id(UNKNOWN)
    for action in (
        client.post_jobs_id_cancel,
        client.post_jobs_id_pause,
        client.post_jobs_id_resume,
        client.post_jobs_id_resubmit,
    ):
        with pytest.raises(BadRequest, match="400 Bad Request: the server does not understand the request"):
            action(UNKNOWN)
    calls: list[Callable[[], object]] = [
        lambda: client.get_queries_id_answers(UNKNOWN),
        lambda: client.get_queries_id_level(UNKNOWN),
        lambda: client.post_queries_id_retrieve(UNKNOWN),
        lambda: client.get_storage_commitment_id("2.25.1"),
        lambda: client.get_jobs_id_key(UNKNOWN, "archive"),
    ]
    for call in calls:
        with pytest.raises(NotFound) as caught:
            call()
        assert caught.value.orthanc_status in (7, 17)


def test_unknown_resource_to_send(world: World) -> None:
    for store in (world.client.post_modalities_id_store, world.client.post_peers_id_store):
        with pytest.raises(ServerError if world.at_least("1.13.0") else NotFound) as caught:
            store("partner", [UNKNOWN_RESOURCE])
        assert caught.value.orthanc_status == (-1 if world.at_least("1.13.0") else 17)
        with pytest.raises(BadRequest, match="not a valid Orthanc identifier: nonsense"):
            store("partner", "nonsense")


def test_unknown_tags(world: World) -> None:
    client = world.client
    calls: list[Callable[[], object]] = [
        lambda: client.post_tools_find({"Level": "Study", "Query": {"PatientNam": "x"}}),
        lambda: client.post_tools_create_dicom({"Tags": {"PatientNam": "x"}}),
        lambda: client.post_tools_bulk_modify({"Resources": [world.tree.study], "Remove": ["PatientNam"]}),
        lambda: client.post_modalities_id_move("partner", {"Level": "Study", "Resources": [{"PatientNam": "x"}]}),
    ]
    for call in calls:
        with pytest.raises(UnknownDicomTag, match="Unknown DICOM tag") as caught:
            call()
        assert isinstance(caught.value, BadRequest)
        assert isinstance(caught.value, ServerError)
        assert (caught.value.status, caught.value.orthanc_status) == (500, 27)
    with pytest.raises(BadFileFormat, match="Associative array of DICOM tags to strings expected in field: Query"):
        client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"PatientNam": "x"}})


# -- Modalities and peers that do not do what they should -------------------------------------------------------------


def _fails(client: Orthanc, name: str, tree_id: str) -> list[Callable[[], object]]:
    """All that needs an association with a modality."""
    return [
        lambda: client.post_modalities_id_echo(name, {"Timeout": 1}),
        lambda: client.post_modalities_id_query(name, {"Level": "Study", "Timeout": 1}),
        lambda: client.post_modalities_id_find_worklist(name, {"Query": {}, "Timeout": 1}),
        lambda: client.post_modalities_id_store(name, {"Resources": [tree_id], "Timeout": 1}),
        lambda: client.post_modalities_id_move(
            name, {"Level": "Study", "Resources": [{"StudyInstanceUID": "1.2"}], "Timeout": 1}
        ),
        lambda: client.post_modalities_id_storage_commitment(name, {"Resources": [tree_id], "Timeout": 1}),
    ]


def _assert_not_reachable(world: World, name: str, details: str) -> None:
    for call in _fails(world.client, name, world.tree.study):
        with pytest.raises(
            NetworkProtocolError, match="500 Internal Server Error: Error in the network protocol"
        ) as caught:
            call()
        error = caught.value
        assert (error.status, error.orthanc_status) == (500, 9)
        assert error.details is not None
        assert details in error.details
        assert error.dimse_status is None  # nobody got as far as that


def test_modality_that_is_down(world: World) -> None:
    world.client.put_modalities_id("down", ["DOWN", "127.0.0.1", closed_port()])
    _assert_not_reachable(world, "down", 'connecting to AET "DOWN": TCP Initialization Error')
    answer = world.client.post_modalities_id_store("down", {"Resources": [world.tree.study], "Asynchronous": True})
    job = ended(world.client, answer)
    assert (job.state, job.error_code, job.error_description) == ("Failure", 9, "Error in the network protocol")
    assert 'connecting to AET "DOWN"' in job.error_details
    world.client.delete_modalities_id("down")


def test_modality_whose_host_is_unknown(world: World) -> None:
    world.client.put_modalities_id("lost", ["LOST", "no-such-host.invalid", 104])
    with pytest.raises(NetworkProtocolError, match="Attempt to connect to unknown host"):
        world.client.post_modalities_id_echo("lost")
    world.client.delete_modalities_id("lost")


def test_modality_that_says_nothing(world: World) -> None:
    with silent_modality(world) as name:
        with pytest.raises(NetworkProtocolError, match="DUL network read timeout"):
            world.client.post_modalities_id_echo(name, {"Timeout": 1})
        with pytest.raises(NetworkProtocolError, match="DUL network read timeout"):
            world.client.post_modalities_id_query(name, {"Level": "Study", "Timeout": 1})


def test_modality_that_does_not_know_us(world: World, start: Callable[..., LocalOrthanc]) -> None:
    strict = start(
        world.version,
        "STRICT",
        DicomCheckCalledAet=True,
        DicomAlwaysAllowEcho=False,
        DicomAlwaysAllowStore=False,
        DicomAlwaysAllowFind=False,
        DicomAlwaysAllowFindWorklist=False,
        DicomAlwaysAllowMove=False,
        DicomAlwaysAllowGet=False,
    )
    world.client.put_modalities_id("strict", dict(strict.modality_configuration()))
    _assert_not_reachable(world, "strict", 'connecting to AET "STRICT": DUL Association Rejected')
    world.client.put_modalities_id("strict", {**strict.modality_configuration(), "AET": "OTHER"})
    _assert_not_reachable(world, "strict", 'connecting to AET "OTHER": DUL Association Rejected')
    world.client.delete_modalities_id("strict")


@pytest.fixture
def no_find(world: World) -> Iterator[World]:
    """A partner that fails at every C-FIND."""
    run = world.partner.client.post_tools_execute_script
    run("function IncomingFindRequestFilter(query, origin) error('not today') end")
    yield world
    run("IncomingFindRequestFilter = nil")


def test_query_that_the_modality_cannot_process(no_find: World) -> None:
    world, client = no_find, no_find.client
    calls: list[Callable[[], object]] = [
        lambda: client.post_modalities_id_query("partner", {"Level": "Study"}),
        lambda: client.post_modalities_id_find_patient("partner", {"PatientID": "x"}),
        lambda: client.post_modalities_id_echo("partner", {"CheckFind": True}),
    ]
    for call in calls:
        with pytest.raises(DicomQueryRefused, match=r"422 .*has failed with DIMSE status 0xC000 \(unable to") as caught:
            call()
        error = caught.value
        assert isinstance(error, NetworkProtocolError)
        assert isinstance(error, UnprocessableContent)
        assert (error.status, error.orthanc_status) == (422, 9)
        if not world.at_least("1.12.10"):
            assert (error.dimse_status, error.payload) == (None, None)
            continue
        assert error.dimse_status == 0xC000
        assert error.payload == {"Type": "Dimse", "Content": {"DimseErrorStatus": 0xC000}}
        assert error.info is not None
        assert isinstance(error.info.error_payload, models.DimsePayload)
        assert error.info.error_payload.content.dimse_error_status == 0xC000


def _assert_retrieve_failed(world: World, error: NetworkProtocolError, uid: str) -> None:
    assert error.details is not None
    assert "has failed with DIMSE status 0xC000" in error.details
    assert error.orthanc_status == 9
    if not world.at_least("1.12.10"):
        assert (error.dimse_status, error.payload) == (None, None)
        return
    assert error.dimse_status == 0xC000
    assert error.info is not None
    assert isinstance(error.info.error_payload, models.RetrievePayload)
    (detail,) = error.info.error_payload.content
    assert (detail.dimse_error_status, detail.received_instances_ids) == (0xC000, [])
    assert detail.query["0020,000d"] == uid


def test_retrieval_that_fails(world: World) -> None:
    client = world.client
    tree = on_partner(world)
    uid = str(tree.datasets[0].StudyInstanceUID)
    query = client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"StudyInstanceUID": uid}})
    request = {"Level": "Study", "Resources": [{"StudyInstanceUID": uid}], "TargetAet": "NOBODY"}
    calls: list[Callable[[], object]] = [
        lambda: client.post_modalities_id_move("partner", request),
        lambda: client.post_queries_id_retrieve(query.id, "NOBODY"),
        lambda: client.post_queries_id_answers_index_retrieve(query.id, 0, {"TargetAet": "NOBODY"}),
    ]
    for call in calls:
        with pytest.raises(NetworkProtocolError) as caught:
            call()
        _assert_retrieve_failed(world, caught.value, uid)
    assert not holds(client, tree)

    answer = client.post_queries_id_retrieve(query.id, {"TargetAet": "NOBODY", "Asynchronous": True})
    job = ended(client, answer)
    assert (job.state, job.error_code) == ("Failure", 9)
    assert "DIMSE status 0xC000" in job.error_details
    if world.at_least("1.12.10"):
        # For the same failure, the job has less than the error.
        assert isinstance(job.error_payload, models.DimsePayload)
        assert job.error_payload.content.dimse_error_status == 0xC000
    else:
        assert job.error_payload is None


def test_get_that_fails(shared_world: Callable[[str], World]) -> None:
    request = {"Level": "Study", "Resources": [{"StudyInstanceUID": "1.2.3"}], "Timeout": 1}
    new = shared_world("1.13")
    with pytest.raises(NetworkProtocolError) as caught:
        new.client.post_modalities_id_get("partner", request)
    _assert_retrieve_failed(new, caught.value, "1.2.3")
    # Before 1.12.10, the server takes a failed C-GET for a success.
    content = shared_world("1.12").client.post_modalities_id_get("partner", request)
    assert isinstance(content, models.DicomGetScuContent)


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_instance_that_the_modality_refuses(
    version: str, shared_world: Callable[[str], World], start: Callable[..., LocalOrthanc]
) -> None:
    world = shared_world(version)
    client, tree = world.client, world.tree
    full = start(version, "FULL", MaximumPatientCount=1, MaximumStorageMode="Reject")
    upload(full.client, new_study())
    client.put_modalities_id("full", dict(full.modality_configuration()))
    calls: list[Callable[[], object]] = [
        lambda: client.post_modalities_id_store("full", tree.study),
        lambda: client.post_modalities_id_store_straight("full", to_bytes(tree.datasets[0])),
    ]
    for call in calls:
        with pytest.raises(NetworkProtocolError, match=r'C-STORE SCU to AET "FULL" .* DIMSE status 0xA700') as caught:
            call()
        assert not isinstance(caught.value, DicomQueryRefused)
        assert caught.value.dimse_status == (0xA700 if world.at_least("1.12.10") else None)
    content = client.post_modalities_id_store("full", {"Resources": [tree.study], "Permissive": True})
    assert isinstance(content, models.DicomModalityStoreContent)
    assert content.failed_instances_count == 0
    assert not holds(full.client, tree)
    client.delete_modalities_id("full")


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_instance_of_a_class_that_the_modality_does_not_know(
    version: str, shared_world: Callable[[str], World]
) -> None:
    world = shared_world(version)
    tree = world.new_tree(SOPClassUID="1.2.3.4.5")
    with pytest.raises(
        NetworkProtocolError, match=r"No acceptable presentation context .* SOPClassUID 1\.2\.3\.4\.5"
    ) as caught:
        world.client.post_modalities_id_store("partner", tree.study)
    assert (caught.value.status, caught.value.orthanc_status) == (500, 2015)


@pytest.mark.parametrize(
    "peer", [{"Username": "orthanc", "Password": "wrong"}, {}], ids=["wrong password", "no password"]
)
def test_peer_that_refuses(world: World, peer: Mapping[str, object]) -> None:
    client = world.client
    client.put_peers_id("locked", {"Url": world.partner.url, **peer})
    with pytest.raises(NetworkProtocolError, match="Error in the network protocol") as caught:
        client.post_peers_id_store("locked", [world.tree.study])
    assert (caught.value.orthanc_status, caught.value.details) == (9, None)
    with pytest.raises(NetworkProtocolError, match="Cannot send DICOM to remote peer: locked"):
        client.post_peers_id_store_straight("locked", to_bytes(world.tree.datasets[0]))
    with pytest.raises(ServerError, match="This HTTP status is not allowed in a REST API") as refused:
        client.get_peers_id_system("locked")
    assert refused.value.orthanc_status == 2005
    client.delete_peers_id("locked")


def test_peer_that_is_down(world: World) -> None:
    client = world.client
    client.put_peers_id("down", [f"http://127.0.0.1:{closed_port()}"])
    for call in (
        lambda: client.get_peers_id_system("down"),
        lambda: client.post_peers_id_store("down", [world.tree.study]),
    ):
        with pytest.raises(NetworkProtocolError, match="libCURL error: Could") as caught:
            call()
        assert caught.value.orthanc_status == 9
    client.delete_peers_id("down")
