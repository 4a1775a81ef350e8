"""What Orthanc answers and what it is sent, as pydantic models.

Each model is loaded when it is asked for first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orthanc_models

if TYPE_CHECKING:
    from orthanc_models import *  # noqa: F403  # all of it, by its __all__

__all__: list[str] = []
__all__ += orthanc_models.__all__


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        value: object = getattr(orthanc_models, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
