"""Letters that the character set of a query lacks: the query is refused, as Orthanc would search for others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from orthanc_sdk import InvalidArgument, Modality, NetworkProtocolError, Query
from tests.live.network import holds, on_partner
from tests.live.world import World
from tests.networking.helpers import counted

WANTED: list[tuple[dict[str, Any], str]] = [
    ({"PatientName": "Иванов*", "SpecificCharacterSet": "ISO_IR 100"}, "PatientName: .* not in ISO_IR 100"),
    ({"0010,0010": "Иванов*", "0008,0005": "ISO_IR 100"}, "0010,0010: .* not in ISO_IR 100"),
    ({"PatientName": "Иванов*", "SpecificCharacterSet": ""}, "PatientName: .* not in no SpecificCharacterSet"),
    ({"PatientName": "Zoé", "SpecificCharacterSet": "UTF8"}, "PatientName: .* not in UTF8"),
    ({"PatientName": "山田", "SpecificCharacterSet": "ISO 2022 IR 6\\ISO 2022 IR 87"}, "PatientName: "),
    ({"Modality": "é"}, "Modality: its value representation CS has no characters beyond ASCII"),
    ({"PatientName": "half \ud83d of it"}, "PatientName: "),
]


@pytest.mark.parametrize(("query", "says"), WANTED)
def test_queries(world: World, modality: Modality, query: dict[str, Any], says: str) -> None:
    dataset = on_partner(world).datasets[0]
    with modality.query(level="Study", query={"PatientID": dataset.PatientID}) as found:
        answer = found[0]
        with counted(world.client) as sent:
            for call in (
                lambda: modality.query(level="Study", query=query),
                lambda: modality.query({"Level": "Study", "Query": query}),
                lambda: modality.find_worklist(query),
                lambda: modality.find_worklist({**query, "ScheduledProcedureStepSequence": [{"Modality": "CT"}]}),
                lambda: answer.children(query=query),
            ):
                with pytest.raises(InvalidArgument, match=says) as refused:
                    call()
                assert "Иванов" not in str(refused.value)
        assert sent == []


@pytest.mark.parametrize(("query", "says"), [one for one in WANTED if "half" not in str(one)])
def test_plain_routes(world: World, query: dict[str, Any], says: str) -> None:
    client = world.client
    with counted(client) as sent:
        for call in (
            lambda: client.post_modalities_id_query("partner", {"Level": "Study", "Query": query}),
            lambda: client.post_modalities_id_find_worklist("partner", {"Query": query}),
            lambda: client.post_modalities_id_find_worklist("partner", query),
            lambda: client.post_modalities_id_find("partner", query),
            lambda: client.post_modalities_id_find_patient("partner", query),
            lambda: client.post_queries_id_answers_index_query_series("0", 0, {"Query": query}),
        ):
            with pytest.raises(InvalidArgument, match=says):
                call()
    assert sent == []


def test_it_would_find_others(world: World) -> None:
    """What is refused does harm: this is what the server makes of it."""
    description = f"others {uuid4().hex[:8]}"
    for name in ("Smith^John", "Doe^Jane"):
        on_partner(world, PatientName=name, StudyDescription=description)
    query = {"PatientName": "Иванов*", "SpecificCharacterSet": "ISO_IR 100", "StudyDescription": description}
    answer = world.client.request("POST", "/modalities/partner/query", json={"Level": "Study", "Query": query})
    with Query(answer.json()["ID"], world.client) as found:
        assert {str(one["PatientName"]) for one in found} == {"Smith^John", "Doe^Jane"}


def test_sets_that_have_the_letters(world: World, modality: Modality) -> None:
    dataset = on_partner(world, PatientName="Иванов^Иван", SpecificCharacterSet="ISO_IR 192").datasets[0]
    for set_ in ("ISO_IR 144", "ISO_IR 192", "GB18030"):
        wanted = {"PatientName": "Иванов*", "SpecificCharacterSet": set_, "PatientID": dataset.PatientID}
        with modality.query(level="Study", query=wanted) as found:
            assert len(found) == 1


def test_a_worklist_item_is_in_the_set_of_the_whole(modality: Modality) -> None:
    step = {"SpecificCharacterSet": "ISO_IR 144", "ScheduledPerformingPhysicianName": "Жук"}
    with pytest.raises(InvalidArgument, match=r"\[0\].ScheduledPerformingPhysicianName: Orthanc writes it in"):
        modality.find_worklist({"ScheduledProcedureStepSequence": [step]})


@pytest.fixture
def encoding(world: World) -> Iterator[World]:
    """The two servers, whose `DefaultEncoding` a test may change."""
    try:
        yield world
    finally:
        for server in (world.server, world.partner):
            server.client.put_tools_default_encoding("Latin1")


def test_identifiers(encoding: World, modality: Modality) -> None:
    """Those of a C-MOVE are in the encoding of the server, whatever they say: others could be moved."""
    world = encoding
    tree = on_partner(world, PatientID=f"Ж-{uuid4().hex[:8]}", SpecificCharacterSet="ISO_IR 192")
    id_ = tree.datasets[0].PatientID
    calls = [modality.move_resources]
    if world.at_least("1.12.6"):
        calls.append(modality.get)  # type: ignore[arg-type]  # it takes the same
    if world.at_least("1.11.1"):
        calls.append(modality.move_resources_as_job)  # type: ignore[arg-type]  # likewise
    for call in calls:
        with (
            counted(world.client) as sent,
            pytest.raises(InvalidArgument, match=r"PatientID: .* not in ISO_IR 100") as refused,
        ):
            call("Patient", [id_])
        assert sent == ["GET /tools/default-encoding"]
        assert "Ж" not in str(refused.value)
    for server in (world.server, world.partner):
        server.client.put_tools_default_encoding("Utf8")
    modality.move_resources("Patient", [id_])
    assert holds(world.client, tree)


def test_identifiers_in_ascii_cost_nothing(world: World, modality: Modality) -> None:
    with counted(world.client) as sent, pytest.raises(NetworkProtocolError):
        modality.move_resources("Patient", ["nobody"], target_aet="NOBODY")
    assert sent[0] == "POST /modalities/partner/move"
