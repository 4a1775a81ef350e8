"""How to anonymize and modify: the options of these calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from orthanc_sdk.character_sets.requests import number_of
from orthanc_sdk.errors import InvalidArgument, NotSupportedByServer

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc


class JobOptions(TypedDict, total=False):
    """What anonymizing and modifying have in common.

    Attributes:
        remove: Tags to delete: keywords, numbers as ``0010,0010``, or paths into sequences.
        replace: New values by tag; None makes a tag empty, a list of mappings is a sequence. Text that the character
            set of a file lacks is stored in UTF-8 where that does no harm to other text, and refused otherwise.
        keep: Tags that keep the value they have.
        force: Needed to replace or keep DICOM identifiers.
        keep_source: Whether the original stays on the server.
        keep_labels: Whether labels are copied. Since Orthanc 1.12.3.
        priority: Jobs of higher priority start first; 0 by default.
        permissive: Whether to go on after the failure of an instance.
        private_creator: Creator of the private tags in ``replace``.
        transcode: Transfer syntax UID of the result.
        user_data: To be found again in the job. Since Orthanc 1.12.9.
    """

    remove: Sequence[str]
    replace: Mapping[str, models.TagInput]
    keep: Sequence[str]
    force: bool
    keep_source: bool
    keep_labels: bool
    priority: int
    permissive: bool
    private_creator: str
    transcode: str
    user_data: JsonValue


class AnonymizeOptions(JobOptions, total=False):
    """How to anonymize.

    Attributes:
        keep_private_tags: Whether private tags stay.
        dicom_version: Edition of DICOM whose profile is applied; ``2023b`` by default.
    """

    keep_private_tags: bool
    dicom_version: Literal["2008", "2017c", "2021b", "2023b"]


class ModifyOptions(JobOptions, total=False):
    """How to modify.

    Attributes:
        remove_private_tags: Whether private tags are deleted.
    """

    remove_private_tags: bool


_SINCE = {"keep_labels": "1.12.3", "user_data": "1.12.9"}


def check_options(client: Orthanc, options: AnonymizeOptions | ModifyOptions) -> None:
    """Refuses what is no option, and what this server is too old for: it would ignore that.

    Raises:
        InvalidArgument: names what is no option, or a tag that is to be kept and replaced.
        NotSupportedByServer: names what the server does not know.
    """
    known = AnonymizeOptions.__optional_keys__ | ModifyOptions.__optional_keys__
    unknown = sorted(set(options) - known)
    if unknown:
        raise InvalidArgument(f"{', '.join(unknown)}: there is no such option")
    keep, replace = options.get("keep", ()), options.get("replace", {})
    if keep and replace:
        kept = {number_of(tag) or tag for tag in keep}
        if both := [tag for tag in replace if (number_of(tag) or tag) in kept]:
            # Orthanc keeps it, without a word.
            raise InvalidArgument(f"keep: {', '.join(both)}: cannot be kept and replaced")
    for option, version in _SINCE.items():
        if options.get(option) not in (None, False) and not client.supports(version):
            raise NotSupportedByServer.needs(option, version, client.version, argument=option)


def body_of(options: AnonymizeOptions | ModifyOptions) -> dict[str, Any]:  # Any: JSON
    """The options in Orthanc's spelling."""
    return {"".join(word.capitalize() for word in name.split("_")): value for name, value in options.items()}


def anonymize_options(**fields: object) -> AnonymizeOptions:
    """The options that were given; the others say nothing, or what a server does anyway."""
    return cast(AnonymizeOptions, _given(fields))  # typed by the signatures that call this


def modify_options(**fields: object) -> ModifyOptions:
    """The options that were given; the others say nothing, or what a server does anyway."""
    return cast(ModifyOptions, _given(fields))  # typed by the signatures that call this


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value
        for name, value in fields.items()
        if value is not None and (name not in _DEFAULTS or value != _DEFAULTS[name])
    }


_DEFAULTS: Mapping[str, object] = {
    "remove": (),
    "keep": (),
    "force": False,
    "keep_private_tags": False,
    "remove_private_tags": False,
    "permissive": False,
    "priority": 0,
}
