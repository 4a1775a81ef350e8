"""Resources of a modality that a user names, as Orthanc takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.networking.answer_tags import AnswerTags
from orthanc_sdk.networking.levels import IDENTIFIERS, Level, identifiers_in

NamedResource: TypeAlias = AnswerTags | Mapping[str, str] | str
"""A resource of a modality: an answer to a C-FIND, its identifiers by tag, or the one of a patient or a study alone."""


def identifiers_of(level: Level, resources: NamedResource | Sequence[NamedResource]) -> list[dict[str, str]]:
    """What is sent for resources that a user has named.

    Raises:
        InvalidArgument: if identifiers are missing.
    """
    several = [resources] if isinstance(resources, str | Mapping) else list(resources)
    return [_identifiers(level, one) for one in several]


def _identifiers(level: Level, one: NamedResource) -> dict[str, str]:
    if isinstance(one, AnswerTags):
        return identifiers_in(level, one.raw)
    if isinstance(one, str):
        if len(IDENTIFIERS[level]) > 1:
            raise InvalidArgument(
                f"a {level.lower()} is identified by {' and '.join(IDENTIFIERS[level])}, in a mapping"
            )
        return identifiers_in(level, {IDENTIFIERS[level][0]: one})
    if any(not value for value in one.values()):
        # The modality would take it for "any".
        raise InvalidArgument("an identifier must not be empty")
    return dict(one)
