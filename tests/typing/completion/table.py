"""The page of the documentation that says what editors offer: `python -m tests.typing.completion.table --write`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.typing.completion.places import PLACES, Place

PAGE = Path(__file__).parents[3] / "docs" / "completion.md"

_BEGINNING = """\
# What your editor shows

Every call lists its arguments with their types, and every value has a type that editors can follow. Two engines do the
work in nearly all of them: [jedi](https://jedi.readthedocs.io) in IPython, Jupyter and Spyder, and
[pyright](https://microsoft.github.io/pyright/) (or Pylance, which is built on it) in VS Code, Neovim, Emacs and others.
The tests ask both of them at these places, with the cursor at `▮`, whether they offer what stands beside it.

| place | offered, among others | jedi | pyright |
|---|---|---|---|
"""


def page() -> str:
    """The page, as the places make it."""
    rows = [_row(place) for place in PLACES]
    reasons = sorted({place.not_jedi for place in PLACES if place.not_jedi})
    return "\n".join([_BEGINNING.rstrip("\n"), *rows, "", f"Where it says no: {'; '.join(reasons)}.", ""])


def _row(place: Place) -> str:
    code = place.code.split("\n")[-1].strip()
    names = ", ".join(f"`{name}`" for name in place.names)
    return f"| `{code}▮` | {names} | {'no' if place.not_jedi else 'yes'} | yes |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the page")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()
