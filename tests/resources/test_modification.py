"""Anonymizing and modifying: what comes of it, and what is refused because it would destroy data."""

from __future__ import annotations

from typing import Any

import pytest

from orthanc_sdk import (
    Conflict,
    Instance,
    InvalidArgument,
    JobFailed,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    Patient,
    Series,
    Study,
    UnknownDicomTag,
    find_patients,
)
from orthanc_sdk.resources.identity import UIDS
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, Tree, counted, new

ALL = list(UIDS)
READ = "POST /tools/bulk-content"  # reads, in spite of its method


# ---------------------------------------------------------------------------------------------------------------------
# Anonymizing
# ---------------------------------------------------------------------------------------------------------------------


def test_an_anonymized_patient(client: Orthanc) -> None:
    tree = new(client, instances=2, PatientName="Doe^Jane", StudyDescription="about Jane")
    anonymous = tree.patient.anonymize()
    assert isinstance(anonymous, Patient)
    assert anonymous != tree.patient
    assert anonymous.name
    assert anonymous.name != "Doe^Jane"
    assert anonymous.patient_id != tree.patient.patient_id
    assert anonymous.studies[0].description is None
    assert len(anonymous.studies[0].series[0].instances) == 2
    assert (tree.patient.name, tree.study.description) == ("Doe^Jane", "about Jane")
    assert anonymous.studies[0].metadata["AnonymizedFrom"] == tree.study.id


def test_an_anonymized_patient_with_options(client: Orthanc) -> None:
    tree = new(client, PatientName="Doe^Jane", SeriesDescription="T1")
    anonymous = tree.patient.anonymize(keep=["PatientName"], replace={"PatientID": "TheNewPatientID"}, force=True)
    assert (anonymous.name, anonymous.patient_id) == ("Doe^Jane", "TheNewPatientID")
    assert tree.patient.patient_id == tree.datasets[0].PatientID
    anonymous.delete()
    gone = tree.patient.anonymize(
        keep=["SeriesDescription"], remove=["PatientSex"], replace={"PatientName": "No^Body"}, keep_source=False,
        priority=3, dicom_version="2021b", keep_private_tags=True,
    )  # fmt: skip
    assert (gone.name, gone.sex) == ("No^Body", None)
    assert gone.studies[0].series[0].description == "T1"
    assert not tree.patient.exists()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_other_levels_anonymized(client: Orthanc, level: int) -> None:
    tree = new(client, PatientName="Doe^Jane")
    resource = tree.each[level]
    anonymous = resource.anonymize(replace={"PatientName": "No^Body"})
    assert type(anonymous) is type(resource)
    assert anonymous.exists()
    assert anonymous != resource
    assert anonymous.uid != resource.uid  # type: ignore[union-attr]
    patient = anonymous.patient  # type: ignore[union-attr]
    assert patient.name == "No^Body"
    assert patient != tree.patient
    assert resource.exists()


