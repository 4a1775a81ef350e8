"""C-MOVE, C-GET and C-STORE."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_type

import pytest

from orthanc_sdk import (
    InvalidArgument,
    Job,
    JobFailed,
    Modality,
    NetworkProtocolError,
    NotFound,
    NotSupportedByServer,
    OrthancHTTPError,
    Query,
    Series,
    Study,
    UnknownDicomTag,
    dimse_status,
    models,
)
from orthanc_sdk.testing import to_bytes
from tests.live.network import holds, on_partner
from tests.live.world import Tree, World, new_study
from tests.networking.helpers import counted, defined, down


def queried(modality: Modality, tree: Tree, level: models.LevelName = "Study") -> Query:
    return modality.query(level=level, query={"PatientID": str(tree.datasets[0].PatientID)})


def study_of(tree: Tree) -> dict[str, str]:
    return {"StudyInstanceUID": str(tree.datasets[0].StudyInstanceUID)}


def series_of(tree: Tree, number: int) -> dict[str, str]:
    return {**study_of(tree), "SeriesInstanceUID": str(tree.datasets[number].SeriesInstanceUID)}


# ---------------------------------------------------------------------------------------------------------------------
# C-MOVE
# ---------------------------------------------------------------------------------------------------------------------


def test_move_what_was_found(world: World, modality: Modality) -> None:
    calls: list[Callable[[Query], models.DicomMoveScuContent]] = [
        lambda r: modality.move(r["ID"], {"TargetAet": "WORLD"}),
        lambda r: modality.move(r, models.RetrieveRequest(target_aet="WORLD", synchronous=True)),
        lambda r: modality.move(r, "WORLD"),
        lambda r: modality.move(r, target_aet="WORLD", timeout=5, priority=1, permissive=True, user_data="mine"),
        lambda r: modality.move(r),
        lambda r: modality.move(r[0]),
        lambda r: r.retrieve(),
        lambda r: r[0].retrieve(target_aet="WORLD"),
    ]
    for call in calls:
        tree = on_partner(world, series=2)
        with queried(modality, tree) as r:
            content = call(r)
        assert isinstance(content, models.DicomMoveScuContent)
        assert (content.local_aet, content.remote_aet) == ("WORLD", "PARTNER")
        assert content.query[0]["0020,000d"] == tree.datasets[0].StudyInstanceUID
        assert holds(world.client, tree)
        if world.at_least("1.12.10"):
            assert content.details is not None
            assert sorted(content.details[0].received_instances_ids) == sorted(tree.instances)


def test_move_of_one_answer(world: World, modality: Modality) -> None:
    tree = on_partner(world, series=2)
    with queried(modality, tree, "Series") as query:
        assert len(query) == 2
        query[1].retrieve()
        (series,) = Study(tree.study, world.client).series
        assert series.uid == query[1].identifiers["SeriesInstanceUID"]


def test_move_to_somebody_else(world: World, modality: Modality) -> None:
    """To a third one, known to the partner by another title."""
    world.partner.client.put_modalities_id("alias", {**world.server.modality_configuration(), "AET": "ALIAS"})
    one, two = on_partner(world), on_partner(world)
    with queried(modality, one) as query:
        modality.move(query, {"TargetAet": "ALIAS"})
    modality.move_resources("Study", study_of(two), target_aet="ALIAS", local_aet="WORLD")
    metadata = [world.client.get_instances_id_metadata(tree.instances[0], expand=True) for tree in (one, two)]
    assert [known["CalledAET"] for known in metadata] == ["ALIAS", "ALIAS"]


def test_move_as_job(world: World, modality: Modality) -> None:
    tree = on_partner(world, series=2)
    with queried(modality, tree) as query:
        job = modality.move_as_job(query, priority=3)
        assert_type(job, Job[models.DicomMoveScuContent, models.DicomMoveScuContent])
        content = job.result()
        assert_type(content, models.DicomMoveScuContent)
        assert content.query[0]["0020,000d"] == tree.datasets[0].StudyInstanceUID
        assert (job.type, job.priority, job.state) == ("DicomMoveScu", 3, "Success")
        assert holds(world.client, tree)
        assert query[0].retrieve_as_job().result().remote_aet == "PARTNER"
        assert query.retrieve_as_job().result().remote_aet == "PARTNER"


def test_nothing_found_is_nothing_moved(modality: Modality) -> None:
    with modality.query(level="Study", query={"PatientID": "nobody"}) as query:
        assert query.retrieve().query == []
    assert modality.move_resources("Study", []).query == []


def test_move_resources(world: World, modality: Modality) -> None:
    one, two, three, four = (on_partner(world, series=2) for _ in range(4))
    content = modality.move_resources("Study", [study_of(one), {"0020,000d": study_of(two)["StudyInstanceUID"]}])
    assert_type(content, models.DicomMoveScuContent)
    assert (content.local_aet, content.remote_aet) == ("WORLD", "PARTNER")
    assert content.target_aet in ("WORLD", None)
    assert len(content.query) == 2
    assert holds(world.client, one)
    assert holds(world.client, two)

    modality.move_resources("Study", study_of(three)["StudyInstanceUID"])
    assert holds(world.client, three)

    with queried(modality, four, "Series") as query:
        modality.move_resources("Series", query[0], timeout=5)
    (series,) = Study(four.study, world.client).series
    assert series.uid == query[0].identifiers["SeriesInstanceUID"]
    modality.move_resources("Patient", str(four.datasets[0].PatientID))
    assert holds(world.client, four)


def test_move_resources_as_job(world: World, modality: Modality) -> None:
    tree = on_partner(world)
    if not world.at_least("1.11.1"):
        with pytest.raises(NotSupportedByServer, match=r"1\.11\.1"):
            modality.move_resources_as_job("Study", study_of(tree))
        assert not holds(world.client, tree)
        return
    job = modality.move_resources_as_job("Study", study_of(tree))
    assert_type(job, Job[models.DicomMoveScuContent, models.DicomMoveScuContent])
    assert job.result().target_aet == "WORLD"
    assert holds(world.client, tree)


def test_one_is_identified_completely(modality: Modality, world: World) -> None:
    with counted(world.client) as sent:
        mistakes: list[Callable[[], object]] = [
            lambda: modality.move_resources("Series", "1.2.3"),
            lambda: modality.move_resources("Study", ""),
            lambda: modality.move_resources("Study", {"StudyInstanceUID": ""}),
            lambda: modality.move_resources("Exam", "1.2"),  # type: ignore[arg-type]  # that is the test
            lambda: modality.get("Study", None),  # type: ignore[call-overload]  # that is the test
            lambda: modality.get("Study"),  # type: ignore[call-overload]  # that is the test
        ]
        for mistake in mistakes:
            with pytest.raises(InvalidArgument):
                mistake()
        assert sent == []
    with pytest.raises(UnknownDicomTag):
        modality.move_resources("Study", {"StudyUid": "1.2.3"})
    with queried(modality, on_partner(world)) as query:
        with pytest.raises(InvalidArgument, match="no SeriesInstanceUID"):
            modality.move_resources("Series", query[0])
        with pytest.raises(InvalidArgument, match="_as_job"):
            modality.move(query, {"Asynchronous": True})
        with pytest.raises(InvalidArgument, match=r"Modality\.get"):
            modality.move(query, {"RetrieveMethod": "C-GET"})
        with pytest.raises(InvalidArgument, match="TargetAET"):
            modality.move(query, {"TargetAET": "WORLD"})
        with pytest.raises(InvalidArgument, match="answered by partner"):
            Modality(world.client, "other").move(query)


def refusals(modality: Modality, tree: Tree, query: Query) -> list[tuple[Callable[[], object], str]]:
    return [
        (lambda: modality.move(query, target_aet="NOBODY"), "POST /queries/{id}/retrieve"),
        (lambda: query[0].retrieve("NOBODY"), "POST /queries/{id}/answers/{index}/retrieve"),
        (lambda: modality.move_resources("Study", study_of(tree), target_aet="NOBODY"), "POST /modalities/{id}/move"),
        (lambda: modality.move_resources("Study", "1.2.3"), "POST /modalities/{id}/move"),
    ]


def test_refused_moves(world: World, modality: Modality) -> None:
    """An unknown target and an unknown study; the DIMSE status is there."""
    tree = on_partner(world)
    with queried(modality, tree) as query:
        for refused, route in refusals(modality, tree, query):
            with pytest.raises(NetworkProtocolError, match="failed with DIMSE status 0xC000") as caught:
                refused()
            error = caught.value
            assert dimse_status(error) == 0xC000
            assert error.route == route
            assert (error.status, error.orthanc_status) in ((500, 9), (422, 9))
            if world.at_least("1.12.10"):
                assert error.dimse_status == 0xC000
                assert error.info is not None
                assert isinstance(error.info.error_payload, models.RetrievePayload)
                assert error.info.error_payload.content[0].dimse_error_status == 0xC000
            else:
                assert error.dimse_status is None
    assert not holds(world.client, tree)


def test_the_error_is_the_one_of_the_route(world: World, modality: Modality) -> None:
    """Whether it was a job or not."""
    with queried(modality, on_partner(world)) as query:
        with pytest.raises(NetworkProtocolError) as by_job:
            query.retrieve("NOBODY")
        with pytest.raises(NetworkProtocolError) as by_route:
            world.client.post_queries_id_retrieve(query.id, {"TargetAet": "NOBODY", "RetrieveMethod": "C-MOVE"})
    assert isinstance(by_job.value.__cause__, JobFailed)
    for name in ("status", "orthanc_status", "message", "details", "payload", "dimse_status", "route", "method"):
        assert getattr(by_job.value, name) == getattr(by_route.value, name), name
    assert by_job.value.uri == f"/jobs/{by_job.value.__cause__.job_id}"


def test_refused_job(world: World, modality: Modality) -> None:
    with queried(modality, on_partner(world)) as query:
        job = query.retrieve_as_job("NOBODY")
        with pytest.raises(JobFailed) as caught:
            job.result()
    assert dimse_status(caught.value) == 0xC000
    assert caught.value.error_code == 9
    assert caught.value.details is not None
    assert "0xC000" in caught.value.details


def test_modality_down(world: World, modality: Modality) -> None:
    with down(world) as name:
        unreachable = Modality(world.client, name)
        calls: list[Callable[[], object]] = [
            lambda: unreachable.move_resources("Study", "1.2.3"),
            lambda: unreachable.store(world.tree.study),
            lambda: unreachable.store_file(to_bytes(world.tree.datasets[0])),
            lambda: unreachable.request_storage_commitment(world.tree.study),
        ]
        if world.at_least("1.12.10"):  # before, C-GET looks like a success
            calls.append(lambda: unreachable.get("Study", "1.2.3"))
        for call in calls:
            with pytest.raises(NetworkProtocolError, match='connecting to AET "DOWN": TCP Initialization') as caught:
                call()
            assert dimse_status(caught.value) is None
    with pytest.raises(NotFound):
        modality.move("4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f")
    with pytest.raises(NotFound):
        Modality(world.client, "nobody").move_resources("Study", "1.2.3")


def test_other_failures_of_jobs_stay_what_they_are(world: World) -> None:
    """A transfer that somebody cancels has not failed on the network."""
    with defined(world, "slow", Port=world.partner.dicom_port) as name:
        job = Modality(world.client, name).store_as_job([world.new_tree(series=3, instances=30).study], priority=-1)
        job.cancel()
        with pytest.raises(JobFailed) as caught:
            job.result()
    assert dimse_status(caught.value) is None
    assert caught.value.error_code == 37


# ---------------------------------------------------------------------------------------------------------------------
# C-GET
# ---------------------------------------------------------------------------------------------------------------------


def test_get(world: World, modality: Modality) -> None:
    one, two, three, four = (on_partner(world, series=2) for _ in range(4))
    if not world.at_least("1.12.6"):
        with pytest.raises(NotSupportedByServer, match=r"1\.12\.6"):
            modality.get("Study", study_of(one))
        return
    content = modality.get("Study", [study_of(one)])
    assert_type(content, models.DicomGetScuContent)
    assert content.query[0]["0020,000d"] == study_of(one)["StudyInstanceUID"]
    assert holds(world.client, one)

    modality.get("Series", series_of(two, 0), local_aet="GETTER", timeout=5)
    assert not holds(world.client, two)
    (series,) = Study(two.study, world.client).series
    assert series.uid == series_of(two, 0)["SeriesInstanceUID"]
    job = modality.get_as_job("Series", [series_of(two, 1)])
    assert_type(job, Job[models.DicomGetScuContent, models.DicomGetScuContent])
    assert job.result().remote_aet == "PARTNER"
    assert holds(world.client, two)

    with queried(modality, three) as query:
        assert_type(modality.get(query), models.DicomGetScuContent)
        assert holds(world.client, three)
    with queried(modality, four, "Series") as query:
        modality.get_as_job(query[1]).result()
        (series,) = Study(four.study, world.client).series
        assert series.uid == query[1].identifiers["SeriesInstanceUID"]


@pytest.mark.parametrize("world", ["1.12", "1.13"], indirect=True)
def test_get_of_an_answer_fetches_nothing_else(world: World, modality: Modality) -> None:
    """An answer without accession number: Orthanc's own retrieval by C-GET would fetch others without one, too."""
    wanted, other = on_partner(world, AccessionNumber=""), on_partner(world, AccessionNumber="")
    with queried(modality, wanted) as query:
        assert query[0].get("AccessionNumber") in ("", None)
        modality.get(query[0])
    assert holds(world.client, wanted)
    assert not holds(world.client, other)


