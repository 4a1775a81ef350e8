"""The cases of DICOM tags: of instances, of modules, shared ones, and single values."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import NotFound, UnknownDicomTag, models
from orthanc_sdk.testing import make_instance
from tests.live.levels import IDENTIFIER, LEVELS_OF_MANY, Call, as_dicom_tag, at, identifier, value
from tests.live.registry import operation
from tests.live.world import Tree, World, upload

COMMENTS: Final = "Nothing to be seen. " * 20
LONG: Final = {
    "patients": ("PatientComments", COMMENTS),
    "studies": ("PhysiciansOfRecord", [f"Physician^{number}" for number in range(30)]),
    "series": ("CommentsOnThePerformedProcedureStep", COMMENTS),
    "instances": ("RelatedGeneralSOPClassUID", [f"1.2.840.10008.5.1.4.1.1.{number}" for number in range(1, 20)]),
}
"""For the module of each level, a tag with a value that is too long to be sent without being asked for."""


def rich_tree(world: World) -> Tree:
    """An instance with a sequence, a private tag, long values, and tags behind the pixel data."""
    dataset = make_instance(PatientID=uuid4().hex, ImageComments=COMMENTS, **dict(LONG.values()))  # type: ignore[arg-type]  # they are tags
    dataset.ReferencedImageSequence = [Dataset(), Dataset()]
    for number, item in enumerate(dataset.ReferencedImageSequence):
        item.ReferencedSOPInstanceUID = f"1.2.{number}"
    dataset.private_block(0x11, "orthanc-sdk", create=True).add_new(1, "LO", "private")
    dataset.DigitalSignaturesSequence = []
    return upload(world.client, [dataset])


def check_formats(get: Call, level: str, dataset: Dataset) -> None:
    """The three formats; the first one of `simplify`, `short` and `full` wins."""
    keyword, number = IDENTIFIER[level]
    wanted = identifier(level, dataset)
    for arguments in ({}, {"full": True}):
        tag = as_dicom_tag(get(**arguments)[number])
        assert (tag.name, tag.type, tag.value) == (keyword, "String", wanted)
    for arguments in ({"simplify": True}, {"simplify": True, "short": True, "full": True}):
        assert get(**arguments)[keyword] == wanted
    for arguments in ({"short": True}, {"short": True, "full": True}):
        assert get(**arguments)[number] == wanted


def check_ignored_length(get: Call, keyword: str, written: str) -> None:
    """Values of more than 256 characters come only if they are asked for."""
    assert get(simplify=True)[keyword] is None
    (number,) = (number for number, tag in get().items() if tag.name == keyword)
    assert (get()[number].type, get()[number].value) == ("TooLong", None)
    for spelling in (keyword, number.replace(",", "-"), number.replace(",", "")):
        assert get(simplify=True, ignore_length=["PatientName", spelling])[keyword] == written
    tag = get(ignore_length=[keyword])[number]
    assert (tag.type, tag.value) == ("String", written)
    with pytest.raises(UnknownDicomTag):
        get(ignore_length=["NoSuchTag"])


@operation("get_instances_id_tags")
def _(world: World) -> None:
    tree = rich_tree(world)
    (id_,), (dataset,) = tree.instances, tree.datasets

    def get(**arguments: Any) -> Any:  # Any: what the method takes and returns
        return world.client.get_instances_id_tags(id_, **arguments)

    check_formats(get, "instances", dataset)
    check_ignored_length(get, "ImageComments", COMMENTS.strip())

    tags = world.client.get_instances_id_tags(id_)
    assert tags["0010,0010"].value == dataset.PatientName
    assert tags["0008,0008"].value == "ORIGINAL\\PRIMARY\\AXIAL"
    assert tags["0028,0010"].value == "8"
    assert (tags["7fe0,0010"].type, tags["7fe0,0010"].value) == ("Null", None)
    assert (tags["0011,1001"].value, tags["0011,1001"].private_creator) == ("private", "orthanc-sdk")
    sequence = tags["0008,1140"]
    assert (sequence.name, sequence.type) == ("ReferencedImageSequence", "Sequence")
    assert isinstance(sequence.value, list)
    assert [item["0008,1155"].value for item in sequence.value] == ["1.2.0", "1.2.1"]
    assert "0002,0010" not in tags

    short = world.client.get_instances_id_tags(id_, short=True)
    assert short["0008,1140"] == [{"0008,1155": "1.2.0"}, {"0008,1155": "1.2.1"}]

    assert "fffa,fffa" not in tags
    assert "fffa,fffa" not in world.client.get_instances_id_tags(id_, whole=False)
    assert ("fffa,fffa" in world.client.get_instances_id_tags(id_, whole=True)) == world.at_least("1.12.4")


@operation("get_instances_id_simplified_tags")
def _(world: World) -> None:
    tree = rich_tree(world)
    (id_,), (dataset,) = tree.instances, tree.datasets
    get = world.client.get_instances_id_simplified_tags
    tags = get(id_)
    assert tags["PatientName"] == dataset.PatientName
    assert tags["ReferencedImageSequence"] == [
        {"ReferencedSOPInstanceUID": "1.2.0"},
        {"ReferencedSOPInstanceUID": "1.2.1"},
    ]
    assert tags["PixelData"] is None
    assert tags["ImageComments"] is None
    assert get(id_, ignore_length=["0020-4000", "PatientName"])["ImageComments"] == COMMENTS.strip()
    assert "DigitalSignaturesSequence" not in tags
    assert ("DigitalSignaturesSequence" in get(id_, whole=True)) == world.at_least("1.12.4")


@operation("get_instances_id_header")
def _(world: World) -> None:
    id_, dataset = world.tree.instances[0], world.tree.datasets[0]
    get = world.client.get_instances_id_header
    tag = get(id_)["0002,0010"]
    assert (tag.name, tag.type, tag.value) == ("TransferSyntaxUID", "String", "1.2.840.10008.1.2.1")
    assert get(id_, full=True) == get(id_)
    assert get(id_, short=True)["0002,0002"] == dataset.SOPClassUID
    simplified = get(id_, simplify=True)
    assert simplified["MediaStorageSOPInstanceUID"] == dataset.SOPInstanceUID
    assert "PatientName" not in simplified


@operation("get_instances_id_content_path")
def _(world: World) -> None:
    tree = rich_tree(world)
    (id_,), (dataset,) = tree.instances, tree.datasets

    def get(path: str) -> bytes | list[str]:
        return world.client.get_instances_id_content_path(id_, path)

    assert get("PatientName") == get("0010-0010") == get("00100010") == b"Doe^Jane"
    assert get("InstanceNumber") == b"1 "
    assert get("Rows") == (8).to_bytes(2, "little")
    assert get("0011-1001") == b"private "
    assert get("ReferencedImageSequence") == ["0", "1"]
    assert get("ReferencedImageSequence/1") == ["0008-1155"]
    assert get("ReferencedImageSequence/1/ReferencedSOPInstanceUID") == b"1.2.1\0"
    assert get("PixelData") == ["0"]
    assert get("7fe0-0010/0") == dataset.PixelData
    for path in ("PatientAge", "ReferencedImageSequence/2", "TransferSyntaxUID"):
        with pytest.raises(NotFound):
            get(path)
    with pytest.raises(UnknownDicomTag):
        get("NoSuchTag")


# -- Modules and shared tags ------------------------------------------------------------------------------------------


@at("get_{}_id_module")
def _(world: World, level: str, get: Call) -> None:
    tree = rich_tree(world)
    check_module(level, tree.datasets[0], lambda **arguments: get(tree.id_of(level), **arguments))


@operation("get_studies_id_module_patient")
def _(world: World) -> None:
    tree = rich_tree(world)
    get: Call = world.client.get_studies_id_module_patient
    check_module("patients", tree.datasets[0], lambda **arguments: get(tree.study, **arguments))


def check_module(level: str, dataset: Dataset, get: Call) -> None:
    check_formats(get, level, dataset)
    keyword, written = LONG[level]
    check_ignored_length(get, keyword, written.strip() if isinstance(written, str) else "\\".join(written))
    keywords = {
        "patients": ("PatientName", "PatientBirthDate", "PatientSex"),
        "studies": ("StudyDate", "AccessionNumber", "ReferringPhysicianName"),
        "series": ("Modality", "SeriesDescription", "PatientPosition"),
        "instances": ("SOPClassUID", "InstanceNumber"),
    }
    tags = get(simplify=True)
    for other, expected in keywords.items():
        for keyword in expected:
            assert tags.get(keyword) == (value(dataset, keyword) if other == level else None)


@at("get_{}_id_shared_tags", *LEVELS_OF_MANY)
def _(world: World, level: str, get: Call) -> None:
    tree = world.tree
    id_ = tree.id_of(level)
    check_formats(lambda **arguments: get(id_, **arguments), level, tree.datasets[0])
    tags = get(id_, simplify=True)
    assert tags["PatientName"] == tree.datasets[0].PatientName
    assert ("SeriesInstanceUID" in tags) == (level == "series")
    assert not {"SOPInstanceUID", "InstanceNumber", "PixelData"} & set(tags)
    assert all(isinstance(tag, models.DicomTag) and tag.type == "String" for tag in get(id_).values())


@at("get_{}_id_instances_tags", *LEVELS_OF_MANY)
def _(world: World, level: str, get: Call) -> None:
    tree = world.tree
    wanted = tree.instances[:2] if level == "series" else tree.instances
    assert sorted(get(tree.id_of(level))) == sorted(wanted)
    for id_, dataset in zip(wanted, tree.datasets, strict=False):
        check_formats(
            lambda id_=id_, **arguments: get(tree.id_of(level), **arguments)[id_],
            "instances",
            dataset,
        )

    rich = rich_tree(world)
    check_ignored_length(
        lambda **arguments: get(rich.id_of(level), **arguments)[rich.instances[0]], "ImageComments", COMMENTS.strip()
    )
