"""Text at random, for minutes: files in any sets with any text, changed at random. None of it may be lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from pydicom.dataset import Dataset

from orthanc_sdk import InvalidArgument, Orthanc
from orthanc_sdk.testing import LocalOrthanc, make_instance
from tests.character_sets.catalogue import ROWS, Row
from tests.character_sets.reading import stored, texts
from tests.live.world import VERSIONS
from tests.resources.data import Tree, put

TAGS = ("StudyDescription", "SeriesDescription", "InstitutionName", "ImageComments", "PatientComments", "Manufacturer")
NEW = [text for row in ROWS for text in (row.has, row.lacks) if text] + ["plain", "a\\b"]


class Case:
    """Files of one patient, and a change of some of them."""

    def __init__(self, client: Orthanc, chance: random.Random) -> None:
        self.client = client
        self.chance = chance
        shape = chance.choice([(1, 1, 1), (1, 1, 2), (2, 1, 1), (1, 2, 2)])
        row = chance.choice(ROWS)
        shared = {tag: self.text_of(row) for tag in TAGS}
        root = uuid4().hex
        datasets = [
            self.dataset(root, study, series, instance, row, shared)
            for study in range(1, shape[0] + 1)
            for series in range(1, shape[1] + 1)
            for instance in range(1, shape[2] + 1)
        ]
        self.tree = Tree(client, [put(client, dataset) for dataset in datasets], datasets)

    def text_of(self, row: Row) -> str:
        letters = (row.has or "").partition("^")[0]
        return letters if letters and self.chance.random() < 0.4 else "abc"

    def dataset(
        self, root: str, study: int, series: int, instance: int, usual: Row, shared: Mapping[str, str]
    ) -> Dataset:
        row = usual if self.chance.random() < 0.8 else self.chance.choice(ROWS)
        tags: dict[str, Any] = {tag: shared[tag] if row is usual else self.text_of(row) for tag in TAGS}
        if self.chance.random() < 0.3:
            tags["ImageComments"] = self.text_of(row)
        if row.declared:
            tags["SpecificCharacterSet"] = row.declared if isinstance(row.declared, str) else list(row.declared)
        dataset = make_instance(
            seed=root, study=study, series=series, instance=instance, rows=1, columns=2, PatientID=root[:12], **tags
        )
        if self.chance.random() < 0.3:
            item = Dataset()
            item.CodeMeaning = self.text_of(row)
            dataset.ProcedureCodeSequence = [item]
        if self.chance.random() < 0.2:
            dataset.private_block(0x0009, "ACME", create=True).add_new(1, "LO", self.text_of(row))
        return dataset

    def options(self, *, anonymized: bool) -> dict[str, Any]:
        tags = self.chance.sample(TAGS, 4)
        replace = {tag: self.chance.choice(NEW) for tag in tags[:2]}
        if self.chance.random() < 0.15:
            replace["SpecificCharacterSet"] = self.chance.choice(["ISO_IR 192", "ISO_IR 100", "ISO_IR 144"])
        options: dict[str, Any] = {"replace": replace}
        if anonymized:
            options["keep"] = tags[2:3]
        if self.chance.random() < 0.2:
            options["remove"] = tags[3:]
        return options

    def run(self) -> str:
        anonymized = self.chance.random() < 0.3
        resource = self.tree.each[self.chance.randrange(4)]
        options = self.options(anonymized=anonymized)
        known = set(self.client.get_instances())
        before = [texts(stored(self.client, id_)) for id_ in known]
        try:
            (resource.anonymize if anonymized else resource.modify)(**options)
        except InvalidArgument:
            assert set(self.client.get_instances()) == known
            return "refused"
        new = set(self.client.get_instances()) - known
        assert new
        for id_ in new:
            self.check(texts(stored(self.client, id_)), before, options)
        return "stored"

    @staticmethod
    def check(now: Mapping[str, str], before: list[dict[str, str]], options: Mapping[str, Any]) -> None:
        for path, text in now.items():
            if path in options["replace"]:
                assert text == options["replace"][path], (path, options)
            elif not text.isascii() or "\x1b" in text:
                assert text in [one.get(path) for one in before], (path, options)
        assert set(options["replace"]) - {"SpecificCharacterSet"} <= set(now)


@pytest.mark.long
@pytest.mark.parametrize("version", VERSIONS)
def test_no_text_is_lost(version: str) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)  # no secret
    outcomes: Counter[str] = Counter()
    with LocalOrthanc(version) as server:
        for _ in range(300):
            outcomes[Case(server.client, chance).run()] += 1
            server.client.post_tools_bulk_delete({"Resources": server.client.get_patients()})
    print(f"{version}, seed {seed}: {dict(outcomes)}")
    assert min(outcomes["stored"], outcomes["refused"]) > 20
