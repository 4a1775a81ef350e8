"""Makes files in a character set, replaces text in them, and looks what has become of all their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydicom.dataset import Dataset, FileDataset

from orthanc_sdk import Instance, InvalidArgument, Orthanc, models
from orthanc_sdk.testing import make_instance, to_bytes
from tests.character_sets.catalogue import IN_UTF_8, REFUSED, STORED, Call, Group, Other, Outcome, Row
from tests.character_sets.reading import files_of, stored, text_of, texts
from tests.resources.data import Tree, counted

OTHER = "Manufacturer"  # the calls do not replace it, and anonymizing leaves it


@dataclass(frozen=True)
class Sight:
    """What was seen of a call.

    Attributes:
        outcome: What has become of the new text.
        told: What the error says; empty if there was none.
        written: How many requests have changed something on the server.
    """

    outcome: Outcome
    told: str
    written: int


def new_tree(client: Orthanc, row: Row, other: Other) -> Tree:
    """Two instances of one series whose files are in that set, with that other text."""
    number = uuid4().hex
    tags: dict[str, Any] = {"PatientID": number[:16], "AccessionNumber": number[:16], "StudyDescription": "old"}
    datasets = [make_instance(seed=number, instance=one, rows=1, columns=2, **tags) for one in (1, 2)]
    letters = "other" if other == "ASCII" or not row.told else (row.has or "").partition("^")[0]
    for dataset in datasets:
        if row.declared:
            dataset.SpecificCharacterSet = row.declared if isinstance(row.declared, str) else list(row.declared)
        dataset.Manufacturer = letters * (dataset.InstanceNumber if other == "different" else 1)
    return Tree(client, [_put(client, dataset, row, other) for dataset in datasets], datasets)


def _put(client: Orthanc, dataset: Dataset, row: Row, other: Other) -> models.UploadedInstance:
    file = to_bytes(dataset)
    if other != "ASCII" and not row.told:
        file = file.replace(b"other", b"oth\xe9r")  # a byte that is no character of ASCII
    stored_ = client.post_instances(file)
    assert isinstance(stored_, models.UploadedInstance)
    return stored_


def replacement(group: Group, kinds: Sequence[str], text: str) -> dict[str, object]:
    """That text for a tag of each kind."""
    return {group.tags[kind]: [{"CodeMeaning": text}] if kind == "sequence" else text for kind in kinds}


def see(client: Orthanc, group: Group, call: Call, row: Row, other: Other, kinds: Sequence[str], text: str) -> Sight:
    """Replaces text of these kinds, and looks at all text in the new files: nothing else may have changed.

    Raises:
        AssertionError: if text was lost.
    """
    tree = new_tree(client, row, other)
    before = {dataset.InstanceNumber: texts(dataset) for dataset in files_of(client, tree.study.id)}
    known = set(client.get_instances())
    with counted(client) as sent:
        try:
            made = call(tree, replacement(group, kinds, text))
        except InvalidArgument as error:
            assert set(client.get_instances()) == known
            # What comes back from the routes of instances is not stored.
            changing = [one for one in sent.sent if not one.startswith("GET ") and "POST /instances/" not in one]
            return Sight(REFUSED, str(error), len(changing))
    new = set(client.get_instances()) - known
    files = [made] if isinstance(made, FileDataset) else [stored(client, id_) for id_ in new]
    assert len(files) == (1 if isinstance(made, FileDataset | Instance) else 2)
    outcomes: set[Outcome] = {_outcome(dataset, before, group, kinds, text, row) for dataset in files}
    assert len(outcomes) == 1
    return Sight(outcomes.pop(), "", len(sent))


def _outcome(
    dataset: FileDataset,
    before: Mapping[int, Mapping[str, str]],
    group: Group,
    kinds: Sequence[str],
    text: str,
    row: Row,
) -> Outcome:
    now, old = texts(dataset), before[dataset.InstanceNumber]
    for kind in kinds:
        path = "ProcedureCodeSequence[0].CodeMeaning" if kind == "sequence" else group.tags[kind]
        assert now[path] == text, path
    assert now[OTHER] == old[OTHER]
    replaced = [group.tags[kind] for kind in kinds]
    for path, one in now.items():
        if path.partition("[")[0] not in replaced and not one.isascii():
            assert old[path] == one, path
    declared = text_of(dataset.get("SpecificCharacterSet", ""))
    assert declared in (row.terms, "ISO_IR 192")
    return STORED if declared == row.terms else IN_UTF_8
