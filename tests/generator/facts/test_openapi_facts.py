"""The facts of tiny documents."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from generator.facts.openapi_facts import NotOpenApi, dumps, extract_facts, operations, source_hash
from generator.facts.sample_shapes import is_data, merge_shapes, shape_of

COMMITTED = Path(__file__).parents[3] / "models" / "openapi" / "orthanc-1.13.0.json"


def document(**operation: Any) -> dict[str, Any]:
    """A document with one operation, with some prose of its own."""
    whole: dict[str, Any] = {
        "openapi": "3.0.0",
        "info": {"title": "Orthanc API", "description": "Prose.", "version": "1.2.3"},
        "servers": [{"url": "https://server.test/demo/"}],
        "paths": {
            "/things/{id}": {
                "get": {
                    "summary": "Prose",
                    "description": "Prose",
                    "deprecated": False,
                    "tags": ["Things"],
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "description": "Prose",
                            "schema": {"type": "string"},
                        }
                    ],
                    "responses": {"200": {"description": "Prose"}},
                }
            }
        },
    }
    whole["paths"]["/things/{id}"]["get"].update(operation)
    return whole


def get_of(whole: dict[str, Any]) -> Any:
    (item,) = extract_facts(whole)["paths"].values()  # type: ignore[union-attr]
    assert isinstance(item, dict)
    return item["get"]


def sampled(example: Any) -> Any:
    content = {"application/json": {"schema": {"description": "Prose", "example": example}}}
    media = get_of(document(responses={"200": {"content": content}}))["responses"]["200"]["content"]
    return media["application/json"].get("x-sample-shape")


def test_an_operation_keeps_its_facts_and_loses_its_prose() -> None:
    assert extract_facts(document()) == {
        "openapi": "3.0.0",
        "info": {"title": "Orthanc REST API", "version": "1.2.3"},
        "x-source-sha256": source_hash(document()),
        "paths": {
            "/things/{id}": {
                "get": {
                    "deprecated": False,
                    "tags": ["Things"],
                    "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
                    "responses": {"200": {"description": ""}},
                }
            }
        },
    }


def test_prose_is_dropped_wherever_it_is() -> None:
    prose = {"description": "Prose", "summary": "Prose"}
    schema = {
        "type": "object",
        "properties": {"description": {"type": "string", **prose}, "List": {"type": "array", "items": prose}},
        **prose,
    }
    whole = document(
        requestBody={
            "content": {"application/json": {"schema": schema, **prose}, "text/plain": {"schema": prose}},
            **prose,
        },
        responses={
            "200": {"content": {"text/plain": {"schema": prose}}, "headers": {"ETag": prose}, **prose},
            "404": prose,
        },
    )
    assert "Prose" not in dumps(extract_facts(whole))
    assert get_of(whole)["requestBody"] == {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"description": {"type": "string"}, "List": {"type": "array", "items": {}}},
                }
            },
            "text/plain": {"schema": {}},
        }
    }
    assert get_of(whole)["responses"] == {
        "200": {
            "description": "",
            "content": {"text/plain": {"schema": {}}},
            "headers": {"ETag": {"schema": {"type": "string"}}},
        },
        "404": {"description": ""},
    }


def test_the_result_is_sorted_and_the_same_each_time() -> None:
    whole = document()
    whole["paths"]["/a"] = copy.deepcopy(whole["paths"]["/things/{id}"])
    backwards = json.loads(json.dumps(whole), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert dumps(extract_facts(whole)) == dumps(extract_facts(backwards))
    assert list(extract_facts(whole)) == sorted(extract_facts(whole))
    assert dumps(extract_facts(whole)).endswith("}\n")
    assert operations(extract_facts(whole)) == [("GET", "/a"), ("GET", "/things/{id}")]


@pytest.mark.parametrize(
    ("prose", "version"),
    [
        ("Whether it is so (new in Orthanc 1.12.5)", "1.12.5"),
        ("New in Orthanc 1.9.2: whether it is so", "1.9.2"),
        ("Old since always", None),
        ("`A` (new in Orthanc 1.12.5), `B` (new in Orthanc 1.12.8)", None),
        ("`A` (new in Orthanc 1.12.5), `B` (new in Orthanc 1.12.5)", "1.12.5"),
        ("Since Orthanc 1.5.8, this is off", None),
        ("(new in Orthanc 1.12.4). From 1.12.11 it is better", "1.12.4"),
    ],
)
def test_the_first_version_is_a_fact(prose: str, version: str | None) -> None:
    expected = {} if version is None else {"x-since": version}
    found = get_of(
        document(
            description=prose,
            parameters=[{"name": "q", "in": "query", "description": prose, "schema": {"type": "number"}}],
            requestBody={
                "content": {
                    "application/json": {"schema": {"properties": {"P": {"type": "string", "description": prose}}}}
                }
            },
        )
    )
    assert found.get("x-since") == version
    (parameter,) = found["parameters"]
    assert parameter == {"name": "q", "in": "query", "required": False, "schema": {"type": "number"}, **expected}
    properties = found["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert properties == {"P": {"type": "string", **expected}}


def test_a_route_that_goes_on_anyhow_has_a_path() -> None:
    whole = document()
    whole["paths"] = {"/things/{id}/content/...": whole["paths"]["/things/{id}"]}
    result = extract_facts(whole)
    assert operations(result) == [("GET", "/things/{id}/content/{path}")]
    assert [(one["in"], one["name"], one["required"]) for one in get_of(whole)["parameters"]] == [
        ("path", "id", True),
        ("path", "path", True),
    ]
    again = json.loads(json.dumps(result))
    assert {**extract_facts(again), "x-source-sha256": ""} == {**result, "x-source-sha256": ""}


def test_the_hash_is_of_the_document_but_not_of_its_samples() -> None:
    first = document(responses={"200": {"content": {"application/json": {"schema": {"example": {"Date": "1"}}}}}})
    second = document(responses={"200": {"content": {"application/json": {"schema": {"example": {"Date": "2"}}}}}})
    assert source_hash(first) == source_hash(second)
    assert source_hash(first) != source_hash(document())
    named = document(requestBody={"content": {"application/json": {"schema": {"properties": {"example": {}}}}}})
    other = document(requestBody={"content": {"application/json": {"schema": {"properties": {"examples": {}}}}}})
    assert source_hash(named) != source_hash(other)


@pytest.mark.parametrize("bad", [{}, {"paths": {}}, {"info": {"version": "1"}}, {"paths": {"/a": {}}}, {"info": 1}])
def test_another_document_is_an_error(bad: dict[str, Any]) -> None:
    with pytest.raises(NotOpenApi):
        extract_facts(bad)


# --- samples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (None, {"type": "null"}),
        (True, {"type": "boolean"}),
        (3, {"type": "integer"}),
        (3.5, {"type": "number"}),
        ("secret", {"type": "string"}),
        ([], {"type": "array"}),
        ({}, {"type": "object"}),
        ([1, 2], {"type": "array", "items": {"type": "integer"}}),
        ([1, 2.5], {"type": "array", "items": {"type": "number"}}),
        ([1, None, "a"], {"type": "array", "items": {"anyOf": [{"type": t} for t in ("integer", "null", "string")]}}),
        ({"A": {"B": [True]}}, {"A": {"B": [True]}}),
    ],
)
def test_a_shape_has_types_and_no_values(sample: Any, expected: Any) -> None:
    if sample == {"A": {"B": [True]}}:
        inner = {"type": "object", "properties": {"B": {"type": "array", "items": {"type": "boolean"}}}}
        expected = {"type": "object", "properties": {"A": inner}}
    assert shape_of(sample) == expected
    assert sampled(sample) == expected


def test_the_elements_of_an_array_share_one_shape() -> None:
    sample: Any = [{"A": 1, "B": [1]}, {"A": None, "B": []}, {"A": 2, "B": ["x"], "C": {"D": 1}}, "..."]
    assert shape_of(sample) == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "A": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "B": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]}},
                "C": {"type": "object", "properties": {"D": {"type": "integer"}}},
            },
        },
    }
    assert merge_shapes(map(shape_of, reversed(sample[:3]))) == shape_of(sample)["items"]


@pytest.mark.parametrize(
    "key",
    [
        "19816330-cb02e1cf-df3a8fe8-bf510623-ccefe9f5",
        "a4f23b50-9910-2e5a-640b-724f1f616e40",
        "0010,0010",
        "7fe0,0010",
        "0010-0010",
        "7FE00010",
        "1024",
        "1.2.840.10008.1.2",
    ],
)
def test_keys_that_are_data_are_no_names(key: str) -> None:
    assert is_data(key)
    assert shape_of({key: {"Value": "secret"}}) == {
        "type": "object",
        "additionalProperties": {"type": "object", "properties": {"Value": {"type": "string"}}},
    }


@pytest.mark.parametrize("key", ["ID", "MainDicomTags", "dicom", "1024-x", "StudyDate", "face", "W001_Tags"])
def test_names_of_fields_are_no_data(key: str) -> None:
    assert not is_data(key)


def test_dicom_keywords_are_data_if_nothing_else_is_there() -> None:
    assert shape_of({"PatientID": "x", "StudyDate": "y"}) == {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    assert shape_of({"PatientID": "x", "Type": "y"}) == {
        "type": "object",
        "properties": {"PatientID": {"type": "string"}, "Type": {"type": "string"}},
    }


def test_what_orthanc_has_cut_is_marked() -> None:
    assert shape_of({"A": 1, "{...}": "..."}) == {
        "type": "object",
        "properties": {"A": {"type": "integer"}},
        "x-truncated": True,
    }
    assert shape_of({"0010,0010": "x", "{...}": "..."}) == {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    assert shape_of(["a", "..."]) == {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize("holder", ["schema", "media"])
@pytest.mark.parametrize("form", ["example", "examples"])
def test_samples_are_found_wherever_openapi_allows_them(holder: str, form: str) -> None:
    sample: Any = {"example": {"A": 1}, "examples": {"first": {"value": {"A": 1}}, "second": {"value": {"B": 1}}}}
    one = {form: sample[form]}
    media = {"schema": one} if holder == "schema" else {"schema": {}, **one}
    content = get_of(document(responses={"200": {"content": {"application/json": media}}}))["responses"]["200"][
        "content"
    ]
    properties = {"A": {"type": "integer"}, **({"B": {"type": "integer"}} if form == "examples" else {})}
    assert content["application/json"] == {
        "schema": {},
        "x-sample-shape": {"type": "object", "properties": properties},
    }


def test_no_sample_is_no_shape() -> None:
    content = {"text/plain": {"examples": {}, "schema": {"description": "Prose"}}}
    found = get_of(document(responses={"200": {"content": content}}))["responses"]["200"]["content"]
    assert found == {"text/plain": {"schema": {}}}


# --- the committed file -----------------------------------------------------------------------------------------------


def committed() -> dict[str, Any]:
    return dict(json.loads(COMMITTED.read_text(encoding="utf-8")))


def test_the_committed_file_is_openapi_with_all_operations() -> None:
    whole = committed()
    validate(whole)
    assert whole["info"]["version"] == "1.13.0"
    assert len(operations(whole)) == 299
    assert COMMITTED.read_text(encoding="utf-8") == dumps(whole)


def test_the_committed_file_has_no_sentence_and_no_value() -> None:
    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for key, one in value.items() for text in (key, *strings(one))]
        if isinstance(value, list):
            return [text for one in value for text in strings(one)]
        return [value] if isinstance(value, str) else []

    whole = committed()
    assert all(len(operation.get("tags", [])) == 1 for item in whole["paths"].values() for operation in item.values())
    names = {tag for item in whole["paths"].values() for operation in item.values() for tag in operation["tags"]}
    sentences = [text for text in strings(whole) if " " in text and text not in names and text != "Orthanc REST API"]
    assert sentences == []
    assert [
        text for text in strings(whole) if is_data(text) and text.count(".") != 2 and text not in ("200", "404")
    ] == []
