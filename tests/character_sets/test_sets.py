"""What a set holds is what Orthanc writes, on each version: all sets, and text of many alphabets."""

from __future__ import annotations

from typing import get_args
from uuid import uuid4

import pytest
from pydicom import charset

from orthanc_sdk import Orthanc, models
from orthanc_sdk.character_sets.sets import UTF_8, CharacterSet, is_plain, of_encoding
from orthanc_sdk.testing import make_instance, to_bytes
from tests.character_sets.reading import read, stored, text_of

TEXTS = (
    "Doe^Jane", "a~b", "Müller^Zoé", "Œuvre €", "Иванов^Иван", "Παπάς^Άννα", "שרון^דבורה", "قباني^لنزار", "สมชาย",
    "Şığ^İ", "Łódź^Ąę", "やまだ", "山田^太郎", "ﾔﾏﾀﾞ^ﾀﾛｳ", "Yamada^Tarou=山田^太郎=やまだ^たろう", "홍^길동",
    "Hong^Gildong=洪^吉洞=홍^길동", "王^小东", "王^小東", "A😀B", "a¥b‾", "ソ表能", "Mu\u0308ller", "乗^A乛=B",
    "移緯綾",
)  # fmt: skip

# The terms that pydicom knows, and others.
SINGLE = (*filter(None, charset.python_encoding), "ISO_IR 203", "UTF8", "latin_1", "ISO_IR 99")
SEVERAL = (
    ("", "ISO 2022 IR 87"), ("", "ISO 2022 IR 149"), ("", "ISO 2022 IR 58"), ("", "ISO 2022 IR 159"),
    ("", "ISO 2022 IR 87", "ISO 2022 IR 159"), ("ISO 2022 IR 6", "ISO 2022 IR 87"),
    ("ISO 2022 IR 13", "ISO 2022 IR 87"), ("ISO 2022 IR 100", "ISO 2022 IR 144"),
    ("ISO 2022 IR 6", "ISO 2022 IR 100"), ("ISO_IR 192", "ISO 2022 IR 100"),
)  # fmt: skip

GENEROUS = (
    "", "ISO_IR 13", "ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87",
    "\\ISO 2022 IR 87\\ISO 2022 IR 159", "ISO_IR 192\\ISO 2022 IR 100",
)  # fmt: skip
"""Sets in which Orthanc writes, and pydicom reads, more than they have."""


@pytest.mark.filterwarnings("ignore")  # what pydicom says to bytes that are of no set
@pytest.mark.parametrize("terms", [(), *((term,) for term in SINGLE), *SEVERAL], ids="\\".join)
def test_what_orthanc_writes(client: Orthanc, terms: tuple[str, ...]) -> None:
    declared = "\\".join(terms)
    value = declared.encode() + b" " * (len(declared) % 2)
    file = to_bytes(make_instance(PatientID=uuid4().hex, SpecificCharacterSet="ISO_IR 100"))
    file = file.replace(b"CS\x0a\x00ISO_IR 100", b"CS" + len(value).to_bytes(2, "little") + value)
    uploaded = client.post_instances(file)
    assert isinstance(uploaded, models.UploadedInstance)
    set_ = CharacterSet.of(declared)
    for text in TEXTS:
        sent = set_.written(text)
        tags = dict.fromkeys(("PatientName", "OtherPatientNames", "StudyDescription"), sent or text)
        # Not by the method, which refuses some of it.
        file = client.request("POST", f"/instances/{uploaded.id}/modify", json={"Replace": tags}).content
        made = read(file)
        if sent is None:
            assert set_.encoded(text) is None
            value = made.get_item("StudyDescription").value.rstrip()
            found = charset.decode_bytes(value, charset.convert_encodings(list(terms)), set())
            assert found != text or declared in GENEROUS, text
            continue
        for keyword in tags:
            assert made.get_item(keyword).value.rstrip() == set_.encoded(text), (keyword, text)
            assert text_of(made[keyword].value) == text, keyword
            assert set_.decoded(set_.encoded(text) or b"") == text
        copy = client.post_instances(file)
        assert isinstance(copy, models.UploadedInstance)
        read_by_server = client.get_instances_id_simplified_tags(copy.id or "")
        assert [read_by_server[keyword] for keyword in tags] == [text] * 3


