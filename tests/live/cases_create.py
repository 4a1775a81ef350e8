"""The cases of making something new: /tools/create-..., bulk-modify, bulk-anonymize, bulk-delete."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence

import pytest

from orthanc_sdk import (
    BadRequest,
    InvalidArgument,
    NotFound,
    UnknownDicomTag,
    models,
)
from orthanc_sdk.http.raw import raw_response
from orthanc_sdk.testing import to_bytes
from tests.live.cases_archives import check_media, files_of, unzipped
from tests.live.levels import parsed
from tests.live.network import holds
from tests.live.registry import operation
from tests.live.waiting import succeeded
from tests.live.world import Tree, World

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

# ---------------------------------------------------------------------------------------------------------------------
# Instances
# ---------------------------------------------------------------------------------------------------------------------


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _png(*rows: bytes) -> str:
    """An image of 8 bits."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + row for row in rows)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return _uri("image/png", b"\x89PNG\r\n\x1a\n" + chunks)


IMAGE = _png(b"\1\2", b"\3\4", b"\5\6")


def _created(world: World, json: models.CreateDicomRequest | Mapping[str, object]) -> str:
    answer = world.client.post_tools_create_dicom(json)
    assert isinstance(answer, models.UploadedInstance)
    assert answer.id is not None
    assert (answer.status, answer.path) == ("Success", f"/instances/{answer.id}")
    assert world.client.get_instances_id(answer.id).parent_series == answer.parent_series
    return answer.id


@operation("post_tools_create_dicom")
def _(world: World) -> None:
    client = world.client
    tree = world.new_tree()
    patient = str(tree.datasets[0].PatientID) + "-new"
    tags = {"PatientID": patient, "PatientName": "Made^Anew"}

    dataset = parsed(client.get_instances_id_file(_created(world, {"Tags": tags, "Content": IMAGE})))
    assert (dataset.PatientID, dataset.PatientName) == (patient, "Made^Anew")
    assert (dataset.Rows, dataset.Columns, dataset.PixelData) == (3, 2, b"\1\2\3\4\5\6")

    series = client.post_tools_create_dicom(
        models.CreateDicomRequest(
            tags=tags,
            content=[IMAGE, models.CreateDicomItem(content=IMAGE, tags={"ImageComments": "second"})],
        )
    )
    assert isinstance(series, models.CreatedSeries)
    assert (series.status, series.path) == ("Success", f"/series/{series.id}")
    created = [client.get_instances_id_simplified_tags(id_) for id_ in client.get_series_id(series.id).instances]
    assert {one["InstanceNumber"]: one.get("ImageComments") for one in created} == {"1": None, "2": "second"}
    assert {one["PatientName"] for one in created} == {"Made^Anew"}
    mapped = client.post_tools_create_dicom({"Tags": tags, "Content": [{"Content": IMAGE, "Tags": {}}]})
    assert isinstance(mapped, models.CreatedSeries)
    assert len(client.get_series_id(mapped.id).instances) == 1

    references: list[dict[str, models.TagInput]] = [{"ReferencedSOPInstanceUID": "1.2.3"}]
    inside = _created(
        world,
        models.CreateDicomRequest(
            tags={"SeriesDescription": "Added", "ReferencedStudySequence": references}, parent=tree.study
        ),
    )
    added = client.get_instances_id_simplified_tags(inside)
    assert added["StudyInstanceUID"] == tree.datasets[0].StudyInstanceUID
    assert (added["PatientName"], added["SeriesDescription"]) == ("Doe^Jane", "Added")
    assert added["ReferencedStudySequence"] == references

    uid = f"{tree.datasets[0].StudyInstanceUID}.1"
    with pytest.raises(BadRequest) as caught:
        _created(world, {"Tags": tags | {"StudyInstanceUID": uid}})
    assert (caught.value.orthanc_status, caught.value.details) == (2020, "StudyInstanceUID")
    forced = _created(world, models.CreateDicomRequest(tags=tags | {"StudyInstanceUID": uid}, force=True))
    assert client.get_instances_id_simplified_tags(forced)["StudyInstanceUID"] == uid

    hello = _uri("application/octet-stream", b"hello!")
    for interpret, expected in ((True, b"hello!"), (False, hello.encode())):
        binary = _created(world, {"Tags": tags | {"ICCProfile": hello}, "InterpretBinaryTags": interpret})
        content = client.get_instances_id_content_path(binary, "0028-2000")
        assert isinstance(content, bytes)
        assert content.rstrip(b" \0") == expected
    # The creator of private tags tells the server which ones of its dictionary they are; it is no tag by itself.
    secret = {"0009,0010": "orthanc-sdk", "0009,1001": "hidden"}
    private = parsed(
        client.get_instances_id_file(_created(world, {"Tags": tags | secret, "PrivateCreator": "orthanc-sdk"}))
    )
    assert (private[0x0009, 0x0010].value, private[0x0009, 0x1001].value) == ("orthanc-sdk", b"hidden")

    document = b"%PDF-1.4\n%%EOF\n"
    pdf = _created(world, models.CreateDicomRequest(tags=tags, content=_uri("application/pdf", document)))
    assert client.get_instances_id_pdf(pdf).rstrip(b"\0") == document

    # The old form: only tags.
    old = _created(world, tags | {"PixelData": IMAGE})
    assert parsed(client.get_instances_id_file(old)).PixelData == b"\1\2\3\4\5\6"

    if world.at_least("1.12.7"):
        rendered = client.get_instances_id_preview(tree.instances[0], accept="image/jpeg")
        assert rendered.startswith(b"\xff\xd8")
        request = {"Tags": tags, "Content": _uri("image/jpeg", rendered), "Encapsulate": True}
        compressed = client.get_instances_id_metadata(_created(world, request), expand=True)
        assert compressed["TransferSyntax"] == JPEG_BASELINE
    with pytest.raises(BadRequest) as caught:
        _created(world, {"Tags": tags, "Content": "no URI"})
    with pytest.raises(UnknownDicomTag):
        _created(world, {"Tags": {"Patient": "x"}})
    with pytest.raises(BadRequest):
        _created(world, {"Tags": tags, "Parent": tree.instances[0]})