# ---------------------------------------------------------------------------------------------------------------------
# Modifying
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instances", [1, 2])
@pytest.mark.parametrize("overwrites", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_patient_modified_in_place(version: str, overwrites: bool, instances: int, start: Start) -> None:
    client = start(version, {"OverwriteInstances": True} if overwrites else None)
    tree = new(client, series=instances, instances=instances, PatientName="Doe^Jane", PatientComments="none")
    patient = tree.patient
    (study,) = patient.studies
    assert study.patient.name == patient.name == "Doe^Jane"
    patient.protected = True
    if client.supports("1.12.0"):
        patient.labels = ["keep-me"]
    assert patient.modify(replace={"PatientName": "new-name"}, remove=["PatientComments"]) is patient
    assert patient.name == "new-name"
    assert Patient(patient.id, client).name == "new-name"
    assert patient.protected is True
    if client.supports("1.12.0"):
        assert patient.labels == ["keep-me"]
    (study,) = patient.studies
    assert patient.info.studies == [study.id]
    found = [instance for series in study.series for instance in series.instances]
    assert len(found) == instances**2
    for instance in found:
        dataset = instance.get_pydicom()
        assert dataset.PatientName == "new-name"
        assert "PatientComments" not in dataset
    if overwrites and version != "1.10":  # which does not tell that it does
        assert {instance.uid for instance in found} == {dataset.SOPInstanceUID for dataset in tree.datasets}
    assert find_patients(client, query={"PatientName": "new-name", "PatientID": tree.datasets[0].PatientID}) == [
        patient
    ]


def test_labels_of_studies_come_along(start: Start) -> None:
    for client in (start("1.12"), start("1.13")):
        tree = new(client, instances=2)
        tree.study.labels = ["keep-me"]
        tree.series.labels = ["me-too"]
        patient = tree.patient.modify(replace={"PatientSex": "O"})
        assert patient.studies[0].labels == ["keep-me"]
        assert patient.studies[0].series[0].labels == ["me-too"]
        patient.modify(replace={"PatientSex": "F"}, keep_labels=False)
        assert patient.studies[0].labels == []


def test_a_patient_without_an_identifier_modified_in_place(client: Orthanc) -> None:
    patient = new(client, PatientID=None).patient
    assert patient.modify(replace={"PatientName": "new-name"}).name == "new-name"
    assert patient.patient_id is None
    patient.delete()


def test_a_patient_with_both_names_on_the_server(client: Orthanc) -> None:
    patient = new(client, PatientName="old-name").patient
    patient.modify(replace={"PatientName": "new-name"}, keep_source=True)
    assert len(patient.studies) == 2
    names = {str(study.series[0].instances[0].get_pydicom().PatientName) for study in patient.studies}
    assert names == {"old-name", "new-name"}


def test_a_patient_of_another_identifier(client: Orthanc) -> None:
    tree = new(client)
    new_id = tree.datasets[0].PatientID + "-new"
    made = tree.patient.modify(replace={"PatientID": new_id}, force=True)
    assert made != tree.patient
    assert made.patient_id == new_id
    assert tree.patient.exists()
    moved = tree.patient.modify(replace={"0010,0020": new_id + "er"}, force=True, keep_source=False)
    assert moved.patient_id == new_id + "er"
    assert not tree.patient.exists()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_other_levels_modified(client: Orthanc, level: int) -> None:
    tree = new(client, StudyDescription="old", SeriesDescription="old", ImageComments="old")
    resource = tree.each[level]
    keyword = ["", "StudyDescription", "SeriesDescription", "ImageComments"][level]
    made = resource.modify(replace={keyword: "new"}, remove=["Manufacturer"])
    assert type(made) is type(resource)
    assert made != resource
    assert (made.tags[keyword], resource.tags[keyword]) == ("new", "old")
    assert made.patient == tree.patient  # type: ignore[union-attr]  # no patient
    assert resource.exists()
    moved = resource.modify(replace={keyword: "newer"}, keep_source=False)
    assert moved.tags[keyword] == "newer"
    assert not resource.exists()


def test_parents_see_what_came_of_their_children(client: Orthanc) -> None:
    tree = new(client, series=2)
    study = tree.study
    first, second = study.series
    made = first.modify(replace={"SeriesDescription": "new"})
    assert set(study.series) == {first, second, made}
    moved = second.modify(replace={"SeriesDescription": "new"}, keep_source=False)
    assert set(study.series) == {first, made, moved}
    instance = first.instances[0].modify(replace={"ImageComments": "new"})
    assert len(first.instances) == 2
    assert instance.series == first


@pytest.mark.parametrize("version", VERSIONS)
def test_studies_and_series_modified_in_place(version: str, start: Start) -> None:
    client = start(version, {"OverwriteInstances": True})
    tree = new(client, instances=2, StudyDescription="old", SeriesDescription="old")
    study, series = tree.study, tree.series
    assert (study.description, series.description) == ("old", "old")
    assert study.modify(replace={"StudyDescription": "new"}, keep=ALL, force=True) is study
    assert (study.description, Study(study.id, client).description) == ("new", "new")
    assert series.modify(replace={"SeriesDescription": "new"}, keep=ALL[1:], force=True) is series
    assert (series.description, Series(series.id, client).description) == ("new", "new")
    assert [instance.get_pydicom().SeriesDescription for instance in series.instances] == ["new", "new"]
    assert client.get_patients_id(tree.patient.id).studies == [study.id]


def test_an_instance_modified_in_place(start: Start) -> None:
    client = start("1.13", {"OverwriteInstances": True})
    instance = new(client, ImageComments="old").instance
    same = instance.modify(replace={"ImageComments": "new"}, keep=["SOPInstanceUID"], force=True, keep_source=False)
    assert same == instance
    assert instance.image_comments == "new"


def test_an_instance_is_not_stored_over_itself(client: Orthanc) -> None:
    instance = new(client, ImageComments="old").instance
    with pytest.raises(Conflict, match="OverwriteInstances"):
        instance.modify(replace={"ImageComments": "new"}, keep=["SOPInstanceUID"], force=True, keep_source=False)
    assert instance.refresh().image_comments == "old"


def test_a_dataset_of_an_instance_is_not_stored(client: Orthanc) -> None:
    tree = new(client, PatientName="Doe^Jane")
    before = set(client.get_instances())
    assert tree.instance.anonymized_pydicom(keep=["PatientSex"]).PatientName != "Doe^Jane"
    changed = tree.instance.modified_pydicom(replace={"PatientName": "new-name"})
    assert changed.PatientName == "new-name"
    assert changed.PixelData == tree.datasets[0].PixelData
    assert set(client.get_instances()) == before
    for name in ("priority", "permissive", "user_data", "keep_labels"):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            tree.instance.modified_pydicom(**{name: 1})  # type: ignore[arg-type]  # wrong on purpose


def test_sequences_and_empty_values(client: Orthanc) -> None:
    tree = new(client)
    item = {"ReferencedSOPClassUID": "1.2.3", "ReferencedSOPInstanceUID": "4.5.6"}
    made = tree.study.modify(replace={"AccessionNumber": None, "ReferencedStudySequence": [item]})
    dataset = made.series[0].instances[0].get_pydicom()
    assert dataset.AccessionNumber in ("", None)
    assert dataset.ReferencedStudySequence[0].ReferencedSOPInstanceUID == "4.5.6"


# ---------------------------------------------------------------------------------------------------------------------
# Refused
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["modify", "modify_as_job", "anonymize", "anonymize_as_job"])
@pytest.mark.parametrize(
    "options",
    [
        {"replace": {"PatientID": "x"}},
        {"replace": {"0010,0020": "x"}},
        {"replace": {"00100020": "x"}},
        {"replace": {"StudyInstanceUID": "1.2"}},
        {"replace": {"0020-000d": "1.2"}},
        {"keep": ["SOPInstanceUID"]},
        {"keep": ["0008,0018"]},
        {"keep": "SOPInstanceUID"},
        {"remove": ["StudyInstanceUID"]},
        {"remove": "PatientName"},
    ],
)
def test_identifiers_need_force(newest: Orthanc, call: str, options: Any) -> None:
    assert newest.version
    tree = new(newest)
    with counted(newest) as sent:
        for resource in tree.each:
            if hasattr(resource, call):
                with pytest.raises(InvalidArgument):
                    getattr(resource, call)(**options)
    assert len(sent) == 0


