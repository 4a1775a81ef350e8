"""The cases of what makes new resources out of others: modify, anonymize, split, merge."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import BadRequest, NotFound, models
from tests.live.levels import LEVELS_OF_MANY, WORD, Call, at, parsed, route, value, wait_for
from tests.live.registry import operation
from tests.live.world import Tree, World, new_study, upload

IMPLICIT = "1.2.840.10008.1.2"


def private_tree(world: World) -> Tree:
    """A study of two series with two instances each, with private tags."""
    datasets = new_study(series=2, instances=2)
    for dataset in datasets:
        dataset.private_block(0x11, "orthanc-sdk", create=True).add_new(1, "LO", "private")
    return upload(world.client, datasets)


def private_value(dataset: Dataset) -> str | None:
    """The private tag of such a study; Orthanc forgets its type when it writes a file."""
    element = dataset.get((0x0011, 0x1001))
    if element is None:
        return None
    return element.value.decode().strip(" \0") if isinstance(element.value, bytes) else str(element.value)


def check_made(
    world: World, level: str, made: models.ResourceModificationContent, tree: Tree, *, anonymized: bool
) -> list[Dataset]:
    """What is told about the new resource; returns its instances."""
    id_ = tree.id_of(level)
    assert not made.model_extra
    assert made.is_anonymization is anonymized
    assert made.instances_count == (2 if level == "series" else 4)
    assert made.failed_instances_count == 0
    assert made.id not in (None, id_)
    assert made.type == WORD[level]
    assert made.path == f"/{level}/{made.id}"
    assert made.parent_resources == ([id_] if world.at_least("1.11.3") else None)
    if world.at_least("1.12.11"):
        assert made.resources is not None
        assert [(source.id, source.type) for source in made.resources] == [(id_, WORD[level])]

    info = route(world, "get_{}_id", level)(made.id)
    assert (info.anonymized_from, info.modified_from) == ((id_, None) if anonymized else (None, id_))
    instances = route(world, "get_{}_id_instances", level)(made.id)
    assert len(instances) == made.instances_count
    assert made.patient_id == world.client.get_instances_id_patient(instances[0].id).id
    return [parsed(world.client.get_instances_id_file(instance.id)) for instance in instances]


def completed(answer: object) -> models.ResourceModificationContent:
    assert isinstance(answer, models.ResourceModificationContent)
    return answer


def check_job(world: World, answer: object, type_: str) -> Any:  # Any: the content of any job
    """A job that was submitted with the priority 3 and with user data; returns its content."""
    job = wait_for(world, answer)
    assert job.type == type_
    assert job.priority == 3
    assert job.progress == 100
    assert job.user_data == ({"why": ["a", 1]} if world.at_least("1.12.9") else None)
    return job.content


def exists(world: World, level: str, id_: str) -> bool:
    try:
        return bool(route(world, "get_{}_id", level)(id_).id == id_)
    except NotFound:
        return False


# -- Modify -----------------------------------------------------------------------------------------------------------


@at("post_{}_id_modify", *LEVELS_OF_MANY)
def _(world: World, level: str, modify: Call) -> None:
    tree = private_tree(world)
    id_ = tree.id_of(level)
    old = tree.datasets[0]

    def replaced(**tags: str) -> dict[str, str]:
        # Orthanc 1.10.1 wants a new identifier for a patient.
        return {**tags, "PatientID": uuid4().hex} if level == "patients" else tags

    # What it does to the files
    request = models.ModifyRequest(
        replace=replaced(InstitutionName="Clinic"),
        remove=["Manufacturer"],
        keep=["SOPInstanceUID"],
        force=True,
        remove_private_tags=True,
        transcode=IMPLICIT,
        permissive=True,
    )
    made = completed(modify(id_, request))
    assert made.transcode == IMPLICIT
    datasets = check_made(world, level, made, tree, anonymized=False)
    for dataset in datasets:
        assert dataset.InstitutionName == "Clinic"
        assert "Manufacturer" not in dataset
        assert private_value(dataset) is None
        assert dataset.file_meta.TransferSyntaxUID == IMPLICIT
        assert dataset.PatientName == old.PatientName
        assert dataset.SeriesInstanceUID not in [source.SeriesInstanceUID for source in tree.datasets]
    kept = tree.datasets[: made.instances_count]
    assert {dataset.SOPInstanceUID for dataset in datasets} == {dataset.SOPInstanceUID for dataset in kept}
    assert exists(world, level, id_)

    # Labels
    if world.at_least("1.12.3"):
        route(world, "put_{}_id_labels_label", level)(id_, "research")
        for keep_labels in (True, False):
            body = {"Replace": replaced(), "Force": level == "patients", "KeepLabels": keep_labels}
            made = completed(modify(id_, body))
            assert route(world, "get_{}_id_labels", level)(made.id) == (["research"] if keep_labels else [])

    # Without any change
    if level != "patients":
        check_made(world, level, completed(modify(id_)), tree, anonymized=False)
    elif world.at_least("1.12"):
        assert completed(modify(id_)).id == id_
        assert len(world.client.get_patients_id(id_).studies) == 2
        tree = private_tree(world)
        id_ = tree.id_of(level)
    else:
        with pytest.raises(BadRequest, match="PatientID is required to be modified"):
            modify(id_)

    # As a job, in place of the original
    body = {
        "Replace": replaced(StudyDescription="Moved"),
        "Force": level == "patients",
        "Asynchronous": True,
        "KeepSource": False,
        "Priority": 3,
        "UserData": {"why": ["a", 1]},
    }
    made = completed(check_job(world, modify(id_, body), "ResourceModification"))
    assert not exists(world, level, id_)
    assert made.id is not None
    for tags in route(world, "get_{}_id_instances_tags", level)(made.id, simplify=True).values():
        assert tags["StudyDescription"] == "Moved"


@operation("post_instances_id_modify")
def _(world: World) -> None:
    tree = private_tree(world)
    id_, old = tree.instances[0], tree.datasets[0]

    def modify(json: Any = None) -> Dataset:  # Any: a model or a mapping
        return parsed(world.client.post_instances_id_modify(id_, json))

    changed = modify(
        models.ModifyInstanceRequest(
            replace={
                "PatientName": "Doe^John",
                "0008,0080": "Clinic",
                "StudyDescription": None,
                "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "1.2.3"}],
            },
            remove=["Manufacturer"],
            transcode=IMPLICIT,
        )
    )
    assert changed.PatientName == "Doe^John"
    assert changed.InstitutionName == "Clinic"
    assert changed.StudyDescription == ""
    assert changed.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert "Manufacturer" not in changed
    assert changed.file_meta.TransferSyntaxUID == IMPLICIT
    assert changed.PixelData == old.PixelData
    assert changed.SOPInstanceUID != old.SOPInstanceUID
    assert changed.SeriesInstanceUID == old.SeriesInstanceUID
    assert private_value(changed) == "private"

    kept = modify({"Keep": ["SOPInstanceUID"], "Force": True, "RemovePrivateTags": True})
    assert kept.SOPInstanceUID == old.SOPInstanceUID
    assert private_value(kept) is None
    forced = modify({"Replace": {"SOPInstanceUID": "1.2.3.4"}, "Force": True})
    assert forced.SOPInstanceUID == "1.2.3.4"
    private = modify({"Replace": {"0011,1001": "changed"}, "PrivateCreator": "orthanc-sdk"})
    assert private_value(private) == "changed"
    assert modify().PatientName == old.PatientName
    assert world.client.get_instances_id_tags(id_, simplify=True)["PatientName"] == old.PatientName

    if world.at_least("1.12.7"):
        grey = world.new_tree(modality="OT", rows=64, columns=64)
        sizes = [
            len(
                world.client.post_instances_id_modify(
                    grey.instances[0], {"Transcode": "1.2.840.10008.1.2.4.50", "LossyQuality": quality}
                )
            )
            for quality in (1, 100)
        ]
        assert sizes[0] < sizes[1] / 2


# -- Anonymize --------------------------------------------------------------------------------------------------------


def default_profile(world: World) -> str:
    return "2023b" if world.at_least("1.12.1") else "2021b"


@at("post_{}_id_anonymize", *LEVELS_OF_MANY)
def _(world: World, level: str, anonymize: Call) -> None:
    tree = private_tree(world)
    id_ = tree.id_of(level)
    old = tree.datasets[0]

    for dataset in check_made(world, level, completed(anonymize(id_)), tree, anonymized=True):
        assert default_profile(world) in dataset.DeidentificationMethod
        assert str(dataset.PatientName).startswith("Anonymized")
        assert dataset.PatientID != old.PatientID
        assert not dataset.ReferringPhysicianName
        assert private_value(dataset) is None
        assert dataset.StudyInstanceUID != old.StudyInstanceUID
        assert dataset.PixelData in [source.PixelData for source in tree.datasets]

    request = models.AnonymizeRequest(
        replace={"PatientName": "Nobody", "InstitutionName": "Somewhere"},
        keep=["StudyDescription", "SOPInstanceUID"],
        remove=["SliceThickness"],
        force=True,
        permissive=True,
        keep_private_tags=True,
        transcode=IMPLICIT,
        synchronous=True,
    )
    for dataset in check_made(world, level, completed(anonymize(id_, request)), tree, anonymized=True):
        assert dataset.PatientName == "Nobody"
        assert dataset.InstitutionName == "Somewhere"
        assert dataset.StudyDescription == old.StudyDescription
        assert dataset.SOPInstanceUID in [source.SOPInstanceUID for source in tree.datasets]
        assert "SliceThickness" not in dataset
        assert private_value(dataset) == "private"
        assert dataset.file_meta.TransferSyntaxUID == IMPLICIT
    made = completed(anonymize(id_, {"DicomVersion": "2017c"}))
    for dataset in check_made(world, level, made, tree, anonymized=True):
        assert "2017c" in dataset.DeidentificationMethod

    if world.at_least("1.12.3"):
        route(world, "put_{}_id_labels_label", level)(id_, "research")
        for keep_labels in (True, False):
            made = completed(anonymize(id_, {"KeepLabels": keep_labels}))
            assert route(world, "get_{}_id_labels", level)(made.id) == (["research"] if keep_labels else [])

    assert exists(world, level, id_)
    body = {"Asynchronous": True, "KeepSource": False, "Priority": 3, "UserData": {"why": ["a", 1]}}
    made = completed(check_job(world, anonymize(id_, body), "ResourceModification"))
    assert made.is_anonymization is True
    assert exists(world, level, made.id or "")
    assert not exists(world, level, id_)


@operation("post_instances_id_anonymize")
def _(world: World) -> None:
    tree = private_tree(world)
    id_, old = tree.instances[0], tree.datasets[0]

    def anonymize(json: Any = None) -> Dataset:  # Any: a model or a mapping
        return parsed(world.client.post_instances_id_anonymize(id_, json))

    nobody = anonymize()
    assert str(nobody.PatientName).startswith("Anonymized")
    assert nobody.PatientID != old.PatientID
    assert nobody.SOPInstanceUID != old.SOPInstanceUID
    assert "StudyDescription" not in nobody
    assert default_profile(world) in nobody.DeidentificationMethod
    assert "2008" in anonymize({"DicomVersion": "2008"}).DeidentificationMethod
    assert private_value(nobody) is None
    assert nobody.PixelData == old.PixelData

    chosen = anonymize(
        models.AnonymizeInstanceRequest(
            replace={"PatientName": "Nobody"},
            keep=["StudyDescription", "SOPInstanceUID"],
            remove=["SliceThickness"],
            force=True,
            keep_private_tags=True,
            transcode=IMPLICIT,
        )
    )
    assert chosen.PatientName == "Nobody"
    assert chosen.StudyDescription == old.StudyDescription
    assert chosen.SOPInstanceUID == old.SOPInstanceUID
    assert "SliceThickness" not in chosen
    assert private_value(chosen) == "private"
    # 1.10.1 does not look at `Transcode` here.
    assert (chosen.file_meta.TransferSyntaxUID == IMPLICIT) == world.at_least("1.12")
    assert world.client.get_instances_id_tags(id_, simplify=True)["PatientName"] == old.PatientName


# -- Split and merge --------------------------------------------------------------------------------------------------


@operation("post_studies_id_split")
def _(world: World) -> None:
    client = world.client
    tree = world.new_tree(series=3, instances=2)

    request = models.SplitStudyRequest(
        series=[tree.series[0]],
        replace={"PatientName": "Doe^John", "StudyDescription": "Split"},
        remove=["AccessionNumber"],
        keep_source=True,
    )
    split = client.post_studies_id_split(tree.study, request)
    assert isinstance(split, models.SplitStudyContent)
    assert not split.model_extra
    assert (split.instances_count, split.failed_instances_count) == (2, 0)
    assert split.target_study
    study = client.get_studies_id(split.target_study)
    assert study.main_dicom_tags["StudyInstanceUID"] == split.target_study_uid
    assert study.main_dicom_tags["StudyDescription"] == "Split"
    assert study.patient_main_dicom_tags["PatientName"] == "Doe^John"
    assert "AccessionNumber" not in client.get_studies_id_shared_tags(study.id, simplify=True)
    assert len(study.series) == 1
    assert len(client.get_studies_id(tree.study).series) == 3

    split = client.post_studies_id_split(tree.study, {"Instances": [tree.instances[2]], "Series": [tree.series[0]]})
    assert isinstance(split, models.SplitStudyContent)
    assert split.instances_count == 3
    assert client.get_studies_id_statistics(tree.study).count_instances == 3
    assert not exists(world, "series", tree.series[0])
    assert not exists(world, "instances", tree.instances[2])

    answer = client.post_studies_id_split(
        tree.study,
        {"Series": [tree.series[1]], "Asynchronous": True, "Priority": 3, "UserData": {"why": ["a", 1]}},
    )
    content = check_job(world, answer, "SplitStudy")
    assert isinstance(content, models.SplitStudyContent)
    assert content.target_study is not None
    assert client.get_studies_id_statistics(content.target_study).count_instances == 1
    assert client.get_studies_id(tree.study).series == [tree.series[2]]


@operation("post_studies_id_merge")
def _(world: World) -> None:
    client = world.client
    target, first, second, third = (world.new_tree(series=2) for _ in range(4))

    request = models.MergeStudyRequest(resources=[first.study], keep_source=True)
    merged = client.post_studies_id_merge(target.study, request)
    assert isinstance(merged, models.MergeStudyContent)
    assert not merged.model_extra
    assert (merged.instances_count, merged.failed_instances_count) == (2, 0)
    assert merged.target_study == target.study
    assert len(client.get_studies_id(target.study).series) == 4
    patients = {
        tags["PatientID"] for tags in client.get_studies_id_instances_tags(target.study, simplify=True).values()
    }
    assert patients == {value(target.datasets[0], "PatientID")}
    assert exists(world, "studies", first.study)

    merged = client.post_studies_id_merge(target.study, {"Resources": [second.series[0], second.instances[1]]})
    assert isinstance(merged, models.MergeStudyContent)
    assert merged.instances_count == 2
    assert len(client.get_studies_id(target.study).series) == 6
    assert not exists(world, "studies", second.study)

    answer = client.post_studies_id_merge(
        target.study,
        {"Resources": [third.study], "Asynchronous": True, "Priority": 3, "UserData": {"why": ["a", 1]}},
    )
    content = check_job(world, answer, "MergeStudy")
    assert isinstance(content, models.MergeStudyContent)
    assert content.target_study == target.study
    assert client.get_studies_id_statistics(target.study).count_instances == 8
    assert not exists(world, "studies", third.study)
