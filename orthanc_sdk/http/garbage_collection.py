"""Pausing the cyclic garbage collector while a large answer is read."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


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
            if gc.get_freeze_count() == 0:  # what others have frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
