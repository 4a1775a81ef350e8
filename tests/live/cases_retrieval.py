"""The cases of searching a modality and fetching from it directly: /modalities/{id}/find..., query, move, get."""

from __future__ import annotations

import pytest

from orthanc_sdk import BadRequest, NetworkProtocolError, NotFound, UnknownDicomTag, models
from tests.live.network import WORKLIST_PATIENT, holds, on_partner, worklist_server
from tests.live.registry import operation
from tests.live.waiting import succeeded
from tests.live.world import World

# ---------------------------------------------------------------------------------------------------------------------
# C-FIND
# ---------------------------------------------------------------------------------------------------------------------


@operation("post_modalities_id_find_patient")
def _(world: World) -> None:
    dataset = on_partner(world).datasets[0]
    (patient,) = world.client.post_modalities_id_find_patient("partner", {"PatientID": dataset.PatientID})
    assert patient["PatientID"] == dataset.PatientID
    assert patient["PatientName"] == "Doe^Jane"
    assert patient["PatientBirthDate"] == dataset.PatientBirthDate
    assert world.client.post_modalities_id_find_patient("partner", {"0010,0020": "no such patient"}) == []


@operation("post_modalities_id_find_study")
def _(world: World) -> None:
    dataset = on_partner(world, series=2).datasets[0]
    (study,) = world.client.post_modalities_id_find_study("partner", {"PatientID": dataset.PatientID})
    assert study["StudyInstanceUID"] == dataset.StudyInstanceUID
    assert (study["StudyDate"], study["StudyDescription"]) == (dataset.StudyDate, "Study 1")
    with pytest.raises(BadRequest):
        world.client.post_modalities_id_find_study("partner", {"PatientName": "*"})


@operation("post_modalities_id_find_series")
def _(world: World) -> None:
    tree = on_partner(world, series=2)
    above = {
        "PatientID": tree.datasets[0].PatientID,
        "StudyInstanceUID": tree.datasets[0].StudyInstanceUID,
    }
    found = world.client.post_modalities_id_find_series("partner", above)
    assert {(series["SeriesInstanceUID"], series["Modality"]) for series in found} == {
        (dataset.SeriesInstanceUID, dataset.Modality) for dataset in tree.datasets
    }
    (ct,) = world.client.post_modalities_id_find_series("partner", {**above, "Modality": "CT"})
    assert ct["SeriesDescription"] == "Series 2"


@operation("post_modalities_id_find_instance")
def _(world: World) -> None:
    tree = on_partner(world, instances=3)
    above = {
        "PatientID": tree.datasets[0].PatientID,
        "StudyInstanceUID": tree.datasets[0].StudyInstanceUID,
        "SeriesInstanceUID": tree.datasets[0].SeriesInstanceUID,
    }
    found = world.client.post_modalities_id_find_instance("partner", above)
    assert {(instance["SOPInstanceUID"], instance["InstanceNumber"]) for instance in found} == {
        (dataset.SOPInstanceUID, str(dataset.InstanceNumber)) for dataset in tree.datasets
    }


@operation("post_modalities_id_find")
def _(world: World) -> None:
    tree = on_partner(world, series=2)
    (patient,) = world.client.post_modalities_id_find("partner", {"PatientID": tree.datasets[0].PatientID})
    assert patient["PatientID"] == tree.datasets[0].PatientID
    studies = patient["Studies"]
    assert isinstance(studies, list)
    (study,) = studies
    assert study["StudyInstanceUID"] == tree.datasets[0].StudyInstanceUID
    series = study["Series"]
    assert isinstance(series, list)
    assert {one["SeriesInstanceUID"] for one in series} == {dataset.SeriesInstanceUID for dataset in tree.datasets}
    with pytest.raises(NotFound):
        world.client.post_modalities_id_find("nobody", {"PatientID": "x"})


