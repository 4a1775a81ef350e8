"""What makes a resource the one that it is, and which modifications would leave, replace or destroy it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.resources.routes_of_level import LEVELS, LevelName

if TYPE_CHECKING:
    from orthanc_sdk.resources.options import AnonymizeOptions, ModifyOptions

IDENTIFIERS: dict[LevelName, str] = {
    "Patient": "PatientID",
    "Study": "StudyInstanceUID",
    "Series": "SeriesInstanceUID",
    "Instance": "SOPInstanceUID",
}
"""The tag that identifies a resource of each level; Orthanc's identifiers are made of those down to the level."""

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

_NUMBERS = {
    "00100020": "PatientID",
    "0020000d": "StudyInstanceUID",
    "0020000e": "SeriesInstanceUID",
    "00080018": "SOPInstanceUID",
}


def keyword(tag: str) -> str:
    """The keyword of an identifying tag that was given by its number; other tags as they are."""
    return _NUMBERS.get(tag.replace(",", "").replace("-", "").lower(), tag)


def replaced_by(options: AnonymizeOptions | ModifyOptions) -> dict[str, object]:
    """The new values, with identifying tags by keyword."""
    replace: Mapping[str, object] = options.get("replace", {})
    return {keyword(tag): value for tag, value in replace.items()}


def named(options: AnonymizeOptions | ModifyOptions, option: str) -> set[str]:
    """The tags in ``keep`` or ``remove``, identifying ones by keyword.

    Raises:
        InvalidArgument: if it is one text instead of a list, which would be taken for a list of letters.
    """
    tags = cast("Mapping[str, Sequence[str]]", options).get(option, ())
    if isinstance(tags, str):
        raise InvalidArgument(f"{option}: must be a list of tags, not text")
    return {keyword(tag) for tag in tags}


def check_force(options: AnonymizeOptions | ModifyOptions) -> None:
    """What identifies a resource is replaced, kept and removed by force only, and never by mistake.

    Raises:
        InvalidArgument: names the tag.
    """
    identifiers = set(IDENTIFIERS.values())
    kept, removed = named(options, "keep"), named(options, "remove")
    if options.get("force", False):
        return
    for tag in sorted(identifiers & set(replaced_by(options))):
        raise InvalidArgument(f"replace: {tag} identifies a resource; that needs force=True")
    for option, tags in (("keep", kept), ("remove", removed)):
        for tag in sorted(tags & set(UIDS)):
            raise InvalidArgument(f"{option}: {tag} identifies a resource; that needs force=True")


def stays(
    level: LevelName,
    tag_of: LevelName,
    own: Callable[[str], str],
    options: AnonymizeOptions | ModifyOptions,
    *,
    anonymized: bool,
) -> bool:
    """Whether an identifier is the same after a modification.

    Args:
        level: Of what is modified.
        tag_of: Whose identifier is meant.
        own: Gives the value that it has now.
        options: How it is modified.
        anonymized: Whether it is anonymized, which makes all identifiers new.
    """
    tag = IDENTIFIERS[tag_of]
    replaced = replaced_by(options)
    if tag in replaced:
        # One value for all that is below may be that of one of them: then, that one stays.
        return LEVELS.index(tag_of) > LEVELS.index(level) or _text(replaced[tag]) == _text(own(tag))
    if tag in named(options, "keep"):
        return True
    if tag in named(options, "remove"):
        return not own(tag)
    if anonymized:
        return False
    return tag_of == "Patient" or LEVELS.index(tag_of) < LEVELS.index(level)


def all_stay(
    level: LevelName, own: Callable[[str], str], options: AnonymizeOptions | ModifyOptions, *, anonymized: bool
) -> bool:
    """Whether modified instances have all identifiers of their originals: then they *are* the originals to Orthanc."""
    return all(stays(level, tag_of, own, options, anonymized=anonymized) for tag_of in reversed(LEVELS))


def check_deletion(options: AnonymizeOptions | ModifyOptions) -> None:
    """Refuses what loses instances if the originals are deleted, as they are without a look at what has become of each.

    Raises:
        InvalidArgument: says why.
    """
    if options.get("permissive", False):
        raise InvalidArgument(
            "permissive: the server would delete the originals of those instances, too, that it fails to modify;"
            " leave it out, or keep the originals by keep_source=True"
        )
    if "SOPInstanceUID" in replaced_by(options):
        raise InvalidArgument(
            "replace: all instances would become one of this SOPInstanceUID, and the server would delete the originals"
        )


def _text(value: object) -> str:
    return "" if value is None else str(value).rstrip(" \0")  # padding, of which Orthanc takes no account
