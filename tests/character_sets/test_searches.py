"""Searches of the server itself lose no letters; but one wildcard of Orthanc does not know them."""

from __future__ import annotations

import pytest

from orthanc_sdk import Orthanc, find_patients, find_studies
from tests.resources.data import new

NAMES = ("Иванов^Иван", "Müller^Zoé", "Muller^Zoe", "山田^太郎", "A😀B", "قباني^لنزار", "Straße", "İstanbul")


@pytest.mark.parametrize("set_", ["ISO_IR 192", "GB18030"])
def test_each_name_finds_itself(client: Orthanc, set_: str) -> None:
    trees = {
        name: new(client, SpecificCharacterSet=set_, PatientName=name, StudyDescription=f"{name} {set_}")
        for name in NAMES
    }
    ids = [tree.datasets[0].PatientID for tree in trees.values()]
    for name, tree in trees.items():
        assert find_studies(client, query={"StudyDescription": f"{name} {set_}", "PatientID": ids}) == [tree.study]
        for wanted in (name, f"{name[:2]}*", f"*{name[-2:]}"):
            found = find_patients(client, query={"PatientName": wanted, "PatientID": ids}, case_sensitive=True)
            assert found == [tree.patient]
    assert find_patients(client, query={"PatientName": "müller*", "PatientID": ids}) == [trees["Müller^Zoé"].patient]


def test_a_question_mark_is_a_character_of_ascii(client: Orthanc) -> None:
    """As docs/character-sets.md says."""
    plain, other = (
        new(client, PatientName="Mxller^Q"),
        new(client, SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Q"),
    )
    ids = [tree.datasets[0].PatientID for tree in (plain, other)]
    assert find_patients(client, query={"PatientName": "M?ller^Q", "PatientID": ids}) == [plain.patient]
    assert len(find_patients(client, query={"PatientName": "M*ller^Q", "PatientID": ids})) == 2
