"""The table of the documentation is what happens, on each version."""

from __future__ import annotations

from itertools import product

import pytest

from orthanc_sdk import InvalidArgument, Orthanc
from tests.character_sets import table
from tests.character_sets.catalogue import GROUPS, NO_TEXT, REFUSED, ROWS, Group, Other, Row
from tests.character_sets.seeing import new_tree, see
from tests.resources.data import counted

OTHERS: tuple[Other, ...] = ("ASCII", "the same", "different")
THOROUGHLY = ("ISO_IR 100", "\\ISO 2022 IR 149", "")
"""The sets for which each call is tried, and each kind of text is refused alone: with others, it might be for these."""


@pytest.mark.parametrize("group", GROUPS, ids=[next(iter(group.calls)) for group in GROUPS])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.terms or "none")
def test_row(client: Orthanc, row: Row, group: Group) -> None:
    for (number, call), has, other in product(enumerate(group.calls.values()), (True, False), OTHERS):
        text = row.has if has else row.lacks
        if text is None or (number > 0 and row.terms not in THOROUGHLY) or (has and row.kept and other != "different"):
            continue
        expected = row.outcome(group, has=has, other=other)
        alone = expected == REFUSED and number == 0 and row.terms in THOROUGHLY
        for kinds in [[kind] for kind in group.tags] if alone else [list(group.tags)]:
            sight = see(client, group, call, row, other, kinds, text)
            assert (sight.outcome, has, other, kinds) == (expected, has, other, kinds), sight.told
            if expected == REFUSED:
                assert sight.written == 0
                assert text not in sight.told


@pytest.mark.parametrize("group", GROUPS, ids=[next(iter(group.calls)) for group in GROUPS])
def test_no_set_has_letters_for_what_is_no_text(client: Orthanc, group: Group) -> None:
    """It is refused before anything is sent at all, in UTF-8 as well."""
    row = next(row for row in ROWS if row.terms == "ISO_IR 192")
    for call, (vr, keyword) in product(group.calls.values(), NO_TEXT.items()):
        tree = new_tree(client, row, "ASCII")
        with counted(client) as sent, pytest.raises(InvalidArgument, match=f"{keyword}: its value representation {vr}"):
            call(tree, {keyword: "é"})
        assert not [request for request in sent.sent if not request.startswith("GET ") or "tags" in request]


def test_the_page() -> None:
    assert table.PAGE.read_text(encoding="utf-8") == "\n".join(table.lines()) + "\n", (
        "docs/character-sets.md is not what is seen: python -m tests.character_sets.table --write"
    )
