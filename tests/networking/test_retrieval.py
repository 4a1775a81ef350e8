"""Accepted is not arrived: fetching, looking at what has come, and fetching again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orthanc_sdk import Answer, InvalidArgument, Modality, NetworkProtocolError, retrieve_verified
from orthanc_sdk.networking.retrieve_verified import instances_on, manifest_of
from orthanc_sdk.testing import to_bytes
from tests.live.network import holds, on_partner
from tests.live.world import Tree, World, new_study
from tests.networking.helpers import counted, refusing_finds


@contextmanager
def answer_for(modality: Modality, patient_id: object, level: str = "Study") -> Iterator[Answer]:
    with modality.query({"Level": level, "Query": {"PatientID": str(patient_id)}}) as query:
        yield query[0]


def files(world: World) -> set[Path]:
    """The DICOM files that the partner has."""
    return {file for file in world.partner.storage_folder.rglob("*") if file.is_file() and len(file.name) == 36}


def spoilt(world: World, tmp_path: Path, *, series: int, instances: int, bad: int) -> tuple[list[str], Path, Path]:
    """A study whose instance of that number the partner lists but cannot send; its UIDs, its file and where that is."""
    datasets = new_study(series, instances)
    place: Path | None = None
    for number, dataset in enumerate(datasets):
        before = files(world)
        world.partner.client.post_instances(to_bytes(dataset))
        if number == bad:
            (place,) = files(world) - before
    assert place is not None
    hidden = tmp_path / "hidden"
    place.rename(hidden)
    patient_id = str(datasets[0].PatientID)
    return [patient_id, *(str(dataset.SOPInstanceUID) for dataset in datasets)], hidden, place


def uids(tree: Tree) -> set[str]:
    return {str(dataset.SOPInstanceUID) for dataset in tree.datasets}


def test_all_arrives(world: World, modality: Modality) -> None:
    tree = on_partner(world, series=2, instances=3)
    before = world.client.get_queries()
    with answer_for(modality, tree.datasets[0].PatientID) as answer:
        assert manifest_of(answer) == {
            str(dataset.SOPInstanceUID): str(dataset.SeriesInstanceUID) for dataset in tree.datasets
        }
        assert instances_on(world.client, answer) == frozenset()
        result = retrieve_verified(answer)
        assert result.is_complete
        assert (result.attempts, result.missing, result.failures, result.reason) == (1, (), (), "")
        assert (result.arrived, len(result.present), set(result.promised)) == (6, 0, uids(tree))
        assert result.study_uid == tree.datasets[0].StudyInstanceUID
        assert holds(world.client, tree)
        assert instances_on(world.client, answer) == uids(tree)

        with counted(world.client) as sent:
            again = retrieve_verified(answer)
        assert (again.is_complete, again.attempts, again.present) == (True, 0, frozenset(uids(tree)))
        assert not [request for request in sent if request.endswith(("/move", "/retrieve"))]
    assert world.client.get_queries() == before


def test_only_what_is_missing_is_fetched(world: World, modality: Modality) -> None:
    tree = on_partner(world, series=3, instances=3)
    for number in (0, 1, 2, 3):  # all of the first series, one of the second, none of the third
        world.client.post_instances(to_bytes(tree.datasets[number]))
    with answer_for(modality, tree.datasets[0].PatientID) as answer, counted(world.client) as sent:
        result = retrieve_verified(answer)
    assert (result.is_complete, result.arrived, len(result.present), result.attempts) == (True, 5, 4, 1)
    assert sent.count("POST /modalities/partner/move") == 3  # a series, and two instances
    assert holds(world.client, tree)


def test_a_series_alone(world: World, modality: Modality) -> None:
    tree = on_partner(world, series=2, instances=2)
    with answer_for(modality, tree.datasets[0].PatientID, "Series") as answer:
        result = retrieve_verified(answer, timeout=5)
    assert (result.is_complete, result.arrived) == (True, 2)
    assert not holds(world.client, tree)


def test_an_instance_that_cannot_be_sent(world: World, modality: Modality, tmp_path: Path) -> None:
    """It costs the others nothing, and it is named; once it can be sent, only it is fetched."""
    (patient_id, *promised), hidden, place = spoilt(world, tmp_path, series=2, instances=3, bad=1)
    with answer_for(modality, patient_id) as answer:
        result = retrieve_verified(answer, patience=0)
        assert not result.is_complete
        assert result.missing == (promised[1],)
        assert (result.attempts, result.arrived) == (3, 5)
        assert result.failures
        assert result.reason.startswith("1 of 6 instances are missing: DIMSE status 0xC000: ")

        hidden.rename(place)
        result = retrieve_verified(answer)
        assert (result.is_complete, result.arrived, result.attempts) == (True, 1, 1)


def test_the_bad_one_comes_first(world: World, modality: Modality, tmp_path: Path) -> None:
    """Orthanc stops at the one that it cannot send, wherever it is: the others are fetched alone then."""
    datasets = new_study(1, 4)
    places: list[Path] = []
    for dataset in datasets:
        before = files(world)
        world.partner.client.post_instances(to_bytes(dataset))
        places += files(world) - before
    for bad, place in enumerate(places):
        place.rename(tmp_path / "hidden")
        with answer_for(modality, datasets[0].PatientID) as answer:
            result = retrieve_verified(answer, patience=0, attempts=2)
        assert result.missing == (datasets[bad].SOPInstanceUID,)
        (tmp_path / "hidden").rename(place)
        (study,) = world.client.post_tools_lookup(str(datasets[0].StudyInstanceUID))
        world.client.delete_studies_id(study.id)


@pytest.mark.parametrize("world", ["1.12", "1.13"], indirect=True)
def test_get(world: World, modality: Modality, tmp_path: Path) -> None:
    """Orthanc before 1.12.10 says of a C-GET that fails that it is a success."""
    (patient_id, *promised), hidden, place = spoilt(world, tmp_path, series=1, instances=3, bad=1)
    with answer_for(modality, patient_id) as answer:
        result = retrieve_verified(answer, method="C-GET", patience=0)
        assert result.missing == (promised[1],)
        if world.at_least("1.12.10"):
            assert "DIMSE status 0xC000" in result.reason
        else:
            assert result.reason == "1 of 3 instances are missing, though the modality reports success"
        hidden.rename(place)
        assert retrieve_verified(answer, method="C-GET").is_complete
        with pytest.raises(InvalidArgument):
            retrieve_verified(answer, method="C-GET", target_aet="WORLD")


def test_a_success_without_any_instance(world: World, modality: Modality) -> None:
    """They go elsewhere: the C-MOVE is a success, and nothing is here."""
    tree = on_partner(world)
    world.partner.client.put_modalities_id("self", dict(world.partner.modality_configuration()))
    with answer_for(modality, tree.datasets[0].PatientID) as answer:
        lost = retrieve_verified(answer, target_aet="PARTNER", patience=0)
        assert (lost.is_complete, lost.arrived, lost.failures, lost.attempts) == (False, 0, (), 3)
        assert lost.reason == "1 of 1 instances are missing, though the modality reports success"
        found = retrieve_verified(answer, target_aet="PARTNER", into=world.partner.client)
        assert found.is_complete


def test_latecomers_are_waited_for(world: World, modality: Modality, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = on_partner(world, instances=2)
    looks: list[int] = []

    def late(*_: object) -> frozenset[str]:
        looks.append(1)
        return frozenset(sorted(uids(tree))[: max(0, len(looks) - 2)])

    monkeypatch.setattr("orthanc_sdk.networking.retrieve_verified.instances_on", late)
    with answer_for(modality, tree.datasets[0].PatientID) as answer:
        result = retrieve_verified(answer, patience=10, attempts=1)
    assert result.is_complete
    assert len(looks) == 4


def test_a_modality_that_goes_away(world: World, modality: Modality) -> None:
    """Not every instance is tried then."""
    tree = on_partner(world, instances=5)
    world.client.post_instances(to_bytes(tree.datasets[0]))
    with answer_for(modality, tree.datasets[0].PatientID) as answer, pytest.MonkeyPatch.context() as patch:
        promised = manifest_of(answer)
        patch.setattr("orthanc_sdk.networking.retrieve_verified.manifest_of", lambda _: promised)
        world.partner.kill()
        try:
            with counted(world.client) as sent:
                result = retrieve_verified(answer)
        finally:
            world.partner.start()
            world.partner.client.put_modalities_id("world", dict(world.server.modality_configuration()))
        assert (len(result.missing), len(result.failures)) == (4, 3)
        assert sent.count("POST /modalities/partner/move") == 3
        assert "DIMSE" not in result.reason


def test_a_target_that_the_modality_does_not_know(world: World, modality: Modality) -> None:
    """Not every instance is tried: nothing comes."""
    tree = on_partner(world, instances=12)
    with answer_for(modality, tree.datasets[0].PatientID) as answer, counted(world.client) as sent:
        result = retrieve_verified(answer, target_aet="NOBODY", attempts=2)
    assert (len(result.missing), len(result.failures), result.attempts) == (12, 6, 2)
    assert sent.count("POST /modalities/partner/move") == 6
    assert "DIMSE status 0xC000" in result.reason


def test_errors(world: World, modality: Modality) -> None:
    tree = on_partner(world)
    with (
        answer_for(modality, tree.datasets[0].PatientID, "Patient") as answer,
        pytest.raises(InvalidArgument, match="about a patient"),
    ):
        retrieve_verified(answer)
    with answer_for(modality, tree.datasets[0].PatientID) as answer:
        with refusing_finds(world), pytest.raises(NetworkProtocolError):
            retrieve_verified(answer)
        with pytest.raises(InvalidArgument):
            retrieve_verified(answer, attempts=0)
    world.partner.client.delete_studies_id(tree.study)
    gone = retrieve_verified(answer)
    assert (gone.is_complete, gone.reason) == (False, "the modality lists no instances")