# ---------------------------------------------------------------------------------------------------------------------
# Archives
# ---------------------------------------------------------------------------------------------------------------------


def _downloads(world: World, get: Callable[..., bytes], check: Callable[[bytes, Tree], None]) -> None:
    """The GET routes of archives."""
    tree = world.new_tree(series=2, instances=2)
    check(get(resources=[tree.study]), tree)
    check(get(resources=tree.instances), tree)
    check(get(resources=(tree.series[0], tree.series[1])), tree)
    transcoded = unzipped(get(resources=[tree.study], transcode=IMPLICIT))
    files = [parsed(content) for name, content in transcoded.items() if name != "DICOMDIR"]
    assert [file.file_meta.TransferSyntaxUID for file in files] == [IMPLICIT] * 4
    named = raw_response(get, resources=[tree.study], filename="My study, part 1; final.zip")
    assert "My study, part 1; final.zip" in named.headers["Content-Disposition"] or not world.at_least("1.13.0")

    grey = world.new_tree(modality="OT", rows=64, columns=64)
    sizes = [len(get(resources=grey.series, transcode=JPEG_BASELINE, lossy_quality=quality)) for quality in (1, 100)]
    assert sizes[0] < sizes[1] / 2

    assert [name for name in unzipped(get(resources=[])) if name != "DICOMDIR"] == []
    with pytest.raises(NotFound):
        get(resources=["nonsense"])
    with pytest.raises(BadRequest):
        get(resources=[tree.study], transcode="1.2.3")


