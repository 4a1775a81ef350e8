"""The cases of resources themselves: lists, information, parents and children, sizes, upload, deletion."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from orthanc_sdk import BadRequest, NotFound, NotSupportedByServer, models
from orthanc_sdk.testing import to_bytes
from tests.live.levels import (
    IDENTIFIER,
    INFO,
    LEVELS,
    LEVELS_OF_MANY,
    WORD,
    Call,
    at,
    identifier,
    parsed,
    route,
    value,
)
from tests.live.registry import operation
from tests.live.world import Tree, World, new_study, upload

PARTIAL = {
    "patients": models.PartialPatient,
    "studies": models.PartialStudy,
    "series": models.PartialSeries,
    "instances": models.PartialInstance,
}


def check_info(world: World, level: str, info: Any, tree: Tree) -> None:  # Any: of each level
    """Information about the first patient, study, series or instance of a tree."""
    assert isinstance(info, INFO[level])
    assert info.id == tree.id_of(level)
    assert info.type == WORD[level]
    assert info.main_dicom_tags[IDENTIFIER[level][0]] == identifier(level, tree.datasets[0])
    assert not info.model_extra
    assert info.labels == ([] if world.at_least("1.12.0") else None)
    assert info.anonymized_from is None
    assert info.modified_from is None
    if isinstance(info, models.InstanceInfo):
        assert info.parent_series == tree.series[0]
        assert info.file_size == len(to_bytes(tree.datasets[0]))
        assert len(info.file_uuid) == 36
        assert info.index_in_series == 1
        return
    assert info.last_update is not None
    assert timedelta(minutes=-1) < datetime.now(UTC) - info.last_update < timedelta(hours=1)
    if isinstance(info, models.PatientInfo):
        assert info.studies == [tree.study]
        assert info.is_protected is (False if world.at_least("1.12.8") else None)
    elif isinstance(info, models.StudyInfo):
        assert info.parent_patient == tree.patient
        assert sorted(info.series) == sorted(tree.series)
        assert info.patient_main_dicom_tags["PatientID"] == value(tree.datasets[0], "PatientID")
    else:
        assert info.parent_study == tree.study
        assert sorted(info.instances) == sorted(tree.instances[: len(info.instances)])
        assert len(info.instances) == len(tree.instances) // len(tree.series)
        assert info.status == "Unknown"
        assert info.expected_number_of_instances is None


def check_formats(level: str, get: Call, tree: Tree) -> None:
    """Information in the three formats of tags, and with additional tags; `get` takes the arguments and returns it."""
    keyword, number = IDENTIFIER[level]
    wanted = identifier(level, tree.datasets[0])
    assert get(simplify=True).main_dicom_tags[keyword] == wanted
    assert get(short=True).main_dicom_tags[number] == wanted
    full = get(full=True).main_dicom_tags
    assert full[keyword] == full[number] == wanted
    assert full.sent[number] == {"Name": keyword, "Type": "String", "Value": wanted}


def check_requested_tags(world: World, get: Call) -> None:
    """Tags that the database does not have; servers that do not know the argument ignore it."""
    tags = ["PatientPosition", "0008,0050"]
    info = get(requested_tags=tags)
    if world.at_least("1.12.4"):
        assert info.requested_tags["PatientPosition"] == "HFS"
        assert len(info.requested_tags["AccessionNumber"]) > 8
        assert get(requested_tags=tags, full=True).requested_tags["0018,5100"] == "HFS"
    else:
        assert info.requested_tags is None


# -- Lists ------------------------------------------------------------------------------------------------------------


@at("get_{}")
def _(world: World, level: str, get: Call) -> None:
    tree, other = world.tree, world.new_tree()
    ids = get()
    assert {tree.id_of(level), other.id_of(level)} <= set(ids)
    assert get(expand=False) == ids
    assert get(since=1, limit=1) == ids[1:2]
    assert get(limit=2) == ids[:2]
    assert get(since=len(ids) - 1, limit=10) == ids[-1:]
    assert get(limit=0) == (ids if world.at_least("1.12.5") else [])

    def info(**arguments: object) -> Any:  # Any: of each level
        return only(get(expand=True, **arguments), tree.id_of(level))

    check_info(world, level, info(), tree)
    check_formats(level, info, tree)
    check_requested_tags(world, info)
    assert [item.id for item in get(expand=True)] == ids
    assert [item.id for item in get(expand=True, since=1, limit=1)] == ids[1:2]

    def part(*wanted: str, **arguments: object) -> Any:  # Any: of each level
        return only(get(response_content=wanted, **arguments), tree.id_of(level))

    if world.at_least("1.12.5"):
        check_parts(world, level, part, tree)
    else:
        with pytest.raises(NotSupportedByServer, match=rf"response_content of GET /{level} needs Orthanc 1\.12\.5"):
            part("MainDicomTags")


def only(items: Iterable[Any], id_: str) -> Any:  # Any: of each level
    """The one that has this identifier."""
    (found,) = (item for item in items if item.id == id_)
    return found


def check_parts(world: World, level: str, part: Call, tree: Tree) -> None:
    """The parts of the information that `response_content` chooses."""
    dataset = tree.datasets[0]
    keyword, number = IDENTIFIER[level]

    nothing = part()
    assert isinstance(nothing, PARTIAL[level])
    assert nothing.model_fields_set == {"id", "type"}

    parent = part("Parent")
    children = part("Children", "Labels")
    assert children.labels == []
    assert children.metadata is None
    if isinstance(children, models.PartialPatient):
        assert children.studies == [tree.study]
        assert parent.model_fields_set == {"id", "type"}
    elif isinstance(children, models.PartialStudy):
        assert sorted(children.series or ()) == sorted(tree.series)
        assert parent.parent_patient == tree.patient
    elif isinstance(children, models.PartialSeries):
        assert sorted(children.instances or ()) == sorted(tree.instances[:2])
        assert parent.parent_study == tree.study
    else:
        assert parent.parent_series == tree.series[0]

    tags = part("MainDicomTags", "RequestedTags", requested_tags=["PatientPosition"])
    assert tags.main_dicom_tags[keyword] == identifier(level, dataset)
    assert tags.requested_tags["PatientPosition"] == "HFS"
    assert tags.labels is None
    if level == "studies":
        assert tags.patient_main_dicom_tags["PatientID"] == value(dataset, "PatientID")
    full = part("MainDicomTags", full=True).main_dicom_tags
    assert full.sent[number] == {"Name": keyword, "Type": "String", "Value": identifier(level, dataset)}

    stored = part("Metadata", "Attachments", "Status", "IsStable")
    if level == "instances":
        assert stored.metadata["SopClassUid"] == dataset.SOPClassUID
        (file,) = stored.attachments
        assert isinstance(file, models.AttachmentInfo)
        assert (file.content_type, file.uncompressed_size) == (1, len(to_bytes(dataset)))
    else:
        assert stored.metadata["LastUpdate"].startswith("20")
        assert stored.attachments == []
        assert isinstance(stored.is_stable, bool)
    if level == "series":
        assert stored.status == "Unknown"

    if world.at_least("1.12.8"):
        assert part("IsProtected").model_fields_set - {"id", "type"} == (
            {"is_protected"} if level == "patients" else set()
        )
    else:
        with pytest.raises(BadRequest, match="IsProtected"):
            part("IsProtected")


# -- One --------------------------------------------------------------------------------------------------------------


@at("get_{}_id")
def _(world: World, level: str, get: Call) -> None:
    tree = world.tree
    id_ = tree.id_of(level)
    check_info(world, level, get(id_), tree)
    check_formats(level, partial(get, id_), tree)
    check_requested_tags(world, partial(get, id_))
    if level != "instances":
        eventually(lambda: get(id_).is_stable is True)
        eventually(lambda: get(world.new_tree().id_of(level)).is_stable is False)


def eventually(condition: Callable[[], bool]) -> None:
    """Waits until it holds."""
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("not in time")


@at("delete_{}_id")
def _(world: World, level: str, delete: Call) -> None:
    get = route(world, "get_{}_id", level)
    id_ = world.new_tree().id_of(level)
    get(id_)
    gone = delete(id_)
    assert isinstance(gone, models.DeleteResult)
    assert gone.remaining_ancestor is None
    with pytest.raises(NotFound):
        get(id_)

    if level == "patients":
        return
    patient = uuid4().hex
    upload(world.client, new_study(PatientID=patient))
    tree = world.new_tree(series=2, instances=2, PatientID=patient)
    ancestor = delete(tree.id_of(level)).remaining_ancestor
    parent = LEVELS[LEVELS.index(level) - 1]
    assert isinstance(ancestor, models.RemainingAncestor)
    assert ancestor.type == WORD[parent]
    assert ancestor.id == tree.id_of(parent)
    assert ancestor.path == f"/{parent}/{ancestor.id}"
    with pytest.raises(NotFound):
        get(tree.id_of(level))
    assert world.client.get_patients_id(tree.patient).id == tree.patient


@at("get_{}_id_statistics")
def _(world: World, level: str, get: Call) -> None:
    tree = world.new_tree(series=2, instances=2)
    instances = {"series": 2, "instances": 1}.get(level, 4)
    size = sum(len(to_bytes(dataset)) for dataset in tree.datasets[:instances])
    statistics = get(tree.id_of(level))
    assert not statistics.model_extra
    assert statistics.disk_size == statistics.uncompressed_size == size
    assert statistics.dicom_disk_size == statistics.dicom_uncompressed_size == size
    assert statistics.disk_size_mb == statistics.dicom_uncompressed_size_mb == 0

    wanted = {"count_instances": instances, "count_series": 2, "count_studies": 1}
    counts = {name: getattr(statistics, name) for name in wanted if name in type(statistics).model_fields}
    assert counts == dict(list(wanted.items())[: 3 - LEVELS.index(level)])

    route(world, "put_{}_id_attachments_name", level)(tree.id_of(level), "notes", b"x" * 2**20)
    statistics = get(tree.id_of(level))
    assert (statistics.disk_size, statistics.disk_size_mb) == (size + 2**20, 1)
    assert (statistics.dicom_disk_size, statistics.dicom_disk_size_mb) == (size, 0)


@operation("get_patients_id_protected")
def _(world: World) -> None:
    id_ = world.new_tree().patient
    assert world.client.get_patients_id_protected(id_) is False
    world.client.put_patients_id_protected(id_, True)
    assert world.client.get_patients_id_protected(id_) is True


@operation("put_patients_id_protected")
def _(world: World) -> None:
    id_ = world.new_tree().patient
    for content, protected in (
        (True, True),
        (False, False),
        ("1", True),
        ("0", False),
        ("true", True),
        ("false", False),
    ):
        world.client.put_patients_id_protected(id_, content)  # type: ignore[arg-type]  # these words are among them
        assert world.client.get_patients_id_protected(id_) is protected
        if world.at_least("1.12.8"):
            assert world.client.get_patients_id(id_).is_protected is protected


# -- Relatives --------------------------------------------------------------------------------------------------------


@at("get_{}_id_studies", "patients")
def _(world: World, level: str, get: Call) -> None:
    check_children(world, level, "studies", get)


@at("get_{}_id_series", "patients", "studies")
def _(world: World, level: str, get: Call) -> None:
    check_children(world, level, "series", get)


@at("get_{}_id_instances", "patients", "studies", "series")
def _(world: World, level: str, get: Call) -> None:
    check_children(world, level, "instances", get)


def check_children(world: World, level: str, below: str, get: Call) -> None:
    tree = world.tree
    id_ = tree.id_of(level)
    everyone = {"studies": (tree.study,), "series": tree.series, "instances": tree.instances}[below]
    wanted = everyone[: 2 if (level, below) == ("series", "instances") else None]

    def info(**arguments: object) -> Any:  # Any: of each level
        return only(get(id_, **arguments), tree.id_of(below))

    assert sorted(item.id for item in get(id_)) == sorted(wanted)
    check_info(world, below, info(), tree)
    check_info(world, below, info(expand=True), tree)
    check_formats(below, info, tree)
    check_requested_tags(world, info)
    if world.at_least("1.12.2"):
        assert sorted(get(id_, expand=False)) == sorted(wanted)
    else:
        with pytest.raises(NotSupportedByServer, match=rf"expand of GET .*/{below} needs Orthanc 1\.12\.2") as caught:
            get(id_, expand=False)
        assert caught.value.argument == "expand"


@at("get_{}_id_patient", "studies", "series", "instances")
def _(world: World, level: str, get: Call) -> None:
    check_parent(world, level, "patients", get)


@at("get_{}_id_study", "series", "instances")
def _(world: World, level: str, get: Call) -> None:
    check_parent(world, level, "studies", get)


@at("get_{}_id_series", "instances")
def _(world: World, level: str, get: Call) -> None:
    check_parent(world, level, "series", get)


def check_parent(world: World, level: str, above: str, get: Call) -> None:
    tree = world.tree
    id_ = tree.id_of(level)
    check_info(world, above, get(id_), tree)
    check_formats(above, partial(get, id_), tree)
    assert get(id_, requested_tags=["PatientPosition"]).requested_tags is None  # ignored by all versions


# -- Upload and reconstruction ----------------------------------------------------------------------------------------


@operation("post_instances")
def _(world: World) -> None:
    first, *others = new_study(instances=6)
    post = world.client.post_instances

    def stored(content: object, **arguments: Any) -> models.UploadedInstance:  # Any: what the method takes
        answer = post(content, **arguments)  # type: ignore[arg-type]  # each of these is meant
        assert isinstance(answer, models.UploadedInstance)
        return answer

    answer = stored(to_bytes(first))
    assert answer.status == "Success"
    assert answer.path == f"/instances/{answer.id}"
    assert answer.id is not None
    assert not answer.model_extra
    assert world.client.get_instances_id(answer.id).parent_series == answer.parent_series
    assert world.client.get_series_id(answer.parent_series).parent_study == answer.parent_study
    assert world.client.get_studies_id(answer.parent_study).parent_patient == answer.parent_patient
    assert world.client.get_instances_id_file(answer.id) == to_bytes(first)

    again = stored(to_bytes(first))
    assert again.status == "AlreadyStored"
    assert again.id == answer.id

    content = to_bytes(others[0])
    assert stored(io.BytesIO(content)).status == "Success"
    content = to_bytes(others[1])
    assert stored(content[at : at + 100] for at in range(0, len(content), 100)).status == "Success"
    zipped = stored(gzip.compress(to_bytes(others[2])), content_encoding="gzip")
    assert zipped.status == "Success"
    assert zipped.id is not None
    assert world.client.get_instances_id_file(zipped.id) == to_bytes(others[2])

    answers = post(zip_of({"a.dcm": to_bytes(others[3]), "b/c": to_bytes(others[4]), "d.txt": b"no DICOM"}))
    assert isinstance(answers, list)
    assert [answer.status for answer in answers] == ["Success", "Success"]
    assert {answer.parent_series for answer in answers} == {answer.parent_series}
    answers = post(zip_of({"again.dcm": to_bytes(others[3])}))
    assert isinstance(answers, list)
    assert [answer.status for answer in answers] == ["AlreadyStored"]
    assert world.client.get_series_id_statistics(answer.parent_series).count_instances == 6


def zip_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@at("post_{}_id_reconstruct")
def _(world: World, level: str, reconstruct: Call) -> None:
    """The database keeps the tags of the first instance; reconstruction reads those of the one that is left."""

    def described() -> list[object]:
        """What the database has for the patient, the study, and the series."""
        return [
            world.client.get_patients_id(tree.patient).main_dicom_tags["PatientName"],
            world.client.get_studies_id(tree.study).main_dicom_tags["StudyDescription"],
            world.client.get_series_id(tree.series[0]).main_dicom_tags["SeriesDescription"],
        ]

    datasets = new_study(instances=2, PatientName="Old", StudyDescription="Old", SeriesDescription="Old")
    datasets[1].PatientName = datasets[1].StudyDescription = datasets[1].SeriesDescription = "New"
    tree = upload(world.client, datasets)
    world.client.delete_instances_id(tree.instances[0])
    id_ = tree.instances[1] if level == "instances" else tree.id_of(level)
    assert described() == ["Old", "Old", "Old"]

    if world.at_least("1.12.4"):
        assert reconstruct(id_, models.ReconstructRequest(limit_to_this_level_main_dicom_tags=True)) is None
        assert described() == ["New" if name == level else "Old" for name in LEVELS_OF_MANY]
    assert reconstruct(id_) is None
    assert described() == ["New", "New", "New"]

    if world.at_least("1.13"):  # Debian's 1.12.7 did not come to an end, 1.10.1 does not know it
        before = world.client.get_instances_id(tree.instances[1]).file_uuid
        assert reconstruct(id_, {"ReconstructFiles": True}) is None
        assert world.client.get_instances_id(tree.instances[1]).file_uuid != before
        assert parsed(world.client.get_instances_id_file(tree.instances[1])) == datasets[1]
