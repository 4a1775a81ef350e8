"""Loops over resources cost few requests, and keep nothing that they are done with."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import (
    Instance,
    NotFound,
    Orthanc,
    Patient,
    Study,
    find_instances,
    find_patients,
    find_series,
    find_studies,
    iter_patients,
)
from orthanc_sdk.resources.siblings import Siblings
from orthanc_sdk.testing import make_instance, to_bytes
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, counted, fill, fill_with_studies, new

PATIENTS = 100


@pytest.fixture(scope="session")
def hundred(start: Start) -> dict[str, tuple[Orthanc, Sequence[Dataset]]]:
    """Servers with 100 patients of a study of two series of an instance; nobody changes them."""
    found: dict[str, tuple[Orthanc, Sequence[Dataset]]] = {}
    for version in VERSIONS:
        client = start(version, {"Name": "hundred"})
        found[version] = client, fill(client, PATIENTS, series=2)
    return found


def facts_of(patients: Sequence[Patient], labels: bool) -> set[tuple[object, ...]]:
    """The loop of the README."""
    return {
        (
            str(patient.name),
            patient.birth_date,
            *(patient.labels if labels else ()),
            study.date,
            series.modality,
            instance.uid,
        )
        for patient in patients
        for study in patient.studies
        for series in study.series
        for instance in series.instances
    }


def expected(datasets: Sequence[Dataset]) -> set[tuple[object, ...]]:
    from pydicom.valuerep import DA

    return {
        (str(d.PatientName), DA(d.PatientBirthDate), DA(d.StudyDate), d.Modality, str(d.SOPInstanceUID))
        for d in datasets
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_loop_down_to_instances(version: str, hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred[version]
    assert len(expected(datasets)) == 200
    with counted(client) as sent:
        assert facts_of(find_patients(client), labels=version != "1.10") == expected(datasets)
    assert len(sent) <= 14
    with counted(client) as sent:
        assert facts_of(find_patients(client, prefetch="instances"), labels=version != "1.10") == expected(datasets)
    assert len(sent) <= 5


def test_the_first_search_of_a_client_with_prefetch(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred["1.13"]
    with Orthanc(client.url, auth=client.session.auth or client.transport.options.auth) as fresh:
        with counted(fresh) as sent:
            assert facts_of(find_patients(fresh, prefetch="instances"), labels=True) == expected(datasets)
        assert len(sent) <= 5


def test_prefetch_reads_so_far_and_no_further(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, _ = hundred["1.13"]
    patients = find_patients(client, prefetch="series")
    with counted(client) as sent:
        series = [series for patient in patients for study in patient.studies for series in study.series]
        assert len({one.uid for one in series}) == len(series) == 200
    assert len(sent) == 0
    with counted(client) as sent:
        assert len({instance for one in series for instance in one.instances}) == 200
    assert len(sent) == 1


def test_tags_that_were_found_cost_nothing(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred["1.13"]
    with counted(client) as sent:
        studies = find_studies(client, page_size=100)
    assert len(studies) == 100
    assert len(sent) == 2  # the second page tells that there is no more
    with counted(client) as sent:
        assert {study.uid for study in studies} == {dataset.StudyInstanceUID for dataset in datasets}
        assert {study.patient.name for study in studies} == {str(dataset.PatientName) for dataset in datasets}
        assert [study.tags.problems for study in studies] == [()] * 100
        assert all(study.labels == [] for study in studies)
    assert len(sent) == 0


def test_a_thousand_in_one_page(start: Start) -> None:
    client = start("1.13", {"Name": "a thousand"})
    uids = fill_with_studies(client, 1000)
    with counted(client) as sent:
        studies = find_studies(client)
        found = {(study.uid, study.date, study.patient.patient_id) for study in studies}
    assert found == {(uid, date(2024, 1, 15), "many studies") for uid in uids}
    assert len(found) == 1000
    assert len(sent) == 2  # the second page tells that there is no more
    with counted(client) as sent:
        assert len(find_studies(client, query={"StudyDate": "19000101-20991231"}, limit=1000)) == 1000
        assert len(find_patients(client, query={"PatientID": "many studies"})) == 1
    assert len(sent) == 2  # this server is known to give more than one at once


def test_parents_are_read_ahead(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred["1.13"]
    names = {(str(d.SOPInstanceUID), d.Modality, str(d.StudyInstanceUID), str(d.PatientName)) for d in datasets}
    instances = find_instances(client)
    with counted(client) as sent:
        found = {(one.uid, one.series.modality, one.study.uid, one.patient.name) for one in instances}
    assert found == names
    assert len(sent) <= 20


def test_who_came_from_above_knows_the_way_back(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, _ = hundred["1.13"]
    patients = find_patients(client, limit=3, prefetch="instances")
    with counted(client) as sent:
        for patient in patients:
            for study in patient.studies:
                assert study.patient is patient
                assert study.parent_patient is patient
                for series in study.series:
                    assert (series.study, series.parent_study) == (study, study)
                    assert series.patient is patient
                    for instance in series.instances:
                        assert (instance.series, instance.study, instance.patient) == (series, study, patient)
                        assert instance.parent_series.parent_study.parent_patient is patient
    assert len(sent) == 0


def test_one_resource_alone_asks_for_its_own_only(client: Orthanc) -> None:
    tree = new(client, series=2, instances=2)
    with counted(client) as sent:
        series = tree.study.series
        assert {one.id for one in series} == {stored.parent_series for stored in tree.ids}
        assert len({instance.id for one in series for instance in one.instances}) == 4
    assert len(sent) == 2
    with counted(client) as sent:
        assert tree.series.study == tree.study
        assert tree.instance.series == tree.series
        assert tree.study.patient == tree.patient
    assert len(sent) == 3


def test_a_loop_that_stops_early_has_not_read_everything(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, _ = hundred["1.13"]
    patients = find_patients(client)
    for used in (1, 4, 10, 24):
        for patient in patients[:used]:
            assert len(patient.studies) == 1
        read = [patient for patient in patients if patient._relatives]
        assert used <= len(read) <= 4 + 5 * (used - 1)
    assert len(read) == 24


@pytest.mark.parametrize("unknown", [Patient, Study, Instance])
def test_what_is_not_there_has_no_relatives(unknown: type[Patient], client: Orthanc) -> None:
    missing = unknown("00000000-00000000-00000000-00000000-00000000", client)
    with pytest.raises(NotFound):
        _ = missing.studies if unknown is Patient else missing.patient  # type: ignore[attr-defined]


def test_a_sibling_that_is_gone_does_not_stop_the_others(newest: Orthanc) -> None:
    trees = [new(newest, StudyDescription="gone") for _ in range(4)]
    studies = find_studies(newest, query={"StudyDescription": "gone"})
    assert len(studies) == 4
    newest.delete_studies_id(studies[2].id)
    assert [len(study.series) for study in (studies[0], studies[1], studies[3])] == [1, 1, 1]
    with pytest.raises(NotFound):
        _ = studies[2].series
    for tree in trees:
        if tree.study.exists():
            tree.patient.delete()


# ---------------------------------------------------------------------------------------------------------------------
# Memory and threads
# ---------------------------------------------------------------------------------------------------------------------


def test_what_a_loop_is_done_with_is_freed(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, _ = hundred["1.13"]
    done: list[weakref.ref[object]] = []
    gc.collect()
    gc.disable()  # not even in need of a collection
    try:
        for patient in iter_patients(client, page_size=20, prefetch="instances"):
            assert sum(reference() is not None for reference in done) <= 2 * 4
            done.append(weakref.ref(patient))
            for study in patient.studies:
                done.append(weakref.ref(study))
                done += [weakref.ref(series.instances[0]) for series in study.series]
        del patient, study
    finally:
        gc.enable()
    assert len(done) == PATIENTS * 4
    assert [reference() for reference in done if reference() is not None] == []


def test_many_threads_read_ahead_together(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred["1.13"]
    patients = find_patients(client)

    def facts(patient: Patient) -> set[tuple[object, ...]]:
        return facts_of([patient], labels=True)

    with counted(client) as sent, ThreadPoolExecutor(8) as threads:
        found = set().union(*threads.map(facts, patients))
    assert found == expected(datasets)
    assert len(sent) <= 60  # some 20 by one thread, 400 without reading ahead


def test_threads_may_forget_what_others_read(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, _ = hundred["1.13"]
    patients = find_patients(client, limit=5)

    def walk(number: int) -> int:
        patient = patients[number % 5]
        if number % 3 == 0:
            patient.refresh()
        return sum(len(study.series) for study in patient.studies)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(walk, range(60))) == [2] * 60


def test_series_that_were_found_know_their_studies(hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred["1.10"]
    series = find_series(client, page_size=200, limit=200)
    with counted(client) as sent:
        assert {(one.uid, one.study.uid) for one in series} == {
            (d.SeriesInstanceUID, d.StudyInstanceUID) for d in datasets
        }
    assert len(sent) <= 10


@pytest.mark.parametrize("version", VERSIONS)
def test_children_of_many_come_by_a_search(version: str, hundred: dict[str, tuple[Orthanc, Sequence[Dataset]]]) -> None:
    client, datasets = hundred[version]
    studies = find_studies(client)
    assert len(studies) == PATIENTS
    with counted(client) as sent:
        found = {
            (study.uid, series.uid, instance.uid)
            for study in studies
            for series in study.series
            for instance in series.instances
        }
    assert found == {(d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID) for d in datasets}
    assert sent.sent == ["POST /tools/find"] * 6


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_lost_where_searches_are_cut_off(version: str, start: Start) -> None:
    client = start(version, {"Name": "cut off", "LimitFindResults": 3, "LimitFindInstances": 2})
    datasets = fill(client, 12, series=2)
    assert len(client.post_tools_find({"Level": "Series", "Query": {}, "Expand": True})) < 5
    studies = [Study(id_, client) for id_ in client.get_studies()]
    patients = [Patient(id_, client) for id_ in client.get_patients()]
    assert len(studies) == len(patients) == 12
    Siblings(patients)
    found = [
        (study.uid, series.uid, instance.uid)
        for patient in patients
        for study in patient.studies
        for series in study.series
        for instance in series.instances
    ]
    assert len(found) == 24
    assert set(found) == {(d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID) for d in datasets}


def test_what_is_no_uid_is_not_searched_for(start: Start) -> None:
    client = start("1.13", {"Name": "no UIDs"})
    stem = "2.25.39099686099727728851.1"
    for number in range(9):
        content = to_bytes(make_instance(PatientID=f"no UID {number}", StudyInstanceUID=stem))
        client.post_instances(content.replace(stem.encode(), f"{stem[:-2]}*{number}".encode()))
    studies = find_studies(client)
    Siblings(studies)  # of no listing, whose order would tell where their series are
    with counted(client) as sent:
        series = [series.uid for study in studies for series in study.series]
    assert len(set(series)) == len(series) == len(studies) == 9
    assert "POST /tools/find" not in sent.sent
