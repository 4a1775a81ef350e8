"""The cases of /changes and /exports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orthanc_sdk import BadRequest, models
from tests.live.registry import operation
from tests.live.waiting import eventually
from tests.live.world import World


def _pages(world: World, since: int, limit: int) -> list[models.ChangesPage]:
    pages = [world.client.get_changes(since=since, limit=limit)]
    while not pages[-1].done:
        pages.append(world.client.get_changes(since=pages[-1].last, limit=limit))
    return pages


@operation("get_changes")
def _(world: World) -> None:
    client = world.client
    begin = client.get_changes(last=True).last
    tree = world.new_tree(series=2)
    news = {
        ("NewPatient", "Patient", tree.patient, f"/patients/{tree.patient}"),
        ("NewStudy", "Study", tree.study, f"/studies/{tree.study}"),
        *(("NewSeries", "Series", id_, f"/series/{id_}") for id_ in tree.series),
        *(("NewInstance", "Instance", id_, f"/instances/{id_}") for id_ in tree.instances),
    }

    page = client.get_changes(since=begin, limit=100)
    assert news <= {(change.change_type, change.resource_type, change.id, change.path) for change in page.changes}
    assert all(abs(datetime.now(UTC) - change.date) < timedelta(seconds=30) for change in page.changes)
    assert [change.seq for change in page.changes] == sorted({change.seq for change in page.changes})
    assert page.changes[0].seq == begin + 1
    assert page.last == page.changes[-1].seq
    assert page.first == (begin + 1 if world.at_least("1.12.5") else None)
    assert page.done

    pages = _pages(world, begin, 4)
    assert len(pages) >= 2
    assert len(pages[0].changes) == 4
    assert [change.id for page in pages for change in page.changes][: len(page.changes)] == [
        change.id for change in page.changes
    ]

    stable = eventually(
        lambda: [
            change
            for change in client.get_changes(since=begin, limit=1000).changes
            if (change.change_type, change.id) == ("StableStudy", tree.study)
        ]
    )
    assert stable[0]["ResourceType"] == "Study"

    (last,) = client.get_changes(last=True).changes
    assert last.seq == client.get_changes(since=last.seq - 1, limit=1).changes[0].seq
    empty = client.get_changes(since=last.seq + 1000, limit=1)
    assert empty.changes == []
    assert empty.first is None

    filtered = client.get_changes(since=begin, limit=100, type_=["NewPatient", "NewSeries"])
    until = client.get_changes(to=begin + 3, limit=2)
    if world.at_least("1.12.5"):
        assert [change.change_type for change in filtered.changes].count("NewSeries") == 2
        assert {change.change_type for change in filtered.changes} == {"NewPatient", "NewSeries"}
        assert [change.seq for change in until.changes] == [begin + 2, begin + 3]
        with pytest.raises(BadRequest):
            client.get_changes(type_=["NewSeriess"])
    else:
        assert {"NewPatient", "NewStudy"} <= {change.change_type for change in filtered.changes}
        assert [change.seq for change in until.changes] == [1, 2]


@operation("delete_changes", destructive=True)
def _(world: World) -> None:
    tree = world.new_tree()
    last = world.client.get_changes().last
    assert last >= 4
    world.client.delete_changes()
    assert world.client.get_changes().changes == []
    assert world.client.get_studies() == [tree.study]
    world.new_tree()
    assert world.client.get_changes().changes[0].seq > last


def _exports_since(world: World, since: int) -> list[models.ExportedResource]:
    return world.client.get_exports(since=since, limit=100).exports


@operation("get_exports")
def _(world: World) -> None:
    client = world.client
    begin = client.get_exports(last=True).last
    tree = world.new_tree()
    dataset = tree.datasets[0]
    client.post_modalities_id_store("partner", [tree.instances[0]])
    client.post_modalities_id_store("partner", [tree.series[0]])
    client.post_peers_id_store("partner", [tree.study])
    client.post_peers_id_store("partner", [tree.patient])

    instance, series, study, patient = _exports_since(world, begin)
    assert (instance.resource_type, instance.id) == ("Instance", tree.instances[0])
    assert instance.path == f"/instances/{tree.instances[0]}"
    assert instance.remote_modality == "partner"
    assert instance.patient_id == dataset.PatientID
    assert instance.study_instance_uid == dataset.StudyInstanceUID
    assert instance.series_instance_uid == dataset.SeriesInstanceUID
    assert instance.sop_instance_uid == instance["SOPInstanceUID"] == dataset.SOPInstanceUID
    assert abs(datetime.now(UTC) - instance.date) < timedelta(seconds=30)
    assert (series.id, series.sop_instance_uid) == (tree.series[0], None)
    assert series.series_instance_uid == dataset.SeriesInstanceUID
    assert (study.id, study.series_instance_uid) == (tree.study, None)
    assert (patient.id, patient.study_instance_uid) == (tree.patient, None)

    page = client.get_exports(since=begin, limit=3)
    assert [export.seq for export in page.exports] == [begin + 1, begin + 2, begin + 3]
    assert not page.done
    assert page.last == begin + 3
    assert page.first == (begin + 1 if world.at_least("1.12.5") else None)
    last = client.get_exports(last=True)
    assert last.exports == [patient]
    empty = client.get_exports(since=patient.seq, limit=3)
    assert empty.exports == []
    assert empty.done


@operation("delete_exports", destructive=True)
def _(world: World) -> None:
    tree = world.new_tree()
    world.client.post_modalities_id_store("partner", tree.study)
    assert [export.id for export in world.client.get_exports().exports] == [tree.study]
    world.client.delete_exports()
    assert world.client.get_exports().exports == []