@pytest.mark.parametrize("world", ["1.13"], indirect=True)
@pytest.mark.usefixtures("world")
def test_refused_get(modality: Modality) -> None:
    with pytest.raises(NetworkProtocolError) as caught:
        modality.get("Study", "1.2.3")
    assert dimse_status(caught.value) == caught.value.dimse_status == 0xC000
    assert caught.value.route == "POST /modalities/{id}/get"


# ---------------------------------------------------------------------------------------------------------------------
# C-STORE
# ---------------------------------------------------------------------------------------------------------------------


def test_store(world: World, modality: Modality) -> None:
    client, there = world.client, world.partner.client
    one, two, three, four = (world.new_tree(series=2) for _ in range(4))
    content = modality.store(one.study)
    assert_type(content, models.DicomModalityStoreContent)
    assert (content.instances_count, content.remote_aet) == (2, "PARTNER")
    assert holds(there, one)
    modality.store(Study(two.study, client))
    assert holds(there, two)
    modality.store([Series(three.series[0], client), three.series[1]], local_aet="SENDER", priority=1, timeout=5)
    assert holds(there, three)
    assert there.get_instances_id_metadata(three.instances[0], expand=True)["RemoteAET"] == "SENDER"
    job = modality.store_as_job((series for series in four.series), move_originator_aet="X", move_originator_id=7)
    assert_type(job, Job[models.DicomModalityStoreContent, models.DicomModalityStoreContent])
    assert (job.result().move_originator_aet, job.result().move_originator_id) == ("X", 7)
    assert holds(there, four)
    assert modality.store([]).instances_count == 0
    with pytest.raises(OrthancHTTPError):
        modality.store("00000000-00000000-00000000-00000000-00000000")


