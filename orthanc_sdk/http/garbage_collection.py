"""Pausing the cyclic garbage collector while a large answer is read."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_FROZEN_BY_PYTHON = 1_000
"""Python 3.12 itself freezes some hundred objects when it starts; who calls `gc.freeze()` freezes tens of thousands."""


@contextmanager
def collection_paused() -> Generator[None]:
    """Within it Python does not look for reference cycles, in no thread.

    It looks each time that some hundred objects were made, and goes through all that it has not seen before. Of a large
    answer, all objects stay, so that most of the time of reading 50,000 of them would go into that. At the end they are
    put with those that have been there for long, which are looked at seldom.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if gc.get_freeze_count() < _FROZEN_BY_PYTHON:  # what others have frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
