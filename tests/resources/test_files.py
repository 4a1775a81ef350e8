"""Metadata, attachments and archives of a resource."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from unittest.mock import patch

import pydicom
import pytest

from orthanc_sdk import (
    BadRequest,
    Forbidden,
    InvalidArgument,
    NotFound,
    Orthanc,
    OrthancHTTPError,
    Patient,
    RevisionConflict,
    ServerError,
    Study,
    UnexpectedAnswer,
)
from orthanc_sdk.resources.routes_of_level import STUDY
from orthanc_sdk.testing import LocalOrthanc, to_bytes
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, counted, new

CONTENT = bytes(range(256)) * 4


# ---------------------------------------------------------------------------------------------------------------------
# Metadata
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(4))
def test_metadata(client: Orthanc, level: int) -> None:
    metadata = new(client).each[level].metadata
    before = dict(metadata)
    assert "colour" not in metadata
    assert metadata.get("colour") is None
    with pytest.raises(KeyError, match="colour"):
        _ = metadata["colour"]
    metadata["colour"] = "blau und grün"
    metadata["1031"] = ""
    assert (metadata["colour"], metadata["1030"], metadata["1031"]) == ("blau und grün", "blau und grün", "")
    assert "colour" in metadata
    assert "1030" in metadata
    assert object() not in metadata
    with counted(client) as sent:
        everything = dict(metadata.items())
        assert sorted(metadata.keys()) == sorted(everything)
        assert sorted(metadata.values()) == sorted(everything.values())
    assert len(sent) == 3
    assert {name: value for name, value in everything.items() if name != "LastUpdate"} == {
        **{name: value for name, value in before.items() if name != "LastUpdate"},
        "colour": "blau und grün",
        "1031": "",
    }
    assert len(metadata) == len(everything)
    assert set(metadata) == set(everything)
    metadata.update({"colour": "red"})
    assert metadata.pop("colour") == "red"
    del metadata["1031"]
    assert "colour" not in metadata
    with pytest.raises(KeyError):
        del metadata["1031"]


def test_metadata_of_orthanc_itself(client: Orthanc) -> None:
    metadata = new(client).instance.metadata
    assert metadata["ReceptionDate"].startswith("20")
    with pytest.raises(Forbidden):
        metadata["ReceptionDate"] = "x"
    with pytest.raises(Forbidden):
        metadata.remove("ReceptionDate")
    with pytest.raises(OrthancHTTPError):
        metadata["no such name"] = "x"
    with pytest.raises(InvalidArgument):
        _ = metadata["../../x"]


@pytest.mark.parametrize("version", VERSIONS)
def test_metadata_with_revisions(version: str, start: Start) -> None:
    client = start(version, {"CheckRevisions": True})
    metadata = new(client).patient.metadata
    metadata["colour"] = "red"
    value, revision = metadata.read("colour")
    assert value == "red"
    assert revision is not None
    with pytest.raises(RevisionConflict):
        metadata["colour"] = "green"
    with pytest.raises(RevisionConflict):
        metadata.write("colour", "green", revision='"7-d41d8cd98f00b204e9800998ecf8427e"')
    assert metadata["colour"] == "red"
    metadata.write("colour", "green", revision=revision)
    value, newer = metadata.read("colour")
    assert (value, newer != revision) == ("green", True)
    with pytest.raises(RevisionConflict):
        metadata.write("colour", "blue", revision=revision)
    with pytest.raises(RevisionConflict):
        metadata.remove("colour")
    metadata.remove("colour", revision=newer)
    with pytest.raises(NotFound):
        metadata.read("colour")


# ---------------------------------------------------------------------------------------------------------------------
# Attachments
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(4))
def test_attachments(client: Orthanc, level: int) -> None:
    attachments = new(client).each[level].attachments
    before = list(attachments)
    assert ("dicom" in before) is (level == 3)
    notes = attachments["notes"]
    with pytest.raises(NotFound):
        notes.read()
    with pytest.raises(NotFound):
        _ = notes.info
    notes.write(CONTENT)
    attachments["1031"].write(io.BytesIO(b"from a file"))
    attachments["1032"].write(iter([b"piece", b"by", b"piece"]))
    assert sorted(attachments) == sorted([*before, "notes", "1031", "1032"])
    assert len(attachments) == len(before) + 3
    assert "notes" in attachments
    assert "1033" not in attachments
    assert notes.read() == attachments["1030"].read() == CONTENT
    assert attachments["1031"].read() == b"from a file"
    assert attachments["1032"].read() == b"piecebypiece"
    with notes.stream() as pieces:
        assert b"".join(pieces) == CONTENT
    assert notes.info.uncompressed_size == len(CONTENT)
    assert notes.info.uncompressed_md5 == hashlib.md5(CONTENT).hexdigest()
    notes.verify()
    notes.write(b"less")
    assert notes.read() == b"less"
    notes.delete()
    assert "notes" not in attachments
    assert repr(notes) == "Attachment('notes')"


def test_parts_of_attachments(client: Orthanc) -> None:
    notes = new(client).study.attachments["notes"]
    notes.write(CONTENT)
    for part in (slice(0, 10), slice(None, 7), slice(300, None), slice(1000, 5000), slice(1023, 1024)):
        assert notes.read(start=part.start, end=part.stop) == CONTENT[part]
    assert notes.read(start=1024) == notes.read(start=5000) == notes.read(start=2000, end=3000) == b""
    with counted(client) as sent:
        for start, end in ((-1, None), (5, 5), (5, 2), (None, 0), (None, -1)):
            with pytest.raises(InvalidArgument):
                notes.read(start=start, end=end)
    assert len(sent) == 0
    if client.supports("1.12.5"):
        sizes = list[int]()

        def watching(content: bytes) -> bytes:
            sizes.append(len(content))
            return content

        with patch("orthanc_sdk.resources.attachments.given", watching):
            assert len(notes.read(start=3, end=10)) == 7
        assert sizes == [7]  # no more than that was sent


def test_compressed_attachments(client: Orthanc) -> None:
    notes = new(client).study.attachments["notes"]
    notes.write(b"x" * 10_000)
    notes.compress()
    assert notes.info.compressed_size < 1000
    assert notes.read() == b"x" * 10_000
    notes.verify()
    notes.uncompress()
    assert notes.info.compressed_size == 10_000


def test_attachments_of_orthanc_itself(client: Orthanc) -> None:
    tree = new(client)
    dicom = tree.instance.attachments["dicom"]
    assert dicom.read() == tree.instance.get_file() == to_bytes(tree.datasets[0])
    dicom.verify()
    with pytest.raises(Forbidden):
        dicom.write(b"other")
    with pytest.raises(Forbidden):
        dicom.delete()


@pytest.mark.parametrize("version", VERSIONS)
def test_attachments_with_revisions(version: str, start: Start) -> None:
    notes = new(start(version, {"CheckRevisions": True})).study.attachments["notes"]
    notes.write(b"one")
    revision = notes.revision
    assert revision is not None
    with pytest.raises(RevisionConflict):
        notes.write(b"two")
    notes.write(b"two", revision=revision)
    assert notes.read() == b"two"
    with pytest.raises(RevisionConflict):
        notes.delete(revision=revision)
    notes.delete(revision=notes.revision)
    with pytest.raises(NotFound):
        notes.read()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_damaged_attachment(version: str) -> None:
    with LocalOrthanc(version, config={"UserContentType": {"notes": 1030}, "MaximumStorageCacheSize": 0}) as server:
        notes = new(server.client).study.attachments["notes"]
        notes.write(CONTENT)
        (file,) = [path for path in server.storage_folder.rglob("*") if path.is_file() and path.read_bytes() == CONTENT]
        file.write_bytes(CONTENT[::-1])
        with pytest.raises(ServerError if version == "1.13" else BadRequest):
            notes.verify()


# ---------------------------------------------------------------------------------------------------------------------
# Archives
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(3))
def test_archives(client: Orthanc, level: int) -> None:
    tree = new(client, series=2, instances=2)
    resource = tree.each[level]
    expected = {to_bytes(dataset) for dataset in (tree.datasets[:2] if level == 2 else tree.datasets)}
    with zipfile.ZipFile(io.BytesIO(resource.get_zip())) as files:  # type: ignore[union-attr]  # no instance
        assert files.testzip() is None
        assert {files.read(name) for name in files.namelist()} == expected
    for extended in (False, True):
        media = resource.get_media(extended=extended)  # type: ignore[union-attr]
        with zipfile.ZipFile(io.BytesIO(media)) as files:
            directory = pydicom.dcmread(io.BytesIO(files.read("DICOMDIR")))
            images = [record for record in directory.DirectoryRecordSequence if record.DirectoryRecordType == "IMAGE"]
            assert len(images) == len(expected)
            assert {files.read("/".join(record.ReferencedFileID)) for record in images} == expected


def test_archives_in_another_transfer_syntax(client: Orthanc) -> None:
    syntax = "1.2.840.10008.1.2"
    with zipfile.ZipFile(io.BytesIO(new(client).study.get_zip(transcode=syntax))) as files:
        (name,) = files.namelist()
        assert pydicom.dcmread(io.BytesIO(files.read(name))).file_meta.TransferSyntaxUID == syntax


def test_archives_of_what_is_not_there(client: Orthanc) -> None:
    for missing in (Patient("nobody", client), Study("nothing", client)):
        with pytest.raises(NotFound):
            missing.get_zip()
        with pytest.raises(NotFound):
            missing.get_media()


def test_an_archive_that_was_cut_short(newest: Orthanc) -> None:
    study = new(newest).study
    whole = study.get_zip()
    for rest in (b"", whole[:100], whole[: len(whole) // 2], whole[:-30]):
        with (
            patch.object(Study, "_routes", replace(STUDY, archive=lambda *_, rest=rest, **__: rest)),
            pytest.raises(UnexpectedAnswer, match=f"cut short, after {len(rest)} bytes"),
        ):
            study.get_zip()