def _makes(
    world: World,
    post: Callable[..., bytes | models.JobReference],
    check: Callable[[bytes, Tree], None],
    request: Callable[[Sequence[str]], models.CreateArchiveRequest | models.CreateMediaRequest],
) -> models.JobInfo:
    """The POST routes of archives; returns the job of one."""
    tree = world.new_tree(series=2, instances=2)
    for json in ({"Resources": [tree.study]}, request(tree.instances), list(tree.series), tree.series):
        answer = post(json)
        assert isinstance(answer, bytes)
        check(answer, tree)
    both = post({"Resources": [tree.study], "Synchronous": True, "Asynchronous": True})
    assert isinstance(both, bytes)
    check(both, tree)

    job = succeeded(world.client, post({"Resources": [tree.study], "Asynchronous": True, "Priority": 4}))
    archive = world.client.get_jobs_id_key(job.id, "archive")
    check(archive, tree)
    assert isinstance(job.content, models.ArchiveContent)
    assert (job.priority, job.content.instances_count, job.content.archive_size) == (4, 4, len(archive))
    assert job.content.uncompressed_size == sum(len(to_bytes(dataset)) for dataset in tree.datasets)
    assert job.content.transcode is None

    transcoded = succeeded(
        world.client,
        post({"Resources": [tree.series[0]], "Transcode": IMPLICIT, "Synchronous": False, "UserData": "mine"}),
    )
    assert isinstance(transcoded.content, models.ArchiveContent)
    assert transcoded.content.transcode == transcoded.content["Transcode"] == IMPLICIT
    assert transcoded.user_data == ("mine" if world.at_least("1.12.9") else None)
    files = unzipped(world.client.get_jobs_id_key(transcoded.id, "archive"))
    assert {parsed(content).file_meta.TransferSyntaxUID for name, content in files.items() if name != "DICOMDIR"} == {
        IMPLICIT
    }

    grey = world.new_tree(modality="OT", rows=64, columns=64)
    lossy = {"Resources": grey.series, "Transcode": JPEG_BASELINE}
    qualities = [post({**lossy, "LossyQuality": quality}) for quality in (1, 100)]
    sizes = [len(quality) for quality in qualities if isinstance(quality, bytes)]
    assert (sizes[0] < sizes[1] / 2) == world.at_least("1.12.7")

    with pytest.raises(NotFound):
        post({"Resources": ["nonsense"]})
    with pytest.raises(BadRequest):
        post({"Resources": [tree.study], "Transcode": "1.2.3"})
    with pytest.raises(InvalidArgument, match="json: UserData: "):
        post({"Resources": [tree.study], "UserData": {"Orthanc": "would forget it"}})
    return job


def _check_archive(content: bytes, tree: Tree) -> None:
    assert sorted(unzipped(content).values()) == files_of(tree, "studies")


def _check_media(content: bytes, tree: Tree) -> None:
    check_media(content, tree, "studies")


def _check_extended_media(content: bytes, tree: Tree) -> None:
    check_media(content, tree, "studies", extended=True)


def _archive_request(resources: Sequence[str]) -> models.CreateArchiveRequest:
    return models.CreateArchiveRequest(resources=resources, synchronous=True, filename="mine.zip", utf8=True)


def _media_request(resources: Sequence[str]) -> models.CreateMediaRequest:
    return models.CreateMediaRequest(resources=resources, synchronous=True, filename="mine.zip", utf8=True)


@operation("get_tools_create_archive")
def _(world: World) -> None:
    _downloads(world, world.client.get_tools_create_archive, _check_archive)


@operation("get_tools_create_media")
def _(world: World) -> None:
    _downloads(world, world.client.get_tools_create_media, _check_media)


@operation("get_tools_create_media_extended")
def _(world: World) -> None:
    _downloads(world, world.client.get_tools_create_media_extended, _check_extended_media)


@operation("post_tools_create_archive")
def _(world: World) -> None:
    job = _makes(world, world.client.post_tools_create_archive, _check_archive, _archive_request)
    assert job.type == "Archive"


@operation("post_tools_create_media")
def _(world: World) -> None:
    job = _makes(world, world.client.post_tools_create_media, _check_media, _media_request)
    assert job.type == "Media"
    tree = world.new_tree()
    answer = world.client.post_tools_create_media({"Resources": [tree.study], "Extended": True})
    assert isinstance(answer, bytes)
    check_media(answer, tree, "studies", extended=True)


@operation("post_tools_create_media_extended")
def _(world: World) -> None:
    job = _makes(world, world.client.post_tools_create_media_extended, _check_extended_media, _media_request)
    assert job.type == "Media"
    tree = world.new_tree()
    request = models.CreateMediaRequest(resources=[tree.study], extended=False)
    answer = world.client.post_tools_create_media_extended(request)
    assert isinstance(answer, bytes)
    check_media(answer, tree, "studies")


# ---------------------------------------------------------------------------------------------------------------------
# Many at once
# ---------------------------------------------------------------------------------------------------------------------


def _made(content: models.BulkModificationContent, level: str) -> list[str]:
    """What a bulk job has made at a level."""
    made = [resource for resource in content.resources if resource.type == level]
    words = {"Patient": "patients", "Study": "studies", "Series": "series", "Instance": "instances"}
    assert all(resource.path == f"/{words[level]}/{resource.id}" for resource in made)
    return [resource.id for resource in made]


