"""The cases of /queries: the answers to a C-FIND, and fetching what they stand for."""

from __future__ import annotations

import pytest

from orthanc_sdk import BadRequest, NetworkProtocolError, NotFound, models
from tests.live.network import holds, on_partner
from tests.live.registry import operation
from tests.live.waiting import succeeded
from tests.live.world import Tree, World

UNKNOWN = "4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f"


def _queried(world: World, tree: Tree, level: str = "Study", **more: object) -> str:
    """A query for the resources of that level in the tree."""
    query: dict[str, object] = {"PatientID": tree.datasets[0].PatientID}
    if level != "Patient":
        query["StudyInstanceUID"] = tree.datasets[0].StudyInstanceUID
    reference = world.client.post_modalities_id_query("partner", {"Level": level, "Query": query | more})
    return reference.id


@operation("get_queries")
def _(world: World) -> None:
    tree = on_partner(world)
    ids = {_queried(world, tree), _queried(world, tree)}
    assert len(ids) == 2
    assert ids <= set(world.client.get_queries())


@operation("get_queries_id")
def _(world: World) -> None:
    routes = world.client.get_queries_id(_queried(world, on_partner(world)))
    assert {"answers", "level", "modality", "query", "retrieve"} == set(routes)
    with pytest.raises(NotFound):
        world.client.get_queries_id(UNKNOWN)


@operation("delete_queries_id")
def _(world: World) -> None:
    id_ = _queried(world, on_partner(world))
    world.client.delete_queries_id(id_)
    assert id_ not in world.client.get_queries()
    with pytest.raises(NotFound):
        world.client.get_queries_id(id_)
    world.client.delete_queries_id(id_)


@operation("get_queries_id_level")
def _(world: World) -> None:
    tree = on_partner(world)
    for level in ("Patient", "Study", "Series"):
        assert world.client.get_queries_id_level(_queried(world, tree, level)) == level


@operation("get_queries_id_modality")
def _(world: World) -> None:
    assert world.client.get_queries_id_modality(_queried(world, on_partner(world))) == "partner"


@operation("get_queries_id_query")
def _(world: World) -> None:
    tree = on_partner(world)
    patient, uid = tree.datasets[0].PatientID, tree.datasets[0].StudyInstanceUID
    id_ = _queried(world, tree, StudyDescription="")
    read = world.client.get_queries_id_query
    full = read(id_)
    assert full["0010,0020"] == models.DicomTag(name="PatientID", type="String", value=patient)
    assert full["0008,1030"].value == ""
    assert read(id_, full=True) == full
    assert read(id_, simplify=True) == {"PatientID": patient, "StudyInstanceUID": uid, "StudyDescription": ""}
    assert read(id_, simplify=True, short=True, full=True) == read(id_, simplify=True)
    assert read(id_, short=True, full=True) == {"0010,0020": patient, "0020,000d": uid, "0008,1030": ""}


@operation("get_queries_id_answers")
def _(world: World) -> None:
    tree = on_partner(world, series=2)
    id_ = _queried(world, tree, "Series", SeriesDescription="", SeriesInstanceUID="")
    read = world.client.get_queries_id_answers
    assert read(id_) == read(id_, expand=False) == read(id_, full=True) == ["0", "1"]
    uids = {dataset.SeriesInstanceUID for dataset in tree.datasets}

    full = read(id_, expand=True)
    assert {answer["0020,000e"].value for answer in full} == uids
    assert {(answer["0008,103e"].name, answer["0008,103e"].value) for answer in full} == {
        ("SeriesDescription", "Series 1"),
        ("SeriesDescription", "Series 2"),
    }
    assert read(id_, expand=True, full=True) == full
    simplified = read(id_, expand=True, simplify=True)
    assert {answer["SeriesInstanceUID"] for answer in simplified} == uids
    assert read(id_, expand=True, simplify=True, short=True, full=True) == simplified
    short = read(id_, expand=True, short=True, full=True)
    assert {answer["0020,000e"] for answer in short} == uids
    assert {answer["0008,0052"] for answer in short} == {"SERIES"}


@operation("get_queries_id_answers_index")
def _(world: World) -> None:
    tree = on_partner(world)
    read = world.client.get_queries_id_answers_index
    assert set(read(_queried(world, tree), 0)) == {"content", "retrieve", "query-series", "query-instances"}
    assert set(read(_queried(world, tree, "Series"), "0")) == {"content", "retrieve", "query-instances"}
    patient = read(_queried(world, tree, "Patient"), 0)
    assert set(patient) == {"content", "retrieve", "query-study", "query-series", "query-instances"}
    with pytest.raises(BadRequest):
        read(_queried(world, tree), 1)
    with pytest.raises(NotFound):
        read(UNKNOWN, 0)


