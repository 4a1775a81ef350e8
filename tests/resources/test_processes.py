"""Resources go to other processes."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

from orthanc_sdk import Instance, Orthanc, Patient, Study, find_patients, find_studies
from tests.resources.data import counted, fill_with_studies, new


def test_they_can_be_pickled(client: Orthanc) -> None:
    for resource in new(client).each:
        for known in (False, True):
            if known:
                _ = resource.tags
            other = pickle.loads(pickle.dumps(resource))
            assert type(other) is type(resource)
            assert other == resource
            assert hash(other) == hash(resource)
            assert other.client is not resource.client
            assert other.tags == resource.tags
            assert other.exists()


def test_what_was_read_comes_along(newest: Orthanc) -> None:
    tree = new(newest, PatientName="Doe^Jane")
    (patient,) = find_patients(newest, query={"PatientID": tree.datasets[0].PatientID}, prefetch="instances")
    other: Patient = pickle.loads(pickle.dumps(patient))
    with counted(other.client) as sent:
        assert (other.name, other.labels) == ("Doe^Jane", [])
    assert len(sent) == 0
    assert other.studies == patient.studies
    study: Study = pickle.loads(pickle.dumps(patient.studies[0]))
    assert study.patient == patient
    lone: Patient = pickle.loads(pickle.dumps(study.patient))
    assert (lone.name, lone.studies) == ("Doe^Jane", [study])


def test_they_can_be_copied(newest: Orthanc) -> None:
    study = new(newest).study
    for other in (copy.copy(study), copy.deepcopy(study)):
        assert other == study
        assert other.uid == study.uid


def work(study: Study) -> tuple[str | None, int, str]:
    """What another process does with a study."""
    instance: Instance = study.series[0].instances[0]
    return study.uid, instance.file_size, str(instance.get_pydicom(stop_before_pixels=True).StudyInstanceUID)


def test_they_work_in_other_processes(newest: Orthanc) -> None:
    fill_with_studies(newest, 8)
    studies = find_studies(newest, query={"PatientID": "many studies"})
    assert len(studies) == 8
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        results = list(processes.map(work, studies))
    assert [uid for uid, _, _ in results] == [study.uid for study in studies]
    assert all(uid == in_file and size > 500 for uid, size, in_file in results)
    studies[0].patient.delete()
