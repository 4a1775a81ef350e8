"""Text in files, and files that are written with other text: everything else stays byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from orthanc_sdk import InvalidArgument
from orthanc_sdk.character_sets.files import elements_of, with_texts
from orthanc_sdk.character_sets.placeholders import Placeholders
from orthanc_sdk.character_sets.sets import UTF_8, CharacterSet
from orthanc_sdk.testing import make_instance, to_bytes
from tests.character_sets.reading import read, texts

WORD = "T0123456789AB"
CYRILLIC = "Иванов^Иван"


def item(**tags: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def latin(**tags: Any) -> Dataset:
    """A file in ISO_IR 100 with text in all places."""
    inner = item(CodeMeaning="Käse", ConceptNameCodeSequence=[item(CodeMeaning="Größe")])
    own = item(SpecificCharacterSet="ISO_IR 144", CodeMeaning="Жук", ConceptNameCodeSequence=[item(CodeMeaning="Жаба")])
    dataset = make_instance(
        seed="latin", SpecificCharacterSet="ISO_IR 100", PatientName="Zoé", OtherPatientNames=["Ä^B", "Ö^C"],
        PatientComments="a\r\né", ProcedureCodeSequence=[inner, own], **tags,
    )  # fmt: skip
    block = dataset.private_block(0x0009, "ACME", create=True)
    block.add_new(1, "LO", "Öl")
    block.add_new(2, "SQ", [item(CodeMeaning="Ärger")])
    block.add_new(3, "OB", b"\xff\xfe")
    return dataset


def test_elements() -> None:
    found = {element.path: element for element in elements_of(read(to_bytes(latin()))) if not element.is_plain}
    assert {path: (element.text, element.is_public) for path, element in found.items()} == {
        "0008,1032[0].0008,0104": ("Käse", True),
        "0008,1032[0].0040,a043[0].0008,0104": ("Größe", True),
        "0008,1032[1].0008,0104": ("Жук", True),
        "0008,1032[1].0040,a043[0].0008,0104": ("Жаба", True),
        "0009,1001": ("Öl", False),
        "0009,1002[0].0008,0104": ("Ärger", False),
        "0010,0010": ("Zoé", True),
        "0010,1001": ("Ä^B\\Ö^C", True),
        "0010,4000": ("a\r\né", True),
    }
    assert "Käse" not in repr(list(found.values()))


def test_in_its_own_set() -> None:
    file = to_bytes(latin(StudyDescription=WORD))
    made = read(with_texts(file, {WORD: "Tête"}, None))
    assert made.SpecificCharacterSet == "ISO_IR 100"
    assert texts(made) == {**texts(read(file)), "StudyDescription": "Tête"}


@pytest.mark.parametrize("wanted", [None, UTF_8])
@pytest.mark.parametrize("syntax", [None, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_in_another_set(wanted: CharacterSet | None, syntax: UID | None) -> None:
    dataset = latin(StudyDescription=WORD)
    if syntax is not None:
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = b"\0" * len(dataset.PixelData)
    file = to_bytes(dataset)
    written = with_texts(file, {WORD: CYRILLIC}, wanted)
    assert texts(read(written)) == {**texts(read(file)), "StudyDescription": CYRILLIC}
    made, before = read(written), read(file)
    other = [tag for tag in before.keys() if before.get_item(tag).VR not in ("PN", "LO", "LT", "SQ", "CS")]  # noqa: SIM118  # raw
    assert len(other) > 20
    assert [tag for tag in other if made.get_item(tag).value != before.get_item(tag).value] == []
    assert made.SpecificCharacterSet == "ISO_IR 192"
    assert made.ProcedureCodeSequence[1].SpecificCharacterSet == "ISO_IR 192"


def test_in_places() -> None:
    """The words stand for text in items, those with sets of their own among them, and in private tags."""
    dataset = make_instance(seed="places", SpecificCharacterSet="ISO_IR 100", PatientName="Zoé")
    dataset.ProcedureCodeSequence = [
        item(CodeMeaning=WORD),
        item(SpecificCharacterSet="ISO_IR 144", CodeMeaning="Жук"),
    ]
    dataset.ReferringPhysicianName = WORD
    block = dataset.private_block(0x0009, "ACME", create=True)
    block.add_new(1, "LO", WORD)
    block.add_new(2, "SQ", [item(CodeMeaning=WORD)])
    block.add_new(3, "UN", WORD.encode() + b"\0")
    paths = ("ProcedureCodeSequence[0].CodeMeaning", "ReferringPhysicianName")
    private = ("0009,1001", "0009,1002[0].CodeMeaning", "0009,1003")
    for text in ("Tête", CYRILLIC, "山田"):
        made = texts(read(with_texts(to_bytes(dataset), {WORD: text}, None)))
        assert [made[path] for path in (*paths, *private)] == [text] * 5
        assert (made["PatientName"], made["ProcedureCodeSequence[1].CodeMeaning"]) == ("Zoé", "Жук")


def test_what_an_item_says_counts() -> None:
    dataset = make_instance(seed="own", SpecificCharacterSet="ISO_IR 100", PatientName="Zoé")
    dataset.ProcedureCodeSequence = [item(SpecificCharacterSet="ISO_IR 144", CodeMeaning=WORD, CodeValue="Жук")]
    kept = read(with_texts(to_bytes(dataset), {WORD: "Жаба"}, None))
    assert (kept.SpecificCharacterSet, kept.ProcedureCodeSequence[0].SpecificCharacterSet) == (
        "ISO_IR 100",
        "ISO_IR 144",
    )
    assert kept.ProcedureCodeSequence[0].get_item("CodeMeaning").value == "Жаба".encode("iso-8859-5")
    changed = read(with_texts(to_bytes(dataset), {WORD: "Tête"}, None))  # it is in the set of the file only
    assert (changed.SpecificCharacterSet, changed.ProcedureCodeSequence[0].SpecificCharacterSet) == ("ISO_IR 192",) * 2
    assert texts(changed) == {**texts(kept), "ProcedureCodeSequence[0].CodeMeaning": "Tête"}


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        (["", "ISO 2022 IR 149"], "김^희", b"\x1b$)C\xb1\xe8^\x1b$)C\xc8\xf1 "),
        (["", "ISO 2022 IR 87"], "山^田", b"\x1b$B;3\x1b(B^\x1b$BED\x1b(B "),
        ("ISO_IR 13", "ﾔﾏ Doe", b"\xd4\xcf Doe"),
        ("GB18030", "乗乛", b"\x81\\\x81^"),
    ],
)
def test_bytes_of_text(declared: object, text: str, value: bytes) -> None:
    file = to_bytes(make_instance(seed="bytes", SpecificCharacterSet=declared, ReferringPhysicianName=WORD))
    assert read(with_texts(file, {WORD: text}, None)).get_item("ReferringPhysicianName").value == value


def test_implicit_representations() -> None:
    dataset = make_instance(
        seed="implicit", SpecificCharacterSet="ISO_IR 100", PatientName="Zoé", StudyDescription=WORD
    )
    dataset.ProcedureCodeSequence = [item(CodeMeaning="Käse")]
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    block = dataset.private_block(0x0009, "ACME", create=True)
    block.add_new(1, "LO", "plain")
    block.add_new(2, "OB", b"\xff\x00\xfe")
    made = texts(read(with_texts(to_bytes(dataset), {WORD: CYRILLIC}, None)))
    assert (made["PatientName"], made["StudyDescription"]) == ("Zoé", CYRILLIC)
    assert made["ProcedureCodeSequence[0].CodeMeaning"] == "Käse"
    block.add_new(3, "LO", "Öl")
    with pytest.raises(InvalidArgument, match=r"^0009,1003: the file does not tell which characters it has"):
        with_texts(to_bytes(dataset), {WORD: CYRILLIC}, None)
    assert texts(read(with_texts(to_bytes(dataset), {WORD: "Tête"}, None)))["StudyDescription"] == "Tête"


def test_refused() -> None:
    undeclared = to_bytes(make_instance(seed="none", PatientName="other", StudyDescription=WORD)).replace(
        b"other", b"oth\xe9r"
    )
    with pytest.raises(InvalidArgument, match=r"^PatientName: the file does not tell which characters it has"):
        with_texts(undeclared, {WORD: CYRILLIC}, None)
    with pytest.raises(
        InvalidArgument, match=r"^ProcedureCodeSequence\[0\].CodeMeaning: has characters .* not in ISO_IR 144$"
    ):
        with_texts(to_bytes(latin(StudyDescription=WORD)), {WORD: CYRILLIC}, CharacterSet.of("ISO_IR 144"))
    with pytest.raises(InvalidArgument, match="is no text to the server"):
        with_texts(to_bytes(make_instance(seed="code", BodyPartExamined=WORD)), {WORD: CYRILLIC}, None)


def test_no_set_any_more() -> None:
    plain = to_bytes(make_instance(seed="plain", SpecificCharacterSet="ISO_IR 100"))
    made = read(with_texts(plain, {}, CharacterSet()))
    assert "SpecificCharacterSet" not in made
    assert texts(made) == texts(read(plain))
    with pytest.raises(InvalidArgument, match="not in no SpecificCharacterSet"):
        with_texts(to_bytes(latin()), {}, CharacterSet())


def test_what_the_server_is_sent() -> None:
    replace = {"PatientName": CYRILLIC, "StudyDescription": "plain", "ProcedureCodeSequence": [{"CodeMeaning": "Жук"}]}
    body = {
        "Replace": {**replace, "SpecificCharacterSet": "ISO_IR 192"},
        "Remove": ["SeriesDescription"],
        "Force": True,
    }
    sent = Placeholders(body).body
    assert sent["Replace"]["StudyDescription"] == "plain"
    assert sent["Replace"]["PatientName"].isascii()
    assert sent["Replace"]["ProcedureCodeSequence"][0]["CodeMeaning"].isascii()
    assert "SpecificCharacterSet" not in sent["Replace"]
    assert (sent["Remove"], sent["Force"]) == (["SeriesDescription"], True)
    assert replace["PatientName"] == CYRILLIC  # it is still the user's
    untouched = Placeholders({"Replace": {"StudyDescription": "plain"}})
    assert untouched.filled(b"no file at all") == b"no file at all"
    with pytest.raises(InvalidArgument, match="not in ISO_IR 144"):
        Placeholders({"Replace": {"PatientName": "Zoé", "SpecificCharacterSet": "ISO_IR 144"}})
