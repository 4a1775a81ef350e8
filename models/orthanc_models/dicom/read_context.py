"""How strictly responses are read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ReadContext"]


@dataclass(frozen=True, slots=True)
class ReadContext:
    """How strictly responses are read: the ``context`` of a validation by pydantic.

    ::

        TypeAdapter(list[StudyInfo]).validate_json(content, context=ReadContext(strict=True))

    Attributes:
        strict: Whether invalid DICOM values are an error. Otherwise they never make reading fail: they are listed in
            :attr:`TypedTags.problems`.
    """

    strict: bool = False