@operation("post_modalities_id_find_worklist")
def _(world: World) -> None:
    steps: models.TagInput = [{"Modality": "CT", "ScheduledProcedureStepStartDate": "20240101-20241231"}]
    query: dict[str, models.TagInput] = {"PatientID": "", "PatientName": "", "ScheduledProcedureStepSequence": steps}
    find = world.client.post_modalities_id_find_worklist
    with worklist_server(world):
        simplified: dict[str, object] = {
            "PatientID": WORKLIST_PATIENT,
            "PatientName": "Doe^Worklist",
            "ScheduledProcedureStepSequence": [{"Modality": "CT", "ScheduledProcedureStepStartDate": "20240131"}],
            "SpecificCharacterSet": "ISO_IR 100",
        }
        assert find("ris", {"Query": query}) == [simplified]
        assert find("ris", models.WorklistRequest(query=query, simplify=True, full=True, timeout=5)) == [simplified]
        assert find("ris", query) == [simplified]
        short: dict[str, object] = {
            "0008,0005": "ISO_IR 100",
            "0010,0010": "Doe^Worklist",
            "0010,0020": WORKLIST_PATIENT,
            "0040,0100": [{"0008,0060": "CT", "0040,0002": "20240131"}],
        }
        assert find("ris", {"Query": query, "Short": True, "Full": True}) == [short]
        (full,) = find("ris", {"Query": query, "Full": True, "Simplify": False})
        name = full["0010,0010"]
        assert isinstance(name, models.DicomTag)
        assert (name.name, name.type, name.value) == ("PatientName", "String", "Doe^Worklist")
        step = full["0040,0100"]
        assert isinstance(step, models.DicomTag)
        assert isinstance(step.value, list)
        assert step.value[0]["0008,0060"].value == "CT"

        assert find("ris", {"Query": {"ScheduledProcedureStepSequence": [{"Modality": "MR"}]}}) == []
    with pytest.raises(NetworkProtocolError):  # the partner has no worklist
        find("partner", {"Query": query})


def _searched(world: World, request: models.QueryRequest | dict[str, object]) -> list[str]:
    """The UIDs of the studies that a query has found."""
    reference = world.client.post_modalities_id_query("partner", request)
    assert reference.path == f"/queries/{reference.id}"
    assert reference.id in world.client.get_queries()
    answers = world.client.get_queries_id_answers(reference.id, expand=True, simplify=True)
    return [str(answer["StudyInstanceUID"]) for answer in answers]


@operation("post_modalities_id_query")
def _(world: World) -> None:
    tree = on_partner(world, PatientName="Query^Of Names")
    patient, uid = tree.datasets[0].PatientID, tree.datasets[0].StudyInstanceUID
    assert _searched(world, {"Level": "Study", "Query": {"PatientID": patient}}) == [uid]
    assert _searched(world, {"Level": "studies", "Query": {"0010,0020": patient, "PatientName": "query*"}}) == [uid]
    assert _searched(world, {"Level": "Study", "Query": {"PatientID": patient, "PatientName": "nobody"}}) == []
    request = models.QueryRequest(
        level="Study", query={"PatientID": patient}, normalize=False, local_aet="SEARCHER", timeout=5
    )
    assert _searched(world, request) == [uid]
    assert uid in _searched(world, {"Level": "Study"})
    with pytest.raises(BadRequest):
        world.client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"PatientAge2": "x"}})
    with pytest.raises(NotFound):
        world.client.post_modalities_id_query("nobody", {"Level": "Study"})


# ---------------------------------------------------------------------------------------------------------------------
# C-MOVE and C-GET
# ---------------------------------------------------------------------------------------------------------------------


