"""Identifiers of Orthanc without a server, and what servers say."""

from __future__ import annotations

import pytest

from orthanc_sdk import InvalidArgument, Orthanc, orthanc_id
from tests.resources.data import new


@pytest.mark.parametrize(
    "patient_id", ["plain", "", " blank before", "blank behind ", "two behind  ", "a\\b", "Zoé", "山田", "a b", "x\ty"]
)
def test_they_are_those_of_the_servers(client: Orthanc, patient_id: str) -> None:
    tree = new(client, PatientID=patient_id, alphabet="utf-8")
    dataset = tree.datasets[0]
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    assert orthanc_id(patient_id) == tree.patient.id
    assert orthanc_id(patient_id, uids[0]) == tree.study.id
    assert orthanc_id(patient_id, uids[0], uids[1]) == tree.series.id
    assert orthanc_id(patient_id, *uids) == tree.instance.id
    assert orthanc_id(patient_id, study_uid=uids[0], series_uid=uids[1], instance_uid=uids[2]) == tree.instance.id
    tree.patient.delete()


def test_without_a_patient_id(client: Orthanc) -> None:
    tree = new(client, PatientID=None)
    assert orthanc_id("") == tree.patient.id
    assert orthanc_id("", tree.datasets[0].StudyInstanceUID) == tree.study.id
    tree.patient.delete()


def test_padding_of_uids() -> None:
    assert orthanc_id("x", "1.2\0") == orthanc_id("x ", "1.2") != orthanc_id("x", "1.2.3")


def test_those_above_are_needed() -> None:
    with pytest.raises(InvalidArgument, match="study_uid must be given"):
        orthanc_id("x", None, "1.2.3")
    with pytest.raises(InvalidArgument, match="series_uid must be given"):
        orthanc_id("x", "1.2", None, "1.2.3")
