"""Progress of uploads and downloads: bars and callbacks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from orthanc_sdk.errors import InvalidArgument

Report: TypeAlias = Callable[[int, "int | None"], None]
"""Called with how much is done, and with the total; None if that is unknown."""

Progress: TypeAlias = bool | Report | None
"""How progress is shown: True for a bar, which needs the extra ``progress`` (tqdm), False for none, a function that is
called with how much is done and with the total (None if that is unknown), or None for a bar if there is a terminal and
tqdm is installed."""


@contextmanager
def reporting(progress: Progress, unit: Literal["files", "B"], title: str) -> Generator[Report | None]:
    """The function to report progress to within the block; None if no progress is wanted.

    Args:
        progress: The argument of the user.
        unit: What is counted.
        title: Shown before the bar.

    Raises:
        InvalidArgument: if a bar is wanted, and tqdm is not installed.
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
    """Validates the argument, before anything is sent."""
    if progress is True and find_spec("tqdm") is None:
        raise InvalidArgument("progress=True needs tqdm: pip install 'orthanc-sdk[progress]'")
    if progress is not None and not isinstance(progress, bool) and not callable(progress):
        raise InvalidArgument("progress must be True, False, None, or a function of what is done and what there is")


def _new_bar(unit: str, title: str) -> Any:  # Any: tqdm has no types, and may not be installed
    return import_module("tqdm").tqdm(
        desc=title, unit=unit if unit == "B" else f" {unit}", unit_scale=unit == "B", unit_divisor=1000
    )
