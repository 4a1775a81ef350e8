"""The tables of character sets in the documentation: `python -m tests.character_sets.table --write` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.character_sets.catalogue import GROUPS, NO_TEXT, REFUSED, ROWS, Group, Other, Row

PAGE: Final = Path(__file__).parents[2] / "docs" / "character-sets.md"
BEGIN: Final = "<!-- begin: written by `python -m tests.character_sets.table --write`, from what the tests see -->"
END: Final = "<!-- end -->"

_COLUMNS: Final[tuple[tuple[str, bool, Other], ...]] = (
    ("text that the set has", True, "different"),
    ("text that it lacks; other text is ASCII", False, "ASCII"),
    ("... is the same in all files", False, "the same"),
    ("... differs", False, "different"),
)


def tables() -> Iterator[str]:
    """What stands between the two marks."""
    for group in GROUPS:
        yield f"### {group.title}\n"
        yield f"Kinds of text: {', '.join(group.tags)}. Orthanc 1.10, 1.12 and 1.13 do the same.\n"
        yield f"| character set of the files | {' | '.join(title for title, _, _ in _COLUMNS)} |"
        yield "|---" * (len(_COLUMNS) + 1) + "|"
        for row in ROWS:
            cells = " | ".join(_cell(row, group, has, other) for _, has, other in _COLUMNS)
            yield f"| {f'`{row.terms}`' if row.terms else 'none is declared'} | {cells} |"
        yield f"| any; for {', '.join(NO_TEXT)} | {' | '.join([REFUSED] * len(_COLUMNS))} |\n"


def _cell(row: Row, group: Group, has: bool, other: Other) -> str:
    if (row.has if has else row.lacks) is None:
        return "(there is none)" if not has else "(ASCII only)"
    outcomes = {row.outcome(group, has=has, other=one) for one in ("ASCII", "the same", "different")}
    if has and not row.kept and len(outcomes) > 1:
        return "as what it lacks: Orthanc cannot write it"
    return row.outcome(group, has=has, other=other)


def lines() -> Iterator[str]:
    """The page, with the tables as they are to be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    yield before + BEGIN + "\n"
    yield from tables()
    yield END + after.rstrip("\n")


def main(arguments: Sequence[str]) -> int:
    """Writes the tables."""
    if list(arguments) != ["--write"]:
        print("python -m tests.character_sets.table --write")
        return 2
    PAGE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
