"""Splitting and merging: Orthanc does not let the character set be changed there, so text is held, or it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from orthanc_sdk import InvalidArgument, Orthanc
from tests.character_sets.reading import files_of
from tests.resources.data import Tree, counted, new

CYRILLIC = "Иванов^Иван"


def test_split(client: Orthanc) -> None:
    tree = new(client, series=2, SpecificCharacterSet="ISO_IR 144", PatientComments="Жук")
    first, second = tree.study.series
    made = tree.study.split([first], replace={"PatientName": CYRILLIC}, keep_source=True)
    (dataset,) = files_of(client, made.id)
    assert (dataset.PatientName, dataset.PatientComments, dataset.SpecificCharacterSet) == (
        CYRILLIC,
        "Жук",
        "ISO_IR 144",
    )
    moves: list[Any] = [{"series": [first]}, {"instances": [first.instances[0].id]}, {"series": [second.id]}]
    for moved in moves:
        for name in ("Zoé", "山田"):
            with counted(client) as sent, pytest.raises(InvalidArgument, match=r"PatientName: .* not in ISO_IR 144"):
                tree.study.split(**moved, replace={"PatientName": name})
            assert not [request for request in sent.sent if not request.startswith("GET ")]


def test_split_of_ascii_costs_nothing(client: Orthanc) -> None:
    tree = new(client, series=2, SpecificCharacterSet="ISO_IR 144")
    with counted(client) as sent:
        tree.study.split([tree.series], replace={"PatientName": "Doe^Jane"})
    assert sent.sent[0].startswith("POST ")


def test_split_of_files_in_several_sets(client: Orthanc) -> None:
    tags: Any = {"PatientID": "several sets", "StudyInstanceUID": "1.2.3.4.5"}
    korean = new(client, SpecificCharacterSet=["", "ISO 2022 IR 149"], **tags)
    latin = new(client, SpecificCharacterSet="ISO_IR 192", **tags)
    both = [korean.series, latin.series]
    with pytest.raises(InvalidArgument, match="one by one"):
        korean.study.split(both, replace={"PatientName": "홍^길동"})
    for one in both:
        made = korean.study.split([one], replace={"PatientName": "홍^길동"}, keep_source=True)
        assert [dataset.PatientName for dataset in files_of(client, made.id)] == ["홍^길동"]
    korean.patient.delete()


def merged(target: Tree, other: Tree, level: int) -> list[str]:
    resource = other.each[level]
    target.study.merge([resource if level == 1 else resource.id], keep_source=True)
    return sorted(
        {f"{dataset.PatientName} {dataset.PatientComments}" for dataset in files_of(target.client, target.study.id)}
    )


@pytest.mark.parametrize("level", [1, 2, 3])
def test_merge(client: Orthanc, level: int) -> None:
    def tree(set_: object, name: str = CYRILLIC, comments: str = "Жук") -> Tree:
        return new(client, SpecificCharacterSet=set_, PatientName=name, PatientComments=comments)

    own = f"{CYRILLIC} Жук"
    assert merged(tree("ISO_IR 144"), tree("ISO_IR 192", "Zoé", "山田"), level) == [own]
    assert merged(tree("ISO_IR 192"), tree("ISO_IR 144"), level) == [own]
    assert merged(tree("ISO_IR 144", "Doe", "abc"), tree("ISO_IR 100", "Zoé", "é"), level) == ["Doe abc"]
    for other in ("ISO_IR 100", None, ["", "ISO 2022 IR 149"]):
        target, incoming = tree("ISO_IR 144", "Doe^Jane"), tree(other, "Doe^Jane", "abc")
        known = set(client.get_instances())
        with pytest.raises(InvalidArgument, match="PatientComments: ") as refused:
            target.study.merge([incoming.each[level].id])
        assert "Жук" not in str(refused.value)
        assert set(client.get_instances()) == known


def test_merge_of_what_orthanc_misreads(client: Orthanc) -> None:
    """It would write what it reads: letters of ASCII, instead of characters in two bytes."""
    several = ["ISO 2022 IR 13", "ISO 2022 IR 87"]
    target = new(client, SpecificCharacterSet=several, PatientName="ﾔﾏﾀﾞ=山田")
    with pytest.raises(InvalidArgument, match=r"ISO 2022 IR 13\\ISO 2022 IR 87"):
        target.study.merge([new(client, SpecificCharacterSet="ISO_IR 192").study])
    plain = new(client, SpecificCharacterSet=several, PatientName="Yamada")
    plain.study.merge([new(client, SpecificCharacterSet="ISO_IR 100").study])
    assert {str(dataset.PatientName) for dataset in files_of(client, plain.study.id)} == {"Yamada"}


def test_what_a_merge_costs(client: Orthanc) -> None:
    target, other = new(client, SpecificCharacterSet="ISO_IR 100"), new(client, SpecificCharacterSet="ISO_IR 100")
    with counted(client) as sent:
        target.study.merge([other.study])
    own = [request.partition("?")[0].replace(target.study.id, "{id}") for request in sent.sent]
    assert own[:3] == ["GET /studies/{id}/series", "GET /studies/{id}/instances-tags", "POST /studies/{id}/merge"]
