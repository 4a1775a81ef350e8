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
    for name, tree in trees.items():
        own = {"StudyDescription": f"{name} {set_}"}
        assert find_studies(client, query=own) == [tree.study]
        for wanted in (name, f"{name[:2]}*", f"*{name[-2:]}"):
            found = find_patients(client, query={"PatientName": wanted}, case_sensitive=True)
            assert tree.patient in found
            assert {patient.name for patient in found} == {name}
    tree = trees["Müller^Zoé"]
    assert tree.patient in find_patients(client, query={"PatientName": "müller*"})
    for tree in trees.values():
        tree.patient.delete()


def test_a_question_mark_is_a_character_of_ascii(client: Orthanc) -> None:
    """As docs/character-sets.md says."""
    plain, other = (
        new(client, PatientName="Mxller^Q"),
        new(client, SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Q"),
    )
    assert find_patients(client, query={"PatientName": "M?ller^Q"}) == [plain.patient]
    assert set(find_patients(client, query={"PatientName": "M*ller^Q"})) == {plain.patient, other.patient}
    for tree in (plain, other):
        tree.patient.delete()