@operation("post_modalities_id_move")
def _(world: World) -> None:
    client = world.client
    move = client.post_modalities_id_move
    one, two, three = (on_partner(world, series=2) for _ in range(3))
    study = {"StudyInstanceUID": str(one.datasets[0].StudyInstanceUID)}
    content = move("partner", {"Level": "Study", "Resources": [study], "TargetAet": "WORLD"})
    assert holds(client, one)
    if world.at_least("1.11.1"):
        assert isinstance(content, models.DicomMoveScuContent)
        assert (content.local_aet, content.remote_aet, content.target_aet) == ("WORLD", "PARTNER", "WORLD")
        assert [query["0020,000d"] for query in content.query] == [study["StudyInstanceUID"]]
    else:
        assert content is None
    if world.at_least("1.12.10"):
        assert isinstance(content, models.DicomMoveScuContent)
        assert content.details is not None
        (detail,) = content.details
        assert detail.dimse_error_status == 0
        assert detail.query["0020,000d"] == study["StudyInstanceUID"]
        assert sorted(detail.received_instances_ids) == sorted(one.instances)

    series = [
        {"StudyInstanceUID": str(dataset.StudyInstanceUID), "SeriesInstanceUID": str(dataset.SeriesInstanceUID)}
        for dataset in two.datasets
    ]
    request = models.MoveRequest(
        level="Series",
        resources=series,
        asynchronous=True,
        timeout=5,
        priority=3,
        permissive=True,
        user_data=["ticket", 7],
    )
    answer = move("partner", request)
    if world.at_least("1.11.1"):
        job = succeeded(client, answer)
        assert isinstance(job.content, models.DicomMoveScuContent)
        assert (job.type, job.priority) == ("DicomMoveScu", 3)
        assert job.user_data == (["ticket", 7] if world.at_least("1.12.9") else None)
        assert {query["0020,000e"] for query in job.content.query} == {one["SeriesInstanceUID"] for one in series}
    else:
        assert answer is None
    assert holds(client, two)

    # To a third party, known to the one who sends.
    world.partner.client.put_modalities_id("me-again", {**world.server.modality_configuration(), "AET": "ALIAS"})
    study = {"0020,000d": str(three.datasets[0].StudyInstanceUID)}
    move("partner", {"Level": "Study", "Resources": [study], "TargetAet": "ALIAS", "LocalAet": "MOVER"})
    assert holds(client, three)
    world.partner.client.delete_modalities_id("me-again")

    move("partner", {"Level": "Study", "Resources": [], "Synchronous": True, "Asynchronous": True})
    with pytest.raises(NetworkProtocolError) as caught:
        move("partner", {"Level": "Study", "Resources": [study], "TargetAet": "NOBODY"})
    assert caught.value.details is not None
    assert "DIMSE status 0xC000" in caught.value.details
    assert caught.value.dimse_status == (0xC000 if world.at_least("1.12.10") else None)
    with pytest.raises(UnknownDicomTag):
        move("partner", {"Level": "Study", "Resources": [{"StudyUid": "1.2.3"}]})


@operation("post_modalities_id_get")
def _(world: World) -> None:
    client = world.client
    get = client.post_modalities_id_get
    one, two = (on_partner(world, series=2) for _ in range(2))
    study = {"StudyInstanceUID": str(one.datasets[0].StudyInstanceUID)}
    content = get("partner", {"Level": "Study", "Resources": [study], "LocalAet": "GETTER"})
    assert isinstance(content, models.DicomGetScuContent)
    assert (content.local_aet, content.remote_aet) == ("GETTER", "PARTNER")
    assert [query["0020,000d"] for query in content.query] == [study["StudyInstanceUID"]]
    assert holds(client, one)
    if world.at_least("1.12.10"):
        assert content.details is not None
        assert sorted(content.details[0].received_instances_ids) == sorted(one.instances)

    series = {
        "StudyInstanceUID": str(two.datasets[0].StudyInstanceUID),
        "SeriesInstanceUID": str(two.datasets[0].SeriesInstanceUID),
    }
    request = models.GetRequest(level="Series", resources=[series], asynchronous=True, timeout=5)
    job = succeeded(client, get("partner", request))
    assert job.type == "DicomGetScu"
    assert isinstance(job.content, models.DicomGetScuContent)
    assert client.get_series_id(two.series[0]).instances == [two.instances[0]]
    assert not holds(client, two)

    with pytest.raises(UnknownDicomTag):
        get("partner", {"Level": "Study", "Resources": [{"StudyUid": "1.2.3"}]})