def own(tree: Tree, *tags: str) -> dict[str, str]:
    return {tag: str(tree.datasets[0][tag].value) for tag in tags}


DESTROYING: list[tuple[int, Any]] = [
    (0, lambda _: {"keep": ALL}),
    (0, lambda tree: {"keep": ALL, "replace": own(tree, "PatientID")}),
    (0, lambda tree: {"keep": ALL, "replace": {"PatientID": own(tree, "PatientID")["PatientID"] + " "}}),
    (0, lambda tree: {"keep": ALL[:2], "replace": own(tree, "PatientID", "SOPInstanceUID")}),
    (1, lambda _: {"keep": ALL}),
    (1, lambda _: {"keep": ["PatientID", *ALL]}),
    (1, lambda tree: {"keep": ALL[1:], "replace": own(tree, "StudyInstanceUID")}),
    (1, lambda tree: {"keep": ALL[:2], "replace": own(tree, "SOPInstanceUID")}),
    (1, lambda tree: {"keep": ALL, "replace": own(tree, "PatientID")}),
    (1, lambda tree: {"keep": [ALL[0], ALL[2]], "replace": own(tree, "SeriesInstanceUID")}),
    (0, lambda tree: {"keep": [ALL[0], ALL[2]], "replace": own(tree, "SeriesInstanceUID")}),
    (2, lambda _: {"keep": ALL}),
    (2, lambda _: {"keep": ALL[1:]}),
    (2, lambda _: {"keep": ["0020,000e", "0008,0018"]}),
    (2, lambda tree: {"keep": ALL[2:], "replace": own(tree, "SeriesInstanceUID")}),
    (2, lambda tree: {"keep": ALL[2:], "replace": {"0020000E": own(tree, "SeriesInstanceUID")["SeriesInstanceUID"]}}),
    (2, lambda tree: {"keep": ALL[1:], "replace": own(tree, "StudyInstanceUID")}),
    (2, lambda tree: {"keep": ALL[1:2], "replace": own(tree, "SOPInstanceUID")}),
]


