"""Answers of several forms: which class is chosen, and that nothing is lost if none fits."""

from __future__ import annotations

import copy
import pickle
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from orthanc_sdk import models
from tests.models.test_bases import JSON, STUDY

COUNTS: dict[str, Any] = {"Description": "REST API", "InstancesCount": 3, "FailedInstancesCount": 0}
REMOTE: dict[str, Any] = {"Description": "REST API", "LocalAet": "A", "RemoteAet": "B", "Query": []}
SIZES: dict[str, Any] = {
    "ArchiveSize": "17334", "ArchiveSizeMB": 0, "UncompressedSize": "20000", "UncompressedSizeMB": 0,
}  # fmt: skip

CONTENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Archive": ("ArchiveContent", {"Description": "REST API", "InstancesCount": 3, **SIZES}),
    "Media": ("ArchiveContent", {"Description": "REST API", "InstancesCount": 3, **SIZES}),
    "DicomGetScu": ("DicomGetScuContent", REMOTE),
    "DicomMoveScu": ("DicomMoveScuContent", {**REMOTE, "TargetAet": "C"}),
    "DicomModalityStore": ("DicomModalityStoreContent", {**COUNTS, "LocalAet": "A", "RemoteAet": "B"}),
    "MergeStudy": ("MergeStudyContent", {**COUNTS, "TargetStudy": "a"}),
    "SplitStudy": ("SplitStudyContent", {**COUNTS, "TargetStudy": "a", "TargetStudyUID": "1.2"}),
    "OrthancPeerStore": (
        "OrthancPeerStoreContent",
        {**COUNTS, "Peer": ["http://a/"], "Compress": False, "Size": "5", "SizeMB": 0},
    ),
    "ResourceModification": ("ResourceModificationContent", {**COUNTS, "IsAnonymization": True, "ID": "a"}),
    "SequenceOfOperations": ("SequenceOfOperationsContent", {"CountOperations": 5, "Description": "Lua"}),
    "StorageCommitmentScp": (
        "StorageCommitmentScpContent",
        {"Description": "", "CalledAet": "A", "RemoteAet": "B", "TransactionUid": "1.2"},
    ),
}


def job(type_: str, content: object, **more: object) -> dict[str, Any]:
    return {
        "ID": "a", "Type": type_, "State": "Success", "Priority": 0, "Progress": 100, "ErrorCode": 0,
        "ErrorDescription": "Success", "ErrorDetails": "", "CreationTime": "20261122T083208.284998",
        "Timestamp": "20261122T083209.809766", "EffectiveRuntime": 0.066, "Content": content, **more,
    }  # fmt: skip


def read(type_: str, content: object, **more: object) -> models.JobInfo:
    """A job that is read without loss."""
    sent = job(type_, content, **more)
    found = models.JobInfo.model_validate(sent)
    assert found.model_dump(mode="json", by_alias=True, exclude_unset=True) == sent
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Jobs
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("type_", "expected"), CONTENTS.items(), ids=CONTENTS)
def test_the_content_is_that_of_the_type(type_: str, expected: tuple[str, dict[str, Any]]) -> None:
    name, content = expected
    found = read(type_, content)
    assert type(found.content).__name__ == name
    for key, value in content.items():
        assert key in found.content
        assert str(found.content[key]) == str(value)


def test_every_class_of_contents_is_chosen_for_some_type() -> None:
    union, _ = get_args(models.JobContent)
    assert {class_.__name__ for class_ in get_args(union)} == {
        *(name for name, _ in CONTENTS.values()), "BulkModificationContent", "PluginJobContent",
    }  # fmt: skip


def test_bulk_jobs_are_told_apart_by_what_they_made() -> None:
    made = {"ID": "a", "Path": "/studies/a", "Type": "Study"}
    bulk = read("ResourceModification", {**COUNTS, "IsAnonymization": False, "Resources": [made]}).content
    assert isinstance(bulk, models.BulkModificationContent)
    assert bulk.resources[0].path == "/studies/a"
    # The others list what they were given.
    source = {"ID": "a", "Type": "Study"}
    single = read("ResourceModification", {**COUNTS, "IsAnonymization": False, "Resources": [source]}).content
    assert isinstance(single, models.ResourceModificationContent)
    nothing = read("ResourceModification", {**COUNTS, "IsAnonymization": False}).content
    assert isinstance(nothing, models.ResourceModificationContent)


@pytest.mark.parametrize("type_", CONTENTS)
def test_a_job_that_failed_early_keeps_what_there_is(type_: str) -> None:
    """Its content may be empty, or lack what only a running job knows."""
    found = read(type_, {}, State="Failure", ErrorCode=9)
    assert isinstance(found.content, models.PluginJobContent)
    assert found.content.root == {}
    assert "ID" not in found.content
    partial = read(type_, {"Description": "REST API", "Colour": ["red"]}, State="Failure")
    assert partial.content["Colour"] == ["red"]
    with pytest.raises(KeyError):
        partial.content["ID"]


