"""Answers are read with tolerance and kept as they are; requests are checked before they are sent."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import pickle
import sys
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from orthanc_models.base import OpenAnswerModel, OpenRequestModel
from orthanc_sdk import models

STUDY: dict[str, Any] = {
    "ID": "b9c08539-26f93bde-c81ab0d7-bffaf2cb-a4d0bdd0",
    "IsStable": True,
    "Labels": ["a"],
    "LastUpdate": "20261122T084038",
    "MainDicomTags": {"StudyDate": "20200101", "StudyDescription": "CT"},
    "ParentPatient": "6816cb19-844d5aee-85245eba-28e841e6-2414fae2",
    "PatientMainDicomTags": {"PatientID": "1"},
    "Series": ["318603c5-03e8cffc-a82b6ee1-3ccd3c1e-18d7e3bb"],
    "Type": "Study",
}


def classes(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for name in models.__all__:
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, base):
            yield model


ANSWERS = list(classes(models.AnswerModel))
REQUESTS = list(classes(models.RequestModel))


def study(**more: object) -> models.StudyInfo:
    return models.StudyInfo.model_validate({**STUDY, **more})


def errors(model: type[BaseModel], value: object, **how: Any) -> list[tuple[str, str]]:
    """Where something is wrong, and what kind of mistake it is."""
    with pytest.raises(ValidationError) as raised:
        model.model_validate(value, **how)
    return [(".".join(map(str, error["loc"])), error["type"]) for error in raised.value.errors()]


def test_there_are_both_kinds() -> None:
    assert len(ANSWERS) > 60
    assert len(REQUESTS) > 40
    assert not set(ANSWERS) & set(REQUESTS)


# ---------------------------------------------------------------------------------------------------------------------
# Answers
# ---------------------------------------------------------------------------------------------------------------------


def test_a_field_of_a_version_to_come_is_kept_and_written_back() -> None:
    answer = study(Colour={"Red": [1, None]})
    assert answer.model_extra == {"Colour": {"Red": [1, None]}}
    assert answer["Colour"] == {"Red": [1, None]}
    assert answer.model_dump(mode="json", by_alias=True, exclude_unset=True) == {**STUDY, "Colour": {"Red": [1, None]}}


def test_a_word_of_a_version_to_come_is_read() -> None:
    series = models.SeriesInfo.model_validate(
        {
            "ID": "a", "IsStable": True, "Type": "Series", "MainDicomTags": {}, "ParentStudy": "b", "Instances": [],
            "Status": "Sleeping", "ExpectedNumberOfInstances": None,
        }
    )  # fmt: skip
    assert series.status == "Sleeping"
    assert study(Labels=[]).type == "Study"
    # Not of any word: the type tells the classes apart.
    assert errors(models.StudyInfo, {**STUDY, "Type": "Series"}) == [("Type", "literal_error")]


def test_what_was_not_sent_is_none_and_is_not_written() -> None:
    without = {name: value for name, value in STUDY.items() if name != "Labels"}
    answer = models.StudyInfo.model_validate(without)
    assert answer.labels is None
    assert answer.model_dump(mode="json", by_alias=True, exclude_unset=True) == without
    assert errors(models.StudyInfo, {"Type": "Study"})[0] == ("ID", "missing")


def test_fields_are_items_under_the_names_of_orthanc() -> None:
    answer = study(Later=5)
    for name in STUDY:
        assert name in answer
    assert answer["ID"] == answer.id == STUDY["ID"]
    assert answer["MainDicomTags"] is answer.main_dicom_tags
    assert answer["MainDicomTags"]["StudyDescription"] == "CT"
    assert answer["LastUpdate"] == answer.last_update
    assert answer["Later"] == 5
    # Python's names are no items, nor is what the server did not send.
    for name in ("id", "main_dicom_tags", "RequestedTags", "Colour", "model_config", "__class__"):
        assert name not in answer
        with pytest.raises(KeyError, match=name):
            answer[name]
    assert 5 not in answer


def test_fields_can_be_given_by_both_names() -> None:
    by_name = models.JobReference(id="a", path="/jobs/a")
    assert by_name == models.JobReference.model_validate({"ID": "a", "Path": "/jobs/a"})
    assert by_name.model_dump(mode="json") == {"ID": "a", "Path": "/jobs/a"}
    assert by_name.model_dump(mode="json", by_alias=False) == {"id": "a", "path": "/jobs/a"}


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_answers_are_read_only_and_open(model: type[BaseModel]) -> None:
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "allow"
    assert "strict" not in model.model_config


def test_an_answer_cannot_be_changed() -> None:
    answer: Any = study(Later=5)
    for name in ("id", "labels", "Later", "anything"):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(answer, name, "other")
    with pytest.raises(ValidationError, match="frozen"):
        del answer.id
    assert answer.id == STUDY["ID"]
    # A changed copy is another object.
    assert answer.model_copy(update={"id": "other"}).id == "other"
    assert answer.id == STUDY["ID"]


def test_answers_are_equal_if_what_was_sent_is() -> None:
    assert study() == study()
    assert study() != study(Labels=["b"])
    assert study() != study(Later=1)
    reference = models.JobReference(id="a", path="b")
    assert hash(reference) == hash(models.JobReference(id="a", path="b"))
    assert {reference, models.JobReference(id="a", path="b")} == {reference}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_answers_can_be_pickled_and_copied(protocol: int) -> None:
    answer = study(Later=5)
    for other in (pickle.loads(pickle.dumps(answer, protocol)), copy.copy(answer), copy.deepcopy(answer)):
        assert type(other) is models.StudyInfo
        assert other == answer
        assert other.model_dump(mode="json", exclude_unset=True) == {**STUDY, "Later": 5}
        with pytest.raises(ValidationError, match="frozen"):
            other.__setattr__("id", "other")


def test_an_answer_of_the_users_own_properties() -> None:
    peer = models.PeerInfo.model_validate(
        {"Url": "http://a/", "Username": None, "Pkcs11": False, "Timeout": 0, "HttpHeaders": [], "Colour": "red"}
    )
    assert isinstance(peer, OpenAnswerModel)
    assert peer["Colour"] == "red"
    assert errors(models.PeerInfo, {**peer.model_dump(), "Colour": 5}) == [("Colour", "string_type")]


# ---------------------------------------------------------------------------------------------------------------------
# Requests
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_requests_are_strict(model: type[BaseModel]) -> None:
    assert model.model_config["strict"] is True
    assert model.model_config["extra"] == ("allow" if issubclass(model, OpenRequestModel) else "forbid")
    assert not model.model_config.get("frozen")


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_a_misspelt_field_is_refused(model: type[BaseModel]) -> None:
    if not issubclass(model, OpenRequestModel):
        assert ("Nonsense", "extra_forbidden") in errors(model, {"Nonsense": True})


def test_a_value_of_another_type_is_refused() -> None:
    assert errors(models.FindRequest, {"Level": "Study", "Query": {}, "Limit": "5"}) == [("Limit", "int_type")]
    assert errors(models.FindRequest, {"Level": "Study", "Query": {}, "Expand": 1}) == [("Expand", "bool_type")]
    assert errors(models.FindRequest, {"Level": "Study", "Query": {"PatientID": 5}}) == [
        ("Query.PatientID", "string_type")
    ]
    assert errors(models.FindRequest, {"Level": "Stdy", "Query": {}}) == [("Level", "literal_error")]
    assert errors(models.AnonymizeRequest, {"DicomVersion": "1999"}) == [("DicomVersion", "literal_error")]
    assert errors(models.MoveRequest, {"Level": "Study", "Resources": "a"}) == [("Resources", "sequence_str")]
    with pytest.raises(ValidationError, match="sequence"):
        models.AnonymizeRequest(keep="PatientName")


def test_a_request_can_be_changed_and_is_checked_again() -> None:
    request = models.FindRequest(level="Study", query={})
    request.limit = 5
    changed: Any = request
    with pytest.raises(ValidationError, match="valid integer"):
        changed.limit = "5"
    with pytest.raises(ValidationError, match="no_such_attribute"):
        changed.limt = 5
    assert request.limit == 5


def test_what_is_sent_is_in_the_spelling_of_orthanc_and_without_what_was_not_said() -> None:
    request = models.AnonymizeRequest(keep=["PatientName"], force=False, replace={"PatientID": None}, transcode=None)
    assert json.loads(request.model_dump_json(by_alias=True, exclude_unset=True, exclude_none=True)) == {
        "Keep": ["PatientName"],
        "Force": False,
        "Replace": {"PatientID": None},
    }
    assert models.ModifyRequest().model_dump(by_alias=True, exclude_unset=True) == {}


def test_a_request_by_name_and_by_the_spelling_of_orthanc_is_the_same() -> None:
    by_name = models.ModalityRequest(aet="A", host="b", port=104, allow_n_action=True)
    assert by_name == models.ModalityRequest.model_validate(
        {"AET": "A", "Host": "b", "Port": 104, "AllowNAction": True}
    )
    assert errors(models.ModalityRequest, {"aet": "A", "Host": "b", "Port": 1}, by_name=False)[0][0] == "AET"


def test_any_sequence_or_mapping_will_do() -> None:
    request = models.ModifyRequest(remove=("A", "B"), replace=MappingProxyType({"C": "D"}), keep=[])
    assert json.loads(request.model_dump_json(exclude_unset=True)) == {
        "Remove": ["A", "B"],
        "Replace": {"C": "D"},
        "Keep": [],
    }


def test_properties_of_the_users_own() -> None:
    peer = models.PeerRequest.model_validate({"Url": "http://a/", "Colour": "red", "Big": True, "Size": 5})
    assert json.loads(peer.model_dump_json(exclude_unset=True)) == {
        "Url": "http://a/",
        "Colour": "red",
        "Big": True,
        "Size": 5,
    }
    assert {where.split(".")[0] for where, _ in errors(models.PeerRequest, {"Colour": [1]})} == {"Colour"}
    assert errors(models.PeerRequest, {"Timeout": "5"}) == [("Timeout", "int_type")]


def test_requests_can_be_pickled_and_copied() -> None:
    request = models.FindRequest(level="Study", query={"PatientID": "1"}, labels=("a",))
    for other in (pickle.loads(pickle.dumps(request)), copy.copy(request), copy.deepcopy(request)):
        assert type(other) is models.FindRequest
        assert other == request
        assert other.model_dump(exclude_unset=True) == request.model_dump(exclude_unset=True)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_data_of_the_user_is_any_json(value: object) -> None:
    request = models.ModifyRequest.model_validate({"UserData": value})
    assert json.loads(request.model_dump_json(exclude_unset=True)) == {"UserData": value}


# ---------------------------------------------------------------------------------------------------------------------
# Both
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*ANSWERS, *REQUESTS], ids=lambda model: model.__name__)
def test_a_model_has_a_json_schema(model: type[BaseModel]) -> None:
    modes: tuple[Literal["validation"], Literal["serialization"]] = ("validation", "serialization")
    for mode in modes:
        schema = model.model_json_schema(by_alias=True, mode=mode)
        assert json.loads(json.dumps(schema)) == schema
        names = {field.alias or name for name, field in model.model_fields.items()}
        assert set(_properties(schema)) == names


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Of the model itself: one that holds itself is a reference to its own definition."""
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    return dict(schema.get("properties", {}))


@pytest.mark.parametrize("model", [*ANSWERS, *REQUESTS], ids=lambda model: model.__name__)
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    """By a text behind the field, which editors show."""
    (class_,) = (
        node
        for node in ast.parse(inspect.getsource(sys.modules[model.__module__])).body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    )
    for node, following in zip(class_.body, [*class_.body[1:], None], strict=True):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id in model.model_fields
        ):
            is_constant = ast.unparse(node.annotation).startswith("Annotated[Literal[")
            is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            assert is_text or is_constant, node.target.id