def test_the_encodings_of_orthanc(default_encoding: Orthanc) -> None:
    client = default_encoding
    names = get_args(get_args(models.Encoding)[0])
    assert len(names) > 15
    for name in names:
        client.put_tools_default_encoding(name)
        made = client.post_tools_create_dicom({"Tags": {"PatientName": "Doe"}})
        assert isinstance(made, models.UploadedInstance)
        declared = CharacterSet.of(stored(client, made.id or "").get("SpecificCharacterSet"))
        assert of_encoding(name) == (CharacterSet() if name == "Ascii" else declared), name


@pytest.mark.parametrize(
    ("value", "terms"),
    [
        (None, ()), ("", ()), ("  ", ()), ("ISO_IR 100", ("ISO_IR 100",)), ("ISO_IR 100 ", ("ISO_IR 100",)),
        ("\\ISO 2022 IR 87", ("", "ISO 2022 IR 87")), (["", "ISO 2022 IR 87"], ("", "ISO 2022 IR 87")),
        ("ISO 2022 IR 13\xa5ISO 2022 IR 87", ("ISO 2022 IR 13", "ISO 2022 IR 87")),
    ],
)  # fmt: skip
def test_values_of_the_tag(value: object, terms: tuple[str, ...]) -> None:
    assert CharacterSet.of(value).terms == terms


def test_what_every_set_holds() -> None:
    for text, vr in (("Doe^Jane=A\\B", "PN"), ("a\r\nb\tc", "LT"), ("", None)):
        assert is_plain(text, vr)
    for text, vr in (("é", "LO"), ("a~b", "LO"), ("a\\b", "LT"), ("a\\b", "ST"), ("a\\b", "UT"), ("\x1b(B", "LO")):
        assert not is_plain(text, vr)
    jis = CharacterSet.of("ISO_IR 13")
    assert [jis.written(text, vr) for text, vr in (("a~b", "LO"), ("a\\b", "LT"), ("a\\b", "LO"))] == [
        None,
        None,
        "a\\b",
    ]
    assert [CharacterSet.of("ISO_IR 100").written(text, "LT") for text in ("a~b", "a\\b")] == ["a~b", "a\\b"]


@pytest.mark.parametrize(
    ("declared", "value", "text"),
    [
        ("", b"abc", "abc"), ("", b"\xe9", None), ("ISO_IR 6", b"\xe9", None), ("nonsense", b"\xe9", None),
        ("nonsense", b"abc", "abc"), ("ISO_IR 100", b"\xe9", "é"), ("ISO_IR 192", b"\xe9", None),
        ("ISO_IR 192", "é".encode(), "é"), ("ISO_IR 192", "\ufffd".encode(), None), ("ISO_IR 13", b"a~b", None),
        ("ISO_IR 13", b"\xd4\xcf", "ﾔﾏ"), ("ISO_IR 13", b"\xd4~", None), ("\\ISO 2022 IR 87", b"\xe9", None),
        ("\\ISO 2022 IR 87", b"\x1b$B;3ED\x1b(B", "山田"), ("\\ISO 2022 IR 87", b"\x1b$(D0!\x1b(B", None),
        ("\\ISO 2022 IR 149", b"\x1b$)C\xb1\xe8", "김"), ("\\ISO 2022 IR 149", b"\xb1\xe8", None),
    ],
)  # fmt: skip
def test_what_bytes_are(declared: str, value: bytes, text: str | None) -> None:
    assert CharacterSet.of(declared).decoded(value) == text


def test_what_is_not_told_apart() -> None:
    assert CharacterSet.of("ISO_IR 192 ") == UTF_8
    assert str(CharacterSet.of("\\ISO 2022 IR 87")) == "\\ISO 2022 IR 87"
    assert str(CharacterSet()) == "no SpecificCharacterSet (ASCII)"
    shown = [term for term in SINGLE if CharacterSet.of(term).shows_all_bytes]
    assert {"ISO_IR 100", "ISO_IR 101", "ISO_IR 144", "ISO_IR 148"} <= set(shown)
    assert not {"ISO_IR 6", "ISO_IR 192", "ISO_IR 13", "ISO_IR 126", "GB18030", "ISO 2022 IR 87"} & set(shown)
