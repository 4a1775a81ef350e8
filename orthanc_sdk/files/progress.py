"""Tells how far an upload or a download is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from orthanc_sdk.errors import InvalidArgument

Report: TypeAlias = Callable[[int, "int | None"], None]
"""Is told how much is done, and how much there is; None if that is not known."""

Progress: TypeAlias = bool | Report | None
"""How to tell how far it is: True for a bar, which needs the extra ``progress`` (tqdm), False for none, a function that
is called with how much is done and how much there is (None if nobody knows), or None for a bar if there is a terminal
to show it on and tqdm is installed."""


@contextmanager
def reporting(progress: Progress, unit: Literal["files", "B"], title: str) -> Generator[Report | None]:
    """What to tell how far it is, until the end of the block; None if nobody wants to know.

    Args:
        progress: What the user wants.
        unit: What is counted.
        title: Stands before the bar.

    Raises:
        InvalidArgument: if a bar is wanted, and there is no tqdm.
    """
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty() and find_spec("tqdm") is not None
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield None
    else:
        with _new_bar(unit, title) as bar:

            def show(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield show


def check_progress(progress: object) -> None:
    """Refuses what is none, before anything is sent."""
    if progress is True and find_spec("tqdm") is None:
        raise InvalidArgument("progress=True needs tqdm: pip install 'orthanc-sdk[progress]'")
    if progress is not None and not isinstance(progress, bool) and not callable(progress):
        raise InvalidArgument("progress must be True, False, None, or a function of what is done and what there is")


def _new_bar(unit: str, title: str) -> Any:  # Any: tqdm has no types, and may not be there
    return import_module("tqdm").tqdm(
        desc=title, unit=unit if unit == "B" else f" {unit}", unit_scale=unit == "B", unit_divisor=1000
    )
