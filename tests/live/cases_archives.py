"""The cases of files: DICOM files, and archives of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest

from orthanc_sdk import BadRequest, ServerError, models
from orthanc_sdk.http.raw import raw_response
from orthanc_sdk.testing import to_bytes
from tests.live.levels import LEVELS_OF_MANY, Call, at, parsed, wait_for
from tests.live.registry import operation
from tests.live.world import Tree, World

IMPLICIT = "1.2.840.10008.1.2"
JPEG = "1.2.840.10008.1.2.4.50"
MPEG = "1.2.840.10008.1.2.4.100"
"""No Orthanc writes it."""


def unzipped(content: object) -> Mapping[str, bytes]:
    """The files of an archive by their names."""
    assert isinstance(content, bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def files_of(tree: Tree, level: str) -> list[bytes]:
    """The files that were uploaded, of the whole tree or of its first series."""
    datasets = tree.datasets[:2] if level == "series" else tree.datasets
    return sorted(to_bytes(dataset) for dataset in datasets)


def grey(world: World) -> Tree:
    """An image that can be compressed lossily: with 8 bits."""
    return world.new_tree(modality="OT", rows=64, columns=64)


# -- Archives ---------------------------------------------------------------------------------------------------------


def check_archive(content: object, tree: Tree, level: str) -> None:
    files = unzipped(content)
    assert sorted(files.values()) == files_of(tree, level)
    descriptions = {parsed(content).SeriesDescription: name for name, content in files.items()}
    assert all(description in name for description, name in descriptions.items())


def check_media(content: object, tree: Tree, level: str, *, extended: bool = False) -> None:
    files = dict(unzipped(content))
    directory = parsed(files.pop("DICOMDIR"))
    assert sorted(files.values()) == files_of(tree, level)
    records = directory.DirectoryRecordSequence
    images = [record for record in records if record.DirectoryRecordType == "IMAGE"]
    assert sorted(record.ReferencedSOPInstanceUIDInFile for record in images) == sorted(
        parsed(content).SOPInstanceUID for content in files.values()
    )
    (study,) = (record for record in records if record.DirectoryRecordType == "STUDY")
    (patient,) = (record for record in records if record.DirectoryRecordType == "PATIENT")
    assert patient.PatientID == tree.datasets[0].PatientID
    assert study.StudyInstanceUID == tree.datasets[0].StudyInstanceUID
    assert all(
        ("SeriesDescription" in record) == extended for record in records if record.DirectoryRecordType == "SERIES"
    )


def check_transcoded(content: object, count: int) -> None:
    files = [parsed(file) for name, file in unzipped(content).items() if name != "DICOMDIR"]
    assert [file.file_meta.TransferSyntaxUID for file in files] == [IMPLICIT] * count


@at("get_{}_id_archive", *LEVELS_OF_MANY)
def _(world: World, level: str, get: Call) -> None:
    check_archive(get(world.tree.id_of(level)), world.tree, level)
    check_downloads(world, level, get)


@at("get_{}_id_media", *LEVELS_OF_MANY)
def _(world: World, level: str, get: Call) -> None:
    check_media(get(world.tree.id_of(level)), world.tree, level)
    check_media(get(world.tree.id_of(level), extended=True), world.tree, level, extended=True)
    check_downloads(world, level, get)


def check_downloads(world: World, level: str, get: Call) -> None:
    """The arguments that `archive` and `media` have in common."""
    id_ = world.tree.id_of(level)
    check_transcoded(get(id_, transcode=IMPLICIT), len(files_of(world.tree, level)))
    with pytest.raises(BadRequest, match="Unknown transfer syntax"):
        get(id_, transcode="1.2.3")
    # From 1.13.0 on, what cannot be converted is missing.
    left = [file for name, file in unzipped(get(id_, transcode=MPEG)).items() if name != "DICOMDIR"]
    assert sorted(left) == ([] if world.at_least("1.13") else files_of(world.tree, level))
    proposed = raw_response(get, id_, filename="mine.zip").headers["Content-Disposition"]
    assert proposed == f'filename="{"mine" if world.at_least("1.11.0") else id_}.zip"'

    image = grey(world).id_of(level)
    sizes = [len(get(image, transcode=JPEG, lossy_quality=quality)) for quality in (1, 100)]
    assert (sizes[0] < sizes[1] / 2) == world.at_least("1.12.7")


@at("post_{}_id_archive", *LEVELS_OF_MANY)
def _(world: World, level: str, post: Call) -> None:
    check_archive(post(world.tree.id_of(level)), world.tree, level)
    check_jobs(
        world, level, post, "Archive", models.ArchiveRequest(synchronous=True, transcode=IMPLICIT, filename="mine.zip")
    )


@at("post_{}_id_media", *LEVELS_OF_MANY)
def _(world: World, level: str, post: Call) -> None:
    check_media(post(world.tree.id_of(level)), world.tree, level)
    check_media(post(world.tree.id_of(level), {"Extended": True}), world.tree, level, extended=True)
    check_jobs(
        world, level, post, "Media", models.MediaRequest(synchronous=True, transcode=IMPLICIT, filename="mine.zip")
    )


def check_jobs(world: World, level: str, post: Call, type_: str, request: models.ArchiveOptions) -> None:
    """The bodies that `archive` and `media` have in common."""
    id_ = world.tree.id_of(level)
    count = len(files_of(world.tree, level))
    response = raw_response(post, id_, request)
    check_transcoded(response.content, count)
    assert response.headers["Content-Disposition"] == f'filename="{"mine" if world.at_least("1.12.7") else id_}.zip"'

    body = {"Asynchronous": True, "Priority": 3, "UserData": "mine", "Utf8": True, "LossyQuality": 50}
    reference = post(id_, {"Transcode": IMPLICIT, **body})
    job = wait_for(world, reference)
    assert (job.type, job.priority) == (type_, 3)
    assert job.user_data == ("mine" if world.at_least("1.12.9") else None)
    content = job.content
    assert isinstance(content, models.ArchiveContent)
    assert not content.model_extra
    assert content.instances_count == count
    assert content.transcode == IMPLICIT
    assert content.utf8 is (True if world.at_least("1.12.11") else None)
    assert content.lossy_quality == (50 if world.at_least("1.13.0") else None)
    assert content.uncompressed_size == sum(map(len, files_of(world.tree, level)))
    archive = world.client.get_jobs_id_key(reference.id, "archive")
    assert content.archive_size == len(archive)
    check_transcoded(archive, count)


# -- DICOM files ------------------------------------------------------------------------------------------------------


@operation("get_instances_id_file")
def _(world: World) -> None:
    get = world.client.get_instances_id_file
    id_, dataset = world.tree.instances[0], world.tree.datasets[0]
    assert get(id_) == to_bytes(dataset)
    assert get(id_, accept="application/dicom") == to_bytes(dataset)
    proposed = raw_response(get, id_, filename="mine.dcm").headers["Content-Disposition"]
    assert (proposed == 'filename="mine.dcm"') == world.at_least("1.12.7")

    transcoded = parsed(get(id_, transcode=IMPLICIT))
    assert (transcoded.file_meta.TransferSyntaxUID == IMPLICIT) == world.at_least("1.12.2")
    assert transcoded.PixelData == dataset.PixelData
    image = grey(world).instances[0]
    sizes = [len(get(image, transcode=JPEG, lossy_quality=quality)) for quality in (1, 100)]
    assert (sizes[0] < sizes[1] / 2) == world.at_least("1.12.7")

    elements = get(id_, accept="application/dicom+json")
    assert isinstance(elements["00100010"], models.DicomWebElement)
    assert elements["00100010"].vr == "PN"
    assert elements["00100010"].value == [{"Alphabetic": dataset.PatientName}]
    assert elements["00280010"].value == [8]
    assert elements["00180050"].value == ["2.5" if world.at_least("1.12.5") else 2.5]
    assert elements["7FE00010"].inline_binary is not None
    assert not any(element.model_extra for element in elements.values())

    document = ElementTree.fromstring(get(id_, accept="application/dicom+xml"))
    (uid,) = (node for node in document if node.get("keyword") == "SOPInstanceUID")
    assert uid[0].text == dataset.SOPInstanceUID


@operation("post_instances_id_export")
def _(world: World) -> None:
    path = world.server.folder / "exported ü.dcm"
    world.client.post_instances_id_export(world.tree.instances[0], str(path))
    assert path.read_bytes() == to_bytes(world.tree.datasets[0])
    with pytest.raises(ServerError):
        world.client.post_instances_id_export(world.tree.instances[0], str(path / "below"))
