"""Wraps the text of docstrings."""

from __future__ import annotations

import textwrap

_WIDTH = 116


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Wraps each paragraph; `first` is the indentation of the first line if it differs."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]
    return "\n\n".join(
        textwrap.fill(
            paragraph,
            _WIDTH,
            initial_indent=indent if first is None or index else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for index, paragraph in enumerate(paragraphs)
    )