def test_store_elsewhere(world: World) -> None:
    tree = world.new_tree()
    with down(world) as name:
        modality = Modality(world.client, name)
        if world.at_least("1.11.3"):
            elsewhere = modality.store(
                tree.study, called_aet="PARTNER", host="127.0.0.1", port=world.partner.dicom_port
            )
            assert elsewhere.remote_aet == "PARTNER"
            assert holds(world.partner.client, tree)
        else:
            with pytest.raises(NotSupportedByServer, match=r"1\.11\.3"):
                modality.store(tree.study, host="127.0.0.1")


def test_store_of_a_file(world: World, modality: Modality) -> None:
    (dataset,) = new_study()
    result = modality.store_file(to_bytes(dataset))
    assert_type(result, models.StoreStraightResult)
    assert result.sop_instance_uid == dataset.SOPInstanceUID
    assert len(world.partner.client.post_tools_lookup(dataset.SOPInstanceUID)) == 1
    assert world.client.post_tools_lookup(dataset.SOPInstanceUID) == []


@pytest.mark.parametrize("world", ["1.12", "1.13"], indirect=True)
def test_refused_store(world: World) -> None:
    """The partner's storage is full."""
    from orthanc_sdk.testing import LocalOrthanc

    config = {"MaximumPatientCount": 1, "MaximumStorageMode": "Reject"}
    with LocalOrthanc(world.version, dicom_aet="FULL", config=config) as full:
        full.client.post_instances(to_bytes(new_study()[0]))
        with defined(world, "full", AET="FULL", Port=full.dicom_port) as name:
            with pytest.raises(NetworkProtocolError, match="0xA700") as caught:
                Modality(world.client, name).store(world.tree.study)
            assert dimse_status(caught.value) == 0xA700
            assert caught.value.dimse_status == (0xA700 if world.at_least("1.12.10") else None)
            assert caught.value.route == "POST /modalities/{id}/store"


def test_a_transfer_outlasts_the_timeout_of_http(world: World) -> None:
    """The job is asked for; no single request lasts as long as the transfer."""
    impatient = Modality(world.client.with_options(timeout=(5, 5)), "partner")
    tree = on_partner(world, series=3, instances=20)
    with counted(world.client) as sent, queried(impatient, tree) as query:
        query.retrieve()
    assert holds(world.client, tree)
    assert any(request.startswith("GET /jobs/") for request in sent)
    assert sent.count(f"POST /queries/{query.id}/retrieve") == 1