@pytest.mark.parametrize("overwrites", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_would_destroy_data_is_refused(version: str, overwrites: bool, start: Start) -> None:
    client = start(version, {"OverwriteInstances": True} if overwrites else None)
    tree = new(client, instances=1)
    for level, options in DESTROYING:
        resource = tree.each[level]
        for call in (resource.modify, resource.modify_as_job):  # type: ignore[union-attr]  # no instance
            with counted(client) as sent, pytest.raises(InvalidArgument, match="would delete"):
                call(**options(tree), force=True, keep_source=False)
            assert not [request for request in sent.sent if not request.startswith("GET ") and request != READ]
    for resource in (tree.patient, tree.study, tree.series):
        with pytest.raises(InvalidArgument, match="would delete"):
            resource.anonymize(keep=["PatientID", *ALL], force=True, keep_source=False)
    assert tree.instance.get_file()


def test_originals_of_failed_instances_are_not_deleted(client: Orthanc) -> None:
    """The server deletes all originals, whatever has become of each of them."""
    tree = new(client, instances=3)
    for resource in (tree.patient, tree.study, tree.series):
        with pytest.raises(InvalidArgument, match="would delete"):
            resource.modify(remove=["SOPInstanceUID"], force=True, permissive=True, keep_source=False)
        with pytest.raises(InvalidArgument, match="would delete"):
            resource.anonymize(permissive=True, keep_source=False)
        with pytest.raises(InvalidArgument, match="would delete"):
            resource.modify(replace={"SOPInstanceUID": "1.2.3"}, force=True, keep_source=False)
    with pytest.raises(InvalidArgument, match="would delete"):  # in place means new originals on this server
        tree.patient.modify(replace={"PatientName": "x"}, permissive=True)
    with pytest.raises(InvalidArgument, match="would delete"):
        tree.patient.modify(replace={"SOPInstanceUID": "1.2.3"}, force=True)
    assert len(tree.series.instances) == 3
    tree.patient.modify(replace={"PatientName": "x"}, permissive=True, keep_source=True)
    assert len(tree.series.instances) == 3


def test_what_only_looks_like_it_is_done(client: Orthanc) -> None:
    for level, keep in ((1, ALL[1:]), (1, ALL[2:]), (2, ALL[2:])):
        tree = new(client, StudyDescription="old")
        made = tree.each[level].modify(keep=keep, force=True, keep_source=False, replace={"SeriesDescription": "new"})
        assert made.exists()
        assert made != tree.each[level]
        assert not tree.instance.exists()
    tree = new(client, instances=2)
    other = tree.datasets[0].PatientID + "-other"
    moved = tree.patient.modify(keep=ALL, replace={"PatientID": other}, force=True, keep_source=False)
    assert moved.studies[0].uid == tree.datasets[0].StudyInstanceUID
    assert {one.uid for one in moved.studies[0].series[0].instances} == {one.SOPInstanceUID for one in tree.datasets}
    assert not tree.patient.exists()


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_what_would_change_nothing_is_refused(version: str, start: Start) -> None:
    client = start(version)
    tree = new(client, PatientName="old")
    for resource in (tree.patient, tree.study, tree.series):
        with pytest.raises(InvalidArgument, match="OverwriteInstances"):
            resource.modify(keep=ALL, force=True, replace={"PatientComments": "new"})
    assert "PatientComments" not in tree.instance.simplified_tags


def test_what_the_server_is_too_old_for(start: Start) -> None:
    client = start("1.10")
    tree = new(client)
    for options in ({"keep_labels": True}, {"user_data": {"a": 1}}):
        with pytest.raises(NotSupportedByServer):
            tree.study.modify(**options)
        with pytest.raises(NotSupportedByServer):
            tree.study.anonymize(**options)
    assert tree.study.modify(keep_labels=False, replace={"StudyDescription": "x"}).description == "x"


def test_errors_of_the_server(client: Orthanc) -> None:
    tree = new(client)
    with pytest.raises(UnknownDicomTag):
        tree.study.modify(replace={"NoSuchTag": "x"})
    with pytest.raises(NotFound):
        Patient("00000000-00000000-00000000-00000000-00000000", client).modify(replace={"PatientName": "x"})
    with pytest.raises((NotFound, JobFailed)):
        Instance("00000000-00000000-00000000-00000000-00000000", client).anonymize()
    assert tree.instance.exists()


# ---------------------------------------------------------------------------------------------------------------------
# Splitting and merging
# ---------------------------------------------------------------------------------------------------------------------


def test_splitting(client: Orthanc) -> None:
    tree = new(client, series=3)
    study = tree.study
    first, second, third = study.series
    made = study.split(series=[first], replace={"PatientName": "Split^Off"}, remove=["AccessionNumber"])
    assert isinstance(made, Study)
    assert made != study
    assert (made.patient.name, made.accession_number, len(made.series)) == ("Split^Off", None, 1)
    assert set(study.series) == {second, third}
    copied = study.split([second.id], keep_source=True)
    assert len(copied.series) == 1
    assert set(study.series) == {second, third}


def test_splitting_instances_off(client: Orthanc) -> None:
    tree = new(client, instances=2)
    made = tree.study.split(instances=[tree.instance])
    assert [len(series.instances) for series in made.series] == [1]
    assert len(tree.series.instances) == 1


def test_merging(client: Orthanc) -> None:
    tree, other, third = new(client), new(client), new(client)
    study = tree.study
    assert len(study.series) == 1
    assert study.merge([other.study]) is study
    assert len(study.series) == 2
    assert not other.study.exists()
    study.merge([third.series.id], keep_source=True)
    assert len(study.series) == 3
    assert third.study.exists()
    assert {series.instances[0].get_pydicom().PatientID for series in study.series} == {tree.datasets[0].PatientID}


def test_splitting_nothing(client: Orthanc) -> None:
    from orthanc_sdk import BadRequest

    with pytest.raises(BadRequest):
        new(client).study.split()
    with pytest.raises((BadRequest, NotFound)):
        new(client).study.merge(["00000000-00000000-00000000-00000000-00000000"])
