"""What a patient, a study, a series and an instance tell of themselves."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest

import orthanc_sdk
from orthanc_sdk import (
    BadRequest,
    Instance,
    InvalidArgument,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    Patient,
    Series,
    Study,
    find_patients,
    models,
)
from tests.resources.data import counted, has_labels, new

UNKNOWN = "00000000-00000000-00000000-00000000-00000000"
CLASSES = [Patient, Study, Series, Instance]


# ---------------------------------------------------------------------------------------------------------------------
# Identity
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("class_", CLASSES)
def test_making_one_asks_nothing(newest: Orthanc, class_: type[Patient]) -> None:
    with counted(newest) as sent:
        resource = class_(id_="an-id", client=newest)
        assert (resource.id, resource.id_, resource.identifier) == ("an-id",) * 3
        assert resource.client is newest
        assert resource.level == class_.__name__
        assert repr(resource) == f"{class_.__name__}('an-id')"
        assert resource == class_("an-id", newest)
    assert len(sent) == 0


@pytest.mark.parametrize("id_", ["", None, 5, b"x"])
def test_identifiers_are_text(newest: Orthanc, id_: Any) -> None:
    with pytest.raises(InvalidArgument, match="Study: id_ must be an Orthanc identifier"):
        Study(id_, newest)


def test_equal_are_those_of_the_same_class_server_and_identifier(newest: Orthanc) -> None:
    elsewhere = Orthanc("http://127.0.0.1:1")
    same = newest.with_options(timeout=3)
    patient = Patient("a", newest)
    assert patient == Patient("a", same)
    assert hash(patient) == hash(Patient("a", same))
    others: list[object] = [Patient("b", newest), Patient("a", elsewhere), Study("a", newest), None, "a"]
    assert all(patient != other for other in others)
    assert len({patient, Patient("a", newest), Study("a", newest), Patient("b", newest)}) == 3


def test_a_repr_has_no_patient_in_it(newest: Orthanc) -> None:
    tree = new(newest, PatientName="Secret^Name", StudyDescription="Hidden", SeriesDescription="Hidden")
    for resource in tree.each:
        assert "Secret" in str(resource.client.get_patients_id(tree.patient.id).main_dicom_tags.raw)
        _ = resource.tags
        shown = repr(resource) + repr(resource.metadata) + repr(resource.attachments) + repr(resource.attachments["x"])
        assert "Secret" not in shown
        assert "Hidden" not in shown
        assert resource.id in shown


@pytest.mark.parametrize("class_", CLASSES)
def test_unknown_ones_are_not_found(client: Orthanc, class_: type[Study]) -> None:
    unknown = class_(UNKNOWN, client)
    assert unknown.exists() is False
    for read in (lambda: unknown.info, lambda: unknown.tags, lambda: unknown.labels, unknown.delete):
        with pytest.raises(NotFound):
            read()
    with pytest.raises(NotFound):
        _ = unknown.metadata["LastUpdate"]
    with pytest.raises(NotFound):
        unknown.attachments["dicom"].read()


@pytest.mark.parametrize("id_", ["../changes", "a/b", ".", ".."])
def test_identifiers_do_not_lead_elsewhere(newest: Orthanc, id_: str) -> None:
    with counted(newest) as sent, pytest.raises(InvalidArgument):
        Patient(id_, newest).delete()
    assert len(sent) == 0


# ---------------------------------------------------------------------------------------------------------------------
# Tags
# ---------------------------------------------------------------------------------------------------------------------


def test_tags_as_attributes(client: Orthanc) -> None:
    tree = new(
        client, PatientID="tags", PatientName="Müller^Zoé", alphabet="accents", PatientBirthDate="19410901",
        PatientSex="F", OtherPatientIDs=["other-1", "other-2"], StudyDate="20240131", StudyTime="1015",
        StudyDescription="Head", InstitutionName="Clinic", SeriesDescription="T1", SeriesNumber=7, InstanceNumber=3,
        ImageComments="fine", AcquisitionNumber=12, StudyID="77",
    )  # fmt: skip
    patient, study, series, instance = tree.each
    assert isinstance(patient.name, str)
    assert (patient.name, patient.patient_id, patient.sex) == ("Müller^Zoé", "tags", "F")
    assert patient.name.family_name == "Müller"
    assert patient.birth_date == dt.date(1941, 9, 1)
    assert patient.other_patient_ids == ("other-1", "other-2")
    assert patient.tags.raw["PatientBirthDate"] == "19410901"
    assert patient.info.main_dicom_tags == patient.tags
    assert study.uid == tree.datasets[0].StudyInstanceUID
    assert (study.date, study.time, study.description) == (dt.date(2024, 1, 31), dt.time(10, 15), "Head")
    assert (study.institution_name, study.study_id) == ("Clinic", "77")
    assert study.accession_number == tree.datasets[0].AccessionNumber
    assert study.referring_physician_name == "House^Gregory^^Dr"
    assert (series.uid, series.modality) == (tree.datasets[0].SeriesInstanceUID, "MR")
    assert (series.description, series.series_number, series.manufacturer) == ("T1", 7, "orthanc-sdk")
    assert series.image_orientation_patient == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert (series.status, series.expected_number_of_instances) == ("Unknown", None)
    assert instance.uid == tree.datasets[0].SOPInstanceUID
    assert (instance.instance_number, instance.acquisition_number, instance.image_comments) == (3, 12, "fine")
    assert instance.image_position_patient == (0.0, 0.0, 0.0)


def test_dirty_tags_raise_nothing(client: Orthanc) -> None:
    with pytest.warns(UserWarning, match="Invalid value"):
        tree = new(client, PatientBirthDate="19901301", PatientName=None, StudyDate=None, SeriesNumber=None)
    patient = tree.patient
    assert (patient.birth_date, patient.name, tree.study.date, tree.series.series_number) == (None, None, None, None)
    assert patient.tags.raw["PatientBirthDate"] == "19901301"
    assert [(problem.keyword, problem.raw) for problem in patient.tags.problems] == [("PatientBirthDate", "19901301")]
    assert tree.study.tags.problems == ()


def test_tags_take_one_request_for_all(client: Orthanc) -> None:
    for resource in new(client).each:
        with counted(client) as sent:
            assert resource.tags is resource.tags
            assert resource.info is resource.info
            assert resource.exists() is True
        assert len(sent) == 2
    patient = new(client).patient
    with counted(client) as sent:
        assert all(value is not None for value in (patient.name, patient.birth_date, patient.patient_id, patient.sex))
    assert len(sent) == 1


# ---------------------------------------------------------------------------------------------------------------------
# What is remembered, and what is not
# ---------------------------------------------------------------------------------------------------------------------


def test_what_it_read_it_remembers_until_refresh(newest: Orthanc) -> None:
    patient = new(newest).patient
    assert patient.labels == []
    newest.put_patients_id_labels_label(patient.id, "somebody-elses")
    assert patient.labels == []
    assert patient.refresh() is patient
    assert patient.labels == ["somebody-elses"]


def test_what_is_changed_through_it_is_forgotten(newest: Orthanc) -> None:
    (patient,) = find_patients(newest, query={"PatientID": new(newest).datasets[0].PatientID})
    assert (patient.labels, patient.protected) == ([], False)
    patient.add_label("b")
    patient.add_label("a")
    assert patient.labels == ["a", "b"]
    patient.protected = True
    assert patient.protected is True
    patient.remove_label("b")
    assert (patient.labels, patient.protected) == (["a"], True)


def test_a_child_that_is_deleted_is_forgotten_by_its_parents(newest: Orthanc) -> None:
    tree = new(newest, series=2, instances=2)
    study = tree.study
    first, second = study.series
    instance = first.instances[0]
    assert len(first.info.instances) == 2
    assert instance.delete() == first
    assert len(first.instances) == 1
    assert len(first.info.instances) == 1
    assert first.delete() == study
    assert study.series == [second]
    assert study.info.series == [second.id]
    assert second.delete() is None
    assert not tree.patient.exists()
    with pytest.raises(NotFound):
        _ = study.series


def test_deleting_gives_what_remains(client: Orthanc) -> None:
    tree = new(client, series=2, instances=2)
    assert tree.instance.delete() == tree.series
    assert tree.series.delete() == tree.study
    other = new(client, PatientID=tree.datasets[0].PatientID)
    assert other.study.delete() == tree.patient
    assert tree.patient.delete() is None
    assert not tree.study.exists()
    with pytest.raises(NotFound):
        tree.patient.delete()


def test_stable_and_last_update_always_ask(client: Orthanc) -> None:
    tree = new(client)
    resources = tree.patient, tree.study, tree.series
    assert [resource.is_stable for resource in resources] == [False] * 3
    for resource in resources:
        assert isinstance(resource.last_update, dt.datetime)
        assert resource.last_update.tzinfo is dt.UTC
        assert abs(dt.datetime.now(dt.UTC) - resource.last_update) < dt.timedelta(minutes=5)
        with counted(client) as sent:
            _ = resource.is_stable, resource.last_update
        assert len(sent) == 2
    end = time.monotonic() + 20
    while not all(resource.is_stable for resource in resources):
        assert time.monotonic() < end
        time.sleep(0.1)


# ---------------------------------------------------------------------------------------------------------------------
# Labels and protection
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(4))
def test_labels(client: Orthanc, level: int) -> None:
    resource = new(client).each[level]
    if not has_labels(client):
        for use in (
            lambda: resource.labels,
            lambda: resource.add_label("x"),
            lambda: resource.remove_label("x"),
            lambda: setattr(resource, "labels", ["x"]),
        ):
            with pytest.raises(NotSupportedByServer, match=r"1\.12\.0"):
                use()
        return
    assert resource.labels == []
    resource.add_label("one")
    resource.add_label("one")
    assert resource.labels == ["one"]
    resource.labels = ["two", "three"]
    assert resource.labels == type(resource)(resource.id, client).labels == ["three", "two"]
    resource.labels = "four"
    assert resource.labels == ["four"]
    resource.labels.append("only in the list")
    assert resource.labels == ["four"]
    resource.remove_label("five")
    resource.labels = []
    assert resource.labels == []
    with pytest.raises(BadRequest):
        resource.add_label("two words")


def test_setting_labels_changes_only_what_differs(newest: Orthanc) -> None:
    study = new(newest).study
    study.labels = ["a", "b"]
    with counted(newest) as sent:
        study.labels = ["b", "c"]
    assert [request.split()[0] for request in sent.sent] == ["GET", "PUT", "DELETE"]
    assert study.labels == ["b", "c"]


def test_protection(client: Orthanc) -> None:
    patient = new(client).patient
    assert patient.protected is False
    patient.protected = True
    assert patient.protected is True
    assert Patient(patient.id, client).protected is True
    patient.protected = False
    assert Patient(patient.id, client).protected is patient.protected is False


# ---------------------------------------------------------------------------------------------------------------------
# More about them
# ---------------------------------------------------------------------------------------------------------------------


def test_statistics(client: Orthanc) -> None:
    tree = new(client, series=2, instances=3)
    patient, study, series = tree.patient.statistics, tree.study.statistics, tree.series.statistics
    assert (patient.count_studies, patient.count_series, patient.count_instances) == (1, 2, 6)
    assert (study.count_series, study.count_instances, series.count_instances) == (2, 6, 3)
    size = tree.instance.statistics.dicom_uncompressed_size
    assert size == len(tree.instance.get_file()) == tree.instance.file_size
    assert patient.disk_size == study.disk_size > series.disk_size > size > 0


def test_modules_and_shared_tags(client: Orthanc) -> None:
    tree = new(client, instances=2, StudyDescription="shared", PatientName="Doe^Jane")
    patient, study, series, instance = tree.each
    assert patient.module["PatientName"] == study.patient_module["PatientName"] == "Doe^Jane"
    assert study.module["StudyDescription"] == "shared"
    assert series.module["Modality"] == "MR"
    assert instance.module["SOPInstanceUID"] == instance.uid
    for resource in (patient, study, series):
        assert resource.shared_tags["StudyDescription"] == "shared"
        assert "SOPInstanceUID" not in resource.shared_tags


def test_all_tags_of_an_instance(client: Orthanc) -> None:
    from pydicom.dataset import Dataset

    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3"
    instance = new(client, PatientName="Doe^Jane", ReferencedImageSequence=[reference]).instance
    assert instance.simplified_tags["PatientName"] == "Doe^Jane"
    name = instance.full_tags["0010,0010"]
    assert (name.name, name.value) == ("PatientName", "Doe^Jane")
    content = instance.content("PatientName")
    assert isinstance(content, bytes)
    assert content.rstrip() == b"Doe^Jane"
    path = "ReferencedImageSequence/0/ReferencedSOPInstanceUID"
    assert bytes(instance.content(path)).rstrip(b"\0") == b"1.2.3"  # type: ignore[arg-type]
    assert instance.content("ReferencedImageSequence") == ["0"]
    with pytest.raises(NotFound):
        instance.content("PatientComments")
    with pytest.raises(InvalidArgument):
        instance.content("0008-0000/../../../../system")


def test_reconstruct(client: Orthanc) -> None:
    for resource in new(client, instances=2).each:
        uid_before = resource.tags.raw
        resource.reconstruct()
        with counted(client) as sent:
            assert resource.tags.raw == uid_before
        assert len(sent) == 1
    if client.supports("1.11.0"):
        new(client).study.reconstruct(files=True)
    with pytest.raises(NotFound):
        Study(UNKNOWN, client).reconstruct()


def test_the_rows_of_the_issue(newest: Orthanc) -> None:
    tree = new(newest)
    client = orthanc_sdk.Orthanc(
        url=newest.url, username=None, password=None, timeout=100.0, headers={"X-Test": "1"},
        auth=newest.transport.options.auth,
    )  # fmt: skip
    with client:
        assert tree.patient.id in client.get_patients()
        assert client.get_patients_id(tree.patient.id).id == tree.patient.id
        again = client.post_instances(tree.instance.get_file())
        assert isinstance(again, models.UploadedInstance)
        assert (again.id, again.status) == (tree.instance.id, "AlreadyStored")
        client.put_modalities_id("MY_MODALITY", {"AET": "OTHER", "Host": "127.0.0.1", "Port": 104})
        assert "MY_MODALITY" in client.get_modalities()
        client.delete_modalities_id("MY_MODALITY")
        patient = Patient(id_=tree.patient.id, client=client)
        assert (patient.patient_id, patient.is_stable) == (tree.datasets[0].PatientID, False)
        assert [study.uid for study in patient.studies] == [tree.datasets[0].StudyInstanceUID]