@given(type_=st.text(), content=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_job_of_a_plugin_keeps_any_content(type_: str, content: dict[str, Any]) -> None:
    if type_ in CONTENTS:
        return
    found = read(type_, content)
    assert isinstance(found.content, models.PluginJobContent)
    assert found.content.root == content
    assert all(found.content[key] == value for key, value in content.items())


def test_a_field_of_a_version_to_come_does_not_change_the_class() -> None:
    found = read("MergeStudy", {**COUNTS, "TargetStudy": "a", "Later": {"Much": 1}})
    assert isinstance(found.content, models.MergeStudyContent)
    assert found.content["Later"] == {"Much": 1}


@pytest.mark.parametrize("content", [None, "text", 5, ["a"]])
def test_a_content_that_is_no_object_is_an_error(content: object) -> None:
    with pytest.raises(ValidationError):
        models.JobInfo.model_validate(job("MergeStudy", content))


def test_a_content_that_is_a_model_is_taken_as_it_is() -> None:
    content = models.MergeStudyContent.model_validate({**COUNTS, "TargetStudy": "a"})
    assert models.JobInfo.model_validate(job("MergeStudy", content)).content is content


def test_jobs_can_be_pickled_and_copied() -> None:
    for type_, (name, content) in CONTENTS.items():
        found = read(type_, content)
        for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
            assert type(other.content).__name__ == name
            assert other == found


def test_the_content_of_a_plugin_cannot_be_exchanged() -> None:
    content: Any = read("Plugin", {"a": 1}).content
    with pytest.raises(ValidationError, match="frozen"):
        content.root = {}


# ---------------------------------------------------------------------------------------------------------------------
# Others
# ---------------------------------------------------------------------------------------------------------------------

RESULT: TypeAdapter[models.DicomMoveScuContent | models.DicomGetScuContent] = TypeAdapter(models.RetrieveResult)
RESOURCE: TypeAdapter[models.ResourceInfo] = TypeAdapter(models.ResourceInfo)
PARTIAL: TypeAdapter[models.PartialResource] = TypeAdapter(models.PartialResource)


def test_only_a_move_has_a_target() -> None:
    move = RESULT.validate_python({**REMOTE, "TargetAet": "C"})
    assert isinstance(move, models.DicomMoveScuContent)
    assert move.target_aet == "C"
    get = RESULT.validate_python({**REMOTE, "Details": []})
    assert isinstance(get, models.DicomGetScuContent)
    # Orthanc 1.10.1 names no target, and knows nothing but moves.
    old = RESULT.validate_python(REMOTE)
    assert isinstance(old, models.DicomMoveScuContent)
    for found in (move, get, old):
        assert type(RESULT.validate_python(found)) is type(found)
        assert RESULT.validate_json(RESULT.dump_json(found, by_alias=True, exclude_unset=True)) == found


def test_a_resource_is_of_the_class_of_its_level() -> None:
    study = RESOURCE.validate_python(STUDY)
    assert isinstance(study, models.StudyInfo)
    assert isinstance(PARTIAL.validate_python({"ID": "a", "Type": "Instance"}), models.PartialInstance)
    for wrong in ({**STUDY, "Type": "Frame"}, {**STUDY, "Type": None}, {"ID": "a"}):
        with pytest.raises(ValidationError):
            RESOURCE.validate_python(wrong)


def test_tags_of_a_failed_query_are_kept_in_all_formats() -> None:
    for query in (
        [{"0020,000d": "1.2"}],
        [{"StudyInstanceUID": "1.2"}],
        [{"0020,000d": {"Name": "StudyInstanceUID", "Type": "String", "Value": "1.2"}}],
    ):
        assert read("DicomMoveScu", {**REMOTE, "Query": query}).content["Query"] is not None


def test_what_is_told_of_a_dicom_failure() -> None:
    detail = {"DimseErrorStatus": 49152, "Query": {"0020,000d": "1.2"}, "ReceivedInstancesIds": []}
    for payload, class_ in (
        ({"Type": "Dimse", "Content": {"DimseErrorStatus": 49152}}, models.DimsePayload),
        ({"Type": "RetrieveJob", "Content": [detail]}, models.RetrievePayload),
        ({"Type": "Later", "Content": {"Much": 1}}, dict),
        ({"Type": "Dimse", "Content": "changed"}, dict),
    ):
        failed = read("DicomMoveScu", REMOTE, State="Failure", ErrorCode=9, ErrorPayload=payload)
        assert type(failed.error_payload) is class_
