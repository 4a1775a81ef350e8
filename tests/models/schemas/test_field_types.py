"""Values that JSON has no type for: read, kept, written back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from orthanc_sdk import models

TIME: TypeAdapter[datetime] = TypeAdapter(models.UtcDateTime)
NUMBER: TypeAdapter[int] = TypeAdapter(models.IntegerText)
VALUE: TypeAdapter[models.TagValue] = TypeAdapter(models.TagValue)
INPUT: TypeAdapter[models.TagInput] = TypeAdapter(models.TagInput)
LEVEL: TypeAdapter[str] = TypeAdapter(models.LevelName)
ORDER: TypeAdapter[str] = TypeAdapter(models.OrderType)
DIRECTION: TypeAdapter[str] = TypeAdapter(models.OrderDirection)


def written(adapter: TypeAdapter[Any], value: object) -> object:
    return json.loads(adapter.dump_json(value))


# ---------------------------------------------------------------------------------------------------------------------
# Times
# ---------------------------------------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
@example(datetime(2026, 11, 22, 8, 40, 38, tzinfo=UTC))
def test_a_time_is_read_as_it_was_written(value: datetime) -> None:
    text = written(TIME, value)
    assert isinstance(text, str)
    assert re.fullmatch(r"\d{8}T\d{6}(\.\d{6})?", text)
    assert TIME.validate_python(text) == value
    assert TIME.validate_json(json.dumps(text)).tzinfo is UTC
    assert written(TIME, TIME.validate_python(text)) == text


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001  # the zone is drawn by itself
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_time_of_another_zone_is_written_in_utc(value: datetime, zone: timezone) -> None:
    local = value.replace(tzinfo=zone)
    assert TIME.validate_python(written(TIME, local)) == local


def test_what_orthanc_writes() -> None:
    assert TIME.validate_python("20261122T084038") == datetime(2026, 11, 22, 8, 40, 38, tzinfo=UTC)
    assert TIME.validate_python("20261122T083208.352008") == datetime(2026, 11, 22, 8, 32, 8, 352008, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "20261122", "2026-11-22T08:40:38", "20261122T0840", "20261122T084038Z", "20261122T084038+01",
        "20261322T084038", "20261122T250000", "1732264838", "20261122 084038", "2026W474T084038",
        "\uff12\uff10261122T084038", "20261122T084038,5",
    ],
)  # fmt: skip
def test_what_is_no_time_of_orthanc(text: str) -> None:
    with pytest.raises(ValidationError):
        TIME.validate_python(text)


# ---------------------------------------------------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------------------------------------------------


@given(st.integers(min_value=0))
@example(2**64 - 1)
def test_a_number_in_a_string(value: int) -> None:
    assert NUMBER.validate_python(str(value)) == value
    assert NUMBER.validate_json(json.dumps(str(value))) == value
    assert written(NUMBER, value) == str(value)
    assert NUMBER.dump_python(value) == value


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "-1", "1_000", "1.0", "0x1", "\uff11", "1e3", "\n1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValidationError):
        NUMBER.validate_python(text)


# ---------------------------------------------------------------------------------------------------------------------
# Tags
# ---------------------------------------------------------------------------------------------------------------------

TAG_VALUES = st.recursive(
    st.none() | st.text(),
    lambda parts: st.lists(st.dictionaries(st.text(), parts, max_size=3), max_size=3),
    max_leaves=8,
)


@given(TAG_VALUES)
def test_the_value_of_a_tag_is_kept(value: Any) -> None:
    assert VALUE.validate_python(value) == value
    assert VALUE.validate_json(json.dumps(value)) == value
    assert written(VALUE, VALUE.validate_python(value)) == value
    assert written(INPUT, INPUT.validate_python(value, strict=True)) == value


@pytest.mark.parametrize("value", [5, 1.5, True, b"A", ["A"], [["A"]], {"A": "B"}, [{"A": 5}], [{"A": [{"B": 5}]}]])
def test_what_is_no_value_of_a_tag(value: Any) -> None:
    for adapter in (VALUE, INPUT):
        with pytest.raises(ValidationError):
            adapter.validate_python(value, strict=True)


def test_tags_in_full() -> None:
    sent = {
        "0008,1140": {
            "Name": "ReferencedImageSequence",
            "Type": "Sequence",
            "Value": [{"0008,1155": {"Name": "ReferencedSOPInstanceUID", "Type": "String", "Value": "1.2"}}],
        },
        "0009,1001": {"Name": "Unknown Tag & Data", "PrivateCreator": "ACME", "Type": "Null", "Value": None},
    }
    adapter: TypeAdapter[models.DicomTagsFull] = TypeAdapter(models.DicomTagsFull)
    tags = adapter.validate_python(sent)
    items = tags["0008,1140"].value
    assert isinstance(items, list)
    assert items[0]["0008,1155"].value == "1.2"
    assert tags["0009,1001"].private_creator == "ACME"
    assert adapter.dump_python(tags, mode="json", by_alias=True, exclude_unset=True) == sent


# ---------------------------------------------------------------------------------------------------------------------
# Words
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adapter", "given_", "meant"),
    [
        (LEVEL, "Patient", "Patient"), (LEVEL, "patients", "Patient"),
        (LEVEL, "STUDY", "Study"), (LEVEL, "studies", "Study"), (LEVEL, "series", "Series"),
        (LEVEL, "instances", "Instance"), (LEVEL, "IMAGE", "Instance"),
        (ORDER, "dicomtagasint", "DicomTagAsInt"), (ORDER, "Metadata", "Metadata"),
        (DIRECTION, "asc", "ASC"), (DIRECTION, "Desc", "DESC"),
    ],
)  # fmt: skip
def test_words_are_read_as_orthanc_reads_them(adapter: TypeAdapter[str], given_: str, meant: str) -> None:
    assert adapter.validate_python(given_, strict=True) == meant
    assert written(adapter, adapter.validate_python(given_)) == meant


@pytest.mark.parametrize(
    ("adapter", "type_"),
    [(LEVEL, models.LevelName), (ORDER, models.OrderType), (DIRECTION, models.OrderDirection)],
)
def test_every_word_in_any_case_is_itself(adapter: TypeAdapter[str], type_: Any) -> None:
    words = get_args(get_args(type_)[0])
    assert len(words) >= 2
    for word in words:
        for spelling in (word, word.lower(), word.upper()):
            assert adapter.validate_python(spelling) == word


@given(st.text())
def test_other_words_are_refused(text: str) -> None:
    known = ("patient", "patients", "study", "studies", "series", "instance", "instances", "image", "images")
    if text.lower() in known:
        assert LEVEL.validate_python(text) in ("Patient", "Study", "Series", "Instance")
        return
    with pytest.raises(ValidationError):
        LEVEL.validate_python(text)


@pytest.mark.parametrize("value", [None, 5, True, ["Study"], b"Study"])
def test_what_is_no_word(value: object) -> None:
    for adapter in (LEVEL, ORDER, DIRECTION):
        with pytest.raises(ValidationError):
            adapter.validate_python(value, strict=True)
