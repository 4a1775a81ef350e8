"""What real servers answer becomes the right model, and the model has all that they have answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from orthanc_sdk import Orthanc, models
from orthanc_sdk.http.raw import raw_response
from orthanc_sdk.testing import LocalOrthanc
from tests.live.network import closed_port, on_partner, silent_modality, worklist_server
from tests.live.waiting import ended, eventually, succeeded
from tests.live.world import VERSIONS, World, new_study, upload

IMPLICIT = "1.2.840.10008.1.2"


@pytest.fixture(params=VERSIONS)
def world(request: pytest.FixtureRequest, shared_world: Callable[[str], World]) -> World:
    return shared_world(request.param)


def dumped(value: object) -> Any:  # Any: the JSON of it
    """The JSON of a model, or of models in a list or dict, as Orthanc writes it."""
    return TypeAdapter(object).dump_python(value, mode="json", by_alias=True, exclude_unset=True)


def check_job(client: Orthanc, id_: str, type_: str, content: type[object]) -> models.JobInfo:
    """A job that has ended is of that type, and nothing of it is lost."""
    job = client.get_jobs_id(id_)
    raw: dict[str, Any] = client.request("GET", f"/jobs/{id_}").json()
    assert (job.type, type(job.content)) == (type_, content)
    assert without_timestamp(job.model_dump(mode="json", by_alias=True, exclude_unset=True)) == without_timestamp(raw)
    assert not job.model_extra
    for key, value in raw["Content"].items():
        assert key in job.content
        assert dumped(job.content)[key] == value
        # Numbers in strings are numbers.
        assert dumped(job.content[key]) in (value, int(value) if str(value).isdigit() else value)
    assert "Nonsense" not in job.content
    with pytest.raises(KeyError, match="Nonsense"):
        job.content["Nonsense"]

    (listed,) = (other for other in client.get_jobs(expand=True) if other.id == id_)
    assert without_timestamp(dumped(listed)) == without_timestamp(raw)
    parsed = models.JobInfo.model_validate(raw)
    assert (parsed.content, parsed.error_payload) == (job.content, job.error_payload)
    assert type(parsed.content) is content
    assert type(parsed.error_payload) is type(job.error_payload)
    return job


def without_timestamp(job: Mapping[str, Any]) -> dict[str, Any]:
    """The time of asking is another one each time."""
    assert job["Timestamp"]
    return {key: value for key, value in job.items() if key != "Timestamp"}


# -- Jobs that make something -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["Archive", "Media"])
@pytest.mark.parametrize("transcode", [None, IMPLICIT])
def test_archive(world: World, type_: str, transcode: str | None) -> None:
    client, tree = world.client, world.tree
    create = client.post_tools_create_archive if type_ == "Archive" else client.post_tools_create_media
    options = {} if transcode is None else {"Transcode": transcode, "UserData": "mine"}
    job = succeeded(client, create({"Resources": [tree.study], "Asynchronous": True, **options}))
    content = check_job(client, job.id, type_, models.ArchiveContent).content
    assert isinstance(content, models.ArchiveContent)
    assert (content["InstancesCount"], content.transcode) == (4, transcode)
    assert (content.lossy_quality is not None) == (transcode is not None and world.at_least("1.13.0"))


@pytest.mark.parametrize("level", ["patients", "studies", "series"])
@pytest.mark.parametrize("verb", ["modify", "anonymize"])
def test_modification_of_one(world: World, verb: str, level: str) -> None:
    client, tree = world.client, world.new_tree(series=2)
    replaced = {"PatientID": f"new-{tree.datasets[0].PatientID}"} if level == "patients" else {"StationName": "x"}
    request = {"Asynchronous": True, "Force": True, "Replace": replaced}
    job = succeeded(client, getattr(client, f"post_{level}_id_{verb}")(tree.id_of(level), request))
    content = check_job(client, job.id, "ResourceModification", models.ResourceModificationContent).content
    assert isinstance(content, models.ResourceModificationContent)
    assert content.is_anonymization == (verb == "anonymize")
    made = content["ID"]
    assert (content.id, content.path) == (made, f"/{level}/{made}")
    assert getattr(client, f"get_{level}_id")(made).type == content.type
    assert content["PatientID"] in client.get_patients()


@pytest.mark.parametrize("verb", ["modify", "anonymize"])
@pytest.mark.parametrize("count", [0, 2])
def test_modification_of_many(world: World, verb: str, count: int) -> None:
    client = world.client
    trees = [world.new_tree() for _ in range(count)]
    request = {"Resources": [tree.study for tree in trees], "Asynchronous": True, "Replace": {"StationName": "x"}}
    job = succeeded(client, getattr(client, f"post_tools_bulk_{verb}")(request))
    content = check_job(client, job.id, "ResourceModification", models.BulkModificationContent).content
    assert isinstance(content, models.BulkModificationContent)
    assert [resource.type for resource in content.resources].count("Instance") == count
    assert "ID" not in content


def test_merge(world: World) -> None:
    client, target, source = world.client, world.new_tree(), world.new_tree()
    request = {"Resources": [source.study], "Asynchronous": True}
    job = succeeded(client, client.post_studies_id_merge(target.study, request))
    content = check_job(client, job.id, "MergeStudy", models.MergeStudyContent).content
    assert (content["TargetStudy"], content["InstancesCount"]) == (target.study, 1)


def test_split(world: World) -> None:
    client, tree = world.client, world.new_tree(series=2)
    request = {"Series": [tree.series[0]], "Asynchronous": True}
    job = succeeded(client, client.post_studies_id_split(tree.study, request))
    content = check_job(client, job.id, "SplitStudy", models.SplitStudyContent).content
    assert isinstance(content, models.SplitStudyContent)
    assert client.get_studies_id(content["TargetStudy"]).main_dicom_tags["StudyInstanceUID"] == content.target_study_uid


# -- Jobs of the network ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("commitment", [False, True])
def test_store(world: World, commitment: bool) -> None:
    client, tree = world.client, world.tree
    request = {
        "Resources": [tree.study],
        "Asynchronous": True,
        "StorageCommitment": commitment,
        "MoveOriginatorAet": "MOVER",
        "MoveOriginatorID": 7,
    }
    job = succeeded(client, client.post_modalities_id_store("partner", request))
    content = check_job(client, job.id, "DicomModalityStore", models.DicomModalityStoreContent).content
    assert isinstance(content, models.DicomModalityStoreContent)
    assert (content.move_originator_aet, content["MoveOriginatorID"]) == ("MOVER", 7)
    assert (content.storage_commitment_transaction_uid is not None) == commitment


@pytest.mark.parametrize("headers", [{}, {"X-Site": "here"}])
def test_peer_store(world: World, headers: Mapping[str, str]) -> None:
    client = world.client
    client.put_peers_id("jobs", {**world.partner.peer_configuration(), "HttpHeaders": headers})
    request = {"Resources": [world.tree.study], "Asynchronous": True, "Transcode": IMPLICIT}
    job = succeeded(client, client.post_peers_id_store("jobs", request))
    content = check_job(client, job.id, "OrthancPeerStore", models.OrthancPeerStoreContent).content
    assert isinstance(content, models.OrthancPeerStoreContent)
    assert isinstance(content.peer, models.PeerUse if headers else list)
    assert content.size == content["Size"] > 0
    client.delete_peers_id("jobs")


@pytest.mark.parametrize("flag", ["Simplify", "Short", "Full"])
def test_move(world: World, flag: str) -> None:
    client, tree = world.client, on_partner(world)
    uid = str(tree.datasets[0].StudyInstanceUID)
    query = client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"StudyInstanceUID": uid}})
    job = succeeded(client, client.post_queries_id_retrieve(query.id, {"Asynchronous": True, flag: True}))
    content = check_job(client, job.id, "DicomMoveScu", models.DicomMoveScuContent).content
    assert isinstance(content, models.DicomMoveScuContent)
    assert "StudyInstanceUID" in content.query[0] if flag == "Simplify" else "0020,000d" in content.query[0]
    assert isinstance(content["Query"][0].get("0020,000d"), models.DicomTag) == (flag == "Full")


@pytest.mark.parametrize("version", ["1.12", "1.13"])
def test_get(version: str, shared_world: Callable[[str], World]) -> None:
    world = shared_world(version)
    client, tree = world.client, on_partner(world)
    resource = {"StudyInstanceUID": str(tree.datasets[0].StudyInstanceUID)}
    request = {"Level": "Study", "Resources": [resource], "Asynchronous": True}
    job = succeeded(client, client.post_modalities_id_get("partner", request))
    content = check_job(client, job.id, "DicomGetScu", models.DicomGetScuContent).content
    assert content["Query"][0]["0020,000d"] == resource["StudyInstanceUID"]


def test_storage_commitment(world: World) -> None:
    client, partner = world.client, world.partner.client
    reference = client.post_modalities_id_storage_commitment("partner", {"Resources": [world.tree.instances[0]]})

    def find() -> models.JobInfo | None:
        jobs = (job for job in partner.get_jobs(expand=True) if job.type == "StorageCommitmentScp")
        return next((job for job in jobs if job.content["TransactionUid"] == reference.id), None)

    found = eventually(find)
    eventually(lambda: partner.get_jobs_id(found.id).state == "Success")
    content = check_job(partner, found.id, "StorageCommitmentScp", models.StorageCommitmentScpContent).content
    assert (content["CalledAet"], content["RemoteAet"]) == ("PARTNER", "WORLD")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_script_asks_for(version: str, own_world: Callable[[str], World]) -> None:
    world = own_world(version)
    world.client.post_tools_execute_script(
        "function OnStoredInstance(id, tags, metadata) SendToModality(id, 'partner') end"
    )
    tree = world.new_tree()
    eventually(lambda: world.partner.client.get_studies() == [tree.study])
    (job,) = world.client.get_jobs(expand=True)
    eventually(lambda: world.client.get_jobs_id(job.id).state == "Success")
    content = check_job(world.client, job.id, "SequenceOfOperations", models.SequenceOfOperationsContent).content
    assert (content["Description"], content["CountOperations"]) == ("Lua", 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_job_of_a_plugin(version: str) -> None:
    with LocalOrthanc(version, plugins=["dicom-web"]) as server:
        client = server.client
        tree = upload(client, new_study())
        own = {"Url": server.url + "/dicom-web/", "Username": server.username, "Password": server.password}
        client.request("PUT", "/dicom-web/servers/self", json=own)
        answer = client.request(
            "POST", "/dicom-web/servers/self/stow", json={"Resources": [tree.study], "Synchronous": False}
        ).json()
        # The path that the plugin tells is relative to its own.
        reference = models.JobReference(id=answer["ID"], path=f"/jobs/{answer['ID']}")
        job = succeeded(client, reference)
        content = check_job(client, job.id, "DicomWebStowClient", models.PluginJobContent).content
        assert content["InstancesCount"] == "1"


# -- Jobs that fail ---------------------------------------------------------------------------------------------------


def _failed(client: Orthanc, answer: object, code: int, details: str) -> models.JobInfo:
    job = ended(client, answer)
    assert (job.state, job.error_code) == ("Failure", code)
    assert details in job.error_details
    assert job.completion_time is not None
    return job


def test_store_that_fails(world: World) -> None:
    client = world.client
    client.put_modalities_id("down", ["DOWN", "127.0.0.1", closed_port()])
    answer = client.post_modalities_id_store("down", {"Resources": [world.tree.study], "Asynchronous": True})
    job = _failed(client, answer, 9, 'connecting to AET "DOWN"')
    check_job(client, job.id, "DicomModalityStore", models.DicomModalityStoreContent)
    client.delete_modalities_id("down")


def test_move_that_fails(world: World) -> None:
    client, tree = world.client, on_partner(world)
    uid = str(tree.datasets[0].StudyInstanceUID)
    query = client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"StudyInstanceUID": uid}})
    answer = client.post_queries_id_retrieve(query.id, {"Asynchronous": True, "TargetAet": "NOBODY"})
    failed = _failed(client, answer, 9, "DIMSE status 0xC000")
    job = check_job(client, failed.id, "DicomMoveScu", models.DicomMoveScuContent)
    payload = models.DimsePayload(type="Dimse", content=models.DimseErrorContent(dimse_error_status=0xC000))
    assert job.error_payload == (payload if world.at_least("1.12.10") else None)
    assert job["Content"]["RemoteAet"] == "PARTNER"


def test_media_that_fails(world: World) -> None:
    client = world.client
    # A DICOMDIR needs a patient's identifier that this one lacks.
    answer = client.post_tools_create_dicom({"Tags": {"PatientName": "No^Image"}})
    assert isinstance(answer, models.UploadedInstance)
    reference = client.post_tools_create_media({"Resources": [answer.parent_study], "Asynchronous": True})
    job = ended(client, reference)
    assert job.state == "Failure"
    assert job.error_code != 0
    check_job(client, job.id, "Media", models.ArchiveContent)


@pytest.mark.parametrize("version", VERSIONS)
def test_modification_that_makes_nothing(version: str, own_world: Callable[[str], World]) -> None:
    """Where the result is missing, the content is that of a modification nevertheless."""
    world = own_world(version)
    client, tree = world.client, world.new_tree()
    with silent_modality(world) as name:
        # Two jobs are all that run at a time, so that the third one waits until it is cancelled.
        for _ in range(2):
            client.post_modalities_id_store(name, {"Resources": [tree.study], "Asynchronous": True})
        requests: list[tuple[str, object, type[object]]] = [
            (
                "ResourceModification",
                client.post_studies_id_modify(tree.study, {"Replace": {"StudyID": "x"}, "Asynchronous": True}),
                models.ResourceModificationContent,
            ),
            (
                "ResourceModification",
                client.post_tools_bulk_modify(
                    {"Resources": [tree.study], "Replace": {"StudyID": "x"}, "Asynchronous": True}
                ),
                models.BulkModificationContent,
            ),
            (
                "SplitStudy",
                client.post_studies_id_split(tree.study, {"Series": list(tree.series), "Asynchronous": True}),
                models.SplitStudyContent,
            ),
            (
                "Archive",
                client.post_tools_create_archive({"Resources": [tree.study], "Asynchronous": True}),
                models.ArchiveContent,
            ),
        ]
        for type_, reference, content in requests:
            assert isinstance(reference, models.JobReference)
            waiting = check_job(client, reference.id, type_, content)
            assert (waiting.state, waiting.completion_time, waiting.progress) == ("Pending", None, 0)
            client.post_jobs_id_cancel(reference.id)
            job = _failed(client, reference, 37, "")
            check_job(client, job.id, type_, content)
            assert "ID" not in job.content


# -- Other answers ----------------------------------------------------------------------------------------------------


def test_answers_dump_back_as_they_came(world: World) -> None:
    client, tree = world.client, world.tree
    client.post_modalities_id_store("partner", [tree.study])
    client.put_peers_id("other", {"Url": "http://192.0.2.1", "HttpHeaders": {"X-Site": "here"}, "Colour": "blue"})
    uid = str(tree.datasets[0].StudyInstanceUID)
    query = client.post_modalities_id_query(
        "partner", {"Level": "Study", "Query": {"StudyInstanceUID": uid, "StudyDescription": "", "PatientName": ""}}
    )
    resources = [tree.patient, tree.study, *tree.series, *tree.instances]
    commitment = client.post_modalities_id_storage_commitment("partner", {"Resources": [tree.study]})
    eventually(lambda: client.get_storage_commitment_id(commitment.id).status == "Success")
    failed = client.post_modalities_id_storage_commitment("partner", {"DicomInstances": [["1.2", "1.3"]]})
    eventually(lambda: client.get_storage_commitment_id(failed.id).status == "Failure")
    found = {"Level": "Study", "Query": {"StudyInstanceUID": uid}}
    calls: list[tuple[Callable[..., object], tuple[object, ...], dict[str, Any]]] = [
        (client.get_system, (), {}),
        (client.get_statistics, (), {}),
        (client.get_changes, (), {"limit": 20}),
        (client.get_exports, (), {"limit": 20}),
        (client.get_modalities, (), {"expand": True}),
        (client.get_peers, (), {"expand": True}),
        (client.get_peers_id_system, ("partner",), {}),
        (client.get_storage_commitment_id, (commitment.id,), {}),
        (client.get_storage_commitment_id, (failed.id,), {}),
        (client.get_queries_id_query, (query.id,), {}),
        (client.get_queries_id_answers, (query.id,), {"expand": True}),
        (client.get_queries_id_answers, (query.id,), {"expand": True, "short": True}),
        (client.get_queries_id_answers_index_content, (query.id, 0), {"simplify": True}),
        (client.post_modalities_id_find, ("partner", {"PatientID": tree.datasets[0].PatientID}), {}),
        (client.post_tools_lookup, (uid,), {}),
        (client.post_tools_bulk_content, ({"Resources": resources},), {}),
        (client.post_tools_bulk_content, ({"Resources": resources, "Full": True},), {}),
        (client.post_tools_bulk_content, ({"Resources": resources, "Short": True, "Metadata": False},), {}),
        (client.post_tools_find, ({**found, "Expand": True},), {}),
        (client.post_tools_find, ({**found, "Expand": True, "Full": True, "RequestedTags": ["PatientName"]},), {}),
    ]
    if world.at_least("1.12.5"):
        parts = ["MainDicomTags", "Metadata", "Children", "Parent", "Labels", "IsStable", "Attachments"]
        calls.append((client.post_tools_find, ({**found, "ResponseContent": parts},), {}))
        calls.append((client.post_tools_count_resources, (found,), {}))
    # From then on nothing changes by itself.
    eventually(lambda: all(study.is_stable for study in client.get_studies(expand=True)))
    for method, positional, keywords in calls:
        raw = raw_response(method, *positional, **keywords).json()
        assert raw
        assert dumped(method(*positional, **keywords)) == raw, method
    client.delete_peers_id("other")


def test_plugins_dump_back_as_they_came(world: World) -> None:
    with worklist_server(world) as server:
        for name in ("worklists", "dicom-web"):
            raw = raw_response(server.client.get_plugins_id, name).json()
            assert dumped(server.client.get_plugins_id(name)) == raw