@operation("post_tools_bulk_modify")
def _(world: World) -> None:
    client = world.client
    modify = client.post_tools_bulk_modify
    one, two = world.new_tree(series=2, StudyDescription=None), world.new_tree()

    content = modify(
        {
            "Resources": [one.study, two.series[0]],
            "Replace": {"InstitutionName": "Elsewhere", "ManufacturerModelName": None},
            "Remove": ["SeriesDescription"],
            "Transcode": IMPLICIT,
        }
    )
    assert isinstance(content, models.BulkModificationContent)
    assert (content.instances_count, content.failed_instances_count, content.is_anonymization) == (3, 0, False)
    assert content.transcode == IMPLICIT
    if world.at_least("1.11.3"):
        assert content.parent_resources is not None
        assert sorted(content.parent_resources) == sorted([one.study, two.series[0]])
    else:
        assert content.parent_resources is None
    made = _made(content, "Instance")
    assert len(made) == 3
    assert not set(made) & {*one.instances, *two.instances}
    # Without a level, instances are modified, and stay where they are.
    assert sorted(_made(content, "Study")) == sorted([one.study, two.study])
    for id_ in made:
        dataset = parsed(client.get_instances_id_file(id_))
        assert (dataset.InstitutionName, dataset.file_meta.TransferSyntaxUID) == ("Elsewhere", IMPLICIT)
        assert dataset.ManufacturerModelName in ("", None)
        assert "SeriesDescription" not in dataset
    assert holds(client, one)

    patient = str(one.datasets[0].PatientID) + "-new"
    request = models.BulkModifyRequest(
        resources=[one.patient],
        level="Patient",
        replace={"PatientID": patient, "PatientName": "New^Name"},
        force=True,
        keep_source=False,
        asynchronous=True,
        priority=1,
        permissive=False,
    )
    job = succeeded(client, modify(request))
    assert (job.type, job.priority) == ("ResourceModification", 1)
    assert isinstance(job.content, models.BulkModificationContent)
    (renamed,) = _made(job.content, "Patient")
    info = client.get_patients_id(renamed)
    assert (info.main_dicom_tags["PatientID"], info.main_dicom_tags["PatientName"]) == (patient, "New^Name")
    assert one.patient not in client.get_patients()
    assert job.content["Resources"] == job.content.resources

    secret = {"0009,0010": "orthanc-sdk", "0009,1001": "hidden"}
    three = _created(world, {"Tags": {"PatientID": patient, **secret}, "PrivateCreator": "orthanc-sdk"})
    request = models.BulkModifyRequest(
        resources=[three],
        level="Study",
        replace={"StationName": "x"},
        remove_private_tags=True,
        keep=["SOPInstanceUID"],
        force=True,
        private_creator="orthanc-sdk",
        lossy_quality=90,
        synchronous=True,
        user_data=1,
    )
    content = modify(request)
    assert isinstance(content, models.BulkModificationContent)
    (instance,) = _made(content, "Instance")
    public, source = (parsed(client.get_instances_id_file(id_)) for id_ in (instance, three))
    assert public.SOPInstanceUID == source.SOPInstanceUID
    assert public.StudyInstanceUID != source.StudyInstanceUID
    assert [element.tag.is_private for element in public].count(True) == 0
    assert [element.tag.is_private for element in source].count(True) == 2

    if world.at_least("1.12.3"):
        client.put_studies_id_labels_label(two.study, "kept")
        for keep in (True, False):
            content = modify(
                {"Resources": [two.study], "Level": "Study", "Replace": {"StudyID": "x"}, "KeepLabels": keep}
            )
            assert isinstance(content, models.BulkModificationContent)
            assert client.get_studies_id_labels(_made(content, "Study")[0]) == (["kept"] if keep else [])

    nothing = modify({"Resources": [], "Replace": {"PatientName": "x"}})
    assert isinstance(nothing, models.BulkModificationContent)
    assert nothing.resources == []
    with pytest.raises(BadRequest):
        modify({"Resources": [two.study], "Replace": {"StudyInstanceUID": "1.2.3"}})
    with pytest.raises(UnknownDicomTag):
        modify({"Resources": [two.study], "Replace": {"Institution": "x"}})
    with pytest.raises(BadRequest if world.at_least("1.13.0") else NotFound):
        modify({"Resources": ["nonsense"], "Replace": {"InstitutionName": "x"}})


