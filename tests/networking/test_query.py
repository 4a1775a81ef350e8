"""C-FIND: queries, their answers, and what is below these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, assert_type

import pytest

from orthanc_sdk import (
    Answer,
    BadRequest,
    DicomQueryRefused,
    InvalidArgument,
    Modality,
    NetworkProtocolError,
    NotFound,
    Orthanc,
    Query,
    dimse_status,
    models,
)
from orthanc_sdk.networking.query_tags import WorklistValue
from orthanc_sdk.testing import make_instance, to_bytes
from tests.live.network import WORKLIST_PATIENT, on_partner, worklist_server
from tests.live.world import World
from tests.networking.helpers import counted, down, refusing_finds


def names(query: Query) -> set[str]:
    return {str(answer["PatientID"]) for answer in query}


def test_two_requests(world: World, modality: Modality) -> None:
    dataset = on_partner(world, StudyDescription="Something else").datasets[0]
    with counted(world.client) as sent:
        query = modality.query(
            {
                "Level": "Study",
                "Query": {"PatientID": dataset.PatientID, "StudyDescription": "Something*", "StudyDate": ""},
            }
        )
        (answer,) = query.answers
        assert answer["StudyDate"] == dt.date(2024, 1, 15)
        assert answer.tags["StudyDescription"] == "Something else"
        assert (query.level, query.modality, len(query)) == ("Study", modality, 1)
    assert sent == ["POST /modalities/partner/query", f"GET /queries/{query.id}/answers"]
    query.delete()


def test_as_a_script_reads_it(modality: Modality, world: World) -> None:
    dataset = on_partner(world).datasets[0]
    r = modality.query({"Level": "Study", "Query": {"PatientID": dataset.PatientID}})
    assert r["ID"] == r.id
    assert r["answers"] == r.answers
    assert r["answers"][0]["PatientID"] == r[0]["0010,0020"] == dataset.PatientID
    assert r[:1] == r[-1:] == list(r)
    assert len(r[0]) == len(list(r[0])) == len(r[0].raw)
    assert "PatientID" in r[0]
    assert "PatientWeight" not in r[0]
    with pytest.raises(KeyError):
        r["Answers"]  # type: ignore[call-overload]  # that is the test
    with pytest.raises(KeyError):
        r[0]["PatientWeight"]
    with pytest.raises(IndexError):
        r[1]
    r.delete()


def test_types(modality: Modality, world: World) -> None:
    dataset = on_partner(world).datasets[0]
    more = {"PatientBirthDate": "", "PatientName": "", "StudyDate": "", "NumberOfStudyRelatedInstances": ""}
    with modality.find(level="Study", query={"PatientID": dataset.PatientID, **more}) as query:
        answer = query[0]
        assert_type(answer, Answer)
        assert_type(query.id, str)
        day = assert_type(answer.study_tags.study_date, dt.date | None)
        assert day == dt.date(2024, 1, 15)
        name = answer.patient_tags.patient_name
        assert name is not None
        assert (name.family_name, answer.patient_tags.patient_birth_date) == ("Doe", dt.date(1952, 9, 27))
        assert (answer.instance_count, answer.index, answer.query) == (1, 0, query)
        assert answer.identifiers == {"StudyInstanceUID": dataset.StudyInstanceUID}
        assert answer.raw["StudyDate"] == "20240115"
        assert not answer.tags.problems
        assert "Doe" not in repr(answer) + repr(query)


def test_values(modality: Modality, world: World) -> None:
    patient = on_partner(world, StudyDate="20240131").datasets[0].PatientID
    day = dt.date(2024, 1, 31)
    found: list[tuple[object, int]] = [
        (day, 1),
        ((day, None), 1),
        ((None, dt.date(2024, 1, 30)), 0),
        ((day, day), 1),
        ("20240131", 1),
        ("2024-01-31", 1),
        ("31 January 2024", 1),
        (None, 1),
    ]
    for value, count in found:
        with modality.query(level="Study", query={"PatientID": patient, "StudyDate": value}) as query:  # type: ignore[dict-item]  # of many types
            assert len(query) == count, value
    with modality.query(level="Series", query={"PatientID": patient, "Modality": ["CT", "MR"]}) as query:
        assert query[0].series_tags.modality == "MR"
        assert query.level == "Series"
    with modality.query(
        {"Level": "studies", "Query": {"PatientID": patient, "StudyDate": (day, None)}}, timeout=7, normalize=False
    ) as query:
        assert (len(query), query.level) == (1, "Study")
    with modality.query(models.QueryRequest(level="Patient", query={"PatientID": patient}), local_aet="ME") as query:
        assert query[0].identifiers == {"PatientID": patient}


def test_mistakes_are_found_before_any_request(modality: Modality, world: World) -> None:
    with counted(world.client) as sent:
        mistakes: list[Callable[[], object]] = [
            lambda: modality.query(),
            lambda: modality.query({"Query": {}}),
            lambda: modality.query(level="Exam"),  # type: ignore[arg-type]  # that is the test
            lambda: modality.query({"Level": "Study", "Query": ["PatientID"]}),
            lambda: modality.query({"Level": "Study", "Querry": {}}),
            lambda: modality.query(level="Study", query={"StudyDate": (dt.date(2024, 2, 1), dt.date(2024, 1, 1))}),
            lambda: modality.query(level="Study", query={"StudyDate": "someday"}),
        ]
        for wrong in mistakes:
            with pytest.raises(InvalidArgument):
                wrong()
        assert sent == []
    with pytest.raises(BadRequest):
        modality.query(level="Study", query={"PatientWait": ""})


def test_with_deletes_the_query(modality: Modality, world: World) -> None:
    before = world.client.get_queries()
    with modality.query(level="Study", query={"PatientID": "nobody"}) as query:
        assert len(query) == 0
        assert not list(query)
        assert query.id in world.client.get_queries()
    with pytest.raises(ZeroDivisionError), modality.query(level="Study", query={"PatientID": "nobody"}):
        raise ZeroDivisionError
    assert world.client.get_queries() == before
    assert query.answers == []  # what was read stays
    query.delete()


def test_an_error_in_the_block_is_not_hidden(world: World) -> None:
    """Even if the query cannot be deleted any more."""
    client = Orthanc(world.client.url, world.server.username, world.server.password, proxies={}, retries=0)
    query = Modality(client, "partner").query(level="Study", query={"PatientID": "nobody"})

    with pytest.raises(ZeroDivisionError), query:  # noqa: PT012  # the block is the test
        query._client = Orthanc(world.client.url, "orthanc", "wrong", proxies={})
        raise ZeroDivisionError
    world.client.delete_queries_id(query.id)


def test_a_query_whose_answers_cannot_be_had_is_not_left_behind(
    modality: Modality, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.client.get_queries()

    def fail(*_: object, **__: object) -> None:
        assert world.client.get_queries() != before
        raise KeyboardInterrupt

    monkeypatch.setattr(world.client, "get_queries_id_answers", fail)
    with pytest.raises(KeyboardInterrupt):
        modality.query(level="Study", query={"PatientID": "nobody"})
    assert world.client.get_queries() == before


def test_a_query_of_another_script(modality: Modality, world: World) -> None:
    patient = on_partner(world).datasets[0].PatientID
    id_ = world.client.post_modalities_id_query("partner", {"Level": "Study", "Query": {"PatientID": patient}}).id
    with counted(world.client) as sent:
        query = Query(id_, world.client)
        assert sent == []
        assert names(query) == {patient}
        assert len(sent) == 1
        assert (query.level, query.modality) == ("Study", modality)
        assert query.tags["PatientID"] == patient
    with pytest.raises(NotFound):
        _ = Query("4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f", world.client).answers
    with pytest.raises(InvalidArgument):
        Query("", world.client)


def test_200_answers(modality: Modality, world: World) -> None:
    description = "Two hundred"
    for number in range(200):
        dataset = make_instance(seed=f"200 {number}", PatientID=f"M{number:03}", StudyDescription=description)
        world.partner.client.post_instances(to_bytes(dataset))
    wanted = {"StudyDescription": description, "StudyDate": "", "PatientName": ""}
    with counted(world.client) as sent:
        query = modality.query(level="Study", query=wanted)
        assert len(query) == 200
        assert names(query) == {f"M{number:03}" for number in range(200)}
        assert {answer.study_tags.study_date for answer in query} == {dt.date(2024, 1, 15)}
        assert [answer.index for answer in query] == list(range(200))
        assert len(sent) == 2
        query.delete()


def test_children(modality: Modality, world: World) -> None:
    tree = on_partner(world, series=2, instances=3)
    datasets = tree.datasets
    before = world.client.get_queries()
    with modality.query(level="Patient", query={"PatientID": datasets[0].PatientID}) as patients:
        with patients[0].children() as studies:
            assert [answer.identifiers["StudyInstanceUID"] for answer in studies] == [datasets[0].StudyInstanceUID]
            with counted(world.client) as sent:
                series = studies[0].children(query={"SeriesDescription": "", "NumberOfSeriesRelatedInstances": ""})
            assert len(sent) == 2
            assert {answer["SeriesDescription"] for answer in series} == {"Series 1", "Series 2"}
            assert {answer.instance_count for answer in series} == {3}
            with series, series[0].children(timeout=5) as instances:
                assert len(instances) == 3
                assert (instances.level, instances.modality) == ("Instance", modality)
                with pytest.raises(InvalidArgument, match="below Instance"):
                    instances[0].children()
        with patients[0].children("Instance", {"InstanceNumber": "2"}) as second:
            assert {answer.identifiers["SOPInstanceUID"] for answer in second} == {
                dataset.SOPInstanceUID for dataset in datasets if dataset.InstanceNumber == 2
            }
            assert {answer.instance_tags.instance_number for answer in second} == {2}
        with pytest.raises(InvalidArgument):
            patients[0].children("Patient")  # type: ignore[arg-type]  # that is the test
    assert world.client.get_queries() == before


@pytest.mark.parametrize("encoding", ["Latin1", "Utf8"])
def test_letters_beyond_ascii(world: World, modality: Modality, encoding: Literal["Latin1", "Utf8"]) -> None:
    """A search for a name in another alphabet finds this one, not everybody, whatever Orthanc is configured for."""
    everybody = ("Müller^Zoé", "Иванова^Анна", "王^小东", "Smith^John")
    study = f"Letters {world.version} {encoding}"
    for number, name in enumerate(everybody):
        dataset = make_instance(
            SpecificCharacterSet="ISO_IR 192", PatientName=name, PatientID=f"L{number}", StudyDescription=study
        )
        world.partner.client.post_instances(to_bytes(dataset))
    servers = world.client, world.partner.client
    for client in servers:
        client.put_tools_default_encoding(encoding)
    try:
        for number, name in enumerate(everybody):
            for wanted in (name, name[:2] + "*", "*" + name[-2:], name.split("^")[0].lower() + "*"):
                with modality.query(level="Study", query={"PatientName": wanted, "StudyDescription": study}) as query:
                    assert names(query) == {f"L{number}"}, wanted
                    kept = encoding == "Utf8" or number in (0, 3)
                    assert (query[0].raw["PatientName"] == name) is kept
    finally:
        for client in servers:
            client.put_tools_default_encoding("Latin1")
    # It is the character set that makes the difference: without it, the letters are dropped, and "*" is left.
    reference = world.client.post_modalities_id_query(
        "partner", {"Level": "Study", "Query": {"PatientName": "Ива*", "StudyDescription": study}}
    )
    assert names(Query(reference.id, world.client)) > {"L0", "L1"}
    Query(reference.id, world.client).delete()


def test_the_character_set_of_the_user_counts(modality: Modality) -> None:
    for tag in ("SpecificCharacterSet", "0008,0005", "0008-0005", "00080005"):
        with modality.query(level="Study", query={"PatientName": "Müller", tag: "ISO_IR 100"}) as query:
            assert query.tags.raw["SpecificCharacterSet"] == "ISO_IR 100"
    with modality.query(level="Study", query={"PatientName": "Müller"}) as query:
        assert query.tags.raw["SpecificCharacterSet"] == "ISO_IR 192"
    with modality.query(level="Study", query={"PatientName": "Mueller"}) as query:
        assert "SpecificCharacterSet" not in query.tags


def test_errors(modality: Modality, world: World) -> None:
    with pytest.raises(NotFound):
        Modality(world.client, "nobody").query(level="Study")
    with down(world) as name, pytest.raises(NetworkProtocolError, match="TCP Initialization") as unreachable:
        Modality(world.client, name).query(level="Study")
    assert dimse_status(unreachable.value) is None
    before = world.client.get_queries()
    with refusing_finds(world), pytest.raises(DicomQueryRefused) as refused:
        modality.query(level="Study")
    assert dimse_status(refused.value) == 0xC000
    assert refused.value.dimse_status == (0xC000 if world.at_least("1.12.10") else None)
    assert world.client.get_queries() == before


def test_worklist(world: World) -> None:
    step: dict[str, WorklistValue] = {
        "Modality": ["CT", "MR"],
        "ScheduledProcedureStepStartDate": (dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
    }
    with worklist_server(world) as server:
        world.client.put_modalities_id("ris", dict(server.modality_configuration()))
        ris = Modality(world.client, "ris")
        with counted(world.client) as sent:
            (found,) = ris.find_worklist({"PatientID": "", "PatientName": "", "ScheduledProcedureStepSequence": [step]})
        assert len(sent) == 1
        assert (found["PatientID"], found["PatientName"]) == (WORKLIST_PATIENT, "Doe^Worklist")
        steps = found["ScheduledProcedureStepSequence"]
        assert isinstance(steps, tuple)
        assert isinstance(steps[0], models.TypedTags)
        assert steps[0]["ScheduledProcedureStepStartDate"] == dt.date(2024, 1, 31)
        late = {"ScheduledProcedureStepStartDate": (dt.date(2024, 2, 1), None)}
        assert ris.find_worklist({"ScheduledProcedureStepSequence": [late]}, timeout=5) == []
        # Not everybody: see test_letters_beyond_ascii.
        assert ris.find_worklist({"PatientName": "Ива*"}) == []
        assert len(ris.find_worklist({"PatientName": "Doe*"})) == 1
    with pytest.raises(NetworkProtocolError):
        Modality(world.client, "partner").find_worklist({"PatientName": ""})