@operation("get_queries_id_answers_index_content")
def _(world: World) -> None:
    tree = on_partner(world)
    dataset = tree.datasets[0]
    id_ = _queried(world, tree, StudyDescription="")
    read = world.client.get_queries_id_answers_index_content
    full = read(id_, 0)
    assert full["0020,000d"] == models.DicomTag(name="StudyInstanceUID", type="String", value=dataset.StudyInstanceUID)
    assert read(id_, "0", full=True) == full
    simplified = read(id_, 0, simplify=True)
    assert (simplified["PatientID"], simplified["StudyDescription"]) == (dataset.PatientID, "Study 1")
    assert read(id_, 0, simplify=True, short=True, full=True) == simplified
    short = read(id_, 0, short=True, full=True)
    assert (short["0010,0020"], short["0008,1030"]) == (dataset.PatientID, "Study 1")
    with pytest.raises(BadRequest):
        read(id_, 1)


# ---------------------------------------------------------------------------------------------------------------------
# What is below an answer
# ---------------------------------------------------------------------------------------------------------------------


def _answers(world: World, reference: models.QueryReference, tag: str) -> set[object]:
    assert reference.path == reference["Path"] == f"/queries/{reference.id}"
    answers = world.client.get_queries_id_answers(reference.id, expand=True, simplify=True)
    return {answer.get(tag) for answer in answers}


@operation("post_queries_id_answers_index_query_studies")
def _(world: World) -> None:
    tree = on_partner(world)
    query = world.client.post_queries_id_answers_index_query_studies
    uids = {tree.datasets[0].StudyInstanceUID}
    patient = _queried(world, tree, "Patient")
    assert _answers(world, query(patient, 0), "StudyInstanceUID") == uids
    asking = query(patient, "0", {"Query": {"StudyDescription": "Study*"}, "Timeout": 5})
    assert _answers(world, asking, "StudyDescription") == {"Study 1"}
    request = models.ChildQueryRequest(query={"StudyDescription": "nothing like that"})
    assert _answers(world, query(patient, 0, request), "StudyInstanceUID") == set()
    with pytest.raises(NotFound):
        query(_queried(world, tree, "Study"), 0)


@operation("post_queries_id_answers_index_query_series")
def _(world: World) -> None:
    tree = on_partner(world, series=2)
    query = world.client.post_queries_id_answers_index_query_series
    uids = {dataset.SeriesInstanceUID for dataset in tree.datasets}
    study = _queried(world, tree)
    assert _answers(world, query(study, 0), "SeriesInstanceUID") == uids
    assert _answers(world, query(study, 0, {"Query": {"Modality": "CT"}}), "Modality") == {"CT"}
    request = models.ChildQueryRequest(query={"SeriesDescription": ""}, timeout=5)
    assert _answers(world, query(study, 0, request), "SeriesDescription") == {"Series 1", "Series 2"}
    with pytest.raises(BadRequest):
        query(study, 7)


@operation("post_queries_id_answers_index_query_instances")
def _(world: World) -> None:
    tree = on_partner(world, instances=2)
    query = world.client.post_queries_id_answers_index_query_instances
    uids = {dataset.SOPInstanceUID for dataset in tree.datasets}
    series = _queried(world, tree, "Series", SeriesInstanceUID="")
    assert _answers(world, query(series, 0), "SOPInstanceUID") == uids
    assert _answers(world, query(series, 0, {"Query": {"InstanceNumber": "2"}}), "InstanceNumber") == {"2"}
    request = models.ChildQueryRequest(query={"InstanceNumber": ""}, timeout=5)
    assert _answers(world, query(series, 0, request), "InstanceNumber") == {"1", "2"}
    with pytest.raises(NotFound):
        query(UNKNOWN, 0)


# ---------------------------------------------------------------------------------------------------------------------
# Fetching
# ---------------------------------------------------------------------------------------------------------------------