@operation("post_tools_bulk_anonymize")
def _(world: World) -> None:
    client = world.client
    anonymize = client.post_tools_bulk_anonymize
    one, two = world.new_tree(series=2), world.new_tree()

    content = anonymize({"Resources": [one.study, two.study], "Keep": ["StudyDescription"], "DicomVersion": "2017c"})
    assert isinstance(content, models.BulkModificationContent)
    assert (content.instances_count, content.failed_instances_count, content.is_anonymization) == (3, 0, True)
    studies = _made(content, "Study")
    assert len(studies) == 2
    assert not {one.study, two.study} & set(studies)
    for id_ in studies:
        study = client.get_studies_id(id_)
        assert study.anonymized_from in (one.study, two.study)
        assert study.main_dicom_tags["StudyDescription"] == "Study 1"
        assert study.patient_main_dicom_tags["PatientID"] not in (one.datasets[0].PatientID, two.datasets[0].PatientID)
        assert study.patient_main_dicom_tags.raw["PatientBirthDate"] == ""
    assert holds(client, one)

    request = models.BulkAnonymizeRequest(
        resources=(two.patient,),
        replace={"PatientID": "anonymous", "PatientName": "Anonymous"},
        keep=["SOPInstanceUID"],
        force=True,
        keep_source=False,
        keep_private_tags=True,
        asynchronous=True,
    )
    job = succeeded(client, anonymize(request))
    assert isinstance(job.content, models.BulkModificationContent)
    (instance,) = _made(job.content, "Instance")
    dataset = parsed(client.get_instances_id_file(instance))
    assert (dataset.PatientID, dataset.PatientName) == ("anonymous", "Anonymous")
    assert dataset.SOPInstanceUID == two.datasets[0].SOPInstanceUID
    assert two.patient not in client.get_patients()

    three = world.new_tree(InstitutionName="Somewhere")
    options = {"Transcode": IMPLICIT, "Remove": ["SeriesDescription"], "KeepLabels": True, "UserData": "mine"}
    job = succeeded(
        client,
        anonymize({"Resources": three.instances, "Asynchronous": True, "Priority": 2, "Permissive": True, **options}),
    )
    assert job.priority == 2
    assert isinstance(job.content, models.BulkModificationContent)
    assert job.content.transcode == IMPLICIT
    (instance,) = _made(job.content, "Instance")
    dataset = parsed(client.get_instances_id_file(instance))
    assert dataset.file_meta.TransferSyntaxUID == IMPLICIT
    assert "SeriesDescription" not in dataset
    assert dataset.get("InstitutionName", "") != "Somewhere"
    with pytest.raises(InvalidArgument, match=r"json: DicomVersion: .*, not '2019'"):
        anonymize({"Resources": [one.study], "DicomVersion": "2019"})
    with pytest.raises(BadRequest if world.at_least("1.13.0") else NotFound):
        anonymize({"Resources": ["nonsense"]})


@operation("post_tools_bulk_delete")
def _(world: World) -> None:
    client = world.client
    delete = client.post_tools_bulk_delete
    one, two, three, four = world.new_tree(series=2, instances=2), world.new_tree(), world.new_tree(), world.new_tree()
    delete({"Resources": [one.series[0], two.patient, "nonsense"]})
    assert client.get_studies_id(one.study).series == [one.series[1]]
    assert two.patient not in client.get_patients()
    delete(models.BulkDeleteRequest(resources=[one.instances[2], three.study]))
    assert client.get_series_id(one.series[1]).instances == [one.instances[3]]
    assert three.study not in client.get_studies()
    items: list[models.BulkDeleteRequest | Mapping[str, object]] = [
        {"Resources": [{"Level": "Study", "ID": four.study}]},
        models.BulkDeleteRequest(resources=[models.BulkDeleteItem(level="Series", id=one.series[1])]),
    ]
    for request in items:
        if world.at_least("1.13.0"):
            delete(request)
        else:
            with pytest.raises(BadRequest):
                delete(request)
    assert (four.study in client.get_studies()) == (not world.at_least("1.13.0"))
    assert (one.series[1] in client.get_series()) == (not world.at_least("1.13.0"))
