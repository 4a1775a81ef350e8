"""Text for docstrings."""

from __future__ import annotations

import textwrap

WIDTH = 116


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Paragraphs, each broken into lines; the first line may be indented in another way."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]
    return "\n\n".join(
        textwrap.fill(
            paragraph,
            WIDTH,
            initial_indent=indent if first is None or number else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, paragraph in enumerate(paragraphs)
    )