@operation("post_queries_id_retrieve")
def _(world: World) -> None:
    client = world.client
    retrieve = client.post_queries_id_retrieve

    one = on_partner(world, series=2)
    content = retrieve(_queried(world, one))
    assert isinstance(content, models.DicomMoveScuContent)
    assert (content.local_aet, content.remote_aet) == ("WORLD", "PARTNER")
    assert content.target_aet == ("WORLD" if world.at_least("1.11.0") else None)
    assert content.query[0]["0020,000d"] == one.datasets[0].StudyInstanceUID
    assert holds(client, one)
    if world.at_least("1.12.10"):
        assert content.details is not None
        assert sorted(content.details[0].received_instances_ids) == sorted(one.instances)

    two = on_partner(world)
    content = retrieve(_queried(world, two), "WORLD")
    assert isinstance(content, models.DicomMoveScuContent)
    assert holds(client, two)

    three = on_partner(world)
    full = {"TargetAet": "WORLD", "Asynchronous": True, "Full": True, "Priority": 3, "UserData": "mine"}
    job = succeeded(client, retrieve(_queried(world, three), full))
    assert (job.type, job.priority) == ("DicomMoveScu", 3)
    assert job.user_data == ("mine" if world.at_least("1.12.9") else None)
    assert isinstance(job.content, models.DicomMoveScuContent)
    uid = job.content.query[0]["0020,000d"]
    assert isinstance(uid, models.DicomTag)
    assert (uid.name, uid.value) == ("StudyInstanceUID", three.datasets[0].StudyInstanceUID)
    assert holds(client, three)

    four = on_partner(world)
    method: models.RetrieveMethod = "C-GET" if world.at_least("1.12.6") else "C-MOVE"
    request = models.RetrieveRequest(
        retrieve_method=method, simplify=True, short=True, timeout=5, synchronous=True, permissive=True
    )
    content = retrieve(_queried(world, four), request)
    assert isinstance(content, models.DicomGetScuContent if method == "C-GET" else models.DicomMoveScuContent)
    assert content.query[0]["StudyInstanceUID"] == four.datasets[0].StudyInstanceUID
    assert holds(client, four)

    # By default it is the server itself that gets the instances; others are told by their title.
    five = on_partner(world)
    with pytest.raises(NetworkProtocolError) as caught:
        retrieve(_queried(world, five), "NOBODY")
    assert caught.value.details is not None
    assert "DIMSE status 0xC000" in caught.value.details
    assert not holds(client, five)
    with pytest.raises(NotFound):
        retrieve(UNKNOWN)

    nothing = client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"PatientID": "no such patient"}})
    content = retrieve(nothing.id)
    assert isinstance(content, models.DicomMoveScuContent)
    assert content.query == []


@operation("post_queries_id_answers_index_retrieve")
def _(world: World) -> None:
    client = world.client
    retrieve = client.post_queries_id_answers_index_retrieve

    tree = on_partner(world, series=2)
    id_ = _queried(world, tree, "Series", SeriesInstanceUID="")
    uids = [answer["SeriesInstanceUID"] for answer in client.get_queries_id_answers(id_, expand=True, simplify=True)]
    content = retrieve(id_, 1)
    assert isinstance(content, models.DicomMoveScuContent)
    assert [query["0020,000e"] for query in content.query] == [uids[1]]
    (series,) = client.get_studies_id_series(tree.study)
    assert series.main_dicom_tags["SeriesInstanceUID"] == uids[1]
    job = succeeded(client, retrieve(id_, "0", {"Asynchronous": True, "Simplify": True, "Short": True, "Priority": -1}))
    assert job.priority == -1
    assert isinstance(job.content, models.DicomMoveScuContent)
    assert [query["SeriesInstanceUID"] for query in job.content.query] == [uids[0]]
    assert holds(client, tree)

    two = on_partner(world)
    content = retrieve(_queried(world, two), 0, "WORLD")
    assert isinstance(content, models.DicomMoveScuContent)
    assert holds(client, two)

    three = on_partner(world)
    content = retrieve(
        _queried(world, three),
        0,
        models.RetrieveRequest(
            target_aet="WORLD",
            retrieve_method="C-MOVE",
            full=True,
            synchronous=True,
            asynchronous=True,
            permissive=True,
            user_data=1,
            timeout=5,
        ),
    )
    assert isinstance(content, models.DicomMoveScuContent)
    uid = content.query[0]["0020,000d"]
    assert isinstance(uid, models.DicomTag)
    assert uid.value == three.datasets[0].StudyInstanceUID
    assert holds(client, three)
    with pytest.raises(BadRequest):
        retrieve(id_, 2)
