"""Plain routes are one request: they refuse what is certain to be lost. That it is, is seen on each version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import InvalidArgument, Orthanc, models
from orthanc_sdk.character_sets.sets import CharacterSet
from tests.character_sets.reading import read, stored
from tests.resources.data import counted, new

CYRILLIC = "Иванов^Иван"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def created(client: Orthanc, body: dict[str, Any]) -> Any:
    made = client.post_tools_create_dicom(body)
    id_ = made.id if isinstance(made, models.UploadedInstance) else client.get_series_id(made.id).instances[0]
    return stored(client, id_ or "")


def lossy(client: Orthanc, route: str, body: dict[str, Any]) -> Any:
    """What the server makes of a request that this package refuses."""
    answer = client.request("POST", route, json=body)
    if answer.headers["Content-Type"] == "application/dicom":
        return read(answer.content)
    found = answer.json()
    id_ = found["ID"] if found["Path"].startswith("/instances/") else client.get_series_id(found["ID"]).instances[0]
    return stored(client, id_)


def is_right(dataset: Dataset, keyword: str) -> bool:
    """Whether a text is one of those that the tests here want, in bytes of the set that the file, or item, declares."""
    if keyword == "ProcedureCodeSequence":
        return is_right(dataset.ProcedureCodeSequence[0], "CodeMeaning")
    if keyword not in dataset or dataset.get_item(keyword).VR == "CS":
        return False
    declared = CharacterSet.of(dataset.get("SpecificCharacterSet"))
    wanted = [declared.encoded(text) for text in (CYRILLIC, "Жук", "é", "山田")]
    return dataset.get_item(keyword).value.rstrip() in wanted


def test_create_dicom(client: Orthanc) -> None:
    for tags in (
        {"PatientName": CYRILLIC, "SpecificCharacterSet": "ISO_IR 192"},
        {"SpecificCharacterSet": "ISO_IR 144", "PatientName": CYRILLIC},
        {"PatientName": CYRILLIC, "SpecificCharacterSet": "GB18030"},
    ):
        assert created(client, {"Tags": tags}).PatientName == CYRILLIC
    nested: dict[str, Any] = {"ProcedureCodeSequence": [{"CodeMeaning": "Жук"}], "SpecificCharacterSet": "ISO_IR 192"}
    assert created(client, {"Tags": nested}).ProcedureCodeSequence[0].CodeMeaning == "Жук"
    assert created(client, {"Tags": {"PatientName": "a~b"}}).PatientName == "a~b"
    items = [{"Content": PIXEL, "Tags": {"ImageComments": "Жук"}}]
    tags = {"PatientName": "Doe", "SpecificCharacterSet": "ISO_IR 192"}
    assert created(client, {"Tags": tags, "Content": items}).ImageComments == "Жук"


@pytest.mark.parametrize(
    ("body", "keyword", "says"),
    [
        ({"Tags": {"PatientName": CYRILLIC}}, "PatientName", 'PatientName: needs "SpecificCharacterSet": "ISO_IR 192"'),
        ({"Tags": {"0010,0010": CYRILLIC}}, "PatientName", "0010,0010: needs"),
        ({"Tags": {"PatientName": CYRILLIC, "0008,0005": "ISO_IR 192"}}, "PatientName", "PatientName: needs"),
        ({"Tags": {"PatientName": CYRILLIC, "SpecificCharacterSet": "ISO_IR 100"}}, "PatientName", "not in ISO_IR 100"),
        ({"Tags": {"PatientName": "山田", "SpecificCharacterSet": "ISO_IR 13"}}, "PatientName", "not in ISO_IR 13"),
        ({"PatientName": CYRILLIC, "SpecificCharacterSet": "ISO_IR 192"}, "PatientName", "PatientName: needs"),
        ({"Tags": {"PatientName": "Doe"}, "Content": [{"Content": PIXEL, "Tags": {"ImageComments": "Жук"}}]},
         "ImageComments", "ImageComments: needs"),
        ({"Tags": {"BodyPartExamined": "é", "SpecificCharacterSet": "ISO_IR 192"}}, "BodyPartExamined",
         "no characters beyond ASCII"),
    ],
)  # fmt: skip
def test_create_dicom_refused(client: Orthanc, body: dict[str, Any], keyword: str, says: str) -> None:
    with counted(client) as sent, pytest.raises(InvalidArgument, match="POST /tools/create-dicom: json: ") as refused:
        client.post_tools_create_dicom(body)
    assert not sent.sent
    assert says in str(refused.value)
    assert CYRILLIC not in str(refused.value)
    assert not is_right(lossy(client, "/tools/create-dicom", body), keyword)


def test_a_parent_decides(client: Orthanc) -> None:
    """Nobody can know from the request, so it is sent."""
    for set_, expected in (("ISO_IR 144", "Жук"), ("ISO_IR 192", "Жук"), ("ISO_IR 100", "")):
        parent = new(client, SpecificCharacterSet=set_).study.id
        made = created(client, {"Parent": parent, "Tags": {"SeriesDescription": "Жук"}})
        assert (made.SeriesDescription or "", made.SpecificCharacterSet) == (expected, set_)
    with pytest.raises(InvalidArgument, match="BodyPartExamined"):
        client.post_tools_create_dicom({"Parent": parent, "Tags": {"BodyPartExamined": "é"}})


@pytest.mark.parametrize(
    ("replace", "says"),
    [
        ({"SpecificCharacterSet": "ISO_IR 100", "StudyDescription": CYRILLIC}, "StudyDescription: .*in ISO_IR 100"),
        ({"0008,0005": "ISO_IR 100", "StudyDescription": CYRILLIC}, "StudyDescription: .* not in ISO_IR 100"),
        ({"SpecificCharacterSet": "UTF8", "StudyDescription": "é"}, "StudyDescription: .* not in UTF8"),
        ({"SpecificCharacterSet": None, "StudyDescription": "é"}, "StudyDescription: .* not in no Specific"),
        ({"BodyPartExamined": "é"}, "BodyPartExamined: its value representation CS"),
        ({"0018,0015": "é"}, "0018,0015: its value representation CS"),
        ({"SpecificCharacterSet": "ISO_IR 192",
          "ProcedureCodeSequence": [{"SpecificCharacterSet": "ISO_IR 144", "CodeMeaning": "Жук"}]},
         r"ProcedureCodeSequence\[0\].CodeMeaning: Orthanc writes it in"),
    ],
)  # fmt: skip
def test_changes_refused(client: Orthanc, replace: Any, says: str) -> None:
    tree = new(client, SpecificCharacterSet="ISO_IR 100")
    body: dict[str, Any] = {"Replace": replace}
    calls: list[Callable[[], object]] = [
        lambda: client.post_patients_id_modify(tree.patient.id, body),
        lambda: client.post_studies_id_modify(tree.study.id, body),
        lambda: client.post_series_id_anonymize(tree.series.id, body),
        lambda: client.post_instances_id_modify(tree.instance.id, body),
        lambda: client.post_instances_id_anonymize(tree.instance.id, body),
        lambda: client.post_tools_bulk_modify({**body, "Resources": [tree.study.id]}),
        lambda: client.post_tools_bulk_anonymize({**body, "Resources": [tree.study.id]}),
    ]
    if all(isinstance(value, str) for value in replace.values()):
        calls.append(lambda: client.post_studies_id_split(tree.study.id, {**body, "Series": [tree.series.id]}))
    for call in calls:
        with counted(client) as sent, pytest.raises(InvalidArgument, match=says):
            call()
        assert not sent.sent
    made = lossy(client, f"/instances/{tree.instance.id}/modify", body)
    assert not is_right(made, "BodyPartExamined" if "0018,0015" in replace else next(reversed(replace)))


def test_what_may_be_right_is_sent(client: Orthanc) -> None:
    """A change of the set is: for files that have nothing but ASCII."""
    tree = new(client, SpecificCharacterSet="ISO_IR 100")
    body = {"Replace": {"StudyDescription": CYRILLIC, "SpecificCharacterSet": "ISO_IR 192"}}
    assert read(client.post_instances_id_modify(tree.instance.id, body)).StudyDescription == CYRILLIC
    lost = read(client.post_instances_id_modify(tree.instance.id, {"Replace": {"StudyDescription": CYRILLIC}}))
    assert lost.StudyDescription == "^"


def test_other_fields_are_no_text_of_files(client: Orthanc) -> None:
    tree = new(client)
    body = models.ModifyRequest(replace={"StudyDescription": "new"}, remove=["SeriesDescription"], priority=1)
    assert client.post_studies_id_modify(tree.study.id, body)
    if client.supports("1.12.9"):
        assert client.post_studies_id_modify(tree.study.id, {"UserData": {"CS": "é", "BodyPartExamined": "é"}})
