"""Modifying and anonymizing: no text is lost, old or new, and what needs no look at the files costs none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ImplicitVRLittleEndian

from orthanc_sdk import InvalidArgument, Orthanc, Patient, models
from orthanc_sdk.resources import file_texts
from orthanc_sdk.testing import make_instance, to_bytes
from tests.character_sets.reading import files_of, read, stored, texts
from tests.resources.data import Tree, counted, new, put

CYRILLIC = "Иванов^Иван"


def declared(dataset: Dataset) -> object:
    return dataset.get("SpecificCharacterSet")


def tree_of(client: Orthanc, *files: bytes) -> Tree:
    """Files that pydicom would not write so."""
    ids = [client.post_instances(file) for file in files]
    assert all(isinstance(one, models.UploadedInstance) for one in ids)
    return Tree(client, ids, [])  # type: ignore[arg-type]  # as was just seen


def with_bytes(name: bytes, **tags: Any) -> bytes:
    """A file whose patient has a name of these five bytes."""
    return to_bytes(make_instance(PatientID=uuid4().hex, PatientName="other", **tags)).replace(b"other", name)


# ---------------------------------------------------------------------------------------------------------------------
# The trial: 45 texts of 45 were gone
# ---------------------------------------------------------------------------------------------------------------------

NAMES = {
    "Cyrillic": CYRILLIC,
    "Greek": "Παπάς^Άννα",
    "Japanese": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "Japanese, one group": "山田^太郎",
    "Chinese": "Wang^XiaoDong=王^小东",
    "Korean": "Hong^Gildong=洪^吉洞=홍^길동",
    "Arabic": "قباني^لنزار",
    "Polish": "Łódź^Ąę",
    "an emoji": "A😀B",
}


def _created(tree: Tree, name: str) -> FileDataset:
    made = tree.client.post_tools_create_dicom({"Tags": {"PatientName": name}})
    assert isinstance(made, models.UploadedInstance)
    return stored(tree.client, made.id or "")


TRIAL: Mapping[str, Callable[[Tree, str], FileDataset]] = {
    "patient.modify": lambda tree, name: _first(tree, tree.patient.modify(replace={"PatientName": name}).id),
    "patient.anonymize": lambda tree, name: _first(tree, tree.patient.anonymize(replace={"PatientName": name}).id),
    "study.anonymize_as_job": lambda tree, name: _first(
        tree, tree.study.anonymize_as_job(replace={"PatientName": name}).result().patient.id
    ),
    "instance.modified_pydicom": lambda tree, name: tree.instance.modified_pydicom(replace={"PatientName": name}),
    "create_dicom": _created,
}


def _first(tree: Tree, patient: str) -> FileDataset:
    return stored(tree.client, tree.client.get_patients_id_instances(patient)[0].id)


@pytest.mark.parametrize("other", ["Tete", "Tête"])
def test_the_trial(client: Orthanc, other: str) -> None:
    outcomes: Counter[str] = Counter()
    for call, do in TRIAL.items():
        for name in NAMES.values():
            tree = new(client, SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Jürgen", StudyDescription=other)
            before = set(client.get_instances())
            try:
                found, said = do(tree, name), ""
            except InvalidArgument as error:
                found, said = None, str(error)
            if found is None:
                assert "PatientName" in said
                assert "SpecificCharacterSet" in said
                assert name not in said
                assert set(client.get_instances()) == before
            else:
                assert found.PatientName == name
                assert found.get("StudyDescription", other) == other
            outcomes[f"{call}: {'refused' if said else 'stored'}"] += 1
    assert outcomes == {**{f"{call}: stored": 9 for call in list(TRIAL)[:4]}, "create_dicom: refused": 9}


# ---------------------------------------------------------------------------------------------------------------------
# What it costs
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["modify", "anonymize"])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_ascii_costs_nothing(client: Orthanc, level: int, call: str) -> None:
    """The requests are those that the same call makes when there is no text to look at."""
    client.supports("1.12.0")  # which is asked once
    requests: list[list[str]] = []
    for replace in (
        {},
        {"SeriesDescription": "Doe\\Jane", "Manufacturer": None, "ProcedureCodeSequence": [{"CodeValue": "x"}]},
    ):
        resource = new(client, SpecificCharacterSet="ISO_IR 100", PatientName="Müller").each[level]
        with counted(client) as sent:
            getattr(resource, call)(replace=replace)
        own = [request.replace(resource.id, "{id}") for request in sent.sent if not request.startswith("GET /jobs/")]
        requests.append(own)
    assert requests[0] == requests[1]
    assert any(request.startswith("POST ") for request in requests[0])


def test_what_other_text_costs(client: Orthanc) -> None:
    def asked(tree: Tree, **replace: str) -> list[str]:
        with counted(client) as sent:
            tree.study.modify(replace=replace)
        until = next(number for number, request in enumerate(sent.sent) if request.startswith("POST "))
        return [request.partition("?")[0].replace(tree.study.id, "{id}") for request in sent.sent[:until]]

    tags = ["GET /studies/{id}/series", "GET /studies/{id}/instances-tags"]
    held = new(client, series=2, instances=3, SpecificCharacterSet="ISO_IR 100", SeriesDescription="Tête")
    assert asked(held, StudyDescription="Müller") == tags
    lacking = new(client, series=2, instances=3, SpecificCharacterSet="ISO_IR 100")
    assert asked(lacking, StudyDescription=CYRILLIC) == tags
    none = new(client, series=2, instances=3)
    assert asked(none, StudyDescription=CYRILLIC) == [*tags, "GET /tools/default-encoding"]


def test_large_resources_are_asked_for_series_by_series(client: Orthanc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_texts, "AT_ONCE", 3)
    tree = new(client, series=2, instances=2)
    with counted(client) as sent:
        assert tree.patient.modify(replace={"StudyDescription": CYRILLIC}).studies[0].description == CYRILLIC
    assert len([request for request in sent.sent if "/instances-tags" in request and "/series/" in request]) == 2
    assert not [
        request for request in sent.sent if request.startswith("GET /patients/") and "/instances-tags" in request
    ]


# ---------------------------------------------------------------------------------------------------------------------
# Other text of the files
# ---------------------------------------------------------------------------------------------------------------------


def test_text_that_is_replaced_or_removed_does_not_matter(client: Orthanc) -> None:
    tree = new(client, instances=2, SpecificCharacterSet="ISO_IR 100", PatientName="Müller", PatientComments="Käse")
    tree.patient.modify(replace={"PatientName": CYRILLIC}, remove=["0010,4000"])
    for dataset in files_of(client, tree.patient.studies[0].id):
        assert (dataset.PatientName, declared(dataset)) == (CYRILLIC, "ISO_IR 192")
        assert "PatientComments" not in dataset


def test_text_that_anonymizing_removes_does_not_matter(client: Orthanc) -> None:
    tree = new(client, instances=2, SpecificCharacterSet="ISO_IR 100", PatientName="Müller", PatientComments="Käse")
    put(client, make_instance(
        SpecificCharacterSet="ISO_IR 100", PatientID=tree.datasets[0].PatientID, InstitutionName="Hôpital",
        StudyInstanceUID=tree.datasets[0].StudyInstanceUID,
    ))  # fmt: skip
    study = tree.study.anonymize(replace={"StudyDescription": CYRILLIC})
    for dataset in files_of(client, study.id):
        assert dataset.StudyDescription == CYRILLIC
        assert [text for text in texts(dataset).values() if not text.isascii()] == [CYRILLIC]


def test_text_that_anonymizing_is_to_keep_is_written_anew(client: Orthanc) -> None:
    item = Dataset()
    item.CodeValue, item.CodeMeaning = "1", "Größe"
    tree = new(client, instances=2, SpecificCharacterSet="ISO_IR 100", PatientName="Müller", StudyDescription="Tête",
               InstitutionName="Hôpital", ProcedureCodeSequence=[item])  # fmt: skip
    keep = ["StudyDescription", "PatientName", "ProcedureCodeSequence"]
    study = tree.study.anonymize(keep=keep, replace={"SeriesDescription": CYRILLIC})
    for dataset in files_of(client, study.id):
        assert (dataset.StudyDescription, dataset.PatientName) == ("Tête", "Müller")
        assert dataset.ProcedureCodeSequence[0].CodeMeaning == "Größe"
        assert dataset.get("InstitutionName") in (None, "")
        assert dataset.SeriesDescription == CYRILLIC


def test_a_study_of_a_patient_who_has_others(client: Orthanc) -> None:
    """Orthanc wants to have all main tags of the patient then, if it is sent one of them."""
    tags: Any = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Jürgen", "PatientID": uuid4().hex}
    tree, other = new(client, **tags), new(client, **tags)
    study = tree.study.modify(replace={"StudyDescription": CYRILLIC})
    assert study.patient == other.patient
    (dataset,) = files_of(client, study.id)
    assert (dataset.PatientName, dataset.StudyDescription) == ("Müller^Jürgen", CYRILLIC)
    assert (dataset.PatientSex, dataset.PatientBirthDate) == (
        tree.datasets[0].PatientSex,
        tree.datasets[0].PatientBirthDate,
    )


@pytest.mark.parametrize("order", [1, -1])
def test_files_of_one_patient_in_several_sets(client: Orthanc, order: int) -> None:
    def patient_of(*sets: tuple[str | None, str]) -> Patient:
        id_ = uuid4().hex
        trees = [
            new(client, PatientID=id_, SpecificCharacterSet=one, ImageComments=text) for one, text in sets[::order]
        ]
        return trees[0].patient

    def modified(patient: Patient, name: str) -> list[tuple[str, str]]:
        patient.modify(replace={"PatientName": name})
        found = [dataset for study in patient.studies for dataset in files_of(client, study.id)]
        assert {str(dataset.PatientName) for dataset in found} == {name}
        return sorted((str(declared(dataset)), str(dataset.ImageComments)) for dataset in found)

    # Each set has it.
    both = patient_of(("ISO_IR 100", "Tête"), ("ISO_IR 192", "山田"), ("ISO_IR 148", "Şığ"))
    assert modified(both, "Zoé") == [("ISO_IR 100", "Tête"), ("ISO_IR 148", "Şığ"), ("ISO_IR 192", "山田")]
    # Those that lack it have nothing but ASCII: they get the set of the others.
    one = patient_of(("ISO_IR 144", "Жук"), (None, "abc"), ("ISO_IR 100", "def"))
    assert modified(one, CYRILLIC) == [("ISO_IR 144", "abc"), ("ISO_IR 144", "def"), ("ISO_IR 144", "Жук")]
    # One of them has other text.
    none = patient_of(("ISO_IR 144", "Жук"), ("ISO_IR 100", "Tête"), (None, "abc"))
    with pytest.raises(InvalidArgument, match=r"PatientName: .* not in ISO_IR 100 or .*\(ImageComments\)") as refused:
        none.modify(replace={"PatientName": CYRILLIC})
    assert "Instance.modify" in str(refused.value)


@pytest.mark.parametrize("encoding", ["Latin1", "Utf8", "Ascii", "Windows1251"])
def test_bytes_in_no_set(default_encoding: Orthanc, encoding: Any) -> None:
    """Nobody knows what text they are; the server may show them as ASCII, as it leaves out what it cannot read."""
    client = default_encoding
    client.put_tools_default_encoding(encoding)
    for set_ in (None, "ISO_IR 6"):
        tree = tree_of(client, with_bytes(b"oth\xe9r", SpecificCharacterSet=set_))
        for resource in (tree.study, tree.series, tree.instance):
            for call in (resource.modify, resource.anonymize):
                keep: Any = {"keep": ["PatientName"]} if call == resource.anonymize else {}
                with pytest.raises(InvalidArgument, match="PatientName"):
                    call(replace={"SeriesDescription": CYRILLIC}, **keep)
        assert tree.instance.modify(replace={"PatientName": CYRILLIC}).get_pydicom().PatientName == CYRILLIC


def test_private_text(client: Orthanc) -> None:
    """Orthanc would write it without its value representation."""
    dataset = make_instance(PatientID=uuid4().hex, SpecificCharacterSet="ISO_IR 100")
    block = dataset.private_block(0x0009, "ACME", create=True)
    block.add_new(1, "LO", "Käse")
    block.add_new(2, "OB", b"\xff\x00")
    tree = Tree(client, [put(client, dataset)], [dataset])
    with pytest.raises(InvalidArgument, match=r"\(0009,1001\)"):
        tree.study.modify(replace={"StudyDescription": CYRILLIC})
    study = tree.study.modify(replace={"StudyDescription": CYRILLIC}, remove_private_tags=True)
    assert files_of(client, study.id)[0].StudyDescription == CYRILLIC
    found = tree.instance.modify(replace={"StudyDescription": CYRILLIC}).get_pydicom()
    assert (found.StudyDescription, found[0x0009, 0x1001].value, found[0x0009, 0x1001].VR) == (CYRILLIC, "Käse", "LO")


def test_text_of_unknown_representation(client: Orthanc) -> None:
    def tree_with(value: bytes) -> Tree:
        dataset = make_instance(PatientID=uuid4().hex, SpecificCharacterSet="ISO_IR 100")
        dataset.private_block(0x0009, "ACME", create=True).add_new(1, "LO", value.decode("latin-1"))
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        return tree_of(client, to_bytes(dataset))

    for harmless in (b"cheese", b"\xff\x00\x01\xfe"):
        study = tree_with(harmless).study.modify(replace={"StudyDescription": CYRILLIC})
        (dataset,) = files_of(client, study.id)
        assert (dataset.StudyDescription, declared(dataset)) == (CYRILLIC, "ISO_IR 192")
        assert dataset[0x0009, 0x1001].value.rstrip(b"\0 ") == harmless
    for text in ("Käse".encode("latin-1"), b"\xfe\xff\x00\xe0\x04\x00\x00\x00\x08\x00\x04\x01"):
        tree = tree_with(text)
        for resource in (tree.study, tree.instance):
            with pytest.raises(InvalidArgument, match="0009,1001"):
                resource.modify(replace={"StudyDescription": CYRILLIC})


def test_long_text(client: Orthanc) -> None:
    """Orthanc does not show what is longer than 256 characters."""
    plain = new(client, SpecificCharacterSet="ISO_IR 100", ImageComments="x" * 300).study
    assert declared(files_of(client, plain.modify(replace={"StudyDescription": CYRILLIC}).id)[0]) == "ISO_IR 192"
    tree = new(client, instances=2, SpecificCharacterSet="ISO_IR 100", ImageComments="é" * 300)
    study = tree.study.modify(replace={"StudyDescription": CYRILLIC})
    assert {dataset.ImageComments for dataset in files_of(client, study.id)} == {"é" * 300}


def test_items_with_a_set_of_their_own(client: Orthanc) -> None:
    item = Dataset()
    item.SpecificCharacterSet, item.CodeValue, item.CodeMeaning = "ISO_IR 144", "1", "Жук"
    tree = new(client, SpecificCharacterSet="ISO_IR 100", StudyDescription="Tête", ProcedureCodeSequence=[item])
    assert texts(tree.instance.get_pydicom())["ProcedureCodeSequence[0].CodeMeaning"] == "Жук"
    found = tree.instance.modify(replace={"SeriesDescription": "山田"}).get_pydicom()
    assert (found.SeriesDescription, found.StudyDescription, declared(found)) == ("山田", "Tête", "ISO_IR 192")
    assert found.ProcedureCodeSequence[0].CodeMeaning == "Жук"
    own = tree.instance.modify(replace={"StudyDescription": "Zoé"}).get_pydicom()
    assert (own.StudyDescription, declared(own)) == ("Zoé", "ISO_IR 100")
    assert own.ProcedureCodeSequence[0].CodeMeaning == "Жук"


def test_a_set_for_a_new_item(client: Orthanc) -> None:
    """Orthanc writes items in the set of the file, whatever they say."""
    items: Any = [{"SpecificCharacterSet": "ISO_IR 144", "CodeMeaning": "Жук"}]
    tree = new(client, SpecificCharacterSet="ISO_IR 192")
    with pytest.raises(InvalidArgument, match=r"ProcedureCodeSequence\[0\].CodeMeaning: .*ISO_IR 192.*ISO_IR 144"):
        tree.study.modify(replace={"ProcedureCodeSequence": items})
    found = tree.instance.modify(replace={"ProcedureCodeSequence": items}).get_pydicom()
    assert found.ProcedureCodeSequence[0].CodeMeaning == "Жук"
    items[0]["SpecificCharacterSet"] = "ISO_IR 192"
    study = tree.study.modify(replace={"ProcedureCodeSequence": items})
    assert files_of(client, study.id)[0].ProcedureCodeSequence[0].CodeMeaning == "Жук"


# ---------------------------------------------------------------------------------------------------------------------
# Sets that the user asks for
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["SpecificCharacterSet", "0008,0005", "00080005"])
def test_another_set(client: Orthanc, tag: str) -> None:
    def tree(text: str) -> Tree:
        return new(client, instances=2, SpecificCharacterSet="ISO_IR 100", SeriesDescription="old", ImageComments=text)

    for call in ("modify", "anonymize"):
        # There is nothing but ASCII beside.
        made = getattr(tree("plain").study, call)(replace={tag: "ISO_IR 144", "StudyDescription": CYRILLIC})
        for dataset in files_of(client, made.id):
            assert (declared(dataset), dataset.StudyDescription) == ("ISO_IR 144", CYRILLIC)
        # It lacks the new text.
        with pytest.raises(InvalidArgument, match=r"StudyDescription: .* not in ISO_IR 100"):
            getattr(tree("plain").study, call)(replace={tag: "ISO_IR 100", "StudyDescription": CYRILLIC})
    # It is the same.
    (dataset, _) = files_of(client, tree("Tête").study.modify(replace={tag: "ISO_IR 100", "StudyDescription": "é"}).id)
    assert (declared(dataset), dataset.StudyDescription, dataset.ImageComments) == ("ISO_IR 100", "é", "Tête")
    # Other text is sent as well, if it is the same in all files; and it may be all that there is.
    (dataset, _) = files_of(client, tree("Tête").study.modify(replace={tag: "ISO_IR 192"}).id)
    assert (declared(dataset), dataset.ImageComments) == ("ISO_IR 192", "Tête")
    # It lacks that.
    with pytest.raises(InvalidArgument, match=r"SpecificCharacterSet: .*ISO_IR 100.*\(ImageComments\).*ISO_IR 144"):
        tree("Tête").study.modify(replace={tag: "ISO_IR 144"})
    # A single file is written anew.
    instance = tree("Tête").instance
    found = instance.modified_pydicom(replace={tag: "ISO_IR 192", "StudyDescription": CYRILLIC})
    assert (declared(found), found.StudyDescription, found.ImageComments) == ("ISO_IR 192", CYRILLIC, "Tête")
    with pytest.raises(InvalidArgument, match=r"ImageComments: .* not in ISO_IR 144"):
        instance.modified_pydicom(replace={tag: "ISO_IR 144", "StudyDescription": CYRILLIC})


def test_no_set_at_all(client: Orthanc) -> None:
    plain = new(client, SpecificCharacterSet="ISO_IR 100")
    for tag in ("SpecificCharacterSet", "0008,0005"):
        assert declared(files_of(client, plain.study.modify(remove=[tag]).id)[0]) is None
        assert declared(plain.instance.modified_pydicom(remove=[tag])) is None
        tree = new(client, SpecificCharacterSet="ISO_IR 100", ImageComments="Tête")
        for resource in (tree.study, tree.instance):
            with pytest.raises(InvalidArgument, match="ImageComments"):
                resource.modify(remove=[tag])
            with pytest.raises(InvalidArgument, match=r"StudyDescription: .* not in no SpecificCharacterSet"):
                resource.modify(remove=[tag], replace={"StudyDescription": "é"})
    assert (
        declared(plain.instance.modified_pydicom(remove=["SpecificCharacterSet"], replace={"0008,0005": "GB18030"}))
        == "GB18030"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Text itself
# ---------------------------------------------------------------------------------------------------------------------


def test_text_that_no_set_has(client: Orthanc) -> None:
    tree = new(client, SpecificCharacterSet="ISO_IR 192")
    for text in ("half \ud83d of it", "\x1b$B;3ED\x1b(B"):
        for resource in (tree.patient, tree.study, tree.series, tree.instance):
            with counted(client) as sent, pytest.raises(InvalidArgument, match="StudyDescription"):
                resource.modify(replace={"StudyDescription": text})
            assert not [request for request in sent.sent if request.startswith("POST ")]


def test_several_values(client: Orthanc) -> None:
    tree = new(client, instances=2, SpecificCharacterSet="ISO_IR 100", OtherPatientNames=["Ä^B", "C"])
    study = tree.study.modify(replace={"ReferringPhysicianName": f"{CYRILLIC}\\Zoé"})
    for dataset in files_of(client, study.id):
        assert texts(dataset)["ReferringPhysicianName"] == f"{CYRILLIC}\\Zoé"
        assert list(dataset.OtherPatientNames) == ["Ä^B", "C"]


def test_bytes_as_data_are_those_of_the_user(client: Orthanc) -> None:
    """They are written as they are, which is for those who know what is in the file."""
    tree = new(client, SpecificCharacterSet="ISO_IR 144")
    study = tree.study.modify(replace={"StudyDescription": "data:application/octet-stream;base64,uNLQ3Q=="})
    assert files_of(client, study.id)[0].StudyDescription == "Иван"


def test_what_is_kept_is_not_replaced(client: Orthanc) -> None:
    """Orthanc keeps it, without a word."""
    tree = new(client, StudyDescription="old")
    for resource in (tree.study, tree.instance):
        for keep in ("StudyDescription", "0008,1030"):
            with pytest.raises(InvalidArgument, match="keep: StudyDescription"):
                resource.anonymize(keep=[keep], replace={"StudyDescription": "new"})


def test_values_that_are_not_as_dicom_wants_them_stay_as_they_are(client: Orthanc) -> None:
    dataset = make_instance(PatientID=uuid4().hex, SpecificCharacterSet="ISO_IR 100", StudyDescription="Tête")
    file = to_bytes(dataset).replace(b"DS\x04\x002.5 ", b"DS\x04\x00abc ").replace(b"IS\x02\x001 ", b"IS\x02\x00x ")
    tree = tree_of(client, file)
    before = read(tree.instance.get_file())
    found = tree.instance.modified_pydicom(replace={"SeriesDescription": CYRILLIC})
    assert (found.SeriesDescription, found.StudyDescription) == (CYRILLIC, "Tête")
    changed = {tag for tag in before.keys() if before.get_item(tag).value != found.get_item(tag).value}  # noqa: SIM118  # not the elements
    assert changed == {0x00080005, 0x00080018, 0x0008103E, 0x00081030}  # the set, the UID, and the text
    assert found.get_item("SliceThickness").value == b"abc "
